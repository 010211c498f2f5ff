/* test_pool_faults.c: what pools of all dialects do wrong, and what must not cost the connection
 * or a block: lines that cannot be read, odd answers to the login, shares without number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alephium/alephium_family.h"
#include "base/target.h"
#include "bitcoin/bitcoin_family.h"
#include "nervos/nervos_family.h"
#include "v1_play.h"
#include "wire/json.h"

static const char alephium_url[] = "stratum+tcp://pool.example:20032";
static const char alephium_user[] = "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr.rig";
static const char message[] =
    "{\"id\":null,\"method\":\"client.show_message\",\"params\":[\"f\xfcr all\"]}";

enum dialect { BITCOIN, ALEPHIUM, NERVOS, DIALECTS };

static const char nervos_subscribed[] =
    "{\"id\":1,\"result\":[null,\"00c904bd\",\"12\"],\"error\":null}";

static void open_dialect(struct harness *h, enum dialect dialect)
{
    switch (dialect) {
    case BITCOIN:
        v1_open_ready(h);
        return;
    case ALEPHIUM:
        harness_open(h, &pool_alephium_stratum, alephium_url, alephium_user, false);
        return;
    default:
        harness_open_algo(h, &pool_nervos_stratum, alephium_url, "account.rig",
                          pool_nervos_coin.algos, 0);
        assert_int_equal(harness_line(h, nervos_subscribed, 1000), BASE_OK);
    }
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* Nine in ten seconds are skipped, ten are no pool; later they are forgotten. */
static void test_bad_lines(void **state)
{
    static const char *const lines[] = {"{ id: null }", "not json", "{\"id\":auth}", "[1]"};
    (void)state;
    for (enum dialect dialect = BITCOIN; dialect < DIALECTS; dialect++) {
        struct harness h = {0};
        open_dialect(&h, dialect);
        size_t before = h.warnings;
        for (unsigned i = 0; i < 9; i++) {
            assert_int_equal(harness_line(&h, lines[i % 4], 1000 + i), BASE_OK);
        }
        assert_int_equal(h.warnings, before + 9);
        for (unsigned i = 0; i < 100; i++) { /* one every 2.5 s, for long */
            assert_int_equal(harness_line(&h, lines[i % 4], 62000 + 2500 * (uint64_t)i), BASE_OK);
        }
        enum base_status status = BASE_OK;
        unsigned count = 0;
        while (status == BASE_OK && count < 20) {
            status = harness_line(&h, lines[0], 5000000 + count++);
        }
        assert_int_equal(status, BASE_E_FORMAT);
        assert_int_equal(count, 10);
        harness_close(&h);
    }
}

/* A code page of the pool's own, and two messages in one line. */
static void test_odd_text(void **state)
{
    (void)state;
    for (enum dialect dialect = BITCOIN; dialect < DIALECTS; dialect++) {
        struct harness h = {0};
        char both[512];
        open_dialect(&h, dialect);
        assert_int_equal(harness_line(&h, message, 1000), BASE_OK);
        assert_string_equal(h.last_info, "the pool says: f?r all");
        (void)snprintf(both, sizeof(both),
                       "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[\"7.5\"]} %s",
                       message);
        size_t infos = h.infos;
        assert_int_equal(harness_line(&h, both, 1000), BASE_OK);
        assert_true(h.difficulty == 7.5 || dialect == NERVOS); /* as text */
        assert_int_equal(h.infos, infos + 1);
        assert_int_equal(h.warnings, 0);
        harness_close(&h);
    }
}

/* Messages without any line end: each is read once it is whole. */
static void test_no_line_ends(void **state)
{
    static const char said[] =
        "{\"id\":null,\"method\":\"client.show_message\",\"params\":[\"{a}\"]}";
    (void)state;
    for (enum dialect dialect = BITCOIN; dialect < DIALECTS; dialect++) {
        struct harness h = {0};
        open_dialect(&h, dialect);
        size_t infos = h.infos;
        size_t size = sizeof(said) - 1;
        for (size_t at = 0; at < size; at++) {
            assert_int_equal(h.infos, infos);
            assert_int_equal(harness_feed(&h, said + at, 1, 1000), BASE_OK);
        }
        assert_int_equal(h.infos, infos + 1);
        assert_int_equal(harness_feed(&h, said, size, 1000), BASE_OK);
        assert_int_equal(harness_feed(&h, said, size / 2, 1000), BASE_OK);
        assert_int_equal(h.infos, infos + 2);
        assert_int_equal(harness_feed(&h, said + size / 2, size - size / 2, 1000), BASE_OK);
        assert_int_equal(harness_feed(&h, "\r\n", 2, 1000), BASE_OK);
        assert_int_equal(h.infos, infos + 3);
        assert_string_equal(h.last_info, "the pool says: {a}");
        assert_int_equal(h.warnings, 0);
        harness_close(&h);
    }
}

static void test_clean_text(void **state)
{
    /* RFC 3629, section 4; WTF-8 surrogates and overlong forms are none. */
    static const struct {
        const char *text;
        const char *clean;
    } cases[] = {
        {"plain", "plain"},
        {"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"a\xfc", "a?"},
        {"\xc0\xaf", "??"},
        {"\xed\xa0\x80", "???"},
        {"\xe2\x82", "??"},
        {"\xf4\x90\x80\x80", "????"},
        {"\xb9\xa4\xd7\xf7", "????"},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct pool_buffer out;
        size_t size = strlen(cases[i].text);
        pool_buffer_init(&out);
        assert_int_equal(pool_json_clean(&out, cases[i].text, size), BASE_OK);
        assert_int_equal(pool_buffer_size(&out), strlen(cases[i].clean));
        assert_memory_equal(pool_buffer_data(&out), cases[i].clean, strlen(cases[i].clean));
        assert_int_equal(pool_json_is_clean(cases[i].text, size),
                         strcmp(cases[i].text, cases[i].clean) == 0);
        pool_buffer_deinit(&out);
    }
}

/* A byte order mark, NULs and blanks around messages mean nothing. */
static void test_blanks(void **state)
{
    static const char said[] = "\xef\xbb\xbf \t{\"id\":null,\"method\":\"client.show_message\","
                               "\"params\":[\"a\"]}\0\r\n\0\n\0{\"id\":null,\"method\":"
                               "\"client.show_message\",\"params\":[\"b\"]}\r\n";
    (void)state;
    for (enum dialect dialect = BITCOIN; dialect < DIALECTS; dialect++) {
        struct harness h = {0};
        open_dialect(&h, dialect);
        size_t infos = h.infos;
        assert_int_equal(harness_feed(&h, said, sizeof(said) - 1, 1000), BASE_OK);
        assert_int_equal(h.infos, infos + 2);
        assert_string_equal(h.last_info, "the pool says: b");
        assert_int_equal(h.warnings, 0);
        harness_close(&h);
    }
}

/* ---- login ----------------------------------------------------------------------------------- */

static void test_refusal_without_id(void **state)
{
    static const char line[] =
        "{\"id\":null,\"result\":null,\"error\":[24,\"address is for another coin\",null]}";
    (void)state;
    for (enum dialect dialect = BITCOIN; dialect < DIALECTS; dialect++) {
        struct harness h = {0};
        if (dialect == BITCOIN) {
            v1_open(&h, &v1_algo, "user");
            assert_int_equal(harness_line(&h, v1_subscribed, 1000), BASE_OK);
        } else {
            open_dialect(&h, dialect);
        }
        assert_int_equal(harness_line(&h, line, 1000), BASE_E_REFUSED);
        assert_non_null(strstr(h.error.text, "another coin"));
        harness_close(&h);
    }
}

/* Numbers as text, wherever a pool gives one before its first job. */
static void test_numbers_as_text(void **state)
{
    struct harness h = {0};
    (void)state;
    v1_open(&h, &v1_algo, "user");
    assert_int_equal(
        harness_line(&h, "{\"id\":\"1\",\"result\":[[],\"08000002\",\"4\"],\"error\":null}", 1000),
        BASE_OK);
    assert_int_equal(harness_line(&h, "{\"id\":\"2\",\"result\":true,\"error\":null}", 1000),
                     BASE_OK);
    assert_int_equal(
        harness_line(&h, "{\"method\":\"mining.set_difficulty\",\"params\":[\"2\"]}", 1000),
        BASE_OK);
    assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86b9", true), 1000), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_true(h.difficulty == 2);
    harness_close(&h);
}

/* Only false and an error refuse the login. */
static void test_login_answers(void **state)
{
    static const char *const yes[] = {"true", "1", "\"OK\"", "null", "{}"};
    (void)state;
    for (size_t i = 0; i <= BASE_COUNT_OF(yes); i++) {
        struct harness h = {0};
        char line[128];
        (void)snprintf(line, sizeof(line), "{\"id\":2,\"result\":%s,\"error\":null}",
                       i < BASE_COUNT_OF(yes) ? yes[i] : "false");
        v1_open(&h, &v1_algo, "user");
        assert_int_equal(harness_line(&h, v1_subscribed, 1000), BASE_OK);
        assert_int_equal(harness_line(&h, line, 1000),
                         i < BASE_COUNT_OF(yes) ? BASE_OK : BASE_E_REFUSED);
        harness_close(&h);
    }
}

/* The answer to authorize never comes; an accepted share shows that the login is good. */
static void test_share_proves_login(void **state)
{
    static const uint8_t nonce[4] = {1};
    static const uint8_t share[32] = {1};
    struct harness h = {0};
    char answer[64];
    (void)state;
    for (int accepted = 0; accepted < 2; accepted++) {
        v1_open(&h, &v1_algo, "user");
        assert_int_equal(harness_line(&h, v1_subscribed, 1000), BASE_OK);
        assert_int_equal(harness_line(&h, v1_difficulty, 1000), BASE_OK);
        assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86b9", true), 1000),
                         BASE_OK);
        assert_int_equal(h.ops->tick(h.protocol, 4000, &h.error), BASE_OK);
        assert_int_equal(h.job_count, 1);
        assert_int_equal(harness_submit(&h, h.jobs[0], nonce, share, 1, 4000), BASE_OK);
        json_t *sent = v1_last_sent(&h);
        (void)snprintf(answer, sizeof(answer), "{\"id\":%d,\"result\":%s,\"error\":null}",
                       (int)json_integer_value(json_object_get(sent, "id")),
                       accepted == 1 ? "true" : "false");
        json_decref(sent);
        assert_int_equal(harness_line(&h, answer, 5000), BASE_OK);
        assert_int_equal(h.ops->tick(h.protocol, 40000, &h.error),
                         accepted == 1 ? BASE_OK : BASE_E_TIMEOUT);
        harness_close(&h);
    }
}

/* A pool that hangs up on a resumed session is asked for a new one; all else stays as it was. */
static void test_resume_is_dropped(void **state)
{
    struct harness h = {0};
    (void)state;
    memset(&h, 0, sizeof(h));
    (void)snprintf(h.memory.session, sizeof(h.memory.session), "old");
    harness_open_algo(&h, &pool_stratum_v1, v1_url, "user", &v1_algo, 0);
    assert_non_null(strstr(harness_sent_text(&h), "\"old\""));
    harness_close(&h);
    assert_string_equal(h.memory.session, "");
    assert_false(h.memory.required_only);
    harness_open_algo(&h, &pool_stratum_v1, v1_url, "user", &v1_algo, 0);
    assert_null(strstr(harness_sent_text(&h), "\"old\""));
    harness_close(&h);
}

/* ---- shares and blocks ----------------------------------------------------------------------- */

/* A thousand times as many shares as is usual: said once, a better difficulty is asked for, what is
 * sent has a bound; blocks have none. */
static void test_flood(void **state)
{
    static const uint8_t nonce[4] = {1};
    static const uint8_t share[32] = {1};
    struct harness h = {0};
    size_t held_back = 0;
    (void)state;
    v1_open_ready(&h);
    assert_int_equal(harness_line(&h, v1_difficulty, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86b9", true), 1000), BASE_OK);
    for (uint64_t i = 0; i < 1000; i++) { /* 200 a second */
        char answer[64];
        size_t sent = h.sent_count;
        h.verdict_count = 0;
        assert_int_equal(harness_submit(&h, h.jobs[0], nonce, share, 1, 1000 + 5 * i), BASE_OK);
        if (h.sent_count > sent) {
            (void)snprintf(answer, sizeof(answer), "{\"id\":%d,\"result\":true,\"error\":null}",
                           (int)(4 + i));
            assert_int_equal(harness_line(&h, answer, 1000 + 5 * i), BASE_OK);
        } else {
            assert_int_equal(h.verdicts[0].verdict, POOL_NOT_SENT);
            held_back++;
        }
    }
    assert_in_range(h.sent_count, 700, 760); /* 500 at once, 50 a second */
    assert_int_equal(held_back, 1000 - h.sent_count);
    assert_non_null(strstr(h.last_warning, "too low"));
    assert_int_equal(h.warnings, 1);
    const char *asked = strstr(harness_sent_text(&h), "mining.suggest_difficulty");
    assert_non_null(asked);
    assert_null(strstr(asked + 1, "mining.suggest_difficulty"));
    for (unsigned i = 1; i <= 5; i++) {
        char id[8];
        (void)snprintf(id, sizeof(id), "b%u", i);
        assert_int_equal(harness_line(&h, v1_notify(id, v1_prev_a, "504e86b9", false), 5996),
                         BASE_OK);
        size_t sent = h.sent_count;
        assert_int_equal(harness_submit(&h, h.jobs[i], nonce, NULL, 1, 5996), BASE_OK);
        assert_int_equal(h.sent_count, sent + 1);
    }
    harness_close(&h);
}

/* Difficulty of the only suggestion that was sent; 0: none was. */
static double suggested(struct harness *h)
{
    const char *line = strstr(harness_sent_text(h), "\"mining.suggest_difficulty\"");
    if (line == NULL) {
        return 0;
    }
    assert_null(strstr(line + 2, "mining.suggest_difficulty"));
    return strtod(strchr(line, '[') + 1, NULL);
}

static void open_with_work(struct harness *h)
{
    v1_open(h, &v1_algo, "worker.1");
    assert_int_equal(harness_line(h, v1_subscribed, 1000), BASE_OK);
    assert_int_equal(harness_line(h, v1_authorized, 1000), BASE_OK);
    assert_int_equal(harness_line(h, v1_difficulty, 1000), BASE_OK); /* 2 */
    assert_int_equal(harness_line(h, v1_notify("a", v1_prev_a, "504e86b9", true), 1000), BASE_OK);
    pool_buffer_consume(&h->sent, pool_buffer_size(&h->sent));
}

/* By the measured rate a share would take minutes: an easier difficulty is asked for, once. */
static void test_suggests_by_rate(void **state)
{
    struct harness h = {0};
    struct base_error error = {BASE_OK, ""};
    (void)state;
    open_with_work(&h);
    double hashes = base_target_expected_tries(h.jobs[h.job_count - 1]->target_be);
    assert_int_equal(h.ops->rate(h.protocol, hashes / 20, 2000, &error), BASE_OK);
    assert_true(suggested(&h) == 0); /* every 20 s is fine */
    assert_int_equal(h.ops->rate(h.protocol, hashes / 200, 2000, &error), BASE_OK);
    double asked = suggested(&h);
    assert_true(asked > 2 * 5 / 200.0 * 0.999 && asked < 2 * 5 / 200.0 * 1.001);
    assert_int_equal(h.ops->rate(h.protocol, hashes / 400, 3000, &error), BASE_OK);
    assert_true(suggested(&h) == asked);
    harness_close(&h);
}

/* A pool that answers it by an error, or hangs up, is not asked again; one that goes on is. */
static void test_suggestion_is_dropped(void **state)
{
    enum { ERROR_ANSWER, HANG_UP, GOES_ON, CASES };
    (void)state;
    for (int i = 0; i < CASES; i++) {
        struct harness h = {0};
        struct base_error error = {BASE_OK, ""};
        char answer[128];
        open_with_work(&h);
        double hashes = base_target_expected_tries(h.jobs[h.job_count - 1]->target_be);
        assert_int_equal(h.ops->rate(h.protocol, hashes / 200, 2000, &error), BASE_OK);
        json_t *sent = json_loads(harness_sent_text(&h), JSON_DISABLE_EOF_CHECK, NULL);
        (void)snprintf(answer, sizeof(answer),
                       "{\"id\":%d,\"result\":null,\"error\":[20,\"unknown method\",null]}",
                       (int)json_integer_value(json_object_get(sent, "id")));
        json_decref(sent);
        if (i == ERROR_ANSWER) {
            assert_int_equal(harness_line(&h, answer, 2100), BASE_OK);
        }
        if (i == GOES_ON) {
            assert_int_equal(h.ops->due_ms(h.protocol), 12000);
            assert_int_equal(h.ops->tick(h.protocol, 12000, &error), BASE_OK);
        }
        harness_close(&h);
        assert_int_equal(h.memory.no_suggestion, i != GOES_ON);
        assert_false(h.memory.required_only);
        h.job_count = 0;
        open_with_work(&h);
        assert_int_equal(h.ops->rate(h.protocol, hashes / 200, 2000, &error), BASE_OK);
        assert_int_equal(suggested(&h) != 0, i == GOES_ON);
        harness_close(&h);
    }
}

/* ckpool says beside a null error why it refuses; without any reason the words are not doubled. */
static void test_reject_reason(void **state)
{
    static const struct {
        const char *rest;
        enum pool_verdict verdict;
        const char *text;
    } cases[] = {
        {"\"error\":null,\"reject-reason\":\"Stale\"", POOL_STALE, "Stale"},
        {"\"error\":null,\"reject-reason\":\"Above target\"", POOL_LOW_DIFFICULTY, "Above target"},
        {"\"error\":null", POOL_REFUSED, "the pool gives no reason"},
    };
    static const uint8_t nonce[4] = {1};
    static const uint8_t share[32] = {1};
    struct harness h = {0};
    (void)state;
    v1_open_ready(&h);
    assert_int_equal(harness_line(&h, v1_difficulty, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86b9", true), 1000), BASE_OK);
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        char answer[128];
        assert_int_equal(harness_submit(&h, h.jobs[0], nonce, share, 1, 1000), BASE_OK);
        (void)snprintf(answer, sizeof(answer), "{\"id\":%zu,\"result\":false,%s}", 4 + i,
                       cases[i].rest);
        assert_int_equal(harness_line(&h, answer, 1001), BASE_OK);
        assert_int_equal(h.verdicts[i].verdict, cases[i].verdict);
        assert_string_equal(h.verdicts[i].text, cases[i].text);
    }
    harness_close(&h);
}

/* A block on a job that the pool has voided is handed in; refused, it is late and no fault. */
static void test_late_block(void **state)
{
    static const uint8_t nonce[4] = {1};
    struct harness h = {0};
    (void)state;
    v1_open_ready(&h);
    assert_int_equal(harness_line(&h, v1_difficulty, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86b9", true), 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_notify("b", v1_prev_b, "504e86b9", true), 1000), BASE_OK);
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 1, 1000), BASE_OK);
    assert_int_equal(h.sent_count, 1);
    assert_int_equal(
        harness_line(&h, "{\"id\":4,\"result\":null,\"error\":[23,\"low difficulty\",null]}", 1001),
        BASE_OK);
    assert_int_equal(h.verdicts[0].verdict, POOL_STALE);
    assert_non_null(strstr(h.verdicts[0].text, "late: "));
    harness_close(&h);
}

/* A share answered. */
static void answer_share(struct harness *h, const char *rest)
{
    char answer[128];
    json_t *sent = v1_last_sent(h);
    (void)snprintf(answer, sizeof(answer), "{\"id\":%d,%s}",
                   (int)json_integer_value(json_object_get(sent, "id")), rest);
    json_decref(sent);
    assert_int_equal(harness_line(h, answer, 1001), BASE_OK);
}

/* The share target is harder than the block target: what meets only the block target is handed in
 * once a job. Every share goes out, and one of a job that has given its block is no block. */
static void test_easy_blocks(void **state)
{
    static const char accepted[] = "\"result\":true,\"error\":null";
    static const char low[] = "\"result\":null,\"error\":[23,\"low difficulty\",null]";
    static const uint8_t nonce[4] = {1};
    struct harness h = {0};
    (void)state;
    v1_open_ready(&h);
    assert_int_equal(
        harness_line(&h, "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[1e9]}",
                     1000),
        BASE_OK);
    assert_int_equal(harness_line(&h, v1_notify("a", v1_prev_a, "504e86b9", true), 1000), BASE_OK);
    assert_int_equal(harness_line(&h, v1_notify("b", v1_prev_a, "504e86b9", false), 1000), BASE_OK);
    for (size_t i = 0; i < 2; i++) {
        assert_true(pool_job_has_easy_blocks(h.jobs[i]));
        assert_int_equal(harness_submit(&h, h.jobs[i], nonce, h.jobs[i]->block_target_be, 1, 1000),
                         BASE_OK);
        assert_int_equal(h.sent_count, i + 1);
        answer_share(&h, i == 0 ? accepted : low);
    }
    assert_int_equal(h.verdicts[0].verdict, POOL_ACCEPTED);
    assert_true(h.verdicts[0].block);
    assert_int_equal(h.verdicts[1].verdict, POOL_LOW_DIFFICULTY);
    assert_non_null(strstr(h.verdicts[1].text, "meets the block target"));
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, h.jobs[0]->block_target_be, 1, 1000),
                     BASE_OK);
    assert_int_equal(h.sent_count, 2);
    assert_int_equal(h.verdicts[2].verdict, POOL_NOT_SENT);
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, h.jobs[0]->target_be, 1, 1000), BASE_OK);
    assert_int_equal(h.sent_count, 3);
    answer_share(&h, accepted);
    assert_int_equal(h.verdicts[3].verdict, POOL_ACCEPTED);
    assert_false(h.verdicts[3].block);
    assert_string_equal(h.verdicts[3].text, "share accepted");
    harness_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_odd_text),
        cmocka_unit_test(test_no_line_ends),
        cmocka_unit_test(test_clean_text),
        cmocka_unit_test(test_blanks),
        cmocka_unit_test(test_login_answers),
        cmocka_unit_test(test_numbers_as_text),
        cmocka_unit_test(test_refusal_without_id),
        cmocka_unit_test(test_share_proves_login),
        cmocka_unit_test(test_resume_is_dropped),
        cmocka_unit_test(test_reject_reason),
        cmocka_unit_test(test_suggests_by_rate),
        cmocka_unit_test(test_suggestion_is_dropped),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_late_block),
        cmocka_unit_test(test_easy_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
