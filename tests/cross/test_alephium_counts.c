/* test_alephium_counts.c: see counts.h. The one row whose portable variant has the same body. */
#include "vec_count.h"

#include "alephium/alephium.h"

KERN_ALEPHIUM_VARIANT_OF(counting);

#define ALEPHIUM_ISA counting
#include "alephium/alephium_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {NULL};
    (void)state;
    counts_check("alephium", kern_alephium_search_counting, others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
