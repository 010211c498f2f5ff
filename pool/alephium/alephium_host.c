/* alephium_host.c: stratum as Alephium's miners speak it, from the server's side: lines as the
 * official pool and Miningcore write them, errors with code and words. Source: alephium.md 6,
 * bridge.md 4. */
#include <stdio.h>
#include <string.h>

#include "alephium/alephium_host.h"
#include "alephium/alephium_notify.h"
#include "base/hex.h"
#include "base/target.h"
#include "wire/json.h"

enum {
    PREFIX = 2,      /* many clients vary bytes 0 to 7 only: never more than 4 (bridge.md 5) */
    LATE_MS = 10000, /* as the official pool: alephium.md 6.5 */
    NUM_ZERO = 30,
};

static double small_rate(const struct pool_algo *algo)
{
    (void)algo;
    return 1e9;
}

/* 2^30 for the target, and one of 16 hashes is of the right chain. */
static double unit(const struct pool_algo *algo)
{
    (void)algo;
    return 0x1p34;
}

/* Difficulties below 1/1024, which the official pool does not know, go on in the same way. */
static void target(uint8_t target_be[32], double difficulty, const struct pool_algo *algo)
{
    (void)algo;
    if (difficulty >= 1.0 / 1024) {
        if (pool_alephium_difficulty(target_be, difficulty, NUM_ZERO) != BASE_OK) {
            memset(target_be, 0, 32); /* beyond 2^50: only a hash of zero */
        }
        return;
    }
    double times = 1 / difficulty;
    base_target_ones(target_be, 256 - NUM_ZERO);
    base_target_multiply(target_be, target_be, times < 0x1p62 ? (uint64_t)times : 1ULL << 62);
}

static json_t *subscribed(const struct pool_host_client *client)
{
    return json_string(client->session);
}

/* AlephiumStratum's words, as Miningcore answers them (alephium.md 6.8). */
static json_t *answer(const char *method)
{
    if (strcmp(method, "mining.hello") == 0) {
        return json_pack("[s,b,s,s,s]", "AlephiumStratum/1.0.0", 0, "258", "0x5", "shardpick");
    }
    if (strcmp(method, "mining.noop") == 0) {
        return json_string("1");
    }
    if (strcmp(method, "connection.set_gzip") == 0) {
        return json_false();
    }
    return strcmp(method, "alph_submitHashrate") == 0 ? json_true() : NULL;
}

/* Members in the order of the official pool. */
static enum base_status put_method(struct pool_buffer *out, const char *method, json_t *params)
{
    enum base_status status =
        pool_json_append(out, json_pack("{s:n,s:s,s:o}", "id", "method", method, "params", params));
    return status == BASE_OK ? pool_buffer_append(out, "\n", 1) : status;
}

static enum base_status put_prefix(struct pool_buffer *out, const struct pool_host_client *client)
{
    char text[2 * sizeof client->prefix + 1];
    base_hex_encode(text, client->prefix, client->prefix_size);
    return put_method(out, "mining.set_extranonce", json_pack("[s]", text));
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

static enum base_status put_job(struct pool_buffer *out, const struct pool_job *job, const char *id,
                                const struct pool_host_client *client, const uint8_t target_be[32],
                                bool clean)
{
    char header[2 * POOL_ALEPHIUM_HEADER + 1];
    char target_text[65];
    size_t skip = 0;
    (void)client;
    (void)clean; /* a notify replaces what went before */
    while (skip < 31 && target_be[skip] == 0) {
        skip++;
    }
    base_hex_encode(header, job->header + POOL_ALEPHIUM_NONCE, POOL_ALEPHIUM_HEADER);
    base_hex_encode(target_text, target_be + skip, 32 - skip);
    return put_method(out, "mining.notify",
                      json_pack("[{s:s,s:i,s:i,s:s,s:s,s:I,s:s}]", "jobId", id, "fromGroup",
                                (int)(job->chain / POOL_ALEPHIUM_GROUPS), "toGroup",
                                (int)(job->chain % POOL_ALEPHIUM_GROUPS), "headerBlob", header,
                                "txsBlob", "", "height", (json_int_t)job->height, "targetBlob",
                                target_text));
}

/* A chain by its two groups, which some clients write as texts. */
static bool read_chain(struct pool_host_share *share, const json_t *params)
{
    uint64_t from = 0;
    uint64_t to = 0;
    share->has_chain = pool_json_u64(json_object_get(params, "fromGroup"), 10, &from) &&
                       pool_json_u64(json_object_get(params, "toGroup"), 10, &to);
    share->chain = from < POOL_ALEPHIUM_GROUPS && to < POOL_ALEPHIUM_GROUPS
                       ? (uint32_t)(from * POOL_ALEPHIUM_GROUPS + to)
                       : POOL_ALEPHIUM_CHAINS;
    return share->has_chain;
}

/* An object as the official pool wants it, or [jobId, nonce, worker] as AlephiumStratum has it,
 * where the nonce may be without the prefix. */
static enum pool_host_fault read_share(struct pool_host_share *share, const json_t *params,
                                       const struct pool_host_client *client)
{
    bool list = json_is_array(params);
    const json_t *nonce = list ? json_array_get(params, 1) : json_object_get(params, "nonce");
    const char *digits = json_string_value(nonce);
    size_t size = POOL_ALEPHIUM_NONCE;
    size_t front = 0;
    share->job =
        json_string_value(list ? json_array_get(params, 0) : json_object_get(params, "jobId"));
    share->worker =
        json_string_value(list ? json_array_get(params, 2) : json_object_get(params, "worker"));
    if (!list && !read_chain(share, params)) {
        return POOL_HOST_MALFORMED;
    }
    if (share->job == NULL || digits == NULL) {
        return POOL_HOST_MALFORMED;
    }
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
        digits += 2;
    }
    if (list && strlen(digits) == 2 * (size - client->prefix_size)) {
        front = client->prefix_size;
        memcpy(share->nonce, client->prefix, front);
    }
    if (base_hex_decode_exact(share->nonce + front, size - front, digits) != BASE_OK) {
        return POOL_HOST_MALFORMED;
    }
    share->foreign = memcmp(share->nonce, client->prefix, client->prefix_size) != 0;
    return POOL_HOST_GOOD;
}

const struct pool_host_ops pool_alephium_host = {
    .title = "Alephium stratum",
    .codes = {[POOL_HOST_NO_JOB] = {20, "job not found"},
              [POOL_HOST_OTHER_JOB] = {21, "invalid job chain index"},
              [POOL_HOST_UNAUTHORIZED] = {22, "invalid worker"},
              [POOL_HOST_MALFORMED] = {23, "incorrect size of nonce"},
              [POOL_HOST_DUPLICATE] = {24, "duplicate share"},
              [POOL_HOST_LOW] = {25, "low difficulty share"},
              [POOL_HOST_WRONG_CHAIN] = {26, "invalid block chain index"}},
    .prefix_bytes = PREFIX,
    .replaced_ms = LATE_MS,
    .void_ms = LATE_MS,
    .target_in_job = true,
    .rotates = true,
    .small_rate = small_rate,
    .unit = unit,
    .target = target,
    .subscribed = subscribed,
    .answer = answer,
    .put_prefix = put_prefix,
    .put_difficulty = put_difficulty,
    .put_job = put_job,
    .read_share = read_share,
};
