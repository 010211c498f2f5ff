/* test_pool_input.c: what users type: server URLs, addresses and logins, coins. Expected groups and
 * payloads are the published vectors (tests/data/alephium.json, section addresses). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alephium/address.h"
#include "base/hex.h"
#include "pool.h"
#include "vectors.h"
#include "wire/base58.h"
#include "wire/local.h"
#include "wire/printable.h"

static void test_good_urls(void **state)
{
    static const struct {
        const char *url;
        enum pool_scheme scheme;
        const char *host;
        unsigned port;
        const char *name;
    } cases[] = {
        {"stratum+tcp://pool.example:20032", POOL_STRATUM_TCP, "pool.example", 20032,
         "stratum+tcp://pool.example:20032"},
        {"STRATUM+SSL://pool.example:443/", POOL_STRATUM_TLS, "pool.example", 443,
         "stratum+ssl://pool.example:443"},
        {"stratum+tls://10.0.0.1:1", POOL_STRATUM_TLS, "10.0.0.1", 1, "stratum+ssl://10.0.0.1:1"},
        {"daemon+tcp://127.0.0.1", POOL_DAEMON_TCP, "127.0.0.1", 10973,
         "daemon+tcp://127.0.0.1:10973"},
        {"daemon+tcp://[2001:db8::1]:10973", POOL_DAEMON_TCP, "2001:db8::1", 10973,
         "daemon+tcp://[2001:db8::1]:10973"},
        {"daemon+tcp://[::1]", POOL_DAEMON_TCP, "::1", 10973, "daemon+tcp://[::1]:10973"},
        {"daemon+tcp://[fe80::1%eth0]:7", POOL_DAEMON_TCP, "fe80::1%eth0", 7,
         "daemon+tcp://[fe80::1%eth0]:7"},
        {"daemon+http://node:65535", POOL_DAEMON_HTTP, "node", 65535, "daemon+http://node:65535"},
        /* as pools and other miners write them */
        {"stratum://pool.example:3333", POOL_STRATUM_TCP, "pool.example", 3333,
         "stratum+tcp://pool.example:3333"},
        {"tcp://pool.example:3333", POOL_STRATUM_TCP, "pool.example", 3333,
         "stratum+tcp://pool.example:3333"},
        {"stratum1+tcp://pool.example:3333", POOL_STRATUM_TCP, "pool.example", 3333,
         "stratum+tcp://pool.example:3333"},
        {"ckbstratum+tcp://pool.example:3333", POOL_STRATUM_TCP, "pool.example", 3333,
         "stratum+tcp://pool.example:3333"},
        {"stratum+tcps://pool.example:3333", POOL_STRATUM_TLS, "pool.example", 3333,
         "stratum+ssl://pool.example:3333"},
        {"SSL://pool.example:3333", POOL_STRATUM_TLS, "pool.example", 3333,
         "stratum+ssl://pool.example:3333"},
        {"tls://pool.example:3333", POOL_STRATUM_TLS, "pool.example", 3333,
         "stratum+ssl://pool.example:3333"},
        {"stratums://pool.example:3333", POOL_STRATUM_TLS, "pool.example", 3333,
         "stratum+ssl://pool.example:3333"},
        {"stratum1+ssl://pool.example:3333", POOL_STRATUM_TLS, "pool.example", 3333,
         "stratum+ssl://pool.example:3333"},
        {"alphstratum+ssl://pool.example:3333", POOL_STRATUM_TLS, "pool.example", 3333,
         "stratum+ssl://pool.example:3333"},
        {"daemon+ssl://node.example:3333", POOL_DAEMON_HTTPS, "node.example", 3333,
         "daemon+https://node.example:3333"},
        {"stratum+tcp://pool.example:3333#xnsub", POOL_STRATUM_TCP, "pool.example", 3333,
         "stratum+tcp://pool.example:3333"},
        {"stratum+tcp://pool.example:3333/#xnsub", POOL_STRATUM_TCP, "pool.example", 3333,
         "stratum+tcp://pool.example:3333"},
        {"stratum+tcp://pool.example:3333#me@home", POOL_STRATUM_TCP, "pool.example", 3333,
         "stratum+tcp://pool.example:3333"},
        {" \tstratum+tcp://pool.example:3333/ \r\n", POOL_STRATUM_TCP, "pool.example", 3333,
         "stratum+tcp://pool.example:3333"},
        {"stratum+tcp://[::1]:3333/", POOL_STRATUM_TCP, "::1", 3333, "stratum+tcp://[::1]:3333"},
        {"daemon+http://u:p@node:14022/wallet/x", POOL_DAEMON_HTTP, "node", 14022,
         "daemon+http://node:14022"},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct pool_server server;
        struct base_error error = {BASE_OK, ""};
        char name[320];
        if (pool_server_parse(&server, cases[i].url, &error) != BASE_OK) {
            fail_msg("%s: %s", cases[i].url, error.text);
        }
        assert_int_equal(server.scheme, cases[i].scheme);
        assert_string_equal(server.host, cases[i].host);
        assert_int_equal(server.port, cases[i].port);
        assert_string_equal(pool_server_name(name, sizeof(name), &server), cases[i].name);
    }
}

static void test_login_in_url(void **state)
{
    struct pool_server server;
    struct base_error error = {BASE_OK, ""};
    char name[320];
    (void)state;
    assert_int_equal(pool_server_parse(&server, "daemon+http://bob:s3cr@t@node:1", &error),
                     BASE_OK);
    assert_string_equal(server.rpc_user, "bob");
    assert_string_equal(server.rpc_pass, "s3cr@t");
    assert_string_equal(server.user, ""); /* that is whom a block pays */
    assert_string_equal(pool_server_name(name, sizeof(name), &server), "daemon+http://node:1");
    assert_int_equal(
        pool_server_parse(&server, "stratum+tcp://me%40home.example:a/b@pool:1", &error), BASE_OK);
    assert_string_equal(server.user, "me@home.example");
    assert_string_equal(server.pass, "a/b");
    assert_int_equal(pool_server_parse(&server, "stratum+tcp://DOGE:D1.rig#code@pool:1", &error),
                     BASE_OK);
    assert_string_equal(server.host, "pool");
    /* a bad URL is quoted without its password */
    assert_int_equal(pool_server_parse(&server, "daemon+http://bob:s3cret@node:0", &error),
                     BASE_E_FORMAT);
    assert_null(strstr(error.text, "s3cret"));
}

static void test_path_in_url(void **state)
{
    struct pool_server server;
    struct base_error error = {BASE_OK, ""};
    (void)state;
    assert_int_equal(pool_server_parse(&server, "daemon+http://u:p@node:1/wallet/x/", &error),
                     BASE_OK);
    assert_string_equal(server.path, "/wallet/x");
    assert_int_equal(pool_server_parse(&server, "daemon+https://node:1/", &error), BASE_OK);
    assert_string_equal(server.path, "");
}

static void test_local_hosts(void **state)
{
    static const char *const local[] = {
        "127.0.0.1",   "127.9.9.9", "10.1.2.3",     "172.16.0.1",  "172.31.255.255",
        "192.168.1.1", "::1",       "fe80::1%eth0", "fd00::1",     "localhost",
        "node",        "rig.local", "0.0.0.0",      "169.254.1.1", "::ffff:10.0.0.1",
        "a.localhost"};
    static const char *const other[] = {"8.8.8.8",     "172.32.0.1",   "192.169.0.1",
                                        "2001:db8::1", "pool.example", "local.example",
                                        "11.0.0.1",    "x.onion"};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(local); i++) {
        bool near = strstr(local[i], "127.") == local[i] || strstr(local[i], "localhost") != NULL ||
                    strcmp(local[i], "::1") == 0 || strcmp(local[i], "0.0.0.0") == 0;
        if (!pool_host_is_local(local[i]) || pool_host_is_loopback(local[i]) != near) {
            fail_msg("%s", local[i]);
        }
    }
    for (size_t i = 0; i < BASE_COUNT_OF(other); i++) {
        if (pool_host_is_local(other[i]) || pool_host_is_loopback(other[i])) {
            fail_msg("%s", other[i]);
        }
    }
}

static void test_bad_urls(void **state)
{
    static const struct {
        const char *url;
        const char *says;
    } cases[] = {
        {"", "no scheme"},
        {"pool.example:20032", "stratum+tcp://pool.example:20032"},
        {"pool.example:20032", "daemon+http://pool.example:20032 for a node of DigiByte"},
        {"http://pool.example:20032", "not known"},
        {"http://node:14022", "daemon+http://node:14022"},
        {"https://bob:s3cret@node:14022", "daemon+https://USER:PASSWORD@node:14022"},
        {"stratum2+tcp://pool.example:1", "not spoken here"},
        {"stratum2+ssl://pool.example:1", "stratum+ssl://pool.example:1"},
        {"ethproxy+tcp://pool.example:1", "stratum+tcp://pool.example:1"},
        {"ws://pool.example:1", "stratum+tcp://pool.example:1 for a pool"},
        {"stratm+tcp://pool.example:1", "stratum+tcp://pool.example:1 for a pool"},
        {"daemon://node:1", "daemon+http://node:1"},
        {"stratum+tcp://pool.example:80/path", "write stratum+tcp://pool.example:80"},
        {"daemon+http://node:80/?key=1", "write daemon+http://node:80"},
        {"stratum+tcp://pool.example", "needs its port"},
        {"daemon+http://node.example", "needs its RPC port"},
        {"stratum+tcp://pool.example:0", "1 to 65535"},
        {"stratum+tcp://pool.example:65536", "1 to 65535"},
        {"stratum+tcp://pool.example:123456789", "1 to 65535"},
        {"stratum+tcp://pool.example:80x", "1 to 65535"},
        {"stratum+tcp://pool.example:", "1 to 65535"},
        {"stratum+tcp://:80", "host"},
        {"stratum+tcp://po ol:80", "host"},
        {"stratum+tcp://pool.example/path:80", "needs its port"},
        {"stratum+tcp://2001:db8::1:80", "brackets: stratum+tcp://[2001:db8::1]:80"},
        {"stratum+tcp://[2001:db8::1:80", "[2001:db8::1]:port"},
        {"stratum+tcp://[zz::1]:80", "[2001:db8::1]:port"},
        {"stratum+tcp://[::1]80", "[2001:db8::1]:port"},
        {"stratum+tcp://\xc3\xa4:80", "host"},
    };
    char *text = malloc(100001);
    struct pool_server server;
    struct base_error error = {BASE_OK, ""};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        error.text[0] = '\0';
        if (pool_server_parse(&server, cases[i].url, &error) != BASE_E_FORMAT ||
            strstr(error.text, cases[i].says) == NULL) {
            fail_msg("%s: %s", cases[i].url, error.text);
        }
    }
    assert_non_null(text);
    memset(text, 'a', 100000);
    text[100000] = '\0';
    memcpy(text, "stratum+tcp://", 14);
    assert_int_equal(pool_server_parse(&server, text, &error), BASE_E_FORMAT);
    text[700] = '\0'; /* short enough to look at, too long for a host */
    assert_int_equal(pool_server_parse(&server, text, &error), BASE_E_FORMAT);
    free(text);
}

static void test_addresses(void **state)
{
    json_t *root = vectors_load();
    const json_t *valid = vectors_at(root, "addresses.valid");
    const json_t *invalid = vectors_at(root, "addresses.invalidForOfficialPool");
    size_t index = 0;
    const json_t *one = NULL;
    struct base_error error = {BASE_OK, ""};
    (void)state;
    assert_true(json_array_size(valid) > 10);
    json_array_foreach(valid, index, one)
    {
        const char *text = vectors_text(one, "address");
        uint8_t payload[33];
        char hex[67];
        unsigned group = 9;
        assert_int_equal(pool_alephium_address(text, strlen(text), payload, &group, &error),
                         BASE_OK);
        base_hex_encode(hex, payload, 33);
        assert_string_equal(hex, vectors_text(one, "decodedHex"));
        assert_int_equal(group, json_integer_value(json_object_get(one, "group")));
    }
    json_array_foreach(invalid, index, one)
    {
        const char *text = vectors_text(one, "address");
        error.text[0] = '\0';
        assert_int_equal(pool_alephium_address(text, strlen(text), NULL, NULL, &error),
                         BASE_E_FORMAT);
        assert_non_null(strstr(error.text, text));
    }
    json_decref(root);
}

static void test_worker_names(void **state)
{
    json_t *root = vectors_load();
    const json_t *names = vectors_at(root, "addresses.workerNames");
    const json_t *valid = json_object_get(names, "valid");
    const json_t *invalid = json_object_get(names, "invalid");
    const struct pool_coin *coin = pool_coin_find("alephium");
    size_t index = 0;
    const json_t *one = NULL;
    struct base_error error = {BASE_OK, ""};
    (void)state;
    json_array_foreach(valid, index, one)
    {
        unsigned group = 9;
        if (pool_login_look(coin, json_string_value(one), &group, &error) != BASE_OK) {
            fail_msg("%s: %s", json_string_value(one), error.text);
        }
        assert_int_equal(group, 2);
    }
    json_array_foreach(invalid, index, one)
    {
        assert_int_equal(pool_login_look(coin, json_string_value(one), NULL, &error),
                         BASE_E_FORMAT);
        assert_non_null(strstr(error.text, "worker name"));
    }
    json_decref(root);
}

/* What pools want for a login: each can be sent, and what is no address looks odd. */
static void test_logins(void **state)
{
    static const struct {
        const char *coin;
        const char *user;
        const char *odd; /* NULL: nothing */
    } cases[] = {
        {"alephium", "3QDAFGfkjbrNZVzbQdLb4aRxDmkKsWbTJ7.rig",
         "3QDAFGfkjbrNZVzbQdLb4aRxDmkKsWbTJ7"},
        {"alephium", "solo:1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr.rig", "cannot occur"},
        {"alephium", "DOGE:DBs4WcRE7eysKwRxHNX88XZVCQ9M6QSUSz.rig#abcd-1234", "cannot occur"},
        {"alephium", "me@example.com/rig", "('@')"},
        {"alephium", "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr/rig", "('/')"},
        {"alephium", "myaccount.rig1", "myaccount"},
        {"digibyte", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4.rig", "DigiByte address"},
        {"digibyte", "sergeymalinowskiproduction1.rig", "not base58"},
        {"digibyte", "me@example.com", NULL},
        {"digibyte", "account.rig", NULL},
        {"nervos", "account.rig", NULL},
        {"nervos", "ckb1qq.rig", "ckb1"},
    };
    static const char *const unsendable[] = {"", ".rig", "two words", "tab\there", "\xc3\xa4"};
    /* A private key of 32 bytes of 1, as Bitcoin's wallets write it. */
    static const char secret[] = "KwFfNUhSDaASSAwtG7ssQM1uVX8RgX5GHWnnLfhfiQDigjioWXHH";
    struct base_error error = {BASE_OK, ""};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        const struct pool_coin *coin = pool_coin_find(cases[i].coin);
        assert_int_equal(pool_login_check(coin, cases[i].user, &error), BASE_OK);
        error.text[0] = '\0';
        enum base_status look = pool_login_look(coin, cases[i].user, NULL, &error);
        if ((look == BASE_OK) != (cases[i].odd == NULL) ||
            (cases[i].odd != NULL && strstr(error.text, cases[i].odd) == NULL)) {
            fail_msg("%s: %s", cases[i].user, error.text);
        }
        (void)!pool_login_look(coin, cases[i].user, NULL, NULL);
    }
    for (size_t i = 0; i < BASE_COUNT_OF(unsendable); i++) {
        assert_int_equal(pool_login_check(pool_coin_find("digibyte"), unsendable[i], &error),
                         BASE_E_FORMAT);
    }
    assert_int_equal(pool_login_check(pool_coin_find("digibyte"), secret, &error), BASE_E_REFUSED);
    assert_non_null(strstr(error.text, "private key"));
    assert_null(strstr(error.text, secret));
}

/* Whom a block pays is an address and nothing else; a pool's way to write it is named. */
static void test_payees(void **state)
{
    static const struct {
        const char *coin;
        const char *user;
        const char *says; /* NULL: good */
    } cases[] = {
        {"digibyte", "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE", NULL},
        {"digibyte", "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE.rig1", "leave out \".rig1\""},
        {"digibyte", "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLF.rig1", ""},
        {"digibyte", "me@example.com", ""},
        {"komodo", "R9HC5WtHbpoa51NCUAz86XLCmGTbkf45NT/rig1", "leave out \"/rig1\""},
        {"nervos", "account.rig", ""},
    };
    struct base_error error = {BASE_OK, ""};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        error.text[0] = '\0';
        enum base_status status =
            pool_payout_check(pool_coin_find(cases[i].coin), cases[i].user, &error);
        if ((status == BASE_OK) != (cases[i].says == NULL) ||
            (cases[i].says != NULL && strstr(error.text, cases[i].says) == NULL)) {
            fail_msg("%s: %s", cases[i].user, error.text);
        }
    }
}

/* Text of a peer: UTF-8 as it is, nothing that a terminal would act on. */
static void test_printable(void **state)
{
    static const struct {
        const char *from;
        const char *to;
    } cases[] = {
        {"plain", "plain"},
        {"Gr\xc3\xbc\xc3\x9f"
         "e \xe2\x82\xac \xf0\x9f\x9a\x80",
         "Gr\xc3\xbc\xc3\x9f"
         "e \xe2\x82\xac \xf0\x9f\x9a\x80"},
        {"a\x1b[31m\r\n\tb\x7f", "a [31m b "},
        {"\xff\xfe"
         "x",
         "\xef\xbf\xbd\xef\xbf\xbdx"},
        {"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"},
        {"\xc0\xaf \xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xe2\x80\xae"
         "evil",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
         "evil"},
    };
    char to[64];
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        assert_string_equal(pool_printable(to, sizeof(to), cases[i].from, strlen(cases[i].from)),
                            cases[i].to);
    }
    assert_string_equal(pool_printable(to, 4, "ab\xe2\x82\xac", 5), "ab"); /* no half of it */
    assert_string_equal(pool_printable(to, 1, "ab", 2), "");
}

static void test_base58_bounds(void **state)
{
    uint8_t bytes[4];
    size_t size = 0;
    size_t bad = 0;
    (void)state;
    assert_int_equal(pool_base58_decode(bytes, 4, &size, "7YXq9G", 6, &bad), BASE_OK);
    assert_int_equal(size, 4); /* 2^32 - 1 */
    assert_int_equal(bytes[0], 0xff);
    assert_int_equal(pool_base58_decode(bytes, 4, &size, "7YXq9H", 6, &bad), BASE_E_LIMIT);
    assert_int_equal(pool_base58_decode(bytes, 4, &size, "11111", 5, &bad), BASE_E_LIMIT);
    assert_int_equal(pool_base58_decode(bytes, 4, &size, "1111", 4, &bad), BASE_OK);
    assert_int_equal(size, 4);
    assert_int_equal(pool_base58_decode(bytes, 4, &size, "12O", 3, &bad), BASE_E_FORMAT);
    assert_int_equal(bad, 2);
    assert_int_equal(pool_base58_decode(bytes, 4, &size, "1\0", 2, &bad), BASE_E_FORMAT);
}

static void test_coins(void **state)
{
    struct base_error error = {BASE_OK, ""};
    size_t count = 0;
    (void)state;
    for (const struct pool_coin *coin = NULL; (coin = pool_coin_at(count)) != NULL; count++) {
        assert_ptr_equal(pool_coin_find(coin->name), coin);
        assert_true((coin->why_not == NULL) == (coin->algos[0] != NULL));
    }
    assert_true(count >= 7);
    assert_ptr_equal(pool_coin_find("ALPH"), pool_coin_find("alephium"));
    assert_null(pool_coin_find("dogecoin"));
    assert_int_equal(pool_login_check(pool_coin_find("cardano"), "x", &error), BASE_E_UNSUPPORTED);
    assert_non_null(strstr(error.text, "proof of stake"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_urls),     cmocka_unit_test(test_login_in_url),
        cmocka_unit_test(test_path_in_url),   cmocka_unit_test(test_local_hosts),
        cmocka_unit_test(test_bad_urls),      cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_worker_names),  cmocka_unit_test(test_logins),
        cmocka_unit_test(test_printable),     cmocka_unit_test(test_payees),
        cmocka_unit_test(test_base58_bounds), cmocka_unit_test(test_coins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
