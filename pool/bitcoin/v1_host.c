/* v1_host.c: stratum v1 from the server's side, for the templates of a node: a client's extranonce
 * is the front of ours in the coinbase, its extranonce2 the rest. Source: stratum.md 2 to 6,
 * bridge.md 5. */
#include "bitcoin/v1_host.h"

#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "bitcoin/gbt.h"
#include "bitcoin/v1_header.h"
#include "bitcoin/v1_target.h"
#include "wire/json.h"

enum {
    PREFIX = 4,
    EXTRANONCE2 = POOL_GBT_EXTRANONCE - PREFIX,
    REPLACED_MS = 120000, /* a template of the same tip is as good as a newer one */
    ROLL_S = 600,         /* a header's time may be so much later than its job's */
    NUMBER_DIGITS = 8,
};

static const char *refuses(bool pool)
{
    return pool ? "the jobs of a pool have one extranonce, which is not shared out yet; use a node"
                : NULL;
}

/* A small device of our own, by algorithm. */
static double small_rate(const struct pool_algo *algo)
{
    static const struct {
        const char *name;
        double rate;
    } rows[] = {{"scrypt", 1e4}, {"odocrypt", 1e6}, {"qubit", 1e6}, {"skein", 1e7}};
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        if (strcmp(algo->name, rows[i].name) == 0) {
            return rows[i].rate;
        }
    }
    return 1e8;
}

/* 2^256 over the target of difficulty 1, 0xffff * 2^208 times the factor. */
static double unit(const struct pool_algo *algo)
{
    return 0x1p48 / 0xffff / algo->difficulty_factor;
}

static void target(uint8_t target_be[32], double difficulty, const struct pool_algo *algo)
{
    double shown = 0;
    json_t *number = json_real(difficulty);
    if (pool_v1_target(target_be, &shown, number, algo->difficulty_factor) != BASE_OK) {
        memset(target_be, 0, 32); /* no memory, or beyond all hashes */
    }
    json_decref(number);
}

static json_t *subscribed(const struct pool_host_client *client)
{
    char prefix[2 * sizeof(client->prefix) + 1];
    base_hex_encode(prefix, client->prefix, client->prefix_size);
    return json_pack("[[[s,s],[s,s]],s,i]", "mining.set_difficulty", client->session,
                     "mining.notify", client->session, prefix, (int)EXTRANONCE2);
}

static json_t *answer(const char *method)
{
    return strcmp(method, "mining.suggest_target") == 0 ? json_false() : NULL;
}

static enum base_status put_method(struct pool_buffer *out, const char *method, json_t *params)
{
    enum base_status status =
        pool_json_append(out, json_pack("{s:n,s:s,s:o}", "id", "method", method, "params", params));
    return status == BASE_OK ? pool_buffer_append(out, "\n", 1) : status;
}

static enum base_status put_difficulty(struct pool_buffer *out, double difficulty,
                                       const uint8_t target_be[32])
{
    (void)target_be;
    bool whole =
        difficulty >= 1 && difficulty < 0x1p50 && difficulty == (double)(json_int_t)difficulty;
    return put_method(
        out, "mining.set_difficulty",
        json_pack("[o]", whole ? json_integer((json_int_t)difficulty) : json_real(difficulty)));
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static json_t *hex_json(const uint8_t *bytes, size_t size)
{
    char text[2 * POOL_GBT_COINBASE_MAX + 1];
    base_hex_encode(text, bytes, size);
    return json_string(text);
}

static json_t *number_json(uint32_t value)
{
    char text[NUMBER_DIGITS + 1];
    (void)snprintf(text, sizeof(text), "%08x", value);
    return json_string(text);
}

static enum base_status put_job(struct pool_buffer *out, const struct pool_job *job, const char *id,
                                const struct pool_host_client *client, const uint8_t target_be[32],
                                bool clean)
{
    static const uint8_t no_extranonce[POOL_GBT_EXTRANONCE];
    const struct pool_gbt_pieces *pieces = pool_gbt_pieces(job);
    struct pool_gbt_coinbase coinbase;
    uint8_t prevhash[32];
    (void)target_be;
    if (pieces == NULL) {
        return BASE_E_STATE;
    }
    pool_gbt_coinbase_again(&coinbase, pieces, no_extranonce, client->payee, client->payee_size);
    size_t behind = coinbase.extranonce_at + POOL_GBT_EXTRANONCE;
    pool_v1_swap_words(prevhash, job->header + 4);
    json_t *branch = json_array();
    for (size_t i = 0; i < pieces->branch_count; i++) {
        (void)json_array_append_new(branch, hex_json(pieces->branch[i], 32));
    }
    json_t *params = json_pack("[s,o,o,o,o,o,o,o,b]", id, hex_json(prevhash, 32),
                               hex_json(coinbase.plain, coinbase.extranonce_at),
                               hex_json(coinbase.plain + behind, coinbase.plain_size - behind),
                               branch, number_json(base_load_le32(job->header)),
                               number_json(base_load_le32(job->header + POOL_V1_TIME + 4)),
                               number_json(base_load_le32(job->header + POOL_V1_TIME)), (int)clean);
    json_t *message = json_pack("{s:n,s:s,s:o}", "id", "method", "mining.notify", "params", params);
    if (job->epoch != 0) { /* odocrypt's key, as its pools tell it (digibyte.md 11) */
        (void)json_object_set_new(message, "odokey", json_integer((json_int_t)job->epoch));
    }
    enum base_status status = pool_json_append(out, message);
    return status == BASE_OK ? pool_buffer_append(out, "\n", 1) : status;
}

/* ---- shares ---------------------------------------------------------------------------------- */

/* Eight digits, the most significant one first; 0x before them is left out. */
static bool read_number(uint32_t *value, const json_t *json)
{
    const char *text = json_string_value(json);
    uint8_t bytes[4];
    if (text != NULL && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        text += 2;
    }
    if (text == NULL || base_hex_decode_exact(bytes, sizeof(bytes), text) != BASE_OK) {
        return false;
    }
    *value = base_load_be32(bytes);
    return true;
}

/* [worker, job, extranonce2, time, nonce]; version bits behind them are not offered. */
static enum pool_host_fault read_share(struct pool_host_share *share, const json_t *params,
                                       const struct pool_host_client *client)
{
    const char *extranonce2 = json_string_value(json_array_get(params, 2));
    uint32_t nonce = 0;
    (void)client;
    share->worker = json_string_value(json_array_get(params, 0));
    share->job = json_string_value(json_array_get(params, 1));
    if (share->job == NULL || extranonce2 == NULL ||
        base_hex_decode_exact(share->extranonce2, EXTRANONCE2, extranonce2) != BASE_OK ||
        !read_number(&share->time, json_array_get(params, 3)) ||
        !read_number(&nonce, json_array_get(params, 4))) {
        return POOL_HOST_MALFORMED;
    }
    share->extranonce2_size = EXTRANONCE2;
    base_store_le32(share->nonce, nonce);
    return POOL_HOST_GOOD;
}

/* The coinbase of a client's share. */
static void coinbase_of(struct pool_gbt_coinbase *coinbase, const struct pool_gbt_pieces *pieces,
                        const struct pool_host_client *client, const struct pool_host_share *share)
{
    uint8_t extranonce[POOL_GBT_EXTRANONCE];
    memcpy(extranonce, client->prefix, PREFIX);
    memcpy(extranonce + PREFIX, share->extranonce2, EXTRANONCE2);
    pool_gbt_coinbase_again(coinbase, pieces, extranonce, client->payee, client->payee_size);
}

static enum base_status place(uint8_t header[POOL_HEADER_MAX], const struct pool_job *job,
                              const struct pool_host_client *client,
                              const struct pool_host_share *share)
{
    const struct pool_gbt_pieces *pieces = pool_gbt_pieces(job);
    struct pool_gbt_coinbase coinbase;
    uint8_t root[32];
    uint32_t from = base_load_le32(job->header + POOL_V1_TIME);
    if (pieces == NULL || share->time < from || share->time - from > ROLL_S) {
        return BASE_E_RANGE;
    }
    coinbase_of(&coinbase, pieces, client, share);
    if (pool_v1_sha256d(root, coinbase.plain, coinbase.plain_size) != BASE_OK ||
        pool_v1_merkle(root, (const uint8_t(*)[32])pieces->branch, pieces->branch_count) !=
            BASE_OK) {
        return BASE_E_MEMORY;
    }
    memcpy(header, job->header, job->header_size);
    memcpy(header + POOL_V1_ROOT, root, sizeof(root));
    base_store_le32(header + POOL_V1_TIME, share->time);
    return BASE_OK;
}

static const struct pool_job *job_of_share(const struct pool_job *job,
                                           const struct pool_host_client *client,
                                           const struct pool_host_share *share)
{
    const struct pool_job_full *from = pool_job_full(job);
    const struct pool_gbt_pieces *pieces = pool_gbt_pieces(job);
    struct pool_gbt_coinbase coinbase;
    uint8_t front[POOL_GBT_COINBASE_MAX];
    coinbase_of(&coinbase, pieces, client, share);
    struct pool_job_full *full =
        pool_job_new(front, pool_gbt_block_front(front, pieces->tx_count, &coinbase));
    if (full == NULL) {
        return NULL;
    }
    full->job = *job;
    full->server = from->server;
    full->series = from->series;
    full->ticket = from->ticket;
    full->blob = pool_blob_ref(from->blob);
    memcpy(full->parent, from->parent, sizeof(full->parent));
    if (place(full->job.header, job, client, share) != BASE_OK) {
        pool_job_unref(&full->job);
        return NULL;
    }
    return &full->job;
}

const struct pool_host_ops pool_v1_host = {
    .title = "stratum v1",
    .codes = {[POOL_HOST_NO_JOB] = {21, "Job not found"},
              [POOL_HOST_OTHER_JOB] = {20, "Other chain"},
              [POOL_HOST_UNAUTHORIZED] = {24, "Unauthorized worker"},
              [POOL_HOST_MALFORMED] = {20, "Malformed share, or its time is out of range"},
              [POOL_HOST_DUPLICATE] = {22, "Duplicate share"},
              [POOL_HOST_LOW] = {23, "Low difficulty share"},
              [POOL_HOST_WRONG_CHAIN] = {20, "Other chain"}},
    .prefix_bytes = PREFIX,
    .replaced_ms = REPLACED_MS,
    .void_ms = 0,
    .pays = true,
    .refuses = refuses,
    .small_rate = small_rate,
    .unit = unit,
    .target = target,
    .subscribed = subscribed,
    .answer = answer,
    .put_difficulty = put_difficulty,
    .put_job = put_job,
    .read_share = read_share,
    .place = place,
    .job_of_share = job_of_share,
};
