/* blake2b_streams.h: BLAKE2b-256 of long messages in vectors: VEC_WAYS / 2 lanes of 64 bits hash as
 * many messages side by side, whose blocks are mostly the same for all. Written once for every
 * width of 4 ways and more, for bodies to include after one vec_<isa>.h and after a definition of
 *   BLAKE2B_STREAMS  1 or 2: this many groups of lanes are compressed, by turns of half a quarter
 *                    round. 2 where two states fit into the registers: one then works while the
 *                    other waits for its results.
 *   BLAKE2B_ROLLED   1, for widths with operations in place (vec_in_place.h): common blocks lie in
 * memory in the order of each round, twelve times as large, and rounds are a loop, whose code the
 * processor keeps decoded. 0 where a common word is a whole vector. For single blocks with many
 * words of zero: blake2b_body.h.
 *
 * Definition: RFC 7693, 3.1 and 3.2. */
#ifndef PRIM_BLAKE2B_STREAMS_H
#define PRIM_BLAKE2B_STREAMS_H

#include <stdbool.h>
#include <string.h>

#include "base/blake2b.h"
#include "prim/blake2b_rounds.h"
#include "vec/vec_in_place.h"

#ifndef BLAKE2B_ROLLED
#define BLAKE2B_ROLLED 0
#endif

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

/* Half of four quarter rounds side by side. v: one stream's state; ADD(a, w) adds message word w to
 * a, w0 .. w3. The word is added first: b comes last of all. */
#define BLAKE2B_HALF(v, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3, ADD, w0, w1, w2, w3,       \
                     d_bits, b_bits)                                                               \
    do {                                                                                           \
        ADD((v)[0], w0);                                                                           \
        ADD((v)[1], w1);                                                                           \
        ADD((v)[2], w2);                                                                           \
        ADD((v)[3], w3);                                                                           \
        BLAKE2B_4(VEC_ADD64_TO, v, 0, 1, 2, 3, b0, b1, b2, b3);                                    \
        BLAKE2B_4(VEC_XOR_TO, v, d0, d1, d2, d3, 0, 1, 2, 3);                                      \
        BLAKE2B_TURN_4(v, d0, d1, d2, d3, d_bits);                                                 \
        BLAKE2B_4(VEC_ADD64_TO, v, c0, c1, c2, c3, d0, d1, d2, d3);                                \
        BLAKE2B_4(VEC_XOR_TO, v, b0, b1, b2, b3, c0, c1, c2, c3);                                  \
        BLAKE2B_TURN_4(v, b0, b1, b2, b3, b_bits);                                                 \
    } while (0)
#define BLAKE2B_4(OPERATION, v, x0, x1, x2, x3, y0, y1, y2, y3)                                    \
    OPERATION((v)[x0], (v)[y0]);                                                                   \
    OPERATION((v)[x1], (v)[y1]);                                                                   \
    OPERATION((v)[x2], (v)[y2]);                                                                   \
    OPERATION((v)[x3], (v)[y3])
#define BLAKE2B_TURN_4(v, x0, x1, x2, x3, bits)                                                    \
    VEC_ROR64_TO((v)[x0], bits);                                                                   \
    VEC_ROR64_TO((v)[x1], bits);                                                                   \
    VEC_ROR64_TO((v)[x2], bits);                                                                   \
    VEC_ROR64_TO((v)[x3], bits)

/* The same of every stream. ADD_0 and ADD_1 add words of the two. FORGET is executed before each
 * stream: words that streams have in common are then operands twice instead of a register once. */
#define BLAKE2B_HALVES(v, columns, ADD_0, ADD_1, FORGET, s0, s1, s2, s3, d_bits, b_bits)           \
    do {                                                                                           \
        FORGET;                                                                                    \
        columns((v)[0], ADD_0, s0, s1, s2, s3, d_bits, b_bits);                                    \
        if (BLAKE2B_STREAMS > 1) {                                                                 \
            FORGET;                                                                                \
            columns((v)[BLAKE2B_STREAMS - 1], ADD_1, s0, s1, s2, s3, d_bits, b_bits);              \
        }                                                                                          \
    } while (0)

#define BLAKE2B_COLUMNS(v, ADD, w0, w1, w2, w3, d_bits, b_bits)                                    \
    BLAKE2B_HALF(v, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, ADD, w0, w1, w2, w3, d_bits, b_bits)
#define BLAKE2B_DIAGONALS(v, ADD, w0, w1, w2, w3, d_bits, b_bits)                                  \
    BLAKE2B_HALF(v, 5, 6, 7, 4, 10, 11, 8, 9, 15, 12, 13, 14, ADD, w0, w1, w2, w3, d_bits, b_bits)

#define BLAKE2B_ROUND(v, ADD_0, ADD_1, FORGET, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11,   \
                      s12, s13, s14, s15)                                                          \
    do {                                                                                           \
        BLAKE2B_HALVES(v, BLAKE2B_COLUMNS, ADD_0, ADD_1, FORGET, s0, s2, s4, s6, 32, 24);          \
        BLAKE2B_HALVES(v, BLAKE2B_COLUMNS, ADD_0, ADD_1, FORGET, s1, s3, s5, s7, 16, 63);          \
        BLAKE2B_HALVES(v, BLAKE2B_DIAGONALS, ADD_0, ADD_1, FORGET, s8, s10, s12, s14, 32, 24);     \
        BLAKE2B_HALVES(v, BLAKE2B_DIAGONALS, ADD_0, ADD_1, FORGET, s9, s11, s13, s15, 16, 63);     \
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

/* Words of a common block in memory. */
enum { BLAKE2B_COMMON_WORDS = BLAKE2B_ROLLED ? 16 * PRIM_BLAKE2B_ROUND_COUNT : 16 };

/** Put a common block into memory, once for many compressions. */
static void blake2b_put_common(vec_word64 m[BLAKE2B_COMMON_WORDS], const uint64_t words[16])
{
#if BLAKE2B_ROLLED
#define BLAKE2B_ORDER(...) {__VA_ARGS__},
    static const uint8_t order[][16] = {PRIM_BLAKE2B_ROUNDS(BLAKE2B_ORDER)};
#undef BLAKE2B_ORDER
#else
    static const uint8_t order[1][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};
#endif
    for (size_t i = 0; i < BLAKE2B_COMMON_WORDS; i++) {
        vec_word64_put(&m[i], words[order[i / 16][i % 16]]);
    }
}

/** Compress one block whose words are the same in all lanes of all streams.
 * In: m        blake2b_put_common()'s.
 *     iv       base_blake2b_iv, put into memory once.
 *     counter  bytes of the message up to and with this block.
 *     last     no block follows. */
static __attribute__((noinline)) void blake2b_compress_common(struct blake2b_chain *chain,
                                                              const vec_word64 *m,
                                                              const vec_word64 iv[8],
                                                              uint64_t counter, bool last)
{
    vec v[BLAKE2B_STREAMS][16];
    for (unsigned k = 0; k < BLAKE2B_STREAMS; k++) {
        blake2b_enter(v[k], chain->h[k], iv, counter, last);
    }
#define BLAKE2B_ADD(a, i) VEC_ADD_WORD64_TO(a, m[i])
#if BLAKE2B_ROLLED
    for (unsigned round = 0; round < PRIM_BLAKE2B_ROUND_COUNT; round++) {
        BLAKE2B_ROUND(v, BLAKE2B_ADD, BLAKE2B_ADD, (void)0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
                      12, 13, 14, 15);
        m += 16;
    }
#else
#define BLAKE2B_NEXT(...) BLAKE2B_ROUND(v, BLAKE2B_ADD, BLAKE2B_ADD, VEC_OPAQUE(m), __VA_ARGS__);
    PRIM_BLAKE2B_ROUNDS(BLAKE2B_NEXT)
#undef BLAKE2B_NEXT
#endif
#undef BLAKE2B_ADD
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
#define BLAKE2B_ADD_0(a, i) VEC_ADD_STORED64_TO(a, block->w[0][i])
#define BLAKE2B_ADD_1(a, i) VEC_ADD_STORED64_TO(a, block->w[BLAKE2B_STREAMS - 1][i])
#define BLAKE2B_NEXT(...)                                                                          \
    BLAKE2B_ROUND(v, BLAKE2B_ADD_0, BLAKE2B_ADD_1, VEC_OPAQUE(block), __VA_ARGS__);
    PRIM_BLAKE2B_ROUNDS(BLAKE2B_NEXT)
#undef BLAKE2B_NEXT
#undef BLAKE2B_ADD_1
#undef BLAKE2B_ADD_0
    for (unsigned k = 0; k < BLAKE2B_STREAMS; k++) {
        blake2b_leave(chain->h[k], v[k]);
    }
}

#endif
