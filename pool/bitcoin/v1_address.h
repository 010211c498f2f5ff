/* v1_address.h: base58 addresses as Bitcoin's relatives have them: a version byte, a hash of 20
 * bytes, a checksum; and the output scripts that pay them. Which version bytes are a coin's is the
 * coin's. Source: digibyte.md 11, komodo.md 7. */
#ifndef POOL_V1_ADDRESS_H
#define POOL_V1_ADDRESS_H

#include "base/status.h"
#include "protocol/coin.h"

enum { POOL_V1_ADDRESS = 25, POOL_V1_ADDRESS_HASH = 1 }; /* bytes; offset of the hash */

/** Decode and check an address of size characters, which the caller bounds; they are repeated in
 * the sentence.
 * In:      right  what a good one looks like, for the sentence
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence. */
BASE_MUST_CHECK enum base_status pool_v1_address_read(uint8_t bytes[POOL_V1_ADDRESS],
                                                      const char *text, size_t size,
                                                      const char *right, struct base_error *error);

/** Pay to the hash of a key (P2PKH), or to that of a script (P2SH). */
void pool_v1_address_pay(struct pool_script *script, const uint8_t hash[20], bool script_hash);

#endif
