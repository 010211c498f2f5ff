/* sha256.cl: SHA-256 in vectors of nonces, OpenCL C 1.2; a piece behind header80.cl. The state is
 * v0..v7, the message ring w0..w15, all variables of the function that uses these macros: arrays with
 * computed indices would lie in memory. Round t finds the word called a in v((-t) mod 8). Source: FIPS
 * 180-4, 6.2. */
#define SHA256_SUM0(x)                                                                             \
    (rotate((x), (WORD)30U) ^ rotate((x), (WORD)19U) ^ rotate((x), (WORD)10U))
#define SHA256_SUM1(x)                                                                             \
    (rotate((x), (WORD)26U) ^ rotate((x), (WORD)21U) ^ rotate((x), (WORD)7U))
#define SHA256_SMALL0(x) (rotate((x), (WORD)25U) ^ rotate((x), (WORD)14U) ^ ((x) >> 3U))
#define SHA256_SMALL1(x) (rotate((x), (WORD)15U) ^ rotate((x), (WORD)13U) ^ ((x) >> 10U))
#define SHA256_NEXT(w, w1, w9, w14) w += SHA256_SMALL0(w1) + w9 + SHA256_SMALL1(w14);
#define SHA256_ROUND(a, b, c, d, e, f, g, h, k, w)                                                 \
    h += SHA256_SUM1(e) + bitselect(g, f, e) + ((w) + (k));                                        \
    d += h;                                                                                        \
    h += SHA256_SUM0(a) + bitselect(a, c, a ^ b);

#define SHA256_ROUNDS_0_TO_2 \
    SHA256_ROUND(v0, v1, v2, v3, v4, v5, v6, v7, 0x428a2f98U, w0) \
    SHA256_ROUND(v7, v0, v1, v2, v3, v4, v5, v6, 0x71374491U, w1) \
    SHA256_ROUND(v6, v7, v0, v1, v2, v3, v4, v5, 0xb5c0fbcfU, w2)

#define SHA256_ROUNDS_3_TO_15 \
    SHA256_ROUND(v5, v6, v7, v0, v1, v2, v3, v4, 0xe9b5dba5U, w3) \
    SHA256_ROUND(v4, v5, v6, v7, v0, v1, v2, v3, 0x3956c25bU, w4) \
    SHA256_ROUND(v3, v4, v5, v6, v7, v0, v1, v2, 0x59f111f1U, w5) \
    SHA256_ROUND(v2, v3, v4, v5, v6, v7, v0, v1, 0x923f82a4U, w6) \
    SHA256_ROUND(v1, v2, v3, v4, v5, v6, v7, v0, 0xab1c5ed5U, w7) \
    SHA256_ROUND(v0, v1, v2, v3, v4, v5, v6, v7, 0xd807aa98U, w8) \
    SHA256_ROUND(v7, v0, v1, v2, v3, v4, v5, v6, 0x12835b01U, w9) \
    SHA256_ROUND(v6, v7, v0, v1, v2, v3, v4, v5, 0x243185beU, w10) \
    SHA256_ROUND(v5, v6, v7, v0, v1, v2, v3, v4, 0x550c7dc3U, w11) \
    SHA256_ROUND(v4, v5, v6, v7, v0, v1, v2, v3, 0x72be5d74U, w12) \
    SHA256_ROUND(v3, v4, v5, v6, v7, v0, v1, v2, 0x80deb1feU, w13) \
    SHA256_ROUND(v2, v3, v4, v5, v6, v7, v0, v1, 0x9bdc06a7U, w14) \
    SHA256_ROUND(v1, v2, v3, v4, v5, v6, v7, v0, 0xc19bf174U, w15)

#define SHA256_ROUNDS_16_TO_63 \
    SHA256_NEXT(w0, w1, w9, w14) SHA256_ROUND(v0, v1, v2, v3, v4, v5, v6, v7, 0xe49b69c1U, w0) \
    SHA256_NEXT(w1, w2, w10, w15) SHA256_ROUND(v7, v0, v1, v2, v3, v4, v5, v6, 0xefbe4786U, w1) \
    SHA256_NEXT(w2, w3, w11, w0) SHA256_ROUND(v6, v7, v0, v1, v2, v3, v4, v5, 0x0fc19dc6U, w2) \
    SHA256_NEXT(w3, w4, w12, w1) SHA256_ROUND(v5, v6, v7, v0, v1, v2, v3, v4, 0x240ca1ccU, w3) \
    SHA256_NEXT(w4, w5, w13, w2) SHA256_ROUND(v4, v5, v6, v7, v0, v1, v2, v3, 0x2de92c6fU, w4) \
    SHA256_NEXT(w5, w6, w14, w3) SHA256_ROUND(v3, v4, v5, v6, v7, v0, v1, v2, 0x4a7484aaU, w5) \
    SHA256_NEXT(w6, w7, w15, w4) SHA256_ROUND(v2, v3, v4, v5, v6, v7, v0, v1, 0x5cb0a9dcU, w6) \
    SHA256_NEXT(w7, w8, w0, w5) SHA256_ROUND(v1, v2, v3, v4, v5, v6, v7, v0, 0x76f988daU, w7) \
    SHA256_NEXT(w8, w9, w1, w6) SHA256_ROUND(v0, v1, v2, v3, v4, v5, v6, v7, 0x983e5152U, w8) \
    SHA256_NEXT(w9, w10, w2, w7) SHA256_ROUND(v7, v0, v1, v2, v3, v4, v5, v6, 0xa831c66dU, w9) \
    SHA256_NEXT(w10, w11, w3, w8) SHA256_ROUND(v6, v7, v0, v1, v2, v3, v4, v5, 0xb00327c8U, w10) \
    SHA256_NEXT(w11, w12, w4, w9) SHA256_ROUND(v5, v6, v7, v0, v1, v2, v3, v4, 0xbf597fc7U, w11) \
    SHA256_NEXT(w12, w13, w5, w10) SHA256_ROUND(v4, v5, v6, v7, v0, v1, v2, v3, 0xc6e00bf3U, w12) \
    SHA256_NEXT(w13, w14, w6, w11) SHA256_ROUND(v3, v4, v5, v6, v7, v0, v1, v2, 0xd5a79147U, w13) \
    SHA256_NEXT(w14, w15, w7, w12) SHA256_ROUND(v2, v3, v4, v5, v6, v7, v0, v1, 0x06ca6351U, w14) \
    SHA256_NEXT(w15, w0, w8, w13) SHA256_ROUND(v1, v2, v3, v4, v5, v6, v7, v0, 0x14292967U, w15) \
    SHA256_NEXT(w0, w1, w9, w14) SHA256_ROUND(v0, v1, v2, v3, v4, v5, v6, v7, 0x27b70a85U, w0) \
    SHA256_NEXT(w1, w2, w10, w15) SHA256_ROUND(v7, v0, v1, v2, v3, v4, v5, v6, 0x2e1b2138U, w1) \
    SHA256_NEXT(w2, w3, w11, w0) SHA256_ROUND(v6, v7, v0, v1, v2, v3, v4, v5, 0x4d2c6dfcU, w2) \
    SHA256_NEXT(w3, w4, w12, w1) SHA256_ROUND(v5, v6, v7, v0, v1, v2, v3, v4, 0x53380d13U, w3) \
    SHA256_NEXT(w4, w5, w13, w2) SHA256_ROUND(v4, v5, v6, v7, v0, v1, v2, v3, 0x650a7354U, w4) \
    SHA256_NEXT(w5, w6, w14, w3) SHA256_ROUND(v3, v4, v5, v6, v7, v0, v1, v2, 0x766a0abbU, w5) \
    SHA256_NEXT(w6, w7, w15, w4) SHA256_ROUND(v2, v3, v4, v5, v6, v7, v0, v1, 0x81c2c92eU, w6) \
    SHA256_NEXT(w7, w8, w0, w5) SHA256_ROUND(v1, v2, v3, v4, v5, v6, v7, v0, 0x92722c85U, w7) \
    SHA256_NEXT(w8, w9, w1, w6) SHA256_ROUND(v0, v1, v2, v3, v4, v5, v6, v7, 0xa2bfe8a1U, w8) \
    SHA256_NEXT(w9, w10, w2, w7) SHA256_ROUND(v7, v0, v1, v2, v3, v4, v5, v6, 0xa81a664bU, w9) \
    SHA256_NEXT(w10, w11, w3, w8) SHA256_ROUND(v6, v7, v0, v1, v2, v3, v4, v5, 0xc24b8b70U, w10) \
    SHA256_NEXT(w11, w12, w4, w9) SHA256_ROUND(v5, v6, v7, v0, v1, v2, v3, v4, 0xc76c51a3U, w11) \
    SHA256_NEXT(w12, w13, w5, w10) SHA256_ROUND(v4, v5, v6, v7, v0, v1, v2, v3, 0xd192e819U, w12) \
    SHA256_NEXT(w13, w14, w6, w11) SHA256_ROUND(v3, v4, v5, v6, v7, v0, v1, v2, 0xd6990624U, w13) \
    SHA256_NEXT(w14, w15, w7, w12) SHA256_ROUND(v2, v3, v4, v5, v6, v7, v0, v1, 0xf40e3585U, w14) \
    SHA256_NEXT(w15, w0, w8, w13) SHA256_ROUND(v1, v2, v3, v4, v5, v6, v7, v0, 0x106aa070U, w15) \
    SHA256_NEXT(w0, w1, w9, w14) SHA256_ROUND(v0, v1, v2, v3, v4, v5, v6, v7, 0x19a4c116U, w0) \
    SHA256_NEXT(w1, w2, w10, w15) SHA256_ROUND(v7, v0, v1, v2, v3, v4, v5, v6, 0x1e376c08U, w1) \
    SHA256_NEXT(w2, w3, w11, w0) SHA256_ROUND(v6, v7, v0, v1, v2, v3, v4, v5, 0x2748774cU, w2) \
    SHA256_NEXT(w3, w4, w12, w1) SHA256_ROUND(v5, v6, v7, v0, v1, v2, v3, v4, 0x34b0bcb5U, w3) \
    SHA256_NEXT(w4, w5, w13, w2) SHA256_ROUND(v4, v5, v6, v7, v0, v1, v2, v3, 0x391c0cb3U, w4) \
    SHA256_NEXT(w5, w6, w14, w3) SHA256_ROUND(v3, v4, v5, v6, v7, v0, v1, v2, 0x4ed8aa4aU, w5) \
    SHA256_NEXT(w6, w7, w15, w4) SHA256_ROUND(v2, v3, v4, v5, v6, v7, v0, v1, 0x5b9cca4fU, w6) \
    SHA256_NEXT(w7, w8, w0, w5) SHA256_ROUND(v1, v2, v3, v4, v5, v6, v7, v0, 0x682e6ff3U, w7) \
    SHA256_NEXT(w8, w9, w1, w6) SHA256_ROUND(v0, v1, v2, v3, v4, v5, v6, v7, 0x748f82eeU, w8) \
    SHA256_NEXT(w9, w10, w2, w7) SHA256_ROUND(v7, v0, v1, v2, v3, v4, v5, v6, 0x78a5636fU, w9) \
    SHA256_NEXT(w10, w11, w3, w8) SHA256_ROUND(v6, v7, v0, v1, v2, v3, v4, v5, 0x84c87814U, w10) \
    SHA256_NEXT(w11, w12, w4, w9) SHA256_ROUND(v5, v6, v7, v0, v1, v2, v3, v4, 0x8cc70208U, w11) \
    SHA256_NEXT(w12, w13, w5, w10) SHA256_ROUND(v4, v5, v6, v7, v0, v1, v2, v3, 0x90befffaU, w12) \
    SHA256_NEXT(w13, w14, w6, w11) SHA256_ROUND(v3, v4, v5, v6, v7, v0, v1, v2, 0xa4506cebU, w13) \
    SHA256_NEXT(w14, w15, w7, w12) SHA256_ROUND(v2, v3, v4, v5, v6, v7, v0, v1, 0xbef9a3f7U, w14) \
    SHA256_NEXT(w15, w0, w8, w13) SHA256_ROUND(v1, v2, v3, v4, v5, v6, v7, v0, 0xc67178f2U, w15)

/* Initial hash value. */
#define SHA256_IV0 0x6a09e667U
#define SHA256_IV1 0xbb67ae85U
#define SHA256_IV2 0x3c6ef372U
#define SHA256_IV3 0xa54ff53aU
#define SHA256_IV4 0x510e527fU
#define SHA256_IV5 0x9b05688cU
#define SHA256_IV6 0x1f83d9abU
#define SHA256_IV7 0x5be0cd19U
#define SHA256_START \
    v0 = SHA256_IV0; \
    v1 = SHA256_IV1; \
    v2 = SHA256_IV2; \
    v3 = SHA256_IV3; \
    v4 = SHA256_IV4; \
    v5 = SHA256_IV5; \
    v6 = SHA256_IV6; \
    v7 = SHA256_IV7;

/* All rounds of a block in w0..w15, which they use up; the addition to the state is the caller's. */
#define SHA256_ROUNDS SHA256_ROUNDS_0_TO_2 SHA256_ROUNDS_3_TO_15 SHA256_ROUNDS_16_TO_63

/* The same in a loop of four, where few hashes are made and the code should be short:
 * SHA256_SIXTEEN(k) are rounds 0..15 with constants k[0..15], SHA256_SIXTEEN_NEXT makes w0..w15 the
 * next 16 words of the schedule. SHA256_CONSTANTS is an initialiser for all 64. */
#define SHA256_CONSTANTS \
    0x428a2f98U, 0x71374491U, 0xb5c0fbcfU, 0xe9b5dba5U, 0x3956c25bU, 0x59f111f1U, 0x923f82a4U, 0xab1c5ed5U, \
    0xd807aa98U, 0x12835b01U, 0x243185beU, 0x550c7dc3U, 0x72be5d74U, 0x80deb1feU, 0x9bdc06a7U, 0xc19bf174U, \
    0xe49b69c1U, 0xefbe4786U, 0x0fc19dc6U, 0x240ca1ccU, 0x2de92c6fU, 0x4a7484aaU, 0x5cb0a9dcU, 0x76f988daU, \
    0x983e5152U, 0xa831c66dU, 0xb00327c8U, 0xbf597fc7U, 0xc6e00bf3U, 0xd5a79147U, 0x06ca6351U, 0x14292967U, \
    0x27b70a85U, 0x2e1b2138U, 0x4d2c6dfcU, 0x53380d13U, 0x650a7354U, 0x766a0abbU, 0x81c2c92eU, 0x92722c85U, \
    0xa2bfe8a1U, 0xa81a664bU, 0xc24b8b70U, 0xc76c51a3U, 0xd192e819U, 0xd6990624U, 0xf40e3585U, 0x106aa070U, \
    0x19a4c116U, 0x1e376c08U, 0x2748774cU, 0x34b0bcb5U, 0x391c0cb3U, 0x4ed8aa4aU, 0x5b9cca4fU, 0x682e6ff3U, \
    0x748f82eeU, 0x78a5636fU, 0x84c87814U, 0x8cc70208U, 0x90befffaU, 0xa4506cebU, 0xbef9a3f7U, 0xc67178f2U
#define SHA256_SIXTEEN(k) \
    SHA256_ROUND(v0, v1, v2, v3, v4, v5, v6, v7, (k)[0], w0) \
    SHA256_ROUND(v7, v0, v1, v2, v3, v4, v5, v6, (k)[1], w1) \
    SHA256_ROUND(v6, v7, v0, v1, v2, v3, v4, v5, (k)[2], w2) \
    SHA256_ROUND(v5, v6, v7, v0, v1, v2, v3, v4, (k)[3], w3) \
    SHA256_ROUND(v4, v5, v6, v7, v0, v1, v2, v3, (k)[4], w4) \
    SHA256_ROUND(v3, v4, v5, v6, v7, v0, v1, v2, (k)[5], w5) \
    SHA256_ROUND(v2, v3, v4, v5, v6, v7, v0, v1, (k)[6], w6) \
    SHA256_ROUND(v1, v2, v3, v4, v5, v6, v7, v0, (k)[7], w7) \
    SHA256_ROUND(v0, v1, v2, v3, v4, v5, v6, v7, (k)[8], w8) \
    SHA256_ROUND(v7, v0, v1, v2, v3, v4, v5, v6, (k)[9], w9) \
    SHA256_ROUND(v6, v7, v0, v1, v2, v3, v4, v5, (k)[10], w10) \
    SHA256_ROUND(v5, v6, v7, v0, v1, v2, v3, v4, (k)[11], w11) \
    SHA256_ROUND(v4, v5, v6, v7, v0, v1, v2, v3, (k)[12], w12) \
    SHA256_ROUND(v3, v4, v5, v6, v7, v0, v1, v2, (k)[13], w13) \
    SHA256_ROUND(v2, v3, v4, v5, v6, v7, v0, v1, (k)[14], w14) \
    SHA256_ROUND(v1, v2, v3, v4, v5, v6, v7, v0, (k)[15], w15)
#define SHA256_SIXTEEN_NEXT \
    SHA256_NEXT(w0, w1, w9, w14) SHA256_NEXT(w1, w2, w10, w15) \
    SHA256_NEXT(w2, w3, w11, w0) SHA256_NEXT(w3, w4, w12, w1) \
    SHA256_NEXT(w4, w5, w13, w2) SHA256_NEXT(w5, w6, w14, w3) \
    SHA256_NEXT(w6, w7, w15, w4) SHA256_NEXT(w7, w8, w0, w5) \
    SHA256_NEXT(w8, w9, w1, w6) SHA256_NEXT(w9, w10, w2, w7) \
    SHA256_NEXT(w10, w11, w3, w8) SHA256_NEXT(w11, w12, w4, w9) \
    SHA256_NEXT(w12, w13, w5, w10) SHA256_NEXT(w13, w14, w6, w11) \
    SHA256_NEXT(w14, w15, w7, w12) SHA256_NEXT(w15, w0, w8, w13)

/* The digest as a number, n[0] its most significant word: the state that the rounds left, added to the
 * one they began with, start##0 .. start##7. */
#define SHA256_NUMBER(n, start) \
    n[0] = SWAP(v7 + start##7); \
    n[1] = SWAP(v6 + start##6); \
    n[2] = SWAP(v5 + start##5); \
    n[3] = SWAP(v4 + start##4); \
    n[4] = SWAP(v3 + start##3); \
    n[5] = SWAP(v2 + start##2); \
    n[6] = SWAP(v1 + start##1); \
    n[7] = SWAP(v0 + start##0);
