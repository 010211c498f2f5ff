/* fuzz.h: what the fuzz targets of pool/ share: a protocol run over hostile bytes with an output
 * that checks what comes out. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "protocol/protocol.h"

/** The entry that libFuzzer and the replay driver call. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A protocol on its way through hostile input, and what must come out even. */
struct fuzz_run {
    struct pool_protocol *protocol;
    const struct pool_protocol_ops *ops;
    const struct pool_algo *algo;
    const struct pool_job *job; /* the last one published; a reference */
    bool out[POOL_CALLS_MAX];   /* requests that wait for an answer */
    size_t taken;               /* finds the protocol took */
    size_t judged;
};

/** What every output has in common: texts are fit for a log, the last job is kept, verdicts are
 * counted and their finds freed. */
void fuzz_take_output(struct fuzz_run *run, const struct pool_output *output);

/** Submit a find of the last job, if there is one. */
void fuzz_submit(struct fuzz_run *run, uint64_t now_ms);

/** Feed data to a protocol in pieces whose sizes come from the data, submit a find for each job
 * that comes, ask for refills, let time pass, close. Traps when a published job breaks pool.h's
 * promises, or a find gets not exactly one verdict. algo: of the Bitcoin family or CKB; NULL for
 * Alephium.
 */
void fuzz_protocol(const struct pool_protocol_ops *ops, const char *url, const char *user,
                   const struct pool_algo *algo, const uint8_t *data, size_t size);

#endif
