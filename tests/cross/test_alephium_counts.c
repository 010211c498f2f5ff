/* test_alephium_counts.c: see counts.h. The one row whose portable variant has the same body. */
#include "vec_count.h"

#include "alephium/alephium.h"

#define KERN_SEARCH_NAME counting_search
#include "alephium/alephium_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {NULL};
    (void)state;
    counts_check("alephium", others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
