/* test_replay_calls.c: recordings of a node that is asked over HTTP: a real node's template and
 * block (tests/data/digibyte_blocks.json) through a replay, what a recording keeps of requests and
 * answers, how large answers are cut up or left out, and damaged records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/endian.h"
#include "record/record.h"
#include "recording.h"
#include "v1_play.h"

enum { TEMPLATE, POLL, SUBMIT, EXPLAIN };

static char text[1 << 20]; /* the recording that a test writes */

BASE_PRINTF(1, 2)
static void add(const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text + used, sizeof(text) - used, format, arguments);
    va_end(arguments);
    assert_true(size > 0 && (size_t)size < sizeof(text) - used);
}

#define HEAD "{\"recording\":1,\"coin\":\"digibyte\",\"algo\":\"%s\"}\n"
#define OPEN                                                                                       \
    "{\"ms\":0,\"kind\":\"open\",\"connection\":1,\"url\":\"daemon+http://n:1\",\"server\":0,"     \
    "\"agent\":\"a\",\"shy\":false,\"plain\":false,\"extranonce2\":0,\"version_mask\":0,"          \
    "\"counters\":0,\"next_job\":0}\n"
#define ASKED                                                                                      \
    "{\"ms\":0,\"kind\":\"call\",\"connection\":1,\"call\":0,\"text\":\"{\\\"id\\\":1,"            \
    "\\\"method\\\":\\\"getblocktemplate\\\",\\\"params\\\":[{\\\"rules\\\":[\\\"segwit\\\"]},"    \
    "\\\"sha256d\\\"]}\"}\n"

/* A record of an answer with code 200; the body as JSON writes it. */
static void add_answer(unsigned ms, unsigned call, json_t *result)
{
    json_t *body = json_pack("{s:o,s:n,s:i}", "result", result, "error", "id", 1);
    char *dumped = json_dumps(body, JSON_COMPACT);
    json_t *record = json_pack("{s:i,s:s,s:i,s:i,s:i,s:s}", "ms", (int)ms, "kind", "answer",
                               "connection", 1, "call", (int)call, "code", 200, "text", dumped);
    char *line = json_dumps(record, JSON_COMPACT | JSON_PRESERVE_ORDER);
    add("%s\n", line);
    free(line);
    json_decref(record);
    free(dumped);
    json_decref(body);
}

static void expect_agreement(struct recording_replay *replay)
{
    recording_replay(replay, text);
    if (replay->status != BASE_OK || replay->counts.differs + replay->counts.broken > 0) {
        fail_msg("%s%s%s", replay->error.text, replay->differs, replay->broken);
    }
}

/* ---- replays --------------------------------------------------------------------------------- */

/* Blocks that a real node took: what it asked and was given becomes the block's header again but
 * for the merkle root, which is that of another payee. */
static void test_blocks_of_the_vectors(void **state)
{
    json_t *root = v1_load("digibyte_blocks.json");
    const json_t *blocks = json_object_get(root, "own_blocks");
    (void)state;
    for (size_t i = 0; i < 25; i++) {
        struct recording_replay replay;
        json_t *block = json_array_get(blocks, i);
        const char *rpc_name = json_string_value(json_object_get(block, "algo"));
        const char *hex = json_string_value(json_object_get(block, "block"));
        uint8_t nonce[4];
        base_store_le32(nonce, (uint32_t)json_integer_value(json_object_get(block, "nonce")));
        text[0] = '\0';
        add(HEAD OPEN, strcmp(rpc_name, "odo") == 0 ? "odocrypt" : rpc_name);
        add("{\"ms\":0,\"kind\":\"call\",\"connection\":1,\"call\":0,\"text\":\"{\\\"id\\\":1,"
            "\\\"method\\\":\\\"getblocktemplate\\\",\\\"params\\\":[{\\\"rules\\\":"
            "[\\\"segwit\\\"]},\\\"%s\\\"]}\"}\n",
            rpc_name);
        add_answer(5, TEMPLATE, json_incref(json_object_get(block, "getblocktemplate")));
        add("{\"ms\":5,\"kind\":\"settle\",\"connection\":1}\n"
            "{\"ms\":9,\"kind\":\"find\",\"connection\":1,\"job\":1,"
            "\"nonce\":\"%02x%02x%02x%02x\",\"hash\":\"%064d\"}\n",
            nonce[0], nonce[1], nonce[2], nonce[3], 0);
        assert_true(strncmp(hex + 160, "fd", 2) != 0); /* fewer than 253 transactions */
        add("{\"ms\":9,\"kind\":\"call\",\"connection\":1,\"call\":2,\"text\":\"{\\\"id\\\":0,"
            "\\\"method\\\":\\\"submitblock\\\",\\\"params\\\":[\\\"%.72s*%.24s*%.2s*\\\"]}\"}\n",
            hex, hex + 136, hex + 160);
        add_answer(12, SUBMIT, json_null());
        add_answer(13, EXPLAIN,
                   json_pack("{s:O,s:i}", "hash", json_object_get(block, "block_hash"),
                             "confirmations", 1));
        expect_agreement(&replay);
        assert_int_equal(replay.counts.jobs, 1);
        assert_int_equal(replay.counts.verdicts[POOL_ACCEPTED], 1);
        text[strlen(text) - 2] = '\0'; /* cut off: still no crash */
        recording_replay(&replay, text);
        assert_int_equal(replay.status, BASE_E_FORMAT);
    }
    json_decref(root);
}

/* Ticks are the recording's: the long poll is asked when it was; and one that is asked today
 * although it was not then is noticed. */
static void test_ticks(void **state)
{
    struct recording_replay replay;
    json_t *root = v1_load("digibyte_blocks.json");
    json_t *block = json_array_get(json_object_get(root, "own_blocks"), 0);
    json_t *made = json_object_get(block, "getblocktemplate");
    (void)state;
    assert_string_equal(json_string_value(json_object_get(block, "algo")), "sha256d");
    text[0] = '\0';
    add(HEAD OPEN ASKED, "sha256d");
    add_answer(5, TEMPLATE, json_incref(made));
    add("{\"ms\":5,\"kind\":\"settle\",\"connection\":1}\n");
    size_t before = strlen(text);
    add("{\"ms\":5,\"kind\":\"tick\",\"connection\":1}\n"
        "{\"ms\":6,\"kind\":\"call\",\"connection\":1,\"call\":1,\"text\":\"{\\\"id\\\":2,"
        "\\\"method\\\":\\\"getblocktemplate\\\",\\\"params\\\":[{\\\"rules\\\":[\\\"segwit\\\"],"
        "\\\"longpollid\\\":\\\"%s\\\"},\\\"sha256d\\\"]}\"}\n"
        "{\"ms\":20000,\"kind\":\"answer\",\"connection\":1,\"call\":1,\"code\":0,"
        "\"status\":\"timed out\",\"why\":\"no answer came\"}\n"
        "{\"ms\":20000,\"kind\":\"call\",\"connection\":1,\"call\":0,\"text\":\"{\\\"id\\\":3,"
        "\\\"method\\\":\\\"getblocktemplate\\\",\\\"params\\\":[{\\\"rules\\\":[\\\"segwit\\\"]},"
        "\\\"sha256d\\\"]}\"}\n"
        "{\"ms\":20001,\"kind\":\"answer\",\"connection\":1,\"call\":0,\"code\":0,"
        "\"status\":\"closed\",\"why\":\"the node hung up\"}\n"
        "{\"ms\":20001,\"kind\":\"close\",\"connection\":1}\n",
        json_string_value(json_object_get(made, "longpollid")));
    expect_agreement(&replay); /* the network ended it, not the client */
    text[before] = '\0';
    add("{\"ms\":1900,\"kind\":\"close\",\"connection\":1}\n");
    expect_agreement(&replay);
    text[before] = '\0';
    add("{\"ms\":9000,\"kind\":\"close\",\"connection\":1}\n");
    recording_replay(&replay, text);
    assert_int_equal(replay.counts.differs, 1);
    assert_non_null(strstr(replay.differs, "more now than then: 1 {"));
    json_decref(root);
}

/* ---- damage ---------------------------------------------------------------------------------- */

static void test_damage_is_named(void **state)
{
    static const struct {
        const char *line;
        const char *says;
    } cases[] = {
        {"\"kind\":\"call\",\"connection\":1,\"text\":\"\"", "a call without its place"},
        {"\"kind\":\"call\",\"connection\":1,\"call\":4,\"text\":\"\"", "a call without its place"},
        {"\"kind\":\"call\",\"connection\":1,\"call\":0", "neither text nor hex"},
        {"\"kind\":\"answer\",\"connection\":1,\"call\":0", "without its place and code"},
        {"\"kind\":\"answer\",\"connection\":1,\"call\":0,\"code\":1000", "its place and code"},
        {"\"kind\":\"answer\",\"connection\":1,\"call\":0,\"code\":200", "neither text nor hex"},
        {"\"kind\":\"received\",\"connection\":1,\"text\":\"a\"", "its kind is not known"},
        {"\"kind\":\"sent\",\"connection\":1,\"text\":\"a\"", "its kind is not known"},
        {"\"kind\":\"answer\",\"connection\":1,\"call\":0,\"code\":200,\"more\":true,"
         "\"text\":\"a\"}\n{\"ms\":1,\"kind\":\"answer\",\"connection\":1,\"call\":1,"
         "\"code\":200,\"text\":\"a\"",
         "the answer above does not end"},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct recording_replay replay;
        text[0] = '\0';
        add(HEAD OPEN ASKED "{\"ms\":1,%s}\n", "sha256d", cases[i].line);
        recording_replay(&replay, text);
        if (replay.status != BASE_E_FORMAT || strstr(replay.error.text, cases[i].says) == NULL) {
            fail_msg("case %zu: %s", i, replay.error.text);
        }
    }
}

/* An answer to what the client does not ask is no crash of a state machine that waits for none. */
static void test_answers_without_a_question(void **state)
{
    (void)state;
    for (unsigned call = 1; call < POOL_CALLS_MAX; call++) {
        struct recording_replay replay;
        text[0] = '\0';
        add(HEAD OPEN ASKED, "sha256d");
        add_answer(1, call, json_null());
        recording_replay(&replay, text);
        assert_int_equal(replay.status, BASE_OK);
        assert_int_equal(replay.counts.differs, 1);
        assert_non_null(strstr(replay.differs, "no such request"));
    }
}

/* No more memory than one answer may have, however many records go on. */
static void test_endless_answer(void **state)
{
    struct recording_replay replay;
    (void)state;
    text[0] = '\0';
    char *all = malloc((size_t)200 * 32768);
    assert_non_null(all);
    static char piece[30001];
    memset(piece, 'a', sizeof(piece) - 1);
    int used = snprintf(all, (size_t)200 * 32768, HEAD OPEN, "sha256d");
    for (size_t i = 0; i < 100; i++) {
        used += snprintf(all + used, 32768,
                         "{\"ms\":1,\"kind\":\"answer\",\"connection\":1,\"call\":0,"
                         "\"code\":200,\"more\":true,\"text\":\"%s\"}\n",
                         piece);
    }
    recording_replay(&replay, all);
    assert_int_equal(replay.status, BASE_E_FORMAT);
    assert_non_null(strstr(replay.error.text, "an answer above 2097152 bytes"));
    free(all);
}

/* ---- what is written ------------------------------------------------------------------------- */

struct recorded {
    struct pool_recorder *recorder;
    struct pool_server server;
    struct pool_memory memory;
    struct pool_protocol_setup setup;
    struct pool_rpc_login login;
    uint64_t next_job;
    char path[128];
};

static void begin(struct recorded *to, const char *name)
{
    struct base_error error = {BASE_OK, ""};
    const struct pool_coin *coin = pool_coin_find("digibyte");
    memset(to, 0, sizeof(*to));
    recording_path(to->path, name);
    assert_int_equal(
        pool_server_parse(&to->server, "daemon+http://alice:s3cret@n.example:14022", &error),
        BASE_OK);
    assert_int_equal(pool_rpc_login(&to->login, &to->server, &error), BASE_OK);
    to->setup = (struct pool_protocol_setup){.server = &to->server,
                                             .agent = "test/1",
                                             .connection = 1,
                                             .next_job_id = &to->next_job,
                                             .memory = &to->memory};
    assert_int_equal(pool_recorder_open(&to->recorder, to->path, coin, "sha256d", &error), BASE_OK);
    pool_recorder_open_connection(to->recorder, &to->setup, 14022, base_clock_ms());
    static const char body[] = "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"getblocktemplate\","
                               "\"params\":[{\"rules\":[\"segwit\"]},\"sha256d\"]}";
    pool_recorder_call(
        to->recorder, &to->setup, &to->login, TEMPLATE,
        &(struct pool_request){.method = "POST", .path = "/", .body = body, .size = strlen(body)},
        base_clock_ms());
}

static void answer(struct recorded *to, const char *body, size_t size)
{
    struct pool_answer came = {.call = TEMPLATE, .code = 200, .body = body, .size = size};
    pool_recorder_answer(to->recorder, &to->setup, &to->login, &came, base_clock_ms());
    pool_recorder_settle(to->recorder, &to->setup, base_clock_ms());
}

static size_t lines_with(const char *all, const char *word)
{
    size_t count = 0;
    for (const char *at = strstr(all, word); at != NULL; at = strstr(at + 1, word)) {
        count++;
    }
    return count;
}

/* The template of the first vector, with a member that makes it so large. Released with free. */
static char *padded_template(size_t padding)
{
    json_t *root = v1_load("digibyte_blocks.json");
    json_t *block = json_array_get(json_object_get(root, "own_blocks"), 0);
    json_t *made = json_object_get(block, "getblocktemplate");
    char *letters = calloc(padding + 1, 1);
    assert_non_null(letters);
    memset(letters, 'p', padding);
    (void)json_object_set_new(made, "padding", json_string(letters));
    json_t *body = json_pack("{s:O,s:n,s:i}", "result", made, "error", "id", 1);
    char *dumped = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    free(letters);
    json_decref(root);
    return dumped;
}

/* An answer of several records is put together again; one above the bound is a gap, and the rest of
 * the file is as good as before. */
static void test_large_answers(void **state)
{
    static const struct {
        size_t padding;
        bool kept;
    } cases[] = {{100000, true}, {2000000, true}, {POOL_RECORD_ANSWER_MAX, false}};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct recorded made;
        struct recording_replay replay;
        char *body = padded_template(cases[i].padding);
        begin(&made, "large");
        answer(&made, body, strlen(body));
        pool_recorder_close_connection(made.recorder, &made.setup, base_clock_ms());
        pool_recorder_close(made.recorder);
        free(body);
        char *all = recording_take(made.path);
        recording_replay(&replay, all);
        assert_int_equal(replay.status, BASE_OK);
        assert_int_equal(replay.counts.differs, 0);
        assert_true(replay.counts.complete);
        assert_int_equal(replay.counts.jobs, cases[i].kept);
        assert_int_equal(replay.counts.lost, !cases[i].kept);
        assert_int_equal(lines_with(all, "\"kind\":\"answer\"") > 3, cases[i].kept);
        for (const char *line = all; *line != '\0'; line += strcspn(line, "\n") + 1) {
            assert_true(strcspn(line, "\n") <= POOL_RECORD_LINE_MAX);
        }
        free(all);
    }
}

/* A request that is no POST to "/" keeps its method, its path and the names of its headers; a
 * replay that makes another one is noticed. */
static void test_request_lines(void **state)
{
    struct recorded made;
    struct recording_replay replay;
    (void)state;
    begin(&made, "request");
    pool_recorder_call(made.recorder, &made.setup, &made.login, POLL,
                       &(struct pool_request){.method = "GET",
                                              .path = "/mining/candidate",
                                              .headers = {"api_key: s3cret"}},
                       base_clock_ms());
    pool_recorder_close_connection(made.recorder, &made.setup, base_clock_ms());
    pool_recorder_close(made.recorder);
    char *all = recording_take(made.path);
    assert_non_null(strstr(all, "{\"recording\":2,"));
    assert_non_null(strstr(all, "\"call\":1,\"request\":\"GET /mining/candidate api_key\","
                                "\"text\":\"\"}"));
    assert_null(strstr(all, "s3cret"));
    recording_replay(&replay, all);
    assert_int_equal(replay.status, BASE_OK);
    assert_int_equal(replay.counts.differs, 1); /* this coin's client asks nothing so */
    assert_non_null(strstr(replay.differs, "then: 1 GET /mining/candidate api_key; now: "));
    free(all);
}

/* A server that echoes what it was sent, as HTTP shows it, or what the login is. */
static void test_echoes_stay_out(void **state)
{
    struct recorded made;
    (void)state;
    begin(&made, "echo");
    (void)snprintf(made.server.user, sizeof(made.server.user),
                   "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE");
    static const char body[] = "Authorization: Basic YWxpY2U6czNjcmV0\nno, alice, not with s3cret, "
                               "nor for DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE";
    answer(&made, body, strlen(body));
    struct base_error why = {BASE_E_REFUSED, "alice is sent to s3cret.example"};
    struct pool_answer failed = {.call = POLL, .body = "", .why = &why};
    pool_recorder_answer(made.recorder, &made.setup, &made.login, &failed, base_clock_ms());
    pool_recorder_close(made.recorder);
    char *all = recording_take(made.path);
    assert_null(strstr(all, "alice"));
    assert_null(strstr(all, "s3cret"));
    assert_null(strstr(all, "YWxpY2U6czNjcmV0"));
    assert_null(strstr(all, "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE"));
    assert_non_null(strstr(all, "no, xxxxx, not with x9xxxx"));
    assert_non_null(strstr(all, "\"status\":\"refused by the peer\""));
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_of_the_vectors),
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_damage_is_named),
        cmocka_unit_test(test_answers_without_a_question),
        cmocka_unit_test(test_endless_answer),
        cmocka_unit_test(test_large_answers),
        cmocka_unit_test(test_request_lines),
        cmocka_unit_test(test_echoes_stay_out),
    };
    return cmocka_run_group_tests(tests, recording_make_folder, recording_remove_folder);
}
