/* address.h: Alephium addresses: what may receive a pool's payments, and which group it is in. */
#ifndef POOL_ADDRESS_H
#define POOL_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
    /* Characters of the longest text taken for an address: 33 bytes are at most 46 digits of
     * base58; multisignature addresses are longer but no pool pays them. */
    POOL_ALEPHIUM_ADDRESS_MAX = 128,
    POOL_ALEPHIUM_WORKER_MAX = 32, /* characters of a worker name (alephium.md 6.9) */
};

/** Check one P2PKH address (text_size characters) and give its group 0..3.
 * Out: payload  the 33 decoded bytes (type 00 and hash); may be NULL
 *      group    0..3; may be NULL
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence. */
BASE_MUST_CHECK enum base_status pool_alephium_address(const char *text, size_t text_size,
                                                       uint8_t payload[33], unsigned *group,
                                                       struct base_error *error);

/** Find the address in a login: "ADDRESS", "ADDRESS.WORKER" or "WORKER.ADDRESS" (before the first
 * dot first, then after the last, as the official pool does).
 * Out: worker, worker_size  the rest without its dot, borrowed from user; "" and 0 if none; may be
 *                           NULL
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence. */
BASE_MUST_CHECK enum base_status pool_alephium_login(const char *user, unsigned *group,
                                                     const char **worker, size_t *worker_size,
                                                     struct base_error *error);

#endif
