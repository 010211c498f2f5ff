/* json.h: JSON from peers: bounded before it is parsed, read leniently afterwards; and JSON for
 * them. References returned are borrowed from the root. */
#ifndef POOL_JSON_H
#define POOL_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "wire/frame.h"

/** Parse one object or array. Depth and number of values are counted first (POOL_JSON_*), so a
 * text made to harm costs no more memory than an ordinary one of its length.
 * Out:     root  the caller calls json_decref; NULL on error
 * Returns: BASE_OK; BASE_E_FORMAT not JSON; BASE_E_LIMIT too deep or too many values. The sentence
 *          quotes the beginning of the text. */
BASE_MUST_CHECK enum base_status pool_json_load(json_t **root, const char *text, size_t size,
                                                struct base_error *error);

/** The same with another limit for the number of values. */
BASE_MUST_CHECK enum base_status pool_json_load_large(json_t **root, const char *text, size_t size,
                                                      size_t values_max, struct base_error *error);

/** Parse the first value of a text that may hold several, one behind the other.
 * Out:     used  bytes up to its end
 * Returns: as pool_json_load. */
BASE_MUST_CHECK enum base_status pool_json_load_next(json_t **root, size_t *used, const char *text,
                                                     size_t size, struct base_error *error);

/** Append text with a '?' for every byte that is not UTF-8: a server's code page costs no message.
 * Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_json_clean(struct pool_buffer *out, const char *text,
                                                 size_t size);

/** Append JSON text with quotes around integers of more than 18 digits, which a JSON library reads
 * as a double or not at all. Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_json_quote_long(struct pool_buffer *out, const char *text,
                                                      size_t size);

/** True for text that is UTF-8 as JSON wants it. */
bool pool_json_is_clean(const char *text, size_t size);

/** Number from a JSON number or a text that is one. Returns: true and *value on success. */
bool pool_json_double(const json_t *json, double *value);

/** Unsigned integer from a JSON integer or a text of digits (base 10, or 16 with an optional 0x).
 * Returns: true and *value on success. */
bool pool_json_u64(const json_t *json, unsigned base, uint64_t *value);

/** False for NULL, null, false, 0, "" and empty arrays and objects. */
bool pool_json_truthy(const json_t *json);

/** Append a value as compact JSON, members in the order they were added.
 * In:      value  taken; NULL means that there was no memory to make it
 * Returns: BASE_OK; BASE_E_MEMORY (out may have a part of it). */
BASE_MUST_CHECK enum base_status pool_json_append(struct pool_buffer *out, json_t *value);

#endif
