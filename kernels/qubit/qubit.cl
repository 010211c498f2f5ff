/* qubit.cl: search of Luffa, CubeHash, SHAvite-3, SIMD and ECHO in sequence on a device, OpenCL C
 * 1.2; a piece behind header80.cl. Facts: README.md here; what the host prepares: qubit_layout.h.
 * One nonce a work item: only vectors of one. A digest is 16 words, little-endian. AES goes by a
 * table of one row in local memory, turned for the others. */
#ifndef KERN_QUBIT_LAYOUT_H
#include "qubit_layout.h"
#endif
#if LOCAL_SIZE == 0
#error "qubit.cl needs LOCAL_SIZE: the size of its local memory"
#endif

INLINE void luffa_sub_crumb(uint *a0, uint *a1, uint *a2, uint *a3)
{
    const uint in = *a0;
    const uint t0 = (in | *a1) ^ *a3;
    uint t2 = *a2 ^ *a3;
    uint t3 = *a3 & in;
    uint t1 = ~*a1 ^ t3;
    t3 ^= t2;
    t2 = (t2 & t0) ^ t1;
    t1 |= t3;
    *a0 = in ^ t1;
    *a3 = t3 ^ t2;
    *a2 = t2 & t1;
    *a1 = t1 ^ ~t0;
}

INLINE void luffa_mix_word(uint *left, uint *right)
{
    *right ^= *left;
    *left = rotate(*left, 2U) ^ *right;
    *right = rotate(*right, 14U) ^ *left;
    *left = rotate(*left, 10U) ^ *right;
    *right = rotate(*right, 1U);
}

INLINE void luffa_permute(__constant const uint *job, uint v[5][8])
{
#pragma unroll
    for (uint j = 0; j < 5; j++) {
#pragma unroll
        for (uint i = 4; i < 8; i++) {
            v[j][i] = rotate(v[j][i], j);
        }
#pragma unroll 1
        for (uint step = 0; step < 8; step++) {
            luffa_sub_crumb(&v[j][0], &v[j][1], &v[j][2], &v[j][3]);
            luffa_sub_crumb(&v[j][5], &v[j][6], &v[j][7], &v[j][4]);
#pragma unroll
            for (uint i = 0; i < 4; i++) {
                luffa_mix_word(&v[j][i], &v[j][4 + i]);
            }
            v[j][0] ^= job[JOB_LUFFA_ADDED + 16 * j + 2 * step];
            v[j][4] ^= job[JOB_LUFFA_ADDED + 16 * j + 2 * step + 1];
        }
    }
}

/* out = 2 * in ^ add, in the ring of 256-bit words. */
INLINE void luffa_twice(uint out[8], const uint in[8], const uint add[8])
{
    const uint top = in[7];
    const uint t0 = in[0], t1 = in[1], t2 = in[2], t3 = in[3], t4 = in[4], t5 = in[5], t6 = in[6];
    out[0] = add[0] ^ top;
    out[1] = add[1] ^ t0 ^ top;
    out[2] = add[2] ^ t1;
    out[3] = add[3] ^ t2 ^ top;
    out[4] = add[4] ^ t3 ^ top;
    out[5] = add[5] ^ t4;
    out[6] = add[6] ^ t5;
    out[7] = add[7] ^ t6;
}

/* Message injection of a blank block. */
INLINE void luffa_inject_blank(uint v[5][8])
{
    uint old[5][8];
    uint sum[8];
    const uint zero[8] = {0, 0, 0, 0, 0, 0, 0, 0};
#pragma unroll
    for (uint i = 0; i < 8; i++) {
        sum[i] = v[0][i] ^ v[1][i] ^ v[2][i] ^ v[3][i] ^ v[4][i];
    }
    luffa_twice(sum, sum, zero);
#pragma unroll
    for (uint j = 0; j < 5; j++) {
#pragma unroll
        for (uint i = 0; i < 8; i++) {
            old[j][i] = v[j][i] ^ sum[i];
        }
    }
#pragma unroll
    for (uint j = 0; j < 5; j++) {
        luffa_twice(v[j], old[j], old[(j + 1) % 5]);
    }
#pragma unroll
    for (uint j = 0; j < 5; j++) {
#pragma unroll
        for (uint i = 0; i < 8; i++) {
            old[j][i] = v[j][i];
        }
    }
#pragma unroll
    for (uint j = 0; j < 5; j++) {
        luffa_twice(v[j], old[j], old[(j + 4) % 5]);
    }
}

INLINE void luffa(__constant const uint *job, uint digest[16], uint nonce)
{
    uint v[5][8];
#pragma unroll
    for (uint j = 0; j < 5; j++) {
#pragma unroll
        for (uint i = 0; i < 8; i++) {
            v[j][i] = job[JOB_LUFFA + 8 * j + i];
        }
        v[j][3 + j] ^= SWAP(nonce); /* injection doubles it from chain to chain: one place on */
    }
    luffa_permute(job, v);
#pragma unroll 1
    for (uint half_digest = 0; half_digest < 2; half_digest++) {
        luffa_inject_blank(v);
        luffa_permute(job, v);
#pragma unroll
        for (uint i = 0; i < 8; i++) {
            const uint word = v[0][i] ^ v[1][i] ^ v[2][i] ^ v[3][i] ^ v[4][i];
            digest[i] = digest[8 + i];
            digest[8 + i] = SWAP(word);
        }
    }
}

/* Half a round; word i of a half lies at i ^ mask. */
INLINE void cubehash_half(uint x[32], uint bits, uint low, uint low_after, uint high)
{
#pragma unroll
    for (uint i = 0; i < 16; i++) {
        x[16 + i] += x[i ^ low ^ high];
    }
#pragma unroll
    for (uint i = 0; i < 16; i++) {
        x[i] = rotate(x[i], bits) ^ x[16 + (i ^ low_after ^ high)];
    }
}

INLINE void cubehash_rounds(uint x[32], uint rounds)
{
#pragma unroll 1
    for (uint i = 0; i < rounds; i += 2) {
        cubehash_half(x, 7U, 0U, 8U, 0U);
        cubehash_half(x, 11U, 8U, 12U, 2U);
        cubehash_half(x, 7U, 12U, 4U, 3U);
        cubehash_half(x, 11U, 4U, 0U, 1U);
    }
}

INLINE void cubehash(__constant const uint *job, uint words[16])
{
    uint x[32];
#pragma unroll
    for (uint i = 0; i < 32; i++) {
        x[i] = job[JOB_CUBEHASH + i] ^ (i < 8 ? words[i] : 0U);
    }
    cubehash_rounds(x, 16U);
#pragma unroll
    for (uint i = 0; i < 8; i++) {
        x[i] ^= words[8 + i];
    }
    cubehash_rounds(x, 16U);
    x[0] ^= 0x80U;
    cubehash_rounds(x, 16U);
    x[31] ^= 1U;
    cubehash_rounds(x, 160U);
#pragma unroll
    for (uint i = 0; i < 16; i++) {
        words[i] = x[i];
    }
}

/* One round of AES without a key; a quad is four columns, row 0 in the low bytes. */
INLINE uint4 aes_round(uint4 x, __local const uint *aes)
{
#define COLUMN(a, b, c, d)                                                                         \
    (aes[(a)&0xffU] ^ rotate(aes[((b) >> 8) & 0xffU], 8U) ^                                        \
     rotate(aes[((c) >> 16) & 0xffU], 16U) ^ rotate(aes[(d) >> 24], 24U))
    return (uint4)(COLUMN(x.s0, x.s1, x.s2, x.s3), COLUMN(x.s1, x.s2, x.s3, x.s0),
                   COLUMN(x.s2, x.s3, x.s0, x.s1), COLUMN(x.s3, x.s0, x.s1, x.s2));
}

/* The expanded message is made in pieces of eight quads, each from the eight before. */
INLINE void shavite_expand(uint4 key[8], uint piece, __local const uint *aes)
{
    if (piece % 2 != 0) {
#pragma unroll
        for (uint i = 0; i < 8; i++) {
            key[i] = aes_round(key[i].s1230, aes) ^ key[(i + 7) % 8];
            const uint at = 8 * piece + i;
            if (at == 8) {
                key[i] ^= (uint4)(512U, 0U, 0U, ~0U);
            } else if (at == 41) {
                key[i] ^= (uint4)(0U, 0U, 0U, ~512U);
            } else if (at == 79) {
                key[i] ^= (uint4)(0U, 0U, 512U, ~0U);
            } else if (at == 110) {
                key[i] ^= (uint4)(0U, 512U, 0U, ~0U);
            }
        }
    } else {
#pragma unroll
        for (uint i = 0; i < 8; i++) {
            const uint4 low = key[(i + 6) % 8], high = key[(i + 7) % 8];
            key[i] ^= (uint4)(low.s1, low.s2, low.s3, high.s0);
        }
    }
}

INLINE uint4 shavite_feistel(uint4 to, uint4 x, const uint4 key[4], __local const uint *aes)
{
    x = aes_round(x ^ key[0], aes);
    x = aes_round(x ^ key[1], aes);
    x = aes_round(x ^ key[2], aes);
    return aes_round(x ^ key[3], aes) ^ to;
}

#define QUAD(words, i)                                                                             \
    (uint4)((words)[4 * (i)], (words)[4 * (i) + 1], (words)[4 * (i) + 2], (words)[4 * (i) + 3])

INLINE void shavite(__constant const uint *job, uint words[16], __local const uint *aes)
{
    uint4 key[8];
    uint4 p[4];
#pragma unroll
    for (uint i = 0; i < 4; i++) {
        key[i] = QUAD(words, i);
        p[i] = QUAD(job + JOB_SHAVITE, i);
    }
    key[4] = (uint4)(0x80U, 0U, 0U, 0U);
    key[5] = (uint4)(0U, 0U, 0U, 0U);
    key[6] = (uint4)(0U, 0U, 0U, 512U << 16); /* length at byte 110, digest size at byte 126 */
    key[7] = (uint4)(0U, 0U, 0U, 512U << 16);
#pragma unroll 1
    for (uint round = 0; round < 14; round++) {
        if (round > 0) {
            shavite_expand(key, round, aes);
        }
        const uint4 first = shavite_feistel(p[0], p[1], key, aes);
        const uint4 second = shavite_feistel(p[2], p[3], key + 4, aes);
        p[0] = p[3];
        p[3] = second;
        p[2] = p[1];
        p[1] = first;
    }
#pragma unroll
    for (uint i = 0; i < 4; i++) {
        p[i] ^= QUAD(job + JOB_SHAVITE, i);
        words[4 * i] = p[i].s0;
        words[4 * i + 1] = p[i].s1;
        words[4 * i + 2] = p[i].s2;
        words[4 * i + 3] = p[i].s3;
    }
}

#define POWER(exponent) ((int)job[JOB_POWERS + ((exponent)&255U)])

/* The same modulo 257, smaller: 256 is -1. */
#define REDUCE(x) (((x)&255) - ((x) >> 8))

/* (41^8)^i modulo 257, of least magnitude. */
#define SIMD_ROOT(i)                                                                               \
    ((i) == 0    ? 1                                                                               \
     : (i) == 1  ? 60                                                                              \
     : (i) == 2  ? 2                                                                               \
     : (i) == 3  ? 120                                                                             \
     : (i) == 4  ? 4                                                                               \
     : (i) == 5  ? -17                                                                             \
     : (i) == 6  ? 8                                                                               \
     : (i) == 7  ? -34                                                                             \
     : (i) == 8  ? 16                                                                              \
     : (i) == 9  ? -68                                                                             \
     : (i) == 10 ? 32                                                                              \
     : (i) == 11 ? 121                                                                             \
     : (i) == 12 ? 64                                                                              \
     : (i) == 13 ? -15                                                                             \
     : (i) == 14 ? 128                                                                             \
                 : -30)

/* One level of the transform: span and the order are literals, so that a stays in registers. */
#define SIMD_LEVEL(a, span)                                                                        \
    _Pragma("unroll") for (uint j = 0; j < 16; j++)                                                \
    {                                                                                              \
        const uint i = j % (span) + 2 * (span) * (j / (span));                                     \
        const int sum = (a)[i] + (a)[i + (span)];                                                  \
        const int difference = ((a)[i] - (a)[i + (span)]) * SIMD_ROOT(j % (span) * (16 / (span))); \
        (a)[i] = sum;                                                                              \
        (a)[i + (span)] = REDUCE(REDUCE(difference));                                              \
    }

/* 32 points with root 41^8; results lie at bit-reversed places. */
INLINE void simd_transform_32(int a[32])
{
    SIMD_LEVEL(a, 16)
    SIMD_LEVEL(a, 8)
    SIMD_LEVEL(a, 4)
    SIMD_LEVEL(a, 2)
    SIMD_LEVEL(a, 1)
}

/* y lies in local memory, because the steps take its words at places that the step number decides:
 * word k of this work item is y[k * LOCAL_SIZE], so that the work items of a group reach
 * different banks. */
#define Y(k) y[(k)*LOCAL_SIZE]

/* y[k] in the low half, y[k + 128] in the high half of Y(k), -128..128. */
INLINE void simd_transform(__constant const uint *job, __local uint *y, const uint words[16])
{
#pragma unroll 1
    for (uint c = 0; c < 4; c++) {
        int even[32], odd[32];
#pragma unroll
        for (uint m = 0; m < 32; m++) {
            const uint pair = words[m / 2] >> (16 * (m % 2));
            even[m] = REDUCE((int)(pair & 255U) * POWER(2 * m * c));
            odd[m] = REDUCE((int)((pair >> 8) & 255U) * POWER(2 * m * c));
        }
        simd_transform_32(even);
        simd_transform_32(odd);
#pragma unroll
        for (uint i = 0; i < 32; i++) {
            const uint k =
                4 * ((i & 1) << 4 | (i & 2) << 2 | (i & 4) | (i & 8) >> 2 | (i & 16) >> 4) + c;
            const int turned = REDUCE(REDUCE(odd[i] * POWER(k)));
            int low = REDUCE(REDUCE(even[i] + turned + POWER(255 * k)));
            int high = REDUCE(REDUCE(even[i] - turned + POWER(255 * (k + 128))));
            low = low > 128 ? low - 257 : low;
            high = high > 128 ? high - 257 : high;
            Y(k) = ((uint)low & 0xffffU) | (uint)high << 16;
        }
    }
}

/* Both signed halves times factor. */
INLINE uint simd_inner(uint pair, int factor)
{
    return ((uint)((int)(short)(pair & 0xffffU) * factor) & 0xffffU) |
           (uint)(((int)pair >> 16) * factor) << 16;
}

/* The eight words of a step below 32. */
INLINE void simd_words(uint w[8], __constant const uint *job, __local const uint *y, uint step)
{
    const uint at = 16 * job[JOB_SIMD_PLACES + step];
    if (step >= 16) {
        const uint from = at - (step < 24 ? 256 : 383);
#pragma unroll
        for (uint n = 0; n < 8; n++) {
            w[n] = simd_inner(Y(from + 2 * n), 233);
        }
    } else if (at < 128) {
#pragma unroll
        for (uint n = 0; n < 8; n++) {
            w[n] = simd_inner((Y(at + 2 * n) & 0xffffU) | Y(at + 2 * n + 1) << 16, 185);
        }
    } else {
        const uint from = at - 128;
#pragma unroll
        for (uint n = 0; n < 8; n++) {
            w[n] = simd_inner(Y(from + 2 * n) >> 16 | (Y(from + 2 * n + 1) & 0xffff0000U), 185);
        }
    }
}

__constant const uint SIMD_ROTATIONS[16] = {3,  23, 17, 27, 28, 19, 22, 7,
                                            29, 9,  15, 5,  4,  13, 10, 25};

/* The partner of a lane differs from step to step: a case each, because an array with an index that
 * is known only at run time would lie in memory. */
#define SIMD_PARTNER(remainder, partner)                                                           \
    case remainder:                                                                                \
        _Pragma("unroll") for (uint n = 0; n < 8; n++)                                             \
        {                                                                                          \
            x[0][n] += turned[n ^ (partner)];                                                      \
        }                                                                                          \
        break;

/* Step t of 0..35. */
INLINE void simd_step(uint x[4][8], const uint w[8], uint t)
{
    uint turned[8];
    const uint i = t < 32 ? t / 8 : 3;
    const uint r = SIMD_ROTATIONS[4 * i + t % 4], s = SIMD_ROTATIONS[4 * i + (t + 1) % 4];
    const bool majority = t < 32 && t % 8 >= 4;
#pragma unroll
    for (uint n = 0; n < 8; n++) {
        const uint a = x[0][n], b = x[1][n], c = x[2][n];
        const uint f = majority ? bitselect(a, c, a ^ b) : bitselect(c, b, a);
        turned[n] = rotate(a, r);
        x[0][n] = rotate(x[3][n] + w[n] + f, s);
        x[3][n] = c;
        x[2][n] = b;
        x[1][n] = turned[n];
    }
    switch (t % 7) {
        SIMD_PARTNER(0, 1)
        SIMD_PARTNER(1, 6)
        SIMD_PARTNER(2, 2)
        SIMD_PARTNER(3, 3)
        SIMD_PARTNER(4, 5)
        SIMD_PARTNER(5, 7)
    default:
        SIMD_PARTNER(6, 4)
    }
}

/* Steps 0..31; last: the constant block's words instead of y's. Then the feed-forward of chain. */
INLINE void simd_compress(__constant const uint *job, uint x[4][8], __local const uint *y,
                          bool last, const uint chain[4][8])
{
    uint w[8];
#pragma unroll 1
    for (uint t = 0; t < 32; t++) {
        if (last) {
#pragma unroll
            for (uint n = 0; n < 8; n++) {
                w[n] = job[JOB_SIMD_LAST + 8 * t + n];
            }
        } else {
            simd_words(w, job, y, t);
        }
        simd_step(x, w, t);
    }
#pragma unroll
    for (uint t = 0; t < 4; t++) {
        simd_step(x, chain[t], 32 + t);
    }
}

INLINE void simd(__constant const uint *job, uint words[16], __local uint *y)
{
    uint x[4][8];
    uint chain[4][8];
    simd_transform(job, y, words);
#pragma unroll
    for (uint i = 0; i < 32; i++) {
        chain[i / 8][i % 8] = job[JOB_SIMD + i];
        x[i / 8][i % 8] = chain[i / 8][i % 8] ^ (i < 16 ? words[i] : 0U);
    }
    simd_compress(job, x, y, false, chain);
#pragma unroll
    for (uint i = 0; i < 32; i++) {
        chain[i / 8][i % 8] = x[i / 8][i % 8];
    }
    x[0][0] ^= 512U; /* the last block: the message's length in bits */
    simd_compress(job, x, y, true, chain);
#pragma unroll
    for (uint i = 0; i < 16; i++) {
        words[i] = x[i / 8][i % 8];
    }
}

/* Each byte times x in AES's field. */
#define TWICE(x) (((x)&0x7f7f7f7fU) << 1U ^ (((x) >> 7U) & 0x01010101U) * 0x1bU)

/* First 32 bytes of the digest. */
INLINE void echo(uint words[16], __local const uint *aes)
{
    uint4 cells[16], next[16];
    uint4 start = (uint4)(512U, 0U, 0U, 0U);
    uint counter = 512U;
#pragma unroll
    for (uint i = 0; i < 4; i++) {
        cells[i] = start;
        cells[4 + i] = start;
        cells[8 + i] = QUAD(words, i);
    }
    cells[12] = (uint4)(0x80U, 0U, 0U, 0U);
    cells[13] = (uint4)(0U, 0U, 0U, 0U);
    cells[14] = (uint4)(0U, 0U, 0U, 512U << 16);
    cells[15] = (uint4)(512U, 0U, 0U, 0U);
#pragma unroll 1
    for (uint round = 0; round < 10; round++) {
#pragma unroll
        for (uint i = 0; i < 16; i++, counter++) {
            next[i] = aes_round(aes_round(cells[i], aes) ^ (uint4)(counter, 0U, 0U, 0U), aes);
        }
#pragma unroll
        for (uint c = 0; c < 16; c += 4) {
            const uint4 a = next[c], b = next[(c + 5) % 16], d = next[(c + 10) % 16];
            const uint4 e = next[(c + 15) % 16];
            const uint4 all = a ^ b ^ d ^ e;
            cells[c] = a ^ all ^ TWICE(a ^ b);
            cells[c + 1] = b ^ all ^ TWICE(b ^ d);
            cells[c + 2] = d ^ all ^ TWICE(d ^ e);
            cells[c + 3] = e ^ all ^ TWICE(e ^ a);
        }
    }
#pragma unroll
    for (uint i = 0; i < 2; i++) {
        const uint4 quad = start ^ QUAD(words, i) ^ cells[i] ^ cells[8 + i];
        words[4 * i] = quad.s0;
        words[4 * i + 1] = quad.s1;
        words[4 * i + 2] = quad.s2;
        words[4 * i + 3] = quad.s3;
    }
}

INLINE void hash(__constant const uint *job, uint nonce, uint n[8], __local const uint *aes,
                 __local uint *y)
{
    uint words[16];
    luffa(job, words, nonce);
    cubehash(job, words);
    shavite(job, words, aes);
    simd(job, words, y);
    echo(words, aes);
#pragma unroll
    for (uint i = 0; i < 8; i++) {
        n[i] = words[7 - i];
    }
}

#undef HEADER80_LOCAL
#undef HEADER80_MORE
#define HEADER80_LOCAL                                                                             \
    __local uint aes[256];                                                                         \
    for (uint i = (uint)get_local_id(0); i < 256; i += (uint)get_local_size(0)) {                  \
        aes[i] = job[JOB_AES + i];                                                                 \
    }                                                                                              \
    __local uint simd_y[128 * LOCAL_SIZE];                                                         \
    barrier(CLK_LOCAL_MEM_FENCE);
#define HEADER80_MORE , aes, simd_y + get_local_id(0)

HEADER80_KERNEL(qubit_search)
