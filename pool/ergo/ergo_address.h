/* ergo_address.h: addresses of Ergo, as pools want them for a login. Source: ergo.md 8. */
#ifndef POOL_ERGO_ADDRESS_H
#define POOL_ERGO_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/** Check that a text is an address that mining can pay: base58, checksum, one public key (P2PK)
 * that is a point of the curve.
 * In:      text, size  need not end in NUL; any size
 * Out:     testnet     the address is of a test network
 * Returns: BASE_OK; BASE_E_FORMAT, BASE_E_UNSUPPORTED (another kind of address) with a sentence;
 *          BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_ergo_address_check(bool *testnet, const char *text,
                                                         size_t size, struct base_error *error);

#endif
