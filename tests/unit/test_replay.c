/* test_replay.c: recordings fed to the client: those of tests/data/recordings (made with mine
 * --record at development networks of every framing and dialect, and at the test's JSON-RPC node),
 * one made of the vectors' bytes, and damaged ones; and what a recording keeps of a login. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alephium/alephium_family.h"
#include "base/hex.h"
#include "bitcoin/bitcoin_family.h"
#include "record/redact.h"
#include "tools/replay.h"
#include "vectors.h"

struct seen {
    uint32_t chains[32];
    size_t jobs;
    char header[2 * POOL_HEADER_MAX + 1]; /* of the last job */
    char last[1024];                      /* text of the last event that has one */
    char differs[1024];
    char broken[1024];
};

static void on_event(void *user, const struct pool_replay_event *event)
{
    struct seen *seen = user;
    if (event->kind == POOL_REPLAY_JOB) {
        if (seen->jobs < 32) {
            seen->chains[seen->jobs] = event->job->chain;
        }
        seen->jobs++;
        for (size_t i = 0; i < event->job->header_size; i++) {
            (void)snprintf(seen->header + 2 * i, 3, "%02x", event->job->header[i]);
        }
    }
    if (event->kind == POOL_REPLAY_DIFFERS) {
        (void)snprintf(seen->differs, sizeof(seen->differs), "%s", event->text);
    }
    if (event->kind == POOL_REPLAY_BROKEN) {
        (void)snprintf(seen->broken, sizeof(seen->broken), "%s", event->text);
    }
    (void)snprintf(seen->last, sizeof(seen->last), "%s", event->text);
}

static struct pool_replay *new_replay(struct seen *seen)
{
    struct pool_replay *replay = NULL;
    struct base_error error = {BASE_OK, ""};
    memset(seen, 0, sizeof(*seen));
    assert_int_equal(pool_replay_new(&replay, NULL, NULL, on_event, seen, &error), BASE_OK);
    return replay;
}

/* Feed text line by line; returns the first error, and its sentence. */
static enum base_status feed(struct pool_replay *replay, const char *text, struct base_error *error)
{
    enum base_status status = BASE_OK;
    while (*text != '\0' && status == BASE_OK) {
        size_t size = strcspn(text, "\n");
        status = pool_replay_line(replay, text, size, error);
        text += size + (text[size] == '\n');
    }
    return status;
}

static char *load(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/recordings/%s", SHARDPICK_TEST_DATA, name);
    FILE *file = fopen(path, "rb");
    char *text = calloc(1 << 20, 1);
    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    (void)fclose(file);
    return text;
}

/* ---- recordings ------------------------------------------------------------------------------ */

/* As they are counted in the files: jobs in frames, notifies and templates (the newest of a chain
 * in a round), finds, and answers that say yes. */
static const struct {
    const char *name;
    uint64_t jobs;
    uint64_t finds;
    uint64_t accepted;
} recordings[] = {
    {"node_v0.rec", 32, 5, 5},        {"node_v1.rec", 32, 4, 4},
    {"pool_official.rec", 3, 16, 16}, {"pool_miningcore.rec", 2, 17, 17},
    {"pool_proposal.rec", 2, 16, 16}, {"node_gbt.rec", 13, 4, 4},
};

static void test_recordings(void **state)
{
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(recordings); i++) {
        struct seen seen;
        struct base_error error = {BASE_OK, ""};
        struct pool_replay *replay = new_replay(&seen);
        char *text = load(recordings[i].name);
        if (feed(replay, text, &error) != BASE_OK) {
            fail_msg("%s: %s", recordings[i].name, error.text);
        }
        const struct pool_replay_counts *counts = pool_replay_counts(replay);
        if (counts->differs != 0 || counts->broken != 0) {
            fail_msg("%s: %s%s", recordings[i].name, seen.differs, seen.broken);
        }
        assert_int_equal(counts->connections, 1);
        assert_int_equal(counts->jobs, recordings[i].jobs);
        assert_int_equal(counts->finds, recordings[i].finds);
        assert_int_equal(counts->verdicts[POOL_ACCEPTED], recordings[i].accepted);
        assert_true(counts->sent >= recordings[i].finds);
        assert_true(counts->complete);
        pool_replay_free(replay);
        free(text);
    }
}

/* A client that said something else then is noticed. */
static void test_difference_is_seen(void **state)
{
    struct seen seen;
    struct base_error error = {BASE_OK, ""};
    struct pool_replay *replay = new_replay(&seen);
    char *text = load("pool_official.rec");
    char *place = strstr(text, "mining.subscribe");
    (void)state;
    assert_non_null(place);
    place[7] = 'S';
    assert_int_equal(feed(replay, text, &error), BASE_OK);
    assert_int_equal(pool_replay_counts(replay)->differs, 1);
    assert_non_null(strstr(seen.differs, "mining.Subscribe"));
    pool_replay_free(replay);
    free(text);
}

/* ---- made of the vectors --------------------------------------------------------------------- */

static void test_frame_of_the_vectors(void **state)
{
    struct seen seen;
    struct base_error error = {BASE_OK, ""};
    struct pool_replay *replay = new_replay(&seen);
    json_t *root = vectors_load();
    const json_t *frame = vectors_at(root, "nodeProtocolV1.jobsFrame");
    const char *hex = vectors_text(frame, "frameHex");
    char *text = malloc(strlen(hex) + 1024);
    (void)state;
    assert_non_null(text);
    (void)snprintf(text, strlen(hex) + 1024,
                   "{\"recording\":1,\"coin\":\"alephium\",\"algo\":\"\"}\n"
                   "{\"ms\":1,\"kind\":\"open\",\"connection\":1,"
                   "\"url\":\"daemon+tcp://node.example:10973\",\"server\":0,\"agent\":\"a\","
                   "\"shy\":false,\"plain\":false,\"extranonce2\":0,\"version_mask\":0,"
                   "\"counters\":0,\"next_job\":0}\n"
                   "{\"ms\":2,\"kind\":\"received\",\"connection\":1,\"hex\":\"%s\"}\n"
                   "{\"ms\":2,\"kind\":\"settle\",\"connection\":1}\n",
                   hex);
    assert_int_equal(feed(replay, text, &error), BASE_OK);
    assert_int_equal(seen.jobs, 16);
    for (uint32_t i = 0; i < 16; i++) {
        const json_t *job = json_array_get(json_object_get(frame, "jobs"), i);
        assert_int_equal(seen.chains[i], json_integer_value(json_object_get(job, "fromGroup")) * 4 +
                                             json_integer_value(json_object_get(job, "toGroup")));
    }
    assert_int_equal(pool_replay_counts(replay)->broken, 0);
    pool_replay_free(replay);
    json_decref(root);
    free(text);
}

/* ---- a pool of the Bitcoin family, from the example that a node accepted --------------------- */

#define V1_HEAD                                                                                    \
    "{\"recording\":1,\"coin\":\"digibyte\",\"algo\":\"sha256d\"}\n"                               \
    "{\"ms\":0,\"kind\":\"open\",\"connection\":1,\"url\":\"stratum+tcp://pool.example:1\","       \
    "\"server\":0,\"agent\":\"test/1\",\"shy\":true,\"plain\":false,\"extranonce2\":%llu,"         \
    "\"version_mask\":0,\"counters\":0,\"next_job\":0}\n"

/* One record with these bytes of a pool, each line ended. */
static void add_received(char *text, size_t cap, const char *line)
{
    size_t used = strlen(text);
    static const char settle[] = "{\"ms\":1,\"kind\":\"settle\",\"connection\":1}";
    json_t *record = json_pack("{s:i, s:s, s:i, s:s+}", "ms", 1, "kind", "received", "connection",
                               1, "text", line, "\n");
    char *dumped = json_dumps(record, JSON_COMPACT);
    assert_true(snprintf(text + used, cap - used, "%s\n%s\n", dumped, settle) < (int)(cap - used));
    free(dumped);
    json_decref(record);
}

static void test_share_of_the_vectors(void **state)
{
    struct seen seen;
    struct base_error error = {BASE_OK, ""};
    struct pool_replay *replay = new_replay(&seen);
    static char text[32768];
    char path[512];
    char more[512];
    (void)state;
    (void)snprintf(path, sizeof(path), "%s/digibyte_stratum.json", SHARDPICK_TEST_DATA);
    json_t *root = vectors_load_file(path);
    const json_t *example = json_array_get(json_object_get(root, "stratum_jobs"), 0);
    const json_t *params = json_object_get(json_object_get(example, "submit"), "params");
    const char *extranonce2 = json_string_value(json_array_get(params, 2));
    const char *ntime = json_string_value(json_array_get(params, 3));
    const char *header = vectors_text(example, "header");
    /* Counting extranonce2 goes on from the example's, which is little-endian here. */
    unsigned long long counter = 0;
    for (size_t i = strlen(extranonce2); i >= 2; i -= 2) {
        uint8_t byte = 0;
        size_t size = 0;
        assert_int_equal(base_hex_decode(&byte, 1, &size, extranonce2 + i - 2, 2), BASE_OK);
        counter = counter << 8 | byte;
    }
    (void)snprintf(text, sizeof(text), V1_HEAD, counter);
    char *result = json_dumps(json_object_get(example, "subscribe_result"), JSON_COMPACT);
    (void)snprintf(more, sizeof(more), "{\"id\":1,\"result\":%s,\"error\":null}", result);
    free(result);
    add_received(text, sizeof(text), more);
    add_received(text, sizeof(text), "{\"id\":2,\"result\":true,\"error\":null}");
    json_t *notify = json_deep_copy(json_object_get(example, "notify"));
    assert_int_equal(json_array_set_new(json_object_get(notify, "params"), 7, json_string(ntime)),
                     0);
    char *line = json_dumps(notify, JSON_COMPACT);
    add_received(text, sizeof(text),
                 "{\"id\":null,\"method\":\"mining.set_difficulty\","
                 "\"params\":[0.0000001]}");
    add_received(text, sizeof(text), line);
    free(line);
    json_decref(notify);
    (void)snprintf(more, sizeof(more),
                   "{\"ms\":2,\"kind\":\"find\",\"connection\":1,\"job\":1,\"nonce\":\"%.8s\","
                   "\"hash\":\"%064d\"}\n",
                   header + 152, 0);
    (void)strncat(text, more, sizeof(text) - strlen(text) - 1);
    if (feed(replay, text, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(seen.jobs, 1);
    assert_memory_equal(seen.header, header, 152); /* all but the nonce */
    assert_int_equal(pool_replay_counts(replay)->finds, 1);
    /* The last thing said is the share, as the node accepted it, without the worker. */
    json_t *said = json_loads(seen.last, 0, NULL);
    const json_t *share = json_object_get(said, "params");
    assert_int_equal(json_array_size(share), 5);
    assert_string_equal(json_string_value(json_array_get(share, 0)), "*");
    for (size_t i = 1; i < 5; i++) {
        assert_string_equal(json_string_value(json_array_get(share, i)),
                            json_string_value(json_array_get(params, i)));
    }
    json_decref(said);
    pool_replay_free(replay);
    json_decref(root);
}

/* ---- damage ---------------------------------------------------------------------------------- */

#define HEAD "{\"recording\":1,\"coin\":\"alephium\",\"algo\":\"\"}\n"
#define OPEN                                                                                       \
    "{\"ms\":1,\"kind\":\"open\",\"connection\":1,\"url\":\"daemon+tcp://n:1\",\"server\":0,"      \
    "\"agent\":\"a\",\"shy\":false,\"plain\":false,\"extranonce2\":0,\"version_mask\":0,"          \
    "\"counters\":0,\"next_job\":0}\n"

static const struct {
    const char *text;
    const char *says;
} broken_files[] = {
    {"hello\n", "line 1 of the recording is damaged"},
    {"{}\n", "this is no recording"},
    {"{\"recording\":3,\"coin\":\"alephium\",\"algo\":\"\"}\n",
     "format 3, this version reads format 1 to 2"},
    {"{\"recording\":0,\"coin\":\"alephium\",\"algo\":\"\"}\n", "format 0"},
    {"{\"recording\":1,\"coin\":\"gold\",\"algo\":\"\"}\n", "the coin \"gold\""},
    {HEAD "{\"ms\":1}\n", "line 2 of the recording is damaged: it has no kind"},
    {HEAD "{\"ms\":-1,\"kind\":\"end\"}\n", "no time"},
    {HEAD "{\"ms\":1,\"kind\":\"dance\",\"connection\":1}\n", "connection 1 was never opened"},
    {HEAD OPEN "{\"ms\":1,\"kind\":\"dance\",\"connection\":1}\n", "its kind is not known"},
    {HEAD OPEN OPEN, "connection 1 is opened twice"},
    {HEAD OPEN "{\"ms\":0,\"kind\":\"close\",\"connection\":1}\n", "its time lies before"},
    {HEAD OPEN "{\"ms\":1,\"kind\":\"received\",\"connection\":1,\"hex\":\"0\"}\n",
     "its hex is none"},
    {HEAD OPEN "{\"ms\":1,\"kind\":\"received\",\"connection\":1}\n", "neither text nor hex"},
    {HEAD "{\"ms\":1,\"kind\":\"end\"}\n{\"ms\":1,\"kind\":\"end\"}\n", "behind the end"},
    {HEAD OPEN "{\"ms\":1,\"kind\":\"find\",\"connection\":1}\n", "a find without"},
    {HEAD "{\"ms\":1,\"kind\":\"open\",\"connection\":1,\"url\":\"gopher://x\",\"agent\":\"\"}\n",
     "line 2"},
};

static void test_damage_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(broken_files); i++) {
        struct seen seen;
        struct base_error error = {BASE_OK, ""};
        struct pool_replay *replay = new_replay(&seen);
        assert_int_not_equal(feed(replay, broken_files[i].text, &error), BASE_OK);
        if (strstr(error.text, broken_files[i].says) == NULL) {
            fail_msg("case %zu: %s", i, error.text);
        }
        assert_int_equal(pool_replay_line(replay, "{}", 2, &error), BASE_E_STATE);
        pool_replay_free(replay);
    }
}

/* What the client cannot take ends the connection in the replay, not the replay. */
static void test_client_gives_up(void **state)
{
    struct seen seen;
    struct base_error error = {BASE_OK, ""};
    struct pool_replay *replay = new_replay(&seen);
    (void)state;
    assert_int_equal(feed(replay,
                          HEAD OPEN
                          "{\"ms\":2,\"kind\":\"received\",\"connection\":1,\"hex\":\"7fffffff\"}\n"
                          "{\"ms\":3,\"kind\":\"received\",\"connection\":1,\"hex\":\"00\"}\n"
                          "{\"ms\":3,\"kind\":\"close\",\"connection\":1}\n",
                          &error),
                     BASE_OK);
    assert_int_equal(pool_replay_counts(replay)->broken, 1);
    assert_true(seen.broken[0] != '\0');
    pool_replay_free(replay);
}

/* Behind a gap nothing is compared and jobs may be missing. */
static void test_gap_is_forgiven(void **state)
{
    struct seen seen;
    struct base_error error = {BASE_OK, ""};
    struct pool_replay *replay = new_replay(&seen);
    (void)state;
    assert_int_equal(feed(replay,
                          HEAD OPEN "{\"ms\":2,\"kind\":\"gap\",\"lost\":7}\n"
                                    "{\"ms\":2,\"kind\":\"sent\",\"connection\":1,\"hex\":\"00\"}\n"
                                    "{\"ms\":2,\"kind\":\"find\",\"connection\":1,\"job\":9,"
                                    "\"nonce\":\"00\",\"hash\":\"00\"}\n"
                                    "{\"ms\":2,\"kind\":\"close\",\"connection\":4}\n",
                          &error),
                     BASE_OK);
    assert_int_equal(pool_replay_counts(replay)->lost, 7);
    assert_int_equal(pool_replay_counts(replay)->differs, 0);
    pool_replay_free(replay);
}

/* ---- the login ------------------------------------------------------------------------------- */

static void check_sent(const struct pool_family *family, const char *line, const char *want)
{
    struct pool_buffer out;
    pool_buffer_init(&out);
    assert_int_equal(pool_redact_sent(&out, family, line, strlen(line)), BASE_OK);
    assert_int_equal(pool_buffer_append(&out, "", 1), BASE_OK);
    assert_string_equal((const char *)pool_buffer_data(&out), want);
    pool_buffer_deinit(&out);
}

static void test_sent_login_is_left_out(void **state)
{
    (void)state;
    check_sent(&pool_bitcoin_family,
               "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"addr.rig\",\"secret\"]}",
               "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"*\",\"*\"]}");
    check_sent(&pool_bitcoin_family,
               "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"agent/1\",\"session\"]}",
               "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"agent/1\",\"*\"]}");
    check_sent(
        &pool_bitcoin_family,
        "{\"id\":4,\"method\":\"mining.submit\",\"params\":[\"w\",\"job\",\"01\",\"02\",\"03\"]}",
        "{\"id\":4,\"method\":\"mining.submit\",\"params\":[\"*\",\"job\",\"01\",\"02\",\"03\"]}");
    check_sent(&pool_alephium_family,
               "{\"id\":4,\"method\":\"mining.submit\",\"params\":[\"job\",\"0a\",\"worker\"]}",
               "{\"id\":4,\"method\":\"mining.submit\",\"params\":[\"job\",\"0a\",\"*\"]}");
    check_sent(&pool_alephium_family,
               "{\"id\":4,\"method\":\"mining.submit\",\"params\":{\"jobId\":\"a\",\"fromGroup\":1,"
               "\"nonce\":\"b\",\"worker\":\"w\"}}",
               "{\"id\":4,\"method\":\"mining.submit\",\"params\":{\"jobId\":\"a\",\"fromGroup\":1,"
               "\"nonce\":\"b\",\"*\":\"*\"}}");
    /* Nothing that the table does not know passes, whatever it is called. */
    check_sent(&pool_bitcoin_family,
               "{\"id\":\"tok\",\"method\":\"login.as\",\"params\":{\"a\":[\"b\",{\"c\":\"d\"}]},"
               "\"token\":\"e\"}",
               "{\"id\":\"*\",\"method\":\"*\",\"params\":{\"*\":[\"*\",{\"*\":\"*\"}]}}");
    check_sent(&pool_bitcoin_family, "no JSON with secret", "{}");
}

/* Of a block nothing stays that depends on whom it pays; a text in its place that is no block is
 * left out whole. */
static void test_blocks_are_cut(void **state)
{
    char line[1024];
    char header[161];
    (void)state;
    for (size_t i = 0; i < 160; i++) {
        header[i] = i < 72 ? '1' : i < 136 ? '2' : '3';
    }
    header[160] = '\0';
    (void)snprintf(line, sizeof(line),
                   "{\"id\":0,\"method\":\"submitblock\",\"params\":[\"%s"
                   "fd04010200000000\"]}",
                   header);
    check_sent(&pool_bitcoin_family, line,
               "{\"id\":0,\"method\":\"submitblock\",\"params\":["
               "\"111111111111111111111111111111111111111111111111111111111111111111111111*"
               "333333333333333333333333*fd0401*\"]}");
    (void)snprintf(line, sizeof(line),
                   "{\"id\":0,\"method\":\"getblocktemplate\",\"params\":[{\"mode\":\"proposal\","
                   "\"rules\":[\"segwit\"],\"data\":\"%s020200000000\"}]}",
                   header);
    check_sent(&pool_bitcoin_family, line,
               "{\"id\":0,\"method\":\"getblocktemplate\",\"params\":[{\"data\":"
               "\"111111111111111111111111111111111111111111111111111111111111111111111111*"
               "333333333333333333333333*02*\"}]}");
    check_sent(&pool_bitcoin_family,
               "{\"id\":0,\"method\":\"submitblock\",\"params\":[\"secret\"]}",
               "{\"id\":0,\"method\":\"submitblock\",\"params\":[\"*\"]}");
    check_sent(&pool_bitcoin_family,
               "{\"id\":0,\"method\":\"submitblock\",\"params\":[\"00\",\"secret\"]}",
               "{\"id\":0,\"method\":\"submitblock\",\"params\":[\"*\",\"*\"]}");
    check_sent(&pool_bitcoin_family,
               "{\"id\":0,\"method\":\"dumpprivkey\",\"params\":[\"secret\"]}",
               "{\"id\":0,\"method\":\"*\",\"params\":[\"*\"]}");
}

static void check_received(const char *text, const char *want)
{
    struct pool_server server = {.user = "AddressAddress.rig1", .pass = "s3cret"};
    char copy[512];
    (void)snprintf(copy, sizeof(copy), "%s", text);
    pool_redact_received(copy, strlen(copy), &server);
    assert_string_equal(copy, want);
}

static void test_received_echoes_are_blotted(void **state)
{
    (void)state;
    check_received("unknown worker AddressAddress.rig1!", "unknown worker xxxxxxxxxxxxxx.xxx9!");
    check_received("{\"a\":\"addressaddress\"}", "{\"a\":\"xxxxxxxxxxxxxx\"}");
    check_received("pass s3cret", "pass x9xxxx");
    check_received("as3cretb rig10", "as3cretb rig10"); /* no words of their own */
    check_received("[[[\"mining.notify\" , \"ab12\"]],\"0800\",4]",
                   "[[[\"mining.notify\" , \"xx99\"]],\"0800\",4]");
    check_received("{\"method\":\"mining.notify\",\"params\":[\"job\"]}",
                   "{\"method\":\"mining.notify\",\"params\":[\"job\"]}");
    check_received("[\"mining.notify\",\"cut of", "[\"mining.notify\",\"cut of");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recordings),
        cmocka_unit_test(test_difference_is_seen),
        cmocka_unit_test(test_frame_of_the_vectors),
        cmocka_unit_test(test_share_of_the_vectors),
        cmocka_unit_test(test_damage_is_named),
        cmocka_unit_test(test_client_gives_up),
        cmocka_unit_test(test_gap_is_forgiven),
        cmocka_unit_test(test_sent_login_is_left_out),
        cmocka_unit_test(test_blocks_are_cut),
        cmocka_unit_test(test_received_echoes_are_blotted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
