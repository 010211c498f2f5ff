/* gbt_node.c: see gbt_node.h. */
#include "gbt_node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/endian.h"
#include "base/hex.h"

enum { HUGE_BYTES = 40 << 20 };

/* Answer; takes result. */
static void answer(const struct gbt_node *node, const struct rpc_call *call, json_t *result,
                   int code, const char *message)
{
    rpc_answer(call, result, code, message);
    if (node->faults.short_lived) {
        pool_serve_close(call->peer);
    }
}

/* ---- templates ------------------------------------------------------------------------------- */

static void hex_reversed(char text[65], const uint8_t bytes[32])
{
    uint8_t shown[32];
    for (size_t i = 0; i < 32; i++) {
        shown[i] = bytes[31 - i];
    }
    base_hex_encode(text, shown, 32);
}

static void move_tip(struct gbt_node *node, const uint8_t tip[32])
{
    if (node->old_tip_count < GBT_NODE_SEEN) {
        memcpy(node->old_tips[node->old_tip_count++], node->tip, 32);
    }
    memcpy(node->tip, tip, 32);
    node->height++;
    node->time += node->block_time_s;
}

static json_t *make_template(void *user)
{
    struct gbt_node *node = user;
    json_t *made = json_deep_copy(node->base);
    char tip[65];
    char longpoll[80];
    char bits[9];
    char target[65];
    char mantissa[9];
    unsigned exponent = node->bits >> 24; /* 3..32 */
    hex_reversed(tip, node->tip);
    (void)snprintf(longpoll, sizeof longpoll, "%s%zu", tip, node->old_tip_count);
    (void)snprintf(bits, sizeof bits, "%08x", node->bits);
    memset(target, '0', 64);
    target[64] = '\0';
    (void)snprintf(mantissa, sizeof mantissa, "%06x", node->bits & 0x7fffff);
    memcpy(target + 64 - (size_t)2 * exponent, mantissa, 6);
    (void)json_object_set_new(made, "previousblockhash", json_string(tip));
    (void)json_object_set_new(made, "version", json_integer(node->version));
    (void)json_object_set_new(made, "height", json_integer((json_int_t)node->height));
    (void)json_object_set_new(made, "curtime", json_integer(node->time));
    (void)json_object_set_new(made, "mintime", json_integer(node->time - 60));
    (void)json_object_set_new(made, "bits", json_string(bits));
    (void)json_object_set_new(made, "target", json_string(target));
    (void)json_object_set_new(made, "longpollid", json_string(longpoll));
    if (node->faults.no_poll) {
        (void)json_object_del(made, "longpollid");
    }
    if (node->epoch_s != 0) {
        (void)json_object_set_new(made, "odokey",
                                  json_integer(node->time - node->time % node->epoch_s));
    }
    node->templates++;
    return made;
}

static void tell_polls(struct gbt_node *node)
{
    if (!node->faults.silent_polls) {
        rpc_answer_waiting(&node->rpc, make_template);
    }
}

static void foreign_block(struct gbt_node *node)
{
    uint8_t tip[32];
    gbt_sha256d(tip, node->tip, 32);
    tip[31] = 0; /* a hash as blocks have it */
    move_tip(node, tip);
    tell_polls(node);
}

/* ---- methods --------------------------------------------------------------------------------- */

static void on_template(struct gbt_node *node, const struct rpc_call *call, const json_t *params)
{
    static const char help[] = "getblocktemplate ( \"template_request\" )\n\nIf the request";
    const json_t *request = json_array_get(params, 0);
    const char *algo = json_string_value(json_array_get(params, 1));
    const char *poll_id = json_string_value(json_object_get(request, "longpollid"));
    const char *rule = json_string_value(json_array_get(json_object_get(request, "rules"), 0));
    char tip[65];
    if (node->newer && json_array_size(params) > 1) {
        answer(node, call, json_null(), -1, help);
        return;
    }
    if (rule == NULL || strcmp(rule, "segwit") != 0) {
        answer(node, call, json_null(), -8,
               "getblocktemplate must be called with the segwit rule set");
        return;
    }
    if (!node->newer && (algo == NULL || strcmp(algo, node->rpc_name) != 0)) {
        node->refused++;
        (void)snprintf(node->why, sizeof node->why, "asked for algorithm %s", algo);
    }
    hex_reversed(tip, node->tip);
    if (poll_id != NULL) {
        node->polls++;
        if (node->faults.silent_polls || strncmp(poll_id, tip, 64) == 0) {
            rpc_wait(call);
            return;
        }
    }
    answer(node, call, make_template(node), 0, NULL);
}

/* How many blocks ago this was the tip; 0: it is not one of the former tips. */
static size_t tips_since(const struct gbt_node *node, const uint8_t *hash)
{
    for (size_t i = 0; i < node->old_tip_count; i++) {
        if (memcmp(node->old_tips[i], hash, 32) == 0) {
            return node->old_tip_count - i;
        }
    }
    return 0;
}

/* Words of a node that says nothing about headers and structure (digibyte.md 9). */
static const char *older_word(const char *word)
{
    static const char *const told[] = {"duplicate", "inconclusive", "bad-cb-amount"};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        if (strcmp(word, told[i]) == 0) {
            return word;
        }
    }
    return "invalid";
}

static struct gbt_rules rules_of(const struct gbt_node *node, bool proposal)
{
    struct gbt_rules rules = {
        .algo = node->algo,
        .algo_bits = node->version & 0xf00,
        .bits = node->bits,
        .median_time = node->time - 61,
        .now = node->time,
        .height = node->height,
        .check_height = true,
        .value = (uint64_t)json_integer_value(json_object_get(node->base, "coinbasevalue")),
        .epoch_s = node->epoch_s,
        .proposal = proposal,
    };
    memcpy(rules.prevhash, node->tip, 32);
    return rules;
}

/* A good block: is it also what the miner was asked for? */
static void inspect(struct gbt_node *node, const struct gbt_block *block)
{
    const json_t *txs = json_object_get(node->base, "transactions");
    size_t begin = 1 + (size_t)block->coinbase_script[0] + 1 + 8;
    uint32_t time = base_load_le32(block->header + 68);
    if (block->script_size != node->payee_size ||
        memcmp(block->script, node->payee, node->payee_size) != 0 ||
        block->first_paid !=
            (uint64_t)json_integer_value(json_object_get(node->base, "coinbasevalue"))) {
        node->wrong_pay++;
    }
    bool same = block->tx_count == json_array_size(txs) + 1;
    for (size_t i = 1; i < block->tx_count && same; i++) {
        char txid[65];
        hex_reversed(txid, block->txids[i]);
        same = strcmp(txid,
                      json_string_value(json_object_get(json_array_get(txs, i - 1), "txid"))) == 0;
    }
    node->wrong_txs += !same;
    if (base_load_le32(block->header + 76) > node->highest_nonce) {
        node->highest_nonce = base_load_le32(block->header + 76);
    }
    node->text[0] = '\0';
    if (block->coinbase_script_size > begin + 1) {
        (void)snprintf(node->text, sizeof node->text, "%.*s",
                       (int)(block->coinbase_script_size - begin - 1),
                       (const char *)block->coinbase_script + begin + 1);
    }
    if (node->epoch_s != 0 && node->last_epoch != time / node->epoch_s) {
        node->last_epoch = time / node->epoch_s;
        node->epochs++;
    }
}

/* The word for a block; NULL: good. */
static const char *judge(struct gbt_node *node, const char *hex, bool proposal,
                         struct gbt_block *block)
{
    struct gbt_rules rules = rules_of(node, proposal);
    size_t size = 0;
    size_t digits = hex == NULL ? 0 : strlen(hex);
    uint8_t *bytes = malloc(digits / 2 + 1);
    const char *word = "decode";
    if (base_hex_decode(bytes, digits / 2 + 1, &size, hex == NULL ? "" : hex, digits) == BASE_OK) {
        if (size >= 36) { /* a late block is hashed by the rules of its own height */
            rules.height -= tips_since(node, bytes + 4);
        }
        word = gbt_judge(block, &node->table, &rules, bytes, size);
    }
    if (word != NULL && !proposal && strcmp(word, "prev-blk-not-found") == 0 &&
        tips_since(node, block->header + 4) > 0) {
        word = "inconclusive";
    }
    free(bytes);
    return word;
}

/* The login from now on, and the file that tells it. */
static void set_login(struct gbt_node *node, const char *login)
{
    (void)snprintf(node->login_now, sizeof node->login_now, "%s", login);
    if (node->cookie != NULL) {
        FILE *file = fopen(node->cookie, "w");
        assert_non_null(file);
        (void)fprintf(file, "%s", login);
        assert_int_equal(fclose(file), 0);
    }
}

static void on_submit(struct gbt_node *node, const struct rpc_call *call, const json_t *params)
{
    struct gbt_block block;
    const char *word = judge(node, json_string_value(json_array_get(params, 0)), false, &block);
    node->submits++;
    if (node->thrown_away < node->faults.null_wrong) {
        node->thrown_away++;
        answer(node, call, json_null(), 0, NULL);
        return;
    }
    if (word != NULL && strcmp(word, "decode") == 0) {
        node->refused++;
        (void)snprintf(node->why, sizeof node->why, "decode");
        answer(node, call, json_null(), -22, "Block decode failed");
        return;
    }
    for (size_t i = 0; i < node->seen_count; i++) {
        if (memcmp(node->seen[i], block.id, 32) == 0) {
            node->repeated++;
            word = "duplicate";
        }
    }
    if (node->seen_count < GBT_NODE_SEEN) {
        memcpy(node->seen[node->seen_count++], block.id, 32);
    }
    if (word == NULL) {
        node->accepted++;
        inspect(node, &block);
        move_tip(node, block.id);
        if (node->accepted == node->restart_after) {
            set_login(node, "__cookie__:another");
        }
    } else if (strcmp(word, "inconclusive") == 0) {
        node->stale++;
    } else {
        node->refused++;
        (void)snprintf(node->why, sizeof node->why, "%s", word);
    }
    if (word == NULL && node->accepted == node->enough && node->done_fd >= 0) {
        uint64_t one = 1;
        (void)!write(node->done_fd, &one, sizeof one);
    }
    if (node->faults.lost_blocks) {
        pool_serve_close(call->peer);
    } else {
        const char *said = word == NULL || node->newer ? word : older_word(word);
        answer(node, call, said == NULL ? json_null() : json_string(said), 0, NULL);
    }
    if (word == NULL) {
        tell_polls(node);
        if (node->foreign_follows) {
            foreign_block(node);
        }
    }
}

/* The chain knows a block by its shown hash: the tip, or a former one. */
static void on_header(struct gbt_node *node, const struct rpc_call *call, const json_t *params)
{
    const char *asked = json_string_value(json_array_get(params, 0));
    uint8_t hash[32] = {0};
    char own[65] = "";
    size_t depth = 0;
    node->questions++;
    if (node->looks_enough > 0 && node->questions == node->accepted + node->looks_enough) {
        uint64_t one = 1;
        (void)!write(node->done_fd, &one, sizeof one);
    }
    if (asked != NULL && base_hex_decode_exact(hash, sizeof hash, asked) == BASE_OK) {
        hex_reversed(own, hash);
        assert_int_equal(base_hex_decode_exact(hash, sizeof hash, own), BASE_OK);
        depth = memcmp(hash, node->tip, 32) == 0 ? 1 : tips_since(node, hash);
        depth += memcmp(hash, node->tip, 32) != 0 && depth > 0;
    }
    if (depth == 0) {
        answer(node, call, json_null(), -5, "Block not found");
        return;
    }
    answer(node, call, json_pack("{s:s,s:i}", "hash", asked, "confirmations", (int)depth), 0, NULL);
}

static void on_call(void *user, const struct rpc_call *call, const char *method,
                    const json_t *params)
{
    struct gbt_node *node = user;
    const json_t *first = json_array_get(params, 0);
    if (node->rpc.requests <= node->faults.warm_up) {
        answer(node, call, json_null(), -28, "Loading block index...");
    } else if (strcmp(method, "submitblock") == 0) {
        on_submit(node, call, params);
    } else if (strcmp(method, "getblockheader") == 0) {
        on_header(node, call, params);
    } else if (strcmp(method, "getblocktemplate") != 0) {
        answer(node, call, json_null(), -32601, "Method not found");
    } else if (json_object_get(first, "mode") != NULL) {
        struct gbt_block block;
        const char *word =
            judge(node, json_string_value(json_object_get(first, "data")), true, &block);
        node->proposals++;
        answer(node, call, word == NULL ? json_null() : json_string(word), 0, NULL);
    } else {
        on_template(node, call, params);
    }
}

static void send_endless(struct pool_serve_peer *peer)
{
    static char blanks[65536];
    char head[128];
    memset(blanks, ' ', sizeof blanks);
    (void)snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n{",
                   HUGE_BYTES + 1);
    pool_serve_allow_more(peer, HUGE_BYTES);
    pool_serve_send(peer, head, strlen(head));
    for (size_t sent = 0; sent < HUGE_BYTES; sent += sizeof blanks) {
        pool_serve_send(peer, blanks, sizeof blanks);
    }
}

/* True when something went wrong with this request, as the faults say. */
static bool on_request(void *user, struct pool_serve_peer *peer)
{
    static const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"re";
    const struct gbt_node *node = user;
    size_t number = node->rpc.requests;
    if (number == node->faults.half) {
        pool_serve_send(peer, half, sizeof half - 1);
    } else if (number == node->faults.huge) {
        send_endless(peer);
    } else if (number == node->faults.garbage) {
        serve_run_answer(peer, 200, "<html>this is no node</html>");
        return true;
    } else if (number != node->faults.hang_up) {
        return false;
    }
    pool_serve_close(peer);
    return true;
}

/* ---- start and stop -------------------------------------------------------------------------- */

/* The template with most transactions that the real node gave for this algorithm. */
static void choose_base(struct gbt_node *node)
{
    char path[512];
    size_t index = 0;
    const json_t *block = NULL;
    (void)snprintf(path, sizeof path, "%s/digibyte_blocks.json", SHARDPICK_TEST_DATA);
    node->data = json_load_file(path, 0, NULL);
    assert_non_null(node->data);
    json_array_foreach(json_object_get(node->data, "own_blocks"), index, block)
    {
        json_t *made = json_object_get(block, "getblocktemplate");
        size_t count = json_array_size(json_object_get(made, "transactions"));
        if (strcmp(json_string_value(json_object_get(block, "algo")), node->rpc_name) == 0 &&
            (node->base == NULL ||
             count > json_array_size(json_object_get(node->base, "transactions")))) {
            node->base = made;
        }
    }
    assert_non_null(node->base);
    node->version = (uint32_t)json_integer_value(json_object_get(node->base, "version"));
    if (node->bits == 0) {
        node->bits =
            (uint32_t)strtoul(json_string_value(json_object_get(node->base, "bits")), NULL, 16);
    }
    if (node->time == 0) {
        node->time = (uint32_t)json_integer_value(json_object_get(node->base, "curtime"));
    }
    if (node->height == 0) {
        node->height = (uint64_t)json_integer_value(json_object_get(node->base, "height"));
    }
    gbt_sha256d(node->tip, "tip", 3);
}

void gbt_node_start(struct gbt_node *node)
{
    choose_base(node);
    set_login(node, node->login != NULL ? node->login : "");
    node->rpc.login = node->login_now;
    node->rpc.on_request = on_request;
    node->rpc.on_call = on_call;
    node->rpc.user = node;
    rpc_server_start(&node->rpc);
}

void gbt_node_stop(struct gbt_node *node)
{
    rpc_server_stop(&node->rpc);
    if (node->rpc.malformed > 0) {
        node->refused += node->rpc.malformed;
        (void)snprintf(node->why, sizeof node->why, "no JSON-RPC");
    }
    kern_table_free(node->table);
    json_decref(node->data);
}
