/* qubit_cubehash.h: CubeHash16/32-512 of 64 bytes in vectors, one hash a way. Part of qubit_body.h.
 *
 * The specification's swaps move no word: the two halves of the state are addressed through masks
 * that say where a word lies; two rounds bring both masks back to zero. */
#ifndef KERN_QUBIT_CUBEHASH_H
#define KERN_QUBIT_CUBEHASH_H

struct cubehash_job {
    vec_word start[32];
};

static void prepare_cubehash(struct cubehash_job *job)
{
    uint32_t x[32];
    kern_qubit_cubehash_start(x);
    for (unsigned i = 0; i < 32; i++) {
        vec_word_put(&job->start[i], x[i]);
    }
}

/* Half a round. low, high: word i of a half lies at i ^ mask before it. low_after: the same with
 * the half's swap of the low words. */
#define CUBEHASH_HALF(x, bits, low, low_after, high)                                               \
    do {                                                                                           \
        for (unsigned i = 0; i < 16; i++) {                                                        \
            (x)[16 + i] = vec_add((x)[16 + i], (x)[i ^ (low) ^ (high)]);                           \
        }                                                                                          \
        for (unsigned i = 0; i < 16; i++) {                                                        \
            (x)[i] = vec_xor(VEC_ROR((x)[i], 32 - (bits)), (x)[16 + (i ^ (low_after) ^ (high))]);  \
        }                                                                                          \
    } while (0)

VEC_INLINE void cubehash_two_rounds(vec x[32])
{
    CUBEHASH_HALF(x, 7, 0, 8, 0);
    CUBEHASH_HALF(x, 11, 8, 12, 2);
    CUBEHASH_HALF(x, 7, 12, 4, 3);
    CUBEHASH_HALF(x, 11, 4, 0, 1);
}

static __attribute__((noinline)) void cubehash_rounds(vec state[32], unsigned rounds)
{
    vec x[32];
    memcpy(x, state, sizeof x);
    for (unsigned i = 0; i < rounds; i += 2) {
        cubehash_two_rounds(x);
    }
    memcpy(state, x, sizeof x);
}

/* words: message, then digest; little-endian. */
static void cubehash(vec words[16], const struct cubehash_job *job)
{
    vec x[32];
    for (unsigned i = 0; i < 32; i++) {
        x[i] = vec_word_get(&job->start[i]);
    }
    for (unsigned block = 0; block < 2; block++) {
        for (unsigned i = 0; i < 8; i++) {
            x[i] = vec_xor(x[i], words[8 * block + i]);
        }
        cubehash_rounds(x, 16);
    }
    x[0] = vec_xor(x[0], vec_set(0x80));
    cubehash_rounds(x, 16);
    x[31] = vec_xor(x[31], vec_set(1));
    cubehash_rounds(x, 160);
    memcpy(words, x, 16 * sizeof x[0]);
}

#endif
