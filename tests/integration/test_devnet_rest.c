/* test_devnet_rest.c: the REST port of the development network, asked by libcurl. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <jansson.h>

#include "base/hex.h"
#include "loop.h"

struct text {
    size_t size;
    char bytes[16384];
};

static size_t collect(char *bytes, size_t one, size_t count, void *user)
{
    struct text *text = user;
    size_t size = one * count;
    if (size >= sizeof text->bytes - text->size) {
        return 0;
    }
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
    return size;
}

/* method NULL: GET. Returns the status code; the answer's text goes to text. */
static long ask(struct text *text, struct pool_devnet *devnet, const char *method, const char *path,
                const char *body, const char *header)
{
    char url[1024];
    long code = 0;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = header != NULL ? curl_slist_append(NULL, header) : NULL;
    assert_non_null(curl);
    memset(text, 0, sizeof *text);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u%s", pool_devnet_rest_port(devnet), path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, text);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)LOOP_WAIT_MS);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (method != NULL) {
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    }
    if (body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    }
    assert_int_equal(curl_easy_perform(curl), CURLE_OK);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return code;
}

static json_t *get(struct pool_devnet *devnet, const char *path)
{
    struct text text;
    assert_int_equal(ask(&text, devnet, NULL, path, NULL, NULL), 200);
    json_t *json = json_loads(text.bytes, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    return json;
}

static struct pool_devnet *start(const char *api_key, unsigned version)
{
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    pool_devnet_defaults(&config);
    config.seed = 3;
    config.node_version = version;
    config.start_hashes = 0x1p30;
    config.hash = loop_nonce_is_hash;
    (void)snprintf(config.api_key, sizeof config.api_key, "%s", api_key);
    assert_int_equal(pool_devnet_start(&devnet, &config, NULL), BASE_OK);
    return devnet;
}

/* Mine the first block of chain 0 -> 0 by hand; returns its hash in hex. */
static void mine_one(struct pool_devnet *devnet, char digits[65])
{
    static uint8_t jobs[8192];
    uint8_t frame[337] = {0, 0, 1, 0x4d, 1, 0, 0, 0, 1, 0x47};
    uint8_t result[47];
    int fd = loop_connect(pool_devnet_node_port(devnet));
    loop_receive(fd, jobs, 4);
    loop_receive(fd, jobs, (size_t)jobs[2] << 8 | jobs[3]);
    frame[10 + 15] = 1;
    memcpy(frame + 34, jobs + 6 + 12, 302);
    loop_send(fd, frame, sizeof frame);
    loop_receive(fd, result, sizeof result);
    assert_int_equal(result[46], 1);
    base_hex_encode(digits, result + 14, 32);
    (void)close(fd);
}

static void node_calls(void **state)
{
    (void)state;
    struct pool_devnet *devnet = start("", 1);
    struct text text;
    json_t *json = get(devnet, "/infos/self-clique");
    assert_true(json_is_true(json_object_get(json, "synced")));
    assert_true(json_is_true(json_object_get(json, "selfReady")));
    assert_int_equal(json_integer_value(json_object_get(
                         json_array_get(json_object_get(json, "nodes"), 0), "minerApiPort")),
                     pool_devnet_node_port(devnet));
    json_decref(json);
    json = get(devnet, "/infos/version");
    assert_string_equal(json_string_value(json_object_get(json, "version")), "v4.6.0");
    json_decref(json);
    json = get(devnet, "/infos/chain-params");
    assert_int_equal(json_integer_value(json_object_get(json, "groups")), 4);
    assert_int_equal(json_integer_value(json_object_get(json, "networkId")) % 3, 2);
    json_decref(json);
    json = get(devnet, "/infos/current-difficulty");
    assert_string_equal(json_string_value(json_object_get(json, "difficulty")), "67108864");
    json_decref(json);
    assert_int_equal(ask(&text, devnet, NULL, "/no/such/call", NULL, NULL), 404);
    assert_non_null(strstr(text.bytes, "\"detail\""));
    assert_int_equal(ask(&text, devnet, NULL, "/infos/version", NULL, "X-API-KEY: any"), 401);
    struct pool_devnet_faults faults = {.not_synced = 1, .no_addresses = 1};
    pool_devnet_set_faults(devnet, &faults);
    json = get(devnet, "/infos/self-clique");
    assert_true(json_is_false(json_object_get(json, "synced")));
    json_decref(json);
    assert_int_equal(ask(&text, devnet, NULL, "/miners/addresses", NULL, NULL), 500);
    assert_non_null(strstr(text.bytes, "Miner addresses are not set up"));
    pool_devnet_stop(devnet);
}

static void block_calls(void **state)
{
    (void)state;
    struct pool_devnet *devnet = start("", 1);
    struct text text;
    char hash[65];
    char path[256];
    mine_one(devnet, hash);
    json_t *json = get(devnet, "/blockflow/chain-info?fromGroup=0&toGroup=0");
    assert_int_equal(json_integer_value(json_object_get(json, "currentHeight")), 1);
    json_decref(json);
    json = get(devnet, "/blockflow/hashes?fromGroup=0&toGroup=0&height=1");
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "headers"), 0)),
                        hash);
    json_decref(json);
    (void)snprintf(path, sizeof path, "/blockflow/is-block-in-main-chain?blockHash=%s", hash);
    json = get(devnet, path);
    assert_true(json_is_true(json));
    json_decref(json);
    path[strlen(path) - 2] ^= 1;
    json = get(devnet, path);
    assert_true(json_is_false(json));
    json_decref(json);
    json = get(devnet, "/infos/current-hashrate?timespan=60000");
    /* One block of 2^30 hashes in a minute. */
    assert_string_equal(json_string_value(json_object_get(json, "hashrate")), "17 MH/s");
    json_decref(json);
    const char *bad[] = {"/blockflow/chain-info?fromGroup=4&toGroup=0",
                         "/blockflow/chain-info",
                         "/blockflow/chain-info?fromGroup=-1&toGroup=0",
                         "/blockflow/is-block-in-main-chain?blockHash=00",
                         "/blockflow/hashes?fromGroup=0&toGroup=0",
                         "/infos/current-hashrate?timespan=0",
                         "/addresses/nobody/group"};
    for (unsigned i = 0; i < BASE_COUNT_OF(bad); i++) {
        assert_int_equal(ask(&text, devnet, NULL, bad[i], NULL, NULL), 400);
    }
    pool_devnet_stop(devnet);
}

static void addresses(void **state)
{
    (void)state;
    struct pool_devnet *devnet = start("", 0);
    struct text text;
    json_t *root = json_load_file(SHARDPICK_TEST_DATA "/alephium.json", 0, NULL);
    assert_non_null(root);
    size_t index = 0;
    json_t *item = NULL;
    char path[256];
    json_array_foreach(json_object_get(json_object_get(root, "addresses"), "valid"), index, item)
    {
        (void)snprintf(path, sizeof path, "/addresses/%s/group",
                       json_string_value(json_object_get(item, "address")));
        json_t *json = get(devnet, path);
        assert_int_equal(json_integer_value(json_object_get(json, "group")),
                         json_integer_value(json_object_get(item, "group")));
        json_decref(json);
    }
    assert_true(index > 5);
    json_decref(root);
    /* What GET gives, PUT takes; another order or count it does not. */
    assert_int_equal(ask(&text, devnet, NULL, "/miners/addresses", NULL, NULL), 200);
    static char body[sizeof text.bytes];
    memcpy(body, text.bytes, sizeof body);
    struct pool_devnet_faults faults = {.no_addresses = 1};
    pool_devnet_set_faults(devnet, &faults);
    assert_int_equal(ask(&text, devnet, "PUT", "/miners/addresses", body, NULL), 200);
    assert_int_equal(ask(&text, devnet, NULL, "/miners/addresses", NULL, NULL), 200);
    root = json_loads(body, 0, NULL);
    json_t *list = json_object_get(root, "addresses");
    (void)json_array_append(list, json_array_get(list, 0)); /* 0 1 2 3 0 becomes 1 2 3 0 */
    (void)json_array_remove(list, 0);
    char *turned = json_dumps(root, 0);
    assert_int_equal(ask(&text, devnet, "PUT", "/miners/addresses", turned, NULL), 400);
    free(turned);
    json_decref(root);
    assert_int_equal(ask(&text, devnet, "PUT", "/miners/addresses", "{\"addresses\":[]}", NULL),
                     400);
    assert_int_equal(ask(&text, devnet, "PUT", "/miners/addresses", "[[[", NULL), 400);
    static char huge[10000];
    memset(huge, '[', sizeof huge - 1);
    assert_int_equal(ask(&text, devnet, "PUT", "/miners/addresses", huge, NULL), 413);
    json_t *json = get(devnet, "/infos/version"); /* of the version 0 protocol */
    assert_true(strcmp(json_string_value(json_object_get(json, "version")), "v3.6.0") < 0);
    json_decref(json);
    pool_devnet_stop(devnet);
}

static void api_keys(void **state)
{
    (void)state;
    struct pool_devnet *devnet = start("secret", 1);
    struct text text;
    assert_int_equal(ask(&text, devnet, NULL, "/infos/version", NULL, NULL), 401);
    assert_non_null(strstr(text.bytes, "Missing api key"));
    assert_int_equal(ask(&text, devnet, NULL, "/infos/version", NULL, "X-API-KEY: wrong"), 401);
    assert_non_null(strstr(text.bytes, "Wrong api key"));
    assert_int_equal(ask(&text, devnet, NULL, "/infos/version", NULL, "X-API-KEY: secret"), 200);
    pool_devnet_stop(devnet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(node_calls),
        cmocka_unit_test(block_calls),
        cmocka_unit_test(addresses),
        cmocka_unit_test(api_keys),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
