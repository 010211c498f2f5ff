/* test_bridge.c: what the bridge makes of clients' lines: prefixes, difficulty, shares judged as
 * the published session says (tests/data/bridge_alephium.json), each client's oddities. Simulated
 * time, no traffic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "bridge_play.h"
#include "vectors.h"

enum { NONCE = 24, HEADER = 302 };

#define SHARE_DIFFICULTY 0x1p-17 /* of a share target of 2^243 */

/* ---- prefixes -------------------------------------------------------------------------------- */

static void test_prefixes_are_disjoint(void **state)
{
    enum { COUNT = 1 << 16 };
    static uint8_t seen[COUNT];
    struct bridge_prefixes prefixes;
    uint32_t number = 0;
    (void)state;
    memset(seen, 0, sizeof(seen));
    assert_int_equal(bridge_prefixes_init(&prefixes, COUNT), BASE_OK);
    prefixes.next = 4711;
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(bridge_prefixes_take(&prefixes, &number), BASE_OK);
        assert_true(number < COUNT && seen[number] == 0);
        seen[number] = 1;
    }
    assert_int_equal(bridge_prefixes_take(&prefixes, &number), BASE_E_FULL);
    bridge_prefixes_give(&prefixes, 12345);
    assert_int_equal(bridge_prefixes_take(&prefixes, &number), BASE_OK);
    assert_int_equal(number, 12345);
    assert_int_equal(bridge_prefixes_take(&prefixes, &number), BASE_E_FULL);
    bridge_prefixes_deinit(&prefixes);
}

/* What comes back is not given out at once: a client that reconnects may still hash with it. */
static void test_prefixes_rest(void **state)
{
    struct bridge_prefixes prefixes;
    uint32_t first = 0;
    uint32_t next = 0;
    (void)state;
    assert_int_equal(bridge_prefixes_init(&prefixes, 100), BASE_OK);
    assert_true(bridge_prefixes_reserve(&prefixes, 1));
    assert_false(bridge_prefixes_reserve(&prefixes, 1));
    assert_false(bridge_prefixes_reserve(&prefixes, 100));
    for (unsigned i = 0; i < 98; i++) {
        assert_int_equal(bridge_prefixes_take(&prefixes, &first), BASE_OK);
        assert_int_not_equal(first, 1);
        bridge_prefixes_give(&prefixes, first);
        assert_int_equal(bridge_prefixes_take(&prefixes, &next), BASE_OK);
        assert_int_not_equal(first, next);
        bridge_prefixes_give(&prefixes, next);
    }
    bridge_prefixes_deinit(&prefixes);
}

/* ---- difficulty ------------------------------------------------------------------------------ */

static const struct bridge_pace_rule rule = {.share_ms = 5000, .least = 1.0 / 1024};

static void test_pace_jumps_up(void **state)
{
    struct bridge_pace pace;
    (void)state;
    bridge_pace_begin(&pace, 1, false, &rule, 1000);
    for (unsigned i = 1; i < 10; i++) {
        assert_false(bridge_pace_share(&pace, &rule, 1000 + 50 * i));
    }
    assert_true(bridge_pace_share(&pace, &rule, 1500)); /* 10 in 0.5 s: 100 times too many */
    assert_true(pace.difficulty == 64);                 /* the power of two below */
}

static void test_pace_sinks_without_shares(void **state)
{
    struct bridge_pace pace;
    uint64_t changes_ms[4];
    size_t count = 0;
    (void)state;
    bridge_pace_begin(&pace, 1024, false, &rule, 0);
    for (uint64_t now_ms = 0; count < 4; now_ms += 1000) {
        assert_true(now_ms < 200000);
        if (bridge_pace_tick(&pace, &rule, now_ms)) {
            changes_ms[count++] = now_ms;
        }
    }
    assert_int_equal(changes_ms[0], 30000);
    assert_int_equal(changes_ms[1], 45000);
    assert_int_equal(changes_ms[3], 75000);
    assert_true(pace.difficulty == 64);
    for (uint64_t now_ms = 100000; now_ms < 1000000; now_ms += 1000) {
        (void)bridge_pace_tick(&pace, &rule, now_ms);
    }
    assert_true(pace.difficulty == rule.least);
}

/* A steady client ends at the difficulty that its rate asks for, and stays. */
static void test_pace_settles(void **state)
{
    struct bridge_pace pace;
    uint64_t now_ms = 0;
    unsigned changes = 0;
    (void)state;
    bridge_pace_begin(&pace, 1, false, &rule, now_ms);
    for (unsigned i = 0; i < 2000; i++) { /* 1 share of difficulty 1 in 20 ms: 256 in 5.1 s */
        now_ms += (uint64_t)(20 * pace.difficulty);
        bool changed = bridge_pace_share(&pace, &rule, now_ms);
        changes += changed && i > 200;
    }
    assert_true(pace.difficulty == 128 || pace.difficulty == 256);
    assert_int_equal(changes, 0);
    bridge_pace_begin(&pace, 3, true, &rule, now_ms); /* as the client wants it */
    for (unsigned i = 0; i < 100; i++) {
        assert_false(bridge_pace_share(&pace, &rule, ++now_ms));
    }
    assert_false(bridge_pace_tick(&pace, &rule, now_ms + 1000000));
    assert_true(pace.difficulty == 3);
}

/* ---- the published session ------------------------------------------------------------------- */

static void bring_job(struct bridge_play *play, const json_t *vectors, size_t index, bool clean)
{
    const json_t *json = json_array_get(json_object_get(vectors, "jobs"), index);
    struct pool_job_full *full = pool_job_new(NULL, 0);
    struct pool_job *job = &full->job;
    job->chain = (uint32_t)(4 * json_integer_value(json_object_get(json, "fromGroup")) +
                            json_integer_value(json_object_get(json, "toGroup")));
    job->chains = 16;
    job->connection = 1;
    job->header_size = NONCE + HEADER;
    job->nonce_size = NONCE;
    assert_int_equal(
        base_hex_decode_exact(job->header + NONCE, HEADER, vectors_text(json, "headerBlob")),
        BASE_OK);
    assert_int_equal(
        base_hex_decode_exact(job->block_target_be, 32, vectors_text(vectors, "blockTarget")),
        BASE_OK);
    memcpy(job->target_be, job->block_target_be, 32);
    job->solo = true;
    job->clean = clean;
    bridge_play_job(play, full);
}

/* The client with the prefix of the session, with both jobs. */
static struct bridge_client *open_session(struct bridge_play *play, const json_t *vectors)
{
    struct pool_bridge_config config = {.difficulty = SHARE_DIFFICULTY};
    bridge_play_open(play, "alephium", "alephium", &config);
    play->bridge->prefixes.next = 0x00a7;
    play->bridge->last_number = 0x19;
    struct bridge_client *client = bridge_play_client(play);
    bring_job(play, vectors, 0, true);
    bring_job(play, vectors, 1, false);
    return client;
}

static bool mixes_jobs(const json_t *submit)
{
    return strncmp(vectors_text(submit, "case"), "IceRiver", 8) == 0;
}

static void test_published_session(void **state)
{
    json_t *vectors = vectors_load_file(SHARDPICK_TEST_DATA "/bridge_alephium.json");
    const json_t *submits = json_object_get(vectors, "submits");
    struct bridge_play play;
    struct bridge_client *client = open_session(&play, vectors);
    size_t index = 0;
    json_t *submit = NULL;
    uint64_t foreign = 0;
    (void)state;
    assert_true(json_array_size(submits) >= 17);
    json_array_foreach(submits, index, submit)
    {
        const char *verdict = vectors_text(submit, "verdict");
        const char *name = vectors_text(submit, "case");
        char line[1024];
        json_t *request = json_pack("{s:i,s:s,s:O}", "id", (int)index, "method", "mining.submit",
                                    "params", json_object_get(submit, "params"));
        assert_true(json_dumpb(request, line, sizeof(line) - 1, JSON_COMPACT) < sizeof(line));
        line[json_dumpb(request, line, sizeof(line) - 1, JSON_COMPACT)] = '\0';
        json_decref(request);
        client->quirks = mixes_jobs(submit) ? BRIDGE_MIXES_JOBS : 0;
        bridge_jobs_find(play.bridge, 0x1a)->won = false; /* as if the node had sent it again */
        size_t finds = play.find_count;
        assert_true(bridge_play_line(&play, client, line));
        json_t *answer = bridge_play_find(client, NULL);
        const json_t *error = json_object_get(answer, "error");
        bool good = strcmp(verdict, "share") == 0 || strcmp(verdict, "block") == 0;
        bool either = strncmp(verdict, "refused or", 10) == 0;
        assert_int_equal(json_integer_value(json_object_get(answer, "id")), (int)index);
        if (!either && json_is_true(json_object_get(answer, "result")) != good) {
            fail_msg("%s: %s", name, good ? "refused" : "accepted");
        }
        if (good) {
            assert_true(json_is_null(error));
        } else if (!either) {
            const json_t *code = json_object_get(submit, "code");
            assert_int_equal(json_integer_value(json_array_get(error, 0)),
                             json_integer_value(code));
            assert_true(json_string_length(json_array_get(error, 1)) > 0);
        }
        if (strcmp(verdict, "block") == 0) { /* and nothing else goes to the node */
            uint8_t hash[32];
            assert_int_equal(play.find_count, finds + 1);
            assert_int_equal(base_hex_decode_exact(hash, 32, vectors_text(submit, "hash")),
                             BASE_OK);
            assert_memory_equal(play.finds[finds].hash_be, hash, 32);
        } else {
            assert_int_equal(play.find_count, finds);
        }
        foreign += strstr(name, "not ours") != NULL;
        json_decref(answer);
    }
    struct pool_bridge_stats stats;
    struct pool_bridge_worker worker;
    assert_int_equal(pool_bridge_look(play.bridge, &stats, &worker, 1), 1);
    assert_int_equal(stats.foreign, foreign);
    assert_int_equal(worker.foreign, foreign);
    assert_int_equal(stats.sent, play.find_count);
    bridge_play_leave(&play, client);
    bridge_play_close(&play);
    json_decref(vectors);
}

/* ---- clients --------------------------------------------------------------------------------- */

#define LOGIN                                                                                      \
    "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtv"    \
    "P3PsH57qWayr.rig1\",\"%s\"]}"

static void login(struct bridge_play *play, struct bridge_client *client, const char *pass)
{
    char line[256];
    (void)snprintf(line, sizeof(line), LOGIN, pass);
    assert_true(bridge_play_line(play, client, line));
}

/* Order that suits all: answer, prefix, difficulty, job; one job a line. */
static void test_order_of_lines(void **state)
{
    static const char *const methods[] = {NULL, "mining.set_extranonce", "mining.set_difficulty",
                                          "mining.notify"};
    json_t *vectors = vectors_load_file(SHARDPICK_TEST_DATA "/bridge_alephium.json");
    struct bridge_play play;
    struct bridge_client *client = open_session(&play, vectors);
    (void)state;
    assert_null(bridge_play_next(client)); /* nothing before it says something */
    login(&play, client, "x");
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        json_t *line = bridge_play_next(client);
        const char *method = json_string_value(json_object_get(line, "method"));
        assert_true((method == NULL) == (methods[i] == NULL));
        if (method != NULL) {
            assert_string_equal(method, methods[i]);
        }
        if (i == 1) {
            const json_t *params = json_object_get(line, "params");
            assert_string_equal(json_string_value(json_array_get(params, 0)), "00a7");
        } else if (i == 3) {
            const json_t *jobs = json_object_get(line, "params");
            const json_t *job = json_array_get(jobs, 0);
            assert_int_equal(json_array_size(jobs), 1);
            assert_int_equal(strlen(vectors_text(job, "headerBlob")), 2 * (size_t)HEADER);
            /* 2^243 less its rounding, without leading zeros */
            assert_string_equal(vectors_text(job, "targetBlob"),
                                "07fffffffffffffffffffffffffffffffffffffffffffffffffffffffe0000");
        }
        json_decref(line);
    }
    assert_null(bridge_play_next(client));
    bridge_play_leave(&play, client);
    bridge_play_close(&play);
    json_decref(vectors);
}

/* Each of the lines that were seen gets an answer with an error member, and is no reason to go. */
static void test_lines_of_all_clients(void **state)
{
    json_t *vectors = vectors_load_file(SHARDPICK_TEST_DATA "/bridge_alephium.json");
    struct bridge_play play;
    struct bridge_client *client = open_session(&play, vectors);
    size_t index = 0;
    json_t *line = NULL;
    (void)state;
    json_array_foreach(json_object_get(vectors, "lines"), index, line)
    {
        json_t *request = json_loads(json_string_value(line), 0, NULL);
        assert_true(bridge_play_line(&play, client, json_string_value(line)));
        json_t *answer = bridge_play_find(client, NULL);
        assert_non_null(json_object_get(answer, "error"));
        assert_non_null(json_object_get(answer, "result"));
        assert_true(json_equal(json_object_get(answer, "id"), json_object_get(request, "id")));
        json_decref(answer);
        json_decref(request);
    }
    assert_false(pool_serve_ends(client->peer));
    assert_true(client->ready && client->quirks != 0); /* by the first line's name */
    bridge_play_leave(&play, client);
    bridge_play_close(&play);
    json_decref(vectors);
}

static void expect_answer(struct bridge_client *client, bool good)
{
    json_t *answer = bridge_play_find(client, NULL);
    assert_true(json_is_true(json_object_get(answer, "result")) == good);
    assert_true(json_is_null(json_object_get(answer, "error")) == good);
    json_decref(answer);
}

static double told_difficulty(struct bridge_client *client)
{
    json_t *line = bridge_play_find(client, "mining.set_difficulty");
    double difficulty = json_number_value(json_array_get(json_object_get(line, "params"), 0));
    json_decref(line);
    return difficulty;
}

/* d= fixes the difficulty, a suggestion is where it begins, an ASIC's name makes it a thousand
 * times as hard. */
static void test_difficulty_of_the_first_job(void **state)
{
    json_t *vectors = vectors_load_file(SHARDPICK_TEST_DATA "/bridge_alephium.json");
    struct bridge_play play;
    (void)state;
    bridge_play_open(&play, "alephium", "alephium", NULL);
    bring_job(&play, vectors, 0, true);
    /* The block target is the easier one here: make it hard, as a real one is. */
    struct bridge_job *entry = bridge_jobs_find(play.bridge, 1);
    struct pool_job *job = (struct pool_job *)(uintptr_t)entry->job;
    memset(job->block_target_be, 0, 16);
    memset(job->target_be, 0, 16);
    struct bridge_client *usual = bridge_play_client(&play);
    struct bridge_client *fixed = bridge_play_client(&play);
    struct bridge_client *small = bridge_play_client(&play);
    struct bridge_client *asic = bridge_play_client(&play);
    login(&play, usual, "x");
    login(&play, fixed, "x,d=0.3,y");
    assert_true(bridge_play_line(&play, small,
                                 "{\"id\":1,\"method\":\"mining.suggest_difficulty\",\"params\":"
                                 "[0.0001]}"));
    login(&play, small, "");
    assert_true(bridge_play_line(&play, asic,
                                 "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":"
                                 "[\"IceRiverMiner-v1.1\"]}"));
    login(&play, asic, "x");
    assert_true(told_difficulty(usual) == 0.25); /* 1 GH/s for 5 s: 0.29 */
    assert_true(told_difficulty(fixed) == 0.3);
    assert_true(told_difficulty(small) == 0x1p-14);
    assert_true(told_difficulty(asic) == 128);
    bridge_play_time(&play, 31000);
    assert_true(told_difficulty(usual) == 0.125);
    assert_true(fixed->told == 0.3);
    bridge_play_leave(&play, usual);
    bridge_play_leave(&play, fixed);
    bridge_play_leave(&play, small);
    bridge_play_leave(&play, asic);
    bridge_play_close(&play);
    json_decref(vectors);
}

/* Clients that say nothing get work where no password is wanted, and are left in the end. */
static void test_silent_clients(void **state)
{
    json_t *vectors = vectors_load_file(SHARDPICK_TEST_DATA "/bridge_alephium.json");
    struct pool_bridge_config config = {.pass = "sesame"};
    struct bridge_play play;
    struct bridge_client *client = open_session(&play, vectors);
    (void)state;
    bridge_play_time(&play, 4000);
    assert_null(bridge_play_next(client));
    bridge_play_time(&play, 2000);
    json_decref(bridge_play_find(client, "mining.notify"));
    bridge_play_time(&play, 50000);
    assert_false(pool_serve_ends(client->peer));
    bridge_play_time(&play, 6000);
    assert_true(pool_serve_ends(client->peer));
    bridge_play_leave(&play, client);
    bridge_play_close(&play);
    bridge_play_open(&play, "alephium", "alephium", &config);
    bring_job(&play, vectors, 0, true);
    client = bridge_play_client(&play);
    bridge_play_time(&play, 20000);
    assert_null(bridge_play_next(client));
    login(&play, client, "wrong");
    expect_answer(client, false);
    assert_true(
        bridge_play_line(&play, client, "{\"id\":3,\"method\":\"mining.submit\",\"params\":[]}"));
    expect_answer(client, false);
    login(&play, client, "x,sesame,d=4");
    expect_answer(client, true);
    json_decref(bridge_play_find(client, "mining.notify"));
    bridge_play_leave(&play, client);
    bridge_play_close(&play);
    json_decref(vectors);
}

static unsigned chain_told(struct bridge_client *client)
{
    json_t *line = bridge_play_find(client, "mining.notify");
    const json_t *job = json_array_get(json_object_get(line, "params"), 0);
    unsigned chain = (unsigned)(4 * json_integer_value(json_object_get(job, "fromGroup")) +
                                json_integer_value(json_object_get(job, "toGroup")));
    json_decref(line);
    return chain;
}

/* Clients are spread over the chains that have work; a template that has given its block is left by
 * all at once. */
static void test_chains_are_shared_out(void **state)
{
    json_t *vectors = vectors_load_file(SHARDPICK_TEST_DATA "/bridge_alephium.json");
    struct bridge_play play;
    struct bridge_client *clients[32];
    unsigned at[16] = {0};
    (void)state;
    bridge_play_open(&play, "alephium", "alephium", NULL);
    for (size_t i = 0; i < 32; i++) {
        clients[i] = bridge_play_client(&play);
        login(&play, clients[i], "x");
    }
    bring_job(&play, vectors, 0, true);
    bring_job(&play, vectors, 1, false);
    for (size_t i = 0; i < 32; i++) {
        while (clients[i]->peer->out_begin < clients[i]->peer->out_end) {
            json_t *line = bridge_play_next(clients[i]);
            json_decref(line);
        }
        at[play.bridge->jobs[clients[i]->job % BRIDGE_JOBS].job->chain]++;
    }
    assert_true(at[0] >= 2 && at[1] >= 2);
    assert_int_equal(at[0] + at[1], 32);
    play.bridge->current[0]->won = true;
    bridge_clients_work(play.bridge);
    unsigned moved = 0;
    for (size_t i = 0; i < 32; i++) {
        if (clients[i]->peer->out_begin < clients[i]->peer->out_end) {
            assert_int_equal(chain_told(clients[i]), 1);
            moved++;
        }
    }
    assert_int_equal(moved, at[0]);
    for (size_t i = 0; i < 32; i++) {
        bridge_play_leave(&play, clients[i]);
    }
    bridge_play_close(&play);
    json_decref(vectors);
}

/* Names are kept within bounds, made printable, and counted together where they are equal. */
static void test_names(void **state)
{
    struct bridge_play play;
    struct pool_bridge_stats stats;
    struct pool_bridge_worker workers[4];
    (void)state;
    bridge_play_open(&play, "alephium", "alephium", NULL);
    struct bridge_client *one = bridge_play_client(&play);
    struct bridge_client *two = bridge_play_client(&play);
    const char *odd =
        "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"a\\nb\\u001b[31m\"]}";
    assert_true(bridge_play_line(&play, one, odd));
    assert_true(bridge_play_line(&play, two, odd));
    assert_int_equal(pool_bridge_look(play.bridge, &stats, workers, 4), 1);
    assert_int_equal(stats.clients, 2);
    assert_int_equal(workers[0].connections, 2);
    assert_string_equal(workers[0].name, "a b [31m");
    bridge_play_leave(&play, one);
    assert_int_equal(pool_bridge_look(play.bridge, &stats, workers, 4), 1);
    assert_int_equal(workers[0].connections, 1);
    bridge_play_leave(&play, two);
    bridge_play_close(&play);
}

/* The table of names does not grow without end, and keeps those with connections. */
static void test_names_are_bounded(void **state)
{
    struct bridge_books books;
    (void)state;
    assert_int_equal(bridge_books_init(&books), BASE_OK);
    size_t kept = bridge_books_find(&books, "kept", 1);
    books.list[kept].view.connections = 1;
    for (unsigned i = 0; i < POOL_BRIDGE_WORKERS_MAX + 5000; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "worker%u", i);
        size_t index = bridge_books_find(&books, name, 2 + i);
        assert_true(index < books.count);
        assert_int_equal(bridge_books_find(&books, name, 2 + i), index);
    }
    assert_int_equal(books.count, POOL_BRIDGE_WORKERS_MAX);
    assert_int_equal(bridge_books_find(&books, "kept", 9), kept);
    bridge_books_deinit(&books);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefixes_are_disjoint),
        cmocka_unit_test(test_prefixes_rest),
        cmocka_unit_test(test_pace_jumps_up),
        cmocka_unit_test(test_pace_sinks_without_shares),
        cmocka_unit_test(test_pace_settles),
        cmocka_unit_test(test_published_session),
        cmocka_unit_test(test_order_of_lines),
        cmocka_unit_test(test_lines_of_all_clients),
        cmocka_unit_test(test_difficulty_of_the_first_job),
        cmocka_unit_test(test_silent_clients),
        cmocka_unit_test(test_chains_are_shared_out),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
