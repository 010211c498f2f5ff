/* odocrypt_body.h: the vector search, written once for every width. A variant's source file
 * includes one vec_<isa>.h, names its search with KERN_SEARCH_NAME, defines three functions for its
 * instructions, and includes this file once:
 *   rotate64(v, bits)     each 64-bit lane to the left
 *   small_boxes(boxes, v) the 6-bit fields at bits 0, 16, 32, 48 looked up, each in its box
 *   large_box(box, index) the entry, in bits 0..15; more above is junk
 *
 * A batch hashes VEC_WAYS consecutive nonces: the cipher runs in 64-bit lanes on the even ones,
 * then on the odd ones; Keccak runs in 32-bit lanes on all, lane k of the halves being ways 2k and
 * 2k + 1. Word shuffles of the P-boxes are only names. The tables are the epoch's and stay as they
 * are: 23 KB lie in the first cache. */
#include <string.h>

#include "base/endian.h"
#include "odocrypt/odocrypt.h"
#include "odocrypt/odocrypt_layout.h"

/* A look-up whose result is not used: for the probe. */
VEC_INLINE vec look_aside(vec acc, const uint16_t *box)
{
    VEC_KEEP(large_box(box, vec_set64(511)));
    return acc;
}

#define VEC_PROBE_OWN_0(acc, place) rotate64(acc, 19)
#define VEC_PROBE_OWN_1(acc, place)                                                                \
    small_boxes((const uint8_t(*)[64])(const void *)(place)->rows, acc)
#define VEC_PROBE_OWN_2(acc, place) look_aside(acc, (const uint16_t *)(const void *)(place)->rows)

/* Vector operations of one batch, the same for all widths: struct kern_op_counts. Checked by
 * tests/cross/test_odocrypt_counts.c. */
#define VEC_PROBE_MIX(X)                                                                           \
    X(ADD, 2)                                                                                      \
    X(LOAD, 0)                                                                                     \
    X(LOGIC, 19478)                                                                                \
    X(XOR3, 5160)                                                                                  \
    X(CHOOSE, 20180)                                                                               \
    X(ROTATE_BITS, 348)                                                                            \
    X(SHIFT, 13463)                                                                                \
    X(OWN_0, 18480)                                                                                \
    X(OWN_1, 1680)                                                                                 \
    X(OWN_2, 6720)                                                                                 \
    X(COMPARE, 1)
#include "vec/vec_probe.h"

enum { PROBE_SPAN = 4096 }; /* bytes among which the probe's boxes lie */

struct scratch {
    const struct kern_odocrypt_key *key;
    vec lanes;          /* 64-bit lanes: 2k in the upper half of lane k */
    uint64_t words[10]; /* header, nonce zero */
    uint64_t total;     /* exclusive-or of them */
    uint64_t rotation[2][KERN_ODOCRYPT_PBOX_ROUNDS][KERN_ODOCRYPT_PAIRS];
    uint64_t mix[KERN_ODOCRYPT_MIXES];
    uint64_t round_key[KERN_ODOCRYPT_ROUNDS][KERN_ODOCRYPT_WORDS];
    vec_word filter; /* bits of digest word 7 that are clear in every find */
};

_Static_assert(sizeof(struct scratch) <= KERN_ODOCRYPT_SCRATCH_SIZE, "the row promises enough");

static void prepare(struct scratch *s, const struct kern_work *work)
{
    const struct kern_odocrypt_key *key = work->table->data;
    uint32_t lanes[VEC_WAYS];
    for (unsigned i = 0; i < VEC_WAYS; i++) {
        lanes[i] = i % 2 != 0 ? i - 1 : 0;
    }
    s->lanes = vec_load(lanes);
    s->key = key;
    s->total = 0;
    for (unsigned i = 0; i < 10; i++) {
        s->words[i] = base_load_le64(work->header + 8 * i);
        if (i == 9) {
            s->words[i] &= UINT32_MAX;
        }
        s->total ^= s->words[i];
    }
    for (unsigned p = 0; p < 2; p++) {
        for (unsigned r = 0; r < KERN_ODOCRYPT_PBOX_ROUNDS; r++) {
            for (unsigned k = 0; k < KERN_ODOCRYPT_PAIRS; k++) {
                s->rotation[p][r][k] = key->pbox[p].rotation[r][k];
            }
        }
    }
    for (unsigned k = 0; k < KERN_ODOCRYPT_MIXES; k++) {
        s->mix[k] = key->mix[k];
    }
    for (unsigned n = 0; n < KERN_ODOCRYPT_ROUNDS; n++) {
        for (unsigned i = 0; i < KERN_ODOCRYPT_WORDS; i++) {
            s->round_key[n][i] = key->round_key[n] >> i & 1;
        }
    }
    vec_word_put(&s->filter, prim_header80_clear_bits(work->target_be));
}

VEC_INLINE void swap_pairs(vec w[10], const uint64_t mask[KERN_ODOCRYPT_PAIRS])
{
    for (unsigned k = 0; k < KERN_ODOCRYPT_PAIRS; k++) {
        vec m = vec_set64(mask[k]);
        vec even = w[2 * k];
        vec odd = w[2 * k + 1];
        w[2 * k] = vec_choose(m, odd, even);
        w[2 * k + 1] = vec_choose(m, even, odd);
    }
}

VEC_INLINE void permute_bits(vec w[10], const struct kern_odocrypt_pbox *pbox,
                             const uint64_t rotation[KERN_ODOCRYPT_PBOX_ROUNDS][5])
{
#define SUB_ROUND(r)                                                                               \
    do {                                                                                           \
        vec to[10];                                                                                \
        swap_pairs(w, pbox->mask[r]);                                                              \
        for (unsigned i = 0; i < 10; i++) {                                                        \
            to[3 * i % 10] = w[i];                                                                 \
        }                                                                                          \
        for (unsigned i = 0; i < 10; i++) {                                                        \
            w[i] = i % 2 == 0 ? rotate64(to[i], rotation[r][i / 2]) : to[i];                       \
        }                                                                                          \
    } while (0)
    SUB_ROUND(0);
    SUB_ROUND(1);
    SUB_ROUND(2);
    SUB_ROUND(3);
    SUB_ROUND(4);
#undef SUB_ROUND
    swap_pairs(w, pbox->mask[KERN_ODOCRYPT_PBOX_ROUNDS]);
}

VEC_INLINE void substitute(vec w[10], const struct kern_odocrypt_key *key)
{
    vec ten_bits = vec_set64(1023);
    for (unsigned i = 0; i < 10; i++) {
        vec v = w[i];
        vec f0 = large_box(key->large[i], vec_and(VEC_SHR64(v, 6), ten_bits));
        vec f1 = large_box(key->large[i], vec_and(VEC_SHR64(v, 22), ten_bits));
        vec f2 = large_box(key->large[i], vec_and(VEC_SHR64(v, 38), ten_bits));
        vec f3 = large_box(key->large[i], VEC_SHR64(v, 54));
        f0 = VEC_SHL64(vec_and(f0, ten_bits), 6);
        f1 = VEC_SHL64(vec_and(f1, ten_bits), 22);
        f2 = VEC_SHL64(vec_and(f2, ten_bits), 38);
        f3 = VEC_SHL64(f3, 54);
        w[i] = vec_or(vec_or(vec_or(f0, f1), vec_or(f2, f3)),
                      small_boxes((const uint8_t(*)[64])key->small[4 * i], v));
    }
}

VEC_INLINE void mix_words(vec w[10], const uint64_t mix[KERN_ODOCRYPT_MIXES],
                          const uint64_t round_key[10])
{
    vec old[10];
    for (unsigned i = 0; i < 10; i++) {
        old[i] = vec_xor(w[i], vec_set64(round_key[(i + 9) % 10]));
    }
    for (unsigned i = 0; i < 10; i++) { /* the key of word i comes with its neighbour i + 1 */
        vec sum = vec_xor3(rotate64(w[i], mix[0]), rotate64(w[i], mix[1]), old[(i + 1) % 10]);
        sum = vec_xor3(rotate64(w[i], mix[2]), rotate64(w[i], mix[3]), sum);
        old[(i + 1) % 10] = vec_xor3(rotate64(w[i], mix[4]), rotate64(w[i], mix[5]), sum);
    }
    for (unsigned i = 0; i < 10; i++) {
        w[i] = old[(i + 1) % 10];
    }
}

/* Header with these nonces (in the upper halves) through the cipher. */
static __attribute__((noinline)) void encrypt(vec out[10], const struct scratch *s, vec nonce)
{
    const struct kern_odocrypt_key *key = s->key;
    vec w[10];
    vec total = vec_xor(vec_set64(s->total), nonce);
    total = vec_xor(total, VEC_SHR64(total, 32));
    for (unsigned i = 0; i < 10; i++) {
        w[i] = vec_xor(vec_set64(s->words[i]), total);
    }
    w[9] = vec_xor(w[9], nonce);
    for (unsigned round = 0; round < KERN_ODOCRYPT_ROUNDS; round++) {
        permute_bits(w, &key->pbox[0], s->rotation[0]);
        substitute(w, key);
        permute_bits(w, &key->pbox[1], s->rotation[1]);
        mix_words(w, s->mix, s->round_key[round]);
    }
    memcpy(out, w, sizeof w);
}

#define KECCAK_TURN(v, bits) VEC_ROR(v, 32 - (bits))

/* One round of Keccak-p[800]; lane x + 5y. */
VEC_INLINE void keccak_round(vec a[25], uint32_t constant)
{
    vec c[5];
    vec d[5];
    vec b[25];
    for (unsigned x = 0; x < 5; x++) {
        c[x] = vec_xor3(vec_xor3(a[x], a[x + 5], a[x + 10]), a[x + 15], a[x + 20]);
    }
    for (unsigned x = 0; x < 5; x++) {
        d[x] = vec_xor(c[(x + 4) % 5], KECCAK_TURN(c[(x + 1) % 5], 1));
    }
    b[0] = vec_xor(a[0], d[0]);
#define MOVE(to, x, y, bits) b[to] = KECCAK_TURN(vec_xor(a[(x) + 5 * (y)], d[x]), bits);
    KECCAK_MOVES(MOVE)
#undef MOVE
    for (unsigned y = 0; y < 25; y += 5) {
        for (unsigned x = 0; x < 5; x++) {
            a[y + x] = vec_xor(b[y + x], vec_andnot(b[y + (x + 1) % 5], b[y + (x + 2) % 5]));
        }
    }
    a[0] = vec_xor(a[0], vec_set(constant));
}

static inline uint64_t batch(void *state, uint32_t nonce)
{
    const struct scratch *s = state;
    vec even[10];
    vec odd[10];
    vec a[25];
    vec low = vec_set64(0xffffffffU);
    vec first = vec_add(VEC_SHL64(vec_set64(nonce), 32), s->lanes);
    encrypt(even, s, first);
    encrypt(odd, s, vec_add(first, vec_set64(1ULL << 32)));
    for (unsigned i = 0; i < 10; i++) {
        a[2 * i] = vec_choose(low, even[i], VEC_SHL64(odd[i], 32));
        a[2 * i + 1] = vec_choose(low, VEC_SHR64(even[i], 32), odd[i]);
    }
    a[20] = vec_set(1);
    for (unsigned i = 21; i < 25; i++) {
        a[i] = vec_set(0);
    }
    for (unsigned round = 0; round < 12; round++) {
        keccak_round(a, kern_odocrypt_keccak_constants[round]);
    }
    return vec_clear_ways(a[7], &s->filter);
}

/* The probe's boxes are the bytes of the round keys: they lie in the first cache like the real
 * ones, and the time of a look-up does not depend on what it finds. */
static uint32_t probe(void *scratch, uint64_t batches)
{
    struct scratch *s = scratch;
    _Static_assert(sizeof s->round_key >= PROBE_SPAN / 2 + 1024 * sizeof(uint16_t) + 8,
                   "the probe's boxes are inside the scratch");
    return vec_probe(batches, s->round_key, PROBE_SPAN);
}

#define HEADER80_OWN_PROBE
#define HEADER80_HASH kern_odocrypt_hash
#include "prim/header80_search.h"
