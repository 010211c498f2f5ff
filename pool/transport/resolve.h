/* resolve.h: every address of a host name, for a diagnosis that shows them. Mining connections do
 * not use it: libcurl looks names up by itself. */
#ifndef POOL_RESOLVE_H
#define POOL_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "wire/bounds.h"

/* Addresses as numbers, in the order the system prefers. Value. */
struct pool_addresses {
    size_t count;
    char text[POOL_ADDRESSES_MAX][64];
};

/** Look a name up, at most timeout_ms long: a lookup that hangs goes on in its thread, which ends
 * with the answer. Numbers come back as they are.
 * Returns: BASE_OK with 1.. addresses; BASE_E_NOT_FOUND; BASE_E_TIMEOUT; BASE_E_MEMORY; BASE_E_IO
 *          no thread. */
BASE_MUST_CHECK enum base_status pool_resolve(struct pool_addresses *addresses, const char *host,
                                              uint32_t timeout_ms, struct base_error *error);

#endif
