/* vectors.h: reading tests/data/alephium.json and its like in tests. Fails the test when something
 * is missing.
 */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include <jansson.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/** Load the file; the caller calls json_decref. */
json_t *vectors_load(void);

/** Load another one: SHARDPICK_TEST_DATA "/name.json". */
json_t *vectors_load_file(const char *path);

/** Member by path "nodeProtocolV1.jobsFrame.frameHex"; borrowed. */
const json_t *vectors_at(const json_t *root, const char *path);

/** String member of an object; borrowed. */
const char *vectors_text(const json_t *object, const char *key);

/** Hex text to bytes; the caller frees with free(). */
uint8_t *vectors_bytes(const char *hex, size_t *size);

#endif
