/* blake2b.cl: the compression function of BLAKE2b in plain 64-bit words, OpenCL C 1.2. The state is
 * v0..v15, the message m0..m15, all variables of the function that uses these macros: arrays with
 * computed indices would lie in memory. A message word that is the constant 0 costs nothing.
 * Source: RFC 7693, 3.1 and 3.2. */
#define BLAKE2B_IV0 0x6a09e667f3bcc908UL
#define BLAKE2B_IV1 0xbb67ae8584caa73bUL
#define BLAKE2B_IV2 0x3c6ef372fe94f82bUL
#define BLAKE2B_IV3 0xa54ff53a5f1d36f1UL
#define BLAKE2B_IV4 0x510e527fade682d1UL
#define BLAKE2B_IV5 0x9b05688c2b3e6c1fUL
#define BLAKE2B_IV6 0x1f83d9abfb41bd6bUL
#define BLAKE2B_IV7 0x5be0cd19137e2179UL

/* v8..v15 before the rounds; v0..v7 are the chaining value. byte_count: message bytes up to and
 * with this block. last: all ones for the last block, else 0. */
#define BLAKE2B_START(byte_count, last)                                                            \
    v8 = BLAKE2B_IV0;                                                                              \
    v9 = BLAKE2B_IV1;                                                                              \
    v10 = BLAKE2B_IV2;                                                                             \
    v11 = BLAKE2B_IV3;                                                                             \
    v12 = BLAKE2B_IV4 ^ (byte_count);                                                              \
    v13 = BLAKE2B_IV5;                                                                             \
    v14 = BLAKE2B_IV6 ^ (last);                                                                    \
    v15 = BLAKE2B_IV7;

#define BLAKE2B_MIX(a, b, c, d, x, y)                                                              \
    a = a + b + x;                                                                                 \
    d = rotate(d ^ a, 32UL);                                                                       \
    c += d;                                                                                        \
    b = rotate(b ^ c, 40UL);                                                                       \
    a = a + b + y;                                                                                 \
    d = rotate(d ^ a, 48UL);                                                                       \
    c += d;                                                                                        \
    b = rotate(b ^ c, 1UL);

#define BLAKE2B_ROUND(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)                              \
    BLAKE2B_MIX(v0, v4, v8, v12, a, b)                                                             \
    BLAKE2B_MIX(v1, v5, v9, v13, c, d)                                                             \
    BLAKE2B_MIX(v2, v6, v10, v14, e, f)                                                            \
    BLAKE2B_MIX(v3, v7, v11, v15, g, h)                                                            \
    BLAKE2B_MIX(v0, v5, v10, v15, i, j)                                                            \
    BLAKE2B_MIX(v1, v6, v11, v12, k, l)                                                            \
    BLAKE2B_MIX(v2, v7, v8, v13, m, n)                                                             \
    BLAKE2B_MIX(v3, v4, v9, v14, o, p)

/* The order of message words in rounds 0 and 1, 10 and 11 is the same. */
#define BLAKE2B_ROUND_0                                                                            \
    BLAKE2B_ROUND(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15)
#define BLAKE2B_ROUND_1                                                                            \
    BLAKE2B_ROUND(m14, m10, m4, m8, m9, m15, m13, m6, m1, m12, m0, m2, m11, m7, m5, m3)

/* All rounds; the exclusive-or of v0..v7, v8..v15 and the chaining value is the caller's. */
#define BLAKE2B_ROUNDS                                                                             \
    BLAKE2B_ROUND_0                                                                                \
    BLAKE2B_ROUND_1                                                                                \
    BLAKE2B_ROUND(m11, m8, m12, m0, m5, m2, m15, m13, m10, m14, m3, m6, m7, m1, m9, m4)            \
    BLAKE2B_ROUND(m7, m9, m3, m1, m13, m12, m11, m14, m2, m6, m5, m10, m4, m0, m15, m8)            \
    BLAKE2B_ROUND(m9, m0, m5, m7, m2, m4, m10, m15, m14, m1, m11, m12, m6, m8, m3, m13)            \
    BLAKE2B_ROUND(m2, m12, m6, m10, m0, m11, m8, m3, m4, m13, m7, m5, m15, m14, m1, m9)            \
    BLAKE2B_ROUND(m12, m5, m1, m15, m14, m13, m4, m10, m0, m7, m6, m3, m9, m2, m8, m11)            \
    BLAKE2B_ROUND(m13, m11, m7, m14, m12, m1, m3, m9, m5, m0, m15, m4, m8, m6, m2, m10)            \
    BLAKE2B_ROUND(m6, m15, m14, m9, m11, m3, m0, m8, m12, m2, m13, m7, m1, m4, m10, m5)            \
    BLAKE2B_ROUND(m10, m2, m8, m4, m7, m6, m1, m5, m15, m11, m9, m14, m3, m12, m13, m0)            \
    BLAKE2B_ROUND_0                                                                                \
    BLAKE2B_ROUND_1
