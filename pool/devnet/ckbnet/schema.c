/* schema.c: see schema.h. */
#include "ckbnet/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/blake2b.h"
#include "base/endian.h"
#include "base/hex.h"

enum kind {
    NUMBER,  /* size bytes, little-endian; JSON without leading zeros */
    FIXED,   /* size bytes, as they are printed */
    BYTES,   /* a count and bytes */
    NAME,    /* one byte by its name */
    STRUCT,  /* fields one behind the other */
    TABLE,   /* total size, offsets, fields */
    TX,      /* a transaction: its first six fields are a table of their own */
    FIXVEC,  /* a count and items of one size */
    DYNVEC,  /* total size, offsets, items */
    OPTION,  /* null: nothing */
    MISSING, /* the member may be missing or null: no field at all */
};

struct field {
    const char *name;
    const struct ckbnet_type *type;
};

struct ckbnet_type {
    enum kind kind;
    const char *name; /* in the node's messages */
    size_t size;      /* NUMBER, FIXED: bytes; with fields: their number */
    const struct field *fields;
    const struct ckbnet_type *item;
};

/* ---- types (blockchain.mol; ckb.md 3 and 4) ----------------------------------------------------
 */

static const struct ckbnet_type u32 = {.kind = NUMBER, .name = "Uint32", .size = 4};
static const struct ckbnet_type u64 = {.kind = NUMBER, .name = "Uint64", .size = 8};
static const struct ckbnet_type u128 = {.kind = NUMBER, .name = "Uint128", .size = 16};
static const struct ckbnet_type hash = {.kind = FIXED, .size = 32};
static const struct ckbnet_type short_id = {.kind = FIXED, .size = 10};
const struct ckbnet_type ckbnet_text_bytes = {.kind = BYTES};
static const struct ckbnet_type bytes_list = {.kind = DYNVEC, .item = &ckbnet_text_bytes};
static const struct ckbnet_type hash_list = {.kind = FIXVEC, .item = &hash};
static const struct ckbnet_type id_list = {.kind = FIXVEC, .item = &short_id};
/* Names and their bytes: the name at place i stands for i; "" for none. */
static const struct field hash_types[] = {
    {"data", NULL}, {"type", NULL}, {"data1", NULL}, {"", NULL}, {"data2", NULL}};
static const struct field dep_types[] = {{"code", NULL}, {"dep_group", NULL}};
static const struct ckbnet_type hash_type = {.kind = NAME, .size = 5, .fields = hash_types};
static const struct ckbnet_type dep_type = {.kind = NAME, .size = 2, .fields = dep_types};

static const struct field script_fields[] = {
    {"code_hash", &hash}, {"hash_type", &hash_type}, {"args", &ckbnet_text_bytes}};
const struct ckbnet_type ckbnet_script = {.kind = TABLE, .size = 3, .fields = script_fields};
static const struct ckbnet_type script_option = {.kind = OPTION, .item = &ckbnet_script};

static const struct field point_fields[] = {{"tx_hash", &hash}, {"index", &u32}};
static const struct ckbnet_type point = {.kind = STRUCT, .size = 2, .fields = point_fields};
static const struct field dep_fields[] = {{"out_point", &point}, {"dep_type", &dep_type}};
static const struct ckbnet_type dep = {.kind = STRUCT, .size = 2, .fields = dep_fields};
static const struct ckbnet_type dep_list = {.kind = FIXVEC, .item = &dep};
static const struct field input_fields[] = {{"since", &u64}, {"previous_output", &point}};
static const struct ckbnet_type input = {.kind = STRUCT, .size = 2, .fields = input_fields};
static const struct ckbnet_type input_list = {.kind = FIXVEC, .item = &input};
static const struct field output_fields[] = {
    {"capacity", &u64}, {"lock", &ckbnet_script}, {"type", &script_option}};
static const struct ckbnet_type output = {.kind = TABLE, .size = 3, .fields = output_fields};
static const struct ckbnet_type output_list = {.kind = DYNVEC, .item = &output};

static const struct field tx_fields[] = {{"version", &u32},           {"cell_deps", &dep_list},
                                         {"header_deps", &hash_list}, {"inputs", &input_list},
                                         {"outputs", &output_list},   {"outputs_data", &bytes_list},
                                         {"witnesses", &bytes_list}};
const struct ckbnet_type ckbnet_transaction = {.kind = TX, .size = 7, .fields = tx_fields};
static const struct ckbnet_type tx_list = {.kind = DYNVEC, .item = &ckbnet_transaction};

static const struct field header_fields[] = {{"version", &u32},
                                             {"compact_target", &u32},
                                             {"timestamp", &u64},
                                             {"number", &u64},
                                             {"epoch", &u64},
                                             {"parent_hash", &hash},
                                             {"transactions_root", &hash},
                                             {"proposals_hash", &hash},
                                             {"extra_hash", &hash},
                                             {"dao", &hash},
                                             {"nonce", &u128}};
const struct ckbnet_type ckbnet_header = {.kind = STRUCT, .size = 11, .fields = header_fields};
static const struct field uncle_fields[] = {{"header", &ckbnet_header}, {"proposals", &id_list}};
static const struct ckbnet_type uncle = {.kind = TABLE, .size = 2, .fields = uncle_fields};
static const struct ckbnet_type uncle_list = {.kind = DYNVEC, .item = &uncle};
static const struct ckbnet_type extension = {.kind = MISSING, .item = &ckbnet_text_bytes};
static const struct field block_fields[] = {{"header", &ckbnet_header},
                                            {"uncles", &uncle_list},
                                            {"transactions", &tx_list},
                                            {"proposals", &id_list},
                                            {"extension", &extension}};
const struct ckbnet_type ckbnet_block = {.kind = TABLE, .size = 5, .fields = block_fields};

void ckbnet_hash(uint8_t digest[32], const void *bytes, size_t size)
{
    struct base_blake2b state;
    base_blake2b_init(&state, 32, (const uint8_t *)"ckb-default-hash");
    base_blake2b_update(&state, bytes, size);
    base_blake2b_final(digest, &state);
}

/* ---- bytes -------------------------------------------------------------------------------------
 */

void ckbnet_bytes_free(struct ckbnet_bytes *bytes)
{
    base_free(bytes->at);
    memset(bytes, 0, sizeof *bytes);
}

void ckbnet_bytes_add(struct ckbnet_bytes *bytes, const void *part, size_t size)
{
    if (bytes->failed || size == 0) {
        return;
    }
    if (bytes->cap - bytes->size < size) {
        size_t cap = bytes->cap + size + 512;
        cap = cap < 2 * bytes->cap ? 2 * bytes->cap : cap;
        uint8_t *grown = base_realloc(bytes->at, cap, 1);
        if (grown == NULL) {
            bytes->failed = true;
            return;
        }
        bytes->at = grown;
        bytes->cap = cap;
    }
    memcpy(bytes->at + bytes->size, part, size);
    bytes->size += size;
}

static void add_u32(struct ckbnet_bytes *bytes, size_t value)
{
    uint8_t four[4];
    base_store_le32(four, (uint32_t)value);
    ckbnet_bytes_add(bytes, four, 4);
}

static void set_u32(struct ckbnet_bytes *bytes, size_t at, size_t value)
{
    if (!bytes->failed) {
        base_store_le32(bytes->at + at, (uint32_t)value);
    }
}

/* ---- values ------------------------------------------------------------------------------------
 */

__attribute__((format(printf, 2, 3))) static bool refuse(char *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it was started above */
    (void)vsnprintf(text, CKBNET_TEXT_MAX, format, args);
    va_end(args);
    return false;
}

bool ckbnet_wrong_type(char text[CKBNET_TEXT_MAX], const json_t *json, const char *expected)
{
    if (json_is_integer(json)) {
        return refuse(text, "invalid type: integer `%lld`, expected %s.",
                      (long long)json_integer_value(json), expected);
    }
    return refuse(text, "invalid type: %s, expected %s.",
                  json_is_object(json)   ? "map"
                  : json_is_array(json)  ? "sequence"
                  : json_is_string(json) ? "string"
                  : json_is_null(json)   ? "null"
                                         : "value",
                  expected);
}

static bool encode_number(struct ckbnet_bytes *bytes, char *text, const struct ckbnet_type *type,
                          const json_t *json)
{
    char expected[64];
    char digits[33];
    uint8_t number_be[16];
    const char *given = json_string_value(json);
    size_t count = json_string_length(json);
    (void)snprintf(expected, sizeof expected, "a hex-encoded, 0x-prefixed %s", type->name);
    if (given == NULL) {
        return ckbnet_wrong_type(text, json, expected);
    }
    if (strncmp(given, "0x", 2) != 0) {
        return refuse(text, "Invalid %s %.64s: without `0x` prefix.", type->name, given);
    }
    count -= 2;
    if (count > 1 && given[2] == '0') {
        return refuse(text, "Invalid %s %.64s: with redundant leading zeros.", type->name, given);
    }
    if (count > 2 * type->size) {
        return refuse(text, "Invalid %s %.64s: number too large to fit in target type.", type->name,
                      given);
    }
    memset(digits, '0', 32);
    memcpy(digits + 32 - count, given + 2, count);
    digits[32] = '\0';
    if (count == 0 || base_hex_decode_exact(number_be, 16, digits) != BASE_OK) {
        return refuse(text, "Invalid %s %.64s: invalid digit found in string.", type->name, given);
    }
    for (size_t i = 0; i < type->size; i++) {
        ckbnet_bytes_add(bytes, &number_be[15 - i], 1);
    }
    return true;
}

/* The digits of bytes; exact: so many bytes, or SIZE_MAX for any number. */
static bool encode_hex(struct ckbnet_bytes *bytes, char *text, size_t exact, const json_t *json)
{
    char expected[80] = "a 0x-prefixed hex string";
    const char *given = json_string_value(json);
    size_t count = json_string_length(json);
    if (exact != SIZE_MAX) {
        (void)snprintf(expected, sizeof expected, "a 0x-prefixed hex string with %zu digits",
                       2 * exact);
    }
    if (given == NULL) {
        return ckbnet_wrong_type(text, json, expected);
    }
    if (count < 2 || strncmp(given, "0x", 2) != 0 || count % 2 != 0 ||
        (exact != SIZE_MAX && count != 2 + 2 * exact)) {
        return refuse(text, "invalid length %zu, expected %s.", count, expected);
    }
    if (exact == SIZE_MAX) {
        add_u32(bytes, count / 2 - 1);
    }
    for (size_t i = 2; i < count; i += 2) {
        uint8_t byte = 0;
        size_t size = 0;
        if (base_hex_decode(&byte, 1, &size, given + i, 2) != BASE_OK) {
            return refuse(text, "invalid value: string, expected %s.", expected);
        }
        ckbnet_bytes_add(bytes, &byte, 1);
    }
    return true;
}

static bool encode_name(struct ckbnet_bytes *bytes, char *text, const struct ckbnet_type *type,
                        const json_t *json)
{
    const char *given = json_string_value(json);
    for (size_t i = 0; given != NULL && i < type->size; i++) {
        if (given[0] != '\0' && strcmp(given, type->fields[i].name) == 0) {
            uint8_t code = (uint8_t)i;
            ckbnet_bytes_add(bytes, &code, 1);
            return true;
        }
    }
    return refuse(text, "unknown variant `%.40s`.", given != NULL ? given : "");
}

/* ---- objects -----------------------------------------------------------------------------------
 */

/* Every member is a field, and every field that must be there is. */
static bool check_members(char *text, const struct ckbnet_type *type, const json_t *json)
{
    const char *name = NULL;
    json_t *value = NULL;
    if (!json_is_object(json)) {
        return ckbnet_wrong_type(text, json, "a map");
    }
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        size_t i = 0;
        while (i < type->size && strcmp(type->fields[i].name, name) != 0) {
            i++;
        }
        if (i == type->size) {
            (void)refuse(text, "unknown field `%.32s`, expected one of ", name);
            for (i = 0; i < type->size; i++) {
                size_t used = strlen(text);
                (void)snprintf(text + used, CKBNET_TEXT_MAX - used, "%s`%s`%s", i > 0 ? ", " : "",
                               type->fields[i].name, i + 1 == type->size ? "." : "");
            }
            return false;
        }
    }
    for (size_t i = 0; i < type->size; i++) {
        if (json_object_get(json, type->fields[i].name) == NULL &&
            type->fields[i].type->kind != MISSING) {
            return refuse(text, "missing field `%s`.", type->fields[i].name);
        }
    }
    return true;
}

/* Fields first to last of a table. */
static bool encode_table(struct ckbnet_bytes *bytes, char *text, const struct ckbnet_type *type,
                         size_t count, const json_t *json)
{
    size_t start = bytes->size;
    while (count > 0 && type->fields[count - 1].type->kind == MISSING &&
           (json_object_get(json, type->fields[count - 1].name) == NULL ||
            json_is_null(json_object_get(json, type->fields[count - 1].name)))) {
        count--;
    }
    for (size_t i = 0; i <= count; i++) {
        add_u32(bytes, 0);
    }
    for (size_t i = 0; i < count; i++) {
        set_u32(bytes, start + 4 * (i + 1), bytes->size - start);
        if (!ckbnet_encode(bytes, text, type->fields[i].type,
                           json_object_get(json, type->fields[i].name))) {
            return false;
        }
    }
    set_u32(bytes, start, bytes->size - start);
    return true;
}

static bool encode_tx(struct ckbnet_bytes *bytes, char *text, const struct ckbnet_type *type,
                      const json_t *json)
{
    size_t start = bytes->size;
    for (size_t i = 0; i < 3; i++) {
        add_u32(bytes, 12);
    }
    if (!encode_table(bytes, text, type, type->size - 1, json)) {
        return false;
    }
    set_u32(bytes, start + 8, bytes->size - start);
    if (!ckbnet_encode(bytes, text, type->fields[type->size - 1].type,
                       json_object_get(json, type->fields[type->size - 1].name))) {
        return false;
    }
    set_u32(bytes, start, bytes->size - start);
    return true;
}

static bool encode_list(struct ckbnet_bytes *bytes, char *text, const struct ckbnet_type *type,
                        const json_t *json)
{
    size_t count = json_array_size(json);
    size_t start = bytes->size;
    if (!json_is_array(json)) {
        return ckbnet_wrong_type(text, json, "a sequence");
    }
    add_u32(bytes, count);
    for (size_t i = 0; i < count && type->kind == DYNVEC; i++) {
        add_u32(bytes, 0);
    }
    for (size_t i = 0; i < count; i++) {
        if (type->kind == DYNVEC) {
            set_u32(bytes, start + 4 * (i + 1), bytes->size - start);
        }
        if (!ckbnet_encode(bytes, text, type->item, json_array_get(json, i))) {
            return false;
        }
    }
    if (type->kind == DYNVEC) {
        set_u32(bytes, start, bytes->size - start);
    }
    return true;
}

/* Recursive; types are nested seven deep at most, whatever the JSON is. */
bool ckbnet_encode(struct ckbnet_bytes *bytes, char text[CKBNET_TEXT_MAX],
                   const struct ckbnet_type *type, const json_t *json)
{
    switch (type->kind) {
    case NUMBER:
        return encode_number(bytes, text, type, json);
    case FIXED:
        return encode_hex(bytes, text, type->size, json);
    case BYTES:
        return encode_hex(bytes, text, SIZE_MAX, json);
    case NAME:
        return encode_name(bytes, text, type, json);
    case STRUCT:
        if (!check_members(text, type, json)) {
            return false;
        }
        for (size_t i = 0; i < type->size; i++) {
            if (!ckbnet_encode(bytes, text, type->fields[i].type,
                               json_object_get(json, type->fields[i].name))) {
                return false;
            }
        }
        return true;
    case TABLE:
        return check_members(text, type, json) && encode_table(bytes, text, type, type->size, json);
    case TX:
        return check_members(text, type, json) && encode_tx(bytes, text, type, json);
    case FIXVEC:
    case DYNVEC:
        return encode_list(bytes, text, type, json);
    default:
        return json_is_null(json) || ckbnet_encode(bytes, text, type->item, json);
    }
}

/* ---- the other way -----------------------------------------------------------------------------
 */

const uint8_t *ckbnet_table_part(size_t *size, const uint8_t *table, size_t table_size,
                                 size_t part_count, size_t index)
{
    size_t head = 4 * (part_count + 1);
    *size = 0;
    if (table_size < head || base_load_le32(table) != table_size ||
        base_load_le32(table + 4) != head) {
        return NULL;
    }
    size_t begin = base_load_le32(table + 4 * (index + 1));
    size_t end = index + 1 < part_count ? base_load_le32(table + 4 * (index + 2)) : table_size;
    if (begin < head || begin > end || end > table_size) {
        return NULL;
    }
    *size = end - begin;
    return table + begin;
}

char *ckbnet_number_text(char text[24], uint64_t number)
{
    (void)snprintf(text, 24, "0x%llx", (unsigned long long)number);
    return text;
}

json_t *ckbnet_hex_json(const uint8_t *bytes, size_t size)
{
    char *text = base_alloc(2 * size + 3, 1);
    if (text == NULL) {
        return NULL;
    }
    memcpy(text, "0x", 2);
    base_hex_encode(text + 2, bytes, size);
    json_t *json = json_string(text);
    base_free(text);
    return json;
}

json_t *ckbnet_header_json(const uint8_t header[CKBNET_HEADER], const uint8_t *block_hash)
{
    json_t *json = json_object();
    const uint8_t *at = header;
    for (size_t i = 0; i < BASE_COUNT_OF(header_fields); i++) {
        const struct ckbnet_type *type = header_fields[i].type;
        char text[40];
        uint8_t number_be[16];
        if (type->kind == FIXED) {
            (void)json_object_set_new(json, header_fields[i].name, ckbnet_hex_json(at, type->size));
        } else {
            for (size_t k = 0; k < type->size; k++) {
                number_be[k] = at[type->size - 1 - k];
            }
            base_hex_encode(text + 2, number_be, type->size);
            size_t zeros = strspn(text + 2, "0");
            zeros = zeros == 2 * type->size ? zeros - 1 : zeros;
            memcpy(text + zeros, "0x", 2);
            (void)json_object_set_new(json, header_fields[i].name, json_string(text + zeros));
        }
        at += type->size;
    }
    if (block_hash != NULL) {
        (void)json_object_set_new(json, "hash", ckbnet_hex_json(block_hash, 32));
    }
    return json;
}
