/* test_eaglesong_counts.c: see counts.h. The widths without an exclusive-or of three operands. */
#include "vec_count.h"

#include "eaglesong/eaglesong.h"

#define KERN_SEARCH_NAME counting_search
#include "eaglesong/eaglesong_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {"avx512", NULL};
    (void)state;
    counts_check("eaglesong", others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
