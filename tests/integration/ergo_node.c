/* ergo_node.c: see ergo_node.h. */
#include "ergo_node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/random.h"
#include "kern.h"

enum { REQUEST_MAX = 1 << 16 };

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

static void reply(struct pool_serve_peer *peer, int code, const char *body)
{
    char head[160];
    int size = snprintf(head, sizeof head,
                        "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: "
                        "%zu\r\n\r\n",
                        code, code == 200 ? "OK" : "Error", strlen(body));
    pool_serve_send(peer, head, (size_t)size);
    pool_serve_send(peer, body, strlen(body));
}

static void fail_with(struct pool_serve_peer *peer, int code, const char *reason,
                      const char *detail)
{
    char body[512];
    (void)snprintf(body, sizeof body,
                   "{\n  \"error\" : %d,\n  \"reason\" : \"%s\",\n  \"detail\" : \"%s\"\n}", code,
                   reason, detail);
    reply(peer, code, body);
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
    reply(peer, 200, body);
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
            reply(peer, 200, body);
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
    reply(peer, 200, body);
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
    reply(peer, 200, "{\n  \n}");
    if (node->accepted == node->enough && node->done_fd >= 0) {
        uint64_t one = 1;
        (void)!write(node->done_fd, &one, sizeof one);
    }
}

static void on_solution(struct ergo_node *node, struct pool_serve_peer *peer, const char *body)
{
    uint8_t nonce[8];
    json_t *root = json_loads(body, 0, NULL);
    const char *n = json_string_value(json_object_get(root, "n"));
    bool read = n != NULL && base_hex_decode_exact(nonce, 8, n) == BASE_OK;
    json_decref(root);
    if (!read) {
        node->malformed++;
        (void)snprintf(node->why, sizeof node->why, "solution %.100s", body);
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

static void on_request(struct ergo_node *node, struct pool_serve_peer *peer, const char *head,
                       const char *body)
{
    char key[128];
    (void)snprintf(key, sizeof key, "\r\napi_key: %s\r\n",
                   node->api_key != NULL ? node->api_key : "");
    bool open = strncmp(head, "GET /blocks/", 12) == 0 || strncmp(head, "GET /info ", 10) == 0;
    if (!open && node->api_key != NULL && strcasestr(head, key) == NULL) {
        node->keyless++;
        fail_with(peer, 403, "forbidden",
                  "The supplied authentication is not authorized to access this resource");
    } else if (strncmp(head, "GET /mining/candidate HTTP/", 27) == 0) {
        on_candidate(node, peer);
    } else if (strncmp(head, "POST /mining/solution HTTP/", 27) == 0) {
        on_solution(node, peer, body);
    } else if (strncmp(head, "GET /blocks/", 12) == 0) {
        on_blocks(node, peer, head + 12);
    } else if (strncmp(head, "GET /info HTTP/", 15) == 0) {
        char info[192];
        (void)snprintf(info, sizeof info,
                       "{\n  \"network\" : \"devnet\",\n  \"appVersion\" : \"4.0.27\",\n  "
                       "\"fullHeight\" : %u,\n  \"headersHeight\" : %u,\n  \"isMining\" : true\n}",
                       node->now.height - 1, node->now.height - 1);
        reply(peer, 200, info);
    } else {
        node->malformed++;
        (void)snprintf(node->why, sizeof node->why, "%.60s", head);
        fail_with(peer, 404, "not-found", "The requested resource could not be found.");
    }
}

/* ---- connections ----------------------------------------------------------------------------- */

static bool on_open(void *user, struct pool_serve_peer *peer)
{
    (void)user;
    (void)peer;
    return true;
}

static void on_input(void *user, struct pool_serve_peer *peer)
{
    static const char end_of_head[] = "\r\n\r\n";
    char text[REQUEST_MAX];
    size_t size = 0;
    const uint8_t *input = pool_serve_input(peer, &size);
    size_t kept = size < sizeof text ? size : sizeof text - 1;
    memcpy(text, input, kept);
    text[kept] = '\0';
    char *end = strstr(text, end_of_head);
    const char *length = strcasestr(text, "\r\nContent-Length: ");
    size_t body_size = length == NULL ? 0 : strtoul(length + 18, NULL, 10);
    if (end == NULL) {
        return;
    }
    size_t head_size = (size_t)(end - text) + 4;
    if (size < head_size + body_size) {
        return;
    }
    char body[REQUEST_MAX];
    memcpy(body, text + head_size, body_size);
    body[body_size] = '\0';
    end[2] = '\0';
    pool_serve_consume(peer, head_size + body_size);
    on_request(user, peer, text, body);
}

static void on_close(void *user, struct pool_serve_peer *peer)
{
    (void)user;
    (void)peer;
}

static void begin_turn(void *user, uint64_t now_ms)
{
    (void)user;
    (void)now_ms;
}

static uint32_t end_turn(void *user, uint64_t now_ms)
{
    (void)user;
    (void)now_ms;
    return UINT32_MAX;
}

void ergo_node_start(struct ergo_node *node)
{
    static const struct pool_serve_service service = {
        .open = on_open, .input = on_input, .close = on_close};
    const struct pool_serve_config config = {
        .limits = {.peers = 16, .in_bytes = REQUEST_MAX / 2, .out_bytes = 1 << 20},
        .begin = begin_turn,
        .end = end_turn,
        .user = node};
    struct base_error error;
    make_candidate(node, 48);
    assert_int_equal(pool_serve_new(&node->serve, &config, &error), BASE_OK);
    assert_int_equal(pool_serve_listen(node->serve, &node->port, "127.0.0.1", 0, "REST port",
                                       &service, node, &error),
                     BASE_OK);
    assert_int_equal(pool_serve_start(node->serve, &error), BASE_OK);
}

void ergo_node_stop(struct ergo_node *node)
{
    pool_serve_stop(node->serve);
    node->serve = NULL;
}
