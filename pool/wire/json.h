/* json.h: JSON from peers: bounded before it is parsed, read leniently afterwards. References
 * returned are borrowed from the root. */
#ifndef POOL_JSON_H
#define POOL_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** Parse one object or array. Depth and number of values are counted first (POOL_JSON_*), so a
 * hostile text costs no more memory than an honest one of its length.
 * Out:     root  the caller calls json_decref; NULL on error
 * Returns: BASE_OK; BASE_E_FORMAT not JSON; BASE_E_LIMIT too deep or too many values. The sentence
 *          quotes the beginning of the text. */
BASE_MUST_CHECK enum base_status pool_json_load(json_t **root, const char *text, size_t size,
                                                struct base_error *error);

/** The same with another limit for the number of values. */
BASE_MUST_CHECK enum base_status pool_json_load_large(json_t **root, const char *text, size_t size,
                                                      size_t values_max, struct base_error *error);

/** Unsigned integer from a JSON integer or a text of digits (base 10, or 16 with an optional 0x).
 * Returns: true and *value on success. */
bool pool_json_u64(const json_t *json, unsigned base, uint64_t *value);

/** False for NULL, null, false, 0, "" and empty arrays and objects. */
bool pool_json_truthy(const json_t *json);

/** Append text as a JSON string with its quotes, escaped, to to (cap characters with NUL).
 * In:      to  a text already, "" at first.
 * Returns: true if it fitted; to stays NUL-ended either way. */
bool pool_json_quote(char *to, size_t cap, const char *text);

#endif
