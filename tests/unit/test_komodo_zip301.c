/* test_komodo_zip301.c: pools of ZIP 301: a real block as the find of four sessions, with a NONCE_1
 * of 0, 4, 8 and 16 bytes (tests/data/komodo.json, "zip301_sessions"), line by line and byte by
 * byte; what pools do differently (komodo.md 6.2); in simulated time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "harness.h"
#include "komodo/komodo_family.h"
#include "vectors.h"

enum { HEADER = 140, NONCE_AT = 108, SOLUTION = 1344, WAIT_MS = 3000 };

static const char url[] = "stratum+tcp://pool.example:3333";
static const char user[] = "RKxTdfmtxtfLDKZBgx6SvNkBtNu9jRYnLh.rig1";
static const char authorized[] = "{\"id\":2,\"result\":true,\"error\":null}";
static const char accepted[] = "{\"id\":4,\"result\":true,\"error\":null}";

static json_t *root;
static uint8_t solution[SOLUTION];
static uint8_t header[HEADER];
static uint8_t hash_be[32];

static const json_t *session(size_t index)
{
    const json_t *one = json_array_get(json_object_get(root, "zip301_sessions"), index);
    assert_non_null(one);
    return one;
}

/* The session that most tests play: NONCE_1 of 4 bytes. */
static const char *line(const char *key)
{
    return vectors_text(session(0), key);
}

static int load(void **state)
{
    (void)state;
    root = vectors_load_file(SHARDPICK_TEST_DATA "/komodo.json");
    json_t *submit = json_loads(line("submit"), 0, NULL);
    const char *hex = json_string_value(json_array_get(json_object_get(submit, "params"), 4));
    assert_int_equal(base_hex_decode_exact(solution, SOLUTION, hex + 6), BASE_OK);
    json_decref(submit);
    assert_int_equal(base_hex_decode_exact(header, HEADER, line("header_hex")), BASE_OK);
    assert_int_equal(base_hex_decode_exact(hash_be, 32, line("hash_display")), BASE_OK);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(root);
    return 0;
}

static void reopen(struct harness *h)
{
    harness_open_algo(h, &pool_komodo_zip301, url, user, pool_komodo_coin.algos, 0);
    assert_int_equal(h->started, BASE_OK);
    h->solution = solution;
    h->solution_size = SOLUTION;
}

static void open_pool(struct harness *h)
{
    memset(h, 0, sizeof(*h));
    reopen(h);
}

static void feed(struct harness *h, const char *text)
{
    enum base_status status = harness_line(h, text, 1000);
    if (status != BASE_OK) {
        fail_msg("%s", h->error.text);
    }
}

static void login(struct harness *h)
{
    open_pool(h);
    feed(h, line("subscribe_response"));
    feed(h, authorized);
}

static void begin(struct harness *h)
{
    login(h);
    feed(h, line("set_target"));
    feed(h, line("notify"));
    assert_int_equal(h->job_count, 1);
}

/* The notify line with one member of its params exchanged; overwritten by the next call. */
static const char *notify_with(size_t at, json_t *value)
{
    static char text[2048];
    json_t *message = json_loads(line("notify"), 0, NULL);
    json_t *params = json_object_get(message, "params");
    if (at < json_array_size(params)) {
        assert_int_equal(json_array_set_new(params, at, value), 0);
    } else {
        assert_int_equal(json_array_append_new(params, value), 0);
    }
    assert_true(json_dumpb(message, text, sizeof(text) - 1, JSON_COMPACT) < sizeof(text) - 1);
    text[json_dumpb(message, text, sizeof(text) - 1, JSON_COMPACT)] = '\0';
    json_decref(message);
    return text;
}

static const struct pool_job *last_job(const struct harness *h)
{
    assert_true(h->job_count > 0);
    return h->jobs[h->job_count - 1];
}

static void submit(struct harness *h, const struct pool_job *job)
{
    assert_int_equal(harness_submit(h, job, header + NONCE_AT, hash_be, 5, 1100), BASE_OK);
}

/* What was sent last, as a message; the caller calls json_decref. */
static json_t *last_sent(struct harness *h)
{
    const char *text = harness_sent_text(h);
    size_t size = strlen(text);
    assert_true(size > 0 && text[size - 1] == '\n');
    while (--size > 0 && text[size - 1] != '\n') {
    }
    json_t *message = json_loads(text + size, 0, NULL);
    assert_non_null(message);
    return message;
}

static void check_job(const struct pool_job *job, const json_t *one)
{
    size_t fixed = strlen(vectors_text(one, "nonce_1")) / 2;
    assert_memory_equal(job->header, header, NONCE_AT + fixed);
    assert_true(job->header_size == HEADER && job->nonce_offset == NONCE_AT);
    assert_true(job->nonce_size == 32 && job->nonce_fixed == fixed && job->clean && !job->solo);
    assert_memory_equal(job->target_be, job->block_target_be, 32); /* the set_target is the bits' */
    assert_true(job->target_be[3] == 0x1d && job->target_be[4] == 0x05);
    assert_string_equal(job->label, "491000");
}

/* Everything but the worker's name is that of the vector. */
static void check_submit(struct harness *h, const json_t *one)
{
    json_t *ours = last_sent(h);
    json_t *theirs = json_loads(vectors_text(one, "submit"), 0, NULL);
    const json_t *params = json_object_get(ours, "params");
    assert_string_equal(vectors_text(ours, "method"), "mining.submit");
    assert_int_equal(json_array_size(params), 5);
    assert_string_equal(json_string_value(json_array_get(params, 0)), user);
    for (size_t i = 1; i < 5; i++) {
        assert_true(json_equal(json_array_get(params, i),
                               json_array_get(json_object_get(theirs, "params"), i)));
    }
    json_decref(ours);
    json_decref(theirs);
}

static void test_sessions(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct harness h;
        open_pool(&h);
        assert_non_null(
            strstr(harness_sent_text(&h),
                   "\"mining.subscribe\",\"params\":[\"shardpick/test\",null,\"pool.example\","
                   "3333]"));
        feed(&h, vectors_text(session(i), "subscribe_response"));
        assert_non_null(strstr(harness_sent_text(&h), "\"mining.authorize\",\"params\":[\"RKxT"));
        assert_null(strstr(harness_sent_text(&h), "extranonce")); /* only after the login */
        feed(&h, authorized);
        assert_non_null(strstr(harness_sent_text(&h), "\"mining.extranonce.subscribe\""));
        feed(&h, "{\"id\":3,\"result\":false,\"error\":[20,\"Not supported.\",null]}");
        feed(&h, vectors_text(session(i), "set_target"));
        assert_true(h.difficulty > 18064 && h.difficulty < 18065); /* 7ffff... over 1d05e3... */
        feed(&h, vectors_text(session(i), "notify"));
        assert_int_equal(h.job_count, 1);
        check_job(h.jobs[0], session(i));
        submit(&h, h.jobs[0]);
        check_submit(&h, session(i));
        feed(&h, accepted);
        assert_int_equal(h.verdict_count, 1);
        assert_int_equal(h.verdicts[0].verdict, POOL_ACCEPTED);
        assert_true(h.verdicts[0].block);
        harness_close(&h);
    }
}

/* The same in two pieces cut at every byte. */
static void test_every_split(void **state)
{
    char all[4096];
    (void)state;
    int size = snprintf(all, sizeof(all), "%s\n%s\n%s\r\n%s\n", line("subscribe_response"),
                        authorized, line("set_target"), line("notify"));
    for (int cut = 1; cut < size; cut++) {
        struct harness h;
        open_pool(&h);
        assert_int_equal(harness_feed(&h, all, (size_t)cut, 1000), BASE_OK);
        assert_int_equal(harness_feed(&h, all + cut, (size_t)(size - cut), 1000), BASE_OK);
        assert_int_equal(h.job_count, 1);
        check_job(h.jobs[0], session(0));
        harness_close(&h);
    }
}

/* NONCE_1 of every size that leaves a counter; 17 bytes is a rental service's. */
static void test_nonce1_sizes(void **state)
{
    static const char digits[] =
        "003665a646f6223a00000000d9e59f9f84112233445566778899aabbccddeeff00";
    (void)state;
    for (int size = 0; size <= 33; size++) {
        struct harness h;
        char text[256];
        open_pool(&h);
        (void)snprintf(text, sizeof(text), "{\"id\":1,\"result\":[null,\"%.*s\"],\"error\":null}",
                       2 * size, digits);
        if (size > 24) {
            assert_int_not_equal(harness_line(&h, text, 1000), BASE_OK);
            assert_non_null(strstr(h.error.text, "extranonce1"));
            harness_close(&h);
            continue;
        }
        feed(&h, text);
        feed(&h, authorized);
        feed(&h, line("set_target"));
        feed(&h, line("notify"));
        assert_int_equal(last_job(&h)->nonce_fixed, size);
        submit(&h, last_job(&h));
        json_t *ours = last_sent(&h);
        const char *nonce2 = json_string_value(json_array_get(json_object_get(ours, "params"), 3));
        assert_int_equal(strlen(nonce2), 2 * (32 - size));
        assert_string_equal(nonce2, line("header_hex") + (size_t)2 * (size_t)(NONCE_AT + size));
        json_decref(ours);
        harness_close(&h);
    }
}

/* A target holds for the jobs after it; a job waits for the first one. set_difficulty counts only
 * where no set_target came: 0007ffff... over 2. */
static void test_targets(void **state)
{
    struct harness h;
    (void)state;
    login(&h);
    feed(&h, line("notify"));
    assert_int_equal(h.job_count, 0);
    feed(&h, "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[2]}");
    assert_int_equal(h.job_count, 1);
    assert_true(last_job(&h)->target_be[1] == 3 && last_job(&h)->target_be[2] == 0xff);
    assert_true(h.difficulty == 2);
    feed(&h, line("set_target"));
    assert_int_equal(h.job_count, 1);
    feed(&h, "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[1]}");
    feed(&h, "{\"id\":null,\"method\":\"mining.set_target\",\"params\":[\"00\"]}");
    feed(&h, "{\"id\":null,\"method\":\"mining.set_target\",\"params\":["
             "\"0000000000000000000000000000000000000000000000000000000000000000\"]}");
    assert_int_equal(h.warnings, 2);
    feed(&h, notify_with(0, json_string("b")));
    assert_int_equal(h.job_count, 2);
    assert_true(last_job(&h)->target_be[1] == 0 && last_job(&h)->target_be[3] == 0x1d);
    feed(&h, "{\"id\":null,\"method\":\"mining.set_target\",\"params\":["
             "\"0000000000000000000000000000000000000000000000000000000000000001\"]}");
    feed(&h, notify_with(0, json_string("c"))); /* a block is never lost to a share's target */
    assert_true(last_job(&h)->target_be[31] == 1);
    assert_true(pool_job_has_easy_blocks(last_job(&h)));
    harness_close(&h);
}

/* No target at all: difficulty 1 after a while. */
static void test_no_target(void **state)
{
    struct harness h;
    (void)state;
    login(&h);
    feed(&h, line("notify"));
    assert_int_equal(h.ops->due_ms(h.protocol), 1000 + WAIT_MS);
    assert_int_equal(h.ops->tick(h.protocol, 1000 + WAIT_MS - 1, &h.error), BASE_OK);
    assert_int_equal(h.job_count, 0);
    assert_int_equal(h.ops->tick(h.protocol, 1000 + WAIT_MS, &h.error), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_true(last_job(&h)->target_be[0] == 0 && last_job(&h)->target_be[1] == 7);
    assert_true(last_job(&h)->target_be[31] == 0xff);
    assert_int_equal(h.warnings, 1);
    harness_close(&h);
}

/* clean false on the same block: what was found for the job before is still sent. Another block, or
 * clean true: it is not, unless it is a block. The same job again is no news. */
static void test_clean(void **state)
{
    struct harness h;
    uint8_t share[32] = {0, 1};
    (void)state;
    begin(&h);
    feed(&h, line("notify"));
    assert_int_equal(h.job_count, 1);
    json_t *other = json_string("849eec0b730c3c1322efdb1b6a1cc06402713ffc518976986a7b3f245e570206");
    feed(&h, notify_with(7, json_false())); /* the same header */
    assert_int_equal(h.job_count, 1);
    json_t *message = json_loads(notify_with(3, other), 0, NULL);
    (void)json_array_set_new(json_object_get(message, "params"), 7, json_false());
    (void)json_array_set_new(json_object_get(message, "params"), 0, json_integer(17));
    char *text = json_dumps(message, JSON_COMPACT);
    feed(&h, text);
    free(text);
    json_decref(message);
    assert_int_equal(h.job_count, 2);
    assert_true(!last_job(&h)->clean);
    assert_int_equal(harness_submit(&h, h.jobs[0], header + NONCE_AT, share, 1, 1100), BASE_OK);
    assert_int_equal(h.verdict_count, 0);
    submit(&h, h.jobs[1]);
    assert_non_null(strstr(harness_sent_text(&h), "rig1\",17,\"ed6eb859\"")); /* as it came */
    feed(&h, notify_with(2, json_string("f8bd22020f37ae86709ca47d366c56f8"
                                        "00ccbd098133c8cbae8a27a200000000")));
    assert_true(last_job(&h)->clean);
    assert_int_equal(harness_submit(&h, h.jobs[0], header + NONCE_AT, share, 2, 1100), BASE_OK);
    assert_int_equal(h.verdicts[0].verdict, POOL_STALE);
    submit(&h, h.jobs[0]); /* a block */
    assert_int_equal(h.verdict_count, 1);
    harness_close(&h);
}

/* Another NONCE_1 holds for the jobs after it; a size behind it, of which ZIP 301 knows none, says
 * nothing. */
static void test_set_extranonce(void **state)
{
    struct harness h;
    (void)state;
    begin(&h);
    feed(&h,
         "{\"id\":null,\"method\":\"mining.set_extranonce\",\"params\":[\"aabbccddeeff0011\",4]}");
    submit(&h, h.jobs[0]);
    check_submit(&h, session(0));
    feed(&h, line("notify"));
    assert_int_equal(h.job_count, 2);
    assert_true(last_job(&h)->nonce_fixed == 8 && last_job(&h)->header[NONCE_AT] == 0xaa);
    feed(&h, "{\"id\":null,\"method\":\"mining.set_extranonce\",\"params\":[7]}");
    assert_int_equal(h.warnings, 1);
    /* Notify and set_extranonce in one piece: the job keeps the one that it came with. */
    char both[4096];
    int size = snprintf(both, sizeof(both), "%s\n%s\n", notify_with(0, json_string("n")),
                        "{\"method\":\"mining.set_extranonce\",\"params\":[\"11\"]}");
    assert_int_equal(harness_feed(&h, both, (size_t)size, 1000), BASE_OK);
    assert_int_equal(last_job(&h)->nonce_fixed, 8);
    harness_close(&h);
}

/* A session is asked for again; where the pool resumes it, finds of before are sent. A pool that
 * closes on such a request is asked for a new one the next time. */
static void test_resume(void **state)
{
    static const char subscribed[] = "{\"id\":1,\"result\":[\"one\",\"18001387\"],\"error\":null}";
    (void)state;
    for (unsigned resumed = 0; resumed < 2; resumed++) {
        struct harness h;
        open_pool(&h);
        feed(&h, subscribed);
        feed(&h, authorized);
        feed(&h, line("set_target"));
        feed(&h, line("notify"));
        const struct pool_job *old = pool_job_ref(last_job(&h));
        harness_close(&h);
        reopen(&h);
        assert_non_null(
            strstr(harness_sent_text(&h), "[\"shardpick/test\",\"one\",\"pool.example\",3333]"));
        feed(&h, resumed != 0 ? subscribed
                              : "{\"id\":1,\"result\":[null,\"18001388\"],\"error\":null}");
        assert_int_equal(harness_submit(&h, old, header + NONCE_AT, hash_be, 1, 1), BASE_E_AGAIN);
        feed(&h, authorized);
        feed(&h, line("set_target"));
        feed(&h, line("notify"));
        submit(&h, old);
        if (resumed != 0) {
            check_submit(&h, session(0));
            feed(&h, accepted);
        }
        assert_int_equal(h.verdict_count, 1);
        assert_int_equal(h.verdicts[0].verdict, resumed != 0 ? POOL_ACCEPTED : POOL_NOT_SENT);
        harness_close(&h);
        pool_job_unref(old);
        assert_string_equal(h.memory.session, resumed != 0 ? "one" : "");
        reopen(&h);
        harness_close(&h); /* closed without a word */
        assert_string_equal(h.memory.session, "");
    }
}

/* A pool that closes because of mining.extranonce.subscribe is not asked again. */
static void test_required_only(void **state)
{
    struct harness h;
    (void)state;
    begin(&h); /* it goes on */
    harness_close(&h);
    assert_false(h.memory.required_only);
    login(&h);
    harness_close(&h);
    assert_true(h.memory.required_only);
    reopen(&h);
    feed(&h, line("subscribe_response"));
    feed(&h, authorized);
    assert_null(strstr(harness_sent_text(&h), "extranonce"));
    harness_close(&h);
}

static void test_reconnect(void **state)
{
    struct harness h;
    (void)state;
    begin(&h);
    assert_int_equal(
        harness_line(&h, "{\"id\":null,\"method\":\"client.reconnect\",\"params\":[]}", 1000),
        BASE_E_CLOSED);
    assert_string_equal(h.host, "pool.example");
    assert_int_equal(h.port, 3333);
    harness_close(&h);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *error;
        enum pool_verdict verdict;
    } rows[] = {
        {"[21,\"job not found\"]", POOL_STALE}, /* z-nomp: two members, result null or false */
        {"[22,\"duplicate share\"]", POOL_DUPLICATE},
        {"[23,\"low difficulty share of 0.1\"]", POOL_LOW_DIFFICULTY},
        {"[24,\"unauthorized worker\",null]", POOL_UNAUTHORIZED},
        {"[20,\"invalid solution\",null]", POOL_REFUSED},
        {"[20,\"incorrect size of nonce\",null]", POOL_REFUSED},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        struct harness h;
        char text[256];
        begin(&h);
        submit(&h, last_job(&h));
        (void)snprintf(text, sizeof(text), "{\"id\":4,\"result\":%s,\"error\":%s}",
                       i % 2 == 0 ? "false" : "null", rows[i].error);
        feed(&h, text);
        assert_int_equal(h.verdict_count, 1);
        if (rows[i].verdict != POOL_REFUSED) {
            assert_int_equal(h.verdicts[0].verdict, rows[i].verdict);
        } else {
            assert_int_not_equal(h.verdicts[0].verdict, POOL_ACCEPTED);
        }
        harness_close(&h);
    }
    struct harness h;
    begin(&h);
    submit(&h, last_job(&h));
    assert_int_equal(
        harness_line(&h, "{\"id\":4,\"result\":null,\"error\":[25,\"not subscribed\",null]}", 1),
        BASE_E_CLOSED);
    assert_int_equal(h.verdicts[0].verdict, POOL_UNAUTHORIZED);
    harness_close(&h);
}

/* Jobs that are skipped with a warning, and one pool that is left. */
static void test_odd_jobs(void **state)
{
    struct harness h;
    (void)state;
    login(&h);
    feed(&h, line("set_target"));
    feed(&h, notify_with(1, json_string("05000000")));
    assert_non_null(strstr(h.last_warning, "version is 5"));
    feed(&h, notify_with(2, json_string("00")));
    assert_non_null(strstr(h.last_warning, "previous block hash is not 64"));
    feed(&h, notify_with(0, json_string("")));
    assert_non_null(strstr(h.last_warning, "id"));
    feed(&h, notify_with(6, json_string("00000000")));
    assert_non_null(strstr(h.last_warning, "bits"));
    feed(&h, "{\"method\":\"mining.notify\",\"params\":null}");
    assert_int_equal(h.job_count, 0);
    assert_int_equal(h.warnings, 5);
    feed(&h, notify_with(4, json_string("3e49b5f954aa9d3545bc6c37744661ee"
                                        "a48d7c34e3000d82b7f0010c30f4c2fb"))); /* not zero: right */
    assert_int_equal(h.job_count, 1);
    assert_int_equal(last_job(&h)->header[68], 0x3e);
    feed(&h, notify_with(8, json_string("200_9")));
    assert_int_equal(h.job_count, 2);
    assert_int_equal(harness_line(&h, notify_with(8, json_string("125_4")), 1000), BASE_E_REFUSED);
    assert_non_null(strstr(h.error.text, "Equihash 125_4"));
    harness_close(&h);
}

/* What makes no sense ends with a sentence. */
static void test_nonsense(void **state)
{
    static const struct {
        const char *line;
        const char *part;
    } rows[] = {
        {"{\"id\":1,\"result\":[null,\"zz\"],\"error\":null}", "not hexadecimal"},
        {"{\"id\":1,\"result\":[null,17],\"error\":null}", "not hexadecimal"},
        {"{\"id\":1,\"result\":true,\"error\":null}", "2 members"},
        {"{\"id\":1,\"result\":[[[\"mining.notify\",\"a\"]],\"18001387\",4],\"error\":null}",
         "another coin"},
        {"{\"id\":1,\"result\":null,\"error\":[20,\"no\",null]}", "refuses to subscribe"},
        {"{\"id\":null,\"result\":null,\"error\":[20,\"no\",null]}", "refuses to subscribe"},
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
    open_pool(&h); /* Bitcoin's form with the right sizes is taken */
    feed(&h, "{\"id\":1,\"result\":[[[\"mining.notify\",\"a\"]],\"18001387\",28],\"error\":null}");
    assert_int_equal(harness_line(&h, "{\"id\":2,\"result\":null,\"error\":[24,\"no\",null]}", 1),
                     BASE_E_REFUSED);
    harness_close(&h);
    open_pool(&h); /* 1 is not for yes here */
    feed(&h, "{\"id\":1,\"result\":[null,\"18001387\"],\"error\":null}");
    assert_int_equal(harness_line(&h, "{\"id\":2,\"result\":1,\"error\":null}", 1), BASE_E_REFUSED);
    harness_close(&h);
    open_pool(&h);
    assert_int_equal(h.ops->tick(h.protocol, h.ops->due_ms(h.protocol), &h.error), BASE_E_TIMEOUT);
    harness_close(&h);
}

static void test_logins(void **state)
{
    static const struct {
        const char *user;
        const char *part;      /* of the sentence; NULL: nothing odd */
        enum base_status sent; /* NULL: good */
    } rows[] = {
        {"RKxTdfmtxtfLDKZBgx6SvNkBtNu9jRYnLh", NULL, BASE_OK},
        {"RKxTdfmtxtfLDKZBgx6SvNkBtNu9jRYnLh.rig1", NULL, BASE_OK},
        {"account.rig1", NULL, BASE_OK},
        {"", "no user given", BASE_E_FORMAT},
        {".rig1", "no user given", BASE_E_FORMAT},
        {"RKxTdfmtxtfLDKZBgx6SvNkBtNu9jRYnLi.rig1", "checksum", BASE_OK},
        {"DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE", "another coin", BASE_OK},
        {"Ut6CRD5Z5cRHc3dBAuQwzqnQdgPSgJQWhFqgCQw51CmnTbpBQDt5.rig1", "private key",
         BASE_E_REFUSED},
        {"a b", "place 2", BASE_E_FORMAT},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        struct base_error error = {BASE_OK, ""};
        enum base_status status = pool_login_check(&pool_komodo_coin.coin, rows[i].user, &error);
        assert_int_equal(status, rows[i].sent);
        if (status == BASE_OK) {
            status = pool_login_look(&pool_komodo_coin.coin, rows[i].user, NULL, &error);
            assert_int_equal(status, rows[i].part == NULL ? BASE_OK : BASE_E_FORMAT);
        }
        if (rows[i].part != NULL && strstr(error.text, rows[i].part) == NULL) {
            fail_msg("\"%s\" has no \"%s\"", error.text, rows[i].part);
        }
        assert_null(strstr(error.text, "Ut6CRD5Z5c"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sessions),       cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_nonce1_sizes),   cmocka_unit_test(test_targets),
        cmocka_unit_test(test_no_target),      cmocka_unit_test(test_clean),
        cmocka_unit_test(test_set_extranonce), cmocka_unit_test(test_resume),
        cmocka_unit_test(test_required_only),  cmocka_unit_test(test_reconnect),
        cmocka_unit_test(test_refusals),       cmocka_unit_test(test_odd_jobs),
        cmocka_unit_test(test_nonsense),       cmocka_unit_test(test_logins),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
