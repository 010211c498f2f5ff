/* qubit_luffa.h: Luffa-512 of a header in vectors, one hash a way. Part of qubit_body.h.
 *
 * The first two blocks have no nonce. In the third the nonce is word 3: message injection is linear
 * and multiplies the message by 2 from chain to chain, which moves a single word by one place, so
 * that chain j has the nonce in word 3 + j and constants everywhere else. */
#ifndef KERN_QUBIT_LUFFA_H
#define KERN_QUBIT_LUFFA_H

struct luffa_job {
    vec_word injected[5][8]; /* third block after message injection, nonce zero */
    vec_word constants[5][8][2];
};

static void prepare_luffa(struct luffa_job *job, const uint8_t header[PRIM_HEADER80_SIZE])
{
    uint32_t v[5][8];
    kern_qubit_luffa_header(v, header);
    for (unsigned j = 0; j < 5; j++) {
        for (unsigned i = 0; i < 8; i++) {
            vec_word_put(&job->injected[j][i], v[j][i]);
            vec_word_put(&job->constants[j][i][0], kern_qubit_luffa_constants[j][i][0]);
            vec_word_put(&job->constants[j][i][1], kern_qubit_luffa_constants[j][i][1]);
        }
    }
}

/* SubCrumb on four words; a0 is the low bit (Luffa specification, section 5, instruction set
 * without look-ups). */
VEC_INLINE void luffa_sub_crumb(vec *a0, vec *a1, vec *a2, vec *a3)
{
    vec in0 = *a0;
    vec in3 = *a3;
    vec t0 = vec_or_xor(in0, *a1, in3);
    vec t2 = vec_xor(*a2, in3);
    vec t1 = vec_and_xnor(in3, in0, *a1);
    vec t3 = vec_and_xor(in3, in0, t2);
    t2 = vec_and_xor(t2, t0, t1);
    t1 = vec_or(t1, t3);
    *a0 = vec_xor(in0, t1);
    *a1 = vec_xnor(t0, t1);
    *a2 = vec_and(t2, t1);
    *a3 = vec_xor(t3, t2);
}

VEC_INLINE void luffa_mix_word(vec *left, vec *right)
{
    *right = vec_xor(*right, *left);
    *left = vec_xor(VEC_ROR(*left, 30), *right);
    *right = vec_xor(VEC_ROR(*right, 18), *left);
    *left = vec_xor(VEC_ROR(*left, 22), *right);
    *right = VEC_ROR(*right, 31);
}

/* The eight steps of one permutation; the tweak is done. */
VEC_INLINE void luffa_steps(vec v[8], const vec_word constants[8][2])
{
    for (unsigned step = 0; step < 8; step++) {
        luffa_sub_crumb(&v[0], &v[1], &v[2], &v[3]);
        luffa_sub_crumb(&v[5], &v[6], &v[7], &v[4]);
        luffa_mix_word(&v[0], &v[4]);
        luffa_mix_word(&v[1], &v[5]);
        luffa_mix_word(&v[2], &v[6]);
        luffa_mix_word(&v[3], &v[7]);
        v[0] = vec_xor(v[0], vec_word_get(&constants[step][0]));
        v[4] = vec_xor(v[4], vec_word_get(&constants[step][1]));
    }
}

static __attribute__((noinline)) void luffa_permute(vec v[5][8], const struct luffa_job *job)
{
#define TWEAK(j)                                                                                   \
    for (unsigned i = 4; i < 8; i++) {                                                             \
        v[j][i] = VEC_ROR(v[j][i], 32 - (j));                                                      \
    }
    TWEAK(1);
    TWEAK(2);
    TWEAK(3);
    TWEAK(4);
#undef TWEAK
    for (unsigned j = 0; j < 5; j++) {
        vec chain[8];
        memcpy(chain, v[j], sizeof chain);
        luffa_steps(chain, job->constants[j]);
        memcpy(v[j], chain, sizeof chain);
    }
}

VEC_INLINE void luffa_twice(vec out[8], const vec in[8])
{
    vec top = in[7];
    vec old[7];
    for (unsigned i = 0; i < 7; i++) {
        old[i] = in[i];
    }
    out[0] = top;
    out[1] = vec_xor(old[0], top);
    out[2] = old[1];
    out[3] = vec_xor(old[2], top);
    out[4] = vec_xor(old[3], top);
    out[5] = old[4];
    out[6] = old[5];
    out[7] = old[6];
}

/* Message injection of a blank block. */
static __attribute__((noinline)) void luffa_inject_blank(vec v[5][8])
{
    vec sum[8];
    vec old[5][8];
    for (unsigned i = 0; i < 8; i++) {
        sum[i] = vec_xor3(vec_xor3(v[0][i], v[1][i], v[2][i]), v[3][i], v[4][i]);
    }
    luffa_twice(sum, sum);
    for (unsigned j = 0; j < 5; j++) {
        for (unsigned i = 0; i < 8; i++) {
            old[j][i] = vec_xor(v[j][i], sum[i]);
        }
    }
    for (unsigned j = 0; j < 5; j++) {
        luffa_twice(v[j], old[j]);
        for (unsigned i = 0; i < 8; i++) {
            v[j][i] = vec_xor(v[j][i], old[(j + 1) % 5][i]);
        }
    }
    memcpy(old, v, sizeof old);
    for (unsigned j = 0; j < 5; j++) {
        luffa_twice(v[j], old[j]);
        for (unsigned i = 0; i < 8; i++) {
            v[j][i] = vec_xor(v[j][i], old[(j + 4) % 5][i]);
        }
    }
}

/* Digest as little-endian words, as the next stage reads it. nonce: bytes as the header has them,
 * read big-endian. */
static void luffa(vec digest[16], const struct luffa_job *job, vec nonce)
{
    vec v[5][8];
    for (unsigned j = 0; j < 5; j++) {
        for (unsigned i = 0; i < 8; i++) {
            v[j][i] = vec_word_get(&job->injected[j][i]);
        }
        v[j][3 + j] = vec_xor(v[j][3 + j], nonce);
    }
    luffa_permute(v, job);
    for (unsigned half = 0; half < 2; half++) {
        luffa_inject_blank(v);
        luffa_permute(v, job);
        for (unsigned i = 0; i < 8; i++) {
            vec word = vec_xor3(vec_xor3(v[0][i], v[1][i], v[2][i]), v[3][i], v[4][i]);
            digest[8 * half + i] =
                vec_choose(vec_set(0xff00ff00U), VEC_ROR(word, 8), VEC_ROR(word, 24));
        }
    }
}

#endif
