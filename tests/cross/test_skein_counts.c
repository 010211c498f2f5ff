/* test_skein_counts.c: see counts.h. */
#include "vec_count.h"

#include "skein/skein.h"

KERN_SKEIN_VARIANT_OF(counting);

#define SKEIN_ISA counting
#include "skein/skein_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {"portable", NULL};
    (void)state;
    counts_check("skein", kern_skein_search_counting, others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
