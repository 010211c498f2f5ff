/* komodo_node.c: see komodo_node.h. */
#include "komodo_node.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "kern.h"

enum {
    HEADER = 140,
    SOLUTION = 1344,
    BLOCK_MAX = 4096,
    COINBASE_MAX = 512,
    BITS = 0x207fffff, /* every second hash is a block */
    BLOCK_TIME_S = 60,
};

static const char target_hex[] = "7fffff0000000000000000000000000000000000000000000000000000000000";
static const char *const txs_hex[KOMODO_NODE_TXS] = {"aa55", "bbbb01", "cccccc"};

static void sha256d(uint8_t hash[32], const void *bytes, size_t size)
{
    assert_int_equal(EVP_Digest(bytes, size, hash, NULL, EVP_sha256(), NULL), 1);
    assert_int_equal(EVP_Digest(hash, 32, hash, NULL, EVP_sha256(), NULL), 1);
}

static void show(char text[65], const uint8_t hash[32])
{
    uint8_t shown[32];
    for (size_t i = 0; i < 32; i++) {
        shown[i] = hash[31 - i];
    }
    base_hex_encode(text, shown, 32);
}

static size_t unhex(uint8_t *bytes, size_t cap, const char *text)
{
    size_t size = 0;
    assert_int_equal(base_hex_decode(bytes, cap, &size, text, strlen(text)), BASE_OK);
    return size;
}

static uint32_t time_of(const struct komodo_node *node)
{
    return (uint32_t)json_integer_value(json_object_get(node->base, "curtime")) +
           BLOCK_TIME_S * (uint32_t)node->block_count;
}

static const char *coinbase_of(const struct komodo_node *node)
{
    return json_string_value(json_object_get(json_object_get(node->base, "coinbasetxn"), "data"));
}

/* ---- the chain ------------------------------------------------------------------------------- */

static json_t *make_template(void *user)
{
    const struct komodo_node *node = user;
    json_t *made = json_deep_copy(node->base);
    json_t *txs = json_array();
    char tip[65];
    char bits[9];
    show(tip, node->tip);
    (void)snprintf(bits, sizeof bits, "%08x", BITS);
    for (size_t i = 0; i < KOMODO_NODE_TXS; i++) {
        uint8_t bytes[16];
        uint8_t hash[32];
        char text[65];
        sha256d(hash, bytes, unhex(bytes, sizeof bytes, txs_hex[i]));
        show(text, hash);
        (void)json_array_append_new(txs, json_pack("{s:s,s:s}", "data", txs_hex[i], "hash", text));
    }
    (void)json_object_set_new(made, "previousblockhash", json_string(tip));
    (void)json_object_set_new(made, "longpollid", json_string(tip));
    (void)json_object_set_new(made, "transactions", txs);
    (void)json_object_set_new(made, "bits", json_string(bits));
    (void)json_object_set_new(made, "target", json_string(target_hex));
    (void)json_object_set_new(made, "curtime", json_integer(time_of(node)));
    (void)json_object_set_new(made, "mintime", json_integer(time_of(node) - 600));
    (void)json_object_set_new(made, "height", json_integer((json_int_t)node->block_count + 7));
    return made;
}

static void add_block(struct komodo_node *node, const uint8_t id[32], bool ours)
{
    assert_true(node->block_count < KOMODO_NODE_BLOCKS);
    memcpy(node->blocks[node->block_count], id, 32);
    node->ours[node->block_count++] = ours;
    memcpy(node->tip, id, 32);
    rpc_answer_waiting(&node->rpc, make_template);
}

static size_t find_block(const struct komodo_node *node, const uint8_t id[32])
{
    size_t i = 0;
    while (i < node->block_count && memcmp(node->blocks[i], id, 32) != 0) {
        i++;
    }
    return i;
}

/* ---- judging a block ------------------------------------------------------------------------- */

/* Transactions as they must stand in the block, and the root of their tree. Returns their bytes. */
static size_t expected_txs(const struct komodo_node *node, uint8_t txs[COINBASE_MAX],
                           uint8_t root[32])
{
    uint8_t leaves[KOMODO_NODE_TXS + 1][32];
    char coinbase[2 * COINBASE_MAX + 1];
    const char *given = coinbase_of(node);
    const char *script = strstr(given, "232102"); /* P2PK: length, push, key */
    size_t used = 1;
    assert_non_null(script);
    (void)snprintf(coinbase, sizeof coinbase, "%s", given);
    if (node->payee_hex != NULL) {
        (void)snprintf(coinbase, sizeof coinbase, "%.*s%02zx%s%s", (int)(script - given), given,
                       strlen(node->payee_hex) / 2, node->payee_hex,
                       script + 2 + (ptrdiff_t)2 * 35);
    }
    txs[0] = KOMODO_NODE_TXS + 1;
    for (size_t i = 0; i <= KOMODO_NODE_TXS; i++) {
        size_t size = unhex(txs + used, COINBASE_MAX - used, i == 0 ? coinbase : txs_hex[i - 1]);
        sha256d(leaves[i], txs + used, size);
        used += size;
    }
    sha256d(leaves[0], leaves[0], 64); /* four leaves */
    sha256d(leaves[1], leaves[2], 64);
    sha256d(root, leaves[0], 64);
    return used;
}

/* Solution and hash, by the reference. */
static bool proof_is_good(const uint8_t *block)
{
    struct kern_work work = {.header_size = HEADER};
    uint8_t hash_be[32];
    memcpy(work.header, block, HEADER);
    assert_int_equal(base_hex_decode_exact(work.target_be, 32, target_hex), BASE_OK);
    const struct kern_find find = {.counter = base_load_le64(block + 132),
                                   .solution = block + HEADER + 3,
                                   .solution_size = SOLUTION};
    return kern_verify(hash_be, kern_algo_find("equihash"), &work, &find) == BASE_OK;
}

/* NULL: a good block; "": one that is thrown away without a word; else the node's word. */
static const char *judge(struct komodo_node *node, const uint8_t *block, size_t size)
{
    uint8_t txs[COINBASE_MAX];
    uint8_t root[32];
    uint8_t sapling[32];
    uint8_t shown_root[32];
    uint8_t id[32];
    size_t txs_size = expected_txs(node, txs, root);
    size_t head = HEADER + 3 + SOLUTION;
    const char *shown = json_string_value(json_object_get(node->base, "finalsaplingroothash"));
    if (size <= head || memcmp(block + HEADER, "\xfd\x40\x05", 3) != 0) {
        return "decode";
    }
    sha256d(id, block, head);
    if (find_block(node, id) < node->block_count) {
        return "duplicate";
    }
    if (!proof_is_good(block)) {
        return "";
    }
    if (base_load_le32(block) != 4) {
        return "version-too-low";
    }
    if (memcmp(block + 4, node->tip, 32) != 0) {
        return find_block(node, block + 4) < node->block_count ? "inconclusive" : "bad-prevblk";
    }
    if (size - head != txs_size || memcmp(block + head, txs, txs_size) != 0 ||
        memcmp(block + 36, root, 32) != 0) {
        return "bad-txnmrklroot";
    }
    assert_int_equal(base_hex_decode_exact(shown_root, 32, shown), BASE_OK);
    for (size_t i = 0; i < 32; i++) {
        sapling[i] = shown_root[31 - i];
    }
    if (memcmp(block + 68, sapling, 32) != 0) {
        return "bad-sapling-root-in-block";
    }
    return base_load_le32(block + 104) != BITS            ? "bad-diffbits"
           : base_load_le32(block + 100) != time_of(node) ? "time-too-old"
                                                          : NULL;
}

/* ---- methods --------------------------------------------------------------------------------- */

static void on_submit(struct komodo_node *node, const struct rpc_call *call, const char *hex)
{
    uint8_t block[BLOCK_MAX];
    uint8_t id[32];
    size_t size = 0;
    const char *word = "decode";
    node->submits++;
    if (hex != NULL && base_hex_decode(block, sizeof block, &size, hex, strlen(hex)) == BASE_OK) {
        word = judge(node, block, size);
    }
    if (word != NULL && strcmp(word, "inconclusive") == 0) {
        node->stale++;
    } else if (word != NULL) {
        node->refused++;
        (void)snprintf(node->why, sizeof node->why, "%s", word);
    }
    if (word != NULL && strcmp(word, "decode") == 0) {
        rpc_answer(call, json_null(), -22, "Block decode failed");
        return;
    }
    rpc_answer(call, word == NULL || word[0] == '\0' ? json_null() : json_string(word), 0, NULL);
    if (word != NULL) {
        return;
    }
    if (node->thrown_away < node->throw_away) {
        node->thrown_away++;
        return;
    }
    node->accepted++;
    sha256d(id, block, HEADER + 3 + SOLUTION);
    add_block(node, id, true);
    if (node->foreign_follows) {
        sha256d(id, id, 32);
        add_block(node, id, false);
    }
}

static void on_header(struct komodo_node *node, const struct rpc_call *call, const char *shown)
{
    uint8_t id[32];
    uint8_t wire[32];
    node->questions++;
    if (shown == NULL || base_hex_decode_exact(id, sizeof id, shown) != BASE_OK) {
        rpc_answer(call, json_null(), -8, "blockhash must be of length 64");
        return;
    }
    for (size_t i = 0; i < 32; i++) {
        wire[i] = id[31 - i];
    }
    size_t at = find_block(node, wire);
    if (at == node->block_count) {
        rpc_answer(call, json_null(), -5, "Block not found");
        return;
    }
    rpc_answer(call,
               json_pack("{s:s,s:I}", "hash", shown, "confirmations",
                         (json_int_t)(node->block_count - at)),
               0, NULL);
}

static void on_call(void *user, const struct rpc_call *call, const char *method,
                    const json_t *params)
{
    struct komodo_node *node = user;
    const json_t *first = json_array_get(params, 0);
    char tip[65];
    if (strcmp(method, "submitblock") == 0) {
        on_submit(node, call, json_string_value(first));
    } else if (strcmp(method, "getblockheader") == 0) {
        on_header(node, call, json_string_value(first));
    } else if (strcmp(method, "getblocktemplate") == 0) {
        const char *poll_id = json_string_value(json_object_get(first, "longpollid"));
        show(tip, node->tip);
        node->polls += poll_id != NULL;
        if (poll_id != NULL && strcmp(poll_id, tip) == 0) {
            rpc_wait(call);
        } else {
            rpc_answer(call, make_template(node), 0, NULL);
        }
    } else {
        rpc_answer(call, json_null(), -32601, "Method not found");
    }
}

void komodo_node_start(struct komodo_node *node)
{
    node->data = json_load_file(SHARDPICK_TEST_DATA "/komodo_node.json", 0, NULL);
    node->base =
        json_object_get(json_array_get(json_object_get(node->data, "mined"), 0), "template");
    assert_non_null(node->base);
    sha256d(node->tip, "tip", 3);
    node->rpc.on_call = on_call;
    node->rpc.user = node;
    rpc_server_start(&node->rpc);
}

void komodo_node_stop(struct komodo_node *node)
{
    rpc_server_stop(&node->rpc);
    json_decref(node->data);
}
