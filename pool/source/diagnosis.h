/* diagnosis.h: asks a node why it gives no work, beside the mining connections: runs a family's
 * inquiry over the transport, one question at a time. */
#ifndef POOL_DIAGNOSIS_H
#define POOL_DIAGNOSIS_H

#include "protocol/inquiry.h"
#include "wire/transport.h"

/* Zeroed: nothing is being asked. */
struct pool_diagnosis {
    struct pool_inquiry inquiry;
    struct pool_link *link; /* owned; NULL: idle */
    unsigned server;
    uint64_t last_ms;              /* when the last one began; 0: never */
    char last_text[POOL_TEXT_MAX]; /* what was said last, so as not to repeat it */
};

/** Begin to ask, unless an inquiry is under way or began less than ten seconds ago.
 * In: silent  the server takes connections and says nothing. */
void pool_diagnosis_begin(struct pool_diagnosis *diagnosis, const struct pool_inquiry_ops *ops,
                          const struct pool_config *config,
                          const struct pool_transport_options *options, unsigned server,
                          bool silent, uint64_t now_ms);

/** Go on if the link has ended. Returns a sentence that is new, or NULL. */
const char *pool_diagnosis_run(struct pool_diagnosis *diagnosis, const struct pool_config *config,
                               const struct pool_transport_options *options);

/** Stop asking. */
void pool_diagnosis_deinit(struct pool_diagnosis *diagnosis);

#endif
