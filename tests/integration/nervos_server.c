/* nervos_server.c: see nervos_server.h. */
#include "nervos_server.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "nervos/ckb_hash.h"

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

const char *nervos_server_text(const struct nervos_server *server, const char *key)
{
    return text(server->data, key);
}

static const json_t *block_now(const struct nervos_server *server)
{
    return json_array_get(server->blocks, server->at % json_array_size(server->blocks));
}

__attribute__((format(printf, 2, 3))) static void refuse(struct nervos_server *server,
                                                         const char *format, ...)
{
    va_list args;
    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it was started above */
    (void)vsnprintf(server->why, sizeof server->why, format, args);
    va_end(args);
    server->refused++;
}

/* Hash of pow hash and nonce by the reference, against a target; and was it here before? */
static bool good(struct nervos_server *server, const uint8_t message[48],
                 const uint8_t target_be[32])
{
    struct kern_work work = {.header_size = 48};
    uint8_t hash_be[32];
    memcpy(work.header, message, 48);
    assert_int_equal(kern_hash(hash_be, server->algo, &work, base_load_be64(message + 40), NULL, 0),
                     BASE_OK);
    for (size_t i = 0; i < server->seen_count; i++) {
        server->repeated += memcmp(server->seen[i], message, 48) == 0;
    }
    if (server->seen_count < NERVOS_SEEN) {
        memcpy(server->seen[server->seen_count++], message, 48);
    }
    return base_target_meets(hash_be, target_be);
}

/* ---- the node -------------------------------------------------------------------------------- */

/* The nonce of JSON: a number without leading zeros whose little-endian bytes are hashed. */
static bool read_nonce(uint8_t nonce[16], const char *number)
{
    char digits[33];
    uint8_t bytes[16];
    size_t size = number == NULL ? 0 : strlen(number);
    if (size < 3 || size > 34 || strncmp(number, "0x", 2) != 0 || (size > 3 && number[2] == '0')) {
        return false;
    }
    memset(digits, '0', 32);
    memcpy(digits + 32 - (size - 2), number + 2, size - 2);
    digits[32] = '\0';
    if (base_hex_decode_exact(bytes, 16, digits) != BASE_OK) {
        return false;
    }
    for (size_t i = 0; i < 16; i++) {
        nonce[i] = bytes[15 - i];
    }
    return true;
}

/* The raw header that the vectors' block hashes to: from its members, in their order. */
static void raw_header(uint8_t header[192], const json_t *json)
{
    static const char *const numbers[] = {"version", "compact_target", "timestamp", "number",
                                          "epoch"};
    static const char *const hashes[] = {"parent_hash", "transactions_root", "proposals_hash",
                                         "extra_hash", "dao"};
    uint8_t *to = header;
    for (size_t i = 0; i < 5; i++) {
        uint8_t bytes[8];
        size_t size = i < 2 ? 4 : 8;
        base_store_le64(bytes, strtoull(text(json, numbers[i]), NULL, 16));
        memcpy(to, bytes, size);
        to += size;
    }
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(base_hex_decode_exact(to, 32, text(json, hashes[i]) + 2), BASE_OK);
        to += 32;
    }
}

/* The answer to submit_block. */
static json_t *on_submit(struct nervos_server *server, const json_t *params)
{
    const json_t *vector = block_now(server);
    const json_t *solution = json_object_get(vector, "solution");
    json_t *want = json_deep_copy(json_object_get(vector, "block"));
    json_t *given = json_array_get(params, 1);
    json_t *header = json_object_get(given, "header");
    const char *work_id = json_string_value(json_array_get(params, 0));
    struct base_blake2b hash;
    uint8_t message[48];
    uint8_t target_be[32];
    uint8_t raw[192];
    uint8_t id[32];
    (void)snprintf(server->last_number, sizeof server->last_number, "%s",
                   text(json_object_get(want, "header"), "number"));
    assert_int_equal(base_hex_decode_exact(message, 32, text(solution, "pow_hash")), BASE_OK);
    assert_int_equal(base_hex_decode_exact(target_be, 32, text(solution, "target")), BASE_OK);
    bool readable = read_nonce(message + 32, text(header, "nonce"));
    (void)json_object_set(json_object_get(want, "header"), "nonce",
                          json_object_get(header, "nonce"));
    bool same = json_equal(want, given) != 0;
    raw_header(raw, json_object_get(want, "header"));
    json_decref(want);
    if (!readable || !same || !good(server, message, target_be)) {
        char *shown = json_dumps(given, JSON_COMPACT);
        refuse(server, "nonce %d, block %d: %.300s", readable, same, shown);
        free(shown);
        return json_pack("{s:{s:i,s:s}}", "error", "code", -3, "message",
                         "Invalid: Header(Pow(InvalidNonce))");
    }
    if (work_id == NULL || strtoull(work_id, NULL, 10) != server->work_id) {
        refuse(server, "work id %s where %" PRIu64 " is right", work_id, server->work_id);
    }
    pool_ckb_hash_init(&hash);
    base_blake2b_update(&hash, raw, sizeof raw);
    base_blake2b_update(&hash, message + 32, 16);
    base_blake2b_final(id, &hash);
    memcpy(server->last_id, "0x", 2);
    base_hex_encode(server->last_id + 2, id, 32);
    size_t count = server->accepted + server->lost + 1;
    server->last_on_chain = server->overtaken == 0 || count % server->overtaken != 0;
    if (server->last_on_chain) {
        memcpy(server->chain_ids[server->accepted % NERVOS_CHAIN], server->last_id, 67);
    }
    server->accepted += server->last_on_chain;
    server->lost += !server->last_on_chain;
    server->at++;
    server->work_id += 2;
    return json_pack("{s:s}", "result", server->last_id);
}

static json_t *on_template(struct nervos_server *server)
{
    const json_t *vector = block_now(server);
    const json_t *header = json_object_get(json_object_get(vector, "block"), "header");
    char id[24];
    if (server->no_work != NULL) {
        return json_pack(
            "{s:O}", "error",
            json_object_get(json_object_get(server->data, "answers"), server->no_work));
    }
    json_t *made = json_deep_copy(json_object_get(vector, "template"));
    (void)snprintf(id, sizeof id, "0x%" PRIx64, server->work_id);
    (void)json_object_set(made, "current_time", json_object_get(header, "timestamp"));
    (void)json_object_set_new(made, "work_id", json_string(id));
    server->templates++;
    return json_pack("{s:o}", "result", made);
}

static json_t *on_block_hash(struct nervos_server *server, const json_t *params)
{
    const char *number = json_string_value(json_array_get(params, 0));
    if (number != NULL && strcmp(number, "0x0") == 0) {
        return json_pack("{s:s}", "result", text(server->data, "genesis_hash"));
    }
    server->questions++;
    if (number == NULL || strcmp(number, server->last_number) != 0) {
        refuse(server, "asked for block %s", number);
        return json_pack("{s:n}", "result");
    }
    return json_pack("{s:s}", "result",
                     server->last_on_chain ? server->last_id : text(server->data, "genesis_hash"));
}

/* Only blocks of the chain; the templates are those of a chain of below 256 blocks. */
static json_t *on_header(struct nervos_server *server, const json_t *params)
{
    const char *id = json_string_value(json_array_get(params, 0));
    if (++server->headers == server->headers_enough) {
        uint64_t one = 1;
        (void)!write(server->done_fd, &one, sizeof one);
    }
    for (size_t i = 0; i < server->accepted && i < NERVOS_CHAIN; i++) {
        if (id != NULL && strcmp(server->chain_ids[i], id) == 0) {
            return json_pack("{s:{s:s}}", "result", "hash", id);
        }
    }
    return json_pack("{s:n}", "result");
}

static json_t *on_call(struct nervos_server *server, const json_t *root)
{
    const char *method = text(root, "method");
    const json_t *params = json_object_get(root, "params");
    if (method == NULL || text(root, "jsonrpc") == NULL) {
        refuse(server, "no JSON-RPC 2.0");
        return json_pack("{s:{s:i,s:s}}", "error", "code", -32600, "message",
                         "Unsupported JSON-RPC protocol version");
    }
    if (strcmp(method, "get_block_template") == 0) {
        return on_template(server);
    }
    if (strcmp(method, "submit_block") == 0) {
        return on_submit(server, params);
    }
    if (strcmp(method, "get_block_hash") == 0) {
        return on_block_hash(server, params);
    }
    if (strcmp(method, "get_header") == 0) {
        return on_header(server, params);
    }
    if (strcmp(method, "get_fork_block") == 0) {
        return json_pack("{s:n}", "result");
    }
    if (strcmp(method, "get_tip_block_number") == 0) {
        return json_pack("{s:s}", "result", "0x100");
    }
    if (strcmp(method, "get_blockchain_info") == 0) {
        return json_pack("{s:{s:s,s:b}}", "result", "chain", "ckb_dev", "is_initial_block_download",
                         0);
    }
    refuse(server, "unknown method %.50s", method);
    return json_pack("{s:{s:i,s:s}}", "error", "code", -32601, "message", "Method not found");
}

static void node_input(void *user, struct pool_serve_peer *peer)
{
    struct nervos_server *server = user;
    struct pool_serve_request request;
    while (serve_run_http(peer, &request)) {
        json_t *root = json_loadb(request.body, request.body_size, 0, NULL);
        json_t *answer = on_call(server, root);
        (void)json_object_set_new(answer, "jsonrpc", json_string("2.0"));
        (void)json_object_set(answer, "id", json_object_get(root, "id"));
        char *said = json_dumps(answer, JSON_COMPACT);
        serve_run_answer(peer, 200, said);
        free(said);
        json_decref(answer);
        json_decref(root);
    }
}

/* ---- the pool -------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void say(struct pool_serve_peer *peer,
                                                      const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it was started above */
    int size = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    assert_true(size > 0 && (size_t)size < sizeof line);
    pool_serve_send(peer, line, (size_t)size);
}

static void tell_target(struct nervos_server *server, struct pool_serve_peer *peer)
{
    char hex[65];
    base_hex_encode(hex, server->share_target_be, 32);
    say(peer, "{\"id\":null,\"method\":\"mining.set_target\",\"params\":[\"%s\"]}\n", hex);
}

static void tell_job(struct nervos_server *server, struct pool_serve_peer *peer, bool clean)
{
    const json_t *vector = block_now(server);
    const json_t *header = json_object_get(json_object_get(vector, "block"), "header");
    char target[65];
    base_hex_encode(target, server->share_target_be, 32);
    server->job_shares = 0;
    (void)snprintf(server->job_id, sizeof server->job_id, "job%zu", ++server->job_count);
    say(peer,
        "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"%s\",\"%s\",%llu,\"%s\",%s]}\n",
        server->job_id, text(json_object_get(vector, "solution"), "pow_hash"),
        strtoull(text(header, "number"), NULL, 16),
        server->target_in_notify ? target : text(header, "parent_hash") + 2,
        clean ? "true" : "false");
}

/* What happens after some shares of a job: another target, extranonce, block, connection. */
static void take_step(struct nervos_server *server, struct pool_serve_peer *peer)
{
    if (server->job_shares < 4) {
        return;
    }
    switch (server->job_count) {
    case 1:
        server->share_target_be[1] = 0;
        server->share_target_be[2] = 0x7f;
        tell_target(server, peer);
        tell_job(server, peer, false);
        break;
    case 2:
        (void)snprintf(server->extranonce1, sizeof server->extranonce1, "aabbccddeeff0011");
        say(peer, "{\"id\":null,\"method\":\"mining.set_extranonce\",\"params\":[\"%s\",8]}\n",
            server->extranonce1);
        server->at++;
        tell_job(server, peer, true);
        break;
    case 3:
        server->at++;
        pool_serve_close(peer);
        server->job_count++;
        break;
    default:
        break;
    }
}

/* NULL: a good share; else code and text of the refusal. */
static const char *judge_share(struct nervos_server *server, const json_t *params)
{
    const json_t *solution = json_object_get(block_now(server), "solution");
    const char *job = json_string_value(json_array_get(params, 1));
    const char *nonce2 = json_string_value(json_array_get(params, 2));
    size_t fixed = strlen(server->extranonce1) / 2;
    uint8_t message[48];
    if (json_array_size(params) != 3 || job == NULL || nonce2 == NULL) {
        return "[27,\"bad parameters\",null]";
    }
    if (strcmp(job, server->job_id) != 0) {
        return "[21,\"job not found\",null]";
    }
    assert_int_equal(base_hex_decode_exact(message, 32, text(solution, "pow_hash")), BASE_OK);
    assert_int_equal(base_hex_decode_exact(message + 32, fixed, server->extranonce1), BASE_OK);
    if (base_hex_decode_exact(message + 32 + fixed, 16 - fixed, nonce2) != BASE_OK) {
        return "[27,\"nonce2 has not the announced length\",null]";
    }
    return good(server, message, server->share_target_be) ? NULL : "[21,\"low difficulty\",null]";
}

static void on_share(struct nervos_server *server, struct pool_serve_peer *peer, json_int_t id,
                     const json_t *params)
{
    const char *refusal = judge_share(server, params);
    if (refusal == NULL) {
        server->shares++;
        server->job_shares++;
        say(peer, "{\"id\":%lld,\"result\":true,\"error\":null}\n", (long long)id);
        take_step(server, peer);
        if (server->shares == server->enough) {
            uint64_t one = 1;
            (void)!write(server->done_fd, &one, sizeof one);
        }
        return;
    }
    if (strstr(refusal, "not found") != NULL) {
        server->stale++;
    } else {
        refuse(server, "share: %s", refusal);
    }
    say(peer, "{\"id\":%lld,\"result\":false,\"error\":%s}\n", (long long)id, refusal);
}

static void pool_input(void *user, struct pool_serve_peer *peer)
{
    struct nervos_server *server = user;
    const char *line = NULL;
    size_t size = 0;
    while (!pool_serve_ends(peer) && pool_serve_line(peer, &line, &size, 4096) == BASE_OK) {
        json_t *root = json_loadb(line, size, 0, NULL);
        const char *method = text(root, "method");
        const json_t *params = json_object_get(root, "params");
        json_int_t id = json_integer_value(json_object_get(root, "id"));
        if (method == NULL) {
            refuse(server, "a line without method");
        } else if (strcmp(method, "mining.subscribe") == 0) {
            say(peer, "{\"id\":%lld,\"result\":[null,\"%s\",%zu],\"error\":null}\n", (long long)id,
                server->extranonce1, 16 - strlen(server->extranonce1) / 2);
        } else if (strcmp(method, "mining.authorize") == 0) {
            server->logins++;
            say(peer, "{\"id\":%lld,\"result\":true,\"error\":null}\n", (long long)id);
            if (!server->target_in_notify) {
                tell_target(server, peer);
            }
            tell_job(server, peer, true);
        } else if (strcmp(method, "mining.submit") == 0) {
            on_share(server, peer, id, params);
        } else {
            refuse(server, "method %.50s", method);
        }
        json_decref(root);
    }
}

/* ---- start and stop -------------------------------------------------------------------------- */

void nervos_server_start(struct nervos_server *server)
{
    static const struct pool_serve_service node = {serve_run_open, node_input, serve_run_close};
    static const struct pool_serve_service pool = {serve_run_open, pool_input, serve_run_close};
    size_t index = 0;
    json_t *vector = NULL;
    server->data = json_load_file(SHARDPICK_TEST_DATA "/nervos.json", 0, NULL);
    assert_non_null(server->data);
    server->algo = kern_algo_find("eaglesong");
    assert_non_null(server->algo);
    server->blocks = json_array();
    json_array_foreach(json_object_get(server->data, "blocks"), index, vector)
    {
        if (json_is_true(json_object_get(vector, "own_lock")) == server->own_lock) {
            (void)json_array_append(server->blocks, vector);
        }
    }
    assert_true(json_array_size(server->blocks) > 1);
    (void)snprintf(server->extranonce1, sizeof server->extranonce1, "00c904bd");
    server->share_target_be[2] = 0xff; /* few enough shares that the client holds none back */
    server->serve = serve_run_new();
    server->node_port = serve_run_listen(server->serve, &node, server);
    server->pool_port = serve_run_listen(server->serve, &pool, server);
    serve_run_start(server->serve);
}

void nervos_server_stop(struct nervos_server *server)
{
    pool_serve_stop(server->serve);
    server->serve = NULL;
    json_decref(server->blocks);
    json_decref(server->data);
}
