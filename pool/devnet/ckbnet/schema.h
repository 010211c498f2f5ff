/* schema.h: the JSON of CKB's RPC as its node reads it, and the molecule bytes of it, both from one
 * table of types: what a type does not list is refused, in the node's words. Written from ckb.md 4
 * and 10.3; shares nothing with the client. */
#ifndef CKBNET_SCHEMA_H
#define CKBNET_SCHEMA_H

#include <jansson.h>

#include "base/status.h"

enum { CKBNET_HEADER = 208, CKBNET_RAW_HEADER = 192, CKBNET_TEXT_MAX = 256 };

/** The hash of everything but the proof of work (ckb.md 1). digest may overlap bytes. */
void ckbnet_hash(uint8_t digest[32], const void *bytes, size_t size);

/* Bytes that grow. Zero at first. */
struct ckbnet_bytes {
    uint8_t *at; /* owned */
    size_t size;
    size_t cap;
    bool failed; /* no memory: what was appended since is missing */
};

void ckbnet_bytes_free(struct ckbnet_bytes *bytes);
void ckbnet_bytes_add(struct ckbnet_bytes *bytes, const void *part, size_t size);

struct ckbnet_type; /* one kind of JSON value */

extern const struct ckbnet_type ckbnet_header;      /* struct of 208 bytes */
extern const struct ckbnet_type ckbnet_script;      /* table */
extern const struct ckbnet_type ckbnet_transaction; /* table of raw part and witnesses */
extern const struct ckbnet_type ckbnet_block;       /* table; extension may be missing */
extern const struct ckbnet_type ckbnet_text_bytes;  /* Bytes */

/** Append the molecule of a JSON value.
 * Out:     text  why not, as the node says it behind "Invalid params: ".
 * Returns: false: text is set; bytes->failed is another matter. */
BASE_MUST_CHECK bool ckbnet_encode(struct ckbnet_bytes *bytes, char text[CKBNET_TEXT_MAX],
                                   const struct ckbnet_type *type, const json_t *json);

/** Write "invalid type: ..." as the node names a JSON value of another kind. Returns: false. */
bool ckbnet_wrong_type(char text[CKBNET_TEXT_MAX], const json_t *json, const char *expected);

/** Part index of a table's bytes; size 0 and NULL where the bytes are no such table. */
const uint8_t *ckbnet_table_part(size_t *size, const uint8_t *table, size_t table_size,
                                 size_t part_count, size_t index);

/** "0x" and digits of a number. */
char *ckbnet_number_text(char text[24], uint64_t number);

/** "0x" and size bytes as digits, as a new JSON string. */
json_t *ckbnet_hex_json(const uint8_t *bytes, size_t size);

/** A header's bytes as JSON; hash NULL: without that member. */
json_t *ckbnet_header_json(const uint8_t header[CKBNET_HEADER], const uint8_t *hash);

#endif
