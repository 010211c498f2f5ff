/* sha256d_body.h: the vector search, written once for every width. A variant's source file includes
 * one vec_<isa>.h, names its search with KERN_SEARCH_NAME, and includes this file once.
 *
 * A batch hashes VEC_WAYS consecutive nonces. Of the header's two blocks the first has no nonce
 * (midstate); the nonce is word 3 of the second. What need not be computed is not:
 *  - rounds 0..2 of the second block, and of round 3 all but two additions of the nonce;
 *  - message words 16 and 17, and those sums inside words 18..32 that no nonce reaches;
 *  - in the second hash: round 0 but for two additions, and sums with words of the padding;
 *  - the last three rounds, and the a-half of the four before: the early test needs only the last
 *    digest word, which is the word called e after round 60. */
#include <string.h>

#include "base/endian.h"
#include "prim/sha256_body.h"
#include "sha256d/sha256d.h"

/* Vector operations of one batch, the same for all widths: struct kern_op_counts. Checked by
 * tests/cross/test_sha256d_counts.c. */
#define VEC_PROBE_MIX(X)                                                                           \
    X(ADD, 1044)                                                                                   \
    X(LOAD, 161)                                                                                   \
    X(XOR3, 392)                                                                                   \
    X(CHOOSE, 121)                                                                                 \
    X(MAJORITY, 116)                                                                               \
    X(ROTATE_BITS, 1022)                                                                           \
    X(SHIFT, 156)                                                                                  \
    X(COMPARE, 1)
#include "vec/vec_probe.h"

enum { MESSAGE_BITS = 8 * PRIM_HEADER80_SIZE, INNER_BITS = 256, LAST_ROUND = 60 };

#define PAD 0x80000000U

/* Constants of one job. "Folded": sums that the nonce does not reach. */
struct scratch {
    vec lanes; /* way i holds i */
    struct sha256_words words;
    vec_word front[8];     /* working variables after round 3 of a zero nonce */
    vec_word front_kw[18]; /* K + W for rounds 4..17; rounds 4..6 with the word called h added */
    vec_word front_w[33];  /* folded parts of words 17..22, 30..32 */
    vec_word midstate[8];
    vec_word inner[8];     /* second hash: working variables after round 0 of a zero word 0 */
    vec_word inner_kw[16]; /* K + W for rounds 8..15, K + h for rounds 1..3 */
    vec_word inner_w[32];  /* folded parts of words 17, 22..24, 30, 31 */
    vec_word digest_start; /* last word of the initial hash value */
    vec_word filter;       /* bits of the last digest word that are clear in every find */
};

_Static_assert(sizeof(struct scratch) <= KERN_SHA256D_SCRATCH_SIZE, "the row promises enough");

/* Sigmas of single words, from the schedule itself: word 16 of a block with one word set. */
static uint32_t small_sigma(unsigned place, uint32_t word)
{
    uint32_t block[16] = {0};
    uint32_t w[64];
    block[place] = word;
    prim_sha256_schedule(w, block);
    return w[16];
}

static uint32_t small0(uint32_t word)
{
    return small_sigma(1, word);
}

static uint32_t small1(uint32_t word)
{
    return small_sigma(14, word);
}

static void prepare_front(struct scratch *s, const uint8_t header[PRIM_HEADER80_SIZE])
{
    uint32_t block[16];
    uint32_t state[8];
    uint32_t w[64];
    memcpy(state, prim_sha256_iv, sizeof state);
    for (unsigned i = 0; i < 16; i++) {
        block[i] = base_load_be32(header + 4 * i);
    }
    prim_sha256_compress(state, block);
    for (unsigned i = 0; i < 8; i++) {
        vec_word_put(&s->midstate[i], state[i]);
    }
    memset(block, 0, sizeof block);
    for (unsigned i = 0; i < 3; i++) {
        block[i] = base_load_be32(header + 64 + 4 * i);
    }
    block[4] = PAD;
    block[15] = MESSAGE_BITS;
    prim_sha256_schedule(w, block); /* words 16 and 17 are right: no nonce in them */
    prim_sha256_rounds(state, w, 0, 4);
    for (unsigned i = 0; i < 8; i++) {
        vec_word_put(&s->front[i], state[i]);
    }
    for (unsigned t = 4; t < 18; t++) {
        uint32_t h = t < 7 ? state[11 - t] : 0;
        vec_word_put(&s->front_kw[t], prim_sha256_k[t] + w[t] + h);
    }
    vec_word_put(&s->front_w[16], w[16]);
    vec_word_put(&s->front_w[17], w[17]);
    vec_word_put(&s->front_w[18], small1(w[16]) + w[2]);
    vec_word_put(&s->front_w[19], small1(w[17]) + small0(PAD));
    vec_word_put(&s->front_w[20], PAD);
    vec_word_put(&s->front_w[22], MESSAGE_BITS);
    vec_word_put(&s->front_w[30], small0(MESSAGE_BITS));
    vec_word_put(&s->front_w[31], small0(w[16]) + MESSAGE_BITS);
    vec_word_put(&s->front_w[32], small0(w[17]) + w[16]);
}

static void prepare_inner(struct scratch *s)
{
    uint32_t state[8];
    uint32_t block[16] = {0};
    block[8] = PAD;
    block[15] = INNER_BITS;
    memcpy(state, prim_sha256_iv, sizeof state);
    vec_word_put(&s->digest_start, state[7]);
    prim_sha256_rounds(state, block, 0, 1);
    for (unsigned i = 0; i < 8; i++) {
        vec_word_put(&s->inner[i], state[i]);
    }
    for (unsigned t = 1; t < 4; t++) {
        vec_word_put(&s->inner_kw[t], prim_sha256_k[t] + state[8 - t]);
    }
    for (unsigned t = 8; t < 16; t++) {
        vec_word_put(&s->inner_kw[t], prim_sha256_k[t] + block[t]);
    }
    vec_word_put(&s->inner_w[17], small1(INNER_BITS));
    vec_word_put(&s->inner_w[22], INNER_BITS);
    vec_word_put(&s->inner_w[23], small0(PAD));
    vec_word_put(&s->inner_w[24], PAD);
    vec_word_put(&s->inner_w[30], small0(INNER_BITS));
    vec_word_put(&s->inner_w[31], INNER_BITS);
}

static void prepare(struct scratch *s, const struct kern_work *work)
{
    uint32_t lanes[VEC_WAYS];
    for (unsigned i = 0; i < VEC_WAYS; i++) {
        lanes[i] = i;
    }
    s->lanes = vec_load(lanes);
    sha256_words_init(&s->words);
    prepare_front(s, work->header);
    prepare_inner(s);
    vec_word_put(&s->filter, __builtin_bswap32(prim_header80_clear_bits(work->target_be)));
}

/* Words 18..32 of the second block; nonce: its word 3. The ring then holds words 17..32. */
VEC_INLINE void front_words_18_to_32(vec v[8], vec w[16], const struct scratch *s, vec nonce)
{
    const vec_word *fold = s->front_w;
    const vec_word *k = s->words.k;
#define WORD(t, sum) sha256_round(v, t, k, w[(t) % 16] = (sum));
#define FOLDED(t) vec_word_get(&fold[t])
#define SMALL1(t) sha256_small1(w[((t)-2) % 16])
#define SEVENTH(t) w[((t)-7) % 16]
    VEC_OPAQUE(k);
    WORD(18, vec_add(sha256_small0(nonce), FOLDED(18)));
    WORD(19, vec_add(nonce, FOLDED(19)));
    WORD(20, vec_add(SMALL1(20), FOLDED(20)));
    WORD(21, SMALL1(21));
    WORD(22, vec_add(SMALL1(22), FOLDED(22)));
    WORD(23, vec_add(SMALL1(23), FOLDED(16)));
    WORD(24, vec_add(SMALL1(24), FOLDED(17)));
    WORD(25, vec_add(SMALL1(25), SEVENTH(25)));
    WORD(26, vec_add(SMALL1(26), SEVENTH(26)));
    WORD(27, vec_add(SMALL1(27), SEVENTH(27)));
    WORD(28, vec_add(SMALL1(28), SEVENTH(28)));
    WORD(29, vec_add(SMALL1(29), SEVENTH(29)));
    WORD(30, vec_add(vec_add(SMALL1(30), SEVENTH(30)), FOLDED(30)));
    WORD(31, vec_add(vec_add(SMALL1(31), SEVENTH(31)), FOLDED(31)));
    WORD(32, vec_add(vec_add(SMALL1(32), SEVENTH(32)), FOLDED(32)));
    w[17 % 16] = FOLDED(17);
}

/* First hash of a batch: digest words into w[0..7]. */
VEC_INLINE void first_hash(vec w[16], const struct scratch *s, vec nonce)
{
    vec v[8];
    const vec_word *kw = s->front_kw;
    const vec_word *k = s->words.k;
    for (unsigned i = 0; i < 8; i++) {
        SHA256_AT(v, 4, i) = vec_word_get(&s->front[i]);
    }
    SHA256_AT(v, 4, 0) = vec_add(SHA256_AT(v, 4, 0), nonce);
    SHA256_AT(v, 4, 4) = vec_add(SHA256_AT(v, 4, 4), nonce);
    sha256_round_summed(v, 4, vec_word_get(&kw[4]));
    sha256_round_summed(v, 5, vec_word_get(&kw[5]));
    sha256_round_summed(v, 6, vec_word_get(&kw[6]));
#define COMMON(t) sha256_round_common(v, t, kw);
    COMMON(7);
    SHA256_4(COMMON, 8);
    SHA256_4(COMMON, 12);
    COMMON(16);
    COMMON(17);
#undef COMMON
    front_words_18_to_32(v, w, s, nonce);
#define ROUND(t) sha256_round(v, t, k, sha256_word(w, t));
    VEC_OPAQUE(k);
    SHA256_4(ROUND, 33);
    SHA256_4(ROUND, 37);
    SHA256_4(ROUND, 41);
    SHA256_4(ROUND, 45);
    VEC_OPAQUE(k);
    SHA256_4(ROUND, 49);
    SHA256_4(ROUND, 53);
    SHA256_4(ROUND, 57);
    ROUND(61);
    ROUND(62);
    ROUND(63);
    for (unsigned i = 0; i < 8; i++) {
        w[i] = vec_add(SHA256_AT(v, 64, i), vec_word_get(&s->midstate[i]));
    }
}

/* Words 16..31 of the second hash, whose words 8..15 are padding. */
VEC_INLINE void inner_words_16_to_31(vec v[8], vec w[16], const struct scratch *s)
{
    const vec_word *fold = s->inner_w;
    const vec_word *k = s->words.k;
#define OLD(t) vec_add(sha256_small0(w[((t)-15) % 16]), w[(t) % 16])
    VEC_OPAQUE(k);
    WORD(16, OLD(16));
    WORD(17, vec_add(OLD(17), FOLDED(17)));
    WORD(18, vec_add(OLD(18), SMALL1(18)));
    WORD(19, vec_add(OLD(19), SMALL1(19)));
    WORD(20, vec_add(OLD(20), SMALL1(20)));
    WORD(21, vec_add(OLD(21), SMALL1(21)));
    WORD(22, vec_add(vec_add(OLD(22), SMALL1(22)), FOLDED(22)));
    WORD(23, vec_add(vec_add(w[7], FOLDED(23)), vec_add(SMALL1(23), SEVENTH(23))));
    WORD(24, vec_add(vec_add(SMALL1(24), SEVENTH(24)), FOLDED(24)));
    WORD(25, vec_add(SMALL1(25), SEVENTH(25)));
    WORD(26, vec_add(SMALL1(26), SEVENTH(26)));
    WORD(27, vec_add(SMALL1(27), SEVENTH(27)));
    WORD(28, vec_add(SMALL1(28), SEVENTH(28)));
    WORD(29, vec_add(SMALL1(29), SEVENTH(29)));
    WORD(30, vec_add(vec_add(SMALL1(30), SEVENTH(30)), FOLDED(30)));
    WORD(31, vec_add(vec_add(sha256_small0(w[0]), FOLDED(31)), vec_add(SMALL1(31), SEVENTH(31))));
#undef OLD
#undef SEVENTH
#undef SMALL1
#undef FOLDED
#undef WORD
}

/* Last digest word of the second hash; w: digest of the first. */
VEC_INLINE vec last_digest_word(vec w[16], const struct scratch *s)
{
    vec v[8];
    const vec_word *kw = s->inner_kw;
    const vec_word *k = s->words.k;
    for (unsigned i = 0; i < 8; i++) {
        SHA256_AT(v, 1, i) = vec_word_get(&s->inner[i]);
    }
    SHA256_AT(v, 1, 0) = vec_add(SHA256_AT(v, 1, 0), w[0]);
    SHA256_AT(v, 1, 4) = vec_add(SHA256_AT(v, 1, 4), w[0]);
    sha256_round_summed(v, 1, vec_add(w[1], vec_word_get(&kw[1])));
    sha256_round_summed(v, 2, vec_add(w[2], vec_word_get(&kw[2])));
    sha256_round_summed(v, 3, vec_add(w[3], vec_word_get(&kw[3])));
    sha256_round(v, 4, k, w[4]);
    sha256_round(v, 5, k, w[5]);
    sha256_round(v, 6, k, w[6]);
    sha256_round(v, 7, k, w[7]);
#define COMMON(t) sha256_round_common(v, t, kw);
    SHA256_4(COMMON, 8);
    SHA256_4(COMMON, 12);
#undef COMMON
    inner_words_16_to_31(v, w, s);
    VEC_OPAQUE(k);
    SHA256_16(ROUND, 32);
    VEC_OPAQUE(k);
    SHA256_4(ROUND, 48);
    SHA256_4(ROUND, 52);
    ROUND(56);
#define ROUND_E(t)                                                                                 \
    sha256_round_e(v, t,                                                                           \
                   vec_add(vec_add(SHA256_AT(v, t, 7), vec_word_get(&k[t])), sha256_word(w, t)));
    SHA256_4(ROUND_E, 57);
#undef ROUND_E
#undef ROUND
    return vec_add(SHA256_AT(v, LAST_ROUND + 1, 4), vec_word_get(&s->digest_start));
}

static inline uint64_t batch(void *state, uint32_t nonce)
{
    const struct scratch *s = state;
    vec w[16];
    /* the header's bytes are little-endian, SHA-256 reads words big-endian */
    vec n = sha256_swap_bytes(vec_add(vec_set(nonce), s->lanes));
    first_hash(w, s, n);
    return vec_clear_ways(last_digest_word(w, s), &s->filter);
}

#define HEADER80_HASH kern_sha256d_hash
#include "prim/header80_search.h"
