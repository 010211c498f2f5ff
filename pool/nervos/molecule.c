/* molecule.c: see molecule.h. A writer appends to a buffer and remembers the first failure, so that
 * a whole transaction is written without a check at every field. */
#include "nervos/molecule.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "nervos/ckb_hash.h"

struct writer {
    struct pool_buffer out;
    enum base_status status;
};

/* ---- JSON ------------------------------------------------------------------------------------ */

/* The digits behind "0x"; NULL: there is no such text. */
static const char *digits_of(const json_t *json, size_t *count)
{
    const char *text = json_string_value(json);
    size_t size = json_string_length(json);
    if (text == NULL || size < 2 || text[0] != '0' || text[1] != 'x') {
        return NULL;
    }
    *count = size - 2;
    return text + 2;
}

bool pool_ckb_number(uint64_t *value, const json_t *json)
{
    uint8_t bytes[8] = {0};
    char padded[17];
    size_t count = 0;
    const char *digits = digits_of(json, &count);
    *value = 0;
    if (digits == NULL || count == 0 || count > 16 || (count > 1 && digits[0] == '0')) {
        return false;
    }
    memset(padded, '0', 16 - count);
    memcpy(padded + 16 - count, digits, count);
    padded[16] = '\0';
    if (base_hex_decode_exact(bytes, sizeof(bytes), padded) != BASE_OK) {
        return false;
    }
    *value = base_load_be64(bytes);
    return true;
}

bool pool_ckb_bytes_upto(uint8_t *bytes, size_t cap, size_t *size, const json_t *json)
{
    size_t count = 0;
    const char *digits = digits_of(json, &count);
    *size = 0;
    return digits != NULL && base_hex_decode(bytes, cap, size, digits, count) == BASE_OK;
}

bool pool_ckb_bytes(uint8_t *bytes, size_t size, const json_t *json)
{
    size_t read = 0;
    return pool_ckb_bytes_upto(bytes, size, &read, json) && read == size;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void fail(struct writer *writer, enum base_status status)
{
    writer->status = writer->status == BASE_OK ? status : writer->status;
}

static void put(struct writer *writer, const void *bytes, size_t size)
{
    if (writer->status == BASE_OK && size > 0) {
        writer->status = pool_buffer_append(&writer->out, bytes, size);
    }
}

static void put_u32(struct writer *writer, size_t value)
{
    uint8_t bytes[4];
    if (value > UINT32_MAX) {
        fail(writer, BASE_E_FORMAT);
        return;
    }
    base_store_le32(bytes, (uint32_t)value);
    put(writer, bytes, sizeof(bytes));
}

/* A number of size bytes. */
static void put_number(struct writer *writer, const json_t *json, size_t size)
{
    uint8_t bytes[8];
    uint64_t value = 0;
    if (!pool_ckb_number(&value, json) || (size < 8 && value >> 8 * size != 0)) {
        fail(writer, BASE_E_FORMAT);
        return;
    }
    base_store_le64(bytes, value);
    put(writer, bytes, size);
}

static void put_hash(struct writer *writer, const json_t *json)
{
    uint8_t hash[32];
    if (!pool_ckb_bytes(hash, sizeof(hash), json)) {
        fail(writer, BASE_E_FORMAT);
        return;
    }
    put(writer, hash, sizeof(hash));
}

/* Bytes: their number, then they. */
static void put_bytes(struct writer *writer, const json_t *json)
{
    uint8_t part[256];
    size_t count = 0;
    const char *digits = digits_of(json, &count);
    if (digits == NULL || count % 2 != 0) {
        fail(writer, BASE_E_FORMAT);
        return;
    }
    put_u32(writer, count / 2);
    while (count > 0 && writer->status == BASE_OK) {
        size_t take = count < 2 * sizeof(part) ? count : 2 * sizeof(part);
        size_t size = 0;
        if (base_hex_decode(part, sizeof(part), &size, digits, take) != BASE_OK) {
            fail(writer, BASE_E_FORMAT);
        }
        put(writer, part, size);
        digits += take;
        count -= take;
    }
}

/* Tables and vectors of items of different sizes: size of all, offset of each item, the items.
 * begin returns where it starts; item says that the next thing written is this item. */
static size_t begin(struct writer *writer, size_t count)
{
    size_t at = pool_buffer_size(&writer->out);
    for (size_t i = 0; i <= count; i++) {
        put_u32(writer, 0);
    }
    return at;
}

static void patch(struct writer *writer, size_t at, size_t value)
{
    if (writer->status == BASE_OK && value <= UINT32_MAX) {
        base_store_le32(writer->out.bytes + writer->out.start + at, (uint32_t)value);
    } else {
        fail(writer, BASE_E_FORMAT);
    }
}

static void item(struct writer *writer, size_t at, size_t index)
{
    patch(writer, at + 4 * (index + 1), pool_buffer_size(&writer->out) - at);
}

static void end(struct writer *writer, size_t at)
{
    patch(writer, at, pool_buffer_size(&writer->out) - at);
}

/* ---- transactions ---------------------------------------------------------------------------- */

static int hash_type_of(const json_t *json)
{
    static const struct {
        const char *name;
        int code;
    } types[] = {{"data", 0}, {"type", 1}, {"data1", 2}, {"data2", 4}};
    const char *name = json_string_value(json);
    for (size_t i = 0; name != NULL && i < BASE_COUNT_OF(types); i++) {
        if (strcmp(name, types[i].name) == 0) {
            return types[i].code;
        }
    }
    return -1;
}

static void put_script(struct writer *writer, const json_t *script)
{
    int type = hash_type_of(json_object_get(script, "hash_type"));
    uint8_t code = (uint8_t)type;
    size_t at = begin(writer, 3);
    if (type < 0) {
        fail(writer, BASE_E_FORMAT);
    }
    item(writer, at, 0);
    put_hash(writer, json_object_get(script, "code_hash"));
    item(writer, at, 1);
    put(writer, &code, 1);
    item(writer, at, 2);
    put_bytes(writer, json_object_get(script, "args"));
    end(writer, at);
}

static void put_out_point(struct writer *writer, const json_t *point)
{
    put_hash(writer, json_object_get(point, "tx_hash"));
    put_number(writer, json_object_get(point, "index"), 4);
}

static void put_cell_dep(struct writer *writer, const json_t *dep)
{
    const char *type = json_string_value(json_object_get(dep, "dep_type"));
    bool group = type != NULL && strcmp(type, "dep_group") == 0;
    uint8_t code = group;
    if (type == NULL || (!group && strcmp(type, "code") != 0)) {
        fail(writer, BASE_E_FORMAT);
    }
    put_out_point(writer, json_object_get(dep, "out_point"));
    put(writer, &code, 1);
}

static void put_input(struct writer *writer, const json_t *input)
{
    put_number(writer, json_object_get(input, "since"), 8);
    put_out_point(writer, json_object_get(input, "previous_output"));
}

static void put_output(struct writer *writer, const json_t *output)
{
    const json_t *type = json_object_get(output, "type");
    size_t at = begin(writer, 3);
    item(writer, at, 0);
    put_number(writer, json_object_get(output, "capacity"), 8);
    item(writer, at, 1);
    put_script(writer, json_object_get(output, "lock"));
    item(writer, at, 2);
    if (type != NULL && !json_is_null(type)) {
        put_script(writer, type);
    }
    end(writer, at);
}

typedef void (*put_fn)(struct writer *writer, const json_t *json);

/* A vector: of items of one size, behind their number; or of items of different sizes. */
static void put_vector(struct writer *writer, const json_t *list, bool one_size, put_fn put_one)
{
    size_t count = json_array_size(list);
    size_t at = 0;
    if (!json_is_array(list)) {
        fail(writer, BASE_E_FORMAT);
        return;
    }
    if (one_size) {
        put_u32(writer, count);
    } else {
        at = begin(writer, count);
    }
    for (size_t i = 0; i < count && writer->status == BASE_OK; i++) {
        if (!one_size) {
            item(writer, at, i);
        }
        put_one(writer, json_array_get(list, i));
    }
    if (!one_size) {
        end(writer, at);
    }
}

static void put_raw(struct writer *writer, const json_t *tx)
{
    size_t at = begin(writer, 6);
    item(writer, at, 0);
    put_number(writer, json_object_get(tx, "version"), 4);
    item(writer, at, 1);
    put_vector(writer, json_object_get(tx, "cell_deps"), true, put_cell_dep);
    item(writer, at, 2);
    put_vector(writer, json_object_get(tx, "header_deps"), true, put_hash);
    item(writer, at, 3);
    put_vector(writer, json_object_get(tx, "inputs"), true, put_input);
    item(writer, at, 4);
    put_vector(writer, json_object_get(tx, "outputs"), false, put_output);
    item(writer, at, 5);
    put_vector(writer, json_object_get(tx, "outputs_data"), false, put_bytes);
    end(writer, at);
}

enum base_status pool_ckb_tx_hashes(uint8_t hash[32], uint8_t witness_hash[32], const json_t *tx)
{
    struct writer writer = {.status = BASE_OK};
    pool_buffer_init(&writer.out);
    size_t at = begin(&writer, 2);
    item(&writer, at, 0);
    size_t raw = pool_buffer_size(&writer.out);
    put_raw(&writer, tx);
    size_t raw_end = pool_buffer_size(&writer.out);
    item(&writer, at, 1);
    put_vector(&writer, json_object_get(tx, "witnesses"), false, put_bytes);
    end(&writer, at);
    if (writer.status == BASE_OK) {
        pool_ckb_hash(hash, pool_buffer_data(&writer.out) + raw, raw_end - raw);
        pool_ckb_hash(witness_hash, pool_buffer_data(&writer.out), pool_buffer_size(&writer.out));
    }
    pool_buffer_deinit(&writer.out);
    return writer.status;
}

/* ---- headers --------------------------------------------------------------------------------- */

/* The nonce: up to 32 digits, of which the last two are the first byte. */
static bool read_nonce(uint8_t nonce[POOL_CKB_NONCE], const json_t *json)
{
    char padded[2 * POOL_CKB_NONCE + 1];
    uint8_t number_be[POOL_CKB_NONCE];
    size_t count = 0;
    const char *digits = digits_of(json, &count);
    if (digits == NULL || count == 0 || count > sizeof(padded) - 1) {
        return false;
    }
    memset(padded, '0', sizeof(padded) - 1 - count);
    memcpy(padded + sizeof(padded) - 1 - count, digits, count);
    padded[sizeof(padded) - 1] = '\0';
    if (base_hex_decode_exact(number_be, sizeof(number_be), padded) != BASE_OK) {
        return false;
    }
    for (size_t i = 0; i < POOL_CKB_NONCE; i++) {
        nonce[i] = number_be[POOL_CKB_NONCE - 1 - i];
    }
    return true;
}

bool pool_ckb_header_read(uint8_t header[POOL_CKB_HEADER + POOL_CKB_NONCE], const json_t *json)
{
    static const struct {
        const char *name;
        size_t size;
    } numbers[] = {
        {"version", 4}, {"compact_target", 4}, {"timestamp", 8}, {"number", 8}, {"epoch", 8}};
    static const char *const hashes[] = {"parent_hash", "transactions_root", "proposals_hash",
                                         "extra_hash", "dao"};
    uint8_t *to = header;
    for (size_t i = 0; i < BASE_COUNT_OF(numbers); i++) {
        uint8_t bytes[8];
        uint64_t value = 0;
        size_t size = numbers[i].size;
        if (!pool_ckb_number(&value, json_object_get(json, numbers[i].name)) ||
            (size < 8 && value >> 8 * size != 0)) {
            return false;
        }
        base_store_le64(bytes, value);
        memcpy(to, bytes, size);
        to += size;
    }
    for (size_t i = 0; i < BASE_COUNT_OF(hashes); i++) {
        if (!pool_ckb_bytes(to, 32, json_object_get(json, hashes[i]))) {
            return false;
        }
        to += 32;
    }
    return read_nonce(to, json_object_get(json, "nonce"));
}

void pool_ckb_nonce_text(char text[35], const uint8_t nonce[POOL_CKB_NONCE])
{
    uint8_t number_be[POOL_CKB_NONCE];
    char digits[2 * POOL_CKB_NONCE + 1];
    for (size_t i = 0; i < POOL_CKB_NONCE; i++) {
        number_be[i] = nonce[POOL_CKB_NONCE - 1 - i];
    }
    base_hex_encode(digits, number_be, sizeof(number_be));
    size_t skip = strspn(digits, "0");
    skip = skip == sizeof(digits) - 1 ? skip - 1 : skip;
    (void)snprintf(text, 35, "0x%s", digits + skip);
}

/* ---- the cellbase's witness ------------------------------------------------------------------ */

/* Parts of a table of count fields: field i is bytes[at[i]] to bytes[at[i + 1]]. */
static bool read_table(size_t *at, size_t count, const uint8_t *bytes, size_t size)
{
    if (size < 4 * (count + 1) || base_load_le32(bytes) != size ||
        base_load_le32(bytes + 4) != 4 * (count + 1)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        at[i] = base_load_le32(bytes + 4 * (i + 1));
        if (at[i] > size || (i > 0 && at[i] < at[i - 1])) {
            return false;
        }
    }
    at[count] = size;
    return true;
}

/* Bytes that fill a field. */
static bool read_bytes(const uint8_t **bytes, size_t *size, const uint8_t *field, size_t field_size)
{
    if (field_size < 4 || base_load_le32(field) != field_size - 4) {
        return false;
    }
    *bytes = field + 4;
    *size = field_size - 4;
    return true;
}

enum base_status pool_ckb_witness_read(struct pool_ckb_lock *lock, bool *long_args,
                                       const uint8_t **message, size_t *message_size,
                                       const uint8_t *witness, size_t size)
{
    size_t part[3];
    size_t field[4];
    const uint8_t *args = NULL;
    size_t args_size = 0;
    memset(lock, 0, sizeof(*lock));
    *long_args = false;
    if (!read_table(part, 2, witness, size) ||
        !read_bytes(message, message_size, witness + part[1], size - part[1])) {
        return BASE_E_FORMAT;
    }
    const uint8_t *script = witness + part[0];
    if (!read_table(field, 3, script, part[1] - part[0]) || field[1] - field[0] != 32 ||
        field[2] - field[1] != 1 ||
        !read_bytes(&args, &args_size, script + field[2], field[3] - field[2])) {
        return BASE_E_FORMAT;
    }
    memcpy(lock->code_hash, script + field[0], 32);
    lock->hash_type = script[field[1]];
    *long_args = args_size > sizeof(lock->args);
    lock->args_size = *long_args ? 0 : args_size;
    memcpy(lock->args, args, lock->args_size);
    return BASE_OK;
}

enum base_status pool_ckb_witness_write(struct pool_buffer *out, const struct pool_ckb_lock *lock,
                                        const uint8_t *message, size_t message_size)
{
    struct writer writer = {.status = BASE_OK};
    pool_buffer_init(&writer.out);
    size_t at = begin(&writer, 2);
    item(&writer, at, 0);
    size_t script = begin(&writer, 3);
    item(&writer, script, 0);
    put(&writer, lock->code_hash, sizeof(lock->code_hash));
    item(&writer, script, 1);
    put(&writer, &lock->hash_type, 1);
    item(&writer, script, 2);
    put_u32(&writer, lock->args_size);
    put(&writer, lock->args, lock->args_size);
    end(&writer, script);
    item(&writer, at, 1);
    put_u32(&writer, message_size);
    put(&writer, message, message_size);
    end(&writer, at);
    if (writer.status == BASE_OK) {
        writer.status =
            pool_buffer_append(out, pool_buffer_data(&writer.out), pool_buffer_size(&writer.out));
    }
    pool_buffer_deinit(&writer.out);
    return writer.status;
}
