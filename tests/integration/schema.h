/* schema.h: does a JSON value have the shape that a JSON schema describes? As much of the language
 * as docs/api.schema.json uses: type, const, enum, properties, required, additionalProperties,
 * items, $ref into $defs. Any other keyword but description fails the test. */
#ifndef TESTS_SCHEMA_H
#define TESTS_SCHEMA_H

#include <jansson.h>

/** Fails the test, naming the place, unless value has the shape of #/$defs/name. */
void schema_check(const json_t *schema, const char *name, const json_t *value);

#endif
