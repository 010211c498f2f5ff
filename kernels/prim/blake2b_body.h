/* blake2b_body.h: the compression function of BLAKE2b in vectors, one message a lane of 64 bits:
 * the piece that solvers and table builders are made of. The including file has included one
 * vec_<isa>.h. Source: RFC 7693, 3.1 and 3.2.
 *
 * What a caller has in common among its messages (a midstate, header words) it puts into every lane
 * with blake2b_set; what differs (a counter) it adds to that. Message words that are zero in all
 * lanes cost nothing: `used` says at compile time which are not.
 *
 * The portable width has no lanes of 64 bits; here it is one 64-bit integer. */
#ifndef PRIM_BLAKE2B_BODY_H
#define PRIM_BLAKE2B_BODY_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/blake2b.h"
#include "prim/blake2b_rounds.h"

#if VEC_WAYS == 1

#define BLAKE2B_WAYS 1

typedef uint64_t blake2b_vec;

VEC_INLINE blake2b_vec blake2b_set(uint64_t value)
{
    return value;
}

VEC_INLINE blake2b_vec blake2b_load(const uint64_t *words)
{
    return *words;
}

VEC_INLINE void blake2b_store(uint64_t *words, blake2b_vec v)
{
    *words = v;
}

VEC_INLINE blake2b_vec blake2b_add(blake2b_vec a, blake2b_vec b)
{
    return a + b;
}

VEC_INLINE blake2b_vec blake2b_xor(blake2b_vec a, blake2b_vec b)
{
    return a ^ b;
}

#define BLAKE2B_ROR(v, bits) ((v) >> (bits) | (v) << (64 - (bits)))
#define BLAKE2B_ROR32(v) BLAKE2B_ROR(v, 32)
#define BLAKE2B_ROR24(v) BLAKE2B_ROR(v, 24)
#define BLAKE2B_ROR16(v) BLAKE2B_ROR(v, 16)
#define BLAKE2B_ROR63(v) BLAKE2B_ROR(v, 63)

#else

/* Messages of one call. */
#define BLAKE2B_WAYS (VEC_WAYS / 2)

typedef vec blake2b_vec;

/** The same word in all lanes. */
VEC_INLINE blake2b_vec blake2b_set(uint64_t value)
{
    return vec_set64(value);
}

/** BLAKE2B_WAYS words from or to memory, one a lane, lowest lane first. */
VEC_INLINE blake2b_vec blake2b_load(const uint64_t *words)
{
    return vec_load((const uint32_t *)(const void *)words);
}

VEC_INLINE void blake2b_store(uint64_t *words, blake2b_vec v)
{
    vec_store((uint32_t *)(void *)words, v);
}

VEC_INLINE blake2b_vec blake2b_add(blake2b_vec a, blake2b_vec b)
{
    return vec_add64(a, b);
}

VEC_INLINE blake2b_vec blake2b_xor(blake2b_vec a, blake2b_vec b)
{
    return vec_xor(a, b);
}

#define BLAKE2B_ROR32(v) vec_ror64_32(v)
#define BLAKE2B_ROR24(v) vec_ror64_24(v)
#define BLAKE2B_ROR16(v) vec_ror64_16(v)
#define BLAKE2B_ROR63(v) VEC_ROL64(v, 1)

#endif

/* Add message word `word`, a literal, unless it is zero in all lanes. */
VEC_INLINE blake2b_vec blake2b_add_word(blake2b_vec sum, const blake2b_vec m[16], unsigned word,
                                        unsigned used)
{
    return used >> word & 1 ? blake2b_add(sum, m[word]) : sum;
}

VEC_INLINE void blake2b_mix(blake2b_vec v[16], unsigned a, unsigned b, unsigned c, unsigned d,
                            const blake2b_vec m[16], unsigned x, unsigned y, unsigned used)
{
    v[a] = blake2b_add_word(blake2b_add(v[a], v[b]), m, x, used);
    v[d] = BLAKE2B_ROR32(blake2b_xor(v[d], v[a]));
    v[c] = blake2b_add(v[c], v[d]);
    v[b] = BLAKE2B_ROR24(blake2b_xor(v[b], v[c]));
    v[a] = blake2b_add_word(blake2b_add(v[a], v[b]), m, y, used);
    v[d] = BLAKE2B_ROR16(blake2b_xor(v[d], v[a]));
    v[c] = blake2b_add(v[c], v[d]);
    v[b] = BLAKE2B_ROR63(blake2b_xor(v[b], v[c]));
}

/* One round of each of `sets` states; s0..s15: its row of the permutations, literals. */
#define BLAKE2B_ROUND(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15)        \
    for (unsigned i = 0; i < sets; i++) {                                                          \
        blake2b_mix(v[i], 0, 4, 8, 12, m[i], s0, s1, used);                                        \
        blake2b_mix(v[i], 1, 5, 9, 13, m[i], s2, s3, used);                                        \
        blake2b_mix(v[i], 2, 6, 10, 14, m[i], s4, s5, used);                                       \
        blake2b_mix(v[i], 3, 7, 11, 15, m[i], s6, s7, used);                                       \
        blake2b_mix(v[i], 0, 5, 10, 15, m[i], s8, s9, used);                                       \
        blake2b_mix(v[i], 1, 6, 11, 12, m[i], s10, s11, used);                                     \
        blake2b_mix(v[i], 2, 7, 8, 13, m[i], s12, s13, used);                                      \
        blake2b_mix(v[i], 3, 4, 9, 14, m[i], s14, s15, used);                                      \
    }

/** Compress one block of `sets` times BLAKE2B_WAYS messages. The rounds of two sets take turns, so
 * that one set's operations fill the time in which the other's wait for each other.
 * In/out: h           chaining values: word i of a set's messages in h[set][i].
 * In:     m           message words likewise; those not in `used` are not read.
 *         sets        literal, 1 or 2.
 *         used        literal; bit i is clear where word i is zero in all messages. 0xffff: any.
 *         byte_count  bytes of a message up to and with this block, the same for all.
 *         last        literal; this is the last block. */
VEC_INLINE void blake2b_compress_vec(blake2b_vec (*h)[8], blake2b_vec (*m)[16], unsigned sets,
                                     unsigned used, uint64_t byte_count, bool last)
{
    blake2b_vec v[2][16];
    for (unsigned i = 0; i < sets; i++) {
        for (unsigned j = 0; j < 8; j++) {
            v[i][j] = h[i][j];
            v[i][j + 8] = blake2b_set(base_blake2b_iv[j]);
        }
        v[i][12] = blake2b_set(base_blake2b_iv[4] ^ byte_count);
        v[i][14] = blake2b_set(base_blake2b_iv[6] ^ (last ? UINT64_MAX : 0));
    }
    PRIM_BLAKE2B_ROUNDS(BLAKE2B_ROUND)
    for (unsigned i = 0; i < sets; i++) {
        for (unsigned j = 0; j < 8; j++) {
            h[i][j] = blake2b_xor(h[i][j], blake2b_xor(v[i][j], v[i][j + 8]));
        }
    }
}

#undef BLAKE2B_ROUND

#endif
