/* test_gbt_node.c: the state machine of a JSON-RPC node, answer by answer in simulated time.
 * Answers are a real node's: tests/data/digibyte_blocks.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/endian.h"
#include "bitcoin/bitcoin_family.h"
#include "bitcoin/gbt.h"
#include "gbt_play.h"
#include "v1_play.h"

/* ---- work ------------------------------------------------------------------------------------ */

/* From the first request to the block that the real node took, byte for byte. */
static void test_whole_block(void **state)
{
    struct play play;
    (void)state;
    for (size_t i = 0; i < 25; i++) { /* those that pay the address above */
        json_t *block = begin(&play, i);
        uint8_t nonce[4];
        char want[8192];
        json_t *asked = json_loads(harness_call_text(&play.h, TEMPLATE), 0, NULL);
        assert_string_equal(text(asked, "method"), "getblocktemplate");
        assert_true(json_equal(json_object_get(asked, "params"),
                               json_object_get(block, "getblocktemplate_request")));
        json_decref(asked);
        assert_int_equal(give(&play, TEMPLATE, block, 1000), BASE_OK);
        assert_int_equal(play.h.job_count, 1);
        const struct pool_job *job = last_job(&play);
        assert_true(job->clean && job->solo && !job->refill);
        assert_true(strstr(play.h.ready, "long polling") != NULL && play.h.alive == 1);
        uint64_t key = (uint64_t)json_integer_value(json_object_get(block, "odokey"));
        assert_int_equal(job->epoch, key);
        base_store_le32(nonce, (uint32_t)json_integer_value(json_object_get(block, "nonce")));
        assert_int_equal(harness_submit(&play.h, job, nonce, NULL, 7, 1500), BASE_OK);
        (void)snprintf(want, sizeof(want), "\"method\":\"submitblock\",\"params\":[\"%s\"]",
                       text(block, "block"));
        assert_non_null(strstr(harness_call_text(&play.h, SUBMIT), want));
        assert_int_equal(play.h.sent_count, 1);
        accept_block(&play, 1600);
        assert_non_null(strstr(harness_call_text(&play.h, EXPLAIN), text(block, "block_hash")));
        assert_int_equal(play.h.verdicts[0].verdict, POOL_ACCEPTED);
        assert_true(play.h.verdicts[0].block && play.h.verdicts[0].tag == 7);
        assert_non_null(strstr(play.h.verdicts[0].text, text(block, "block_hash")));
        assert_int_equal(play.h.calls[TEMPLATE].count, 2); /* the lanes rest: new work at once */
        /* a second block on the same one is late by our own */
        assert_int_equal(harness_submit(&play.h, job, nonce, NULL, 8, 1700), BASE_OK);
        assert_int_equal(play.h.verdicts[1].verdict, POOL_STALE);
        assert_int_equal(play.h.calls[SUBMIT].count, 1);
        end(&play);
    }
}

/* Long poll with the id of the last template; its answer is new work, and the next one follows. */
static void test_long_poll(void **state)
{
    struct play play;
    json_t *second = NULL;
    json_t *first = begin_two(&play, &second);
    (void)state;
    (void)json_object_set_new(json_object_get(second, "getblocktemplate"), "longpollid",
                              json_string("next"));
    assert_int_equal(give(&play, TEMPLATE, first, 1000), BASE_OK);
    tick(&play, 1000);
    assert_int_equal(play.h.calls[POLL].count, 1);
    assert_non_null(strstr(harness_call_text(&play.h, POLL),
                           text(json_object_get(first, "getblocktemplate"), "longpollid")));
    assert_int_equal(give(&play, POLL, second, 9000), BASE_OK);
    assert_int_equal(play.h.job_count, 2);
    assert_true(last_job(&play)->clean);
    tick(&play, 9000);
    assert_int_equal(play.h.calls[POLL].count, 2);
    assert_non_null(strstr(harness_call_text(&play.h, POLL), "\"longpollid\":\"next\""));
    /* The long poll ends without an answer: whether the node still serves is asked. */
    assert_int_equal(harness_answer(&play.h, POLL, 0, NULL, 20000), BASE_OK);
    assert_int_equal(play.h.calls[TEMPLATE].count, 2);
    assert_int_equal(harness_answer(&play.h, TEMPLATE, 0, NULL, 30000), BASE_E_TIMEOUT);
    json_decref(second);
    end(&play);
}

/* A long poll that never answers: time is the node's at the latest after 30 s, and once a block was
 * seen that it did not tell of, every 2 s. */
static void test_silent_long_poll(void **state)
{
    struct play play;
    json_t *first = begin(&play, 0);
    json_t *second = json_deep_copy(first);
    json_t *made = json_object_get(second, "getblocktemplate");
    (void)state;
    (void)json_object_set_new(made, "curtime", json_integer(1795256500));
    assert_int_equal(give(&play, TEMPLATE, first, 1000), BASE_OK);
    tick(&play, 1000);
    tick(&play, 30999);
    assert_int_equal(play.h.calls[TEMPLATE].count, 1);
    assert_int_equal(play.h.ops->due_ms(play.h.protocol), 31000);
    tick(&play, 31000);
    assert_int_equal(play.h.calls[TEMPLATE].count, 2);
    assert_int_equal(give(&play, TEMPLATE, second, 31000), BASE_OK);
    assert_int_equal(play.h.job_count, 2);
    assert_true(!last_job(&play)->clean && last_job(&play)->refill);
    assert_int_equal(base_load_le32(last_job(&play)->header + 68), 1795256500);
    (void)json_object_set_new(made, "previousblockhash", json_string(text(first, "block_hash")));
    tick(&play, 61000);
    assert_int_equal(give(&play, TEMPLATE, second, 61000), BASE_OK);
    assert_true(last_job(&play)->clean);
    tick(&play, 63000);
    assert_int_equal(play.h.calls[TEMPLATE].count, 4);
    json_decref(second);
    end(&play);
}

/* Without a longpollid there is none: templates every 2 s. */
static void test_plain_polling(void **state)
{
    struct play play;
    json_t *block = begin(&play, 0);
    (void)state;
    (void)json_object_del(json_object_get(block, "getblocktemplate"), "longpollid");
    assert_int_equal(give(&play, TEMPLATE, block, 1000), BASE_OK);
    tick(&play, 2999);
    assert_int_equal(play.h.calls[TEMPLATE].count, 1);
    tick(&play, 3000);
    assert_int_equal(play.h.calls[TEMPLATE].count, 2);
    assert_int_equal(play.h.calls[POLL].count, 0);
    end(&play);
}

/* An answer that was asked for before another one came, and names another tip, is asked again. */
static void test_older_answer(void **state)
{
    struct play play;
    json_t *second = NULL;
    json_t *first = begin_two(&play, &second);
    (void)state;
    assert_int_equal(give(&play, TEMPLATE, first, 1000), BASE_OK);
    tick(&play, 1000);
    tick(&play, 31000); /* asks */
    assert_int_equal(give(&play, POLL, second, 31500), BASE_OK);
    assert_int_equal(play.h.job_count, 2);
    assert_int_equal(give(&play, TEMPLATE, first, 31600), BASE_OK);
    assert_int_equal(play.h.job_count, 2);
    assert_int_equal(play.h.calls[TEMPLATE].count, 3);
    assert_int_equal(give(&play, TEMPLATE, second, 31700), BASE_OK);
    assert_int_equal(play.h.job_count, 3);
    assert_false(last_job(&play)->clean);
    json_decref(second);
    end(&play);
}

/* Every job of a template has another merkle root, over refills, refreshes and reconnects. */
static void test_no_header_twice(void **state)
{
    struct play play;
    uint8_t roots[64][32];
    size_t count = 0;
    json_t *block = begin(&play, 12);
    (void)state;
    for (size_t connection = 0; connection < 2; connection++) {
        assert_int_equal(give(&play, TEMPLATE, block, 1000), BASE_OK);
        for (size_t i = 0; i < 12; i++) {
            assert_int_equal(harness_refill(&play.h, last_job(&play), 2000), BASE_OK);
            assert_true(last_job(&play)->refill && !last_job(&play)->clean);
        }
        assert_int_equal(harness_refill(&play.h, play.h.jobs[0], 2000), BASE_OK);
        assert_int_equal(play.h.job_count, 13); /* only the newest is refilled */
        for (size_t i = 0; i < play.h.job_count; i++) {
            for (size_t j = 0; j < count; j++) {
                assert_memory_not_equal(play.h.jobs[i]->header + 36, roots[j], 32);
            }
            memcpy(roots[count++], play.h.jobs[i]->header + 36, 32);
        }
        if (connection == 0) {
            harness_close(&play.h);
            harness_open_algo(&play.h, &pool_gbt_node, gbt_play_url, gbt_play_payee,
                              v1_algo_of("skein"), 0);
        }
    }
    end(&play);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void test_refused_requests(void **state)
{
    json_t *root = v1_load("digibyte_blocks.json");
    const json_t *entry = NULL;
    size_t index = 0;
    (void)state;
    json_array_foreach(json_object_get(root, "rpc_cases"), index, entry)
    {
        static const char *const parts[] = {
            "refuses the login",       "refuses the login", "does not know getblocktemplate",
            "choose another -a",       "Parse error",       "no block template",
            "Unknown named parameter", "no peers"};
        static const enum base_status statuses[] = {BASE_E_REFUSED, BASE_E_REFUSED, BASE_E_FORMAT,
                                                    BASE_E_STATE,   BASE_E_STATE,   BASE_E_FORMAT,
                                                    BASE_E_STATE,   BASE_E_STATE};
        const json_t *http = json_object_get(entry, "http");
        assert_true(index < 8);
        expect(0, (long)json_integer_value(http), text(entry, "body"), statuses[index],
               parts[index]);
    }
    assert_int_equal(index, 8);
    json_decref(root);
    expect(0, 500, failure(-28, "Loading block index..."), BASE_E_STATE, "still starting");
    expect(0, 500, failure(-10, "DigiByte is downloading blocks..."), BASE_E_STATE, "downloading");
    expect(0, 403, "", BASE_E_REFUSED, "rpcallowip");
    expect(0, 200, "<html>", BASE_E_FORMAT, "no JSON-RPC");
    expect(0, 404, "not found", BASE_E_FORMAT, "rpcport");
    expect(0, 200, NULL, BASE_E_TIMEOUT, "no answer");
}

/* 8.22 takes one parameter only; then the algorithm of the answer decides. */
static void test_one_parameter(void **state)
{
    struct play play;
    json_t *block = begin(&play, 2);
    json_t *other = json_array_get(play.blocks, 0);
    const json_t *seen =
        json_array_get(json_object_get(json_object_get(play.root, "node_8_22"), "rpc_errors"), 0);
    char help[256];
    (void)state;
    (void)snprintf(help, sizeof(help), "getblocktemplate ( \\\"template_request\\\" )");
    assert_string_equal(text(seen, "message_first_line"),
                        "getblocktemplate ( \"template_request\" )");
    assert_int_equal(harness_answer(&play.h, TEMPLATE, 500, failure(-1, help), 1100), BASE_OK);
    assert_int_equal(play.h.calls[TEMPLATE].count, 2);
    json_t *asked = json_loads(harness_call_text(&play.h, TEMPLATE), 0, NULL);
    assert_int_equal(json_array_size(json_object_get(asked, "params")), 1);
    json_decref(asked);
    assert_int_equal(give(&play, TEMPLATE, block, 1200), BASE_OK);
    assert_int_equal(play.h.job_count, 1);
    tick(&play, 31200);
    assert_int_equal(give(&play, TEMPLATE, other, 31300), BASE_E_UNSUPPORTED);
    assert_non_null(strstr(play.h.error.text, "start it with algo=skein"));
    end(&play);
}

/* What the node says of a block, and what the user reads. */
static void refuse(struct play *play, const char *word, enum pool_verdict verdict, const char *part)
{
    uint8_t nonce[4] = {0};
    size_t before = play->h.verdict_count;
    json_t *said = json_string(word);
    assert_int_equal(harness_submit(&play->h, last_job(play), nonce, NULL, 1, 2000), BASE_OK);
    assert_int_equal(harness_answer(&play->h, SUBMIT, 200, result(said), 2001), BASE_OK);
    assert_int_equal(play->h.verdict_count, before + 1);
    if (play->h.verdicts[before].verdict != verdict ||
        strstr(play->h.verdicts[before].text, part) == NULL) {
        fail_msg("%s: %s", word, play->h.verdicts[before].text);
    }
    assert_false(play->h.verdicts[before].block);
    assert_int_equal(give(play, TEMPLATE, json_array_get(play->blocks, 0), 2002), BASE_OK);
    assert_true(last_job(play)->refill); /* the lanes go on, though nothing is new */
    json_decref(said);
}

static void test_refused_blocks(void **state)
{
    static const struct {
        const char *word;
        enum pool_verdict verdict;
        const char *part;
    } cases[] = {
        {"inconclusive", POOL_STALE, "another one was there first"},
        {"inconclusive-not-best-prevblk", POOL_STALE, "another one was there first"},
        {"prev-blk-not-found", POOL_STALE, "does not know the block before"},
        {"duplicate", POOL_DUPLICATE, "already"},
        {"duplicate-invalid", POOL_DUPLICATE, "found it invalid"},
        {"high-hash", POOL_LOW_DIFFICULTY, "above the target"},
        {"bad-txnmrklroot", POOL_MALFORMED, "merkle root"},
        {"bad-diffbits", POOL_MALFORMED, "bits"},
        {"time-too-old", POOL_MALFORMED, "median"},
        {"time-too-new", POOL_MALFORMED, "two hours"},
        {"algo-inactive", POOL_WRONG_CHAIN, "not active"},
        {"bad-algo", POOL_WRONG_CHAIN, "not active"},
        {"bad-version(0x00000602)", POOL_MALFORMED, "version"},
        {"bad-cb-height", POOL_MALFORMED, "height"},
        {"bad-cb-length", POOL_MALFORMED, "length"},
        {"bad-cb-amount", POOL_MALFORMED, "pays more"},
        {"bad-witness-merkle-match", POOL_MALFORMED, "commitment"},
        {"bad-witness-nonce-size", POOL_MALFORMED, "32 bytes"},
        {"unexpected-witness", POOL_MALFORMED, "commits to none"},
        {"some new word", POOL_REFUSED, "some new word"},
    };
    struct play play;
    json_t *block = begin(&play, 0);
    (void)state;
    assert_int_equal(give(&play, TEMPLATE, block, 1000), BASE_OK);
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        refuse(&play, cases[i].word, cases[i].verdict, cases[i].part);
    }
    end(&play);
}

/* "invalid" says nothing: the block is shown again as a proposal, which says why. */
static void test_invalid_is_explained(void **state)
{
    static const struct {
        const char *word; /* of the proposal; NULL: it finds nothing wrong */
        enum pool_verdict verdict;
    } cases[] = {{"bad-cb-height", POOL_MALFORMED}, {NULL, POOL_LOW_DIFFICULTY}};
    struct play play;
    json_t *block = begin(&play, 0);
    json_t *invalid = json_string("invalid");
    uint8_t nonce[4] = {0};
    (void)state;
    assert_int_equal(give(&play, TEMPLATE, block, 1000), BASE_OK);
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        json_t *word = cases[i].word == NULL ? json_null() : json_string(cases[i].word);
        assert_int_equal(harness_submit(&play.h, play.h.jobs[0], nonce, NULL, 1, 2000), BASE_OK);
        assert_int_equal(harness_answer(&play.h, SUBMIT, 200, result(invalid), 2001), BASE_OK);
        assert_int_equal(play.h.verdict_count, i);
        assert_non_null(strstr(harness_call_text(&play.h, EXPLAIN), "\"mode\":\"proposal\""));
        assert_int_equal(harness_submit(&play.h, play.h.jobs[0], nonce, NULL, 2, 2001),
                         BASE_E_AGAIN);
        assert_int_equal(harness_answer(&play.h, EXPLAIN, 200, result(word), 2002), BASE_OK);
        assert_int_equal(play.h.verdict_count, i + 1);
        assert_int_equal(play.h.verdicts[i].verdict, cases[i].verdict);
        json_decref(word);
    }
    json_decref(invalid);
    end(&play);
}

/* null says nothing: only a block of the node's chain counts. Where the node does not say that
 * either, the block is sent again, or the next template tells. */
static void test_null_is_no_acceptance(void **state)
{
    enum { REFUSED_ABSENT, REFUSED_SIDE, KEPT, KEPT_OTHER, BUILT_UPON, CASES };
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct play play;
        json_t *second = NULL;
        json_t *first = begin_two(&play, &second);
        uint8_t nonce[4];
        const char *body = i == REFUSED_ABSENT ? failure(-5, "Block not found")
                           : i == KEPT_OTHER ? "{\"result\":{\"hash\":\"00\",\"confirmations\":5}}"
                                             : failure(-32601, "Method not found");
        base_store_le32(nonce, (uint32_t)json_integer_value(json_object_get(first, "nonce")));
        assert_int_equal(give(&play, TEMPLATE, first, 1000), BASE_OK);
        assert_int_equal(harness_submit(&play.h, last_job(&play), nonce, NULL, 1, 2000), BASE_OK);
        assert_int_equal(
            harness_answer(&play.h, SUBMIT, 200, "{\"result\":null,\"error\":null}", 2001),
            BASE_OK);
        assert_int_equal(play.h.verdict_count, 0);
        assert_int_equal(play.h.calls[TEMPLATE].count, 2); /* lanes need work meanwhile */
        if (i == BUILT_UPON) {
            assert_int_equal(give(&play, TEMPLATE, second, 2002), BASE_OK);
        }
        body = i == REFUSED_SIDE ? chain_has(&play, -1) : body;
        assert_int_equal(harness_answer(&play.h, EXPLAIN, 200, body, 2003), BASE_OK);
        if (i == KEPT || i == KEPT_OTHER) {
            assert_int_equal(play.h.unjudged_count, 1);
            assert_true(play.h.unjudged->maybe_seen);
            assert_int_equal(play.h.warnings, 0); /* the next template may show it */
        } else {
            assert_int_equal(play.h.verdicts[0].verdict,
                             i == BUILT_UPON ? POOL_ACCEPTED : POOL_REFUSED);
            assert_int_equal(play.h.verdicts[0].block, i == BUILT_UPON);
        }
        if (i != BUILT_UPON) { /* the lanes rest: the same template is work for them */
            assert_int_equal(give(&play, TEMPLATE, first, 2004), BASE_OK);
            assert_int_equal(play.h.job_count, 2);
        }
        if (i == KEPT) {
            assert_int_equal(harness_submit_again(&play.h, 2500), BASE_E_AGAIN);
            assert_int_equal(harness_submit_again(&play.h, 3003), BASE_OK);
            assert_non_null(strstr(play.h.last_warning, "does not say whether"));
            assert_int_equal(play.h.calls[SUBMIT].count, 2);
        } else if (i == KEPT_OTHER) { /* at once, and another block need not wait */
            tick(&play, 2500);
            assert_int_equal(give(&play, POLL, second, 2501), BASE_OK);
            assert_int_equal(harness_submit_again(&play.h, 2501), BASE_OK);
            assert_int_equal(play.h.verdicts[0].verdict, POOL_ACCEPTED);
            assert_int_equal(harness_submit(&play.h, last_job(&play), nonce, NULL, 2, 2502),
                             BASE_OK);
            assert_int_equal(play.h.calls[SUBMIT].count, 2);
            assert_int_equal(play.h.warnings, 0);
        }
        json_decref(second);
        end(&play);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_block),           cmocka_unit_test(test_long_poll),
        cmocka_unit_test(test_silent_long_poll),      cmocka_unit_test(test_plain_polling),
        cmocka_unit_test(test_older_answer),          cmocka_unit_test(test_no_header_twice),
        cmocka_unit_test(test_refused_requests),      cmocka_unit_test(test_one_parameter),
        cmocka_unit_test(test_refused_blocks),        cmocka_unit_test(test_invalid_is_explained),
        cmocka_unit_test(test_null_is_no_acceptance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
