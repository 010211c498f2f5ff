/* alephium_rounds.h: the rounds of BLAKE3's compression over vectors, the same for every width and
 * every block. Part of alephium_body.h, which includes it once after the including file has chosen
 * a width; knows nothing of jobs, nonces or targets. */
#ifndef KERN_ALEPHIUM_ROUNDS_H
#define KERN_ALEPHIUM_ROUNDS_H

#include <stdint.h>

#include "vec/vec_in_place.h"

/* Quarter rounds in flight at once in the order of the statements: 4 where the registers suffice,
 * fewer where temporaries would have to be spilled. */
#ifndef ALEPHIUM_INTERLEAVE
#define ALEPHIUM_INTERLEAVE 1
#endif

enum { ROUNDS = 7 };

/* BLAKE3 specification, table 1. */
static const uint32_t IV[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/* Message word that each quarter round adds, by round: the permutation of table 2 applied over and
 * over. Columns take entries 0..7, diagonals 8..15, two each. */
static const uint8_t SCHEDULE[ROUNDS][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8},
    {3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1},
    {10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6},
    {12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4},
    {9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7},
    {11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13},
};

struct state {
    vec v[16];
    vec *row_c;
};

/* Where the words of a block come from. The sets are compile-time constants after inlining. */
struct message {
    const vec_word *common; /* words equal in all ways */
    const vec *varying;     /* words that differ, in memory */
    uint32_t varying_set;
    uint32_t zero_set; /* words that are zero in every message: not added */
};

/* State words 8 to 11, each of which is read once and written once in half a quarter round, live in
 * memory between the halves where registers are short (VEC_ROW_IN_MEMORY): the load is an operand
 * of the addition, and what waits for it waits longer for others. */
VEC_INLINE vec get_c(const struct state *s, unsigned i)
{
    return VEC_ROW_IN_MEMORY ? s->row_c[i - 8] : s->v[i];
}

VEC_INLINE void keep_c(struct state *s, unsigned i)
{
    if (VEC_ROW_IN_MEMORY) {
        s->row_c[i - 8] = s->v[i];
        VEC_IN_MEMORY(s->row_c[i - 8]);
    }
}

VEC_INLINE void add_word(vec *a, const struct message *m, unsigned word)
{
    if ((m->zero_set >> word & 1) != 0) {
        return;
    }
    if ((m->varying_set >> word & 1) != 0) {
        *a = vec_add(*a, m->varying[word]);
    } else {
        VEC_ADD_WORD_TO(*a, m->common[word]);
    }
}

/* The four steps of half a quarter round, on column or diagonal k. `second` chooses the half. */
VEC_INLINE void step_a(struct state *s, const struct message *m, unsigned round, unsigned diagonal,
                       unsigned second, unsigned k)
{
    /* The word first: the other addend is the last result of the step before. */
    add_word(&s->v[k], m, SCHEDULE[round][8 * diagonal + 2 * k + second]);
    VEC_ADD_TO(s->v[k], s->v[4 + (k + diagonal) % 4]);
}

VEC_INLINE void step_d(struct state *s, unsigned diagonal, unsigned second, unsigned k)
{
    vec *d = &s->v[12 + (k + 3 * diagonal) % 4];
    VEC_XOR_TO(*d, s->v[k]);
    if (second != 0) {
        VEC_ROR_TO(*d, 8);
    } else {
        VEC_ROR_TO(*d, 16);
    }
}

VEC_INLINE void step_c(struct state *s, unsigned diagonal, unsigned k)
{
    unsigned c = 8 + (k + 2 * diagonal) % 4;
    s->v[c] = get_c(s, c);
    VEC_ADD_TO(s->v[c], s->v[12 + (k + 3 * diagonal) % 4]);
}

VEC_INLINE void step_b(struct state *s, unsigned diagonal, unsigned second, unsigned k)
{
    vec *b = &s->v[4 + (k + diagonal) % 4];
    unsigned c = 8 + (k + 2 * diagonal) % 4;
    VEC_XOR_TO(*b, s->v[c]);
    if (second != 0) {
        VEC_ROR_TO(*b, 7);
    } else {
        VEC_ROR_TO(*b, 12);
    }
    keep_c(s, c);
}

VEC_INLINE void step_cb(struct state *s, unsigned diagonal, unsigned second, unsigned k)
{
    step_c(s, diagonal, k);
    step_b(s, diagonal, second, k);
}

/* Half of `width` neighbouring quarter rounds from k on, step by step side by side. */
VEC_INLINE void half(struct state *s, const struct message *m, unsigned round, unsigned diagonal,
                     unsigned second, unsigned k, unsigned width)
{
#define SIDE_BY_SIDE(step, ...)                                                                    \
    do {                                                                                           \
        step(__VA_ARGS__, k);                                                                      \
        if (width > 1) {                                                                           \
            step(__VA_ARGS__, k + 1);                                                              \
        }                                                                                          \
        if (width > 2) {                                                                           \
            step(__VA_ARGS__, k + 2);                                                              \
            step(__VA_ARGS__, k + 3);                                                              \
        }                                                                                          \
    } while (0)
    SIDE_BY_SIDE(step_a, s, m, round, diagonal, second);
    SIDE_BY_SIDE(step_d, s, diagonal, second);
    SIDE_BY_SIDE(step_cb, s, diagonal, second);
#undef SIDE_BY_SIDE
}

/* Columns or diagonals of a round. skip_first: the first halves are done already. */
VEC_INLINE void row(struct state *s, const struct message *m, unsigned round, unsigned diagonal,
                    bool skip_first)
{
#if ALEPHIUM_INTERLEAVE == 4
    if (!skip_first) {
        half(s, m, round, diagonal, 0, 0, 4);
    }
    half(s, m, round, diagonal, 1, 0, 4);
#elif ALEPHIUM_INTERLEAVE == 2
    for (unsigned k = 0; k < 4; k += 2) {
        if (!skip_first) {
            half(s, m, round, diagonal, 0, k, 2);
        }
        half(s, m, round, diagonal, 1, k, 2);
    }
#else
    for (unsigned k = 0; k < 4; k++) {
        if (!skip_first) {
            half(s, m, round, diagonal, 0, k, 1);
        }
        half(s, m, round, diagonal, 1, k, 1);
    }
#endif
}

/* Rounds first..last-1. The words' addresses are made opaque once a round: see VEC_OPAQUE. */
VEC_INLINE void rounds(struct state *s, struct message m, unsigned first, unsigned last)
{
#define ROUND(r)                                                                                   \
    if (first <= (r) && (r) < last) {                                                              \
        VEC_OPAQUE(m.common);                                                                      \
        VEC_OPAQUE(m.varying);                                                                     \
        row(s, &m, r, 0, false);                                                                   \
        row(s, &m, r, 1, false);                                                                   \
    }
    ROUND(0)
    ROUND(1)
    ROUND(2)
    ROUND(3)
    ROUND(4)
    ROUND(5)
    ROUND(6)
#undef ROUND
}

/* The chaining value: what is left of the state after a block. */
VEC_INLINE void fold(struct state *s)
{
    for (unsigned i = 0; i < 8; i++) {
        s->v[i] = vec_xor(s->v[i], i < 4 ? get_c(s, 8 + i) : s->v[8 + i]);
    }
}

#endif
