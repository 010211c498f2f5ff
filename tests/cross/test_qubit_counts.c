/* test_qubit_counts.c: see counts.h. */
#include "vec_count.h"

#include "qubit/qubit.h"

#define KERN_SEARCH_NAME counting_search
#include "qubit/qubit_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {"portable", NULL};
    (void)state;
    counts_check("qubit", others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
