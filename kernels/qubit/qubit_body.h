/* qubit_body.h: the vector search, written once for every width. A variant's source file includes
 * one vec_<isa>.h with AES, names its search with KERN_SEARCH_NAME, and includes this file
 * once.
 *
 * A batch hashes VEC_WAYS consecutive nonces. Luffa, CubeHash and SIMD run one hash a way on
 * digests as sixteen vectors of words. SHAvite and ECHO run one hash a quad, in four groups:
 * transposing four words inside all quads turns word vectors into the groups' quads, and back. The
 * early test needs one word of ECHO's digest, so that ECHO stops there. */
#include <string.h>

#include "base/endian.h"
#include "qubit/qubit.h"

/* Vector operations of one batch, the same for all widths: struct kern_op_counts. Checked by
 * tests/cross/test_qubit_counts.c. */
#define VEC_PROBE_MIX(X)                                                                           \
    X(ADD, 10406)                                                                                  \
    X(LOAD, 857)                                                                                   \
    X(LOGIC, 13359)                                                                                \
    X(XOR3, 672)                                                                                   \
    X(CHOOSE, 337)                                                                                 \
    X(MAJORITY, 256)                                                                               \
    X(LOGIC_TWICE, 960)                                                                            \
    X(AND_XNOR, 240)                                                                               \
    X(ROTATE_BITS, 9810)                                                                           \
    X(SHIFT, 1105)                                                                                 \
    X(SHUFFLE, 520)                                                                                \
    X(MULTIPLY_16, 997)                                                                            \
    X(ABOVE_16, 128)                                                                               \
    X(AES, 1888)                                                                                   \
    X(TWICE, 608)                                                                                  \
    X(COMPARE, 1)
#include "vec/vec_probe.h"

#include "qubit/qubit_luffa.h"

#include "qubit/qubit_cubehash.h"

#include "qubit/qubit_simd.h"

#include "qubit/qubit_aes.h"

enum { GROUPS = 4 };

struct scratch {
    bool constants_made; /* all but luffa and filter: no job changes them */
    vec lanes;           /* way i holds i */
    struct luffa_job luffa;
    struct cubehash_job cubehash;
    struct simd_job simd;
    struct aes_job aes;
    vec_word filter; /* bits of digest word 7 that are clear in every find */
};

_Static_assert(sizeof(struct scratch) <= KERN_QUBIT_SCRATCH_SIZE, "the row promises enough");

/* What is the same for every job, once in a scratch's life, which begins with zeros: a fifth of a
 * call of 1 ms (bench/NOTES.md). */
static void make_constants(struct scratch *s)
{
    uint32_t lanes[VEC_WAYS];
    for (unsigned i = 0; i < VEC_WAYS; i++) {
        lanes[i] = i;
    }
    s->lanes = vec_load(lanes);
    prepare_cubehash(&s->cubehash);
    prepare_simd(&s->simd);
    prepare_aes(&s->aes);
    s->constants_made = true;
}

static void prepare(struct scratch *s, const struct kern_work *work)
{
    if (!s->constants_made) {
        make_constants(s);
    }
    prepare_luffa(&s->luffa, work->header);
    vec_word_put(&s->filter, prim_header80_clear_bits(work->target_be));
}

/* groups[g][k]: quad k of the hashes of group g; words: vectors of words. */
static void split_groups(vec groups[GROUPS][4], const vec words[16])
{
    for (unsigned k = 0; k < 4; k++) {
        vec t[4];
        memcpy(t, words + 4 * k, sizeof t);
        vec_transpose_words(t);
        for (unsigned g = 0; g < GROUPS; g++) {
            groups[g][k] = t[g];
        }
    }
}

static void merge_groups(vec words[16], vec groups[GROUPS][4])
{
    for (unsigned k = 0; k < 4; k++) {
        vec t[4];
        for (unsigned g = 0; g < GROUPS; g++) {
            t[g] = groups[g][k];
        }
        vec_transpose_words(t);
        memcpy(words + 4 * k, t, sizeof t);
    }
}

static inline uint64_t batch(void *state, uint32_t nonce)
{
    const struct scratch *s = state;
    vec words[16];
    vec groups[GROUPS][4];
    vec last[4];
    vec n = vec_add(vec_set(nonce), s->lanes);
    n = vec_choose(vec_set(0xff00ff00U), VEC_ROR(n, 8), VEC_ROR(n, 24));
    luffa(words, &s->luffa, n);
    cubehash(words, &s->cubehash);
    split_groups(groups, words);
    for (unsigned g = 0; g < GROUPS; g++) {
        shavite(groups[g], &s->aes);
    }
    merge_groups(words, groups);
    simd(words, &s->simd);
    split_groups(groups, words);
    for (unsigned g = 0; g < GROUPS; g++) {
        last[g] = echo_quad_1((const vec *)groups[g], &s->aes);
    }
    vec_transpose_words(last);
    return vec_clear_ways(last[3], &s->filter);
}

#define HEADER80_HASH kern_qubit_hash
#include "prim/header80_search.h"
