/* blake2b_body.h: compressions of BLAKE2b in vectors: VEC_WAYS / 2 lanes of 64 bits hash as many
 * messages side by side. Written once for every width, for bodies to include after one vec_<isa>.h
 * and after definitions of
 *   BLAKE2B_STREAMS  1 or 2: this many groups of lanes are compressed, by turns of half a quarter
 *                    round. 2 where two states fit into the registers: one then works while the
 *                    other waits for its results.
 *   blake2b_ror32, blake2b_ror24, blake2b_ror16
 *                    rotations to the right of 64-bit lanes by whole bytes; counted as
 *                    VEC_OP_ROTATE_BYTES
 *   blake2b_ror63    the fourth rotation; counted as VEC_OP_ROTATE_64
 *
 * Definition: RFC 7693, 3.1 and 3.2. */
#ifndef KERN_AUTOLYKOS2_BLAKE2B_BODY_H
#define KERN_AUTOLYKOS2_BLAKE2B_BODY_H

#include <stdbool.h>
#include <string.h>

#include "autolykos2/blake2b.h"

enum { BLAKE2B_LANES = VEC_WAYS / 2 };

/* Vector operations of one compression of one stream, for counts in rows: two additions of words,
 * four others, four exclusive-ors and four rotations in each of 12 * 8 quarter rounds, which makes
 * the sums and the final exclusive-or of three; loads: message words where they are common, and the
 * upper half of the state. */
#define BLAKE2B_MIXES (8 * KERN_BLAKE2B_ROUNDS)
#define BLAKE2B_ADDS (6 * BLAKE2B_MIXES)
#define BLAKE2B_LOGIC (4 * BLAKE2B_MIXES)
#define BLAKE2B_ROTATE_BYTES (3 * BLAKE2B_MIXES)
#define BLAKE2B_ROTATE_64 BLAKE2B_MIXES
#define BLAKE2B_XOR3 8
#define BLAKE2B_STATE_LOADS 6
#define BLAKE2B_WORD_LOADS (2 * BLAKE2B_MIXES)

/* Half of four quarter rounds side by side. v: one stream's state; w0 .. w3: message words. The
 * word is added first: b comes last of all. */
#define BLAKE2B_HALF(v, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3, w0, w1, w2, w3, ror_d,     \
                     ror_b)                                                                        \
    do {                                                                                           \
        (v)[0] = vec_add64((v)[0], w0);                                                            \
        VEC_ORDERED((v)[0]);                                                                       \
        (v)[1] = vec_add64((v)[1], w1);                                                            \
        VEC_ORDERED((v)[1]);                                                                       \
        (v)[2] = vec_add64((v)[2], w2);                                                            \
        VEC_ORDERED((v)[2]);                                                                       \
        (v)[3] = vec_add64((v)[3], w3);                                                            \
        VEC_ORDERED((v)[3]);                                                                       \
        (v)[0] = vec_add64((v)[0], (v)[b0]);                                                       \
        (v)[1] = vec_add64((v)[1], (v)[b1]);                                                       \
        (v)[2] = vec_add64((v)[2], (v)[b2]);                                                       \
        (v)[3] = vec_add64((v)[3], (v)[b3]);                                                       \
        (v)[d0] = ror_d(vec_xor((v)[d0], (v)[0]));                                                 \
        (v)[d1] = ror_d(vec_xor((v)[d1], (v)[1]));                                                 \
        (v)[d2] = ror_d(vec_xor((v)[d2], (v)[2]));                                                 \
        (v)[d3] = ror_d(vec_xor((v)[d3], (v)[3]));                                                 \
        (v)[c0] = vec_add64((v)[c0], (v)[d0]);                                                     \
        (v)[c1] = vec_add64((v)[c1], (v)[d1]);                                                     \
        (v)[c2] = vec_add64((v)[c2], (v)[d2]);                                                     \
        (v)[c3] = vec_add64((v)[c3], (v)[d3]);                                                     \
        (v)[b0] = ror_b(vec_xor((v)[b0], (v)[c0]));                                                \
        (v)[b1] = ror_b(vec_xor((v)[b1], (v)[c1]));                                                \
        (v)[b2] = ror_b(vec_xor((v)[b2], (v)[c2]));                                                \
        (v)[b3] = ror_b(vec_xor((v)[b3], (v)[c3]));                                                \
    } while (0)

/* The same of every stream. WORD(k, i): message word i of stream k. FORGET is executed before each
 * stream: words that streams have in common are then operands twice instead of a register once. */
#define BLAKE2B_HALVES(v, columns, WORD, FORGET, s0, s1, s2, s3, ror_d, ror_b)                     \
    do {                                                                                           \
        FORGET;                                                                                    \
        columns((v)[0], WORD(0, s0), WORD(0, s1), WORD(0, s2), WORD(0, s3), ror_d, ror_b);         \
        if (BLAKE2B_STREAMS > 1) {                                                                 \
            FORGET;                                                                                \
            columns((v)[BLAKE2B_STREAMS - 1], WORD(BLAKE2B_STREAMS - 1, s0),                       \
                    WORD(BLAKE2B_STREAMS - 1, s1), WORD(BLAKE2B_STREAMS - 1, s2),                  \
                    WORD(BLAKE2B_STREAMS - 1, s3), ror_d, ror_b);                                  \
        }                                                                                          \
    } while (0)

#define BLAKE2B_COLUMNS(v, w0, w1, w2, w3, ror_d, ror_b)                                           \
    BLAKE2B_HALF(v, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, w0, w1, w2, w3, ror_d, ror_b)
#define BLAKE2B_DIAGONALS(v, w0, w1, w2, w3, ror_d, ror_b)                                         \
    BLAKE2B_HALF(v, 5, 6, 7, 4, 10, 11, 8, 9, 15, 12, 13, 14, w0, w1, w2, w3, ror_d, ror_b)

#define BLAKE2B_ROUND(v, WORD, FORGET, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, \
                      s14, s15)                                                                    \
    do {                                                                                           \
        BLAKE2B_HALVES(v, BLAKE2B_COLUMNS, WORD, FORGET, s0, s2, s4, s6, blake2b_ror32,            \
                       blake2b_ror24);                                                             \
        BLAKE2B_HALVES(v, BLAKE2B_COLUMNS, WORD, FORGET, s1, s3, s5, s7, blake2b_ror16,            \
                       blake2b_ror63);                                                             \
        BLAKE2B_HALVES(v, BLAKE2B_DIAGONALS, WORD, FORGET, s8, s10, s12, s14, blake2b_ror32,       \
                       blake2b_ror24);                                                             \
        BLAKE2B_HALVES(v, BLAKE2B_DIAGONALS, WORD, FORGET, s9, s11, s13, s15, blake2b_ror16,       \
                       blake2b_ror63);                                                             \
    } while (0)

/* RFC 7693, 2.7: SIGMA by rows, rounds 10 and 11 are rounds 0 and 1. */
#define BLAKE2B_ROUNDS(v, W, F)                                                                    \
    do {                                                                                           \
        BLAKE2B_ROUND(v, W, F, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);              \
        BLAKE2B_ROUND(v, W, F, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);              \
        BLAKE2B_ROUND(v, W, F, 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);              \
        BLAKE2B_ROUND(v, W, F, 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);              \
        BLAKE2B_ROUND(v, W, F, 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);              \
        BLAKE2B_ROUND(v, W, F, 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);              \
        BLAKE2B_ROUND(v, W, F, 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);              \
        BLAKE2B_ROUND(v, W, F, 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);              \
        BLAKE2B_ROUND(v, W, F, 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);              \
        BLAKE2B_ROUND(v, W, F, 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);              \
        BLAKE2B_ROUND(v, W, F, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);              \
        BLAKE2B_ROUND(v, W, F, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);              \
    } while (0)

/* Chaining values of all streams. */
struct blake2b_chain {
    vec h[BLAKE2B_STREAMS][8];
};

/* Message words that all lanes have in common lie as vec_word64, others as whole vectors. */
struct blake2b_block {
    vec w[BLAKE2B_STREAMS][16];
};

/** Chaining values before the first block. */
VEC_INLINE void blake2b_start(struct blake2b_chain *chain)
{
    for (unsigned k = 0; k < BLAKE2B_STREAMS; k++) {
        for (unsigned i = 0; i < 8; i++) {
            uint64_t parameters = i == 0 ? KERN_BLAKE2B_PARAMETERS : 0;
            chain->h[k][i] = vec_set64(kern_blake2b_iv[i] ^ parameters);
        }
    }
}

VEC_INLINE void blake2b_enter(vec v[16], const vec h[8], const vec_word64 iv[8], uint64_t counter,
                              bool last)
{
    for (unsigned i = 0; i < 8; i++) {
        v[i] = h[i];
        v[8 + i] = i == 4   ? vec_set64(kern_blake2b_iv[i] ^ counter)
                   : i == 6 ? vec_set64(last ? ~kern_blake2b_iv[i] : kern_blake2b_iv[i])
                            : vec_word64_get(&iv[i]);
    }
}

VEC_INLINE void blake2b_leave(vec h[8], const vec v[16])
{
    for (unsigned i = 0; i < 8; i++) {
        h[i] = vec_xor3(h[i], v[i], v[i + 8]);
    }
}

/** Compress one block whose words are the same in all lanes of all streams.
 * In: m        16 words.
 *     iv       kern_blake2b_iv, put into memory once.
 *     counter  bytes of the message up to and with this block.
 *     last     no block follows. */
static __attribute__((noinline)) void blake2b_compress_common(struct blake2b_chain *chain,
                                                              const vec_word64 m[16],
                                                              const vec_word64 iv[8],
                                                              uint64_t counter, bool last)
{
    vec v[BLAKE2B_STREAMS][16];
    for (unsigned k = 0; k < BLAKE2B_STREAMS; k++) {
        blake2b_enter(v[k], chain->h[k], iv, counter, last);
    }
#define BLAKE2B_WORD(k, i) vec_word64_get(&m[i])
    BLAKE2B_ROUNDS(v, BLAKE2B_WORD, VEC_OPAQUE(m));
#undef BLAKE2B_WORD
    for (unsigned k = 0; k < BLAKE2B_STREAMS; k++) {
        blake2b_leave(chain->h[k], v[k]);
    }
}

/** Compress one block of every lane's own. */
static __attribute__((noinline)) void blake2b_compress_own(struct blake2b_chain *chain,
                                                           const struct blake2b_block *block,
                                                           const vec_word64 iv[8], uint64_t counter,
                                                           bool last)
{
    vec v[BLAKE2B_STREAMS][16];
    for (unsigned k = 0; k < BLAKE2B_STREAMS; k++) {
        blake2b_enter(v[k], chain->h[k], iv, counter, last);
    }
#define BLAKE2B_WORD(k, i) block->w[k][i]
    BLAKE2B_ROUNDS(v, BLAKE2B_WORD, VEC_OPAQUE(block));
#undef BLAKE2B_WORD
    for (unsigned k = 0; k < BLAKE2B_STREAMS; k++) {
        blake2b_leave(chain->h[k], v[k]);
    }
}

#endif
