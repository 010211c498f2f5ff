/* test_sha256d_counts.c: see counts.h. */
#include "vec_count.h"

#include "sha256d/sha256d.h"

#define KERN_SEARCH_NAME counting_search
#include "sha256d/sha256d_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {"sha-ni", "portable", NULL};
    (void)state;
    counts_check("sha256d", others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
