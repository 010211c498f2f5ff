/* test_qubit_counts.c: see counts.h. */
#include "vec_count.h"

#include "qubit/qubit.h"

KERN_QUBIT_VARIANT_OF(counting);

#define QUBIT_ISA counting
#include "qubit/qubit_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {"portable", NULL};
    (void)state;
    counts_check("qubit", kern_qubit_search_counting, others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
