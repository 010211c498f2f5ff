/* vec_probe.h: how fast this processor executes a mix of vector operations when none of them waits
 * for another: the bound that the execution ports set to a kernel made of that mix. Included after
 * one vec_<isa>.h, by an algorithm's body. Knows nothing of any algorithm. */
#ifndef BASE_VEC_PROBE_H
#define BASE_VEC_PROBE_H

#include <stdint.h>

/* The loop is unrolled to 512 operations, shared out among the kinds in proportion to the mix
 * (rounded to 1/512) and scattered by a stride that is prime to 512. Eight accumulators take turns:
 * each has a latency of eight operations to itself, more than the widest core asks for. */
enum { VEC_PROBE_SLOTS = 512, VEC_PROBE_STRIDE = 331, VEC_PROBE_WORDS = 16 };

/* Operations of one batch, by what they cost. All compile-time constants. */
struct vec_probe_mix {
    uint32_t add;          /* additions */
    uint32_t load;         /* additions among them whose second operand is a word in memory */
    uint32_t xor_;         /* exclusive-ors, those inside emulated rotations not included */
    uint32_t rotate_bytes; /* rotations by 16 and 8 */
    uint32_t rotate_bits;  /* rotations by 12 and 7 */
};

VEC_INLINE uint32_t vec_probe_total(struct vec_probe_mix mix)
{
    return mix.add + mix.xor_ + mix.rotate_bytes + mix.rotate_bits;
}

/* First slot number, of 512, that is past the operations up to `sum`. */
VEC_INLINE uint32_t vec_probe_share(struct vec_probe_mix mix, uint32_t sum)
{
    uint32_t total = vec_probe_total(mix);
    return (sum * VEC_PROBE_SLOTS + total / 2) / total;
}

VEC_INLINE vec vec_probe_slot(vec acc, vec other, const vec_word *words, struct vec_probe_mix mix,
                              uint32_t slot)
{
    uint32_t place = slot * VEC_PROBE_STRIDE % VEC_PROBE_SLOTS;
    if (place < vec_probe_share(mix, mix.load)) {
        acc = vec_add(acc, vec_word_get(&words[slot % VEC_PROBE_WORDS]));
    } else if (place < vec_probe_share(mix, mix.add)) {
        acc = vec_add(acc, other);
    } else if (place < vec_probe_share(mix, mix.add + mix.xor_)) {
        acc = vec_xor(acc, other);
    } else if (place < vec_probe_share(mix, mix.add + mix.xor_ + mix.rotate_bytes)) {
        acc = slot % 2 == 0 ? vec_ror16(acc) : vec_ror8(acc);
    } else {
        acc = slot % 2 == 0 ? vec_ror12(acc) : vec_ror7(acc);
    }
    VEC_OPAQUE_VALUE(acc);
    return acc;
}

/** Execute the operations of `batches` batches, rounded up to whole loops of 512. Returns a value
 * that depends on all of them. */
VEC_INLINE uint32_t vec_probe(uint64_t batches, struct vec_probe_mix mix)
{
    uint64_t loops = (batches * vec_probe_total(mix) + VEC_PROBE_SLOTS - 1) / VEC_PROBE_SLOTS;
    vec_word words[VEC_PROBE_WORDS];
    uint32_t out[VEC_WAYS];
    const vec_word *opaque = words;
    for (uint32_t i = 0; i < VEC_PROBE_WORDS; i++) {
        vec_word_put(&words[i], i * 0x9e3779b9U);
    }
    vec other = vec_set(0x85ebca6bU);
    vec a0 = vec_set(0);
    vec a1 = vec_set(1);
    vec a2 = vec_set(2);
    vec a3 = vec_set(3);
    vec a4 = vec_set(4);
    vec a5 = vec_set(5);
    vec a6 = vec_set(6);
    vec a7 = vec_set(7);
    for (uint64_t i = 0; i < loops; i++) {
        VEC_OPAQUE(opaque);
#define VEC_PROBE_8(at)                                                                            \
    a0 = vec_probe_slot(a0, other, opaque, mix, (at) + 0);                                         \
    a1 = vec_probe_slot(a1, other, opaque, mix, (at) + 1);                                         \
    a2 = vec_probe_slot(a2, other, opaque, mix, (at) + 2);                                         \
    a3 = vec_probe_slot(a3, other, opaque, mix, (at) + 3);                                         \
    a4 = vec_probe_slot(a4, other, opaque, mix, (at) + 4);                                         \
    a5 = vec_probe_slot(a5, other, opaque, mix, (at) + 5);                                         \
    a6 = vec_probe_slot(a6, other, opaque, mix, (at) + 6);                                         \
    a7 = vec_probe_slot(a7, other, opaque, mix, (at) + 7);
#define VEC_PROBE_64(at)                                                                           \
    VEC_PROBE_8(at)                                                                                \
    VEC_PROBE_8((at) + 8)                                                                          \
    VEC_PROBE_8((at) + 16)                                                                         \
    VEC_PROBE_8((at) + 24)                                                                         \
    VEC_PROBE_8((at) + 32)                                                                         \
    VEC_PROBE_8((at) + 40)                                                                         \
    VEC_PROBE_8((at) + 48)                                                                         \
    VEC_PROBE_8((at) + 56)
        VEC_PROBE_64(0)
        VEC_PROBE_64(64)
        VEC_PROBE_64(128)
        VEC_PROBE_64(192)
        VEC_PROBE_64(256)
        VEC_PROBE_64(320)
        VEC_PROBE_64(384)
        VEC_PROBE_64(448)
#undef VEC_PROBE_64
#undef VEC_PROBE_8
    }
    a0 = vec_xor(vec_xor(vec_xor(a0, a1), vec_xor(a2, a3)),
                 vec_xor(vec_xor(a4, a5), vec_xor(a6, a7)));
    vec_store(out, a0);
    return out[0];
}

#endif
