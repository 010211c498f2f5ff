/* test_komodo_node.c: mining at a node of Komodo, answer by answer in simulated time: templates and
 * blocks of a real node (tests/data/komodo_node.json), what it answers to good and bad blocks, whom
 * blocks pay, addresses. Merkle roots and the exchanged coinbase were computed by another program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "harness.h"
#include "komodo/komodo.h"
#include "komodo/komodo_family.h"
#include "vectors.h"

enum { TEMPLATE, POLL, SUBMIT, ASK_CHAIN }; /* places of the requests */

static const char node_url[] = "daemon+http://user:secret@node.example:7771";
static const char address[] = "RKxTdfmtxtfLDKZBgx6SvNkBtNu9jRYnLh";

static json_t *root;

static int load(void **state)
{
    char path[512];
    (void)state;
    (void)snprintf(path, sizeof(path), "%s/komodo_node.json", SHARDPICK_TEST_DATA);
    root = vectors_load_file(path);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(root);
    return 0;
}

static json_t *mined(size_t index)
{
    json_t *block = json_array_get(json_object_get(root, "mined"), index);
    assert_non_null(block);
    return block;
}

/* An answer with this result, as text; overwritten by the next call. */
static const char *result(const json_t *value)
{
    static char body[65536];
    char *dumped = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    int size = snprintf(body, sizeof(body), "{\"result\":%s,\"error\":null,\"id\":1}\n", dumped);
    assert_true(size > 0 && (size_t)size < sizeof(body));
    free(dumped);
    return body;
}

static const char *failure(int code, const char *message)
{
    static char body[512];
    (void)snprintf(body, sizeof(body),
                   "{\"result\":null,\"error\":{\"code\":%d,\"message\":\"%s\"},\"id\":1}\n", code,
                   message);
    return body;
}

static void open_node(struct harness *h, const char *user)
{
    memset(h, 0, sizeof(*h));
    harness_open_algo(h, &pool_komodo_node, node_url, user, pool_komodo_coin.algos, 0);
    assert_int_equal(h->started, BASE_OK);
    assert_non_null(strstr(harness_call_text(h, TEMPLATE), "\"getblocktemplate\",\"params\":[{}]"));
}

static enum base_status give(struct harness *h, const json_t *template)
{
    return harness_answer(h, TEMPLATE, 200, result(template), 1000);
}

/* ---- work ------------------------------------------------------------------------------------ */

/* From the template to the block that the real node took, byte for byte, and the question whether
 * the chain has it. */
static void test_real_blocks(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct harness h;
        const json_t *block = mined(i);
        const char *header = vectors_text(block, "header_hex");
        uint8_t nonce[POOL_KOMODO_NONCE_SIZE];
        char digits[2 * POOL_KOMODO_HEADER + 1];
        char want[512];
        size_t size = 0;
        uint8_t *solution = vectors_bytes(vectors_text(block, "solution_hex"), &size);
        open_node(&h, "");
        assert_int_equal(give(&h, json_object_get(block, "template")), BASE_OK);
        assert_int_equal(h.job_count, 1);
        const struct pool_job *job = h.jobs[0];
        assert_true(job->clean && job->solo);
        assert_int_equal(job->header_size, POOL_KOMODO_HEADER);
        assert_int_equal(job->nonce_offset, POOL_KOMODO_NONCE);
        base_hex_encode(digits, job->header, POOL_KOMODO_NONCE);
        assert_memory_equal(digits, header, (size_t)2 * POOL_KOMODO_NONCE);
        base_hex_encode(digits, job->target_be, 32);
        assert_string_equal(digits, vectors_text(json_object_get(block, "template"), "target"));
        assert_int_equal(base_hex_decode_exact(nonce, sizeof(nonce), header + 216), BASE_OK);
        h.solution = solution;
        h.solution_size = size;
        assert_int_equal(harness_submit(&h, job, nonce, NULL, 7, 1100), BASE_OK);
        const char *sent = harness_call_text(&h, SUBMIT);
        assert_non_null(strstr(sent, "\"submitblock\""));
        assert_non_null(strstr(sent, vectors_text(block, "submitblock_hex")));
        assert_int_equal(harness_answer(&h, SUBMIT, 200, result(json_null()), 1200), BASE_OK);
        assert_int_equal(h.verdict_count, 0); /* null is no acceptance */
        (void)snprintf(want, sizeof(want), "\"getblockheader\",\"params\":[\"%s\"]",
                       vectors_text(block, "block_hash"));
        assert_non_null(strstr(harness_call_text(&h, ASK_CHAIN), want));
        assert_int_equal(
            harness_answer(&h, ASK_CHAIN, 200, result(json_object_get(block, "getblock")), 1300),
            BASE_OK);
        assert_int_equal(h.verdict_count, 1);
        assert_int_equal(h.verdicts[0].verdict, POOL_ACCEPTED);
        assert_true(h.verdicts[0].block);
        assert_non_null(strstr(h.verdicts[0].text, vectors_text(block, "block_hash")));
        harness_close(&h);
        free(solution);
    }
}

/* What the node says of a block, and then of the question; the verdict. */
static void judge(const char *said, const char *of_chain, enum pool_verdict verdict,
                  const char *part)
{
    struct harness h;
    const uint8_t nonce[POOL_KOMODO_NONCE_SIZE] = {1};
    const uint8_t solution[1344] = {2};
    char answer[512]; /* said may be the text that result keeps */
    (void)snprintf(answer, sizeof(answer), "%s", said);
    open_node(&h, "");
    assert_int_equal(give(&h, json_object_get(mined(0), "template")), BASE_OK);
    h.solution = solution;
    h.solution_size = sizeof(solution);
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 7, 1100), BASE_OK);
    assert_int_equal(harness_answer(&h, SUBMIT, 200, answer, 1200), BASE_OK);
    assert_int_equal(h.calls[ASK_CHAIN].count, of_chain != NULL);
    if (of_chain != NULL) {
        assert_int_equal(h.verdict_count, 0);
        assert_int_equal(harness_answer(&h, ASK_CHAIN, 200, of_chain, 1300), BASE_OK);
    }
    if (verdict == POOL_UNANSWERED) { /* kept, and sent again */
        assert_int_equal(h.unjudged_count, 1);
        assert_int_equal(h.verdict_count, 0);
        assert_int_equal(h.calls[TEMPLATE].count, 2);
        assert_int_equal(harness_submit_again(&h, 2300), BASE_OK);
        assert_non_null(strstr(h.last_warning, part));
        harness_close(&h);
        return;
    }
    assert_int_equal(h.verdict_count, 1);
    if (h.verdicts[0].verdict != verdict || strstr(h.verdicts[0].text, part) == NULL) {
        fail_msg("verdict %d: %s", h.verdicts[0].verdict, h.verdicts[0].text);
    }
    assert_int_equal(h.verdicts[0].block, verdict == POOL_ACCEPTED);
    assert_int_equal(h.calls[TEMPLATE].count, 2); /* lanes stopped: they need work */
    harness_close(&h);
}

static void test_null_is_no_acceptance(void **state)
{
    static const char null[] = "{\"result\":null,\"error\":null,\"id\":0}";
    (void)state;
    judge(null, failure(-5, "Block not found"), POOL_REFUSED, "did not take the block");
    judge(null, "{\"result\":{\"hash\":\"00\",\"confirmations\":5},\"error\":null,\"id\":0}",
          POOL_UNANSWERED, "no block header");
    judge(null, failure(-28, "Loading block index..."), POOL_UNANSWERED, "Loading");
    judge(null, "no JSON", POOL_UNANSWERED, "does not say whether");
    judge(failure(-28, "Loading block index..."), NULL, POOL_UNANSWERED, "Loading");
}

/* A block that the node throws away, after one that it has taken on the same connection. */
static void test_thrown_away_after_accepted(void **state)
{
    static const char *const of_chain[] = {
        "{\"result\":{\"confirmations\":1},\"error\":null,\"id\":0}", NULL};
    const enum pool_verdict verdicts[] = {POOL_ACCEPTED, POOL_REFUSED};
    const uint8_t solution[1344] = {2};
    struct harness h;
    (void)state;
    open_node(&h, "");
    for (size_t i = 0; i < 2; i++) {
        const uint8_t nonce[POOL_KOMODO_NONCE_SIZE] = {(uint8_t)i};
        assert_int_equal(give(&h, json_object_get(mined(i), "template")), BASE_OK);
        h.solution = solution;
        h.solution_size = sizeof(solution);
        assert_int_equal(
            harness_submit(&h, h.jobs[h.job_count - 1], nonce, NULL, 7, 1100 + 1000 * i), BASE_OK);
        assert_int_equal(harness_answer(&h, SUBMIT, 200, result(json_null()), 1200 + 1000 * i),
                         BASE_OK);
        const char *told = of_chain[i] != NULL ? of_chain[i] : failure(-5, "Block not found");
        assert_int_equal(harness_answer(&h, ASK_CHAIN, 200, told, 1300 + 1000 * i), BASE_OK);
        assert_int_equal(h.verdict_count, i + 1);
        assert_int_equal(h.verdicts[i].verdict, verdicts[i]);
    }
    harness_close(&h);
}

/* Known to the node and not in its chain: -1 confirmations, with the right hash. */
static void test_side_block(void **state)
{
    struct harness h;
    const json_t *block = mined(1);
    json_t *header = json_deep_copy(json_object_get(block, "getblock"));
    uint8_t nonce[POOL_KOMODO_NONCE_SIZE];
    size_t size = 0;
    uint8_t *solution = vectors_bytes(vectors_text(block, "solution_hex"), &size);
    (void)state;
    open_node(&h, "");
    assert_int_equal(give(&h, json_object_get(block, "template")), BASE_OK);
    assert_int_equal(
        base_hex_decode_exact(nonce, sizeof(nonce), vectors_text(block, "header_hex") + 216),
        BASE_OK);
    h.solution = solution;
    h.solution_size = size;
    (void)json_object_set_new(header, "confirmations", json_integer(-1));
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 7, 1100), BASE_OK);
    assert_int_equal(harness_answer(&h, SUBMIT, 200, result(json_null()), 1200), BASE_OK);
    assert_int_equal(harness_answer(&h, ASK_CHAIN, 200, result(header), 1300), BASE_OK);
    assert_int_equal(h.verdicts[0].verdict, POOL_REFUSED);
    assert_non_null(strstr(h.verdicts[0].text, "not in its chain"));
    harness_close(&h);
    json_decref(header);
    free(solution);
}

/* The words of the real node to bad blocks. */
static void test_refusals(void **state)
{
    static const struct {
        const char *word;
        enum pool_verdict verdict;
    } cases[] = {
        {"duplicate", POOL_DUPLICATE},        {"inconclusive", POOL_STALE},
        {"bad-txnmrklroot", POOL_MALFORMED},  {"version-too-low", POOL_MALFORMED},
        {"invalid-solution", POOL_MALFORMED}, {"high-hash", POOL_LOW_DIFFICULTY},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        json_t *word = json_string(cases[i].word);
        judge(result(word), NULL, cases[i].verdict, cases[i].word);
        json_decref(word);
    }
    judge(failure(-22, "Block decode failed"), NULL, POOL_MALFORMED, "Block decode failed");
}

/* Jobs of one template differ in the first bytes of the nonce: nothing is tried twice. */
static void test_nonce_spaces(void **state)
{
    struct harness h;
    (void)state;
    open_node(&h, "");
    assert_int_equal(give(&h, json_object_get(mined(0), "template")), BASE_OK);
    assert_int_equal(h.ops->tick(h.protocol, 40000, &h.error), BASE_OK);
    assert_int_equal(give(&h, json_object_get(mined(0), "template")), BASE_OK);
    assert_int_equal(h.job_count, 2);
    assert_false(h.jobs[1]->clean);
    assert_int_equal(h.jobs[0]->nonce_fixed, POOL_KOMODO_NONCE_OURS);
    assert_memory_equal(h.jobs[0]->header, h.jobs[1]->header, POOL_KOMODO_NONCE);
    assert_memory_not_equal(h.jobs[0]->header + POOL_KOMODO_NONCE,
                            h.jobs[1]->header + POOL_KOMODO_NONCE, POOL_KOMODO_NONCE_OURS);
    harness_close(&h);
}

/* ---- templates ------------------------------------------------------------------------------- */

static void test_merkle_roots(void **state)
{
    static const char *const data[] = {"aa", "bbbb", "cccccc", "dd"};
    static const char *const hashes[] = {
        "5d18aedf2e366912f25b332895341b08d6fb013e73788e42eb722f8dd40016e5",
        "fccc5c88234a61b99d5e9e4d24c4bd6d24724a94ab7e427f90234bdac414b579",
        "0faede35876c2e25f35b02b53ced6734dbaf8eb75c6fde5901e5cfd41bad59e9",
        "52e3b06f5b3ea4473ad2aeb509e458e3aabc626fea09279b0a554b1f44ab35dc",
    };
    static const char *const roots[] = {
        "33888308376380bac5ce032f334468599a7ef4a483aebf84506f0064a646c979",
        "91236ecc094aad6ea7aff3272d21ec1a8114b31831420810b9093eea2e1073e9",
        "1685c3f42cd1ecc17a8f6d3044ac01ec75c3dec5ec32fbb117329db8acf2f5e4",
        "4d0caf8e56ca1e29e053a63a12f08bd3d100dd17235bea4913fc62eb07018bb2",
        "75ea9fa9ee1b425db6d50b7bf36994a9a9c3e461a5e4eb370de1637e472ee075",
    };
    json_t *template = json_deep_copy(json_object_get(mined(0), "template"));
    (void)state;
    for (size_t i = 0; i <= BASE_COUNT_OF(data); i++) {
        struct pool_komodo_template *made = NULL;
        struct base_error error = {BASE_OK, ""};
        char digits[65];
        assert_int_equal(pool_komodo_template_read(&made, template, NULL, &error), BASE_OK);
        base_hex_encode(digits, made->root, 32);
        assert_string_equal(digits, roots[i]);
        pool_komodo_template_free(made);
        if (i < BASE_COUNT_OF(data)) {
            (void)json_array_append_new(json_object_get(template, "transactions"),
                                        json_pack("{s:s,s:s}", "data", data[i], "hash", hashes[i]));
        }
    }
    json_decref(template);
}

/* Blocks pay the address of -u where it can be done, and nothing else changes. */
static void test_payee(void **state)
{
    static const char coinbase[] =
        "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff035701"
        "01ffffffff0100e1f505000000001976a914751e76e8199196d454941c45d1b3a323f1433bd688ac09860c"
        "6b";
    static const char merkle_root[] =
        "3eb2aa3b85fc4e81e7406a78c94518c8f06a4ae6dbcdaedffc69de25b2550348";
    struct pool_komodo_template *made = NULL;
    struct base_error error = {BASE_OK, ""};
    struct pool_script payee;
    char digits[2 * sizeof(coinbase)];
    json_t *template = json_deep_copy(json_object_get(mined(0), "template"));
    (void)state;
    assert_int_equal(pool_komodo_payout(&payee, address, &error), BASE_OK);
    assert_int_equal(pool_komodo_template_read(&made, template, &payee, &error), BASE_OK);
    base_hex_encode(digits, made->coinbase->bytes, made->coinbase->size);
    assert_string_equal(digits, coinbase);
    base_hex_encode(digits, made->root, 32);
    assert_string_equal(digits, merkle_root);
    pool_komodo_template_free(made);
    /* Where stakes wrap the script it is left alone, and the user is told. */
    (void)json_object_set_new(template, "ac_staked", json_integer(10));
    assert_int_equal(pool_komodo_template_read(&made, template, &payee, &error),
                     BASE_E_UNSUPPORTED);
    assert_non_null(strstr(error.text, "leave -u out"));
    assert_int_equal(pool_komodo_template_read(&made, template, NULL, &error), BASE_OK);
    pool_komodo_template_free(made);
    json_decref(template);
}

/* One member changed: the template is refused, with a sentence that has the part. */
static void refuse(const char *member, json_t *value, enum base_status status, const char *part)
{
    struct pool_komodo_template *made = NULL;
    struct base_error error = {BASE_OK, ""};
    json_t *template = json_deep_copy(json_object_get(mined(0), "template"));
    if (value == NULL) {
        assert_int_equal(json_object_del(template, member), 0);
    } else {
        (void)json_object_set_new(template, member, value);
    }
    assert_int_equal(pool_komodo_template_read(&made, template, NULL, &error), status);
    assert_null(made);
    if (strstr(error.text, part) == NULL) {
        fail_msg("%s: %s", member, error.text);
    }
    json_decref(template);
}

static void test_bad_templates(void **state)
{
    static const char *const needed[] = {
        "version", "previousblockhash", "finalsaplingroothash", "curtime", "height", "bits",
        "target",  "coinbasetxn",
    };
    static const char easier[] = "0f0f0f0000000000000000000000000000000000000000000000000000000001";
    static const char zero[] = "0000000000000000000000000000000000000000000000000000000000000000";
    const char *data =
        vectors_text(json_object_get(json_object_get(mined(0), "template"), "coinbasetxn"), "data");
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(needed); i++) {
        refuse(needed[i], NULL, BASE_E_FORMAT, needed[i]);
    }
    refuse("transactions", json_string("none"), BASE_E_FORMAT, "transactions");
    refuse("version", json_integer(5), BASE_E_UNSUPPORTED, "version 5");
    refuse("target", json_string(easier), BASE_E_FORMAT, "easier target");
    refuse("target", json_string(zero), BASE_E_FORMAT, "target");
    refuse("coinbasetxn", json_pack("{s:s,s:s}", "data", data, "hash", zero), BASE_E_FORMAT,
           "does not have the hash");
    refuse("transactions", json_pack("[{s:s,s:s}]", "data", "aa", "hash", zero), BASE_E_FORMAT,
           "does not have the hash");
    refuse("transactions", json_pack("[{s:s}]", "data", "xx"), BASE_E_FORMAT, "data");
}

/* A coinbase cut off anywhere has no payee that could be exchanged. */
static void test_short_coinbases(void **state)
{
    struct base_error error = {BASE_OK, ""};
    struct pool_script payee;
    json_t *template = json_deep_copy(json_object_get(mined(0), "template"));
    json_t *coinbase = json_object_get(template, "coinbasetxn");
    size_t size = 0;
    uint8_t *bytes = vectors_bytes(vectors_text(coinbase, "data"), &size);
    (void)state;
    assert_int_equal(pool_komodo_payout(&payee, address, &error), BASE_OK);
    for (size_t i = 1; i < size - 4; i++) { /* the lock time is not looked at */
        struct pool_komodo_template *made = NULL;
        uint8_t hash[32];
        char digits[512];
        char shown[65];
        assert_int_equal(pool_v1_sha256d(hash, bytes, i), BASE_OK);
        pool_gbt_show_hash(shown, hash);
        base_hex_encode(digits, bytes, i);
        (void)json_object_set_new(coinbase, "data", json_string(digits));
        (void)json_object_set_new(coinbase, "hash", json_string(shown));
        assert_int_equal(pool_komodo_template_read(&made, template, &payee, &error),
                         BASE_E_UNSUPPORTED);
        assert_null(made);
    }
    free(bytes);
    json_decref(template);
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void test_addresses(void **state)
{
    const json_t *all = json_object_get(root, "addresses");
    const json_t *one = NULL;
    size_t index = 0;
    (void)state;
    json_array_foreach(json_object_get(all, "valid"), index, one)
    {
        struct pool_script script;
        struct base_error error = {BASE_OK, ""};
        char digits[2 * POOL_SCRIPT_MAX + 1];
        if (pool_komodo_payout(&script, vectors_text(one, "address"), &error) != BASE_OK) {
            fail_msg("%s", error.text);
        }
        base_hex_encode(digits, script.bytes, script.size);
        assert_string_equal(digits, vectors_text(one, "script"));
    }
    assert_int_equal(index, 8);
    json_array_foreach(json_object_get(all, "invalid"), index, one)
    {
        struct pool_script script;
        struct base_error error = {BASE_OK, ""};
        const char *bad = vectors_text(one, "text");
        bool secret = strstr(vectors_text(one, "why"), "private key") != NULL;
        assert_int_equal(pool_komodo_payout(&script, bad, &error),
                         secret ? BASE_E_REFUSED : BASE_E_FORMAT);
        if (secret) {
            assert_null(strstr(error.text, bad));
            assert_non_null(strstr(error.text, "private key"));
        }
    }
    assert_int_equal(index, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_blocks),
        cmocka_unit_test(test_null_is_no_acceptance),
        cmocka_unit_test(test_thrown_away_after_accepted),
        cmocka_unit_test(test_side_block),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_nonce_spaces),
        cmocka_unit_test(test_merkle_roots),
        cmocka_unit_test(test_payee),
        cmocka_unit_test(test_bad_templates),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_short_coinbases),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
