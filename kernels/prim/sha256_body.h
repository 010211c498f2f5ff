/* sha256_body.h: SHA-256 in vectors, one message a way: the pieces that search bodies are made of.
 * The including file has included one vec_<isa>.h. Source: FIPS 180-4, 6.2.
 *
 * A state is eight vectors. Nothing is moved between them: round t finds the word called a at index
 * -t modulo 8, and so on. All round numbers are literals after inlining. */
#ifndef PRIM_SHA256_BODY_H
#define PRIM_SHA256_BODY_H

#include "prim/sha256.h"

/* Constants as vectors lie best in memory. */
struct sha256_words {
    vec_word k[64];
};

VEC_INLINE vec sha256_sum0(vec x)
{
    return vec_xor3(VEC_ROR(x, 2), VEC_ROR(x, 13), VEC_ROR(x, 22));
}

VEC_INLINE vec sha256_sum1(vec x)
{
    return vec_xor3(VEC_ROR(x, 6), VEC_ROR(x, 11), VEC_ROR(x, 25));
}

VEC_INLINE vec sha256_small0(vec x)
{
    return vec_xor3(VEC_ROR(x, 7), VEC_ROR(x, 18), VEC_SHR(x, 3));
}

VEC_INLINE vec sha256_small1(vec x)
{
    return vec_xor3(VEC_ROR(x, 17), VEC_ROR(x, 19), VEC_SHR(x, 10));
}

/* Word `letter` (0: a .. 7: h) of the state before round t. */
#define SHA256_AT(state, t, letter) ((state)[((letter) + 64 - (t)) % 8])

/** The half of round t that makes e. added: h + K[t] + W[t]. Leaves t1 in h's place. */
VEC_INLINE void sha256_round_e(vec s[8], unsigned t, vec added)
{
    vec e = SHA256_AT(s, t, 4);
    vec choice = vec_choose(e, SHA256_AT(s, t, 5), SHA256_AT(s, t, 6));
    vec t1 = vec_add(vec_add(added, choice), sha256_sum1(e));
    SHA256_AT(s, t, 3) = vec_add(SHA256_AT(s, t, 3), t1);
    SHA256_AT(s, t, 7) = t1;
}

/** All of round t, but for the sum h + K[t] + W[t], which the caller makes. */
VEC_INLINE void sha256_round_summed(vec s[8], unsigned t, vec added)
{
    sha256_round_e(s, t, added);
    vec a = SHA256_AT(s, t, 0);
    vec majority = vec_majority(a, SHA256_AT(s, t, 1), SHA256_AT(s, t, 2));
    SHA256_AT(s, t, 7) = vec_add(vec_add(SHA256_AT(s, t, 7), majority), sha256_sum0(a));
}

/** Round t with a word that differs from way to way. */
VEC_INLINE void sha256_round(vec s[8], unsigned t, const vec_word *k, vec w)
{
    sha256_round_summed(s, t, vec_add(SHA256_AT(s, t, 7), vec_add(vec_word_get(&k[t]), w)));
}

/** Round t with kw[t] = K[t] + W[t], equal in all ways. */
VEC_INLINE void sha256_round_common(vec s[8], unsigned t, const vec_word *kw)
{
    sha256_round_summed(s, t, vec_add(SHA256_AT(s, t, 7), vec_word_get(&kw[t])));
}

/** Message word t >= 16, in a ring of 16. */
VEC_INLINE vec sha256_word(vec w[16], unsigned t)
{
    w[t % 16] = vec_add(vec_add(w[t % 16], sha256_small0(w[(t + 1) % 16])),
                        vec_add(w[(t + 9) % 16], sha256_small1(w[(t + 14) % 16])));
    return w[t % 16];
}

#define SHA256_4(f, t) f(t) f((t) + 1) f((t) + 2) f((t) + 3)
#define SHA256_16(f, t)                                                                            \
    SHA256_4(f, t) SHA256_4(f, (t) + 4) SHA256_4(f, (t) + 8) SHA256_4(f, (t) + 12)

/** Rounds 16..63 for words in the ring w. */
VEC_INLINE void sha256_rounds_16_to_63(vec s[8], vec w[16], const vec_word *k)
{
#define SHA256_ROUND(t) sha256_round(s, t, k, sha256_word(w, t));
    VEC_OPAQUE(k);
    SHA256_16(SHA256_ROUND, 16);
    VEC_OPAQUE(k);
    SHA256_16(SHA256_ROUND, 32);
    VEC_OPAQUE(k);
    SHA256_16(SHA256_ROUND, 48);
#undef SHA256_ROUND
}

/** Compression of a block whose 16 words all differ from way to way. s: state, in and out; the
 * words in w are used up. */
VEC_INLINE void sha256_compress_vec(vec s[8], vec w[16], const vec_word *k)
{
    vec old[8];
    for (unsigned i = 0; i < 8; i++) {
        old[i] = s[i];
    }
#define SHA256_ROUND(t) sha256_round(s, t, k, w[t]);
    VEC_OPAQUE(k);
    SHA256_16(SHA256_ROUND, 0);
#undef SHA256_ROUND
    sha256_rounds_16_to_63(s, w, k);
    for (unsigned i = 0; i < 8; i++) {
        s[i] = vec_add(s[i], old[i]);
    }
}

/** Compression of a block whose words are the same in all ways: kw[t] = K[t] + W[t]. */
VEC_INLINE void sha256_compress_common(vec s[8], const vec_word *kw)
{
    vec old[8];
    for (unsigned i = 0; i < 8; i++) {
        old[i] = s[i];
    }
#define SHA256_ROUND(t) sha256_round_common(s, t, kw);
    VEC_OPAQUE(kw);
    SHA256_16(SHA256_ROUND, 0);
    VEC_OPAQUE(kw);
    SHA256_16(SHA256_ROUND, 16);
    VEC_OPAQUE(kw);
    SHA256_16(SHA256_ROUND, 32);
    VEC_OPAQUE(kw);
    SHA256_16(SHA256_ROUND, 48);
#undef SHA256_ROUND
    for (unsigned i = 0; i < 8; i++) {
        s[i] = vec_add(s[i], old[i]);
    }
}

/** Last digest word of a hash whose last block is the same in all ways: rounds 0..60, of which the
 * last four only as far as the word called e, which becomes h. s: state, used up. */
VEC_INLINE vec sha256_last_word_common(vec s[8], const vec_word *kw)
{
    vec start = s[7];
#define SHA256_ROUND(t) sha256_round_common(s, t, kw);
#define SHA256_ROUND_E(t) sha256_round_e(s, t, vec_add(SHA256_AT(s, t, 7), vec_word_get(&kw[t])));
    VEC_OPAQUE(kw);
    SHA256_16(SHA256_ROUND, 0);
    VEC_OPAQUE(kw);
    SHA256_16(SHA256_ROUND, 16);
    VEC_OPAQUE(kw);
    SHA256_16(SHA256_ROUND, 32);
    VEC_OPAQUE(kw);
    SHA256_4(SHA256_ROUND, 48);
    SHA256_4(SHA256_ROUND, 52);
    SHA256_ROUND(56);
    SHA256_4(SHA256_ROUND_E, 57);
#undef SHA256_ROUND_E
#undef SHA256_ROUND
    return vec_add(SHA256_AT(s, 61, 4), start);
}

/** Each word's bytes in opposite order. */
VEC_INLINE vec sha256_swap_bytes(vec v)
{
    return vec_choose(vec_set(0xff00ff00U), VEC_ROR(v, 8), VEC_ROR(v, 24));
}

VEC_INLINE void sha256_words_init(struct sha256_words *words)
{
    for (unsigned t = 0; t < 64; t++) {
        vec_word_put(&words->k[t], prim_sha256_k[t]);
    }
}

/** kw[t] = K[t] + W[t] of a block known beforehand. */
static inline void sha256_common_block(vec_word kw[64], const uint32_t block[16])
{
    uint32_t w[64];
    prim_sha256_schedule(w, block);
    for (unsigned t = 0; t < 64; t++) {
        vec_word_put(&kw[t], prim_sha256_k[t] + w[t]);
    }
}

#endif
