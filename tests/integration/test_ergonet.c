/* test_ergonet.c: the node of Ergo's development network over HTTP: its answers are those that a
 * node of version 4.0.27 gave (tests/data/ergo_node.json), a solved candidate stays until its block
 * is applied, and headers can be followed. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/endian.h"
#include "base/hex.h"
#include "ergonet/ergonet.h"
#include "net_hash.h"

enum { REDUCED = 64, DIFFICULTY = 16 };

/* ---- a network and a client ------------------------------------------------------------------ */

static struct pool_net *start(uint32_t apply_ms, const struct pool_net_faults *faults)
{
    struct pool_net *net = NULL;
    struct pool_net_config config;
    struct base_error error;
    pool_net_defaults(&config, &pool_ergonet);
    config.hash = net_hash;
    config.algo = kern_algo_find("autolykos2");
    config.reduced = REDUCED;
    config.start_hashes = DIFFICULTY;
    config.block_time_ms = 1;
    config.apply_ms = apply_ms;
    config.ask_ms = 1;
    config.ports[POOL_NET_POOL] = UINT16_MAX;
    config.seed = 7;
    config.faults = *faults;
    if (pool_net_start(&net, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    return net;
}

static const struct pool_net_faults none;

/* Status of one request; its body in text. */
static int ask(struct pool_net *net, char text[4096], const char *method, const char *path,
               const char *key, const char *body)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(pool_net_port(net, POOL_NET_NODE)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char request[1024];
    static char answer[8192];
    size_t size = 0;
    size_t whole = sizeof answer - 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    int length = snprintf(request, sizeof request,
                          "%s %s HTTP/1.1\r\nHost: x\r\n%s%s%sContent-Length: %zu\r\n\r\n%s",
                          method, path, key[0] != '\0' ? "api_key: " : "", key,
                          key[0] != '\0' ? "\r\n" : "", strlen(body), body);
    assert_int_equal(send(fd, request, (size_t)length, 0), length);
    while (size < whole) {
        ssize_t got = recv(fd, answer + size, sizeof answer - 1 - size, 0);
        assert_true(got > 0);
        size += (size_t)got;
        answer[size] = '\0';
        const char *head = strstr(answer, "\r\n\r\n");
        const char *long_as = strstr(answer, "Content-Length: ");
        if (head != NULL && long_as != NULL) {
            whole = (size_t)(head + 4 - answer) + strtoul(long_as + 16, NULL, 10);
        }
    }
    (void)close(fd);
    (void)snprintf(text, 4096, "%s", strstr(answer, "\r\n\r\n") + 4);
    return (int)strtol(answer + 9, NULL, 10);
}

struct candidate {
    uint8_t msg[32];
    uint32_t height;
    char b[80];
};

/* The candidate in hand; its text has a node's form. */
static void candidate(struct candidate *got, struct pool_net *net)
{
    char text[4096];
    char form[4096];
    char msg[65] = "";
    char key[67] = "";
    char height[12] = "";
    assert_int_equal(ask(net, text, "GET", "/mining/candidate", "", ""), 200);
    assert_int_equal(sscanf(text,
                            "{ \"msg\" : \"%64[0-9a-f]\", \"b\" : %78[0-9], \"h\" : %11[0-9], "
                            "\"pk\" : \"%66[0-9a-f]\" }",
                            msg, got->b, height, key),
                     4);
    (void)snprintf(form, sizeof form,
                   "{\n  \"msg\" : \"%s\",\n  \"b\" : %s,\n  \"h\" : %s,\n  \"pk\" : \"%s\"\n}",
                   msg, got->b, height, key);
    assert_string_equal(text, form);
    assert_int_equal(base_hex_decode_exact(got->msg, 32, msg), BASE_OK);
    got->height = (uint32_t)strtoul(height, NULL, 10);
}

/* Of the hit: far below the target, or far above it, so that a moved difficulty changes nothing. */
static bool is_solution(const uint8_t hit_be[32])
{
    return hit_be[0] < 256 / DIFFICULTY / 2;
}

static bool is_wrong(const uint8_t hit_be[32])
{
    return hit_be[0] >= 128;
}

static void hit_of(uint8_t hit_be[32], const struct candidate *of, uint64_t nonce)
{
    uint8_t trial[40];
    memcpy(trial, of->msg, 32);
    base_store_be64(trial + 32, nonce);
    assert_true(
        net_hash(kern_algo_find("autolykos2"), hit_be, trial, NULL, 0, of->height, REDUCED));
}

static void write_nonce(char nonce_hex[17], uint64_t nonce)
{
    uint8_t nonce_be[8];
    base_store_be64(nonce_be, nonce);
    base_hex_encode(nonce_hex, nonce_be, sizeof nonce_be);
}

/* A nonce that solves the candidate, or one that does not. */
static void find(char nonce_hex[17], const struct candidate *of, bool solves)
{
    uint8_t hit_be[32];
    uint64_t nonce = 0;
    for (hit_of(hit_be, of, nonce); !(solves ? is_solution(hit_be) : is_wrong(hit_be));
         hit_of(hit_be, of, nonce)) {
        nonce++;
    }
    write_nonce(nonce_hex, nonce);
}

/* A nonce that solves the old candidate and not the new one: one nonce may well solve both. */
static void find_late(char nonce_hex[17], const struct candidate *old, const struct candidate *now)
{
    uint8_t old_hit_be[32];
    uint8_t now_hit_be[32];
    uint64_t nonce = 0;
    do {
        hit_of(old_hit_be, old, nonce);
        hit_of(now_hit_be, now, nonce);
        nonce++;
    } while (!is_solution(old_hit_be) || !is_wrong(now_hit_be));
    write_nonce(nonce_hex, nonce - 1);
}

static int solve(struct pool_net *net, char text[4096], const char *nonce_hex)
{
    char body[64];
    (void)snprintf(body, sizeof body, "{\"n\":\"%s\"}", nonce_hex);
    return ask(net, text, "POST", "/mining/solution", "", body);
}

/* ---- tests ------------------------------------------------------------------------------------
 */

/* Requests that no candidate decides, as the node answered them. */
static void test_recorded_answers(void **state)
{
    json_t *root = json_load_file(SHARDPICK_TEST_DATA "/ergo_node.json", 0, NULL);
    struct pool_net *net = start(300, &none);
    struct candidate got;
    size_t index = 0;
    const json_t *row = NULL;
    size_t compared = 0;
    (void)state;
    candidate(&got, net);
    json_array_foreach(json_object_get(root, "rest"), index, row)
    {
        char text[4096];
        const char *what = json_string_value(json_object_get(row, "case"));
        const char *want = json_string_value(json_object_get(row, "answer"));
        const char *body = json_string_value(json_object_get(row, "body"));
        const char *key =
            json_string_value(json_object_get(json_object_get(row, "headers"), "api_key"));
        bool fixed = strstr(what, "n not") != NULL || strstr(what, "n missing") != NULL ||
                     strstr(what, "JSON") != NULL || strstr(what, "method") != NULL ||
                     strstr(what, "path") != NULL || strstr(what, "reward") != NULL ||
                     strstr(what, "without key") != NULL || strstr(what, "Txs wrong") != NULL;
        int status = ask(net, text, json_string_value(json_object_get(row, "method")),
                         json_string_value(json_object_get(row, "path")), key != NULL ? key : "",
                         body != NULL ? body : "");
        if (fixed) {
            assert_int_equal(status, json_integer_value(json_object_get(row, "status")));
            assert_string_equal(text, want);
            compared++;
        }
    }
    assert_true(compared >= 9);
    json_decref(root);
    pool_net_stop(net);
}

/* The old candidate is handed out until the block is applied; nothing is taken meanwhile. */
static void test_solved(void **state)
{
    struct pool_net *net = start(3600000, &none);
    struct candidate before;
    struct candidate after;
    struct pool_net_stats stats;
    char nonce[17];
    char text[4096];
    (void)state;
    candidate(&before, net);
    assert_int_equal(before.height, 17);
    find(nonce, &before, true);
    assert_int_equal(solve(net, text, nonce), 200);
    assert_string_equal(text, "{\n  \n}");
    candidate(&after, net);
    assert_memory_equal(after.msg, before.msg, 32);
    assert_int_equal(after.height, before.height);
    assert_int_equal(solve(net, text, nonce), 500);
    assert_non_null(strstr(text, "\"detail\" : \"Block already solved : Some("));
    pool_net_stats(net, &stats);
    assert_true(stats.accepted == 1 && stats.stale == 1 && stats.height == 16);
    pool_net_stop(net);
}

/* A block that is applied: the next height, another message; the chain can be followed. */
static void test_applied(void **state)
{
    struct pool_net *net = start(1, &none);
    struct candidate before;
    struct candidate after = {.height = 0};
    char nonce[17];
    char text[4096];
    char path[128];
    char id[65] = "";
    (void)state;
    candidate(&before, net);
    find(nonce, &before, true);
    assert_int_equal(solve(net, text, nonce), 200);
    while (after.height != 18) {
        candidate(&after, net);
    }
    assert_memory_not_equal(after.msg, before.msg, 32);
    assert_int_equal(ask(net, text, "GET", "/blocks/at/17", "", ""), 200);
    assert_int_equal(sscanf(text, "[ \"%64[0-9a-f]\" ]", id), 1);
    (void)snprintf(path, sizeof path, "/blocks/%s/header", id);
    assert_int_equal(ask(net, text, "GET", path, "", ""), 200);
    assert_non_null(strstr(text, nonce));
    assert_int_equal(ask(net, text, "GET", "/blocks/at/99", "", ""), 200);
    assert_string_equal(text, "[\n]");
    assert_int_equal(ask(net, text, "GET", "/info", "", ""), 200);
    assert_non_null(strstr(text, "\"fullHeight\" : 17"));
    /* A late solution of the candidate before, and then the node makes another one. */
    find_late(nonce, &before, &after);
    assert_int_equal(solve(net, text, nonce), 500);
    assert_non_null(strstr(text, "h(f) < b condition not met"));
    candidate(&before, net);
    assert_memory_not_equal(after.msg, before.msg, 32);
    assert_int_equal(before.height, 18);
    pool_net_stop(net);
}

/* A wrong nonce before there are two candidates gets no answer from the node's actor. */
static void test_wrong(void **state)
{
    struct pool_net *net = start(1, &none);
    struct candidate got;
    struct pool_net_stats stats;
    char nonce[17];
    char text[4096];
    (void)state;
    candidate(&got, net);
    find(nonce, &got, false);
    assert_int_equal(solve(net, text, nonce), 500);
    assert_non_null(strstr(text, "\"detail\" : \"Ask timed out"));
    assert_int_equal(solve(net, text, "0011"), 500);
    pool_net_stats(net, &stats);
    assert_true(stats.bad_solution == 1 && stats.malformed == 1 && stats.accepted == 0);
    pool_net_stop(net);
}

static void test_faults(void **state)
{
    static const struct {
        struct pool_net_faults faults;
        const char *path;
        int status;
        const char *part;
    } rows[] = {
        {{.not_started = 1}, "/mining/candidate", 500, "Miner has not started yet"},
        {{.not_synced = 1}, "/mining/candidate", 500, "Miner has not started yet"},
        {{.not_synced = 1}, "/info", 200, "\"headersHeight\" : 1016"},
        {{.no_wallet = 1}, "/mining/candidate", 500, "Miner PK not initialized"},
        {{.no_wallet = 1}, "/mining/rewardPublicKey", 500, "Miner PK not initialized"},
        {{.key_everywhere = 1}, "/mining/candidate", 403, "not authorized"},
        {{.busy = 1}, "/mining/candidate", 503, ""},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        struct pool_net *net = start(1, &rows[i].faults);
        char text[4096];
        assert_int_equal(ask(net, text, "GET", rows[i].path, "", ""), rows[i].status);
        assert_non_null(strstr(text, rows[i].part));
        pool_net_stop(net);
    }
    struct pool_net_config config;
    struct base_error error;
    pool_net_defaults(&config, &pool_ergonet);
    assert_int_equal(pool_net_fault_set(&config, "foreign_ms=700", &error), BASE_OK);
    assert_int_equal(config.faults.foreign_ms, 700);
    assert_int_equal(pool_net_fault_set(&config, "foreign=7", &error), BASE_E_FORMAT);
    assert_non_null(strstr(error.text, "foreign_ms"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_answers), cmocka_unit_test(test_solved),
        cmocka_unit_test(test_applied),          cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
