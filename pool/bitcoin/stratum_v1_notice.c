/* stratum_v1_notice.c: what a mining.notify of the Bitcoin family says: every member bounded and
 * checked before it is believed, and the header made from it. Source: stratum.md 4 and 9.5. */
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "bitcoin/stratum_v1.h"

/* Places of the members. */
enum {
    AT_ID,
    AT_PREVHASH,
    AT_COINB1,
    AT_COINB2,
    AT_BRANCH,
    AT_VERSION,
    AT_NBITS,
    AT_NTIME,
    AT_CLEAN,
};

static enum base_status odd(struct base_error *error, const char *what)
{
    return base_error_set(error, BASE_E_FORMAT, "%s", what);
}

static enum base_status read_id(struct pool_v1_notice *notice, const json_t *json,
                                struct base_error *error)
{
    size_t size = json_string_length(json);
    const char *text = json_string_value(json);
    if (text == NULL || size == 0 || size > POOL_JOB_ID_MAX) {
        return odd(error, "its id is no text of 1 to 128 characters");
    }
    for (size_t i = 0; i < size; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return odd(error, "its id is not printable ASCII");
        }
    }
    memcpy(notice->id, text, size + 1);
    return BASE_OK;
}

/* Eight digits, most significant first. */
static enum base_status read_number(uint32_t *number, const json_t *json, const char *what,
                                    struct base_error *error)
{
    uint8_t bytes[4];
    const char *text = json_string_value(json);
    if (text == NULL || base_hex_decode_exact(bytes, sizeof(bytes), text) != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT, "its %s is not 8 hexadecimal digits", what);
    }
    *number = base_load_be32(bytes);
    return BASE_OK;
}

/* 64 digits. */
static enum base_status read_hash(uint8_t hash[32], const json_t *json, const char *what,
                                  struct base_error *error)
{
    const char *text = json_string_value(json);
    if (text == NULL || base_hex_decode_exact(hash, 32, text) != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT, "its %s is not 64 hexadecimal digits", what);
    }
    return BASE_OK;
}

static enum base_status read_branch(struct pool_v1_notice *notice, const json_t *json,
                                    struct base_error *error)
{
    size_t count = json_array_size(json);
    enum base_status status = BASE_OK;
    if (!json_is_array(json)) {
        return odd(error, "its merkle branch is no list");
    }
    if (count > POOL_V1_BRANCHES_MAX) {
        return base_error_set(error, BASE_E_LIMIT, "its merkle branch has %zu hashes, %d at most",
                              count, POOL_V1_BRANCHES_MAX);
    }
    for (size_t i = 0; i < count && status == BASE_OK; i++) {
        status = read_hash(notice->branch[i], json_array_get(json, i), "merkle branch", error);
    }
    notice->branch_count = count;
    return status;
}

/* Both halves, one behind the other for now. */
static enum base_status read_coinbase(struct pool_v1_notice *notice, const json_t *params,
                                      struct base_error *error)
{
    const json_t *halves[2] = {json_array_get(params, AT_COINB1),
                               json_array_get(params, AT_COINB2)};
    size_t sizes[2] = {0, 0};
    size_t used = 0;
    for (size_t i = 0; i < 2; i++) {
        size_t digits = json_string_length(halves[i]);
        if (!json_is_string(halves[i])) {
            return odd(error, "half of its coinbase is no text");
        }
        if (digits > 2 * (size_t)POOL_V1_COINBASE_MAX) {
            return base_error_set(error, BASE_E_LIMIT,
                                  "half of its coinbase has %zu digits, %d at most", digits,
                                  2 * POOL_V1_COINBASE_MAX);
        }
        sizes[i] = digits / 2;
    }
    notice->coinbase = base_alloc(1, sizes[0] + sizes[1] + 1);
    if (notice->coinbase == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    for (size_t i = 0; i < 2; i++) {
        if (base_hex_decode(notice->coinbase + used, sizes[i], &sizes[i],
                            json_string_value(halves[i]),
                            json_string_length(halves[i])) != BASE_OK) {
            return odd(error, "half of its coinbase is not hexadecimal");
        }
        used += sizes[i];
    }
    notice->head_size = sizes[0];
    notice->tail_size = sizes[1];
    notice->coinbase_size = used;
    notice->height = pool_v1_height(notice->coinbase, notice->head_size);
    return BASE_OK;
}

static enum base_status read_numbers(struct pool_v1_notice *notice, const json_t *params,
                                     struct base_error *error)
{
    enum base_status status =
        read_number(&notice->version, json_array_get(params, AT_VERSION), "version", error);
    if (status == BASE_OK) {
        status = read_number(&notice->nbits, json_array_get(params, AT_NBITS), "nbits", error);
    }
    if (status == BASE_OK) {
        status = read_number(&notice->ntime, json_array_get(params, AT_NTIME), "ntime", error);
    }
    if (status == BASE_OK && pool_v1_compact(notice->block_target_be, notice->nbits) != BASE_OK) {
        status = base_error_set(error, BASE_E_FORMAT, "its nbits %08x is no target", notice->nbits);
    }
    return status;
}

enum base_status pool_v1_notice_read(struct pool_v1_notice **notice, const json_t *params,
                                     struct base_error *error)
{
    uint8_t swapped[32];
    *notice = NULL;
    if (!json_is_array(params) || json_array_size(params) <= AT_NTIME) {
        return odd(error, "it has fewer than 8 members");
    }
    struct pool_v1_notice *made = base_alloc(1, sizeof(*made));
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    enum base_status status = read_id(made, json_array_get(params, AT_ID), error);
    if (status == BASE_OK) {
        status =
            read_hash(swapped, json_array_get(params, AT_PREVHASH), "previous block hash", error);
    }
    if (status == BASE_OK) {
        status = read_coinbase(made, params, error);
    }
    if (status == BASE_OK) {
        status = read_branch(made, json_array_get(params, AT_BRANCH), error);
    }
    if (status == BASE_OK) {
        status = read_numbers(made, params, error);
    }
    if (status != BASE_OK) {
        pool_v1_notice_free(made);
        return status;
    }
    pool_v1_swap_words(made->prevhash, swapped);
    made->clean = json_is_true(json_array_get(params, AT_CLEAN));
    *notice = made;
    return BASE_OK;
}

enum base_status pool_v1_notice_extranonce(struct pool_v1_notice *notice,
                                           const uint8_t *extranonce1, size_t size,
                                           size_t extranonce2_size, struct base_error *error)
{
    BASE_ASSERT(notice->extranonce2_size == 0 && size <= POOL_EXTRANONCE1_MAX);
    uint8_t *grown =
        base_realloc(notice->coinbase, 1, notice->coinbase_size + size + extranonce2_size + 1);
    if (grown == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    notice->coinbase = grown;
    notice->extranonce2_at = notice->head_size + size;
    memmove(grown + notice->extranonce2_at + extranonce2_size, grown + notice->head_size,
            notice->tail_size);
    memcpy(grown + notice->head_size, extranonce1, size);
    memcpy(notice->extranonce1, extranonce1, size);
    notice->extranonce1_size = size;
    notice->extranonce2_size = extranonce2_size;
    notice->coinbase_size += size + extranonce2_size;
    return BASE_OK;
}

bool pool_v1_notice_same(const struct pool_v1_notice *a, const struct pool_v1_notice *b)
{
    return a->version == b->version && a->nbits == b->nbits && a->branch_count == b->branch_count &&
           a->head_size == b->head_size && a->tail_size == b->tail_size &&
           a->extranonce1_size == b->extranonce1_size &&
           a->extranonce2_size == b->extranonce2_size && a->coinbase_size == b->coinbase_size &&
           memcmp(a->prevhash, b->prevhash, 32) == 0 &&
           memcmp(a->branch, b->branch, a->branch_count * sizeof(a->branch[0])) == 0 &&
           memcmp(a->coinbase, b->coinbase, a->extranonce2_at) == 0 &&
           memcmp(a->coinbase + a->coinbase_size - a->tail_size,
                  b->coinbase + b->coinbase_size - b->tail_size, a->tail_size) == 0;
}

enum base_status pool_v1_notice_header(uint8_t header[POOL_V1_HEADER],
                                       struct pool_v1_notice *notice, const uint8_t *extranonce2,
                                       uint32_t ntime, struct base_error *error)
{
    uint8_t root[32];
    memcpy(notice->coinbase + notice->extranonce2_at, extranonce2, notice->extranonce2_size);
    if (pool_v1_sha256d(root, notice->coinbase, notice->coinbase_size) != BASE_OK ||
        pool_v1_merkle(root, (const uint8_t(*)[32])notice->branch, notice->branch_count) !=
            BASE_OK) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for SHA-256");
    }
    pool_v1_header(header, notice->version, notice->prevhash, root, ntime, notice->nbits);
    return BASE_OK;
}

void pool_v1_notice_free(struct pool_v1_notice *notice)
{
    if (notice != NULL) {
        base_free(notice->coinbase);
        base_free(notice);
    }
}
