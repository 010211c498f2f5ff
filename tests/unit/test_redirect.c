/* test_redirect.c: which hosts a server may send us to. Borders of sites are those of the Public
 * Suffix List (publicsuffix.org): co.uk, com.br and github.io are suffixes, example.com is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "transport/redirect.h"

static const struct {
    const char *home;
    const char *host;
    enum base_status want;
    bool by_list; /* only known where the list is built in */
} cases[] = {
    {"pool.example.com", "pool.example.com", BASE_OK, false},
    {"pool.example.com", "POOL.Example.com.", BASE_OK, false},
    {"pool.example.com", "eu.pool.example.com", BASE_OK, true},
    {"eu.example.com", "us.example.com", BASE_OK, true},
    {"example.com", "us.example.com", BASE_OK, true},
    {"pool.one.co.uk", "eu.one.co.uk", BASE_OK, true},
    {"pool.example.com", "evil.example.net", BASE_E_REFUSED, false},
    {"pool.example.com", "notexample.com", BASE_E_REFUSED, false},
    {"pool.example.com", "example.com.evil.net", BASE_E_REFUSED, false},
    {"pool.example.com", "com", BASE_E_REFUSED, false},
    {"one.co.uk", "two.co.uk", BASE_E_REFUSED, false},
    {"one.com.br", "two.com.br", BASE_E_REFUSED, false},
    {"one.github.io", "two.github.io", BASE_E_REFUSED, false},
    {"localhost", "otherhost", BASE_E_REFUSED, false},
    {"pool.example.com", "192.0.2.7", BASE_E_REFUSED, false},
    {"192.0.2.7", "192.0.2.7", BASE_OK, false},
    {"192.0.2.7", "192.0.2.8", BASE_E_REFUSED, false},
    {"2001:db8::1", "2001:DB8:0:0::1", BASE_OK, false},
    {"2001:db8::1", "2001:db8::2", BASE_E_REFUSED, false},
    {"pool.example.com", "", BASE_E_FORMAT, false},
    {"pool.example.com", ".example.com", BASE_E_FORMAT, false},
    {"pool.example.com", "pool.example.com:99/x", BASE_E_FORMAT, false},
    {"pool.example.com", "file:///etc", BASE_E_FORMAT, false},
    {"pool.example.com", "a b", BASE_E_FORMAT, false},
    {"pool.example.com", "pool@example.com", BASE_E_FORMAT, false},
};

static void test_hosts(void **state)
{
    (void)state;
    struct base_error error = {BASE_OK, ""};
    bool list = pool_redirect_check("a.example.com", "b.example.com", NULL, &error) == BASE_OK;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        enum base_status want = cases[i].by_list && !list ? BASE_E_REFUSED : cases[i].want;
        enum base_status got = pool_redirect_check(cases[i].home, cases[i].host, NULL, &error);
        if (got != want) {
            fail_msg("%s to %s: %d, not %d", cases[i].home, cases[i].host, (int)got, (int)want);
        }
    }
    print_message("the list of public suffixes is %sbuilt in\n", list ? "" : "not ");
}

static void test_allowed(void **state)
{
    struct pool_redirects allowed = {.count = 2, .hosts = {"Other.net", "192.0.2.9"}};
    struct base_error error = {BASE_OK, ""};
    (void)state;
    assert_int_equal(pool_redirect_check("pool.example.com", "other.net", &allowed, &error),
                     BASE_OK);
    assert_int_equal(pool_redirect_check("pool.example.com", "192.0.2.9", &allowed, &error),
                     BASE_OK);
    assert_int_equal(pool_redirect_check("pool.example.com", "x.other.net", &allowed, &error),
                     BASE_E_REFUSED);
    assert_non_null(strstr(error.text, "--allow-redirect x.other.net"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
