/* fuzz.h: what the fuzz targets of pool/ share: a protocol run over hostile bytes with an output
 * that checks what comes out. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "protocol.h"

/** The entry that libFuzzer and the replay driver call. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Feed data to a protocol in pieces whose sizes come from the data, submit a find for each job
 * that comes, ask for refills, let time pass, close. Traps when a published job breaks pool.h's
 * promises, or a find gets not exactly one verdict. lane: of the Bitcoin family; NULL for Alephium.
 */
void fuzz_protocol(const struct pool_protocol_ops *ops, const char *url, const char *user,
                   const struct pool_lane *lane, const uint8_t *data, size_t size);

#endif
