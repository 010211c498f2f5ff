/* base58.h: base58 without checksum, with the alphabet that all coins use. */
#ifndef POOL_BASE58_H
#define POOL_BASE58_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** Decode text_size characters.
 * Out:     bytes     room for cap; *size are set on success.
 *          bad       index of the first character that is none of the alphabet, on BASE_E_FORMAT
 * Returns: BASE_OK; BASE_E_FORMAT; BASE_E_LIMIT more than cap bytes. Time grows with text_size*cap:
 *          callers bound both. */
BASE_MUST_CHECK enum base_status pool_base58_decode(uint8_t *bytes, size_t cap, size_t *size,
                                                    const char *text, size_t text_size,
                                                    size_t *bad);

#endif
