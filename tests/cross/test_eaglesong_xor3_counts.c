/* test_eaglesong_xor3_counts.c: see counts.h. The width whose exclusive-or of three operands is one
 * instruction: another list of sums for the matrix. */
#define VEC_HAS_XOR3 1
#include "vec_count.h"

#include "eaglesong/eaglesong.h"

#define KERN_SEARCH_NAME counting_search
#include "eaglesong/eaglesong_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {"avx2", "sse41", "sse2", "neon", "portable", NULL};
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
