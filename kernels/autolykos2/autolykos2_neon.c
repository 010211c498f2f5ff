/* autolykos2_neon.c: Autolykos 2 search, 4 ways, NEON. A rotation by 32 reverses words, one by 24
 * or 16 is a table look-up, one by 63 a shift and a shift-insert. */
#include "vec/vec_neon.h"

#define BLAKE2B_STREAMS 1

VEC_INLINE vec blake2b_look_up(vec v, const uint8_t order[16])
{
    return vreinterpretq_u32_u8(vqtbl1q_u8(vreinterpretq_u8_u32(v), vld1q_u8(order)));
}

VEC_INLINE vec blake2b_ror32(vec v)
{
    return vrev64q_u32(v);
}

VEC_INLINE vec blake2b_ror24(vec v)
{
    static const uint8_t order[16] = {3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10};
    return blake2b_look_up(v, order);
}

VEC_INLINE vec blake2b_ror16(vec v)
{
    static const uint8_t order[16] = {2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9};
    return blake2b_look_up(v, order);
}

VEC_INLINE vec blake2b_ror63(vec v)
{
    return VEC_ROL64(v, 1);
}

#define KERN_SEARCH_NAME kern_autolykos2_search_neon
#define KERN_FILL_NAME kern_autolykos2_fill_neon
#include "autolykos2/autolykos2_body.h"

const struct kern_variant kern_autolykos2_neon = {
    .name = "neon",
    .features = BASE_CPU_NEON,
    .uses_table = true,
    KERN_VARIANT_OF_BODY,
};
