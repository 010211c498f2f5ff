/* test_odocrypt_counts.c: see counts.h. */
#include "vec_count.h"

#include "odocrypt/odocrypt.h"

/* What a variant's file gives the body; each counts as one, whatever it is made of. */
VEC_INLINE vec rotate64(vec v, uint64_t bits)
{
    return vec_count(VEC_OP_OWN_0, (vec)((vec_of_64)v << bits | (vec_of_64)v >> (64 - bits)));
}

VEC_INLINE vec small_boxes(const uint8_t boxes[4][64], vec v)
{
    (void)boxes;
    return vec_count(VEC_OP_OWN_1, v);
}

VEC_INLINE vec large_box(const uint16_t box[1024], vec index)
{
    (void)box;
    return vec_count(VEC_OP_OWN_2, index);
}

#define KERN_SEARCH_NAME counting_search
#include "odocrypt/odocrypt_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {"portable", NULL};
    (void)state;
    counts_check("odocrypt", others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
