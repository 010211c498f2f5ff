/* test_ergo_stratum.c: the pool protocol of Ergo: a recorded session of a real pool
 * (tests/data/ergo_pool_session.json), both forms of jobs, and what pools do differently, in
 * simulated time. Hits are computed by the reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/blake2b.h"
#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "ergo/ergo_address.h"
#include "ergo/ergo_family.h"
#include "harness.h"
#include "kern.h"
#include "vectors.h"

#define ADDRESS "9fSgJ7BmUxBQJ454prQDQ7fQMBkXPLaAmDnimgTtjym6FYPHjAV"

static const char url[] = "stratum+tcp://pool.example:3056";
static const char authorized[] = "{\"id\":2,\"result\":true,\"error\":null}";

/* A job of the node's own test, as pools write it. */
#define NOTIFY_AT(id, height, b)                                                                   \
    "{\"id\":null,\"method\":\"mining.notify\",\"params\":[" id "," height                         \
    ",\"548c3e602a8f36f8f2738f5f643b02425038044d98543a51cabaa9785e7e864f\",\"\",\"\","             \
    "\"00000002\"," b ",\"\",true]}"
#define B "7067388259113537318333190002971674063283542741642755394446115914399301849"
#define NOTIFY NOTIFY_AT("\"1a\"", "614400", "\"" B "\"")
#define SUBSCRIBED(extranonce, left)                                                               \
    "{\"id\":1,\"result\":[[[\"mining.set_difficulty\",\"d\"],[\"mining.notify\",\"d\"]],"         \
    "\"" extranonce "\"," left "],\"error\":null}"

static void open_pool(struct harness *h, const char *user, bool multiply)
{
    memset(h, 0, sizeof(*h));
    h->multiply_difficulty = multiply;
    harness_open_algo(h, &pool_ergo_stratum, url, user, NULL, 0);
    assert_int_equal(h->started, BASE_OK);
    assert_non_null(strstr(harness_sent_text(h), "\"mining.subscribe\""));
}

static void feed(struct harness *h, const char *line)
{
    if (harness_line(h, line, 1000) != BASE_OK) {
        fail_msg("%s after %s", h->error.text, line);
    }
}

static void login(struct harness *h, const char *subscribed)
{
    open_pool(h, ADDRESS ".rig1", false);
    feed(h, subscribed);
    assert_non_null(strstr(harness_sent_text(h),
                           "\"mining.authorize\",\"params\":[\"" ADDRESS ".rig1\",\"x\"]"));
    feed(h, authorized);
}

static const struct pool_job *last_job(const struct harness *h)
{
    assert_true(h->job_count > 0);
    return h->jobs[h->job_count - 1];
}

/* The hit of a nonce in the job in hand. */
static void hit_of(uint8_t hit_be[32], const struct pool_job *job, const uint8_t nonce[8])
{
    const struct kern_algo *algo = kern_algo_find("autolykos2");
    struct kern_work work = {.header_size = algo->header_size, .height = job->height};
    memcpy(work.header, job->header, algo->header_size);
    assert_int_equal(kern_hash(hit_be, algo, &work, base_load_be64(nonce), NULL, 0), BASE_OK);
}

/* The last line that was sent; the caller calls json_decref. */
static json_t *last_sent(struct harness *h)
{
    const char *text = harness_sent_text(h);
    size_t size = strlen(text);
    assert_true(size > 1 && text[size - 1] == '\n');
    const char *before = memrchr(text, '\n', size - 1);
    json_t *line = json_loads(before != NULL ? before + 1 : text, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(line);
    return line;
}

/* ---- the recorded session -------------------------------------------------------------------- */

/* Submit the share of a recorded line for the newest job, and compare what is sent, but for the
 * worker's name and the id. A share that the pool called too low is above our target, and would not
 * be sent. */
static void replay_share(struct harness *h, const json_t *params, uint64_t tag, bool good)
{
    uint8_t nonce[POOL_NONCE_MAX] = {0};
    uint8_t hit_be[32];
    const struct pool_job *job = last_job(h);
    assert_int_equal(base_hex_decode_exact(nonce, 8, json_string_value(json_array_get(params, 4))),
                     BASE_OK);
    hit_of(hit_be, job, nonce);
    assert_int_equal(base_target_meets(hit_be, job->target_be), good);
    assert_int_equal(harness_submit(h, job, nonce, hit_be, tag, 1100), BASE_OK);
    json_t *sent = last_sent(h);
    for (size_t i = 1; i < 5; i++) {
        const char *want = json_string_value(json_array_get(params, i));
        const char *got = json_string_value(json_array_get(json_object_get(sent, "params"), i));
        assert_string_equal(got, want);
    }
    json_decref(sent);
}

/* Shares up to 4 b are good there: with --multiply-difficulty every share that the pool took is one
 * of ours, and the one that it called too low is not. */
static void test_recorded_session(void **state)
{
    struct harness h;
    json_t *root = vectors_load_file(SHARDPICK_TEST_DATA "/ergo_pool_session.json");
    size_t index = 0;
    const json_t *value = NULL;
    json_t *asked = NULL; /* the share that waits for its answer */
    uint64_t shares = 0;
    (void)state;
    open_pool(&h, "3WwXpssaZwcNzaGMv3AgxBdTPJQBt5gCmqBsg3DykQ39bYdhJBsN.rig1", true);
    json_array_foreach(json_object_get(root, "lines"), index, value)
    {
        const char *line = json_string_value(value);
        json_t *message = json_loads(line + 3, 0, NULL);
        const json_t *params = json_object_get(message, "params");
        const char *method = json_string_value(json_object_get(message, "method"));
        if (line[0] == '-' && strcmp(method, "mining.submit") == 0) {
            json_decref(asked);
            asked = json_deep_copy(params);
        } else if (line[0] == '<' && asked != NULL && method == NULL) {
            const json_t *problem = json_object_get(message, "error");
            const char *rest = json_string_value(json_array_get(asked, 2));
            if (json_integer_value(json_array_get(problem, 0)) == 20 ||
                strcmp(json_string_value(json_array_get(asked, 1)), last_job(&h)->label) != 0) {
                assert_true(strlen(rest) == 2 || shares == 5); /* what we never send */
            } else {
                bool good = json_integer_value(json_array_get(problem, 0)) != 23;
                replay_share(&h, asked, shares++, good);
                (void)json_object_set_new(message, "id", json_integer(2 + (json_int_t)shares));
                char *answer = json_dumps(message, 0);
                feed(&h, answer);
                free(answer);
            }
            json_decref(asked);
            asked = NULL;
        } else if (line[0] == '<') {
            feed(&h, line + 3);
        }
        json_decref(message);
    }
    static const enum pool_verdict wanted[] = {POOL_ACCEPTED, POOL_ACCEPTED, POOL_LOW_DIFFICULTY,
                                               POOL_ACCEPTED, POOL_ACCEPTED, POOL_ACCEPTED,
                                               POOL_DUPLICATE};
    assert_int_equal(h.verdict_count, sizeof(wanted) / sizeof(wanted[0]));
    for (size_t i = 0; i < h.verdict_count; i++) {
        assert_int_equal(h.verdicts[i].verdict, wanted[i]);
        /* The node took the fifth as its block 57. */
        assert_true(i != 4 || h.verdicts[i].block);
    }
    assert_int_equal(h.job_count, 3);
    json_decref(asked);
    json_decref(root);
    harness_close(&h);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static void check_node_test(const struct harness *h)
{
    const struct pool_job *job = last_job(h);
    char hex[65];
    uint8_t hit_be[32];
    static const uint8_t nonce[8] = {0, 0, 0, 0, 0, 0, 0x31, 0x05}; /* of the node's test */
    base_hex_encode(hex, job->header, 32);
    assert_string_equal(hex, "548c3e602a8f36f8f2738f5f643b02425038044d98543a51cabaa9785e7e864f");
    assert_true(job->header_size == 40 && job->nonce_offset == 32 && job->nonce_size == 8);
    assert_true(job->height == 614400 && job->clean && !job->solo);
    hit_of(hit_be, job, nonce);
    assert_true(base_target_meets(hit_be, job->target_be));
    base_hex_encode(hex, job->target_be, 32); /* floor(q / 16384) - 1 */
    assert_string_equal(hex, "0003fffffffffffffffffffffffffffffffaeabb739abd2280eeff497a3340d8");
}

/* Every size of the extranonce; b as text and as a bare number. */
static void test_extranonces(void **state)
{
    static const char *const sizes[][2] = {
        {"", "8"},         {"f1", "7"},         {"f1f2", "6"},         {"f1f2f3", "\"5\""},
        {"f1f2f3f4", "4"}, {"f1f2f3f4f5", "3"}, {"f1f2f3f4f5f6", "2"}, {"f1f2f3f4f5f6f7", "1"},
    };
    static const uint8_t nonce[POOL_NONCE_MAX] = {0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 9};
    (void)state;
    for (size_t size = 0; size < sizeof(sizes) / sizeof(sizes[0]); size++) {
        struct harness h;
        char line[256];
        char want[256];
        (void)snprintf(line, sizeof(line), "{\"id\":1,\"result\":[null,\"%s\",%s],\"error\":null}",
                       sizes[size][0], sizes[size][1]);
        login(&h, line);
        feed(&h, size % 2 == 0 ? NOTIFY : NOTIFY_AT("\"1a\"", "614400", B));
        assert_int_equal(h.job_count, 1);
        check_node_test(&h);
        assert_int_equal(last_job(&h)->nonce_fixed, size);
        assert_memory_equal(last_job(&h)->header + 32, nonce, size);
        assert_int_equal(harness_submit(&h, last_job(&h), nonce, NULL, 1, 1100), BASE_OK);
        (void)snprintf(want, sizeof(want),
                       "\"params\":[\"" ADDRESS ".rig1\",\"1a\",\"%s\",\"undefined\","
                       "\"f1f2f3f4f5f6f709\"]}",
                       &"f1f2f3f4f5f6f709"[2 * size]);
        assert_non_null(strstr(harness_sent_text(&h), want));
        assert_int_equal(h.warnings, size > 4); /* few nonces are left */
        harness_close(&h);
    }
}

static void test_extranonces_that_are_none(void **state)
{
    static const char *const lines[] = {
        SUBSCRIBED("0a3f", "5"),      SUBSCRIBED("0102030405060708", "0"),
        SUBSCRIBED("0a3", "6"),       SUBSCRIBED("010203040506070809", "0"),
        SUBSCRIBED("0a3f", "-6"),     "{\"id\":1,\"result\":null,\"error\":[20,\"no\",null]}",
        "{\"id\":1,\"result\":true}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct harness h;
        open_pool(&h, "miner.rig1", false);
        assert_int_not_equal(harness_line(&h, lines[i], 1000), BASE_OK);
        assert_true(h.error.text[0] != '\0');
        harness_close(&h);
    }
}

/* A session in two pieces cut at every byte; the job comes before the answer to authorize. */
static void test_every_split(void **state)
{
    char all[1024];
    (void)state;
    int size = snprintf(all, sizeof(all), "%s\n%s\r\n%s\n", SUBSCRIBED("0a3f", "6"),
                        NOTIFY_AT("\"1a\"", "614400", B), authorized);
    for (int cut = 1; cut < size; cut++) {
        struct harness h;
        open_pool(&h, "miner.rig1", false);
        assert_int_equal(harness_feed(&h, all, (size_t)cut, 1000), BASE_OK);
        assert_int_equal(harness_feed(&h, all + cut, (size_t)(size - cut), 1000), BASE_OK);
        assert_int_equal(h.job_count, 1);
        check_node_test(&h);
        assert_int_equal(h.warnings, 0);
        harness_close(&h);
    }
}

/* The target of a share: b; with the option b times the difficulty, which 0 leaves as it is. */
static void test_difficulty(void **state)
{
    static const struct {
        const char *difficulty;
        const char *target; /* of b = 1001: 1000, times the difficulty */
    } rows[] = {{"4", "0fa0"}, {"0", "03e8"}, {"0.5", "01f4"}, {"1", "03e8"}, {"2.5", "09c4"}};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        struct harness h;
        char line[128];
        char hex[65];
        bool multiply = i % 2 == 1;
        open_pool(&h, "miner.rig1", multiply);
        feed(&h, SUBSCRIBED("0a3f", "6"));
        (void)snprintf(line, sizeof(line), "{\"method\":\"mining.set_difficulty\",\"params\":[%s]}",
                       rows[i / 2].difficulty);
        feed(&h, line);
        feed(&h, NOTIFY_AT("7", "614400", "\"1001\""));
        base_hex_encode(hex, last_job(&h)->target_be, 32);
        assert_string_equal(hex + 60, multiply ? rows[i / 2].target : "03e8");
        base_hex_encode(hex, last_job(&h)->block_target_be, 32);
        assert_string_equal(hex + 60, multiply ? "03e8" : "0000");
        assert_int_equal(h.infos > 0 && strstr(h.last_info, "--multiply-difficulty") != NULL,
                         i / 2 == 0 || i / 2 == 4 ? !multiply : false);
        harness_close(&h);
    }
}

/* The form of four members: target from mining.set_target, three parameters, and an id that is a
 * name. The share is that of the program's own log (ergo.md 7.3). */
static void test_four_members(void **state)
{
    static const char job[] =
        "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"47388824\","
        "\"b15c08abeb302e990330fda83cbf7835a2172bbfbd8542796fb4255c1aaf4bde\",4738,true]}";
    struct harness h;
    static const uint8_t nonce[POOL_NONCE_MAX] = {1, 2, 3, 4, 0, 0x23, 0x95, 0x34};
    (void)state;
    open_pool(&h, "miner.rig1", false);
    feed(&h, "{\"id\":\"mining.subscribe\",\"result\":[[[\"mining.notify\",\"x\"]],"
             "\"01020304\",4],\"error\":null}");
    feed(&h, job);
    assert_int_equal(h.job_count, 0); /* no target yet */
    feed(&h, "{\"id\":null,\"method\":\"mining.set_target\",\"params\":["
             "\"00007fffffffffffffffffffffffffffffffffffffffffffffffffffffff8000\"]}");
    assert_int_equal(h.job_count, 1);
    feed(&h, authorized);
    assert_int_equal(last_job(&h)->height, 4738);
    assert_true(last_job(&h)->target_be[31] == 0xff && last_job(&h)->target_be[30] == 0x7f);
    assert_int_equal(harness_submit(&h, last_job(&h), nonce, NULL, 1, 1100), BASE_OK);
    assert_non_null(
        strstr(harness_sent_text(&h), "\"params\":[\"miner.rig1\",\"47388824\",\"00239534\"]}"));
    feed(&h, "{\"id\":3,\"result\":false,\"error\":[21,\"Low difficulty share\",null]}");
    assert_int_equal(h.verdicts[0].verdict, POOL_LOW_DIFFICULTY);
    harness_close(&h);
}

static void test_changes_in_mid_session(void **state)
{
    struct harness h;
    uint8_t nonce[POOL_NONCE_MAX] = {0x0a, 0x3f};
    (void)state;
    login(&h, SUBSCRIBED("0a3f", "6"));
    feed(&h, NOTIFY_AT("77", "614400", B));
    const struct pool_job *old = last_job(&h);
    /* The same work with another id voids nothing; ids go back as they came. */
    feed(&h, NOTIFY);
    assert_true(!last_job(&h)->clean && h.job_count == 2);
    assert_int_equal(harness_submit(&h, old, nonce, NULL, 1, 1100), BASE_OK);
    assert_non_null(strstr(harness_sent_text(&h), "rig1\",77,\"000000000000\""));
    /* A new extranonce holds from the next job on. */
    feed(&h, "{\"id\":null,\"method\":\"mining.set_extranonce\",\"params\":[\"beef00\"]}");
    assert_int_equal(last_job(&h)->nonce_fixed, 2);
    feed(&h, NOTIFY_AT("\"2\"", "614401", B));
    assert_true(last_job(&h)->nonce_fixed == 3 && last_job(&h)->header[32] == 0xbe);
    assert_true(last_job(&h)->clean && last_job(&h)->height == 614401);
    /* The pool has voided what was before. */
    assert_int_equal(harness_submit(&h, old, nonce, NULL, 2, 1200), BASE_OK);
    assert_int_equal(h.verdicts[0].verdict, POOL_STALE);
    feed(&h, "{\"id\":null,\"method\":\"mining.set_extranonce\",\"params\":[\"beef\",1]}");
    assert_int_equal(h.warnings, 1);
    /* What is no job costs nothing. */
    feed(&h, NOTIFY_AT("\"3\"", "\"high\"", B));
    feed(&h, NOTIFY_AT("\"3\"", "614402", "\"1e9\""));
    feed(&h, NOTIFY_AT("\"3\"", "0", B));
    feed(&h, NOTIFY_AT("{}", "614402", B));
    feed(&h, "{\"method\":\"mining.notify\",\"params\":7}");
    assert_int_equal(h.job_count, 3);
    assert_int_equal(h.warnings, 6);
    assert_int_equal(harness_refill(&h, last_job(&h), 1300), BASE_OK);
    assert_int_equal(harness_refill(&h, last_job(&h), 1300), BASE_OK);
    assert_non_null(strstr(h.last_warning, "leaves 5 bytes"));
    assert_int_equal(h.warnings, 7);
    harness_close(&h);
}

static void test_time_limits(void **state)
{
    struct harness h;
    (void)state;
    open_pool(&h, "miner.rig1", false);
    uint64_t due = h.ops->due_ms(h.protocol);
    assert_int_equal(h.ops->tick(h.protocol, due - 1, &h.error), BASE_OK);
    assert_int_equal(h.ops->tick(h.protocol, due, &h.error), BASE_E_TIMEOUT);
    assert_non_null(strstr(h.error.text, "mining.subscribe"));
    harness_close(&h);
}

static void test_refused_login(void **state)
{
    static const char *const answers[] = {
        "{\"id\":2,\"result\":null,\"error\":[24,\"unauthorized worker\"]}",
        "{\"id\":2,\"result\":true,\"error\":[24,\"unauthorized worker\"]}",
        "{\"id\":null,\"result\":null,\"error\":[24,\"unauthorized worker\"]}",
        "{\"id\":2,\"result\":null,\"error\":null}",
        "{\"id\":2,\"result\":\"no such address\",\"error\":null}",
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(answers); i++) {
        struct harness h;
        open_pool(&h, "miner.rig1", false);
        feed(&h, SUBSCRIBED("0a3f", "6"));
        assert_int_equal(harness_line(&h, answers[i], 1000), BASE_E_REFUSED);
        harness_close(&h);
    }
}

/* The answer to subscribe is known by its shape, whatever its id is. */
static void test_odd_ids(void **state)
{
    static const char *const ids[] = {"\"mining.subscribe\"", "\"2nd\"", "null", "0", "2", "77"};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(ids); i++) {
        struct harness h;
        char line[128];
        open_pool(&h, "miner.rig1", false);
        (void)snprintf(line, sizeof(line), "{\"id\":%s,\"result\":[null,\"0a3f\",6]}", ids[i]);
        feed(&h, line);
        assert_non_null(strstr(harness_sent_text(&h), "mining.authorize"));
        feed(&h, "{\"id\":\"1st\",\"result\":true}"); /* of no request */
        assert_int_equal(h.warnings, 1);
        harness_close(&h);
    }
}

/* A find of an earlier connection is not sent: pools of Ergo resume no sessions. */
static void test_find_of_an_earlier_connection(void **state)
{
    static const uint8_t nonce[POOL_NONCE_MAX] = {0x0a, 0x3f};
    static const char *const subscribed[] = {SUBSCRIBED("0a3f", "6"), SUBSCRIBED("", "8")};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(subscribed); i++) {
        struct harness h;
        login(&h, subscribed[i]);
        feed(&h, NOTIFY);
        const struct pool_job *old = pool_job_ref(last_job(&h));
        harness_close(&h);
        harness_open_algo(&h, &pool_ergo_stratum, url, "miner.rig1", NULL, 0);
        feed(&h, subscribed[i]);
        feed(&h, authorized);
        feed(&h, NOTIFY);
        assert_int_equal(harness_submit(&h, old, nonce, NULL, 1, 1100), BASE_OK);
        assert_int_equal(h.verdicts[0].verdict, POOL_NOT_SENT);
        assert_non_null(strstr(h.verdicts[0].text, "connection that it was found for has ended"));
        assert_null(strstr(harness_sent_text(&h), "mining.submit"));
        pool_job_unref(old);
        harness_close(&h);
    }
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void test_addresses(void **state)
{
    json_t *root = vectors_load_file(SHARDPICK_TEST_DATA "/ergo_addresses.json");
    size_t index = 0;
    const json_t *row = NULL;
    (void)state;
    json_array_foreach(json_object_get(root, "valid"), index, row)
    {
        const char *text = vectors_text(row, "address");
        bool testnet = false;
        struct base_error error = {BASE_OK, ""};
        enum base_status status = pool_ergo_address_check(&testnet, text, strlen(text), &error);
        assert_int_equal(status == BASE_OK, json_is_true(json_object_get(row, "usable_for_miner")));
        if (status == BASE_OK) {
            assert_int_equal(testnet, strcmp(vectors_text(row, "network"), "testnet") == 0);
        } else {
            assert_int_equal(status, BASE_E_UNSUPPORTED);
        }
    }
    json_array_foreach(json_object_get(root, "invalid"), index, row)
    {
        const char *text = vectors_text(row, "text");
        bool testnet = false;
        struct base_error error = {BASE_OK, ""};
        if (strstr(vectors_text(row, "why"), "testnet") != NULL) {
            continue; /* which network a pool is of is not known */
        }
        if (pool_ergo_address_check(&testnet, text, strlen(text), &error) == BASE_OK) {
            fail_msg("taken: %s (%s)", text, vectors_text(row, "why"));
        }
        assert_true(error.text[0] != '\0');
    }
    json_decref(root);
}

/* The coin's check of a login, which the source turns into a warning: an address, or a name that is
 * shorter than one. */
static void test_login(void **state)
{
    struct base_error error = {BASE_OK, ""};
    unsigned group = 7;
    (void)state;
    assert_int_equal(pool_ergo_coin.login(ADDRESS ".rig1", &group, &error), BASE_OK);
    assert_int_equal(
        pool_ergo_coin.login("1BoatSLRHtKNngkdXEeobR76b53LETtpyT.rig1", &group, &error),
        BASE_OK); /* as NiceHash wants it */
    assert_int_equal(
        pool_ergo_coin.login("9fSgJ7BmUxBQJ454prQDQ7fQMBkXPLaAmDnimgTtjym6FYPHjA1.rig1", &group,
                             &error),
        BASE_E_FORMAT);
    assert_non_null(strstr(error.text, "checksum"));
}

/* Of RFC 7693's hash with 32 bytes: "abc", and the constant M of Autolykos (ergo.md 2). */
static void test_blake2b(void **state)
{
    uint8_t digest[32];
    char hex[65];
    (void)state;
    base_blake2b(digest, sizeof(digest), NULL, "abc", 3);
    base_hex_encode(hex, digest, 32);
    assert_string_equal(hex, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_session),
        cmocka_unit_test(test_extranonces),
        cmocka_unit_test(test_extranonces_that_are_none),
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_difficulty),
        cmocka_unit_test(test_four_members),
        cmocka_unit_test(test_changes_in_mid_session),
        cmocka_unit_test(test_time_limits),
        cmocka_unit_test(test_refused_login),
        cmocka_unit_test(test_odd_ids),
        cmocka_unit_test(test_find_of_an_earlier_connection),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_login),
        cmocka_unit_test(test_blake2b),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
