/* test_huge_pages.c: advice where the system refuses huge pages and the algorithm would use them,
 * and no other time. The setting's forms are those of Linux, admin-guide/mm/transhuge.rst. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/huge_pages.h"

static bool advised(const char *root, const char *setting, const char *algo)
{
    char path[128];
    char text[256];
    (void)snprintf(path, sizeof path, "%s/enabled", root);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(setting, file) >= 0);
    assert_int_equal(fclose(file), 0);
    bool said = miner_huge_pages_advice(text, sizeof text, kern_algo_find(algo), root);
    assert_int_equal(said, text[0] != '\0');
    assert_true(!said || strstr(text, "transparent_hugepage/enabled") != NULL);
    assert_int_equal(remove(path), 0);
    return said;
}

static void test_advice(void **state)
{
    char root[] = "/tmp/shardpick-huge-XXXXXX";
    char text[256];
    (void)state;
    assert_non_null(mkdtemp(root));
    assert_true(advised(root, "always madvise [never]\n", "scrypt"));
    assert_false(advised(root, "always [madvise] never\n", "scrypt"));
    assert_false(advised(root, "[always] madvise never\n", "scrypt"));
    assert_false(advised(root, "", "scrypt"));
    assert_false(advised(root, "always madvise [never]\n", "alephium"));
    /* no such setting at all */
    assert_false(miner_huge_pages_advice(text, sizeof text, kern_algo_find("scrypt"), root));
    assert_int_equal(rmdir(root), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_advice)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
