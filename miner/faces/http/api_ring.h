/* api_ring.h: the last lines of the event log, numbered, so that a client can ask for the new ones.
 * The log adds lines; the newest one replaces the oldest. */
#ifndef MINER_API_RING_H
#define MINER_API_RING_H

#include <jansson.h>

#include "log/log.h"

enum {
    MINER_RING_LINES = 200,
    MINER_RING_TEXT_MAX = 400, /* bytes with NUL; longer lines are cut */
};

struct miner_api_ring;

/** Returns: NULL when there is no memory. Free: miner_api_ring_free. */
struct miner_api_ring *miner_api_ring_new(void);
void miner_api_ring_free(struct miner_api_ring *ring);

/** miner_log_tap_fn; user is the ring. Threads: any. */
void miner_api_ring_add(void *user, const struct miner_log_line *line);

/** {"next", "lost", "events": [{"seq", "time", "level", "tag", "text"}]}, oldest first.
 * In:      since  lines numbered since and later; `next` of an answer is the `since` of the next
 *                 question. Numbers begin with 0.
 * Returns: NULL when there is no memory. */
json_t *miner_api_ring_json(struct miner_api_ring *ring, uint64_t since);

#endif
