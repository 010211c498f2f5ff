/* test_autolykos2_counts.c: see counts.h. */
#include "vec_count.h"

#define BLAKE2B_STREAMS 2

VEC_INLINE vec blake2b_ror32(vec v)
{
    return vec_count(VEC_OP_ROTATE_BYTES, (vec)((vec_of_64)v >> 32 | (vec_of_64)v << 32));
}

VEC_INLINE vec blake2b_ror24(vec v)
{
    return vec_count(VEC_OP_ROTATE_BYTES, (vec)((vec_of_64)v >> 24 | (vec_of_64)v << 40));
}

VEC_INLINE vec blake2b_ror16(vec v)
{
    return vec_count(VEC_OP_ROTATE_BYTES, (vec)((vec_of_64)v >> 16 | (vec_of_64)v << 48));
}

VEC_INLINE vec blake2b_ror63(vec v)
{
    return VEC_ROL64(v, 1);
}

#define KERN_SEARCH_NAME counting_search
#include "autolykos2/autolykos2_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {"portable", NULL};
    (void)state;
    counts_check("autolykos2", others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
