/* test_api_request.c: what a request may be, before anything is done for it: hosts, tokens,
 * numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http/api_request.h"

static void test_hosts(void **state)
{
    static const char *const ours[] = {"localhost",      "LocalHost:4068", "127.0.0.1",
                                       "127.0.0.1:4068", "10.1.2.3:80",    "[::1]",
                                       "[::1]:4068",     "[fe80::1]:1",    "localhost:65535"};
    static const char *const strange[] = {"",
                                          "evil.example",
                                          "localhost.evil.example",
                                          "127.0.0.1.evil.example",
                                          "127.1",
                                          "localhost:",
                                          "localhost:123456",
                                          "localhost:80x",
                                          "[::1",
                                          "::1",
                                          "[localhost]",
                                          "[]",
                                          "[127.0.0.1]",
                                          "localhost]",
                                          "[::1]x",
                                          ":80",
                                          "127.0.0.1 ",
                                          "user@localhost"};
    char longest[5000];
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(ours); i++) {
        assert_true(miner_api_host_is_ours(ours[i], true));
    }
    for (size_t i = 0; i < BASE_COUNT_OF(strange); i++) {
        if (miner_api_host_is_ours(strange[i], true)) {
            fail_msg("Host: %s was believed", strange[i]);
        }
        assert_true(miner_api_host_is_ours(strange[i], false));
    }
    memset(longest, '1', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(miner_api_host_is_ours(longest, true));
    longest[0] = '[';
    assert_false(miner_api_host_is_ours(longest, true));
    assert_true(miner_api_host_is_ours(NULL, true));
}

static void test_tokens(void **state)
{
    static const char token[] = "correct horse";
    static const char *const wrong[] = {"",
                                        "Bearer",
                                        "Bearer ",
                                        "Bearer correct hors",
                                        "Bearer correct horsf",
                                        "Bearer correct horse ",
                                        "Bearer  correct horse",
                                        "Basic correct horse",
                                        "correct horse"};
    (void)state;
    assert_true(miner_api_token_is_right("Bearer correct horse", token));
    assert_true(miner_api_token_is_right("bearer correct horse", token));
    for (size_t i = 0; i < BASE_COUNT_OF(wrong); i++) {
        assert_false(miner_api_token_is_right(wrong[i], token));
        assert_false(miner_api_token_is_right(wrong[i], ""));
    }
    assert_false(miner_api_token_is_right(NULL, token));
    assert_false(miner_api_token_is_right(NULL, ""));
}

static void test_since(void **state)
{
    static const char *const wrong[] = {"", "-1", "+1", " 1", "1 ", "0x1", "1234567890123456789"};
    struct base_error error;
    uint64_t since = 7;
    (void)state;
    assert_int_equal(miner_api_since(&since, NULL, &error), BASE_OK);
    assert_int_equal(since, 0);
    assert_int_equal(miner_api_since(&since, "123456789012345678", &error), BASE_OK);
    assert_true(since == UINT64_C(123456789012345678));
    for (size_t i = 0; i < BASE_COUNT_OF(wrong); i++) {
        assert_int_equal(miner_api_since(&since, wrong[i], &error), BASE_E_FORMAT);
        assert_int_equal(since, 0);
    }
}

static void test_routes(void **state)
{
    enum miner_api_allow allow = MINER_API_CHANGES;
    (void)state;
    assert_int_equal(miner_api_route_find("/", &allow), MINER_API_PAGE);
    assert_int_equal(allow, MINER_API_READS);
    assert_int_equal(miner_api_route_find("/api/v1/pause", &allow), MINER_API_PAUSE);
    assert_int_equal(allow, MINER_API_CHANGES);
    assert_int_equal(miner_api_route_find("/api/v1/resume", &allow), MINER_API_RESUME);
    assert_int_equal(allow, MINER_API_CHANGES);
    static const char *const nowhere[] = {
        "", "/api/v1/pause/", "/API/v1/pause", "api/v1/pause", "/metrics/..", "//"};
    for (size_t i = 0; i < BASE_COUNT_OF(nowhere); i++) {
        assert_int_equal(miner_api_route_find(nowhere[i], &allow), MINER_API_NOWHERE);
        assert_int_equal(allow, MINER_API_READS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_since),
        cmocka_unit_test(test_routes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
