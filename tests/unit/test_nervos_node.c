/* test_nervos_node.c: solo mining at a CKB node: templates of a real node rebuilt to the blocks
 * that it took, answer by answer in simulated time; its refusals; the network of an address.
 * Answers are those of ckb 0.210.0, blocks those of an independent program: tests/data/nervos.json.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "harness.h"
#include "nervos/ckb_hash.h"
#include "nervos/nervos_family.h"
#include "nervos/nervos_node.h"
#include "vectors.h"

enum { ASK, POLL, BLOCK, REASON }; /* places of the requests */

static const char node_url[] = "daemon+http://node.example:8114";
static const char mainnet_genesis[] =
    "0x92b197aa1fba0f63633922c61c92375c9c074a93e85963554f5499fe1450d0e5";
static const char testnet_genesis[] =
    "0x10639e0895502b5688a6be8cf69460d76541bfa4821629d86d62ba0aae3f9606";

static json_t *root; /* the vectors */

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static json_t *block_at(size_t index)
{
    json_t *block = json_array_get(json_object_get(root, "blocks"), index);
    assert_non_null(block);
    return block;
}

/* An answer with this result (taken), as text; overwritten by the next call. */
static const char *result(json_t *value)
{
    static char body[1 << 17];
    json_t *answer = json_pack("{s:s,s:o,s:i}", "jsonrpc", "2.0", "result", value, "id", 1);
    char *dumped = json_dumps(answer, JSON_COMPACT);
    (void)snprintf(body, sizeof(body), "%s", dumped);
    free(dumped);
    json_decref(answer);
    return body;
}

static enum base_status answer(struct harness *h, unsigned place, json_t *value)
{
    return harness_answer(h, place, 200, result(value), 1500);
}

static json_t *asked(struct harness *h, unsigned place, const char *method)
{
    json_t *request = json_loads(harness_call_text(h, place), 0, NULL);
    assert_non_null(request);
    assert_string_equal(text(request, "method"), method);
    assert_string_equal(text(request, "jsonrpc"), "2.0");
    return request;
}

static void asks(struct harness *h, unsigned place, const char *method)
{
    json_decref(asked(h, place, method));
}

/* Open and answer what is asked before the first template; returns what the last answer led to. */
static enum base_status begin(struct harness *h, const char *user, const char *genesis, bool syncs)
{
    memset(h, 0, sizeof(*h));
    harness_open_algo(h, &pool_nervos_node, node_url, user, pool_nervos_coin.algos, 0);
    assert_int_equal(h->started, BASE_OK);
    asks(h, ASK, "get_block_hash");
    assert_non_null(strstr(harness_call_text(h, ASK), "\"params\":[\"0x0\"]"));
    enum base_status status = answer(h, ASK, json_string(genesis));
    if (status != BASE_OK) {
        return status;
    }
    asks(h, ASK, "get_blockchain_info");
    status = answer(h, ASK, json_pack("{s:b}", "is_initial_block_download", (int)syncs));
    if (status == BASE_OK) {
        asks(h, ASK, "get_block_template");
    }
    return status;
}

static void begin_well(struct harness *h, const char *user)
{
    assert_int_equal(begin(h, user, text(root, "genesis_hash"), false), BASE_OK);
}

/* The template of a vector with the time that its block has. */
static json_t *template_of(const json_t *block)
{
    json_t *copy = json_deep_copy(json_object_get(block, "template"));
    const json_t *header = json_object_get(json_object_get(block, "block"), "header");
    (void)json_object_set_new(copy, "current_time", json_string(text(header, "timestamp")));
    return copy;
}

static void nonce_of(uint8_t nonce[POOL_NONCE_MAX], const json_t *block)
{
    const char *hex = text(json_object_get(block, "solution"), "nonce_bytes");
    assert_int_equal(base_hex_decode_exact(nonce, 16, hex), BASE_OK);
}

static const struct pool_job *last_job(const struct harness *h)
{
    assert_true(h->job_count > 0);
    return h->jobs[h->job_count - 1];
}

/* ---- work ------------------------------------------------------------------------------------ */

static void test_hash(void **state)
{
    static const uint8_t zeros[1000] = {0};
    const json_t *known = json_object_get(root, "ckbhash");
    uint8_t digest[32];
    char hex[65];
    (void)state;
    pool_ckb_hash(digest, "", 0);
    base_hex_encode(hex, digest, 32);
    assert_string_equal(hex, text(known, ""));
    pool_ckb_hash(digest, "abc", 3);
    base_hex_encode(hex, digest, 32);
    assert_string_equal(hex, text(known, "616263"));
    pool_ckb_hash(digest, zeros, 128);
    base_hex_encode(hex, digest, 32);
    assert_string_equal(hex, text(known, "zeros_128"));
    pool_ckb_hash(digest, zeros, 1000);
    base_hex_encode(hex, digest, 32);
    assert_string_equal(hex, text(known, "zeros_1000"));
}

static void test_merkle(void **state)
{
    const json_t *rows = json_object_get(json_object_get(root, "merkle"), "rows");
    (void)state;
    assert_true(json_array_size(rows) > 5);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        size_t count = (size_t)json_integer_value(json_object_get(row, "leaves"));
        uint8_t(*nodes)[32] = calloc(2 * count + 1, 32);
        uint8_t digest[32];
        char hex[65];
        assert_true(nodes != NULL && count <= 256);
        for (size_t leaf = 0; leaf < count; leaf++) {
            uint8_t byte = (uint8_t)leaf;
            pool_ckb_hash(nodes[count - 1 + leaf], &byte, 1);
        }
        pool_ckb_merkle(digest, nodes, count);
        base_hex_encode(hex, digest, 32);
        assert_string_equal(hex, text(row, "root"));
        free(nodes);
    }
}

/* From the template to the request that the real node took: blocks with and without our own lock,
 * proposals, transactions, an uncle. */
static void test_whole_block(void **state)
{
    size_t count = json_array_size(json_object_get(root, "blocks"));
    size_t own = 0;
    (void)state;
    assert_true(count >= 8);
    for (size_t i = 0; i < count; i++) {
        struct harness h;
        json_t *block = block_at(i);
        const json_t *solution = json_object_get(block, "solution");
        bool ours = json_is_true(json_object_get(block, "own_lock"));
        uint8_t nonce[POOL_NONCE_MAX] = {0};
        char hex[65];
        own += ours;
        begin_well(&h, ours ? text(root, "lock_address") : "");
        assert_int_equal(answer(&h, ASK, template_of(block)), BASE_OK);
        assert_int_equal(h.job_count, 1);
        const struct pool_job *job = last_job(&h);
        assert_true(job->clean && job->solo && job->header_size == 48 && job->nonce_size == 16);
        base_hex_encode(hex, job->header, 32);
        assert_string_equal(hex, text(solution, "pow_hash"));
        base_hex_encode(hex, job->target_be, 32);
        assert_string_equal(hex, text(solution, "target"));
        nonce_of(nonce, block);
        assert_int_equal(harness_submit(&h, job, nonce, NULL, 7, 1500), BASE_OK);
        json_t *request = asked(&h, BLOCK, "submit_block");
        const json_t *params = json_object_get(request, "params");
        assert_int_equal(json_array_size(params), 2);
        assert_true(json_is_string(json_array_get(params, 0)));
        assert_int_equal(strtoull(json_string_value(json_array_get(params, 0)), NULL, 10),
                         strtoull(text(json_object_get(block, "template"), "work_id"), NULL, 16));
        assert_true(json_equal(json_array_get(params, 1), json_object_get(block, "block")));
        json_decref(request);
        /* The node's own answer, then the question whether its chain has the block. */
        char *said = json_dumps(json_object_get(block, "answer"), 0);
        assert_int_equal(harness_answer(&h, BLOCK, 200, said, 1600), BASE_OK);
        free(said);
        assert_int_equal(h.verdict_count, 0);
        asks(&h, REASON, "get_block_hash");
        assert_non_null(
            strstr(harness_call_text(&h, REASON),
                   text(json_object_get(json_object_get(block, "block"), "header"), "number")));
        assert_int_equal(answer(&h, REASON, json_string(text(solution, "block_hash"))), BASE_OK);
        assert_int_equal(h.verdict_count, 1);
        assert_true(h.verdicts[0].verdict == POOL_ACCEPTED && h.verdicts[0].block);
        assert_non_null(strstr(h.verdicts[0].text, text(solution, "block_hash")));
        harness_close(&h);
    }
    assert_true(own >= 3 && own < count);
}

/* Whom blocks pay is said once, and never confused. */
static void test_payee_is_told(void **state)
{
    struct harness h;
    (void)state;
    begin_well(&h, text(root, "lock_address"));
    assert_int_equal(answer(&h, ASK, template_of(block_at(0))), BASE_OK);
    const char *ours = strstr(h.last_info, text(root, "lock_address"));
    const char *theirs = strstr(h.last_info, text(root, "assembler_address"));
    assert_true(ours != NULL && theirs != NULL && ours < theirs);
    harness_close(&h);
    begin_well(&h, "");
    assert_int_equal(answer(&h, ASK, template_of(block_at(0))), BASE_OK);
    assert_non_null(strstr(h.last_info, text(root, "assembler_address")));
    assert_null(strstr(h.last_info, text(root, "lock_address")));
    harness_close(&h);
}

/* With the same parent the larger work_id is newer; another parent voids what went before. */
static void test_order(void **state)
{
    struct harness h;
    json_t *first = template_of(block_at(3));
    (void)state;
    begin_well(&h, "");
    assert_int_equal(answer(&h, ASK, json_deep_copy(first)), BASE_OK);
    assert_int_equal(h.job_count, 1);
    static const struct {
        const char *work_id;
        size_t jobs;
    } steps[] = {{"0x20", 1}, {"0x1f", 1}, {"0x21", 2}};
    for (size_t i = 0; i < BASE_COUNT_OF(steps); i++) {
        uint64_t due = h.ops->due_ms(h.protocol);
        assert_true(due <= 1500 + 500);
        assert_int_equal(h.ops->tick(h.protocol, due, &h.error), BASE_OK);
        json_t *next = json_deep_copy(first);
        (void)json_object_set_new(next, "work_id", json_string(steps[i].work_id));
        assert_int_equal(answer(&h, ASK, next), BASE_OK);
        assert_int_equal(h.job_count, steps[i].jobs);
    }
    assert_false(last_job(&h)->clean);
    assert_true(last_job(&h)->refill);
    /* another nonce space */
    assert_memory_not_equal(h.jobs[0]->header + 32, h.jobs[1]->header + 32, 4);
    assert_int_equal(h.ops->tick(h.protocol, h.ops->due_ms(h.protocol), &h.error), BASE_OK);
    (void)json_object_set_new(
        first, "parent_hash",
        json_string(text(json_object_get(block_at(3), "solution"), "block_hash")));
    (void)json_object_set_new(first, "work_id", json_string("0x0")); /* the node has restarted */
    assert_int_equal(answer(&h, ASK, first), BASE_OK);
    assert_int_equal(h.job_count, 3);
    assert_true(last_job(&h)->clean);
    harness_close(&h);
}

/* After a block of ours the old template may come once more: it is asked for again at once. */
static void test_old_tip(void **state)
{
    struct harness h;
    json_t *block = block_at(0);
    const char *id = text(json_object_get(block, "solution"), "block_hash");
    uint8_t nonce[POOL_NONCE_MAX] = {0};
    (void)state;
    begin_well(&h, "");
    assert_int_equal(answer(&h, ASK, template_of(block)), BASE_OK);
    nonce_of(nonce, block);
    assert_int_equal(harness_submit(&h, last_job(&h), nonce, NULL, 1, 1500), BASE_OK);
    assert_int_equal(answer(&h, BLOCK, json_string(id)), BASE_OK);
    assert_int_equal(answer(&h, REASON, json_string(id)), BASE_OK);
    size_t before = h.calls[ASK].count;
    assert_int_equal(answer(&h, ASK, template_of(block)), BASE_OK);
    assert_int_equal(h.calls[ASK].count, before + 1);
    assert_int_equal(h.job_count, 1);
    json_t *next = template_of(block);
    (void)json_object_set_new(next, "parent_hash", json_string(id));
    assert_int_equal(answer(&h, ASK, next), BASE_OK);
    assert_int_equal(h.job_count, 2);
    assert_true(last_job(&h)->clean);
    harness_close(&h);
}

/* ---- verdicts -------------------------------------------------------------------------------- */

/* Submit the block of the first vector; the answer is the caller's. */
static void begin_block(struct harness *h)
{
    uint8_t nonce[POOL_NONCE_MAX] = {0};
    begin_well(h, "");
    assert_int_equal(answer(h, ASK, template_of(block_at(0))), BASE_OK);
    nonce_of(nonce, block_at(0));
    assert_int_equal(harness_submit(h, last_job(h), nonce, NULL, 1, 1500), BASE_OK);
}

/* Every refusal that the node was seen to give. */
static void test_refusals(void **state)
{
    static const struct {
        const char *name;
        enum pool_verdict verdict;
        const char *part;
    } rows[] = {
        {"wrong nonce", POOL_LOW_DIFFICULTY, "proof of work"},
        {"parent unknown", POOL_STALE, "does not know the block before"},
        {"timestamp equals median of last 37", POOL_MALFORMED, "median"},
        {"timestamp 20 s ahead", POOL_MALFORMED, "15 s ahead"},
        {"number plus 1", POOL_MALFORMED, "number"},
        {"epoch wrong index", POOL_MALFORMED, "epoch"},
        {"compact_target easier", POOL_MALFORMED, "target"},
        {"dao changed", POOL_MALFORMED, "dao"},
        {"extension left out", POOL_MALFORMED, "missing"},
        {"extension changed", POOL_MALFORMED, "extension"},
        {"extension 97 bytes", POOL_MALFORMED, "wrong size"},
        {"extension empty bytes", POOL_MALFORMED, "wrong size"},
        {"extension 31 bytes", POOL_MALFORMED, "wrong size"},
        {"cellbase witness missing", POOL_MALFORMED, "cellbase"},
        {"cellbase witness garbage", POOL_MALFORMED, "witness"},
        {"cellbase output capacity plus 1", POOL_MALFORMED, "amount"},
        {"cellbase output lock changed", POOL_MALFORMED, "another lock"},
        {"uncle twice", POOL_MALFORMED, "uncles"},
        {"nonce leading zero", POOL_MALFORMED, "leading zeros"},
        {"header unknown member hash", POOL_MALFORMED, "cannot read"},
        {"submit_block, no block_assembler", POOL_REFUSED, "block_assembler"},
    };
    const json_t *answers = json_object_get(root, "answers");
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        struct harness h;
        json_t *error = json_object_get(answers, rows[i].name);
        assert_non_null(error);
        begin_block(&h);
        json_t *body = json_pack("{s:s,s:O,s:i}", "jsonrpc", "2.0", "error", error, "id", 1);
        char *dumped = json_dumps(body, 0);
        assert_int_equal(harness_answer(&h, BLOCK, 200, dumped, 1600), BASE_OK);
        free(dumped);
        json_decref(body);
        assert_int_equal(h.verdict_count, 1);
        assert_int_equal(h.verdicts[0].verdict, rows[i].verdict);
        assert_false(h.verdicts[0].block);
        if (strstr(h.verdicts[0].text, rows[i].part) == NULL) {
            fail_msg("%s: \"%s\" has no \"%s\"", rows[i].name, h.verdicts[0].text, rows[i].part);
        }
        harness_close(&h);
    }
    /* No error of the node is without a sentence of its own. */
    const char *name = NULL;
    const json_t *said = NULL;
    json_object_foreach((json_t *)(uintptr_t)answers, name, said)
    {
        struct pool_rpc_answer rpc = {.failed = true};
        char words[POOL_TEXT_MAX] = "";
        if (!json_is_integer(json_object_get(said, "code")) ||
            json_integer_value(json_object_get(said, "code")) != -3) {
            continue;
        }
        rpc.code = -3;
        (void)snprintf(rpc.message, sizeof(rpc.message), "%s", text(said, "message"));
        assert_int_not_equal(pool_ckb_refusal(words, &rpc), POOL_REFUSED);
    }
}

/* A node gives the hash of a block that is not on its chain, too. */
static void test_hash_is_not_acceptance(void **state)
{
    const char *id = text(json_object_get(block_at(0), "solution"), "block_hash");
    const char *other = text(json_object_get(block_at(1), "solution"), "block_hash");
    struct harness h;
    (void)state;
    begin_block(&h);
    assert_int_equal(answer(&h, BLOCK, json_string(id)), BASE_OK);
    assert_int_equal(answer(&h, REASON, json_string(other)), BASE_OK);
    assert_int_equal(h.verdicts[0].verdict, POOL_STALE);
    harness_close(&h);
    begin_block(&h);
    assert_int_equal(answer(&h, BLOCK, json_string(id)), BASE_OK);
    assert_int_equal(answer(&h, REASON, json_null()), BASE_OK);
    assert_int_equal(h.verdict_count, 0); /* kept, and sent again */
    assert_int_equal(h.unjudged_count, 1);
    assert_true(h.unjudged->maybe_seen);
    harness_close(&h);
    begin_block(&h);
    assert_int_equal(answer(&h, BLOCK, json_true()), BASE_OK); /* no hash at all */
    assert_int_equal(h.verdicts[0].verdict, POOL_REFUSED);
    harness_close(&h);
}

/* The answer is lost, and the next template builds on the block: it was accepted. */
static void test_built_upon(void **state)
{
    const char *id = text(json_object_get(block_at(0), "solution"), "block_hash");
    json_t *next = template_of(block_at(0));
    struct harness h;
    (void)state;
    begin_block(&h);
    assert_int_equal(harness_answer(&h, BLOCK, 0, "", 1600), BASE_OK);
    assert_int_equal(h.verdict_count, 0);
    (void)json_object_set_new(next, "parent_hash", json_string(id));
    assert_int_equal(answer(&h, ASK, next), BASE_OK);
    assert_int_equal(h.ops->tick(h.protocol, 3000, &h.error), BASE_OK);
    assert_int_equal(harness_submit_again(&h, 3000), BASE_OK);
    assert_int_equal(h.verdicts[0].verdict, POOL_ACCEPTED);
    assert_non_null(strstr(h.verdicts[0].text, "next template builds on it"));
    harness_close(&h);
}

/* ---- nodes that give no work ----------------------------------------------------------------- */

static void expect_end(struct harness *h, const char *user, const char *genesis, bool syncs,
                       enum base_status status, const char *part)
{
    assert_int_equal(begin(h, user, genesis, syncs), status);
    if (strstr(h->error.text, part) == NULL) {
        fail_msg("\"%s\" has no \"%s\"", h->error.text, part);
    }
    harness_close(h);
}

static void test_networks(void **state)
{
    static const char ckb[] = "ckb1qyqt8xaupvm8837nv3gtc9x0ekkj64vud3jqfwyw5v";
    const char *ckt = text(root, "lock_address");
    const char *dev = text(root, "genesis_hash");
    struct harness h;
    (void)state;
    expect_end(&h, ckb, dev, false, BASE_E_REFUSED, "ckt1");
    expect_end(&h, ckt, mainnet_genesis, false, BASE_E_REFUSED, "ckb1");
    expect_end(&h, "", testnet_genesis, false, BASE_E_UNSUPPORTED, "EaglesongBlake2b");
    expect_end(&h, ckb, mainnet_genesis, true, BASE_E_STATE, "downloading");
    assert_int_equal(begin(&h, ckt, dev, true), BASE_OK); /* a private chain that rested */
    assert_int_equal(h.infos, 1);
    harness_close(&h);
    assert_int_equal(begin(&h, ckb, mainnet_genesis, false), BASE_OK);
    harness_close(&h);
}

static void test_no_assembler(void **state)
{
    const json_t *error =
        json_object_get(json_object_get(root, "answers"), "get_block_template, no block_assembler");
    struct harness h;
    (void)state;
    begin_well(&h, "");
    json_t *body = json_pack("{s:s,s:O,s:i}", "jsonrpc", "2.0", "error", error, "id", 1);
    char *dumped = json_dumps(body, 0);
    assert_int_equal(harness_answer(&h, ASK, 200, dumped, 1600), BASE_E_STATE);
    assert_non_null(strstr(h.error.text, "[block_assembler]"));
    free(dumped);
    json_decref(body);
    harness_close(&h);
}

/* A template that lies about a hash, or lacks what a block needs, is refused with a sentence. */
static void test_bad_templates(void **state)
{
    static const char *const needed[] = {"version",  "compact_target", "current_time", "number",
                                         "epoch",    "parent_hash",    "dao",          "work_id",
                                         "cellbase", "transactions",   "uncles",       "proposals"};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(needed); i++) {
        struct harness h;
        json_t *bad = template_of(block_at(6));
        begin_well(&h, "");
        (void)json_object_del(bad, needed[i]);
        assert_int_equal(answer(&h, ASK, bad), BASE_E_FORMAT);
        assert_non_null(strstr(h.error.text, needed[i]));
        harness_close(&h);
    }
    struct harness h;
    json_t *lie = template_of(block_at(6));
    json_t *tx = json_array_get(json_object_get(lie, "transactions"), 1);
    begin_well(&h, "");
    (void)json_object_set_new(tx, "hash", json_string(mainnet_genesis));
    assert_int_equal(answer(&h, ASK, lie), BASE_E_FORMAT);
    assert_non_null(strstr(h.error.text, "transaction 2"));
    harness_close(&h);
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void test_addresses(void **state)
{
    static const char *const types[] = {"data", "type", "data1", "", "data2"};
    const json_t *all = json_object_get(root, "addresses");
    size_t index = 0;
    const json_t *row = NULL;
    (void)state;
    json_array_foreach(json_object_get(all, "valid"), index, row)
    {
        struct pool_ckb_address address;
        struct base_error error = {BASE_OK, ""};
        char hex[2 * POOL_NERVOS_ARGS_MAX + 3];
        char written[POOL_CKB_ADDRESS_MAX];
        const char *shown = text(row, "address");
        if (pool_ckb_address_read(&address, shown, strlen(shown), &error) != BASE_OK) {
            fail_msg("%s: %s", shown, error.text);
        }
        assert_int_equal(address.mainnet, strcmp(text(row, "network"), "mainnet") == 0);
        base_hex_encode(hex, address.lock.code_hash, 32);
        assert_string_equal(hex, text(row, "code_hash") + 2);
        assert_string_equal(types[address.lock.hash_type], text(row, "hash_type"));
        base_hex_encode(hex, address.lock.args, address.lock.args_size);
        assert_string_equal(hex, text(row, "args") + 2);
        (void)pool_ckb_address_write(written, &address);
        if (strcmp(text(row, "format"), "full, bech32m") == 0) {
            assert_string_equal(written, shown);
        }
    }
    assert_true(index >= 22);
    json_array_foreach(json_object_get(all, "invalid"), index, row)
    {
        struct pool_ckb_address address;
        struct base_error error = {BASE_OK, ""};
        const char *shown = text(row, "text");
        assert_int_equal(pool_ckb_address_read(&address, shown, strlen(shown), &error),
                         BASE_E_FORMAT);
        assert_true(error.text[0] != '\0');
    }
    assert_true(index >= 10);
}

static int load(void **state)
{
    (void)state;
    root = vectors_load_file(SHARDPICK_TEST_DATA "/nervos.json");
    return 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash),         cmocka_unit_test(test_merkle),
        cmocka_unit_test(test_whole_block),  cmocka_unit_test(test_payee_is_told),
        cmocka_unit_test(test_order),        cmocka_unit_test(test_old_tip),
        cmocka_unit_test(test_refusals),     cmocka_unit_test(test_hash_is_not_acceptance),
        cmocka_unit_test(test_built_upon),   cmocka_unit_test(test_networks),
        cmocka_unit_test(test_no_assembler), cmocka_unit_test(test_bad_templates),
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
