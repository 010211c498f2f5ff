/* test_stratum_v1.c: pools of the Bitcoin family: login, jobs and their disjoint variants,
 * verdicts, resumed sessions, version rolling, every split of the stream, allocations that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "bitcoin/stratum_v1.h"
#include "v1_play.h"

static void test_first_lines(void **state)
{
    struct harness h = {0};
    (void)state;
    v1_open(&h, &v1_algo, "worker.1");
    assert_string_equal(harness_sent_text(&h), "{\"id\":1,\"method\":\"mining.subscribe\","
                                               "\"params\":[\"shardpick/test\"]}\n");
    assert_int_equal(harness_line(&h, v1_subscribed, 1000), BASE_OK);
    assert_non_null(strstr(harness_sent_text(&h), "{\"id\":2,\"method\":\"mining.authorize\","
                                                  "\"params\":[\"worker.1\",\"x\"]}\n"));
    assert_int_equal(harness_line(&h, v1_authorized, 1000), BASE_OK);
    assert_non_null(strstr(harness_sent_text(&h), "mining.extranonce.subscribe"));
    harness_close(&h); /* with that request unanswered: it is not sent again */
    v1_open(&h, &v1_algo, "worker.1");
    assert_string_equal(harness_sent_text(&h),
                        "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":"
                        "[\"shardpick/test\",\"session-7\"]}\n");
    assert_int_equal(harness_line(&h, v1_subscribed, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_authorized, 1000), BASE_OK);
    assert_null(strstr(harness_sent_text(&h), "mining.extranonce.subscribe"));
    harness_close(&h);
}

static void test_subscribe_again_without_params(void **state)
{
    struct harness h = {0};
    (void)state;
    v1_open(&h, &v1_algo, "worker.1");
    assert_int_equal(harness_line(&h, "{\"id\":1,\"result\":null,\"error\":[20,\"no\",null]}", 1),
                     BASE_OK);
    assert_non_null(strstr(harness_sent_text(&h),
                           "{\"id\":4,\"method\":\"mining.subscribe\",\"params\":[]}\n"));
    assert_int_equal(harness_line(&h, "{\"id\":4,\"result\":null,\"error\":[20,\"no\",null]}", 1),
                     BASE_E_FORMAT);
    harness_close(&h);
}

/* ---- jobs -------------------------------------------------------------------------------- */

static void test_login_before_jobs(void **state)
{
    struct harness h = {0};
    (void)state;
    v1_open(&h, &v1_algo, "worker.1");
    /* everything before the answers, v1_difficulty last */
    assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86b9", false), 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_subscribed, 1000), BASE_OK);
    assert_int_equal(h.job_count, 0);
    assert_int_equal(harness_line(&h, v1_difficulty, 1000), BASE_OK);
    assert_int_equal(h.job_count, 0);
    assert_int_equal(harness_line(&h, v1_authorized, 1000), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(h.jobs[0]->target_be[4], 0x7f);
    assert_string_equal(h.ready, "stratum v1, sha256d");
    harness_close(&h);
}

static void test_no_difficulty(void **state)
{
    struct harness h;
    (void)state;
    v1_open_ready(&h);
    assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86b9", false), 5000), BASE_OK);
    assert_int_equal(h.job_count, 0);
    assert_int_equal(h.ops->due_ms(h.protocol), 8000);
    assert_int_equal(h.ops->tick(h.protocol, 8000, &h.error), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(h.jobs[0]->target_be[4], 0xff);
    assert_true(h.difficulty == 1);
    harness_close(&h);
}

/* A v1_difficulty holds for the jobs after it. */
static void test_difficulty_order(void **state)
{
    struct harness h;
    (void)state;
    v1_open_ready(&h);
    assert_int_equal(harness_line(&h, v1_difficulty, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86b9", false), 1000), BASE_OK);
    assert_int_equal(
        harness_line(&h, "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[8]}", 1000),
        BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(harness_refill(&h, h.jobs[0], 1000), BASE_OK);
    assert_int_equal(h.jobs[1]->target_be[4], 0x7f); /* the same template keeps it */
    assert_int_equal(harness_line(&h, v1_notify("b", v1_prev_a, "504e86ba", false), 1000), BASE_OK);
    assert_int_equal(h.jobs[2]->target_be[4], 0x1f);
    harness_close(&h);
}

/* Refills, repeated templates, later times and reconnects with a resumed session never give the
 * same header twice, even when one byte of extranonce2 has come round. */
static void test_disjoint(void **state)
{
    enum { ROUNDS = 300 };
    static uint8_t seen[8 * ROUNDS][76];
    size_t count = 0;
    struct harness h = {0};
    (void)state;
    for (size_t connection = 0; connection < 2; connection++) {
        uint64_t now_ms = 1000;
        v1_open(&h, &v1_algo, "worker.1");
        assert_int_equal(harness_line(&h,
                                      "{\"id\":1,\"result\":[[[\"mining.notify\",\"s\"]],"
                                      "\"08000002\",2],\"error\":null}",
                                      now_ms),
                         BASE_OK);
        assert_int_equal(harness_line(&h, v1_authorized, now_ms), BASE_OK);
        assert_int_equal(harness_line(&h, v1_difficulty, now_ms), BASE_OK);
        const char *const lines[] = {"a", "b", "c"};
        for (size_t i = 0; i < 3; i++) {
            const char *line = v1_notify(lines[i], v1_prev_a, "504e86b9", i == 2);
            assert_int_equal(harness_line(&h, line, now_ms), BASE_OK);
            for (size_t j = 0; j < 30; j++) {
                assert_int_equal(harness_refill(&h, h.jobs[h.job_count - 1], now_ms), BASE_OK);
                assert_true(h.jobs[h.job_count - 1]->refill);
            }
        }
        assert_int_equal(h.job_count, 93);
        for (size_t i = 0; i < h.job_count; i++) {
            memcpy(seen[count++], h.jobs[i]->header, 76);
        }
        harness_close(&h);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(seen[i], seen[j], 76);
        }
    }
}

/* One byte of extranonce2: 256 variants, then one more a second, in step with the clock, up to the
 * limit of rolling; and the same template again goes on from there. */
static void test_small_extranonce2(void **state)
{
    static uint8_t seen[1024][76];
    size_t count = 0;
    struct harness h = {0};
    struct harness *one = &h;
    (void)state;
    v1_open(one, &v1_algo, "worker.1");
    assert_int_equal(
        harness_line(one, "{\"id\":1,\"result\":[[],\"08000002\",1],\"error\":null}", 1000),
        BASE_OK);
    assert_int_equal(harness_line(one, v1_authorized, 1000), BASE_OK);
    assert_int_equal(harness_line(one, v1_difficulty, 1000), BASE_OK);
    assert_int_equal(harness_line(one, v1_notify("a", v1_prev_a, "504e86b9", true), 1000), BASE_OK);
    uint64_t now_ms = 1000;
    while (count < 600) {
        assert_int_equal(one->job_count, 1);
        memcpy(seen[count++], one->jobs[0]->header, 76);
        assert_int_equal(base_load_le32(one->jobs[0]->header + 68), 0x504e86b9 + (count - 1) / 256);
        if (count == 300) { /* the pool sends it again, under a new name, one second later */
            pool_job_unref(one->jobs[0]);
            one->job_count = 0;
            assert_int_equal(
                harness_line(one, v1_notify("b", v1_prev_a, "504e86ba", false), now_ms), BASE_OK);
            continue;
        }
        assert_int_equal(harness_refill(one, one->jobs[0], now_ms), BASE_OK);
        pool_job_unref(one->jobs[0]);
        if (one->job_count == 1) { /* not before the clock allows */
            uint64_t due_ms = one->ops->due_ms(one->protocol);
            assert_true(due_ms > now_ms && due_ms <= now_ms + 1000);
            one->job_count = 0;
            now_ms = due_ms;
            assert_int_equal(one->ops->tick(one->protocol, now_ms, &one->error), BASE_OK);
        } else {
            one->jobs[0] = one->jobs[1];
            one->job_count = 1;
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(seen[i], seen[j], 76);
        }
    }
    harness_close(one);
}

/* A clean job voids the others when it comes, even where its extranonces are used up and its first
 * header has to wait. */
static void test_clean_job_that_waits(void **state)
{
    static const uint8_t nonce[4] = {0};
    static const uint8_t share[32] = {1}; /* no block */
    struct harness h = {0};
    (void)state;
    v1_open(&h, &v1_algo, "worker.1");
    assert_int_equal(
        harness_line(&h, "{\"id\":1,\"result\":[[],\"08000002\",1],\"error\":null}", 1000),
        BASE_OK);
    assert_int_equal(harness_line(&h, v1_authorized, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_difficulty, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86b9", true), 1000), BASE_OK);
    for (size_t i = 1; i < 256; i++) {
        assert_int_equal(harness_refill(&h, h.jobs[0], 1000), BASE_OK);
        assert_int_equal(h.job_count, 2);
        pool_job_unref(h.jobs[0]);
        h.jobs[0] = h.jobs[1];
        h.job_count = 1;
    }
    assert_int_equal(harness_line(&h, v1_notify("b", v1_prev_a, "504e86b9", true), 1000), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, share, 1, 1000), BASE_OK);
    assert_int_equal(h.verdicts[0].verdict, POOL_STALE);
    assert_int_equal(h.ops->tick(h.protocol, h.ops->due_ms(h.protocol), &h.error), BASE_OK);
    assert_int_equal(h.job_count, 2);
    assert_true(h.jobs[1]->clean);
    assert_int_equal(harness_submit(&h, h.jobs[1], nonce, share, 2, 2000), BASE_OK);
    assert_int_equal(h.sent_count, 1);
    harness_close(&h);
}

/* Odocrypt's time is not rolled into another epoch: the template ends there. */
static void test_epoch_end(void **state)
{
    struct pool_algo algo = v1_algo;
    struct harness h = {0};
    (void)state;
    algo.epoch_s[0] = 60;
    v1_open(&h, &algo, "worker.1");
    assert_int_equal(
        harness_line(&h, "{\"id\":1,\"result\":[[],\"08000002\",1],\"error\":null}", 1000),
        BASE_OK);
    assert_int_equal(harness_line(&h, v1_authorized, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_difficulty, 1000), BASE_OK);
    /* 504e86f7 is 59 seconds after a multiple of 60 */
    assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86f7", true), 1000), BASE_OK);
    for (size_t i = 0; i < 255; i++) {
        assert_int_equal(harness_refill(&h, h.jobs[0], 90000), BASE_OK);
        assert_int_equal(h.job_count, 2);
        assert_int_equal(h.jobs[1]->epoch % 60, 0);
        assert_int_equal(h.jobs[1]->epoch, 0x504e86f7 - 59);
        pool_job_unref(h.jobs[0]);
        h.jobs[0] = h.jobs[1];
        h.job_count = 1;
    }
    size_t warnings = h.warnings;
    assert_int_equal(harness_refill(&h, h.jobs[0], 90000), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(h.warnings, warnings + 1);
    harness_close(&h);
}

static void test_wrong_algorithm(void **state)
{
    struct harness h = {0};
    (void)state;
    v1_open(&h, v1_algo_of("skein"), "worker.1");
    assert_int_equal(harness_line(&h, v1_subscribed, 1), BASE_OK);
    /* version 00000002 is a scrypt block's */
    assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86b9", true), 1),
                     BASE_E_REFUSED);
    assert_non_null(strstr(h.error.text, "skein"));
    harness_close(&h);
}

/* ---- shares ------------------------------------------------------------------------------ */

static void test_stale(void **state)
{
    static const uint8_t nonce[4] = {0x02, 0x7c, 0x95, 0xb2};
    static const uint8_t share[32] = {1}; /* no block */
    struct harness h;
    (void)state;
    v1_open_ready(&h);
    assert_int_equal(harness_line(&h, v1_difficulty, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86b9", false), 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_notify("b", v1_prev_a, "504e86ba", false), 1000), BASE_OK);
    assert_false(h.jobs[1]->clean);
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 1, 60000), BASE_OK);
    json_t *sent = v1_last_sent(&h);
    assert_string_equal(json_string_value(json_array_get(json_object_get(sent, "params"), 1)), "a");
    assert_string_equal(json_string_value(json_array_get(json_object_get(sent, "params"), 4)),
                        "b2957c02");
    json_decref(sent);
    assert_int_equal(h.verdict_count, 0);
    /* another previous block voids them, whatever the flag says */
    assert_int_equal(harness_line(&h, v1_notify("c", v1_prev_b, "504e86bb", false), 1000), BASE_OK);
    assert_true(h.jobs[2]->clean);
    assert_int_equal(harness_submit(&h, h.jobs[1], nonce, share, 2, 1000), BASE_OK);
    assert_int_equal(h.verdict_count, 1);
    assert_int_equal(h.verdicts[0].verdict, POOL_STALE);
    assert_int_equal(harness_submit(&h, h.jobs[2], nonce, NULL, 3, 1000), BASE_OK);
    assert_int_equal(h.sent_count, 2);
    harness_close(&h);
    assert_int_equal(h.verdict_count, 3); /* unanswered */
}

static void test_verdicts(void **state)
{
    static const struct {
        const char *answer;
        enum pool_verdict verdict;
    } cases[] = {
        {"\"result\":true,\"error\":null", POOL_ACCEPTED},
        {"\"result\":null,\"error\":[20,\"Other\",null]", POOL_REFUSED},
        {"\"result\":null,\"error\":[21,\"Job not found\",null]", POOL_STALE},
        {"\"result\":null,\"error\":[22,null,null]", POOL_DUPLICATE},
        {"\"result\":null,\"error\":[23]", POOL_LOW_DIFFICULTY},
        {"\"result\":null,\"error\":[24,\"x\"]", POOL_UNAUTHORIZED},
        {"\"result\":null,\"error\":{\"code\":21,\"message\":\"?\"}", POOL_STALE},
        {"\"result\":false,\"error\":\"Ntime out of range\"", POOL_MALFORMED},
        {"\"result\":false,\"error\":null", POOL_REFUSED},
        {"\"result\":true,\"error\":[20,\"warning\",null]", POOL_REFUSED},
    };
    struct harness h;
    (void)state;
    v1_open_ready(&h);
    assert_int_equal(harness_line(&h, v1_difficulty, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86b9", false), 1000), BASE_OK);
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        char line[256];
        uint8_t nonce[4] = {(uint8_t)i};
        assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, i, 1000), BASE_OK);
        (void)snprintf(line, sizeof(line), "{\"id\":%zu,%s}", i + 4, cases[i].answer);
        assert_int_equal(harness_line(&h, line, 1000), BASE_OK);
        assert_int_equal(h.verdict_count, i + 1);
        assert_int_equal(h.verdicts[i].verdict, cases[i].verdict);
    }
    /* not v1_subscribed: there is nothing left to do on this connection */
    uint8_t nonce[4] = {0xff};
    char line[128];
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 99, 1000), BASE_OK);
    (void)snprintf(line, sizeof(line), "{\"id\":%zu,\"result\":null,\"error\":[25,\"x\"]}",
                   BASE_COUNT_OF(cases) + 4);
    assert_int_equal(harness_line(&h, line, 1000), BASE_E_CLOSED);
    harness_close(&h);
}

/* A find of the connection before goes out when the session was resumed and its block has still the
 * same parent, else not. */
static void test_resumed(void **state)
{
    static const uint8_t nonce[4] = {1, 2, 3, 4};
    static const uint8_t share[32] = {1}; /* no block */
    struct harness h = {0};
    (void)state;
    v1_open(&h, &v1_algo, "worker.1");
    assert_int_equal(harness_line(&h, v1_subscribed, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_authorized, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_difficulty, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86b9", false), 1000), BASE_OK);
    const struct pool_job *old = pool_job_ref(h.jobs[0]);
    harness_close(&h);
    for (size_t i = 0; i < 3; i++) {
        bool resumed = i > 0;
        const char *parent = i < 2 ? v1_prev_a : v1_prev_b;
        v1_open(&h, &v1_algo, "worker.1");
        assert_int_equal(harness_submit(&h, old, nonce, share, 1, 1000), BASE_E_AGAIN);
        assert_int_equal(
            harness_line(&h, resumed ? v1_subscribed : "{\"id\":1,\"result\":[[],\"99\",4]}", 1000),
            BASE_OK);
        assert_int_equal(harness_line(&h, v1_authorized, 1000), BASE_OK);
        assert_int_equal(harness_line(&h, v1_difficulty, 1000), BASE_OK);
        assert_int_equal(harness_line(&h, v1_notify("b", parent, "504e86b9", false), 1000),
                         BASE_OK);
        assert_int_equal(harness_submit(&h, old, nonce, share, 1, 1000), BASE_OK);
        assert_int_equal(h.sent_count, i == 1);
        if (i != 1) {
            assert_int_equal(h.verdicts[0].verdict, resumed ? POOL_STALE : POOL_NOT_SENT);
        }
        harness_close(&h);
    }
    pool_job_unref(old);
}

/* The same events whatever the split of the stream. */
static void test_every_split(void **state)
{
    char stream[4096];
    (void)state;
    int size = snprintf(stream, sizeof(stream), "%s\r\n%s\n\n%s\n%s\n", v1_subscribed,
                        v1_authorized, v1_difficulty, v1_notify("a", v1_prev_a, "504e86b9", false));
    for (int split = 0; split <= size; split++) {
        struct harness h = {0};
        v1_open(&h, &v1_algo, "worker.1");
        assert_int_equal(harness_feed(&h, stream, (size_t)split, 1000), BASE_OK);
        assert_int_equal(harness_feed(&h, stream + split, (size_t)(size - split), 1000), BASE_OK);
        assert_int_equal(h.job_count, 1);
        assert_int_equal(h.warnings, 0);
        harness_close(&h);
    }
    struct harness h = {0};
    v1_open(&h, &v1_algo, "worker.1");
    for (int i = 0; i < size; i++) {
        assert_int_equal(harness_feed(&h, stream + i, 1, 1000), BASE_OK);
    }
    assert_int_equal(h.job_count, 1);
    harness_close(&h);
}

/* Each allocation failing in turn closes the connection or loses one line, and nothing else. */
static void test_no_memory(void **state)
{
    (void)state;
    for (uint64_t after = 0; after < 64; after++) {
        struct harness h = {0};
        base_alloc_fail_after(after);
        harness_open_algo(&h, &pool_stratum_v1, v1_url, "worker.1", &v1_algo, 0);
        if (h.protocol != NULL && h.started == BASE_OK) {
            const char *const lines[] = {v1_subscribed, v1_authorized, v1_difficulty,
                                         v1_notify("a", v1_prev_a, "504e86b9", false)};
            for (size_t i = 0; i < BASE_COUNT_OF(lines); i++) {
                char text[2048];
                int size = snprintf(text, sizeof(text), "%s\n", lines[i]);
                if (harness_feed(&h, text, (size_t)size, 1000) != BASE_OK) {
                    break;
                }
            }
        }
        base_alloc_fail_after(UINT64_MAX);
        harness_close(&h);
    }
}

/* The longest line is the family's, well below what any family may take. */
static void test_longest_line(void **state)
{
    const size_t most = pool_bitcoin_family.services[POOL_ACCESS_POOL].line_max;
    struct harness h = {0};
    char *line = malloc(most + 1);
    (void)state;
    assert_non_null(line);
    assert_true(most > 4096 && most < POOL_LINE_MAX);
    memset(line, ' ', most + 1);
    memcpy(line, "{\"id\":9}", 8);
    v1_open(&h, &v1_algo, "worker.1");
    assert_int_equal(harness_feed(&h, line, most, 1000), BASE_OK);
    assert_int_equal(harness_feed(&h, "\n", 1, 1000), BASE_OK);
    assert_int_equal(harness_feed(&h, line, most + 1, 1000), BASE_E_LIMIT);
    assert_non_null(strstr(h.error.text, "a line is longer than 524288 bytes"));
    harness_close(&h);
    free(line);
}

static void test_silence(void **state)
{
    struct harness h = {0};
    (void)state;
    v1_open(&h, &v1_algo, "worker.1"); /* at 1000 */
    assert_int_equal(h.ops->due_ms(h.protocol), 31000);
    assert_int_equal(h.ops->tick(h.protocol, 30999, &h.error), BASE_OK);
    assert_int_equal(h.ops->tick(h.protocol, 31000, &h.error), BASE_E_TIMEOUT);
    assert_non_null(strstr(h.error.text, "subscribe"));
    harness_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_lines),
        cmocka_unit_test(test_subscribe_again_without_params),
        cmocka_unit_test(test_login_before_jobs),
        cmocka_unit_test(test_no_difficulty),
        cmocka_unit_test(test_difficulty_order),
        cmocka_unit_test(test_disjoint),
        cmocka_unit_test(test_small_extranonce2),
        cmocka_unit_test(test_clean_job_that_waits),
        cmocka_unit_test(test_epoch_end),
        cmocka_unit_test(test_wrong_algorithm),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_longest_line),
        cmocka_unit_test(test_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
