/* diagnosis.h: asks a node why it gives no work, beside the mining connections: runs a family's
 * inquiry over the transport, one question at a time. */
#ifndef POOL_DIAGNOSIS_H
#define POOL_DIAGNOSIS_H

#include "protocol/inquiry.h"
#include "transport/transport.h"

/* Zeroed: nothing is being asked. */
struct pool_diagnosis {
    struct pool_inquiry inquiry;
    struct pool_link *link; /* owned; NULL: idle */
    unsigned server;
    uint64_t last_ms;              /* when the last one began; 0: never */
    char last_text[POOL_TEXT_MAX]; /* what was said last, so as not to repeat it */
};

/* What is known of a server that gives no work. */
enum pool_symptom {
    POOL_SYMPTOM_REFUSES, /* it ends connections */
    POOL_SYMPTOM_SILENT,  /* it takes connections and says nothing */
    POOL_SYMPTOM_QUIET,   /* it gave work and does not any more; what is said then may be said again
                           */
};

/** Begin to ask, unless an inquiry is under way or began less than ten seconds ago. */
void pool_diagnosis_begin(struct pool_diagnosis *diagnosis, const struct pool_inquiry_ops *ops,
                          const struct pool_config *config,
                          const struct pool_transport_options *options, unsigned server,
                          enum pool_symptom symptom, uint64_t now_ms);

/** Go on if the link has ended. Returns a sentence that is new, or NULL. */
const char *pool_diagnosis_run(struct pool_diagnosis *diagnosis, const struct pool_config *config,
                               const struct pool_transport_options *options);

/** Stop asking. */
void pool_diagnosis_deinit(struct pool_diagnosis *diagnosis);

#endif
