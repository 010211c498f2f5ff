/* test_v1_vectors.c: pools of the Bitcoin family against the worked examples and the corpus of
 * lines of tests/data/stratum.json and the jobs of tests/data/digibyte_stratum.json: headers and
 * submissions byte for byte, and the reaction to every line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/endian.h"
#include "base/hex.h"
#include "bitcoin/stratum_v1.h"
#include "v1_play.h"
#include "vectors.h"

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

/* Play subscribe answer, v1_difficulty and notify; the job must give the header, and its share the
 * submission, of the example. extranonce2 is the example's because counting starts there. */
static void play(const char *name, const struct pool_algo *algo, const char *answer,
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
    v1_open(h, algo, json_string_value(json_array_get(params, 0)));
    assert_int_equal(harness_line(h, answer, 1000), BASE_OK);
    assert_int_equal(harness_line(h, v1_authorized, 1000), BASE_OK);
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
    json_t *sent = v1_last_sent(h);
    if (!json_equal(json_object_get(sent, "params"), params)) {
        fail_msg("%s: sent %s", name, harness_sent_text(h));
    }
    json_decref(sent);
    json_decref(want);
}

static void test_worked_examples(void **state)
{
    json_t *root = v1_load("stratum.json");
    size_t index = 0;
    const json_t *job = NULL;
    size_t played = 0;
    (void)state;
    json_array_foreach(json_object_get(root, "jobs"), index, job)
    {
        struct harness h;
        struct pool_algo algo = v1_algo;
        if (json_object_get(job, "version_mask") != NULL) {
            continue; /* a rolled version: test_rolled_example */
        }
        algo.difficulty_factor = strcmp(vectors_text(job, "algorithm"), "scrypt") == 0 ? 65536 : 1;
        play(vectors_text(job, "name"), &algo, vectors_text(job, "subscribe_response"),
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
    json_t *root = v1_load("stratum.json");
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
    notice->version = (notice->version & ~mask) | (bits & mask);
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
    json_t *root = v1_load("digibyte_stratum.json");
    size_t index = 0;
    const json_t *one = NULL;
    size_t played = 0;
    (void)state;
    json_array_foreach(json_object_get(root, "stratum_jobs"), index, one)
    {
        const char *name = vectors_text(one, "algo");
        const struct pool_algo *algo = v1_algo_of(strcmp(name, "odo") == 0 ? "odocrypt" : name);
        struct harness h;
        if (algo == NULL) {
            assert_string_equal(name, "groestl"); /* DigiByte has given it up */
            continue;
        }
        json_t *answer = json_pack("{s:i,s:O,s:n}", "id", 1, "result",
                                   json_object_get(one, "subscribe_result"), "error");
        char *answer_text = json_dumps(answer, 0);
        char *notify_text = json_dumps(json_object_get(one, "notify"), 0);
        char *submit_text = json_dumps(json_object_get(one, "submit"), 0);
        play(name, algo, answer_text, v1_difficulty, notify_text, submit_text,
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
    json_t *root = v1_load("stratum.json");
    const json_t *one = json_object_get(root, "set_extranonce");
    const json_t *job = json_array_get(json_object_get(root, "jobs"), 1);
    struct harness h = {0};
    uint8_t want[80];
    (void)state;
    h.memory.extranonce2 = 0x06000000; /* the job after it gets 00000007 */
    v1_open(&h, &v1_algo, "worker.1");
    assert_int_equal(harness_line(&h, vectors_text(job, "subscribe_response"), 1), BASE_OK);
    assert_int_equal(harness_line(&h, v1_authorized, 1), BASE_OK);
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
        good = status == BASE_E_CLOSED && h->wait_ms <= 60000 && h->port != 0;
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
    json_t *root = v1_load("stratum.json");
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
            v1_open(&h, &v1_algo, "worker.1");
            enum base_status status = harness_line(&h, line, 1000);
            assert_int_equal(status == BASE_OK, strcmp(expect, "accept") == 0);
            harness_close(&h);
            free(line);
            continue;
        }
        v1_open_ready(&h);
        assert_int_equal(harness_line(&h, v1_difficulty, 1000), BASE_OK);
        assert_int_equal(harness_line(&h, v1_notify("0", v1_prev_b, "504e86b9", false), 1000),
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worked_examples),
        cmocka_unit_test(test_rolled_example),
        cmocka_unit_test(test_digibyte_examples),
        cmocka_unit_test(test_set_extranonce_example),
        cmocka_unit_test(test_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
