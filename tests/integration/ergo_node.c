/* ergo_node.c: see ergo_node.h. */
#include "ergo_node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/random.h"
#include "kern.h"

/* 2^256 / 1000: some hundredths of a second with vectors, a second without. */
static const char b_text[] =
    "115792089237316195423570985008687907853269984665640564039457584007913129639";
static const char b_hex[] = "004189374bc6a7ef9db22d0e5604189374bc6a7ef9db22d0e5604189374bc6a7";

/* ---- chain ----------------------------------------------------------------------------------- */

static void msg_of(uint8_t msg[32], uint64_t serial)
{
    struct base_random random = {.state = serial};
    base_random_bytes(&random, msg, 32);
}

static void make_candidate(struct ergo_node *node, uint32_t height)
{
    node->before = node->now;
    node->now = (struct ergo_candidate){.height = height, .there = true};
    msg_of(node->now.msg, ++node->serial);
}

/* A block of this height was applied: what was before is no work. */
static void apply_block(struct ergo_node *node)
{
    make_candidate(node, node->now.height + 1);
    node->before.there = false;
    node->until_applied = 0;
}

/* True when the nonce solves the message: the reference, with the whole table. */
static bool solves(const uint8_t msg[32], uint32_t height, const uint8_t nonce[8])
{
    const struct kern_algo *algo = kern_algo_find("autolykos2");
    struct kern_work work = {.header_size = algo->header_size, .height = height};
    uint8_t hit[32];
    uint8_t b[32];
    memcpy(work.header, msg, 32);
    assert_int_equal(base_hex_decode_exact(b, 32, b_hex), BASE_OK);
    assert_int_equal(kern_hash(hit, algo, &work, base_load_be64(nonce), NULL, 0), BASE_OK);
    return memcmp(hit, b, 32) < 0;
}

/* True when it solves a candidate of an earlier time; of the heights that may still be on their
 * way. */
static bool was_good(const struct ergo_node *node, const uint8_t nonce[8])
{
    for (uint64_t serial = node->serial; serial > 0 && serial + 4 > node->serial; serial--) {
        for (uint32_t back = 0; back < 4; back++) {
            uint8_t msg[32];
            msg_of(msg, serial);
            if (solves(msg, node->now.height - back, nonce)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- answers --------------------------------------------------------------------------------- */

static void fail_with(struct pool_serve_peer *peer, int code, const char *reason,
                      const char *detail)
{
    char body[512];
    (void)snprintf(body, sizeof body,
                   "{\n  \"error\" : %d,\n  \"reason\" : \"%s\",\n  \"detail\" : \"%s\"\n}", code,
                   reason, detail);
    serve_run_answer(peer, code, body);
}

static void on_candidate(struct ergo_node *node, struct pool_serve_peer *peer)
{
    char hex[65];
    char body[512];
    node->asked++;
    if (node->asked <= node->not_started) {
        fail_with(peer, 500, "internal.error", "Miner has not started yet");
        return;
    }
    if (node->until_applied > 0 && --node->until_applied == 0) {
        apply_block(node);
        if (node->foreign_follows) {
            apply_block(node);
        }
    }
    if (!node->now.there) { /* both were dropped */
        uint32_t height = node->now.height;
        make_candidate(node, height);
        node->before.there = false;
    } else if (node->until_applied == 0 && node->remake_every != 0 &&
               node->asked % node->remake_every == 0) {
        make_candidate(node, node->now.height);
    }
    base_hex_encode(hex, node->now.msg, 32);
    (void)snprintf(body, sizeof body,
                   "{\n  \"msg\" : \"%s\",\n  \"b\" : %s,\n  \"h\" : %u,\n  \"pk\" : "
                   "\"0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798\"\n}",
                   hex, b_text, node->now.height);
    serve_run_answer(peer, 200, body);
}

static void id_of(char id[65], const struct ergo_block *block)
{
    for (size_t i = 0; i < 4; i++) {
        base_hex_encode(id + 16 * i, block->nonce, 8);
    }
}

/* GET /blocks/at/HEIGHT, /blocks/ID/header. */
static void on_blocks(struct ergo_node *node, struct pool_serve_peer *peer, const char *what)
{
    char body[4096] = "[ ";
    char id[65];
    bool at = strncmp(what, "at/", 3) == 0;
    unsigned long height = at ? strtoul(what + 3, NULL, 10) : 0;
    size_t used = 2;
    for (size_t i = 0; i < node->accepted && i < ERGO_NODE_BLOCKS; i++) {
        const struct ergo_block *block = &node->blocks[i];
        id_of(id, block);
        if (at && block->height == height && used < sizeof body - 80) {
            used += (size_t)snprintf(body + used, sizeof body - used, "%s\"%s\"",
                                     used > 2 ? ", " : "", id);
        } else if (!at && strncmp(what, id, 64) == 0) {
            (void)snprintf(body, sizeof body,
                           "{ \"id\" : \"%s\", \"powSolutions\" : { \"n\" : \"%.16s\" } }", id, id);
            serve_run_answer(peer, 200, body);
            return;
        }
    }
    if (!at) {
        fail_with(peer, 404, "not-found", "The requested resource could not be found.");
        return;
    }
    (void)snprintf(body + used, sizeof body - used, " ]");
    if (++node->questions == node->questions_enough) {
        uint64_t one = 1;
        (void)!write(node->done_fd, &one, sizeof one);
    }
    serve_run_answer(peer, 200, body);
}

static void accept_solution(struct ergo_node *node, struct pool_serve_peer *peer,
                            const uint8_t nonce[8])
{
    bool now = node->now.there && solves(node->now.msg, node->now.height, nonce);
    struct ergo_block *block = &node->blocks[node->accepted % ERGO_NODE_BLOCKS];
    block->height = now ? node->now.height : node->before.height;
    memcpy(block->nonce, nonce, 8);
    node->accepted++;
    node->until_applied = node->applied_after + 1;
    serve_run_answer(peer, 200, "{\n  \n}");
    if (node->accepted == node->enough && node->done_fd >= 0) {
        uint64_t one = 1;
        (void)!write(node->done_fd, &one, sizeof one);
    }
}

static void on_solution(struct ergo_node *node, struct pool_serve_peer *peer,
                        const struct pool_serve_request *request)
{
    uint8_t nonce[8];
    json_t *root = json_loadb(request->body, request->body_size, 0, NULL);
    const char *n = json_string_value(json_object_get(root, "n"));
    bool read = n != NULL && base_hex_decode_exact(nonce, 8, n) == BASE_OK;
    json_decref(root);
    if (!read) {
        node->malformed++;
        (void)snprintf(node->why, sizeof node->why, "solution %.*s",
                       request->body_size < 100 ? (int)request->body_size : 100, request->body);
        fail_with(peer, 400, "bad.request", "The request content was malformed");
        return;
    }
    bool good = (node->now.there && solves(node->now.msg, node->now.height, nonce)) ||
                (node->before.there && solves(node->before.msg, node->before.height, nonce));
    if (node->until_applied > 0) {
        node->late++;
        fail_with(peer, 500, "internal.error", "Block already solved : Some(2e9fe884)");
    } else if (good && node->lose > 0) {
        node->lose--;
        pool_serve_reset(peer);
    } else if (good && node->refuse == 0) {
        accept_solution(node, peer, nonce);
    } else {
        if (good) {
            node->refuse--;
        } else if (was_good(node, nonce)) {
            node->late++;
        } else {
            node->wrong++;
            (void)snprintf(node->why, sizeof node->why, "nonce %.40s at height %u",
                           n == NULL ? "" : "that solves nothing", node->now.height);
        }
        node->now.there = false;
        node->before.there = false;
        fail_with(peer, 500, "internal.error",
                  "Invalid block mined: requirement failed: h(f) < b condition not met");
    }
}

static void on_request(struct ergo_node *node, struct pool_serve_peer *peer,
                       const struct pool_serve_request *request)
{
    bool open = serve_run_asks(request, "GET /blocks/") || serve_run_asks(request, "GET /info ");
    if (!open && node->api_key != NULL &&
        !serve_run_has_header(request, "api_key", node->api_key)) {
        node->keyless++;
        fail_with(peer, 403, "forbidden",
                  "The supplied authentication is not authorized to access this resource");
    } else if (serve_run_asks(request, "GET /mining/candidate HTTP/")) {
        on_candidate(node, peer);
    } else if (serve_run_asks(request, "POST /mining/solution HTTP/")) {
        on_solution(node, peer, request);
    } else if (serve_run_asks(request, "GET /blocks/")) {
        on_blocks(node, peer, request->path + strlen("/blocks/"));
    } else if (serve_run_asks(request, "GET /info HTTP/")) {
        char info[192];
        (void)snprintf(info, sizeof info,
                       "{\n  \"network\" : \"devnet\",\n  \"appVersion\" : \"4.0.27\",\n  "
                       "\"fullHeight\" : %u,\n  \"headersHeight\" : %u,\n  \"isMining\" : true\n}",
                       node->now.height - 1, node->now.height - 1);
        serve_run_answer(peer, 200, info);
    } else {
        node->malformed++;
        (void)snprintf(node->why, sizeof node->why, "%.*s",
                       request->head_size < 60 ? (int)request->head_size : 60, request->head);
        fail_with(peer, 404, "not-found", "The requested resource could not be found.");
    }
}

/* ---- connections ----------------------------------------------------------------------------- */

static void on_input(void *user, struct pool_serve_peer *peer)
{
    struct pool_serve_request request;
    while (serve_run_http(peer, &request)) {
        on_request(user, peer, &request);
    }
}

void ergo_node_start(struct ergo_node *node)
{
    static const struct pool_serve_service service = {serve_run_open, on_input, serve_run_close};
    make_candidate(node, 48);
    node->serve = serve_run_new();
    node->port = serve_run_listen(node->serve, &service, node);
    serve_run_start(node->serve);
}

void ergo_node_stop(struct ergo_node *node)
{
    pool_serve_stop(node->serve);
    node->serve = NULL;
}
