/* skein.cl: search of SHA-256(Skein-512-512(header)) on a device, OpenCL C 1.2; a piece behind
 * header80.cl and sha256.cl. Facts: README.md here. The first Skein block is the host's; the nonce is
 * the upper half of word 1 of the second, all zeros follow. */
#ifndef KERN_SKEIN_LAYOUT_H
#include "skein_layout.h"
#endif

#define MIX(a, b, bits)                                                                            \
    a += b;                                                                                        \
    b = rotate(b, (WORD64)bits##UL) ^ a;

/* Skein 1.3, table 4; the permutation between rounds is in the choice of words. */
#define EVEN_ROUNDS \
    MIX(u0, u1, 46) MIX(u2, u3, 36) MIX(u4, u5, 19) MIX(u6, u7, 37) \
    MIX(u2, u1, 33) MIX(u4, u7, 27) MIX(u6, u5, 14) MIX(u0, u3, 42) \
    MIX(u4, u1, 17) MIX(u6, u3, 49) MIX(u0, u5, 36) MIX(u2, u7, 39) \
    MIX(u6, u1, 44) MIX(u0, u7, 9) MIX(u2, u5, 54) MIX(u4, u3, 56)
#define ODD_ROUNDS \
    MIX(u0, u1, 39) MIX(u2, u3, 30) MIX(u4, u5, 34) MIX(u6, u7, 24) \
    MIX(u2, u1, 13) MIX(u4, u7, 50) MIX(u6, u5, 10) MIX(u0, u3, 17) \
    MIX(u4, u1, 25) MIX(u6, u3, 29) MIX(u0, u5, 39) MIX(u2, u7, 43) \
    MIX(u6, u1, 8) MIX(u0, u7, 35) MIX(u2, u5, 56) MIX(u4, u3, 22)

/* Subkey n: key words from k(n mod 9) on, tweak words tx and ty. */
#define INJECT(ka, kb, kc, kd, ke, kf, kg, kh, tx, ty, n)                                          \
    u0 += ka;                                                                                      \
    u1 += kb;                                                                                      \
    u2 += kc;                                                                                      \
    u3 += kd;                                                                                      \
    u4 += ke;                                                                                      \
    u5 += kf + tx;                                                                                 \
    u6 += kg + ty;                                                                                 \
    u7 += kh + n##UL;

/* Threefish-512 of u0..u7 with key k0..k8 and tweak t0..t2. */
#define THREEFISH \
    INJECT(k0, k1, k2, k3, k4, k5, k6, k7, t0, t1, 0) EVEN_ROUNDS \
    INJECT(k1, k2, k3, k4, k5, k6, k7, k8, t1, t2, 1) ODD_ROUNDS \
    INJECT(k2, k3, k4, k5, k6, k7, k8, k0, t2, t0, 2) EVEN_ROUNDS \
    INJECT(k3, k4, k5, k6, k7, k8, k0, k1, t0, t1, 3) ODD_ROUNDS \
    INJECT(k4, k5, k6, k7, k8, k0, k1, k2, t1, t2, 4) EVEN_ROUNDS \
    INJECT(k5, k6, k7, k8, k0, k1, k2, k3, t2, t0, 5) ODD_ROUNDS \
    INJECT(k6, k7, k8, k0, k1, k2, k3, k4, t0, t1, 6) EVEN_ROUNDS \
    INJECT(k7, k8, k0, k1, k2, k3, k4, k5, t1, t2, 7) ODD_ROUNDS \
    INJECT(k8, k0, k1, k2, k3, k4, k5, k6, t2, t0, 8) EVEN_ROUNDS \
    INJECT(k0, k1, k2, k3, k4, k5, k6, k7, t0, t1, 9) ODD_ROUNDS \
    INJECT(k1, k2, k3, k4, k5, k6, k7, k8, t1, t2, 10) EVEN_ROUNDS \
    INJECT(k2, k3, k4, k5, k6, k7, k8, k0, t2, t0, 11) ODD_ROUNDS \
    INJECT(k3, k4, k5, k6, k7, k8, k0, k1, t0, t1, 12) EVEN_ROUNDS \
    INJECT(k4, k5, k6, k7, k8, k0, k1, k2, t1, t2, 13) ODD_ROUNDS \
    INJECT(k5, k6, k7, k8, k0, k1, k2, k3, t2, t0, 14) EVEN_ROUNDS \
    INJECT(k6, k7, k8, k0, k1, k2, k3, k4, t0, t1, 15) ODD_ROUNDS \
    INJECT(k7, k8, k0, k1, k2, k3, k4, k5, t1, t2, 16) EVEN_ROUNDS \
    INJECT(k8, k0, k1, k2, k3, k4, k5, k6, t2, t0, 17) ODD_ROUNDS \
    INJECT(k0, k1, k2, k3, k4, k5, k6, k7, t0, t1, 18)

#define JOB_64(at) ((ulong)job[at] | (ulong)job[(at) + 1] << 32)
#define BIG_WORD(x) SWAP(TO_WORD(x))

void hash(__constant const uint *job, WORD nonce, WORD n[8])
{
    WORD64 u0 = (WORD64)JOB_64(JOB_HEADER + 16);
    WORD64 u1 = (TO_WORD64(nonce) << 32UL) | (WORD64)job[JOB_HEADER + 18];
    WORD64 u2 = 0UL, u3 = 0UL, u4 = 0UL, u5 = 0UL, u6 = 0UL, u7 = 0UL;
    WORD64 k0 = JOB_64(JOB_CHAIN), k1 = JOB_64(JOB_CHAIN + 2), k2 = JOB_64(JOB_CHAIN + 4);
    WORD64 k3 = JOB_64(JOB_CHAIN + 6), k4 = JOB_64(JOB_CHAIN + 8), k5 = JOB_64(JOB_CHAIN + 10);
    WORD64 k6 = JOB_64(JOB_CHAIN + 12), k7 = JOB_64(JOB_CHAIN + 14), k8 = JOB_64(JOB_PARITY);
    ulong t0 = 80UL;
    ulong t1 = (1UL << 63) | (48UL << 56); /* last block of a message */
    ulong t2 = t0 ^ t1;
    const WORD64 text0 = u0, text1 = u1;
    THREEFISH
    k0 = u0 ^ text0;
    k1 = u1 ^ text1;
    k2 = u2;
    k3 = u3;
    k4 = u4;
    k5 = u5;
    k6 = u6;
    k7 = u7;
    k8 = k0 ^ k1 ^ k2 ^ k3 ^ k4 ^ k5 ^ k6 ^ k7 ^ 0x1bd11bdaa9fc1a22UL;
    t0 = 8UL;
    t1 = (3UL << 62) | (63UL << 56); /* the only block of the output */
    t2 = t0 ^ t1;
    u0 = 0UL;
    u1 = 0UL;
    u2 = 0UL;
    u3 = 0UL;
    u4 = 0UL;
    u5 = 0UL;
    u6 = 0UL;
    u7 = 0UL;
    THREEFISH

    WORD w0 = BIG_WORD(u0), w1 = BIG_WORD(u0 >> 32UL), w2 = BIG_WORD(u1);
    WORD w3 = BIG_WORD(u1 >> 32UL), w4 = BIG_WORD(u2), w5 = BIG_WORD(u2 >> 32UL);
    WORD w6 = BIG_WORD(u3), w7 = BIG_WORD(u3 >> 32UL), w8 = BIG_WORD(u4);
    WORD w9 = BIG_WORD(u4 >> 32UL), w10 = BIG_WORD(u5), w11 = BIG_WORD(u5 >> 32UL);
    WORD w12 = BIG_WORD(u6), w13 = BIG_WORD(u6 >> 32UL), w14 = BIG_WORD(u7);
    WORD w15 = BIG_WORD(u7 >> 32UL);
    WORD v0, v1, v2, v3, v4, v5, v6, v7;
    SHA256_START
    SHA256_ROUNDS
    const WORD s0 = v0 + SHA256_IV0, s1 = v1 + SHA256_IV1, s2 = v2 + SHA256_IV2;
    const WORD s3 = v3 + SHA256_IV3, s4 = v4 + SHA256_IV4, s5 = v5 + SHA256_IV5;
    const WORD s6 = v6 + SHA256_IV6, s7 = v7 + SHA256_IV7;
    v0 = s0;
    v1 = s1;
    v2 = s2;
    v3 = s3;
    v4 = s4;
    v5 = s5;
    v6 = s6;
    v7 = s7;
    w0 = 0x80000000U;
    w1 = 0U;
    w2 = 0U;
    w3 = 0U;
    w4 = 0U;
    w5 = 0U;
    w6 = 0U;
    w7 = 0U;
    w8 = 0U;
    w9 = 0U;
    w10 = 0U;
    w11 = 0U;
    w12 = 0U;
    w13 = 0U;
    w14 = 0U;
    w15 = 512U;
    SHA256_ROUNDS
    SHA256_NUMBER(n, s)
}

HEADER80_KERNEL(skein_search)
