/* skein_body.h: the vector search, written once for every width. A variant's source file includes
 * one vec_<isa>.h, names its search with KERN_SEARCH_NAME, and includes this file once.
 *
 * A batch hashes VEC_WAYS consecutive nonces: Skein in 64-bit lanes on the even ones, then on the
 * odd ones, then SHA-256 in 32-bit lanes on all of them: lane k of the two halves are ways 2k and
 * 2k + 1, so that low and high halves of Skein's words only need to be merged, never transposed.
 *
 * Of Skein's three blocks the first has no nonce; the second has it in the upper half of word 1,
 * and all its subkeys are constants of the job; the third has an all-zero text. Of round 0 of the
 * second block only one word pair is not constant. SHA-256's second block is padding, and of its
 * digest only the last word is made. */
#include <string.h>

#include "base/endian.h"
#include "prim/sha256_body.h"
#include "skein/skein.h"

/* Vector operations of one batch, the same for all widths: struct kern_op_counts. Checked by
 * tests/cross/test_skein_counts.c. */
#define VEC_PROBE_MIX(X)                                                                           \
    X(ADD, 2797)                                                                                   \
    X(LOAD, 555)                                                                                   \
    X(LOGIC, 1168)                                                                                 \
    X(XOR3, 342)                                                                                   \
    X(CHOOSE, 157)                                                                                 \
    X(MAJORITY, 121)                                                                               \
    X(ROTATE_BITS, 962)                                                                            \
    X(ROTATE_64, 1146)                                                                             \
    X(SHIFT, 113)                                                                                  \
    X(COMPARE, 1)
#include "vec/vec_probe.h"

enum { INJECTIONS = KERN_SKEIN_ROUNDS / 4 + 1, WIDE_BITS = 512 };

struct scratch {
    vec lanes;                        /* 64-bit lanes: 2k in the upper half of lane k */
    vec_word64 front[8];              /* second block: state inside round 0, before the nonce */
    vec_word64 subkey[INJECTIONS][8]; /* of the second block, tweak and number added */
    vec_word64 text[2];               /* second block: words 0 and 1, nonce zero */
    vec_word64 out_tweak[3];          /* of the third block */
    vec_word64 number[INJECTIONS];    /* 0, 1, 2, ... */
    vec_word64 parity;
    struct sha256_words words;
    vec_word iv[8];
    vec_word padding_kw[64];
    vec_word filter; /* bits of the last digest word that are clear in every find */
};

_Static_assert(sizeof(struct scratch) <= KERN_SKEIN_SCRATCH_SIZE, "the row promises enough");

/* Subkeys of a known chaining value: Skein 1.3, 3.3.2. */
static void prepare_subkeys(struct scratch *s, const uint64_t chain[8], const uint64_t tweak[2],
                            uint64_t first[8])
{
    uint64_t k[9];
    uint64_t t[3] = {tweak[0], tweak[1], tweak[0] ^ tweak[1]};
    k[8] = KERN_SKEIN_PARITY;
    for (unsigned i = 0; i < 8; i++) {
        k[i] = chain[i];
        k[8] ^= chain[i];
    }
    for (unsigned n = 0; n < INJECTIONS; n++) {
        for (unsigned i = 0; i < 8; i++) {
            uint64_t key = k[(n + i) % 9];
            key += i == 5 ? t[n % 3] : i == 6 ? t[(n + 1) % 3] : i == 7 ? n : 0;
            vec_word64_put(&s->subkey[n][i], key);
            if (n == 0) {
                first[i] = key;
            }
        }
    }
}

static void prepare(struct scratch *s, const struct kern_work *work)
{
    uint64_t chain[8];
    uint64_t v[8] = {0};
    uint32_t block[16] = {0};
    uint32_t lanes[VEC_WAYS];
    uint64_t tweak[2] = {PRIM_HEADER80_SIZE,
                         kern_skein_flags(KERN_SKEIN_TYPE_MESSAGE, false, true)};
    uint64_t out[2] = {8, kern_skein_flags(KERN_SKEIN_TYPE_OUTPUT, true, true)};
    for (unsigned i = 0; i < VEC_WAYS; i++) {
        lanes[i] = i % 2 != 0 ? i - 1 : 0;
    }
    s->lanes = vec_load(lanes);
    kern_skein_start(chain);
    kern_skein_ubi(chain, work->header, 64, kern_skein_flags(KERN_SKEIN_TYPE_MESSAGE, true, false));
    prepare_subkeys(s, chain, tweak, v);
    uint64_t text[2] = {base_load_le64(work->header + 64), base_load_le32(work->header + 72)};
    for (unsigned i = 0; i < 2; i++) {
        v[i] += text[i];
        vec_word64_put(&s->text[i], text[i]);
    }
    for (unsigned i = 1; i < 4; i++) { /* round 0 of the three pairs without the nonce */
        unsigned bits = kern_skein_rotations[0][i];
        v[2 * i] += v[2 * i + 1];
        v[2 * i + 1] = ((v[2 * i + 1] << bits) | (v[2 * i + 1] >> (64 - bits))) ^ v[2 * i];
    }
    for (unsigned i = 0; i < 8; i++) {
        vec_word64_put(&s->front[i], v[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        vec_word64_put(&s->out_tweak[i], i < 2 ? out[i] : out[0] ^ out[1]);
    }
    for (unsigned n = 0; n < INJECTIONS; n++) {
        vec_word64_put(&s->number[n], n);
    }
    vec_word64_put(&s->parity, KERN_SKEIN_PARITY);
    sha256_words_init(&s->words);
    for (unsigned i = 0; i < 8; i++) {
        vec_word_put(&s->iv[i], prim_sha256_iv[i]);
    }
    block[0] = 0x80000000U;
    block[15] = WIDE_BITS;
    sha256_common_block(s->padding_kw, block);
    vec_word_put(&s->filter, __builtin_bswap32(prim_header80_clear_bits(work->target_be)));
}

/* MIX on words a and b. */
#define MIX(v, a, b, bits)                                                                         \
    do {                                                                                           \
        (v)[a] = vec_add64((v)[a], (v)[b]);                                                        \
        (v)[b] = vec_xor(VEC_ROL64((v)[b], bits), (v)[a]);                                         \
    } while (0)

/* Four rounds. The permutation between rounds is in the choice of words: after four rounds every
 * word is back in its place. Rotations: Skein 1.3, table 4. */
#define FRONT_4_PAIR_0(v) MIX(v, 0, 1, 46)
#define FRONT_4_REST(v)                                                                            \
    do {                                                                                           \
        MIX(v, 2, 1, 33);                                                                          \
        MIX(v, 4, 7, 27);                                                                          \
        MIX(v, 6, 5, 14);                                                                          \
        MIX(v, 0, 3, 42);                                                                          \
        MIX(v, 4, 1, 17);                                                                          \
        MIX(v, 6, 3, 49);                                                                          \
        MIX(v, 0, 5, 36);                                                                          \
        MIX(v, 2, 7, 39);                                                                          \
        MIX(v, 6, 1, 44);                                                                          \
        MIX(v, 0, 7, 9);                                                                           \
        MIX(v, 2, 5, 54);                                                                          \
        MIX(v, 4, 3, 56);                                                                          \
    } while (0)
#define EVEN_4(v)                                                                                  \
    do {                                                                                           \
        FRONT_4_PAIR_0(v);                                                                         \
        MIX(v, 2, 3, 36);                                                                          \
        MIX(v, 4, 5, 19);                                                                          \
        MIX(v, 6, 7, 37);                                                                          \
        FRONT_4_REST(v);                                                                           \
    } while (0)
#define ODD_4(v)                                                                                   \
    do {                                                                                           \
        MIX(v, 0, 1, 39);                                                                          \
        MIX(v, 2, 3, 30);                                                                          \
        MIX(v, 4, 5, 34);                                                                          \
        MIX(v, 6, 7, 24);                                                                          \
        MIX(v, 2, 1, 13);                                                                          \
        MIX(v, 4, 7, 50);                                                                          \
        MIX(v, 6, 5, 10);                                                                          \
        MIX(v, 0, 3, 17);                                                                          \
        MIX(v, 4, 1, 25);                                                                          \
        MIX(v, 6, 3, 29);                                                                          \
        MIX(v, 0, 5, 39);                                                                          \
        MIX(v, 2, 7, 43);                                                                          \
        MIX(v, 6, 1, 8);                                                                           \
        MIX(v, 0, 7, 35);                                                                          \
        MIX(v, 2, 5, 56);                                                                          \
        MIX(v, 4, 3, 22);                                                                          \
    } while (0)

VEC_INLINE void inject_common(vec v[8], const vec_word64 key[8])
{
    for (unsigned i = 0; i < 8; i++) {
        v[i] = vec_add64(v[i], vec_word64_get(&key[i]));
    }
}

/* Second block; nonce: in the upper halves. v: the chaining value after it. */
VEC_INLINE void message_block(vec v[8], const struct scratch *s, vec nonce)
{
    const vec_word64(*key)[8] = s->subkey;
    for (unsigned i = 0; i < 8; i++) {
        v[i] = vec_word64_get(&s->front[i]);
    }
    v[1] = vec_add64(v[1], nonce);
    FRONT_4_PAIR_0(v);
    FRONT_4_REST(v);
#define TWICE_4(n)                                                                                 \
    VEC_OPAQUE(key);                                                                               \
    inject_common(v, key[n]);                                                                      \
    ODD_4(v);                                                                                      \
    inject_common(v, key[(n) + 1]);                                                                \
    EVEN_4(v);
    TWICE_4(1);
    TWICE_4(3);
    TWICE_4(5);
    TWICE_4(7);
    TWICE_4(9);
    TWICE_4(11);
    TWICE_4(13);
    TWICE_4(15);
#undef TWICE_4
    VEC_OPAQUE(key);
    inject_common(v, key[17]);
    ODD_4(v);
    inject_common(v, key[18]);
    v[0] = vec_xor(v[0], vec_word64_get(&s->text[0]));
    v[1] = vec_xor(v[1], vec_xor(vec_word64_get(&s->text[1]), nonce));
}

/* Subkey n of the third block. n is a literal. */
VEC_INLINE void inject(vec v[8], const vec k[9], const struct scratch *s, unsigned n)
{
    for (unsigned i = 0; i < 8; i++) {
        v[i] = vec_add64(v[i], k[(n + i) % 9]);
    }
    v[5] = vec_add64(v[5], vec_word64_get(&s->out_tweak[n % 3]));
    v[6] = vec_add64(v[6], vec_word64_get(&s->out_tweak[(n + 1) % 3]));
    v[7] = vec_add64(v[7], vec_word64_get(&s->number[n]));
}

/* Third block: v is the chaining value, then the digest. */
VEC_INLINE void output_block(vec v[8], const struct scratch *s)
{
    vec k[9];
    k[8] = vec_word64_get(&s->parity);
    for (unsigned i = 0; i < 8; i++) {
        k[i] = v[i];
        k[8] = vec_xor(k[8], v[i]);
    }
    v[5] = vec_add64(v[5], vec_word64_get(&s->out_tweak[0]));
    v[6] = vec_add64(v[6], vec_word64_get(&s->out_tweak[1]));
    EVEN_4(v);
#define TWICE_4(n)                                                                                 \
    VEC_OPAQUE(s);                                                                                 \
    inject(v, k, s, n);                                                                            \
    ODD_4(v);                                                                                      \
    inject(v, k, s, (n) + 1);                                                                      \
    EVEN_4(v);
    TWICE_4(1);
    TWICE_4(3);
    TWICE_4(5);
    TWICE_4(7);
    TWICE_4(9);
    TWICE_4(11);
    TWICE_4(13);
    TWICE_4(15);
#undef TWICE_4
    inject(v, k, s, 17);
    ODD_4(v);
    inject(v, k, s, 18);
}

static __attribute__((noinline)) void skein_half(vec v[8], const struct scratch *s, vec nonce)
{
    vec u[8];
    message_block(u, s, nonce);
    output_block(u, s);
    memcpy(v, u, sizeof u);
}

static inline uint64_t batch(void *state, uint32_t nonce)
{
    const struct scratch *s = state;
    vec even[8];
    vec odd[8];
    vec w[16];
    vec v[8];
    vec low = vec_set64(0xffffffffU);
    vec first = vec_add(VEC_SHL64(vec_set64(nonce), 32), s->lanes);
    skein_half(even, s, first);
    skein_half(odd, s, vec_add(first, vec_set64(1ULL << 32)));
    for (unsigned i = 0; i < 8; i++) {
        w[2 * i] = sha256_swap_bytes(vec_choose(low, even[i], VEC_SHL64(odd[i], 32)));
        w[2 * i + 1] = sha256_swap_bytes(vec_choose(low, VEC_SHR64(even[i], 32), odd[i]));
        v[i] = vec_word_get(&s->iv[i]);
    }
    sha256_compress_vec(v, w, s->words.k);
    return vec_clear_ways(sha256_last_word_common(v, s->padding_kw), &s->filter);
}

#define HEADER80_HASH kern_skein_hash
#include "prim/header80_search.h"
