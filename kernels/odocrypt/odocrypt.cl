/* odocrypt.cl: search of Odocrypt on a device, OpenCL C 1.2; a piece behind header80.cl. Facts:
 * README.md here. A group copies the S-boxes, 23 KB, to local memory, where work items may look up
 * different entries at once; masks, rotations and keys are the same for all and stay constant. Only
 * vectors of one: look-ups are by item. */
#ifndef KERN_ODOCRYPT_LAYOUT_H
#include "odocrypt_layout.h"
#endif

#define BOX_WORDS (640 + 5120) /* of 32 bits: the small boxes, then the large ones */

#define ROUNDS 84
#define JOB_64(at) ((ulong)job[at] | (ulong)job[(at) + 1] << 32)

/* 1: rotations of 64 bits are the compiler's. 2: the halves change places or not, then two funnel
 * shifts: compilers make branches (NVIDIA) or slow shifts of 64 bits (AMD) of a rotation whose
 * distance is known at run time only. */
#ifndef TURN_HALVES
#define TURN_HALVES 1
#endif

#if TURN_HALVES == 1
#define rotate_word(word, bits) rotate(word, (ulong)(64U - (bits)))
#else

/* to = the lower half of (high:low) >> (bits & 31). */
#if defined(__NV_CL_C_VERSION)
#define FUNNEL_RIGHT(to, high, low, bits)                                                          \
    __asm__("shf.r.wrap.b32 %0, %1, %2, %3;" : "=r"(to) : "r"(low), "r"(high), "r"(bits))
#elif defined(cl_amd_media_ops)
#pragma OPENCL EXTENSION cl_amd_media_ops : enable
#define FUNNEL_RIGHT(to, high, low, bits) to = amd_bitalign(high, low, bits)
#else
#define FUNNEL_RIGHT(to, high, low, bits)                                                          \
    to = (low) >> ((bits) & 31U) | (high) << 1 << (31U - ((bits) & 31U))
#endif

/* word rotated to the right by bits, 1 .. 64, the same for all work items. */
ulong rotate_word(ulong word, uint bits)
{
    const uint2 given = as_uint2(word);
    const uint low = (bits & 32U) != 0U ? given.y : given.x;
    const uint high = (bits & 32U) != 0U ? given.x : given.y;
    uint new_low, new_high;
    FUNNEL_RIGHT(new_low, high, low, bits);
    FUNNEL_RIGHT(new_high, low, high, bits);
    return as_ulong((uint2)(new_low, new_high));
}

#endif

void swap_pairs(__constant const uint *job, ulong w[10], uint masks)
{
#pragma unroll
    for (uint k = 0; k < 5; k++) {
        const ulong differ = JOB_64(masks + 2 * k) & (w[2 * k] ^ w[2 * k + 1]);
        w[2 * k] ^= differ;
        w[2 * k + 1] ^= differ;
    }
}

void permute_bits(__constant const uint *job, ulong w[10], uint masks, uint rotations)
{
    ulong moved[10];
#pragma unroll
    for (uint s = 0; s < 5; s++) {
        swap_pairs(job, w, masks + 10 * s);
#pragma unroll
        for (uint i = 0; i < 10; i++) {
            moved[3 * i % 10] = w[i];
        }
#pragma unroll
        for (uint k = 0; k < 5; k++) {
            w[2 * k] = rotate_word(moved[2 * k], job[rotations + 5 * s + k]);
            w[2 * k + 1] = moved[2 * k + 1];
        }
    }
    swap_pairs(job, w, masks + 50);
}

void substitute(ulong w[10], __local const uint *boxes)
{
    __local const uchar *small = (__local const uchar *)boxes;
    __local const ushort *large = (__local const ushort *)(boxes + 640);
#pragma unroll
    for (uint i = 0; i < 10; i++) {
        ulong to = 0;
#pragma unroll
        for (uint f = 0; f < 4; f++) {
            const uint pair = (uint)(w[i] >> (16 * f)) & 0xffffU;
            const uint fields =
                small[64 * (4 * i + f) + (pair & 63U)] | (uint)large[1024 * i + (pair >> 6)] << 6;
            to |= (ulong)fields << (16 * f);
        }
        w[i] = to;
    }
}

void mix_words(__constant const uint *job, ulong w[10], uint round)
{
    const ulong first = w[0];
    const uint key = job[JOB_ROUND_KEYS + round];
#pragma unroll
    for (uint i = 0; i < 10; i++) {
        ulong sum = (i < 9 ? w[(i + 1) % 10] : first) ^ ((key >> i) & 1U);
#pragma unroll
        for (uint k = 0; k < 6; k++) {
            sum ^= rotate_word(w[i], job[JOB_MIXES + k]);
        }
        w[i] = sum;
    }
}

/* Keccak-p[800], lane x + 5y; its last twelve rounds (digibyte.md 6.5). */
__constant const uint KECCAK_CONSTANTS[12] = {0x80008009U, 0x8000000aU, 0x8000808bU, 0x0000008bU,
                                              0x00008089U, 0x00008003U, 0x00008002U, 0x00000080U,
                                              0x0000800aU, 0x8000000aU, 0x80008081U, 0x00008080U};

void keccak(uint a[25])
{
#define MOVE(to, x, y, bits) b[to] = rotate(a[x + 5 * y] ^ d[x], bits##U);
#pragma unroll 1
    for (uint round = 0; round < 12; round++) {
        uint c[5], d[5], b[25];
#pragma unroll
        for (uint x = 0; x < 5; x++) {
            c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        }
#pragma unroll
        for (uint x = 0; x < 5; x++) {
            d[x] = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1U);
        }
        b[0] = a[0] ^ d[0];
        KECCAK_MOVES(MOVE)
#pragma unroll
        for (uint y = 0; y < 25; y += 5) {
#pragma unroll
            for (uint x = 0; x < 5; x++) {
                a[y + x] = b[y + x] ^ (~b[y + (x + 1) % 5] & b[y + (x + 2) % 5]);
            }
        }
        a[0] ^= KECCAK_CONSTANTS[round];
    }
}

void hash(__constant const uint *job, uint nonce, uint n[8], __local const uint *boxes)
{
    ulong w[10];
    uint a[25];
    ulong total = 0;
#pragma unroll
    for (uint i = 0; i < 10; i++) {
        w[i] = JOB_64(JOB_HEADER + 2 * i);
        if (i == 9) {
            w[i] |= (ulong)nonce << 32;
        }
        total ^= w[i];
    }
    total ^= total >> 32;
#pragma unroll
    for (uint i = 0; i < 10; i++) {
        w[i] ^= total;
    }
#pragma unroll 1
    for (uint round = 0; round < ROUNDS; round++) {
        permute_bits(job, w, JOB_MASKS, JOB_ROTATIONS);
        substitute(w, boxes);
        permute_bits(job, w, JOB_MASKS + 60, JOB_ROTATIONS + 25);
        mix_words(job, w, round);
    }
#pragma unroll
    for (uint i = 0; i < 10; i++) {
        a[2 * i] = (uint)w[i];
        a[2 * i + 1] = (uint)(w[i] >> 32);
    }
    a[20] = 1U;
    a[21] = 0U;
    a[22] = 0U;
    a[23] = 0U;
    a[24] = 0U;
    keccak(a);
#pragma unroll
    for (uint i = 0; i < 8; i++) {
        n[i] = a[7 - i];
    }
}

#undef HEADER80_LOCAL
#undef HEADER80_MORE
#define HEADER80_LOCAL                                                                             \
    __local uint boxes[BOX_WORDS];                                                                 \
    for (uint i = (uint)get_local_id(0); i < BOX_WORDS; i += (uint)get_local_size(0)) {            \
        boxes[i] = job[JOB_SMALL + i];                                                             \
    }                                                                                              \
    barrier(CLK_LOCAL_MEM_FENCE);
#define HEADER80_MORE , boxes

HEADER80_KERNEL(odocrypt_search)
