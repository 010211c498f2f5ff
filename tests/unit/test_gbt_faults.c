/* test_gbt_faults.c: what a JSON-RPC node does wrong, or has too much to do for: blocks that it has
 * not judged, late blocks, long polls, busy and slow answers. In simulated time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/endian.h"
#include "bitcoin/bitcoin_family.h"
#include "gbt_play.h"
#include "v1_play.h"

/* ---- blocks that the node has not judged, and late ones ---------------------------------------
 */

/* Each comes back and is sent again after a second, while lanes go on at the same tip; what the
 * node says then is the verdict. */
static void test_sent_again(void **state)
{
    static const struct {
        long code;
        const char *body; /* of the first answer; NULL: none came */
        bool maybe_seen;
    } doors[] = {
        {503, "Work queue depth exceeded", false},
        {502, "<html><title>502 Bad Gateway</title></html>", true},
        {401, "", false},
        {429, "", false},
        {504, "", true},
        {500, "<html>Internal Server Error</html>", true},
        {521, "", true},
        {500, "{\"result\":null,\"error\":{\"code\":-28,\"message\":\"Loading\"},\"id\":1}", false},
        {200, NULL, true},
    };
    static const struct {
        const char *word; /* of the second answer; NULL: null */
        enum pool_verdict verdict;
    } ends[] = {{NULL, POOL_ACCEPTED},
                {"duplicate", POOL_ACCEPTED},
                {"duplicate-invalid", POOL_DUPLICATE},
                {"high-hash", POOL_LOW_DIFFICULTY}};
    uint8_t nonce[4] = {0};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(doors) * BASE_COUNT_OF(ends); i++) {
        struct play play;
        json_t *block = begin(&play, 0);
        size_t door = i / BASE_COUNT_OF(ends);
        size_t at = i % BASE_COUNT_OF(ends);
        json_t *word = ends[at].word == NULL ? json_null() : json_string(ends[at].word);
        assert_int_equal(give(&play, TEMPLATE, block, 1000), BASE_OK);
        assert_int_equal(harness_submit(&play.h, last_job(&play), nonce, NULL, 1, 2000), BASE_OK);
        assert_int_equal(harness_answer(&play.h, SUBMIT, doors[door].code, doors[door].body, 2001),
                         BASE_OK);
        assert_int_equal(play.h.verdict_count, 0);
        assert_int_equal(play.h.unjudged_count, 1);
        assert_int_equal(play.h.unjudged->maybe_seen, doors[door].maybe_seen);
        assert_non_null(strstr(play.h.last_warning, "sent again"));
        assert_int_equal(give(&play, TEMPLATE, block, 2002), BASE_OK);
        assert_int_equal(play.h.job_count, 2); /* lanes rest at a find: they need a job */
        assert_int_equal(harness_submit_again(&play.h, 2100), BASE_E_AGAIN);
        assert_int_equal(play.h.ops->due_ms(play.h.protocol), 2002); /* the long poll */
        tick(&play, 2002);
        assert_int_equal(play.h.ops->due_ms(play.h.protocol), 3001);
        tick(&play, 3001);
        assert_true(play.h.ops->due_ms(play.h.protocol) > 3001);
        assert_int_equal(harness_submit_again(&play.h, 3001), BASE_OK);
        assert_int_equal(play.h.calls[SUBMIT].count, 2);
        if (ends[at].word == NULL) {
            accept_block(&play, 3002);
        } else {
            assert_int_equal(harness_answer(&play.h, SUBMIT, 200, result(word), 3002), BASE_OK);
        }
        if (ends[at].verdict == POOL_ACCEPTED && ends[at].word != NULL) {
            const char *body = i % 2 == 0 ? chain_has(&play, 1) : failure(-32601, "Not found");
            assert_int_equal(play.h.verdict_count, 0); /* it may be of a branch */
            assert_int_equal(harness_answer(&play.h, EXPLAIN, 200, body, 3003), BASE_OK);
        }
        assert_int_equal(play.h.verdict_count, 1);
        assert_int_equal(play.h.verdicts[0].verdict, ends[at].verdict);
        json_decref(word);
        end(&play);
    }
}

/* The template behind a block that got no answer builds on it: that is an answer. At a connection
 * of its own, too. */
static void test_next_template_is_the_answer(void **state)
{
    uint8_t nonce[4];
    (void)state;
    for (int reconnect = 0; reconnect < 2; reconnect++) {
        struct play play;
        json_t *second = NULL;
        json_t *first = begin_two(&play, &second);
        assert_int_equal(give(&play, TEMPLATE, first, 1000), BASE_OK);
        base_store_le32(nonce, (uint32_t)json_integer_value(json_object_get(first, "nonce")));
        assert_int_equal(harness_submit(&play.h, last_job(&play), nonce, NULL, 1, 2000), BASE_OK);
        if (reconnect == 0) {
            assert_int_equal(harness_answer(&play.h, SUBMIT, 0, NULL, 12000), BASE_OK);
        } else {
            play.h.ops->close(play.h.protocol);
            play.h.protocol = NULL;
            struct pool_submission *kept = play.h.unjudged;
            play.h.unjudged = NULL;
            harness_close(&play.h);
            harness_open_algo(&play.h, &pool_gbt_node, gbt_play_url, gbt_play_payee, algo_of(first),
                              0);
            play.h.unjudged = kept;
        }
        assert_int_equal(give(&play, TEMPLATE, second, 12001), BASE_OK);
        assert_int_equal(harness_submit_again(&play.h, 13001), BASE_OK);
        assert_int_equal(play.h.verdict_count, 1);
        assert_int_equal(play.h.verdicts[0].verdict, POOL_ACCEPTED);
        assert_true(play.h.verdicts[0].block);
        assert_int_equal(play.h.calls[SUBMIT].count, reconnect == 0 ? 1 : 0);
        json_decref(second);
        end(&play);
    }
}

/* A block on the tip of before is handed in: it may still win. Refused, it is late and no fault;
 * work at the new tip is not disturbed. */
static void test_late_block(void **state)
{
    static const struct {
        const char *word; /* NULL: null */
        enum pool_verdict verdict;
    } cases[] = {{NULL, POOL_ACCEPTED}, {"inconclusive", POOL_STALE}, {"high-hash", POOL_STALE}};
    uint8_t nonce[4] = {0};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct play play;
        json_t *second = NULL;
        json_t *word = cases[i].word == NULL ? json_null() : json_string(cases[i].word);
        json_t *first = begin_two(&play, &second);
        assert_int_equal(give(&play, TEMPLATE, first, 1000), BASE_OK);
        tick(&play, 1000);
        assert_int_equal(give(&play, POLL, second, 9000), BASE_OK);
        assert_int_equal(harness_submit(&play.h, play.h.jobs[0], nonce, NULL, 1, 9100), BASE_OK);
        assert_int_equal(play.h.calls[SUBMIT].count, 1);
        if (cases[i].word == NULL) {
            accept_block(&play, 9101);
        } else {
            assert_int_equal(harness_answer(&play.h, SUBMIT, 200, result(word), 9101), BASE_OK);
        }
        assert_int_equal(play.h.verdicts[0].verdict, cases[i].verdict);
        if (cases[i].verdict == POOL_STALE) {
            assert_non_null(strstr(play.h.verdicts[0].text, "late: "));
        }
        /* the tip of now is not won by it */
        assert_int_equal(harness_submit(&play.h, last_job(&play), nonce, NULL, 2, 9102), BASE_OK);
        assert_int_equal(play.h.calls[SUBMIT].count, 2);
        json_decref(word);
        json_decref(second);
        end(&play);
    }
}

/* A second block on a tip that we have built on already is not sent: it cannot win. */
static void test_late_behind_our_own(void **state)
{
    const uint8_t nonce[4] = {0};
    const uint8_t other[4] = {1};
    struct play play;
    json_t *second = NULL;
    json_t *first = begin_two(&play, &second);
    (void)state;
    assert_int_equal(give(&play, TEMPLATE, first, 1000), BASE_OK);
    assert_int_equal(harness_submit(&play.h, play.h.jobs[0], nonce, NULL, 1, 2000), BASE_OK);
    accept_block(&play, 2001);
    assert_int_equal(give(&play, TEMPLATE, second, 2002), BASE_OK);
    assert_int_equal(harness_submit(&play.h, play.h.jobs[0], other, NULL, 2, 2003), BASE_OK);
    assert_int_equal(play.h.verdicts[1].verdict, POOL_STALE);
    assert_non_null(strstr(play.h.verdicts[1].text, "not sent"));
    assert_int_equal(play.h.calls[SUBMIT].count, 1);
    json_decref(second);
    end(&play);
}

/* ---- nodes that have too much to do -----------------------------------------------------------
 */

/* Long polls that are answered at once, each with an id of its own: one a second. */
static void test_instant_long_polls(void **state)
{
    struct play play;
    json_t *block = begin(&play, 0);
    json_t *made = json_object_get(block, "getblocktemplate");
    (void)state;
    assert_int_equal(give(&play, TEMPLATE, block, 1000), BASE_OK);
    for (uint64_t now_ms = 1000; now_ms < 11000; now_ms += 10) {
        tick(&play, now_ms);
        size_t polls = play.h.calls[POLL].count;
        char id[16];
        (void)snprintf(id, sizeof(id), "%zu", polls);
        (void)json_object_set_new(made, "longpollid", json_string(id));
        if (polls > play.h.alive - 1) {
            assert_int_equal(give(&play, POLL, block, now_ms), BASE_OK);
        }
    }
    assert_in_range(play.h.calls[POLL].count, 9, 11);
    end(&play);
}

/* A template with another id does not begin a second long poll while the first lives. */
static void test_one_long_poll(void **state)
{
    struct play play;
    json_t *block = begin(&play, 0);
    (void)state;
    assert_int_equal(give(&play, TEMPLATE, block, 1000), BASE_OK);
    tick(&play, 1000);
    tick(&play, 31000);
    (void)json_object_set_new(json_object_get(block, "getblocktemplate"), "longpollid",
                              json_string("another"));
    assert_int_equal(give(&play, TEMPLATE, block, 31000), BASE_OK);
    tick(&play, 32000);
    tick(&play, 40000);
    assert_int_equal(play.h.calls[POLL].count, 1);
    end(&play);
}

/* A template in time fails while a long poll is out: its threads may all be held by long polls.
 * The work in hand goes on, and from then on there are none, at the next connection either. */
static void test_starved_by_long_polls(void **state)
{
    struct play play;
    json_t *block = begin(&play, 0);
    (void)state;
    assert_int_equal(give(&play, TEMPLATE, block, 1000), BASE_OK);
    tick(&play, 1000);
    tick(&play, 31000);
    assert_int_equal(harness_answer(&play.h, TEMPLATE, 0, NULL, 41000), BASE_OK);
    assert_non_null(strstr(play.h.last_warning, "rpcthreads"));
    tick(&play, 43000);
    assert_int_equal(play.h.calls[TEMPLATE].count, 3);
    assert_int_equal(give(&play, TEMPLATE, block, 43001), BASE_OK);
    assert_int_equal(give(&play, POLL, block, 43002), BASE_OK);
    tick(&play, 45003);
    assert_int_equal(play.h.calls[TEMPLATE].count, 4);
    assert_int_equal(play.h.calls[POLL].count, 1);
    assert_true(play.h.memory.plain_polling);
    end(&play);
}

/* One busy answer is no reason to give the node up, nor its work. */
static void test_busy_node(void **state)
{
    static const long codes[] = {429, 500, 502, 503, 504, 522};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(codes); i++) {
        struct play play;
        json_t *block = begin(&play, 0);
        assert_int_equal(give(&play, TEMPLATE, block, 1000), BASE_OK);
        tick(&play, 1000);
        assert_int_equal(harness_answer(&play.h, POLL, codes[i], "Work queue depth exceeded", 3000),
                         BASE_OK);
        assert_int_equal(
            harness_answer(&play.h, TEMPLATE, codes[i], "Work queue depth exceeded", 3001),
            BASE_OK);
        assert_non_null(strstr(play.h.last_warning, "busy"));
        assert_non_null(strstr(play.h.last_warning, "exceeded"));
        assert_int_equal(play.h.alive, 1);
        tick(&play, 4999);
        assert_int_equal(play.h.calls[TEMPLATE].count, 2);
        tick(&play, 5001);
        assert_int_equal(play.h.calls[TEMPLATE].count, 3);
        assert_int_equal(give(&play, TEMPLATE, block, 5002), BASE_OK);
        end(&play);
    }
    expect(0, 503, "Work queue depth exceeded\n", BASE_E_STATE, "exceeded");
    expect(0, 413, "<html>", BASE_E_LIMIT, "client_max_body_size");
}

/* A node that needs long for a template is given more time at the next try, two minutes at most. */
static void test_slow_template(void **state)
{
    static const uint32_t times_ms[] = {10000, 20000, 40000, 80000, 120000, 120000};
    struct play play;
    (void)begin(&play, 0);
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(times_ms); i++) {
        assert_int_equal(play.h.calls[TEMPLATE].time_ms, times_ms[i]);
        assert_int_equal(harness_answer(&play.h, TEMPLATE, 0, NULL, 100000), BASE_E_TIMEOUT);
        harness_close(&play.h);
        harness_open_algo(&play.h, &pool_gbt_node, gbt_play_url, gbt_play_payee,
                          v1_algo_of("skein"), 0);
    }
    harness_close(&play.h);
    play.h.template_wait_ms = 15000; /* what the user says holds */
    for (size_t i = 0; i < 2; i++) {
        harness_open_algo(&play.h, &pool_gbt_node, gbt_play_url, gbt_play_payee,
                          v1_algo_of("skein"), 0);
        assert_int_equal(play.h.calls[TEMPLATE].time_ms, 15000);
        assert_int_equal(harness_answer(&play.h, TEMPLATE, 0, NULL, 100000), BASE_E_TIMEOUT);
        harness_close(&play.h);
    }
    json_decref(play.root);
}

/* Two nodes behind one address, one of them a block behind: its templates are not followed. */
static void test_lagging_twin(void **state)
{
    struct play play;
    json_t *second = NULL;
    json_t *first = begin_two(&play, &second);
    (void)state;
    assert_int_equal(give(&play, TEMPLATE, first, 1000), BASE_OK);
    tick(&play, 1000);
    assert_int_equal(give(&play, POLL, second, 9000), BASE_OK);
    assert_int_equal(play.h.job_count, 2);
    for (uint64_t i = 0; i < 9; i++) {
        tick(&play, 40000 + 1000 * i);
        assert_int_equal(give(&play, TEMPLATE, first, 40000 + 1000 * i), BASE_OK);
        assert_int_equal(play.h.job_count, 2);
    }
    /* It stays so: the newer block was given up by the network. */
    tick(&play, 50000);
    assert_int_equal(give(&play, TEMPLATE, first, 50000), BASE_OK);
    assert_int_equal(play.h.job_count, 3);
    json_decref(second);
    end(&play);
}

/* Only one of several polls; the others ask at once when it tells of a new block. */
static enum pool_poll_turn turn_now;

static enum pool_poll_turn turn(void *user)
{
    (void)user;
    return turn_now;
}

static void test_poll_turns(void **state)
{
    static const struct {
        enum pool_poll_turn turn;
        uint64_t refresh_ms;
    } cases[] = {{POOL_POLL_OURS, 30000}, {POOL_POLL_TOLD, 30000}, {POOL_POLL_OTHERS, 2000}};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct play play;
        memset(&play.h, 0, sizeof(play.h));
        play.root = v1_load("digibyte_blocks.json");
        json_t *block = json_array_get(json_object_get(play.root, "own_blocks"), 0);
        turn_now = cases[i].turn;
        play.h.poll_turn = turn;
        harness_open_algo(&play.h, &pool_gbt_node, gbt_play_url, gbt_play_payee, algo_of(block), 0);
        assert_int_equal(give(&play, TEMPLATE, block, 1000), BASE_OK);
        tick(&play, 1000);
        assert_int_equal(play.h.calls[POLL].count, cases[i].turn == POOL_POLL_OURS);
        tick(&play, 1000 + cases[i].refresh_ms - 1);
        assert_int_equal(play.h.calls[TEMPLATE].count, 1);
        turn_now = cases[i].turn == POOL_POLL_TOLD ? POOL_POLL_NEWS : cases[i].turn;
        tick(&play, 1000 + cases[i].refresh_ms - (cases[i].turn == POOL_POLL_TOLD));
        assert_int_equal(play.h.calls[TEMPLATE].count, 2);
        end(&play);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sent_again),
        cmocka_unit_test(test_next_template_is_the_answer),
        cmocka_unit_test(test_late_block),
        cmocka_unit_test(test_late_behind_our_own),
        cmocka_unit_test(test_instant_long_polls),
        cmocka_unit_test(test_one_long_poll),
        cmocka_unit_test(test_starved_by_long_polls),
        cmocka_unit_test(test_busy_node),
        cmocka_unit_test(test_slow_template),
        cmocka_unit_test(test_lagging_twin),
        cmocka_unit_test(test_poll_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
