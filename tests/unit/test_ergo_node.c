/* test_ergo_node.c: an Ergo node over REST, answer by answer in simulated time. Answers are a real
 * node's: tests/data/ergo_node.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/target.h"
#include "ergo/ergo_candidate.h"
#include "ergo/ergo_family.h"
#include "ergo/ergo_info.h"
#include "harness.h"
#include "vectors.h"

enum { ASK, POLL, BLOCK, REASON }; /* places of the requests */

static const char node_url[] = "daemon+http://node.example:9053";
static json_t *root;

static int load(void **state)
{
    (void)state;
    root = vectors_load_file(SHARDPICK_TEST_DATA "/ergo_node.json");
    return 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(root);
    return 0;
}

static const json_t *mined(size_t index)
{
    const json_t *row = json_array_get(vectors_at(root, "mined"), index);
    assert_non_null(row);
    return row;
}

static const char *candidate(size_t index)
{
    return vectors_text(mined(index), "candidate_text");
}

/* What the node answered in this case; its status. */
static const char *answer_of(const char *name, long *status)
{
    size_t index = 0;
    const json_t *row = NULL;
    json_array_foreach(vectors_at(root, "rest"), index, row)
    {
        if (strcmp(vectors_text(row, "case"), name) == 0) {
            *status = (long)json_integer_value(json_object_get(row, "status"));
            return vectors_text(row, "answer");
        }
    }
    fail_msg("no case \"%s\"", name);
    return "";
}

static void begin(struct harness *h)
{
    memset(h, 0, sizeof(*h));
    harness_open(h, &pool_ergo_node, node_url, "", false);
    assert_int_equal(h->started, BASE_OK);
    assert_int_equal(h->calls[ASK].count, 1);
}

/* Answer the question for work with a candidate. Once a connection the node's state is asked for
 * before it. */
static enum base_status give(struct harness *h, const char *text, uint64_t now_ms)
{
    if (strncmp(h->calls[ASK].line, "GET /info", 9) == 0) {
        enum base_status status =
            harness_answer(h, ASK, 200, answer_of("info", &(long){0}), now_ms);
        assert_int_equal(status, BASE_OK);
        assert_non_null(strstr(h->last_info, "node 4.0.27, devnet: block 55"));
    }
    return harness_answer(h, ASK, 200, text, now_ms);
}

static const struct pool_job *newest(const struct harness *h)
{
    assert_true(h->job_count > 0);
    return h->jobs[h->job_count - 1];
}

static void nonce_of(uint8_t nonce[8], const json_t *row)
{
    assert_int_equal(base_hex_decode_exact(nonce, 8, vectors_text(row, "nonce")), BASE_OK);
}

/* ---- work ------------------------------------------------------------------------------------ */

/* b - 1 and the difficulty by Python. */
static void test_first_job(void **state)
{
    struct harness h;
    char hex[65];
    (void)state;
    begin(&h);
    assert_string_equal(h.calls[ASK].line, "GET /mining/candidate api_key: k3y");
    assert_string_equal(harness_call_text(&h, ASK), "");
    assert_int_equal(give(&h, candidate(0), 1000), BASE_OK);
    assert_int_equal(h.job_count, 1);
    const struct pool_job *job = newest(&h);
    assert_int_equal(job->header_size, 40);
    assert_int_equal(job->nonce_offset, 32);
    assert_int_equal(job->nonce_size, 8);
    assert_int_equal(job->nonce_fixed, 0);
    assert_int_equal(job->chains, 1);
    assert_int_equal(job->height, 48);
    assert_true(job->clean && job->solo && !job->refill);
    base_hex_encode(hex, job->header, 32);
    assert_string_equal(hex, "04d017092dbcdced4c0f7df6fa7de409780a2ee2da7650a220e5df995c033616");
    base_hex_encode(hex, job->target_be, 32);
    assert_string_equal(hex, "00997ae76b50efd00997ae76b50efd0098b7ddbe977e125c77c18ab6965eda60");
    assert_memory_equal(job->block_target_be, job->target_be, 32);
    assert_string_equal(h.ready, "Ergo node over REST");
    assert_true(h.difficulty > 426.9 && h.difficulty < 427.1);
    assert_int_equal(h.calls[POLL].count, 0); /* there are no long polls */
    assert_int_equal(h.ops->due_ms(h.protocol), 1500);
    harness_close(&h);
}

/* Every block that the node accepted, from candidate to solution. */
static void test_recorded_blocks(void **state)
{
    struct harness h;
    uint64_t now_ms = 1000;
    (void)state;
    begin(&h);
    for (size_t i = 0; i < json_array_size(vectors_at(root, "mined")); i++) {
        const json_t *row = mined(i);
        uint8_t nonce[8];
        uint8_t hit[32];
        char body[64];
        assert_int_equal(give(&h, candidate(i), now_ms), BASE_OK);
        assert_int_equal(h.job_count, i + 1);
        assert_true(newest(&h)->clean);
        assert_int_equal(newest(&h)->height, 48 + i);
        assert_int_equal(base_hex_decode_exact(hit, 32, vectors_text(row, "hit")), BASE_OK);
        assert_true(base_target_meets(hit, newest(&h)->target_be));
        nonce_of(nonce, row);
        assert_int_equal(harness_submit(&h, newest(&h), nonce, hit, i, now_ms), BASE_OK);
        assert_string_equal(h.calls[BLOCK].line, "POST /mining/solution api_key: k3y");
        (void)snprintf(body, sizeof(body), "{\"n\":\"%s\"}", vectors_text(row, "nonce"));
        assert_string_equal(harness_call_text(&h, BLOCK), body);
        long code = (long)json_integer_value(json_object_get(row, "answer_status"));
        assert_int_equal(harness_answer(&h, BLOCK, code, vectors_text(row, "answer"), now_ms),
                         BASE_OK);
        assert_int_equal(h.verdicts[2 * i].verdict, POOL_ACCEPTED);
        assert_true(h.verdicts[2 * i].block);
        /* The block is not applied yet: the node goes on with the solved candidate. */
        assert_int_equal(give(&h, candidate(i), now_ms + 1), BASE_OK);
        assert_int_equal(h.job_count, i + 1);
        assert_int_equal(harness_submit(&h, newest(&h), nonce, hit, 99, now_ms + 2), BASE_OK);
        assert_int_equal(h.calls[BLOCK].count, i + 1); /* nothing is sent for it */
        assert_int_equal(h.verdict_count, 2 * i + 2);
        assert_int_equal(h.verdicts[2 * i + 1].verdict, POOL_STALE);
        now_ms += 600;
        assert_int_equal(h.ops->tick(h.protocol, now_ms, &h.error), BASE_OK);
    }
    harness_close(&h);
}

/* A candidate with other transactions is another job of the same height and voids nothing: the node
 * takes solutions of the one before. */
static void test_same_height(void **state)
{
    static const char other[] =
        "{\"msg\":\"1adf726d239023c3e1cbc32291f9831172807947bd0fea51bf5b366c503e8a35\","
        "\"b\":271175853014792026753093641706529058203366661075116872090410218130019113569,\"h\":"
        "48}";
    struct harness h;
    uint8_t nonce[8];
    (void)state;
    begin(&h);
    assert_int_equal(give(&h, candidate(0), 1000), BASE_OK);
    const struct pool_job *first = newest(&h);
    assert_int_equal(h.ops->tick(h.protocol, 1500, &h.error), BASE_OK);
    assert_int_equal(give(&h, candidate(0), 1501), BASE_OK);
    assert_int_equal(h.job_count, 1); /* unchanged: no job, and yet the node serves */
    assert_int_equal(h.alive, 2);
    assert_int_equal(h.ops->tick(h.protocol, 2001, &h.error), BASE_OK);
    assert_int_equal(give(&h, other, 2002), BASE_OK);
    assert_int_equal(h.job_count, 2);
    assert_false(newest(&h)->clean);
    nonce_of(nonce, mined(0));
    assert_int_equal(harness_submit(&h, first, nonce, NULL, 1, 2003), BASE_OK);
    assert_int_equal(h.calls[BLOCK].count, 1);
    harness_close(&h);
}

/* A solution whose answer is lost: its candidate is mined on, as a job that the lanes, which rest
 * after a find, do not take for the same. */
static void test_lost_answer(void **state)
{
    struct harness h;
    uint8_t nonce[8];
    (void)state;
    begin(&h);
    assert_int_equal(give(&h, candidate(0), 1000), BASE_OK);
    nonce_of(nonce, mined(0));
    assert_int_equal(harness_submit(&h, newest(&h), nonce, NULL, 1, 1001), BASE_OK);
    assert_int_equal(harness_answer(&h, BLOCK, 0, NULL, 1002), BASE_OK);
    assert_int_equal(h.unjudged_count, 1); /* it is sent again */
    assert_true(h.unjudged->maybe_seen);
    assert_int_equal(give(&h, candidate(0), 1003), BASE_OK);
    assert_int_equal(h.job_count, 2);
    assert_memory_equal(h.jobs[0]->header, h.jobs[1]->header, 32);
    assert_memory_not_equal(h.jobs[0]->header, h.jobs[1]->header, 40);
    harness_close(&h);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void test_refused_solutions(void **state)
{
    static const struct {
        const char *name;
        enum pool_verdict verdict;
        const char *part;
    } cases[] = {
        {"solution just accepted, sent again", POOL_STALE, "has a solution of this height"},
        {"nonce that does not solve", POOL_STALE, "h(f) < b condition not met"},
        {"nonce of 2 bytes, no candidate cached", POOL_STALE, "already solved"},
        {"nonce of 2 bytes, candidate cached", POOL_UNANSWERED, "in time"},
        {"n missing", POOL_MALFORMED, "DownField(n)"},
        {"not JSON", POOL_MALFORMED, "exhausted input"},
        {"wrong method", POOL_REFUSED, "HTTP 404"},
    };
    struct harness refused;
    uint8_t other[8] = {0};
    long refused_code = 0;
    const char *text = answer_of("candidateWithTxs wrong key", &refused_code);
    (void)state;
    begin(&refused); /* not let in: the node has not judged it */
    assert_int_equal(give(&refused, candidate(0), 1000), BASE_OK);
    assert_int_equal(harness_submit(&refused, newest(&refused), other, NULL, 1, 1001), BASE_OK);
    assert_int_equal(harness_answer(&refused, BLOCK, refused_code, text, 1002), BASE_OK);
    assert_int_equal(refused.unjudged_count, 1);
    assert_non_null(strstr(refused.last_warning, "authentication"));
    harness_close(&refused);
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct harness h;
        uint8_t nonce[8] = {0};
        long code = 0;
        const char *answer = answer_of(cases[i].name, &code);
        begin(&h);
        assert_int_equal(give(&h, candidate(0), 1000), BASE_OK);
        assert_int_equal(harness_submit(&h, newest(&h), nonce, NULL, 1, 1001), BASE_OK);
        assert_int_equal(harness_answer(&h, BLOCK, code, answer, 1002), BASE_OK);
        if (h.verdicts[0].verdict != cases[i].verdict ||
            strstr(h.verdicts[0].text, cases[i].part) == NULL) {
            fail_msg("%s: verdict %d, \"%s\"", cases[i].name, (int)h.verdicts[0].verdict,
                     h.verdicts[0].text);
        }
        assert_int_equal(h.calls[ASK].count, 2); /* lanes need work again */
        harness_close(&h);
    }
}

/* Why there is no candidate. Words of the node's source where a running node was not seen so. */
static void test_no_work(void **state)
{
    static const struct {
        long code;
        const char *body; /* NULL: no answer in time */
        enum base_status status;
        const char *part;
    } cases[] = {
        {500, "{\"error\":500,\"detail\":\"Miner has not started yet\"}", BASE_E_STATE, "synced"},
        {500, "{\"error\":500,\"detail\":\"Miner PK not initialized\"}", BASE_E_STATE,
         "miningPubKeyHex"},
        {500, "{\"error\":500,\"detail\":\"External miner support is inactive\"}", BASE_E_STATE,
         "useExternalMiner = true"},
        {500, "no JSON", BASE_E_STATE, "HTTP 500"},
        {403, "{\"error\":403,\"reason\":\"forbidden\",\"detail\":\"not authorized\"}",
         BASE_E_REFUSED, "--api-key"},
        {404, "{\"error\":404,\"reason\":\"not-found\"}", BASE_E_FORMAT, "9053"},
        {200, "<html>", BASE_E_FORMAT, "not JSON"},
        {200, "{\"msg\":\"00\",\"b\":1,\"h\":1}", BASE_E_FORMAT, "\"msg\""},
        {0, NULL, BASE_E_TIMEOUT, "ergo.node.mining = true"},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct harness h;
        begin(&h);
        enum base_status status = harness_answer(&h, ASK, cases[i].code, cases[i].body, 1000);
        if (status != cases[i].status || strstr(h.error.text, cases[i].part) == NULL ||
            strstr(h.error.text, "k3y") != NULL) {
            fail_msg("case %zu: status %d, \"%s\"", i, (int)status, h.error.text);
        }
        assert_int_equal(h.job_count, 0);
        harness_close(&h);
    }
}

/* What GET /info says, in one sentence; the first answer is a node's. */
static void test_info(void **state)
{
    static const struct {
        long code;
        const char *body; /* NULL: the recorded one */
        const char *part;
        bool reached;
        bool fine;
    } cases[] = {
        {200, NULL, "(4.0.27, devnet) says that it mines and has block 55", true, true},
        {200, "{\"appVersion\":\"5.0.1\",\"isMining\":false,\"fullHeight\":9,\"headersHeight\":9}",
         "ergo.node.mining = true", true, false},
        {200, "{\"appVersion\":\"5.0.1\",\"isMining\":true,\"fullHeight\":9,\"headersHeight\":16}",
         "block 9 of 16", true, false},
        {200, "{\"appVersion\":\"5\",\"isMining\":true,\"fullHeight\":null,\"headersHeight\":3}",
         "block 0:", true, true},
        {200, "[]", "9053", false, false},
        {404, "{\"error\":404}", "HTTP 404", false, false},
        {0, "", "does not answer", false, false},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct pool_server server;
        struct pool_inquiry inquiry;
        struct base_error error = {BASE_OK, ""};
        long code = cases[i].code;
        uint16_t port = 0;
        const char *body = cases[i].body != NULL ? cases[i].body : answer_of("info", &code);
        assert_int_equal(pool_server_parse(&server, node_url, &error), BASE_OK);
        pool_inquiry_begin(&inquiry, &pool_ergo_info, &server, false, false);
        assert_string_equal(inquiry.ops->question(&inquiry, &port), "/info");
        assert_int_equal(port, 9053);
        inquiry.ops->answer(&inquiry, code, body, strlen(body));
        assert_null(inquiry.ops->question(&inquiry, &port));
        if (strstr(inquiry.text, cases[i].part) == NULL || inquiry.reached != cases[i].reached ||
            inquiry.fine != cases[i].fine) {
            fail_msg("case %zu: \"%s\"", i, inquiry.text);
        }
        assert_int_equal(inquiry.finding_count, cases[i].reached ? 3 : 0);
    }
}

/* ---- candidates ------------------------------------------------------------------------------ */

#define MSG "\"msg\":\"04d017092dbcdced4c0f7df6fa7de409780a2ee2da7650a220e5df995c033616\","

static void test_numbers(void **state)
{
    static const struct {
        const char *body;
        const char *b; /* NULL: no candidate */
    } cases[] = {
        {"{" MSG "\"b\":1,\"h\":1}",
         "0000000000000000000000000000000000000000000000000000000000000001"},
        {"{" MSG "\"b\":9223372036854775807,\"h\":1}",
         "0000000000000000000000000000000000000000000000007fffffffffffffff"},
        {"{" MSG "\"b\":18446744073709551616,\"height\":4294967295}",
         "0000000000000000000000000000000000000000000000010000000000000000"},
        {"{" MSG "\"b\":\"1157920892373161954235709850086879078532699846656405640394575840079131296"
         "39935\",\"h\":0}",
         "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
        {"{" MSG "\"x\":\"a \\\" 12345678901234567890\",\"b\":256,\"h\":7}",
         "0000000000000000000000000000000000000000000000000000000000000100"},
        {"{" MSG "\"b\":115792089237316195423570985008687907853269984665640564039457584007913129639"
         "936,\"h\":1}",
         NULL},
        {"{" MSG "\"b\":0,\"h\":1}", NULL},
        {"{" MSG "\"b\":-5,\"h\":1}", NULL},
        {"{" MSG "\"b\":-12345678901234567890,\"h\":1}", NULL},
        {"{" MSG "\"b\":1.5,\"h\":1}", NULL},
        {"{" MSG "\"b\":\"\",\"h\":1}", NULL},
        {"{" MSG "\"b\":\"1x\",\"h\":1}", NULL},
        {"{" MSG "\"h\":1}", NULL},
        {"{" MSG "\"b\":1}", NULL}, /* version 1 */
        {"{" MSG "\"b\":1,\"h\":4294967296}", NULL},
        {"{" MSG "\"b\":1,\"h\":1,\"extraNonce1\":\"0a\"}", NULL},
        {"{\"msg\":4,\"b\":1,\"h\":1}", NULL},
        {"[]", NULL},
        {"{\"msg\":\"", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct base_error error = {BASE_OK, ""};
        struct pool_ergo_candidate *made = NULL;
        enum base_status status =
            pool_ergo_candidate_read(&made, cases[i].body, strlen(cases[i].body), &error);
        assert_true((status == BASE_OK) == (made != NULL));
        if ((cases[i].b != NULL) != (status == BASE_OK)) {
            fail_msg("case %zu: status %d, \"%s\"", i, (int)status, error.text);
        }
        if (made != NULL) {
            char hex[65];
            base_hex_encode(hex, made->b_be, 32);
            assert_string_equal(hex, cases[i].b);
        } else {
            assert_true(error.text[0] != '\0');
        }
        base_free(made);
    }
}

/* A hit counts below b: the target of a job is b - 1, with every borrow. */
static void test_targets(void **state)
{
    struct pool_ergo_candidate candidate = {.b_be = {[0] = 1}, .height = 5};
    char hex[65];
    (void)state;
    struct pool_job_full *job = pool_ergo_job(&candidate, 3);
    assert_non_null(job);
    base_hex_encode(hex, job->job.target_be, 32);
    assert_string_equal(hex, "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
    assert_int_equal(job->job.header[39], 3);
    pool_job_unref(&job->job);
    candidate = (struct pool_ergo_candidate){.b_be = {[31] = 1}};
    job = pool_ergo_job(&candidate, 0);
    assert_non_null(job);
    base_hex_encode(hex, job->job.target_be, 32);
    assert_string_equal(hex, "0000000000000000000000000000000000000000000000000000000000000000");
    pool_job_unref(&job->job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_job),
        cmocka_unit_test(test_recorded_blocks),
        cmocka_unit_test(test_same_height),
        cmocka_unit_test(test_lost_answer),
        cmocka_unit_test(test_refused_solutions),
        cmocka_unit_test(test_no_work),
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_targets),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
