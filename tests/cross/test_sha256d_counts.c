/* test_sha256d_counts.c: see counts.h. */
#include "vec_count.h"

#include "sha256d/sha256d.h"

KERN_SHA256D_VARIANT_OF(counting);

#define SHA256D_ISA counting
#include "sha256d/sha256d_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {"sha-ni", "portable", NULL};
    (void)state;
    counts_check("sha256d", kern_sha256d_search_counting, others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
