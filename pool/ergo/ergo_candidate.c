/* ergo_candidate.c: see ergo_candidate.h. Source: ergo.md 6. */
#include "ergo/ergo_candidate.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "wire/json.h"

/* A decimal number below 2^256, most significant byte first. False: it is none, or too large. */
static bool read_decimal(uint8_t number_be[32], const char *text)
{
    memset(number_be, 0, 32);
    if (text == NULL || text[0] == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        unsigned carry = (unsigned)(*text - '0');
        for (size_t i = 32; i-- > 0;) {
            carry += 10U * number_be[i];
            number_be[i] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry != 0) {
            return false;
        }
    }
    return true;
}

bool pool_ergo_read_b(uint8_t b_be[32], const json_t *b)
{
    static const uint8_t zero[32];
    uint64_t small = 0;
    if (json_is_integer(b) && pool_json_u64(b, 10, &small)) {
        memset(b_be, 0, 32);
        base_store_be64(b_be + 24, small);
    } else if (!json_is_string(b) || !read_decimal(b_be, json_string_value(b))) {
        return false;
    }
    return memcmp(b_be, zero, sizeof(zero)) != 0;
}

void pool_ergo_below(uint8_t b_be[32])
{
    for (size_t i = 31; b_be[i]-- == 0; i--) {
    }
}

static enum base_status read_members(struct pool_ergo_candidate *candidate, const json_t *root,
                                     struct base_error *error)
{
    const json_t *msg = json_object_get(root, "msg");
    const json_t *h = json_object_get(root, "h");
    uint64_t height = 0;
    h = h != NULL ? h : json_object_get(root, "height"); /* as a proxy calls it */
    if (!json_is_string(msg) || base_hex_decode_exact(candidate->msg, sizeof(candidate->msg),
                                                      json_string_value(msg)) != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT,
                              "a candidate whose \"msg\" is not 64 hexadecimal digits");
    }
    if (!pool_ergo_read_b(candidate->b_be, json_object_get(root, "b"))) {
        return base_error_set(error, BASE_E_FORMAT,
                              "a candidate whose \"b\" is not an integer from 1 to 2^256 - 1");
    }
    if (h == NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "a candidate without a height: a block of version 1, for the first "
                              "Autolykos; only the first blocks of a chain are, and the node's own "
                              "miner can make them (useExternalMiner = false)");
    }
    if (!pool_json_u64(h, 10, &height) || height > UINT32_MAX) {
        return base_error_set(error, BASE_E_FORMAT,
                              "a candidate whose \"h\" is not a height of a block");
    }
    if (json_object_get(root, "extraNonce1") != NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "the server fixes a part of the nonce (extraNonce1), as proxies of "
                              "pools do; only nodes are supported");
    }
    const json_t *pk = json_object_get(root, "pk");
    uint8_t point[POOL_ERGO_KEY_DIGITS / 2];
    if (json_is_string(pk) &&
        base_hex_decode_exact(point, sizeof(point), json_string_value(pk)) == BASE_OK) {
        base_hex_encode(candidate->pk, point, sizeof(point));
    }
    candidate->height = (uint32_t)height;
    base_store_be64(candidate->base.parent, height);
    return BASE_OK;
}

enum base_status pool_ergo_candidate_read(struct pool_ergo_candidate **candidate, const char *body,
                                          size_t size, struct base_error *error)
{
    struct pool_ergo_candidate *made = base_alloc(1, sizeof(*made));
    struct pool_buffer quoted;
    json_t *root = NULL;
    *candidate = NULL;
    pool_buffer_init(&quoted);
    enum base_status status =
        made == NULL ? BASE_E_MEMORY : pool_json_quote_long(&quoted, body, size);
    if (status != BASE_OK) {
        (void)base_error_set(error, status, "no memory for a candidate");
    } else {
        status = pool_json_load(&root, (const char *)pool_buffer_data(&quoted),
                                pool_buffer_size(&quoted), error);
    }
    if (status == BASE_OK) {
        status = read_members(made, root, error);
    }
    json_decref(root);
    pool_buffer_deinit(&quoted);
    if (status != BASE_OK) {
        base_free(made);
        return status;
    }
    *candidate = made;
    return BASE_OK;
}

double pool_ergo_difficulty(const struct pool_ergo_candidate *candidate)
{
    double b = 0;
    for (size_t i = 0; i < sizeof(candidate->b_be); i++) {
        b = b * 256 + candidate->b_be[i];
    }
    return ldexp(1.0, 256) / b;
}

struct pool_job_full *pool_ergo_job(const struct pool_ergo_candidate *candidate, uint64_t serial)
{
    struct pool_job_full *full = pool_job_new(NULL, 0);
    if (full == NULL) {
        return NULL;
    }
    struct pool_job *job = &full->job;
    job->chains = 1;
    memcpy(job->header, candidate->msg, sizeof(candidate->msg));
    base_store_be64(job->header + POOL_ERGO_MESSAGE_SIZE, serial);
    job->header_size = POOL_ERGO_MESSAGE_SIZE + POOL_ERGO_NONCE_SIZE;
    job->nonce_offset = POOL_ERGO_MESSAGE_SIZE;
    job->nonce_size = POOL_ERGO_NONCE_SIZE;
    memcpy(job->target_be, candidate->b_be, sizeof(job->target_be));
    pool_ergo_below(job->target_be);
    memcpy(job->block_target_be, job->target_be, sizeof(job->block_target_be));
    job->height = candidate->height;
    job->solo = true;
    return full;
}
