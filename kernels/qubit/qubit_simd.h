/* qubit_simd.h: SIMD-512 of 64 bytes in vectors, one hash a way. Part of qubit_body.h.
 *
 * The message is 64 bytes and 64 zeros, the last block is a constant: its expanded message is made
 * once. The transform over 256 points modulo 257 works on pairs: the low half of a word carries the
 * transform of the even bytes (E), the high half that of the odd ones (O), 128 points each, with
 * the same factors; the last step makes y[k] = E + O * 41^k and y[k + 128] = E - O * 41^k of a
 * pair. Of the 128 inputs 32 are not zero: four transforms of 32 points, with root 41^8 = 60, the
 * last four levels with root 2.
 *
 * Reduction modulo 257 in 16 bits: 256 is -1 and 65536 is 1. A product keeps below 320 whatever the
 * factors, sums double with each of five levels and stay below 2^15. */
#ifndef KERN_QUBIT_SIMD_H
#define KERN_QUBIT_SIMD_H

enum { SIMD_PRIME = 257, SIMD_ROOT = 41, SIMD_POINTS = 128, SIMD_INPUTS = 32, SIMD_STEPS = 32 };

struct simd_job {
    vec_word enter[4][SIMD_INPUTS]; /* factors of the inputs of each small transform */
    vec_word level[16];             /* factors of its first level: 60^i */
    vec_word two[8];                /* 2^i */
    vec_word leave[SIMD_POINTS];    /* last step: 41^k for E + O, -41^k for E - O */
    vec_word extra[SIMD_POINTS];    /* coefficient X^255 of a block that is not the last */
    vec start[32];
    vec last[SIMD_STEPS][8]; /* expanded last block */
};

/* Both halves of a word, as the number of least magnitude. */
static uint32_t simd_pair(unsigned low, unsigned high)
{
    int a = (int)(low % SIMD_PRIME);
    int b = (int)(high % SIMD_PRIME);
    a = a > 128 ? a - SIMD_PRIME : a;
    b = b > 128 ? b - SIMD_PRIME : b;
    return ((uint32_t)a & 0xffffU) | ((uint32_t)b << 16);
}

static unsigned simd_power(unsigned base, unsigned exponent)
{
    unsigned result = 1;
    for (unsigned i = 0; i < exponent; i++) {
        result = result * base % SIMD_PRIME;
    }
    return result;
}

static void prepare_simd(struct simd_job *job)
{
    uint8_t block[128] = {0};
    uint32_t w[SIMD_STEPS][8];
    for (unsigned c = 0; c < 4; c++) {
        for (unsigned i = 0; i < SIMD_INPUTS; i++) {
            unsigned factor = simd_power(SIMD_ROOT, 2 * i * c);
            vec_word_put(&job->enter[c][i], simd_pair(factor, factor));
        }
    }
    for (unsigned i = 0; i < 16; i++) {
        unsigned factor = simd_power(SIMD_ROOT, 8 * i);
        vec_word_put(&job->level[i], simd_pair(factor, factor));
    }
    for (unsigned i = 0; i < 8; i++) {
        vec_word_put(&job->two[i], simd_pair(1U << i, 1U << i));
    }
    for (unsigned k = 0; k < SIMD_POINTS; k++) {
        unsigned factor = simd_power(SIMD_ROOT, k);
        vec_word_put(&job->leave[k], simd_pair(factor, SIMD_PRIME - factor));
        vec_word_put(&job->extra[k], simd_pair(simd_power(SIMD_ROOT, 255 * k % 256),
                                               simd_power(SIMD_ROOT, 255 * (k + 128) % 256)));
    }
    for (unsigned i = 0; i < 32; i++) {
        job->start[i] = vec_set(kern_qubit_simd_start[i]);
    }
    base_store_le32(block, 512);
    kern_qubit_simd_expand(w, block, true);
    for (unsigned t = 0; t < SIMD_STEPS; t++) {
        for (unsigned n = 0; n < 8; n++) {
            job->last[t][n] = vec_set(w[t][n]);
        }
    }
}

/* Halves -32768..32767 to -127..383, the same modulo 257. */
VEC_INLINE vec simd_reduce(vec v)
{
    return vec_sub16(vec_and(v, vec_set(0x00ff00ffU)), VEC_SRA16(v, 8));
}

/* Products of halves modulo 257, -319..319; factor's halves are -128..128. */
VEC_INLINE vec simd_times(vec v, vec factor)
{
    vec low = vec_mul16(v, factor);
    vec high = vec_mulhi16(v, factor);
    low = vec_sub16(vec_and(low, vec_set(0x00ff00ffU)), VEC_SHR16(low, 8));
    return vec_add16(low, high);
}

/* One level of a transform of 2 * span points on a[0..]: sums to the front, differences, times
 * factors, to the back. */
VEC_INLINE void simd_level(vec *a, unsigned span, const vec_word *factors, unsigned stride)
{
    for (unsigned i = 0; i < span; i++) {
        vec sum = vec_add16(a[i], a[i + span]);
        vec difference = vec_sub16(a[i], a[i + span]);
        a[i] = sum;
        a[i + span] =
            i == 0 ? difference : simd_times(difference, vec_word_get(&factors[i * stride]));
    }
}

/* 32 points; results lie at bit-reversed places. */
static __attribute__((noinline)) void simd_transform_32(vec a[SIMD_INPUTS],
                                                        const struct simd_job *job)
{
    simd_level(a, 16, job->level, 1);
    for (unsigned half = 0; half < 2; half++) {
        vec b[16];
        memcpy(b, a + 16 * half, sizeof b);
        simd_level(b, 8, job->two, 1);
        simd_level(b, 4, job->two, 2);
        simd_level(b + 8, 4, job->two, 2);
        for (unsigned i = 0; i < 16; i += 4) {
            simd_level(b + i, 2, job->two, 4);
        }
        for (unsigned i = 0; i < 16; i += 2) {
            simd_level(b + i, 1, job->two, 1);
        }
        memcpy(a + 16 * half, b, sizeof b);
    }
}

static unsigned simd_reversed(unsigned place)
{
    return (place & 1) << 4 | (place & 2) << 2 | (place & 4) | (place & 8) >> 2 | (place & 16) >> 4;
}

/* y[k] in the low half, y[k + 128] in the high half of out[k], -128..128, the block's constant
 * coefficient added. */
static __attribute__((noinline)) void simd_transform(vec out[SIMD_POINTS], const vec message[16],
                                                     const struct simd_job *job)
{
    vec input[SIMD_INPUTS];
    vec low_bytes = vec_set(0xff);
    for (unsigned i = 0; i < 16; i++) {
        for (unsigned k = 0; k < 2; k++) {
            vec pair = k != 0 ? VEC_SHR(message[i], 16) : message[i];
            vec odd = vec_and(VEC_SHL(pair, 8), vec_set(0x00ff0000U));
            input[2 * i + k] = vec_or(vec_and(pair, low_bytes), odd);
        }
    }
    for (unsigned c = 0; c < 4; c++) {
        vec a[SIMD_INPUTS];
        for (unsigned i = 0; i < SIMD_INPUTS; i++) {
            a[i] = c == 0 || i == 0
                       ? input[i]
                       : simd_reduce(vec_mul16(input[i], vec_word_get(&job->enter[c][i])));
        }
        simd_transform_32(a, job);
        for (unsigned i = 0; i < SIMD_INPUTS; i++) {
            unsigned k = 4 * simd_reversed(i) + c;
            vec even = vec_or(vec_and(a[i], vec_set(0xffffU)), VEC_SHL(a[i], 16));
            vec odd = vec_or(vec_andnot(vec_set(0xffffU), a[i]), VEC_SHR(a[i], 16));
            vec factors = vec_word_get(&job->leave[k]);
            out[k] = vec_add16(even, simd_times(odd, factors));
        }
    }
}

/* Words of steps 0..31. */
static __attribute__((noinline)) void simd_expand(vec w[SIMD_STEPS][8], const vec message[16],
                                                  const struct simd_job *job)
{
    vec y[SIMD_POINTS];
    vec limit = vec_set(0x00800080U);
    vec prime = vec_set(0x01010101U); /* 257 in both halves */
    vec low = vec_set(0xffffU);
    simd_transform(y, message, job);
    for (unsigned k = 0; k < SIMD_POINTS; k++) {
        vec v = vec_add16(y[k], vec_word_get(&job->extra[k]));
        v = simd_reduce(simd_reduce(v));
        y[k] = vec_sub16(v, vec_and(vec_above16(v, limit), prime));
    }
    for (unsigned t = 0; t < SIMD_STEPS; t++) {
        for (unsigned n = 0; n < 8; n++) {
            unsigned at = 16 * kern_qubit_simd_places[t] + 2 * n;
            if (t >= 16) {
                w[t][n] = vec_mul16(y[at - (t < 24 ? 256 : 383)], vec_set(0x00e900e9U));
            } else if (at < SIMD_POINTS) {
                vec pair = vec_or(vec_and(y[at], low), VEC_SHL(y[at + 1], 16));
                w[t][n] = vec_mul16(pair, vec_set(0x00b900b9U));
            } else {
                vec pair = vec_or(VEC_SHR(y[at - 128], 16), vec_andnot(low, y[at - 127]));
                w[t][n] = vec_mul16(pair, vec_set(0x00b900b9U));
            }
        }
    }
}

/* Step t: state row k of the specification lies in x[(k - t) mod 4]. words: eight. */
#define SIMD_STEP(x, t, words, choice, r, s, partner)                                              \
    do {                                                                                           \
        vec *a = (x)[(0U - (t)) % 4];                                                              \
        vec *b = (x)[(1U - (t)) % 4];                                                              \
        vec *c = (x)[(2U - (t)) % 4];                                                              \
        vec *d = (x)[(3U - (t)) % 4];                                                              \
        for (unsigned n = 0; n < 8; n++) {                                                         \
            d[n] = vec_add(vec_add(d[n], (words)[n]), choice(a[n], b[n], c[n]));                   \
        }                                                                                          \
        for (unsigned n = 0; n < 8; n++) {                                                         \
            a[n] = VEC_ROR(a[n], 32 - (r));                                                        \
        }                                                                                          \
        for (unsigned n = 0; n < 8; n++) {                                                         \
            d[n] = vec_add(VEC_ROR(d[n], 32 - (s)), a[n ^ (partner)]);                             \
        }                                                                                          \
    } while (0)

/* Round i: steps 8i..8i+7; partners p0..p7 are the specification's permutations (8i..8i+7) mod 7.
 */
#define SIMD_ROUND(x, i, w, r0, r1, r2, r3, p0, p1, p2, p3, p4, p5, p6, p7)                        \
    do {                                                                                           \
        SIMD_STEP(x, 0U, (w)[8 * (i)], vec_choose, r0, r1, p0);                                    \
        SIMD_STEP(x, 1U, (w)[8 * (i) + 1], vec_choose, r1, r2, p1);                                \
        SIMD_STEP(x, 2U, (w)[8 * (i) + 2], vec_choose, r2, r3, p2);                                \
        SIMD_STEP(x, 3U, (w)[8 * (i) + 3], vec_choose, r3, r0, p3);                                \
        SIMD_STEP(x, 4U, (w)[8 * (i) + 4], vec_majority, r0, r1, p4);                              \
        SIMD_STEP(x, 5U, (w)[8 * (i) + 5], vec_majority, r1, r2, p5);                              \
        SIMD_STEP(x, 6U, (w)[8 * (i) + 6], vec_majority, r2, r3, p6);                              \
        SIMD_STEP(x, 7U, (w)[8 * (i) + 7], vec_majority, r3, r0, p7);                              \
    } while (0)

/* state: chaining value with the message already added; chain: the chaining value. */
static __attribute__((noinline)) void simd_compress(vec state[4][8], const vec w[SIMD_STEPS][8],
                                                    const vec chain[32])
{
    vec x[4][8];
    memcpy(x, state, sizeof x);
    SIMD_ROUND(x, 0, w, 3, 23, 17, 27, 1, 6, 2, 3, 5, 7, 4, 1);
    SIMD_ROUND(x, 1, w, 28, 19, 22, 7, 6, 2, 3, 5, 7, 4, 1, 6);
    SIMD_ROUND(x, 2, w, 29, 9, 15, 5, 2, 3, 5, 7, 4, 1, 6, 2);
    SIMD_ROUND(x, 3, w, 4, 13, 10, 25, 3, 5, 7, 4, 1, 6, 2, 3);
    SIMD_STEP(x, 0U, chain, vec_choose, 4, 13, 5);
    SIMD_STEP(x, 1U, chain + 8, vec_choose, 13, 10, 7);
    SIMD_STEP(x, 2U, chain + 16, vec_choose, 10, 25, 4);
    SIMD_STEP(x, 3U, chain + 24, vec_choose, 25, 4, 1);
    memcpy(state, x, sizeof x);
}

/* words: message, then digest; little-endian. */
static void simd(vec words[16], const struct simd_job *job)
{
    vec w[SIMD_STEPS][8];
    vec state[4][8];
    vec chain[32];
    simd_expand(w, words, job);
    for (unsigned i = 0; i < 32; i++) {
        state[i / 8][i % 8] = i < 16 ? vec_xor(job->start[i], words[i]) : job->start[i];
    }
    simd_compress(state, (const vec(*)[8])w, job->start);
    memcpy(chain, state, sizeof chain);
    state[0][0] = vec_xor(state[0][0], vec_set(512));
    simd_compress(state, job->last, chain);
    memcpy(words, state, 16 * sizeof words[0]);
}

#endif
