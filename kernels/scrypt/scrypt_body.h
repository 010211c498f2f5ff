/* scrypt_body.h: the vector search, written once for every width. A variant's source file includes
 * one vec_<isa>.h, names its search with KERN_SEARCH_NAME, and includes this file once.
 *
 * A batch hashes VEC_WAYS consecutive nonces. PBKDF2, a sixtieth of the work, runs one hash a way.
 * ROMix runs one hash a quad (four words, 128 bits): a salsa20 matrix is four quads, its diagonals,
 * so that every quarter round works on whole quads and columns become rows by turning them. A group
 * is VEC_WAYS / 4 hashes, one a quad; the instructions of SCRYPT_GROUPS groups alternate, so that
 * one computes while the other waits for its operands.
 *
 * Memory: each hash has a table of its own, 1024 rows of 128 bytes in the order in which the
 * diagonals lie in registers. Writing and reading a row transposes quads: a row is then two whole
 * cache lines of one hash instead of parts of many lines. */
#include <string.h>

#include "base/endian.h"
#include "prim/sha256_body.h"
#include "scrypt/scrypt.h"

/* Two groups of AVX-512 fill its registers; four of the narrower ones hide more of their longer
 * emulated rotations, and spill little in the inner loop. Measured: bench/NOTES.md. */
#ifndef SCRYPT_GROUPS
#define SCRYPT_GROUPS 4
#endif

enum {
    QUADS = VEC_WAYS / 4,           /* hashes of a group */
    HASHES = QUADS * SCRYPT_GROUPS, /* hashes in memory at once */
    BLOCK_WORDS = KERN_SCRYPT_BLOCK / 4,
    CHUNKS = 8 / QUADS, /* vectors of a row */
};

/* Vector operations of one batch: struct kern_op_counts. quads: of a vector, 1, 2 or 4; transposing
 * n vectors takes n * log2(n) shuffles, and quads / 2 is that logarithm. Checked by
 * tests/cross/test_scrypt_counts.c. */
#define VEC_PROBE_MIX(X)                                                                           \
    X(ADD, 599217)                                                                                 \
    X(LOAD, 1063)                                                                                  \
    X(LOGIC, 622608)                                                                               \
    X(XOR3, 3488)                                                                                  \
    X(CHOOSE, 1089)                                                                                \
    X(MAJORITY, 1024)                                                                              \
    X(ROTATE_BITS, 533442)                                                                         \
    X(SHIFT, 1440)                                                                                 \
    X(SHUFFLE, 393216 + 65536 * (QUADS / 2))                                                       \
    X(VECTOR_LOAD, 32832)                                                                          \
    X(VECTOR_STORE, 36928)                                                                         \
    X(COMPARE, 1)
#include "vec/vec_probe.h"

_Static_assert(VEC_WAYS % HASHES == 0, "a batch is whole rounds of ROMix");

struct scratch {
    uint8_t table[HASHES][KERN_SCRYPT_N][KERN_SCRYPT_BLOCK];
    uint32_t words[BLOCK_WORDS][VEC_WAYS]; /* blocks between PBKDF2 and ROMix */
    vec inner[8];                          /* HMAC: state after the inner key block */
    vec outer[8];
    vec nonces; /* as SHA-256 reads them */
    vec lanes;  /* way i holds i */
    struct sha256_words sha;
    vec_word iv[8];
    vec_word midstate[8];   /* of the header's first block */
    vec_word header_kw[64]; /* K + W of the header's first block */
    vec_word tail[3];       /* header words 16..18 */
    vec_word filter;        /* bits of the last digest word that are clear in every find */
};

_Static_assert(sizeof(struct scratch) <= KERN_SCRYPT_SCRATCH_SIZE, "the row promises enough");

/* Word i of a block in diagonal order: half, diagonal, place in it. */
static unsigned word_of(unsigned place)
{
    unsigned diagonal = place / 4 % 4;
    return place / 16 * 16 + (4 * (diagonal + place % 4) + place % 4) % 16;
}

static void prepare(struct scratch *s, const struct kern_work *work)
{
    uint32_t block[16];
    uint32_t state[8];
    uint32_t lanes[VEC_WAYS];
    for (unsigned i = 0; i < VEC_WAYS; i++) {
        lanes[i] = i;
    }
    s->lanes = vec_load(lanes);
    sha256_words_init(&s->sha);
    for (unsigned i = 0; i < 16; i++) {
        block[i] = base_load_be32(work->header + 4 * i);
    }
    memcpy(state, prim_sha256_iv, sizeof state);
    prim_sha256_compress(state, block);
    sha256_common_block(s->header_kw, block);
    for (unsigned i = 0; i < 8; i++) {
        vec_word_put(&s->iv[i], prim_sha256_iv[i]);
        vec_word_put(&s->midstate[i], state[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        vec_word_put(&s->tail[i], base_load_be32(work->header + 64 + 4 * i));
    }
    vec_word_put(&s->filter, __builtin_bswap32(prim_header80_clear_bits(work->target_be)));
}

static __attribute__((noinline)) void compress(vec v[8], vec w[16], const struct scratch *s)
{
    sha256_compress_vec(v, w, s->sha.k);
}

static void words_of(vec v[8], const vec_word words[8])
{
    for (unsigned i = 0; i < 8; i++) {
        v[i] = vec_word_get(&words[i]);
    }
}

/* A message's last block: `used` words are set, the padding follows. */
static void pad(vec w[16], unsigned used, uint32_t message_bits)
{
    w[used] = vec_set(0x80000000U);
    for (unsigned i = used + 1; i < 15; i++) {
        w[i] = vec_set(0);
    }
    w[15] = vec_set(message_bits);
}

static void put_tail(vec w[16], const struct scratch *s)
{
    for (unsigned i = 0; i < 3; i++) {
        w[i] = vec_word_get(&s->tail[i]);
    }
    w[3] = s->nonces;
}

/* HMAC's key is the header's hash, since the header is longer than a block. */
static void start_hmac(struct scratch *s)
{
    vec key[8];
    vec w[16];
    words_of(key, s->midstate);
    put_tail(w, s);
    pad(w, 4, 8 * PRIM_HEADER80_SIZE);
    compress(key, w, s);
    for (unsigned outer = 0; outer < 2; outer++) {
        vec *state = outer != 0 ? s->outer : s->inner;
        vec pattern = vec_set(outer != 0 ? 0x5c5c5c5cU : 0x36363636U);
        for (unsigned i = 0; i < 16; i++) {
            w[i] = i < 8 ? vec_xor(key[i], pattern) : pattern;
        }
        words_of(state, s->iv);
        compress(state, w, s);
    }
}

/* The outer hash of HMAC over the inner digest in v; result in v. */
static void finish_hmac(vec v[8], const struct scratch *s)
{
    vec w[16];
    memcpy(w, v, 8 * sizeof v[0]);
    pad(w, 8, 8 * (64 + 32));
    memcpy(v, s->outer, 8 * sizeof v[0]);
    compress(v, w, s);
}

/* PBKDF2 of the header: 128 bytes a way, as little-endian words. */
static void first_pbkdf2(struct scratch *s)
{
    vec salted[8];
    start_hmac(s);
    memcpy(salted, s->inner, sizeof salted);
    sha256_compress_common(salted, s->header_kw);
    for (unsigned block = 0; block < 4; block++) {
        vec v[8];
        vec w[16];
        memcpy(v, salted, sizeof v);
        put_tail(w, s);
        w[4] = vec_set(block + 1);
        pad(w, 5, 8 * (64 + PRIM_HEADER80_SIZE + 4));
        compress(v, w, s);
        finish_hmac(v, s);
        for (unsigned i = 0; i < 8; i++) {
            vec_store(s->words[8 * block + i], sha256_swap_bytes(v[i]));
        }
    }
}

/* PBKDF2 with ROMix's result as salt: the digest's last word. */
static vec second_pbkdf2(const struct scratch *s)
{
    vec v[8];
    vec w[16];
    memcpy(v, s->inner, sizeof v);
    for (unsigned half = 0; half < 2; half++) {
        for (unsigned i = 0; i < 16; i++) {
            w[i] = sha256_swap_bytes(vec_load(s->words[16 * half + i]));
        }
        compress(v, w, s);
    }
    w[0] = vec_set(1);
    pad(w, 1, 8 * (64 + KERN_SCRYPT_BLOCK + 4));
    compress(v, w, s);
    finish_hmac(v, s);
    return v[7];
}

/* A quarter round or a turn in all groups, side by side: the order of the statements is the order
 * in which a core starts them, and one group alone would wait for each result. */
#define EACH_GROUP for (unsigned g = 0; g < SCRYPT_GROUPS; g++)
#define QUARTER(a, b, c, bits)                                                                     \
    EACH_GROUP                                                                                     \
    {                                                                                              \
        x[g][a] = vec_xor(x[g][a], VEC_ROR(vec_add(x[g][b], x[g][c]), 32 - (bits)));               \
    }
#define TURN(first, second, third)                                                                 \
    EACH_GROUP                                                                                     \
    {                                                                                              \
        x[g][1] = VEC_TURN(x[g][1], first);                                                        \
        x[g][2] = VEC_TURN(x[g][2], second);                                                       \
        x[g][3] = VEC_TURN(x[g][3], third);                                                        \
    }

VEC_INLINE void double_round(vec x[SCRYPT_GROUPS][4])
{
    QUARTER(1, 0, 3, 7);
    QUARTER(2, 1, 0, 9);
    QUARTER(3, 2, 1, 13);
    QUARTER(0, 3, 2, 18);
    TURN(3, 2, 1);
    QUARTER(3, 0, 1, 7);
    QUARTER(2, 3, 0, 9);
    QUARTER(1, 2, 3, 13);
    QUARTER(0, 1, 2, 18);
    TURN(1, 2, 3);
}

/* Half `to` of each block becomes salsa20/8(to ^ from). to, from: 0 or 4, first diagonal. */
VEC_INLINE void mix_half(vec block[SCRYPT_GROUPS][8], unsigned to, unsigned from)
{
    vec x[SCRYPT_GROUPS][4];
    EACH_GROUP
    {
        for (unsigned i = 0; i < 4; i++) {
            x[g][i] = vec_xor(block[g][to + i], block[g][from + i]);
            block[g][to + i] = x[g][i];
        }
    }
    double_round(x);
    double_round(x);
    double_round(x);
    double_round(x);
    EACH_GROUP
    {
        for (unsigned i = 0; i < 4; i++) {
            block[g][to + i] = vec_add(block[g][to + i], x[g][i]);
        }
    }
}

VEC_INLINE void block_mix(vec block[SCRYPT_GROUPS][8])
{
    mix_half(block, 0, 4);
    mix_half(block, 4, 0);
}

typedef uint8_t table_type[KERN_SCRYPT_N][KERN_SCRYPT_BLOCK];

VEC_INLINE uint32_t *chunk_of(table_type *table, unsigned quad, uint32_t row, unsigned chunk)
{
    return (uint32_t *)(void *)(table[quad][row] + chunk * sizeof(vec));
}

VEC_INLINE void write_row(table_type *table, uint32_t row, const vec x[8])
{
    for (unsigned chunk = 0; chunk < CHUNKS; chunk++) {
        vec v[QUADS];
        for (unsigned i = 0; i < QUADS; i++) {
            v[i] = x[QUADS * chunk + i];
        }
        vec_transpose_quads(v);
        for (unsigned quad = 0; quad < QUADS; quad++) {
            vec_store(chunk_of(table, quad, row, chunk), v[quad]);
        }
    }
}

/* x ^= the row that each hash picks with the first word of its second half. */
VEC_INLINE void xor_picked(vec x[8], table_type *table)
{
    uint32_t picks[VEC_WAYS];
    vec_store(picks, x[4]);
    for (unsigned chunk = 0; chunk < CHUNKS; chunk++) {
        vec v[QUADS];
        for (unsigned quad = 0; quad < QUADS; quad++) {
            uint32_t row = picks[4 * quad] % KERN_SCRYPT_N;
            v[quad] = vec_load(chunk_of(table, quad, row, chunk));
        }
        vec_transpose_quads(v);
        for (unsigned i = 0; i < QUADS; i++) {
            x[QUADS * chunk + i] = vec_xor(x[QUADS * chunk + i], v[i]);
        }
    }
}

/* ROMix of the hashes in ways first_way .. first_way + HASHES - 1, in place in words. */
static __attribute__((noinline)) void ro_mix(struct scratch *s, unsigned first_way)
{
    vec x[SCRYPT_GROUPS][8];
    uint32_t quads[VEC_WAYS];
    for (unsigned g = 0; g < SCRYPT_GROUPS; g++) {
        for (unsigned i = 0; i < 8; i++) {
            for (unsigned k = 0; k < VEC_WAYS; k++) {
                quads[k] = s->words[word_of(4 * i + k % 4)][first_way + QUADS * g + k / 4];
            }
            x[g][i] = vec_load(quads);
        }
    }
    for (uint32_t row = 0; row < KERN_SCRYPT_N; row++) {
        for (unsigned g = 0; g < SCRYPT_GROUPS; g++) {
            write_row(&s->table[QUADS * g], row, x[g]);
        }
        block_mix(x);
    }
    for (uint32_t step = 0; step < KERN_SCRYPT_N; step++) {
        for (unsigned g = 0; g < SCRYPT_GROUPS; g++) {
            xor_picked(x[g], &s->table[QUADS * g]);
        }
        block_mix(x);
    }
    for (unsigned g = 0; g < SCRYPT_GROUPS; g++) {
        for (unsigned i = 0; i < 8; i++) {
            vec_store(quads, x[g][i]);
            for (unsigned k = 0; k < VEC_WAYS; k++) {
                s->words[word_of(4 * i + k % 4)][first_way + QUADS * g + k / 4] = quads[k];
            }
        }
    }
}

static inline uint64_t batch(void *state, uint32_t nonce)
{
    struct scratch *s = state;
    s->nonces = sha256_swap_bytes(vec_add(vec_set(nonce), s->lanes));
    first_pbkdf2(s);
    for (unsigned way = 0; way < VEC_WAYS; way += HASHES) {
        ro_mix(s, way);
    }
    return vec_clear_ways(second_pbkdf2(s), &s->filter);
}

static uint32_t probe(void *scratch, uint64_t batches)
{
    return vec_probe(batches, ((struct scratch *)scratch)->table,
                     sizeof(((struct scratch *)scratch)->table));
}

#define HEADER80_OWN_PROBE
#define HEADER80_HASH kern_scrypt_hash
#include "prim/header80_search.h"
