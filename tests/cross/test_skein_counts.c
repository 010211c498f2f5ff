/* test_skein_counts.c: see counts.h. */
#include "vec_count.h"

#include "skein/skein.h"

#define KERN_SEARCH_NAME counting_search
#include "skein/skein_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {"portable", NULL};
    (void)state;
    counts_check("skein", others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
