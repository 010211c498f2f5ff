/* test_alephium_stratum.c: Alephium pools in every dialect, against the transcripts and the target
 * table of tests/data/alephium.json: what is read, what is sent byte for byte, every verdict, time
 * limits, hostile lines, and allocations that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alephium/alephium_family.h"
#include "alephium/alephium_notify.h"
#include "base/alloc.h"
#include "base/hex.h"
#include "base/target.h"
#include "harness.h"
#include "protocol/reject.h"
#include "vectors.h"
#include "wire/json.h"

static const char url[] = "stratum+tcp://pool.example:20032";
static const char user[] = "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr.rig1";

static void open_pool(struct harness *h)
{
    harness_open(h, &pool_alephium_stratum, url, user, false);
    pool_buffer_consume(&h->sent, pool_buffer_size(&h->sent));
}

static const json_t *transcript(const json_t *root, size_t index)
{
    return json_object_get(json_array_get(vectors_at(root, "stratum.transcripts"), index), "lines");
}

static const char *line_at(const json_t *lines, size_t index)
{
    return json_string_value(json_array_get(json_array_get(lines, index), 1));
}

/* Feed every server line of a transcript. */
static void feed_server_lines(struct harness *h, const json_t *lines)
{
    size_t index = 0;
    const json_t *line = NULL;
    json_array_foreach(lines, index, line)
    {
        if (strcmp(json_string_value(json_array_get(line, 0)), "S") == 0) {
            assert_int_equal(harness_line(h, line_at(lines, index), 1000), BASE_OK);
        }
    }
}

/* Compare two lines as JSON values but for their ids. */
static void check_line(const char *sent, const char *want)
{
    json_t *a = json_loads(sent, JSON_DISABLE_EOF_CHECK, NULL);
    json_t *b = json_loads(want, 0, NULL);
    assert_non_null(a);
    assert_non_null(b);
    (void)json_object_del(a, "id");
    (void)json_object_del(b, "id");
    if (!json_equal(a, b)) {
        fail_msg("sent %s instead of %s", sent, want);
    }
    json_decref(a);
    json_decref(b);
}

static void test_first_lines(void **state)
{
    struct harness h;
    (void)state;
    harness_open(&h, &pool_alephium_stratum, url, user, false);
    assert_string_equal(
        harness_sent_text(&h),
        "{\"id\":1,\"method\":\"mining.hello\",\"params\":[\"shardpick/test\","
        "\"AlephiumStratum/1.0.0\"]}\n"
        "{\"id\":2,\"method\":\"mining.subscribe\",\"params\":[\"shardpick/test\"]}\n"
        "{\"id\":3,\"method\":\"mining.authorize\",\"params\":["
        "\"1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr.rig1\",\"x\"]}\n");
    harness_close(&h);
    harness_open(&h, &pool_alephium_stratum, url, user, true);
    assert_null(strstr(harness_sent_text(&h), "mining.hello"));
    harness_close(&h);
}

static void test_official_accepted(void **state)
{
    json_t *root = vectors_load();
    const json_t *lines = transcript(root, 0);
    uint8_t nonce[24];
    uint8_t hash[32];
    struct harness h;
    (void)state;
    open_pool(&h);
    for (size_t i = 0; i <= 6; i++) {
        if (i == 0 || i == 2 || i >= 4) {
            assert_int_equal(harness_line(&h, line_at(lines, i), 1000), BASE_OK);
        }
    }
    assert_int_equal(h.job_count, 1);
    const struct pool_job *job = h.jobs[0];
    assert_int_equal(job->chain, 6);
    assert_int_equal(job->height, 1006);
    assert_int_equal(job->nonce_fixed, 2);
    assert_int_equal(job->header[0], 0xf8);
    assert_int_equal(job->header[1], 0x4d);
    assert_true(job->clean);
    assert_false(job->solo);
    assert_string_equal(job->label, "1a");
    assert_true(h.difficulty > 0.00097 && h.difficulty < 0.00098);
    uint8_t target[32];
    assert_int_equal(
        base_hex_decode_exact(target, 32,
                              "00000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffc00"),
        BASE_OK);
    assert_memory_equal(job->target_be, target, 32);
    /* the block target is in the header's last four bytes: 1e241e5d */
    assert_int_equal(
        base_hex_decode_exact(target, 32,
                              "0000241e5d000000000000000000000000000000000000000000000000000000"),
        BASE_OK);
    assert_memory_equal(job->block_target_be, target, 32);

    assert_int_equal(
        base_hex_decode_exact(nonce, 24, "f84d0000000000000000000000000000000000000199a5ce"), 0);
    const json_t *one = json_array_get(vectors_at(root, "stratum.transcripts"), 0);
    assert_int_equal(base_hex_decode_exact(hash, 32, vectors_text(one, "expectedHash")), 0);
    assert_int_equal(harness_submit(&h, job, nonce, hash, 9, 1000), BASE_OK);
    check_line(harness_sent_text(&h), line_at(lines, 7));
    assert_int_equal(harness_line(&h, "{\"id\":5,\"result\":true}", 1000), BASE_OK);
    assert_int_equal(h.verdict_count, 1);
    assert_int_equal(h.verdicts[0].verdict, POOL_ACCEPTED);
    assert_int_equal(h.verdicts[0].tag, 9);
    assert_true(h.verdicts[0].block); /* 00000f70.. is below 0000241e.. */
    harness_close(&h);
    json_decref(root);
}

/* Jobs in a ready state: official notify, extranonce f84d. */
static void make_ready(struct harness *h, const json_t *root)
{
    const json_t *lines = transcript(root, 0);
    open_pool(h);
    assert_int_equal(harness_line(h, line_at(lines, 5), 1000), BASE_OK);
    assert_int_equal(harness_line(h, line_at(lines, 6), 1000), BASE_OK);
    assert_int_equal(h->job_count, 1);
}

static void test_verdicts(void **state)
{
    static const struct {
        const char *answer; /* behind "id": */
        enum pool_verdict verdict;
    } cases[] = {
        {"5,\"result\":true}", POOL_ACCEPTED},
        {"\"5\",\"result\":true,\"error\":null}", POOL_ACCEPTED},
        {"5,\"method\":\"mining.submit_result\",\"result\":true,\"error\":null}", POOL_ACCEPTED},
        {"5,\"result\":\"OK\"}", POOL_ACCEPTED},
        {"5,\"result\":null}", POOL_REFUSED},
        {"5,\"result\":false}", POOL_REFUSED},
        {"5,\"result\":true,\"error\":[21,\"Job not found\",null]}", POOL_STALE},
        {"5,\"method\":\"mining.submit_result\",\"result\":null,\"error\":[22,\"invalid worker\"]}",
         POOL_UNAUTHORIZED},
        {"5,\"result\":null,\"error\":[25,\"low difficulty share of 0.5, current difficulty: 1\"]}",
         POOL_LOW_DIFFICULTY},
        {"5,\"result\":false,\"error\":{\"code\":26,\"message\":\"invalid block chain index\"}}",
         POOL_WRONG_CHAIN},
        {"5,\"result\":false,\"error\":{\"code\":20,\"message\":\"job not found\"}}", POOL_STALE},
        {"5,\"result\":false,\"error\":{\"code\":24,\"message\":\"duplicate share\"}}",
         POOL_DUPLICATE},
        {"5,\"result\":false,\"error\":{\"code\":23}}", POOL_MALFORMED},
        {"5,\"result\":false,\"error\":\"Malformed PoW solution\"}", POOL_MALFORMED},
        {"5,\"result\":false,\"error\":{\"code\":-1,\"message\":\"stale share\"}}", POOL_STALE},
        {"5,\"result\":false,\"error\":{\"code\":99,\"message\":\"no\"}}", POOL_REFUSED},
        {"5,\"error\":[24,\"Unauthorized worker\",null]}", POOL_UNAUTHORIZED},
    };
    json_t *root = vectors_load();
    static const uint8_t nonce[24] = {0xf8, 0x4d};
    static const uint8_t hash[32] = {0x7f};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct harness h;
        char line[512];
        make_ready(&h, root);
        assert_int_equal(harness_submit(&h, h.jobs[0], nonce, hash, 1, 1000), BASE_OK);
        (void)snprintf(line, sizeof(line), "{\"id\":%s", cases[i].answer);
        assert_int_equal(harness_line(&h, line, 1000), BASE_OK);
        if (h.verdict_count != 1 || h.verdicts[0].verdict != cases[i].verdict) {
            fail_msg("%s gives %s", line,
                     h.verdict_count == 0 ? "none" : pool_verdict_text(h.verdicts[0].verdict));
        }
        assert_false(h.verdicts[0].block);
        assert_int_equal(harness_line(&h, line, 1000), BASE_OK); /* again: no second verdict */
        assert_int_equal(h.verdict_count, 1);
        harness_close(&h);
    }
    json_decref(root);
}

static void test_sixteen_jobs_and_stale(void **state)
{
    json_t *root = vectors_load();
    const char *single = line_at(transcript(root, 0), 6);
    const char *header = strstr(single, "headerBlob");
    static const uint8_t nonce[24] = {0xf8, 0x4d};
    char *notify = malloc(65536);
    uint8_t share[32];
    struct harness h;
    (void)state;
    assert_non_null(notify);
    header = strchr(header + 10, '"') + 1;
    header = header[0] == ':' ? strchr(header, '"') + 1 : header;
    size_t size = (size_t)snprintf(notify, 65536, "{\"method\":\"mining.notify\",\"params\":[");
    for (unsigned chain = 0; chain < 16; chain++) {
        size += (size_t)snprintf(notify + size, 65536 - size,
                                 "%s{\"jobId\":\"b%u\",\"fromGroup\":%u,\"toGroup\":%u,"
                                 "\"headerBlob\":\"%.604s\",\"txsBlob\":\"\",\"targetBlob\":"
                                 "\"03ffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"}",
                                 chain == 0 ? "" : ",", chain, chain / 4, chain % 4, header);
    }
    (void)snprintf(notify + size, 65536 - size, "]}");
    make_ready(&h, root);
    assert_int_equal(harness_line(&h, notify, 2000), BASE_OK);
    assert_int_equal(h.job_count, 17);
    for (size_t i = 1; i < 17; i++) {
        assert_int_equal(h.jobs[i]->chain, i - 1);
        assert_int_equal(h.jobs[i]->clean, i == 1);
        assert_int_equal(h.jobs[i]->nonce_fixed, 2);
    }
    assert_int_equal(harness_line(&h, notify, 2100), BASE_OK); /* the same set: nothing new */
    assert_int_equal(h.job_count, 17);
    /* a single job again: the others are void, which clean says */
    assert_int_equal(harness_line(&h, single, 3000), BASE_OK);
    assert_int_equal(h.job_count, 18);
    assert_true(h.jobs[17]->clean);
    /* superseded: within 10 s it is sent, and an unexplained refusal is called stale */
    assert_int_equal(harness_submit(&h, h.jobs[5], nonce, NULL, 1, 12000), BASE_OK);
    assert_int_equal(h.sent_count, 1);
    assert_int_equal(harness_line(&h, "{\"id\":5,\"result\":null}", 12000), BASE_OK);
    assert_int_equal(h.verdicts[0].verdict, POOL_STALE);
    memset(share, 0xff, sizeof(share)); /* no block */
    assert_int_equal(harness_submit(&h, h.jobs[5], nonce, share, 2, 12001), BASE_OK);
    assert_int_equal(h.sent_count, 1); /* later: not sent */
    assert_int_equal(h.verdicts[1].verdict, POOL_STALE);
    assert_int_equal(harness_submit(&h, h.jobs[17], nonce, NULL, 3, 60000), BASE_OK);
    assert_int_equal(h.sent_count, 2); /* the current job never is */
    harness_close(&h);
    free(notify);
    json_decref(root);
}

static void test_miningcore(void **state)
{
    json_t *root = vectors_load();
    const json_t *lines = transcript(root, 3);
    uint8_t nonce[24] = {0x17, 0xa5};
    struct harness h;
    (void)state;
    open_pool(&h);
    for (size_t i = 1; i <= 6; i++) {
        if (i != 2) {
            const char *line = line_at(lines, i);
            if (i == 3) { /* the transcript's ids are not ours: authorize is 3 here */
                line = "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":true}";
            }
            assert_int_equal(harness_line(&h, line, 1000), BASE_OK);
        }
    }
    assert_int_equal(h.job_count, 1);
    assert_int_equal(h.jobs[0]->nonce_fixed, 2);
    assert_int_equal(h.jobs[0]->height, 0);
    assert_string_equal(h.ready, "Alephium pool that answers hello");
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 1, 1000), BASE_OK);
    check_line(harness_sent_text(&h), line_at(lines, 7));
    harness_close(&h);
    json_decref(root);
}

static void test_old_official_and_odd_authorize(void **state)
{
    json_t *root = vectors_load();
    struct harness h;
    (void)state;
    make_ready(&h, root);
    feed_server_lines(&h, transcript(root, 4));
    /* 4711 as a number: two bytes, and the job again with them */
    assert_int_equal(h.job_count, 2);
    assert_int_equal(h.jobs[1]->header[0], 4711 >> 8);
    assert_int_equal(h.jobs[1]->header[1], 4711 & 255);
    assert_int_equal(h.jobs[1]->nonce_fixed, 2);
    assert_true(h.jobs[1]->clean);
    feed_server_lines(&h, transcript(root, 5));
    assert_int_equal(h.jobs[2]->nonce_fixed, 3);
    assert_int_equal(h.jobs[2]->header[2], 0x44);
    assert_int_equal(h.warnings, 0);
    harness_close(&h);
    json_decref(root);
}

static void test_alephium_stratum_1(void **state)
{
    json_t *root = vectors_load();
    const json_t *lines = transcript(root, 6);
    uint8_t nonce[24];
    struct harness h;
    (void)state;
    open_pool(&h);
    for (size_t i = 3; i <= 5; i++) {
        assert_int_equal(harness_line(&h, line_at(lines, i), 1000), BASE_OK);
    }
    assert_int_equal(h.job_count, 1);
    assert_int_equal(h.jobs[0]->chain, 6);
    assert_string_equal(h.ready, "Alephium pool, AlephiumStratum/1.0.0");
    assert_int_equal(
        base_hex_decode_exact(nonce, 24, "f84d0000000000000000000000000000000000000199a5ce"), 0);
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 1, 1000), BASE_OK);
    check_line(harness_sent_text(&h), line_at(lines, 6));
    assert_int_equal(harness_line(&h, "{\"id\":\"5\",\"result\":true}", 1000), BASE_OK);
    assert_int_equal(h.verdicts[0].verdict, POOL_ACCEPTED);
    /* with another extranonce the old nonce cannot be written any more */
    assert_int_equal(
        harness_line(&h, "{\"method\":\"mining.set_extranonce\",\"params\":\"0102\"}", 1000),
        BASE_OK);
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 2, 1000), BASE_OK);
    assert_int_equal(h.verdicts[1].verdict, POOL_NOT_SENT);
    harness_close(&h);
    json_decref(root);
}

/* A hash is of one chain in sixteen. Asked for once. */
static void test_suggests_by_rate(void **state)
{
    json_t *root = vectors_load();
    struct base_error error = {BASE_OK, ""};
    struct harness h;
    (void)state;
    open_pool(&h);
    feed_server_lines(&h, transcript(root, 0));
    double hashes = base_target_expected_tries(h.jobs[0]->target_be) * 16;
    assert_int_equal(h.ops->rate(h.protocol, hashes / 20, 2000, &error), BASE_OK);
    assert_null(strstr(harness_sent_text(&h), "mining.suggest_difficulty"));
    assert_int_equal(h.ops->rate(h.protocol, hashes / 60, 2000, &error), BASE_OK);
    const char *line = strstr(harness_sent_text(&h), "mining.suggest_difficulty");
    assert_non_null(line);
    double asked = strtod(strchr(line, '[') + 1, NULL) * 12; /* 60 s instead of 5 s */
    assert_true(asked > h.difficulty * 0.999 && asked < h.difficulty * 1.001);
    harness_close(&h);
    json_decref(root);
}

static void test_no_target_at_all(void **state)
{
    json_t *root = vectors_load();
    char *line = strdup(line_at(transcript(root, 0), 6));
    char *blob = strstr(line, ",\"targetBlob\"");
    struct harness h;
    (void)state;
    assert_non_null(blob);
    memcpy(blob, "}]}", sizeof "}]}"); /* shorter than the member that ends there */
    open_pool(&h);
    assert_int_equal(harness_line(&h, line, 1000), BASE_OK);
    assert_int_equal(h.job_count, 0);
    assert_non_null(strstr(harness_sent_text(&h), "mining.suggest_difficulty"));
    assert_int_equal(h.ops->due_ms(h.protocol), 6000);
    assert_int_equal(
        harness_line(&h, "{\"method\":\"mining.set_difficulty\",\"params\":[0.5]}", 2000), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(h.jobs[0]->target_be[3], 0x07);
    harness_close(&h);

    open_pool(&h); /* and with nothing in 5 s, difficulty 1 is assumed and said */
    assert_int_equal(harness_line(&h, line, 1000), BASE_OK);
    assert_int_equal(h.ops->tick(h.protocol, 5999, &h.error), BASE_OK);
    assert_int_equal(h.job_count, 0);
    assert_int_equal(h.ops->tick(h.protocol, 6000, &h.error), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(h.warnings, 1);
    harness_close(&h);
    free(line);
    json_decref(root);
}

static void test_hostile_lines(void **state)
{
    json_t *root = vectors_load();
    const json_t *lines = transcript(root, 7);
    struct harness h;
    size_t index = 0;
    const json_t *line = NULL;
    (void)state;
    make_ready(&h, root);
    json_array_foreach(lines, index, line)
    {
        if (harness_line(&h, line_at(lines, index), 1000) != BASE_OK) {
            fail_msg("%s: %s", line_at(lines, index), h.error.text);
        }
    }
    assert_int_equal(h.job_count, 1); /* no bad job got through, none was lost */
    assert_true(h.warnings >= 9);
    assert_string_equal(h.last_info, "the pool says: hello");
    harness_close(&h);
    json_decref(root);
}

static void test_bounds(void **state)
{
    enum { NEST = 200000, LINE = 1 << 20, LONG = LINE + 2 };
    char *text = malloc(LONG);
    struct harness h;
    (void)state;
    assert_non_null(text);
    memset(text, '[', NEST);
    text[NEST] = '\n';
    open_pool(&h);
    assert_int_equal(harness_feed(&h, text, NEST + 1, 1000), BASE_E_LIMIT);
    assert_non_null(strstr(h.error.text, "nested"));
    harness_close(&h);
    memset(text, 'x', LONG); /* no line end: closed at the limit, not at the memory's end */
    open_pool(&h);
    assert_int_equal(harness_feed(&h, text, LINE, 1000), BASE_OK);
    assert_int_equal(harness_feed(&h, text, 2, 1000), BASE_E_LIMIT);
    harness_close(&h);
    /* very many tiny values cost memory: refused before they are built */
    for (size_t i = 0; i + 2 < LONG; i += 2) {
        memcpy(text + i, "1,", 2);
    }
    text[0] = '[';
    text[LONG - 3] = '\n';
    open_pool(&h);
    assert_int_equal(harness_feed(&h, text, LONG - 2, 1000), BASE_E_LIMIT);
    harness_close(&h);
    free(text);
}

static void test_any_split(void **state)
{
    json_t *root = vectors_load();
    const char *notify = line_at(transcript(root, 0), 6);
    char both[4096];
    (void)state;
    int size = snprintf(
        both, sizeof(both),
        "\r\n  {\"method\":\"mining.set_extranonce\",\"params\":[\"f84d\"]}\r\n%s\n", notify);
    assert_true(size > 0 && (size_t)size < sizeof(both));
    for (size_t cut = 0; cut <= (size_t)size; cut++) {
        struct harness h;
        open_pool(&h);
        assert_int_equal(harness_feed(&h, both, cut, 1000), BASE_OK);
        assert_int_equal(harness_feed(&h, both + cut, (size_t)size - cut, 1000), BASE_OK);
        assert_int_equal(h.job_count, 1);
        assert_int_equal(h.jobs[0]->nonce_fixed, 2);
        harness_close(&h);
    }
    json_decref(root);
}

static void test_requests(void **state)
{
    static const struct {
        const char *line;
        const char *answer;
    } cases[] = {
        {"{\"id\":12,\"method\":\"client.get_version\",\"params\":[]}",
         "{\"id\":12,\"result\":\"shardpick/test\",\"error\":null}\n"},
        {"{\"id\":\"p1\",\"method\":\"mining.ping\",\"params\":[]}",
         "{\"id\":\"p1\",\"result\":\"pong\",\"error\":null}\n"},
        {"{\"id\":7,\"method\":\"mining.dance\"}",
         "{\"id\":7,\"result\":null,\"error\":[20,\"unknown method\",null]}\n"},
        {"{\"id\":null,\"method\":\"mining.dance\"}", ""},
        {"{\"method\":\"client.show_message\",\"params\":[\"a\\u0007b\"]}", ""},
    };
    struct harness h;
    (void)state;
    open_pool(&h);
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        assert_int_equal(harness_line(&h, cases[i].line, 1000), BASE_OK);
        assert_string_equal(harness_sent_text(&h), cases[i].answer);
        pool_buffer_consume(&h.sent, pool_buffer_size(&h.sent));
    }
    assert_string_equal(h.last_info, "the pool says: a b"); /* no control characters in a log */
    harness_close(&h);
}

static void test_redirects(void **state)
{
    struct harness h;
    (void)state;
    open_pool(&h);
    assert_int_equal(
        harness_line(&h, "{\"method\":\"client.reconnect\",\"params\":[\"evil.example\",1]}", 1000),
        BASE_OK);
    assert_int_equal(h.warnings, 1);
    assert_int_equal(h.port, 0);
    assert_int_equal(harness_line(&h, "{\"method\":\"client.reconnect\",\"params\":[]}", 1000),
                     BASE_E_CLOSED);
    assert_string_equal(h.host, h.server.host);
    assert_int_equal(h.port, h.server.port);
    assert_int_equal(h.wait_ms, 0);
    harness_close(&h);
    open_pool(&h);
    assert_int_equal(
        harness_line(
            &h, "{\"method\":\"client.reconnect\",\"params\":[\"POOL.example\",\"3333\",0]}", 1000),
        BASE_E_CLOSED);
    assert_int_equal(h.port, 3333);
    harness_close(&h);
}

static void test_login_refused(void **state)
{
    static const char *const lines[] = {
        "{\"id\":3,\"result\":false}",
        "{\"id\":3,\"result\":null,\"error\":[24,\"bad address\"]}",
        "{\"id\":3,\"result\":false,\"error\":{\"code\":22,\"message\":\"bad address\"}}",
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(lines); i++) {
        struct harness h;
        open_pool(&h);
        assert_int_equal(harness_line(&h, lines[i], 1000), BASE_E_REFUSED);
        assert_non_null(strstr(h.error.text, i == 0 ? "refuses the login" : "bad address"));
        harness_close(&h);
    }
}

static void test_wrong_port_is_named(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *says;
    } cases[] = {
        {"\x00\x00\x16\x56\x01", 5, "daemon+tcp://pool.example:20032"},
        {"\x15\x03\x01\x00\x02", 5, "stratum+ssl://pool.example:20032"},
        {"HTTP/1.1 400 Bad Request\r\n", 26, "HTTP"},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct harness h;
        open_pool(&h);
        assert_int_equal(harness_feed(&h, cases[i].bytes, cases[i].size, 1000), BASE_E_FORMAT);
        assert_non_null(strstr(h.error.text, cases[i].says));
        harness_close(&h);
    }
}

static void test_unanswered_shares(void **state)
{
    json_t *root = vectors_load();
    static const uint8_t nonce[24] = {0xf8, 0x4d};
    struct harness h;
    (void)state;
    make_ready(&h, root);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, i, 1000 + i), BASE_OK);
    }
    assert_int_equal(h.ops->due_ms(h.protocol), 11000);
    assert_int_equal(h.ops->tick(h.protocol, 11002, &h.error), BASE_OK);
    assert_int_equal(h.verdict_count, 3);
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 4, 12000), BASE_OK);
    assert_int_equal(h.ops->tick(h.protocol, 22000, &h.error), BASE_E_TIMEOUT);
    assert_int_equal(h.verdict_count, 4);
    harness_close(&h);
    json_decref(root);
}

static void test_difficulty_to_target(void **state)
{
    json_t *root = vectors_load();
    const json_t *cases = vectors_at(root, "stratum.difficultyToTarget.cases");
    size_t index = 0;
    const json_t *one = NULL;
    (void)state;
    assert_true(json_array_size(cases) >= 20);
    json_array_foreach(cases, index, one)
    {
        const char *text = vectors_text(one, "difficulty");
        double difficulty = strcmp(text, "1/1024") == 0 ? 1.0 / 1024 : strtod(text, NULL);
        unsigned zeros = (unsigned)json_integer_value(json_object_get(one, "diff1TargetNumZero"));
        uint8_t want[32];
        uint8_t got[32];
        assert_int_equal(base_hex_decode_exact(want, 32, vectors_text(one, "targetHex")), BASE_OK);
        assert_int_equal(pool_alephium_difficulty(got, difficulty, zeros), BASE_OK);
        assert_memory_equal(got, want, 32);
        assert_int_equal(pool_alephium_target_hex(got, vectors_text(one, "targetBlob")), BASE_OK);
        assert_memory_equal(got, want, 32);
    }
    uint8_t none[32];
    assert_int_equal(pool_alephium_difficulty(none, 0, 30), BASE_E_RANGE);
    assert_int_equal(pool_alephium_difficulty(none, -1, 30), BASE_E_RANGE);
    assert_int_equal(pool_alephium_difficulty(none, 1e300, 30), BASE_E_RANGE);
    assert_int_equal(pool_alephium_difficulty(none, 0.0 / 0.0, 30), BASE_E_RANGE);
    json_decref(root);
}

static void test_extranonce_forms(void **state)
{
    static const struct {
        const char *params;
        int size; /* -1: refused */
    } cases[] = {
        {"[\"f84d\"]", 2},
        {"\"f84d\"", 2},
        {"{\"extranonce\":\"914544\"}", 3},
        {"[\"\"]", 0},
        {"[9999]", 2},
        {"[0]", 2},
        {"[10000]", -1},
        {"[-1]", -1},
        {"[\"abc\"]", -1},
        {"[\"zz\"]", -1},
        {"[null]", -1},
        {"[]", -1},
        {"[\"f84d\",4]", 2},
        {"[[\"a\"]]", -1},
        {"[\"00112233445566778899aabbccddeeff\"]", 16},
        {"[\"00112233445566778899aabbccddeeff00\"]", -1},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        json_t *params = json_loads(cases[i].params, JSON_DECODE_ANY, NULL);
        struct base_error error = {BASE_OK, ""};
        uint8_t bytes[POOL_EXTRANONCE_MAX];
        size_t size = 0;
        enum base_status status = pool_alephium_extranonce(bytes, &size, params, &error);
        if ((status == BASE_OK) != (cases[i].size >= 0) ||
            (status == BASE_OK && size != (size_t)cases[i].size)) {
            fail_msg("%s", cases[i].params);
        }
        json_decref(params);
    }
}

/* Whatever allocation of ours fails: an error, never a crash or a leak. */
static void test_every_allocation_fails(void **state)
{
    json_t *root = vectors_load();
    const char *notify = line_at(transcript(root, 0), 6);
    size_t done = 0;
    uint64_t nth = 0;
    (void)state;
    for (; done == 0 && nth < 100; nth++) {
        struct harness h;
        struct base_error error = {BASE_OK, ""};
        base_alloc_fail_after(nth);
        harness_open(&h, &pool_alephium_stratum, url, user, false);
        if (h.protocol != NULL && h.started == BASE_OK &&
            h.ops->receive(h.protocol, (const uint8_t *)notify, strlen(notify), 1000, &error) ==
                BASE_OK &&
            h.ops->receive(h.protocol, (const uint8_t *)"\n", 1, 1000, &error) == BASE_OK &&
            h.ops->settle(h.protocol, 1000, &error) == BASE_OK) {
            static const char extra[] =
                "{\"method\":\"mining.set_extranonce\",\"params\":[\"f84d\"]}\n";
            if (h.ops->receive(h.protocol, (const uint8_t *)extra, sizeof(extra) - 1, 1000,
                               &error) == BASE_OK &&
                h.ops->settle(h.protocol, 1000, &error) == BASE_OK) {
                done = h.job_count;
            }
        }
        base_alloc_fail_after(UINT64_MAX);
        harness_close(&h);
    }
    assert_int_equal(done, 2);
    assert_true(nth >= 4);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_lines),
        cmocka_unit_test(test_official_accepted),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_sixteen_jobs_and_stale),
        cmocka_unit_test(test_miningcore),
        cmocka_unit_test(test_old_official_and_odd_authorize),
        cmocka_unit_test(test_alephium_stratum_1),
        cmocka_unit_test(test_suggests_by_rate),
        cmocka_unit_test(test_no_target_at_all),
        cmocka_unit_test(test_hostile_lines),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_any_split),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_redirects),
        cmocka_unit_test(test_login_refused),
        cmocka_unit_test(test_wrong_port_is_named),
        cmocka_unit_test(test_unanswered_shares),
        cmocka_unit_test(test_difficulty_to_target),
        cmocka_unit_test(test_extranonce_forms),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
