/* prefixes.h: numbers that tell clients apart in the nonce space: each is given to one client at a
 * time. A set, not a counter: what is given out is never given again before it came back. */
#ifndef POOL_BRIDGE_PREFIXES_H
#define POOL_BRIDGE_PREFIXES_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct bridge_prefixes {
    uint64_t *taken; /* owned; one bit a number */
    uint32_t count;  /* numbers are 0 .. count - 1 */
    uint32_t next;   /* where the next search begins: a number rests for as long as possible */
};

/** Room for count numbers (1 .. 2^24). Free: bridge_prefixes_deinit. Returns: BASE_OK;
 * BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status bridge_prefixes_init(struct bridge_prefixes *prefixes,
                                                      uint32_t count);
void bridge_prefixes_deinit(struct bridge_prefixes *prefixes);

/** Take a number. Returns: BASE_OK; BASE_E_FULL all are taken. */
BASE_MUST_CHECK enum base_status bridge_prefixes_take(struct bridge_prefixes *prefixes,
                                                      uint32_t *number);

/** Take this number if it is free; true when it was. */
bool bridge_prefixes_reserve(struct bridge_prefixes *prefixes, uint32_t number);

/** Give a number back. */
void bridge_prefixes_give(struct bridge_prefixes *prefixes, uint32_t number);

#endif
