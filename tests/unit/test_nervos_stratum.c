/* test_nervos_stratum.c: the pool protocol of CKB: a session line by line and byte by byte, in
 * simulated time. The job and the share are those of a pool's documentation
 * (tests/data/nervos.json, "stratum"). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "harness.h"
#include "nervos/nervos_family.h"

static const char url[] = "stratum+tcp://pool.example:4300";
static const char user[] = "ckb1qyqt8xaupvm8837nv3gtc9x0ekkj64vud3jqfwyw5v.rig1";
static const char subscribed[] = "{\"id\":1,\"result\":[null,\"00c904bd\",12],\"error\":null}";
static const char authorized[] = "{\"id\":2,\"result\":true,\"error\":null}";
static const char target[] =
    "{\"id\":null,\"method\":\"mining.set_target\",\"params\":["
    "\"0001000000000000000000000000000000000000000000000000000000000000\"]}";
static const char job[] =
    "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"1611\","
    "\"d5a74fba920ad0d35ec5726f26327547cbc82180e356e5ccf6cf2e6bd75f8a66\",1,"
    "\"df4f27b8a8baae4672012c7a57b3abd684e516b5a2739cfec71d8d071e85fe12\",true]}";
static const char nonce_hex[] = "00c904bd000000000000000000114026";

static void open_pool(struct harness *h)
{
    memset(h, 0, sizeof(*h));
    harness_open_algo(h, &pool_nervos_stratum, url, user, pool_nervos_coin.algos, 0);
    assert_int_equal(h->started, BASE_OK);
    assert_non_null(strstr(harness_sent_text(h), "\"mining.subscribe\""));
}

static void feed(struct harness *h, const char *line)
{
    assert_int_equal(harness_line(h, line, 1000), BASE_OK);
}

static void login(struct harness *h)
{
    open_pool(h);
    feed(h, subscribed);
    assert_non_null(strstr(harness_sent_text(h), "\"mining.authorize\",\"params\":[\"ckb1qyqt8"));
    feed(h, authorized);
}

static const struct pool_job *last_job(const struct harness *h)
{
    assert_true(h->job_count > 0);
    return h->jobs[h->job_count - 1];
}

static void submit(struct harness *h)
{
    uint8_t nonce[POOL_NONCE_MAX] = {0};
    assert_int_equal(base_hex_decode_exact(nonce, 16, nonce_hex), BASE_OK);
    assert_int_equal(harness_submit(h, last_job(h), nonce, NULL, 5, 1100), BASE_OK);
}

static void check_job(const struct harness *h)
{
    const struct pool_job *made = last_job(h);
    char hex[65];
    base_hex_encode(hex, made->header, 32);
    assert_string_equal(hex, "d5a74fba920ad0d35ec5726f26327547cbc82180e356e5ccf6cf2e6bd75f8a66");
    base_hex_encode(hex, made->header + 32, 16);
    assert_string_equal(hex, "00c904bd000000000000000000000000");
    assert_true(made->header_size == 48 && made->nonce_offset == 32 && made->nonce_size == 16);
    assert_true(made->nonce_fixed == 4 && made->clean && !made->solo && made->height == 1);
    assert_true(made->target_be[0] == 0 && made->target_be[1] == 1 && made->target_be[2] == 0);
    assert_string_equal(made->label, "1611");
}

static void test_session(void **state)
{
    struct harness h;
    (void)state;
    login(&h);
    feed(&h, target);
    feed(&h, job);
    assert_int_equal(h.job_count, 1);
    check_job(&h);
    submit(&h);
    assert_non_null(strstr(harness_sent_text(&h),
                           "\"mining.submit\",\"params\":[\"ckb1qyqt8xaupvm8837nv3gtc9x0ekkj64vud3"
                           "jqfwyw5v.rig1\",\"1611\",\"000000000000000000114026\"]"));
    feed(&h, "{\"id\":3,\"result\":true,\"error\":null}");
    assert_int_equal(h.verdicts[0].verdict, POOL_ACCEPTED);
    assert_null(strstr(harness_sent_text(&h), "extranonce.subscribe"));
    harness_close(&h);
}

/* The same in two pieces cut at every byte. */
static void test_every_split(void **state)
{
    char all[2048];
    (void)state;
    int size =
        snprintf(all, sizeof(all), "%s\n%s\n%s\r\n%s\n", subscribed, authorized, target, job);
    for (int cut = 1; cut < size; cut++) {
        struct harness h;
        open_pool(&h);
        assert_int_equal(harness_feed(&h, all, (size_t)cut, 1000), BASE_OK);
        assert_int_equal(harness_feed(&h, all + cut, (size_t)(size - cut), 1000), BASE_OK);
        assert_int_equal(h.job_count, 1);
        check_job(&h);
        harness_close(&h);
    }
}

/* A target holds for the jobs after it; a job waits for the first one. */
static void test_order(void **state)
{
    struct harness h;
    (void)state;
    login(&h);
    feed(&h, job);
    assert_int_equal(h.job_count, 0);
    assert_int_equal(h.ops->due_ms(h.protocol), UINT64_MAX); /* a parent hash is no target */
    feed(&h, target);
    assert_int_equal(h.job_count, 1);
    feed(&h, "{\"method\":\"mining.set_target\",\"params\":["
             "\"0000000100000000000000000000000000000000000000000000000000000000\"]}");
    assert_int_equal(h.job_count, 1);
    feed(&h, "{\"method\":\"mining.notify\",\"params\":[17,"
             "\"0xd5a74fba920ad0d35ec5726f26327547cbc82180e356e5ccf6cf2e6bd75f8a66\",\"2\","
             "\"df4f27b8a8baae4672012c7a57b3abd684e516b5a2739cfec71d8d071e85fe12\",false]}");
    assert_int_equal(h.job_count, 2);
    assert_true(last_job(&h)->target_be[3] == 1 && !last_job(&h)->clean);
    submit(&h);
    assert_non_null(strstr(harness_sent_text(&h), "rig1\",17,\"")); /* the id as it came */
    harness_close(&h);
}

/* Where no target comes, the job's fourth member may be one. */
static void test_target_in_job(void **state)
{
    struct harness h;
    (void)state;
    login(&h);
    feed(&h, "{\"method\":\"mining.notify\",\"params\":[\"1\","
             "\"d5a74fba920ad0d35ec5726f26327547cbc82180e356e5ccf6cf2e6bd75f8a66\",1,"
             "\"0000ff0000000000000000000000000000000000000000000000000000000000\",true]}");
    assert_int_equal(h.job_count, 0);
    uint64_t due = h.ops->due_ms(h.protocol);
    assert_true(due < UINT64_MAX);
    static const char next[] =
        "{\"method\":\"mining.notify\",\"params\":[\"1b\","
        "\"d5a74fba920ad0d35ec5726f26327547cbc82180e356e5ccf6cf2e6bd75f8a66\",1,"
        "\"0000ff0000000000000000000000000000000000000000000000000000000000\",true]}\n";
    assert_int_equal(harness_feed(&h, next, sizeof next - 1, due - 1), BASE_OK);
    assert_int_equal(h.ops->due_ms(h.protocol), due); /* however often jobs come */
    assert_int_equal(h.ops->tick(h.protocol, due - 1, &h.error), BASE_OK);
    assert_int_equal(h.job_count, 0);
    assert_int_equal(h.ops->tick(h.protocol, due, &h.error), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(last_job(&h)->target_be[2], 0xff);
    /* So each job has its own, until a set_target comes. */
    feed(&h, "{\"method\":\"mining.notify\",\"params\":[\"2\","
             "\"d5a74fba920ad0d35ec5726f26327547cbc82180e356e5ccf6cf2e6bd75f8a66\",2,"
             "\"0000000f00000000000000000000000000000000000000000000000000000000\",true]}");
    assert_int_equal(h.job_count, 2);
    assert_int_equal(last_job(&h)->target_be[2], 0);
    assert_int_equal(last_job(&h)->target_be[3], 0x0f);
    feed(&h, target);
    feed(&h, "{\"method\":\"mining.notify\",\"params\":[\"3\","
             "\"d5a74fba920ad0d35ec5726f26327547cbc82180e356e5ccf6cf2e6bd75f8a66\",3,"
             "\"0000000e00000000000000000000000000000000000000000000000000000000\",true]}");
    assert_int_equal(h.job_count, 3);
    assert_int_equal(last_job(&h)->target_be[1], 1);
    harness_close(&h);
}

/* Nothing meets a target of zero, so it is none, wherever it stands. */
static void test_target_of_zero(void **state)
{
    struct harness h;
    (void)state;
    login(&h);
    feed(&h, "{\"method\":\"mining.notify\",\"params\":[\"1\","
             "\"d5a74fba920ad0d35ec5726f26327547cbc82180e356e5ccf6cf2e6bd75f8a66\",1,"
             "\"0000000000000000000000000000000000000000000000000000000000000000\",true]}");
    assert_int_equal(h.ops->due_ms(h.protocol), UINT64_MAX);
    feed(&h, "{\"method\":\"mining.set_target\",\"params\":["
             "\"0000000000000000000000000000000000000000000000000000000000000000\"]}");
    assert_int_equal(h.warnings, 1);
    assert_int_equal(h.job_count, 0);
    feed(&h, target);
    assert_int_equal(h.job_count, 1);
    harness_close(&h);
}

/* An extranonce of any size that leaves something; a job that runs out is told of once. */
static void test_extranonce_sizes(void **state)
{
    (void)state;
    for (size_t size = 0; size <= 16; size++) {
        struct harness h;
        char line[128];
        char hex[33];
        memset(hex, 'a', 2 * size);
        hex[2 * size] = '\0';
        open_pool(&h);
        (void)snprintf(line, sizeof(line),
                       "{\"id\":1,\"result\":[null,\"%s\",%zu],\"error\":null}\n", hex, 16 - size);
        enum base_status status = harness_feed(&h, line, strlen(line), 1000);
        assert_int_equal(status, size < 16 ? BASE_OK : BASE_E_UNSUPPORTED);
        if (size < 16) {
            feed(&h, authorized);
            feed(&h, target);
            feed(&h, job);
            assert_int_equal(last_job(&h)->nonce_fixed, size);
            size_t before = h.warnings;
            assert_int_equal(h.ops->refill(h.protocol, last_job(&h), 1000, &h.error), BASE_OK);
            assert_int_equal(h.ops->refill(h.protocol, last_job(&h), 1000, &h.error), BASE_OK);
            assert_int_equal(h.warnings, before + 1);
        }
        harness_close(&h);
    }
}

/* A clean job voids what went before; another extranonce holds from the next job on. */
static void test_changes(void **state)
{
    struct harness h;
    (void)state;
    login(&h);
    feed(&h, target);
    feed(&h, job);
    feed(&h, "{\"method\":\"mining.set_extranonce\",\"params\":[\"aabbccddeeff0011\",8]}");
    feed(&h, job);
    assert_int_equal(h.job_count, 2);
    assert_true(last_job(&h)->nonce_fixed == 8 && last_job(&h)->header[32] == 0xaa);
    uint8_t nonce[POOL_NONCE_MAX] = {0};
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 1, 1100), BASE_OK);
    assert_int_equal(h.verdicts[0].verdict, POOL_STALE);
    harness_close(&h);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *error;
        enum pool_verdict verdict;
    } rows[] = {
        {"[21,\"low difficulty\",null]", POOL_LOW_DIFFICULTY}, /* uupool's code */
        {"[21,\"Job not found (=stale)\",null]", POOL_STALE},
        {"[22,\"Duplicate share\",null]", POOL_DUPLICATE},
        {"[23,\"Low difficulty\",null]", POOL_LOW_DIFFICULTY},
        {"[24,\"Unauthorized worker\",null]", POOL_UNAUTHORIZED},
        {"[27,null,null]", POOL_MALFORMED},
        {"[36,null,null]", POOL_STALE},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        struct harness h;
        char line[256];
        login(&h);
        feed(&h, target);
        feed(&h, job);
        submit(&h);
        (void)snprintf(line, sizeof(line), "{\"id\":3,\"result\":false,\"error\":%s}",
                       rows[i].error);
        feed(&h, line);
        assert_int_equal(h.verdict_count, 1);
        assert_int_equal(h.verdicts[0].verdict, rows[i].verdict);
        harness_close(&h);
    }
}

/* What makes no sense ends with a sentence, or is skipped with a warning. */
static void test_nonsense(void **state)
{
    static const struct {
        const char *line;
        const char *part;
    } rows[] = {
        {"{\"id\":1,\"result\":[null,\"00c904bd\",8],\"error\":null}", "is not 12"},
        {"{\"id\":1,\"result\":[null,\"00c904bd00c904bd00c904bd00c904bd\",0],\"error\":null}",
         "at least 1 of the nonce's 16"},
        {"{\"id\":1,\"result\":[null,\"zz\",15],\"error\":null}", "not hexadecimal"},
        {"{\"id\":1,\"result\":true,\"error\":null}", "3 members"},
        {"{\"id\":1,\"result\":null,\"error\":[20,\"no\",null]}", "refuses to subscribe"},
    };
    struct harness h;
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        open_pool(&h);
        assert_int_not_equal(harness_line(&h, rows[i].line, 1000), BASE_OK);
        if (strstr(h.error.text, rows[i].part) == NULL) {
            fail_msg("\"%s\" has no \"%s\"", h.error.text, rows[i].part);
        }
        harness_close(&h);
    }
    open_pool(&h);
    feed(&h, subscribed);
    assert_int_equal(harness_line(&h, "{\"id\":2,\"result\":false,\"error\":[24,\"no\",null]}", 1),
                     BASE_E_REFUSED);
    harness_close(&h);
    login(&h);
    feed(&h, target);
    feed(&h, "{\"method\":\"mining.set_target\",\"params\":[\"00\"]}");
    feed(&h, "{\"method\":\"mining.notify\",\"params\":[\"1\",\"00\"]}");
    feed(&h, "{\"method\":\"mining.notify\",\"params\":null}");
    assert_int_equal(h.warnings, 3);
    assert_int_equal(h.job_count, 0);
    harness_close(&h);
    open_pool(&h);
    assert_int_equal(h.ops->tick(h.protocol, h.ops->due_ms(h.protocol), &h.error), BASE_E_TIMEOUT);
    harness_close(&h);
}

/* The answer to authorize never comes; an accepted share shows that the login is good. */
static void test_share_proves_login(void **state)
{
    (void)state;
    for (int accepted = 0; accepted < 2; accepted++) {
        struct harness h;
        open_pool(&h);
        feed(&h, subscribed);
        feed(&h, target);
        feed(&h, job);
        submit(&h);
        feed(&h, accepted ? "{\"id\":3,\"result\":true,\"error\":null}"
                          : "{\"id\":3,\"result\":null,\"error\":[22,\"no\",null]}");
        assert_int_equal(h.ops->tick(h.protocol, 40000, &h.error),
                         accepted ? BASE_OK : BASE_E_TIMEOUT);
        harness_close(&h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session),        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_order),          cmocka_unit_test(test_target_in_job),
        cmocka_unit_test(test_target_of_zero), cmocka_unit_test(test_extranonce_sizes),
        cmocka_unit_test(test_changes),        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_nonsense),       cmocka_unit_test(test_share_proves_login),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
