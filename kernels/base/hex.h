/* hex.h: bytes from and to hexadecimal text. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** Decode hex digits of either case, no prefix, no blanks.
 * Out:     bytes       room for cap; defined up to *size on success, unspecified on error.
 *          size        decoded bytes, 0..cap; 0 on error.
 * In:      text        text_size characters, need not end in NUL.
 * Returns: BASE_OK; BASE_E_FORMAT odd number of digits or a character that is none;
 *          BASE_E_LIMIT more than cap bytes. */
BASE_MUST_CHECK enum base_status base_hex_decode(uint8_t *bytes, size_t cap, size_t *size,
                                                 const char *text, size_t text_size);

/** Decode exactly size bytes from a NUL-ended string; otherwise as base_hex_decode.
 * Returns: also BASE_E_RANGE when the text holds fewer bytes. */
BASE_MUST_CHECK enum base_status base_hex_decode_exact(uint8_t *bytes, size_t size,
                                                       const char *text);

/** Write 2 * size lower-case digits and a NUL. text needs 2 * size + 1 characters. */
void base_hex_encode(char *text, const uint8_t *bytes, size_t size);

#endif
