/* blake2b_streams.h: BLAKE2b-256 of long messages in vectors: VEC_WAYS / 2 lanes of 64 bits hash as
 * many messages side by side, whose blocks are mostly the same for all. Written once for every
 * width of 4 ways and more, for bodies to include after one vec_<isa>.h and after a definition of
 *   BLAKE2B_STREAMS  1 or 2: this many groups of lanes are compressed, by turns of half a quarter
 *                    round. 2 where two states fit into the registers: one then works while the
 *                    other waits for its results.
 * For single blocks with many words of zero: blake2b_body.h.
 *
 * Definition: RFC 7693, 3.1 and 3.2. */
#ifndef PRIM_BLAKE2B_STREAMS_H
#define PRIM_BLAKE2B_STREAMS_H

#include <stdbool.h>
#include <string.h>

#include "base/blake2b.h"
#include "prim/blake2b_rounds.h"

/* RFC 7693, 2.5: exclusive-or'ed into the first word: 32 bytes of output, no key, fan-out and depth
 * of 1. */
#define BLAKE2B_PARAMETERS_256 0x01010020ULL

enum { BLAKE2B_LANES = VEC_WAYS / 2 };

/* Vector operations of one compression of one stream, for counts in rows: two additions of words,
 * four others, four exclusive-ors and four rotations in each of 12 * 8 quarter rounds, which makes
 * the sums and the final exclusive-or of three; loads: message words where they are common, and the
 * upper half of the state. */
#define BLAKE2B_MIXES (8 * PRIM_BLAKE2B_ROUND_COUNT)
#define BLAKE2B_ADDS (6 * BLAKE2B_MIXES)
#define BLAKE2B_LOGIC (4 * BLAKE2B_MIXES)
#define BLAKE2B_ROTATE_BYTES (3 * BLAKE2B_MIXES)
#define BLAKE2B_ROTATE_64 BLAKE2B_MIXES
#define BLAKE2B_XOR3 8
#define BLAKE2B_STATE_LOADS 6
#define BLAKE2B_WORD_LOADS (2 * BLAKE2B_MIXES)

#define BLAKE2B_ROR63(v) VEC_ROL64(v, 1)

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
        BLAKE2B_HALVES(v, BLAKE2B_COLUMNS, WORD, FORGET, s0, s2, s4, s6, vec_ror64_32,             \
                       vec_ror64_24);                                                              \
        BLAKE2B_HALVES(v, BLAKE2B_COLUMNS, WORD, FORGET, s1, s3, s5, s7, vec_ror64_16,             \
                       BLAKE2B_ROR63);                                                             \
        BLAKE2B_HALVES(v, BLAKE2B_DIAGONALS, WORD, FORGET, s8, s10, s12, s14, vec_ror64_32,        \
                       vec_ror64_24);                                                              \
        BLAKE2B_HALVES(v, BLAKE2B_DIAGONALS, WORD, FORGET, s9, s11, s13, s15, vec_ror64_16,        \
                       BLAKE2B_ROR63);                                                             \
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
            uint64_t parameters = i == 0 ? BLAKE2B_PARAMETERS_256 : 0;
            chain->h[k][i] = vec_set64(base_blake2b_iv[i] ^ parameters);
        }
    }
}

VEC_INLINE void blake2b_enter(vec v[16], const vec h[8], const vec_word64 iv[8], uint64_t counter,
                              bool last)
{
    for (unsigned i = 0; i < 8; i++) {
        v[i] = h[i];
        v[8 + i] = i == 4   ? vec_set64(base_blake2b_iv[i] ^ counter)
                   : i == 6 ? vec_set64(last ? ~base_blake2b_iv[i] : base_blake2b_iv[i])
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
 *     iv       base_blake2b_iv, put into memory once.
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
#define BLAKE2B_NEXT(...) BLAKE2B_ROUND(v, BLAKE2B_WORD, VEC_OPAQUE(m), __VA_ARGS__);
    PRIM_BLAKE2B_ROUNDS(BLAKE2B_NEXT)
#undef BLAKE2B_NEXT
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
#define BLAKE2B_NEXT(...) BLAKE2B_ROUND(v, BLAKE2B_WORD, VEC_OPAQUE(block), __VA_ARGS__);
    PRIM_BLAKE2B_ROUNDS(BLAKE2B_NEXT)
#undef BLAKE2B_NEXT
#undef BLAKE2B_WORD
    for (unsigned k = 0; k < BLAKE2B_STREAMS; k++) {
        blake2b_leave(chain->h[k], v[k]);
    }
}

#endif
