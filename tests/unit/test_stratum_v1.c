/* test_stratum_v1.c: pools of the Bitcoin family, against the worked examples and the corpus of
 * lines of tests/data/stratum.json and the jobs of tests/data/digibyte_stratum.json: headers and
 * submissions byte for byte, disjoint variants, verdicts, hostile lines, every split of the
 * stream, allocations that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "digibyte.h"
#include "harness.h"
#include "stratum_v1.h"
#include "vectors.h"

static const char url[] = "stratum+tcp://pool.example.com:3333";
static const struct pool_lane plain_lane = {.algo = "sha256d", .difficulty_factor = 1};

static const char subscribed[] = "{\"id\":1,\"result\":[[[\"mining.set_difficulty\",\"d\"],"
                                 "[\"mining.notify\",\"session-7\"]],\"08000002\",4],"
                                 "\"error\":null}";
static const char authorized[] = "{\"id\":2,\"result\":true,\"error\":null}";
static const char difficulty[] = "{\"id\":null,\"method\":\"mining.set_difficulty\","
                                 "\"params\":[2]}";

static json_t *load(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", SHARDPICK_TEST_DATA, name);
    return vectors_load_file(path);
}

static const struct pool_lane *lane_of(const char *algo)
{
    const struct pool_lane *lane = pool_digibyte_lanes;
    while (lane->algo != NULL && strcmp(lane->algo, algo) != 0) {
        lane++;
    }
    return lane->algo != NULL ? lane : NULL;
}

static void open_lane(struct harness *h, const struct pool_lane *lane, const char *user)
{
    harness_open_lane(h, &pool_stratum_v1, url, user, lane, 0, 0);
    assert_int_equal(h->started, BASE_OK);
}

/* Subscribed, authorized, nothing in h->sent. */
static void open_ready(struct harness *h)
{
    memset(h, 0, sizeof(*h));
    open_lane(h, &plain_lane, "worker.1");
    assert_int_equal(harness_line(h, subscribed, 1000), BASE_OK);
    assert_int_equal(harness_line(h, authorized, 1000), BASE_OK);
    pool_buffer_consume(&h->sent, pool_buffer_size(&h->sent));
}

/* A notify with these members; the rest is that of the first worked example. */
static const char *notify_line(const char *id, const char *prevhash, const char *ntime, bool clean)
{
    static char line[2048];
    (void)snprintf(
        line, sizeof(line),
        "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"%s\",\"%s\","
        "\"01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff20"
        "020862062f503253482f04b8864e5008\",\"072f736c7573682f000000000100f2052a010000001976a9"
        "14d23fcdf86f7e756a64a7a9688ef9903327048ed988ac00000000\",[],\"00000002\",\"1c2ac4af\","
        "\"%s\",%s]}",
        id, prevhash, ntime, clean ? "true" : "false");
    return line;
}

static const char prev_a[] = "4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000";
static const char prev_b[] = "5d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000";

/* The last line that was sent, as JSON. */
static json_t *last_sent(struct harness *h)
{
    const char *text = harness_sent_text(h);
    const char *line = text;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\n' && p[1] != '\0') {
            line = p + 1;
        }
    }
    json_t *root = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(root);
    return root;
}

static void test_first_lines(void **state)
{
    struct harness h = {0};
    (void)state;
    open_lane(&h, &plain_lane, "worker.1");
    assert_string_equal(harness_sent_text(&h), "{\"id\":1,\"method\":\"mining.subscribe\","
                                               "\"params\":[\"shardpick/test\"]}\n");
    assert_int_equal(harness_line(&h, subscribed, 1000), BASE_OK);
    assert_non_null(strstr(harness_sent_text(&h), "{\"id\":2,\"method\":\"mining.authorize\","
                                                  "\"params\":[\"worker.1\",\"x\"]}\n"));
    assert_int_equal(harness_line(&h, authorized, 1000), BASE_OK);
    assert_non_null(strstr(harness_sent_text(&h), "mining.extranonce.subscribe"));
    harness_close(&h); /* with that request unanswered: it is not sent again */
    open_lane(&h, &plain_lane, "worker.1");
    assert_string_equal(harness_sent_text(&h),
                        "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":"
                        "[\"shardpick/test\",\"session-7\"]}\n");
    assert_int_equal(harness_line(&h, subscribed, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, authorized, 1000), BASE_OK);
    assert_null(strstr(harness_sent_text(&h), "mining.extranonce.subscribe"));
    harness_close(&h);
}

static void test_subscribe_again_without_params(void **state)
{
    struct harness h = {0};
    (void)state;
    open_lane(&h, &plain_lane, "worker.1");
    assert_int_equal(harness_line(&h, "{\"id\":1,\"result\":null,\"error\":[20,\"no\",null]}", 1),
                     BASE_OK);
    assert_non_null(strstr(harness_sent_text(&h),
                           "{\"id\":4,\"method\":\"mining.subscribe\",\"params\":[]}\n"));
    assert_int_equal(harness_line(&h, "{\"id\":4,\"result\":null,\"error\":[20,\"no\",null]}", 1),
                     BASE_E_FORMAT);
    harness_close(&h);
}

/* ---- worked examples --------------------------------------------------------------------- */

/* Some examples were found under a time that the miner had moved on: the job with that time. */
static char *with_time(const char *notify, const json_t *submit)
{
    json_t *root = json_loads(notify, 0, NULL);
    json_t *ntime = json_array_get(json_object_get(submit, "params"), 3);
    assert_int_equal(json_array_set(json_object_get(root, "params"), 7, ntime), 0);
    char *text = json_dumps(root, 0);
    json_decref(root);
    return text;
}

/* Play subscribe answer, difficulty and notify; the job must give the header, and its share the
 * submission, of the example. extranonce2 is the example's because counting starts there. */
static void play(const char *name, const struct pool_lane *lane, const char *answer,
                 const char *set_difficulty, const char *notify, const char *submit,
                 const char *header_hex, struct harness *h)
{
    uint8_t header[80];
    json_t *want = json_loads(submit, 0, NULL);
    const json_t *params = json_object_get(want, "params");
    const char *digits = json_string_value(json_array_get(params, 2));
    uint8_t extranonce2[16] = {0};
    size_t size = 0;
    memset(h, 0, sizeof(*h));
    assert_int_equal(base_hex_decode(extranonce2, 8, &size, digits, strlen(digits)), BASE_OK);
    h->memory.extranonce2 = base_load_le64(extranonce2);
    open_lane(h, lane, json_string_value(json_array_get(params, 0)));
    assert_int_equal(harness_line(h, answer, 1000), BASE_OK);
    assert_int_equal(harness_line(h, authorized, 1000), BASE_OK);
    assert_int_equal(harness_line(h, set_difficulty, 1000), BASE_OK);
    char *moved = with_time(notify, want);
    assert_int_equal(harness_line(h, moved, 1000), BASE_OK);
    free(moved);
    if (h->job_count != 1) {
        fail_msg("%s: %zu jobs; %s", name, h->job_count, h->last_warning);
    }
    const struct pool_job *job = h->jobs[0];
    assert_int_equal(base_hex_decode_exact(header, 80, header_hex), BASE_OK);
    assert_int_equal(job->header_size, 80);
    assert_memory_equal(job->header, header, 76);
    assert_int_equal(job->nonce_offset, 76);
    assert_true(job->clean);
    assert_false(job->refill);
    assert_int_equal(harness_submit(h, job, header + 76, NULL, 1, 1000), BASE_OK);
    json_t *sent = last_sent(h);
    if (!json_equal(json_object_get(sent, "params"), params)) {
        fail_msg("%s: sent %s", name, harness_sent_text(h));
    }
    json_decref(sent);
    json_decref(want);
}

static void test_worked_examples(void **state)
{
    json_t *root = load("stratum.json");
    size_t index = 0;
    const json_t *job = NULL;
    size_t played = 0;
    (void)state;
    json_array_foreach(json_object_get(root, "jobs"), index, job)
    {
        struct harness h;
        struct pool_lane lane = plain_lane;
        if (json_object_get(job, "version_mask") != NULL) {
            continue; /* a rolled version: test_rolled_example */
        }
        lane.difficulty_factor = strcmp(vectors_text(job, "algorithm"), "scrypt") == 0 ? 65536 : 1;
        play(vectors_text(job, "name"), &lane, vectors_text(job, "subscribe_response"),
             vectors_text(job, "set_difficulty"), vectors_text(job, "notify"),
             vectors_text(job, "submit"), vectors_text(job, "header_hex"), &h);
        harness_close(&h);
        played++;
    }
    assert_int_equal(played, 4);
    json_decref(root);
}

/* The example whose block has rolled version bits, by the parts. */
static void test_rolled_example(void **state)
{
    json_t *root = load("stratum.json");
    const json_t *job = json_array_get(json_object_get(root, "jobs"), 2);
    json_t *notify = json_loads(vectors_text(job, "notify"), 0, NULL);
    json_t *submit = json_loads(vectors_text(job, "submit"), 0, NULL);
    const json_t *params = json_object_get(submit, "params");
    struct pool_v1_notice *notice = NULL;
    struct base_error error;
    uint8_t extranonce1[32];
    uint8_t extranonce2[16];
    uint8_t header[80];
    uint8_t want[80];
    uint8_t ntime[4];
    size_t size1 = 0;
    size_t size2 = 0;
    (void)state;
    const char *text = vectors_text(job, "extranonce1");
    assert_int_equal(base_hex_decode(extranonce1, 32, &size1, text, strlen(text)), BASE_OK);
    text = vectors_text(job, "extranonce2");
    assert_int_equal(base_hex_decode(extranonce2, 16, &size2, text, strlen(text)), BASE_OK);
    assert_int_equal(pool_v1_notice_read(&notice, json_object_get(notify, "params"), &error),
                     BASE_OK);
    assert_int_equal(pool_v1_notice_extranonce(notice, extranonce1, size1, size2, &error), BASE_OK);
    uint32_t mask = (uint32_t)strtoul(vectors_text(job, "version_mask"), NULL, 16);
    uint32_t bits = (uint32_t)strtoul(vectors_text(job, "version_bits"), NULL, 16);
    assert_true(pool_v1_roll_version(&notice->version, notice->version, mask, bits));
    assert_int_equal(base_hex_decode_exact(ntime, 4, json_string_value(json_array_get(params, 3))),
                     BASE_OK);
    assert_int_equal(
        pool_v1_notice_header(header, notice, extranonce2, base_load_be32(ntime), &error), BASE_OK);
    assert_int_equal(base_hex_decode_exact(want, 80, vectors_text(job, "header_hex")), BASE_OK);
    assert_memory_equal(header, want, 76);
    pool_v1_notice_free(notice);
    json_decref(notify);
    json_decref(submit);
    json_decref(root);
}

/* Jobs behind blocks that a DigiByte node has accepted, each of the five algorithms. */
static void test_digibyte_examples(void **state)
{
    json_t *root = load("digibyte_stratum.json");
    size_t index = 0;
    const json_t *one = NULL;
    size_t played = 0;
    (void)state;
    json_array_foreach(json_object_get(root, "stratum_jobs"), index, one)
    {
        const char *algo = vectors_text(one, "algo");
        const struct pool_lane *lane = lane_of(strcmp(algo, "odo") == 0 ? "odocrypt" : algo);
        struct harness h;
        if (lane == NULL) {
            assert_string_equal(algo, "groestl"); /* DigiByte has given it up */
            continue;
        }
        json_t *answer = json_pack("{s:i,s:O,s:n}", "id", 1, "result",
                                   json_object_get(one, "subscribe_result"), "error");
        char *answer_text = json_dumps(answer, 0);
        char *notify_text = json_dumps(json_object_get(one, "notify"), 0);
        char *submit_text = json_dumps(json_object_get(one, "submit"), 0);
        play(algo, lane, answer_text, difficulty, notify_text, submit_text,
             vectors_text(one, "header"), &h);
        const json_t *key = json_object_get(json_object_get(one, "notify"), "odokey");
        assert_int_equal(h.jobs[0]->epoch, json_integer_value(key)); /* 0 without one */
        assert_int_equal(h.jobs[0]->height, json_integer_value(json_object_get(one, "height")));
        harness_close(&h);
        free(answer_text);
        free(notify_text);
        free(submit_text);
        json_decref(answer);
        played++;
    }
    assert_int_equal(played, 21);
    json_decref(root);
}

static void test_set_extranonce_example(void **state)
{
    json_t *root = load("stratum.json");
    const json_t *one = json_object_get(root, "set_extranonce");
    const json_t *job = json_array_get(json_object_get(root, "jobs"), 1);
    struct harness h = {0};
    uint8_t want[80];
    (void)state;
    h.memory.extranonce2 = 0x06000000; /* the job after it gets 00000007 */
    open_lane(&h, &plain_lane, "worker.1");
    assert_int_equal(harness_line(&h, vectors_text(job, "subscribe_response"), 1), BASE_OK);
    assert_int_equal(harness_line(&h, authorized, 1), BASE_OK);
    assert_int_equal(harness_line(&h, vectors_text(job, "set_difficulty"), 1), BASE_OK);
    json_t *submit = json_loads(vectors_text(job, "submit"), 0, NULL);
    char *moved = with_time(vectors_text(job, "notify"), submit);
    assert_int_equal(harness_line(&h, moved, 1), BASE_OK);
    assert_int_equal(harness_line(&h, vectors_text(one, "message"), 1), BASE_OK);
    assert_int_equal(h.job_count, 1); /* for the jobs that follow */
    h.memory.extranonce2 = 0x07000000;
    assert_int_equal(harness_line(&h, moved, 1), BASE_OK);
    assert_int_equal(h.job_count, 2);
    assert_int_equal(base_hex_decode_exact(want, 80, vectors_text(one, "header_hex")), BASE_OK);
    assert_memory_equal(h.jobs[1]->header, want, 76);
    harness_close(&h);
    free(moved);
    json_decref(submit);
    json_decref(root);
}

/* ---- jobs -------------------------------------------------------------------------------- */

static void test_login_before_jobs(void **state)
{
    struct harness h = {0};
    (void)state;
    open_lane(&h, &plain_lane, "worker.1");
    /* everything before the answers, difficulty last */
    assert_int_equal(harness_line(&h, notify_line("a", prev_a, "504e86b9", false), 1000), BASE_OK);
    assert_int_equal(harness_line(&h, subscribed, 1000), BASE_OK);
    assert_int_equal(h.job_count, 0);
    assert_int_equal(harness_line(&h, difficulty, 1000), BASE_OK);
    assert_int_equal(h.job_count, 0);
    assert_int_equal(harness_line(&h, authorized, 1000), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(h.jobs[0]->target_be[4], 0x7f);
    assert_string_equal(h.ready, "stratum v1, sha256d");
    harness_close(&h);
}

static void test_no_difficulty(void **state)
{
    struct harness h;
    (void)state;
    open_ready(&h);
    assert_int_equal(harness_line(&h, notify_line("a", prev_a, "504e86b9", false), 5000), BASE_OK);
    assert_int_equal(h.job_count, 0);
    assert_int_equal(h.ops->due_ms(h.protocol), 8000);
    assert_int_equal(h.ops->tick(h.protocol, 8000, &h.error), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(h.jobs[0]->target_be[4], 0xff);
    assert_true(h.difficulty == 1);
    harness_close(&h);
}

/* A difficulty holds for the jobs after it. */
static void test_difficulty_order(void **state)
{
    struct harness h;
    (void)state;
    open_ready(&h);
    assert_int_equal(harness_line(&h, difficulty, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, notify_line("a", prev_a, "504e86b9", false), 1000), BASE_OK);
    assert_int_equal(
        harness_line(&h, "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[8]}", 1000),
        BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(harness_refill(&h, h.jobs[0], 1000), BASE_OK);
    assert_int_equal(h.jobs[1]->target_be[4], 0x7f); /* the same template keeps it */
    assert_int_equal(harness_line(&h, notify_line("b", prev_a, "504e86ba", false), 1000), BASE_OK);
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
        open_lane(&h, &plain_lane, "worker.1");
        assert_int_equal(harness_line(&h,
                                      "{\"id\":1,\"result\":[[[\"mining.notify\",\"s\"]],"
                                      "\"08000002\",2],\"error\":null}",
                                      now_ms),
                         BASE_OK);
        assert_int_equal(harness_line(&h, authorized, now_ms), BASE_OK);
        assert_int_equal(harness_line(&h, difficulty, now_ms), BASE_OK);
        const char *const lines[] = {"a", "b", "c"};
        for (size_t i = 0; i < 3; i++) {
            const char *line = notify_line(lines[i], prev_a, "504e86b9", i == 2);
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
    open_lane(one, &plain_lane, "worker.1");
    assert_int_equal(
        harness_line(one, "{\"id\":1,\"result\":[[],\"08000002\",1],\"error\":null}", 1000),
        BASE_OK);
    assert_int_equal(harness_line(one, authorized, 1000), BASE_OK);
    assert_int_equal(harness_line(one, difficulty, 1000), BASE_OK);
    assert_int_equal(harness_line(one, notify_line("a", prev_a, "504e86b9", true), 1000), BASE_OK);
    uint64_t now_ms = 1000;
    while (count < 600) {
        assert_int_equal(one->job_count, 1);
        memcpy(seen[count++], one->jobs[0]->header, 76);
        assert_int_equal(base_load_le32(one->jobs[0]->header + 68), 0x504e86b9 + (count - 1) / 256);
        if (count == 300) { /* the pool sends it again, under a new name, one second later */
            pool_job_unref(one->jobs[0]);
            one->job_count = 0;
            assert_int_equal(harness_line(one, notify_line("b", prev_a, "504e86ba", false), now_ms),
                             BASE_OK);
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

/* Odocrypt's time is not rolled into another epoch: the template ends there. */
static void test_epoch_end(void **state)
{
    struct pool_lane lane = plain_lane;
    struct harness h = {0};
    (void)state;
    lane.epoch_s[0] = 60;
    open_lane(&h, &lane, "worker.1");
    assert_int_equal(
        harness_line(&h, "{\"id\":1,\"result\":[[],\"08000002\",1],\"error\":null}", 1000),
        BASE_OK);
    assert_int_equal(harness_line(&h, authorized, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, difficulty, 1000), BASE_OK);
    /* 504e86f7 is 59 seconds after a multiple of 60 */
    assert_int_equal(harness_line(&h, notify_line("a", prev_a, "504e86f7", true), 1000), BASE_OK);
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
    open_lane(&h, lane_of("skein"), "worker.1");
    assert_int_equal(harness_line(&h, subscribed, 1), BASE_OK);
    /* version 00000002 is a scrypt block's */
    assert_int_equal(harness_line(&h, notify_line("a", prev_a, "504e86b9", true), 1),
                     BASE_E_REFUSED);
    assert_non_null(strstr(h.error.text, "skein"));
    harness_close(&h);
}

/* ---- shares ------------------------------------------------------------------------------ */

static void test_stale(void **state)
{
    static const uint8_t nonce[4] = {0x02, 0x7c, 0x95, 0xb2};
    struct harness h;
    (void)state;
    open_ready(&h);
    assert_int_equal(harness_line(&h, difficulty, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, notify_line("a", prev_a, "504e86b9", false), 1000), BASE_OK);
    assert_int_equal(harness_line(&h, notify_line("b", prev_a, "504e86ba", false), 1000), BASE_OK);
    assert_false(h.jobs[1]->clean);
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 1, 60000), BASE_OK);
    json_t *sent = last_sent(&h);
    assert_string_equal(json_string_value(json_array_get(json_object_get(sent, "params"), 1)), "a");
    assert_string_equal(json_string_value(json_array_get(json_object_get(sent, "params"), 4)),
                        "b2957c02");
    json_decref(sent);
    assert_int_equal(h.verdict_count, 0);
    /* another previous block voids them, whatever the flag says */
    assert_int_equal(harness_line(&h, notify_line("c", prev_b, "504e86bb", false), 1000), BASE_OK);
    assert_true(h.jobs[2]->clean);
    assert_int_equal(harness_submit(&h, h.jobs[1], nonce, NULL, 2, 1000), BASE_OK);
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
    open_ready(&h);
    assert_int_equal(harness_line(&h, difficulty, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, notify_line("a", prev_a, "504e86b9", false), 1000), BASE_OK);
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        char line[256];
        uint8_t nonce[4] = {(uint8_t)i};
        assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, i, 1000), BASE_OK);
        (void)snprintf(line, sizeof(line), "{\"id\":%zu,%s}", i + 4, cases[i].answer);
        assert_int_equal(harness_line(&h, line, 1000), BASE_OK);
        assert_int_equal(h.verdict_count, i + 1);
        assert_int_equal(h.verdicts[i].verdict, cases[i].verdict);
    }
    /* not subscribed: there is nothing left to do on this connection */
    uint8_t nonce[4] = {0xff};
    char line[128];
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 99, 1000), BASE_OK);
    (void)snprintf(line, sizeof(line), "{\"id\":%zu,\"result\":null,\"error\":[25,\"x\"]}",
                   BASE_COUNT_OF(cases) + 4);
    assert_int_equal(harness_line(&h, line, 1000), BASE_E_CLOSED);
    harness_close(&h);
}

/* A find of the connection before goes out when the session was resumed, else not. */
static void test_resumed(void **state)
{
    static const uint8_t nonce[4] = {1, 2, 3, 4};
    struct harness h = {0};
    (void)state;
    open_lane(&h, &plain_lane, "worker.1");
    assert_int_equal(harness_line(&h, subscribed, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, authorized, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, difficulty, 1000), BASE_OK);
    assert_int_equal(harness_line(&h, notify_line("a", prev_a, "504e86b9", false), 1000), BASE_OK);
    const struct pool_job *old = pool_job_ref(h.jobs[0]);
    harness_close(&h);
    for (size_t resumed = 0; resumed < 2; resumed++) {
        open_lane(&h, &plain_lane, "worker.1");
        assert_int_equal(harness_submit(&h, old, nonce, NULL, 1, 1000), BASE_E_AGAIN);
        assert_int_equal(
            harness_line(&h, resumed ? subscribed : "{\"id\":1,\"result\":[[],\"99\",4]}", 1000),
            BASE_OK);
        assert_int_equal(harness_line(&h, authorized, 1000), BASE_OK);
        assert_int_equal(harness_line(&h, difficulty, 1000), BASE_OK);
        assert_int_equal(harness_line(&h, notify_line("b", prev_a, "504e86b9", false), 1000),
                         BASE_OK);
        assert_int_equal(harness_submit(&h, old, nonce, NULL, 1, 1000), BASE_OK);
        assert_int_equal(h.sent_count, resumed);
        if (!resumed) {
            assert_int_equal(h.verdicts[0].verdict, POOL_NOT_SENT);
        }
        harness_close(&h);
    }
    pool_job_unref(old);
}

/* BIP 310: asked for only when wanted, never for the bits that name DigiByte's algorithm. */
static void test_version_rolling(void **state)
{
    static const uint8_t nonce[4] = {1, 2, 3, 4};
    struct harness h = {0};
    (void)state;
    harness_open_lane(&h, &pool_stratum_v1, url, "worker.1", lane_of("skein"), 0xffffffff, 0);
    assert_non_null(strstr(harness_sent_text(&h), "\"version-rolling.mask\":\"fffff0ff\""));
    assert_int_equal(harness_line(&h,
                                  "{\"id\":4,\"result\":{\"version-rolling\":true,"
                                  "\"version-rolling.mask\":\"1fffef00\"},\"error\":null}",
                                  1),
                     BASE_OK);
    assert_int_equal(harness_line(&h, subscribed, 1), BASE_OK);
    assert_int_equal(harness_line(&h, authorized, 1), BASE_OK);
    assert_int_equal(harness_line(&h, difficulty, 1), BASE_OK);
    char line[2048];
    (void)snprintf(line, sizeof(line), "%s", notify_line("a", prev_a, "504e86b9", true));
    memcpy(strstr(line, "00000002\",\"1c2a"), "20006602", 8);
    assert_int_equal(harness_line(&h, line, 1), BASE_OK);
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 1, 1), BASE_OK);
    json_t *sent = last_sent(&h);
    /* bits of the job's own version inside the mask, so that the pool rebuilds the same header */
    assert_string_equal(json_string_value(json_array_get(json_object_get(sent, "params"), 5)),
                        "00006000");
    json_decref(sent);
    assert_int_equal(harness_line(&h,
                                  "{\"id\":null,\"method\":\"mining.set_version_mask\","
                                  "\"params\":[\"00002000\"]}",
                                  1),
                     BASE_OK);
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 2, 1), BASE_OK);
    sent = last_sent(&h);
    assert_string_equal(json_string_value(json_array_get(json_object_get(sent, "params"), 5)),
                        "00002000");
    json_decref(sent);
    harness_close(&h);
}

/* ---- hostile ----------------------------------------------------------------------------- */

/* A case's line, or its parts repeated. The caller frees. */
static char *line_of(const json_t *one)
{
    const char *line = json_string_value(json_object_get(one, "line"));
    size_t index = 0;
    const json_t *part = NULL;
    if (line != NULL) {
        return strdup(line);
    }
    struct pool_buffer buffer;
    pool_buffer_init(&buffer);
    json_array_foreach(json_object_get(one, "line_parts"), index, part)
    {
        const char *text = json_string_value(json_array_get(part, 0));
        json_int_t times = json_integer_value(json_array_get(part, 1));
        for (json_int_t i = 0; i < times; i++) {
            assert_int_equal(pool_buffer_append(&buffer, text, strlen(text)), BASE_OK);
        }
    }
    char *copy = strndup((const char *)pool_buffer_data(&buffer), pool_buffer_size(&buffer));
    pool_buffer_deinit(&buffer);
    return copy;
}

/* Every reaction of the corpus that can be seen from outside. */
static void check_reaction(struct harness *h, const char *expect, const char *why,
                           enum base_status status)
{
    bool open = status == BASE_OK;
    size_t sent = pool_buffer_size(&h->sent);
    bool good = true;
    if (strcmp(expect, "accept") == 0) {
        good = open && h->warnings == 0;
    } else if (strcmp(expect, "reject_job") == 0) {
        good = open && h->warnings == 1 && h->job_count == 1;
    } else if (strcmp(expect, "ignore") == 0) {
        good = open && h->job_count == 1 && sent == 0 && h->verdict_count == 0;
    } else if (strcmp(expect, "refuse") == 0) {
        good = open && h->warnings == 1;
    } else if (strcmp(expect, "clamp_wait") == 0 || strcmp(expect, "reconnect_same_host") == 0 ||
               strcmp(expect, "reconnect_if_same_host_else_refuse") == 0) {
        good = status == BASE_E_CLOSED;
    } else if (strcmp(expect, "reply") == 0 || strcmp(expect, "reply_error") == 0) {
        good = open && sent > 0;
    } else if (strcmp(expect, "display") == 0 || strcmp(expect, "display_sanitised") == 0) {
        good = open && h->infos == 1 && strchr(h->last_info, 27) == NULL;
    } else if (strcmp(expect, "share_accepted") == 0) {
        good = h->verdict_count == 1 && h->verdicts[0].verdict == POOL_ACCEPTED;
    } else if (strcmp(expect, "share_rejected") == 0) {
        good = h->verdict_count == 1 && h->verdicts[0].verdict != POOL_ACCEPTED;
    } else if (strcmp(expect, "disconnect") == 0) {
        good = !open;
    }
    if (!good) {
        fail_msg("%s should be %s: status %d, %zu warnings (%s), %zu jobs", why, expect,
                 (int)status, h->warnings, h->last_warning, h->job_count);
    }
}

static void test_corpus(void **state)
{
    json_t *root = load("stratum.json");
    const json_t *cases = vectors_at(root, "lines.cases");
    static const uint8_t nonce[4] = {1, 2, 3, 4};
    size_t index = 0;
    const json_t *one = NULL;
    (void)state;
    json_array_foreach(cases, index, one)
    {
        const char *expect = vectors_text(one, "expect");
        const char *why = vectors_text(one, "why");
        char *line = line_of(one);
        struct harness h;
        if (strstr(why, "subscribe answer") != NULL) {
            memset(&h, 0, sizeof(h));
            open_lane(&h, &plain_lane, "worker.1");
            enum base_status status = harness_line(&h, line, 1000);
            assert_int_equal(status == BASE_OK, strcmp(expect, "accept") == 0);
            harness_close(&h);
            free(line);
            continue;
        }
        open_ready(&h);
        assert_int_equal(harness_line(&h, difficulty, 1000), BASE_OK);
        assert_int_equal(harness_line(&h, notify_line("0", prev_b, "504e86b9", false), 1000),
                         BASE_OK);
        if (strncmp(expect, "share_", 6) == 0) {
            assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 1, 1000), BASE_OK);
        }
        pool_buffer_consume(&h.sent, pool_buffer_size(&h.sent));
        enum base_status status = harness_line(&h, line, 1000);
        check_reaction(&h, expect, why, status);
        harness_close(&h);
        free(line);
    }
    assert_int_equal(index, 152);
    json_decref(root);
}

/* The same events whatever the split of the stream. */
static void test_every_split(void **state)
{
    char stream[4096];
    (void)state;
    int size = snprintf(stream, sizeof(stream), "%s\r\n%s\n\n%s\n%s\n", subscribed, authorized,
                        difficulty, notify_line("a", prev_a, "504e86b9", false));
    for (int split = 0; split <= size; split++) {
        struct harness h = {0};
        open_lane(&h, &plain_lane, "worker.1");
        assert_int_equal(harness_feed(&h, stream, (size_t)split, 1000), BASE_OK);
        assert_int_equal(harness_feed(&h, stream + split, (size_t)(size - split), 1000), BASE_OK);
        assert_int_equal(h.job_count, 1);
        assert_int_equal(h.warnings, 0);
        harness_close(&h);
    }
    struct harness h = {0};
    open_lane(&h, &plain_lane, "worker.1");
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
        harness_open_lane(&h, &pool_stratum_v1, url, "worker.1", &plain_lane, 0, 0);
        if (h.protocol != NULL && h.started == BASE_OK) {
            const char *const lines[] = {subscribed, authorized, difficulty,
                                         notify_line("a", prev_a, "504e86b9", false)};
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

static void test_silence(void **state)
{
    struct harness h = {0};
    (void)state;
    open_lane(&h, &plain_lane, "worker.1"); /* at 1000 */
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
        cmocka_unit_test(test_worked_examples),
        cmocka_unit_test(test_rolled_example),
        cmocka_unit_test(test_digibyte_examples),
        cmocka_unit_test(test_set_extranonce_example),
        cmocka_unit_test(test_login_before_jobs),
        cmocka_unit_test(test_no_difficulty),
        cmocka_unit_test(test_difficulty_order),
        cmocka_unit_test(test_disjoint),
        cmocka_unit_test(test_small_extranonce2),
        cmocka_unit_test(test_epoch_end),
        cmocka_unit_test(test_wrong_algorithm),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_version_rolling),
        cmocka_unit_test(test_corpus),
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
