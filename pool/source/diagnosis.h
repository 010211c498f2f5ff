/* diagnosis.h: runs the questions of alephium_rest.h over the transport, one at a time, beside the
 * mining connections. */
#ifndef POOL_DIAGNOSIS_H
#define POOL_DIAGNOSIS_H

#include "alephium/alephium_rest.h"
#include "wire/transport.h"

/* Zeroed: nothing is being asked. */
struct pool_diagnosis {
    struct pool_rest rest;
    struct pool_link *link; /* owned; NULL: idle */
    unsigned server;
    uint64_t last_ms;              /* when the last one began; 0: never */
    char last_text[POOL_TEXT_MAX]; /* what was said last, so as not to repeat it */
};

/** Begin to ask, unless one is under way or began less than ten seconds ago.
 * In: silent  the miner port accepts and says nothing, as a REST port does: ask it too. */
void pool_diagnosis_begin(struct pool_diagnosis *diagnosis, const struct pool_config *config,
                          const struct pool_transport_options *options, unsigned server,
                          bool silent, uint64_t now_ms);

/** Go on if the link has come to an end. Returns a sentence that is new, or NULL. */
const char *pool_diagnosis_run(struct pool_diagnosis *diagnosis, const struct pool_config *config,
                               const struct pool_transport_options *options);

/** Stop asking. */
void pool_diagnosis_deinit(struct pool_diagnosis *diagnosis);

#endif
