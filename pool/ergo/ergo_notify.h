/* ergo_notify.h: what a mining.notify of an Ergo pool says, in both forms (ergo.md 7.2, 7.3). */
#ifndef POOL_ERGO_NOTIFY_H
#define POOL_ERGO_NOTIFY_H

#include <jansson.h>

#include "ergo/ergo_candidate.h"

/* Value. */
struct pool_ergo_notice {
    char id[POOL_JOB_ID_MAX + 1];
    bool id_is_number; /* goes back as one */
    bool has_b;        /* the form of nine members; false: that of four, with mining.set_target */
    bool clean;
    uint32_t height;
    uint8_t msg[POOL_ERGO_MESSAGE_SIZE];
    uint8_t b_be[32]; /* with has_b: a share's hit is below it; at least 2 */
};

/** Read params, which were parsed from text with quoted long integers.
 * Returns: BASE_OK; BASE_E_FORMAT with what is wrong, to stand behind "a job that is ignored: ". */
BASE_MUST_CHECK enum base_status pool_ergo_notice_read(struct pool_ergo_notice *notice,
                                                       const json_t *params,
                                                       struct base_error *error);

#endif
