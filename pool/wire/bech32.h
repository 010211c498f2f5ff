/* bech32.h: the code of BIP 173 and BIP 350 (bech32, bech32m), without their limit of 90
 * characters: symbols of five bits with a checksum behind a prefix and a '1'. */
#ifndef POOL_BECH32_H
#define POOL_BECH32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* What the checksum of a text comes to, by its kind. */
enum { POOL_BECH32 = 1, POOL_BECH32M = 0x2bc830a3 };

enum { POOL_BECH32_CHECK = 6 }; /* symbols of the checksum, the last ones */

/** Read text_size characters: a prefix of prefix_size characters, '1', symbols.
 * Out:     symbols  room for text_size; *count of them, the checksum's too, above POOL_BECH32_CHECK
 *          sum      POOL_BECH32, POOL_BECH32M, or something else where a character is mistyped
 *          bad      on BASE_E_FORMAT: index of the first character that cannot occur; text_size:
 * the text mixes upper and lower case, or has too few symbols Returns: BASE_OK; BASE_E_FORMAT. */
BASE_MUST_CHECK enum base_status pool_bech32_read(uint8_t *symbols, size_t *count, uint32_t *sum,
                                                  const char *text, size_t prefix_size,
                                                  size_t text_size, size_t *bad);

/** Symbols to bytes; at most four bits, all zero, may be left over. Returns: false where they hold
 * no whole bytes, or more than cap. */
BASE_MUST_CHECK bool pool_bech32_bytes(uint8_t *bytes, size_t cap, size_t *size,
                                       const uint8_t *symbols, size_t count);

/** Write bytes behind a prefix in lower case. kind: POOL_BECH32 or POOL_BECH32M. text has room for
 * the prefix, 8 characters, (8 * size + 4) / 5 symbols. Returns text. */
char *pool_bech32_write(char *text, const char *prefix, const uint8_t *bytes, size_t size,
                        uint32_t kind);

#endif
