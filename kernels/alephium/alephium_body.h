/* alephium_body.h: the vector search, written once for every width. Not a header in the usual
 * sense: a variant's source file chooses a width by including one vec_<isa>.h, names its search
 * with KERN_SEARCH_NAME, and includes this file once.
 *
 * One batch hashes VEC_WAYS consecutive nonces, one in each way. The message of 326 bytes is six
 * blocks, its 32-byte hash is a seventh: 7 compressions of 7 rounds. What need not be computed is
 * left out; README.md here lists what, and why it is right:
 *  - round 1 of block 0 as far as the counter's low word (message word 5) does not reach it;
 *  - additions of message words that are zero (14 in block 5, 8 in the second pass);
 *  - exclusive-ors with state words that are zero, additions of two constants;
 *  - everything of the last round that the first hash word does not need. That word decides
 *    whether a batch can hold a find; if so, a cold path computes the whole hashes.
 *
 * Message words come from memory as operands of the additions. The 16 words of the state are what
 * the registers are for. */
#include <string.h>

#include "alephium/alephium.h"
#include "base/endian.h"
#include "base/target.h"

/* Vector operations of one batch, the same for all widths: struct kern_op_counts. Checked by
 * tests/cross/test_alephium_counts.c. */
#define VEC_PROBE_MIX(X)                                                                           \
    X(ADD, 2154)                                                                                   \
    X(LOAD, 613)                                                                                   \
    X(LOGIC, 1573)                                                                                 \
    X(ROTATE_BYTES, 771)                                                                           \
    X(ROTATE_BITS, 769)                                                                            \
    X(COMPARE, 1)
#include "vec/vec_probe.h"

#ifndef KERN_SEARCH_NAME
#error "the variant's file says what its search is called: KERN_SEARCH_NAME"
#endif

#include "alephium/alephium_rounds.h"

/* 1: blocks 1 to 5 are a loop over rounds, whose words lie in memory in the order of each round.
 * Adds the zero words of block 5 (2 % more operations than VEC_PROBE_MIX); for widths whose
 * unrolled rounds do not fit into the cache of decoded instructions. */
#ifndef ALEPHIUM_ROLLED
#define ALEPHIUM_ROLLED 0
#endif

enum {
    BLOCKS = 6,     /* of 64 bytes, the last of 6 */
    LAST_BLOCK = 5, /* its words 0 and 1 hold the 6 bytes */
    LAST_BLOCK_SIZE = KERN_ALEPHIUM_MESSAGE_SIZE - 64 * LAST_BLOCK,
    HASH_SIZE = 32,
    COUNTER_WORD = 5,      /* low half of the counter */
    COUNTER_HIGH_WORD = 4, /* constant for 2^32 nonces */
    FLAG_CHUNK_START = 1,  /* BLAKE3 specification, table 3 */
    FLAG_CHUNK_END = 2,
    FLAG_ROOT = 8,
};

/* Sets of message words, bit i for word i. */
enum {
    WORDS_NONE = 0,
    WORDS_COUNTER = 1 << COUNTER_WORD,
    WORDS_ZERO_LAST_BLOCK = 0xfffc,  /* all but 0 and 1 */
    WORDS_LOWER_HALF = 0x00ff,       /* the hash of the first pass */
    WORDS_ZERO_SECOND_PASS = 0xff00, /* 32 bytes: half a block */
};

/* Constants of block 0 for one job and one high half of the counter: the state after what word 5
 * does not reach, with sums folded where two constants meet. Named by state word and position. */
enum front_word {
    FRONT_COLUMN_A2, /* v2 + v6 before word 5 is added */
    FRONT_COLUMN_B6,
    FRONT_COLUMN_C10,
    FRONT_COLUMN_D14,
    FRONT_D15, /* diagonal 0: its first half is constant up to d */
    FRONT_B5,
    FRONT_A0, /* with word 9 */
    FRONT_A1, /* diagonal 1, with word 10 */
    FRONT_C11,
    FRONT_D12,
    FRONT_A2, /* diagonal 2: v2 + v6 + v7 + word 12, before word 5 is added */
    FRONT_B7,
    FRONT_C8,
    FRONT_D13,
    FRONT_A3,        /* diagonal 3: constant up to a */
    FRONT_A3_SECOND, /* with word 15 */
    FRONT_B4,
    FRONT_C9,
    FRONT_COUNT
};

/* Working memory of a search; all vectors aligned, since the scratch is. */
struct scratch {
    vec counter[COUNTER_WORD + 1]; /* only [COUNTER_WORD] is used: indexed by message word */
    vec row_c[4];
    vec inner[8]; /* first-pass hash of the batch, as words */
    vec_word front[FRONT_COUNT];
    vec_word block[BLOCKS][16];
#if ALEPHIUM_ROLLED
    vec_word schedule[BLOCKS - 1][ROUNDS][16]; /* blocks 1 to 5 in the order of each round */
    vec_word entry[BLOCKS - 1][4];             /* state words 12 to 15 at the start of a block */
#endif
    vec_word iv[8];
    vec_word iv_sum[4];  /* IV[k] + IV[4 + k] */
    vec_word block_size; /* 64 */
    vec_word last_block_size;
    vec_word last_block_flags;
    vec_word second_size;
    vec_word second_flags;
    vec_word filter; /* bits of the first hash word that must be clear in a find */
};

_Static_assert(sizeof(struct scratch) <= KERN_ALEPHIUM_SCRATCH_SIZE, "the row promises enough");

/* First halves of the first columns. a holds v[k] + v[4 + k] but for the message word; b is v[4 +
 * k] in the state already; d0 is NULL where state word 12 + k starts as zero. */
VEC_INLINE void start_column(struct state *s, const struct message *m, const vec_word *iv,
                             const vec_word *d0, unsigned k)
{
    add_word(&s->v[k], m, 2 * k);
    s->v[12 + k] = d0 != NULL ? vec_xor(s->v[k], vec_word_get(d0)) : s->v[k];
    s->v[12 + k] = vec_ror16(s->v[12 + k]);
    s->v[8 + k] = vec_add(s->v[12 + k], vec_word_get(&iv[k]));
    step_b(s, 0, 0, k);
}

#if ALEPHIUM_ROLLED

/* Blocks 1 to 5: chaining value in v[0..7], in and out. */
VEC_INLINE void blocks_after_first(struct state *s, const struct scratch *memory)
{
    struct message m = {memory->schedule[0][0], NULL, WORDS_NONE, WORDS_NONE};
    for (unsigned block = 0; block < BLOCKS - 1; block++) {
        for (unsigned k = 0; k < 4; k++) {
            s->v[8 + k] = vec_word_get(&memory->iv[k]);
            s->v[12 + k] = vec_word_get(&memory->entry[block][k]);
            keep_c(s, 8 + k);
        }
        for (unsigned round = 0; round < ROUNDS; round++) {
            VEC_OPAQUE(m.common);
            row(s, &m, 0, 0, false);
            row(s, &m, 0, 1, false);
            m.common += 16;
        }
        fold(s);
    }
}

/* In: words, those of the message. */
static void prepare_schedule(struct scratch *memory, const uint8_t *words)
{
    for (unsigned block = 1; block < BLOCKS; block++) {
        bool last = block == LAST_BLOCK;
        vec_word *entry = memory->entry[block - 1];
        vec_word_put(&entry[0], 0);
        vec_word_put(&entry[1], 0);
        vec_word_put(&entry[2], last ? LAST_BLOCK_SIZE : 64);
        vec_word_put(&entry[3], last ? FLAG_CHUNK_END | FLAG_ROOT : 0);
        for (unsigned i = 0; i < ROUNDS * 16; i++) {
            unsigned word = 16 * block + SCHEDULE[i / 16][i % 16];
            vec_word_put(&memory->schedule[block - 1][i / 16][i % 16],
                         base_load_le32(words + (size_t)4 * word));
        }
    }
}

#else

/* A block of the first pass after block 0: chaining value in v[0..7], in and out. */
VEC_INLINE void block_after_first(struct state *s, const struct scratch *memory, struct message m,
                                  const vec_word *size, const vec_word *flags)
{
    for (unsigned k = 0; k < 4; k++) {
        s->v[k] = vec_add(s->v[k], s->v[4 + k]);
        start_column(s, &m, memory->iv, k == 2 ? size : k == 3 ? flags : NULL, k);
    }
    row(s, &m, 0, 0, true);
    row(s, &m, 0, 1, false);
    rounds(s, m, 1, ROUNDS);
    fold(s);
}

/* Blocks 1 to 5. */
VEC_INLINE void blocks_after_first(struct state *s, const struct scratch *memory)
{
    for (unsigned block = 1; block < LAST_BLOCK; block++) { /* rolled: code stays in the caches */
        block_after_first(s, memory,
                          (struct message){memory->block[block], NULL, WORDS_NONE, WORDS_NONE},
                          &memory->block_size, NULL);
    }
    block_after_first(
        s, memory,
        (struct message){memory->block[LAST_BLOCK], NULL, WORDS_NONE, WORDS_ZERO_LAST_BLOCK},
        &memory->last_block_size, &memory->last_block_flags);
}

static void prepare_schedule(struct scratch *memory, const uint8_t *words)
{
    (void)memory;
    (void)words;
}

#endif

/* Round 1 of block 0, from the constants on. Quarter rounds as in the specification, with what
 * prepare() has computed left out. */
VEC_INLINE void front(struct state *s, const struct scratch *memory)
{
    const vec_word *f = memory->front;
    const vec_word *m = memory->block[0];
    vec word = memory->counter[COUNTER_WORD];
    vec *v = s->v;

    v[2] = vec_add(word, vec_word_get(&f[FRONT_COLUMN_A2]));
    v[14] = vec_ror8(vec_xor(v[2], vec_word_get(&f[FRONT_COLUMN_D14])));
    v[10] = vec_add(v[14], vec_word_get(&f[FRONT_COLUMN_C10]));
    v[6] = vec_ror7(vec_xor(v[10], vec_word_get(&f[FRONT_COLUMN_B6])));

    v[10] = vec_add(v[10], vec_word_get(&f[FRONT_D15]));
    v[5] = vec_ror12(vec_xor(v[10], vec_word_get(&f[FRONT_B5])));
    keep_c(s, 10);
    v[0] = vec_add(v[5], vec_word_get(&f[FRONT_A0]));
    v[15] = vec_ror8(vec_xor(v[0], vec_word_get(&f[FRONT_D15])));
    step_c(s, 1, 0);
    step_b(s, 1, 1, 0);

    v[1] = vec_add(v[6], vec_word_get(&f[FRONT_A1]));
    v[12] = vec_ror16(vec_xor(v[1], vec_word_get(&f[FRONT_D12])));
    v[11] = vec_add(v[12], vec_word_get(&f[FRONT_C11]));
    step_b(s, 1, 0, 1);
    v[1] = vec_add(vec_add(v[1], vec_word_get(&m[11])), v[6]);
    step_d(s, 1, 1, 1);
    step_c(s, 1, 1);
    step_b(s, 1, 1, 1);

    v[2] = vec_add(word, vec_word_get(&f[FRONT_A2]));
    v[13] = vec_ror16(vec_xor(v[2], vec_word_get(&f[FRONT_D13])));
    v[8] = vec_add(v[13], vec_word_get(&f[FRONT_C8]));
    v[7] = vec_ror12(vec_xor(v[8], vec_word_get(&f[FRONT_B7])));
    keep_c(s, 8);
    v[2] = vec_add(vec_add(v[2], vec_word_get(&m[13])), v[7]);
    step_d(s, 1, 1, 2);
    step_c(s, 1, 2);
    step_b(s, 1, 1, 2);

    v[14] = vec_ror16(vec_xor(v[14], vec_word_get(&f[FRONT_A3])));
    v[9] = vec_add(v[14], vec_word_get(&f[FRONT_C9]));
    v[4] = vec_ror12(vec_xor(v[9], vec_word_get(&f[FRONT_B4])));
    keep_c(s, 9);
    v[3] = vec_add(v[4], vec_word_get(&f[FRONT_A3_SECOND]));
    step_d(s, 1, 1, 3);
    step_c(s, 1, 3);
    step_b(s, 1, 1, 3);
}

/* First pass of one batch: the six blocks. The hash is left in v[0..7]. */
VEC_INLINE void first_pass(struct state *s, const struct scratch *memory)
{
    front(s, memory);
    rounds(s, (struct message){memory->block[0], memory->counter, WORDS_COUNTER, WORDS_NONE}, 1,
           ROUNDS);
    fold(s);
    blocks_after_first(s, memory);
}

/* Second pass but for its last round. In: the first hash in memory->inner, and for the first round
 * in v[0..7], too: what was just stored need not be waited for. */
VEC_INLINE void second_pass(struct state *s, const struct scratch *memory)
{
    vec hash[8];
    memcpy(hash, s->v, sizeof hash);
    struct message m = {NULL, hash, WORDS_LOWER_HALF, WORDS_ZERO_SECOND_PASS};
    for (unsigned k = 0; k < 4; k++) {
        s->v[k] = vec_word_get(&memory->iv_sum[k]);
        s->v[4 + k] = vec_word_get(&memory->iv[4 + k]);
        start_column(s, &m, memory->iv,
                     k == 2   ? &memory->second_size
                     : k == 3 ? &memory->second_flags
                              : NULL,
                     k);
    }
    row(s, &m, 0, 0, true);
    row(s, &m, 0, 1, false);
    m.varying = memory->inner;
    rounds(s, m, 1, ROUNDS - 1);
}

/* As much of the last round as the first word of the hash needs: v[0] ^ v[8]. These come from
 * diagonals 0 and 2; diagonal 0 needs v[0], v[5], v[10], v[15] of the columns, diagonal 2 needs
 * v[2], v[7], v[8], v[13]. */
VEC_INLINE vec first_word(struct state *s, const struct scratch *memory)
{
    struct message m = {NULL, memory->inner, WORDS_LOWER_HALF, WORDS_ZERO_SECOND_PASS};
    const unsigned r = ROUNDS - 1;
    VEC_OPAQUE(m.varying);
    half(s, &m, r, 0, 0, 0, 4);
    step_a(s, &m, r, 0, 1, 0);
    step_a(s, &m, r, 0, 1, 1);
    step_a(s, &m, r, 0, 1, 2);
    step_a(s, &m, r, 0, 1, 3);
    step_d(s, 0, 1, 0);
    step_d(s, 0, 1, 1);
    step_d(s, 0, 1, 2);
    step_d(s, 0, 1, 3);
    step_c(s, 0, 0);
    step_c(s, 0, 1);
    step_c(s, 0, 2);
    step_c(s, 0, 3);
    keep_c(s, 8);
    keep_c(s, 10);
    step_b(s, 0, 1, 1); /* v[5] */
    step_b(s, 0, 1, 3); /* v[7] */
    half(s, &m, r, 1, 0, 0, 1);
    half(s, &m, r, 1, 0, 2, 1);
    step_a(s, &m, r, 1, 1, 0);
    step_a(s, &m, r, 1, 1, 2);
    step_d(s, 1, 1, 2);
    step_c(s, 1, 2);
    keep_c(s, 8);
    return vec_xor(s->v[0], get_c(s, 8));
}

/* One batch. Returns the ways whose first hash word does not rule out a find; their first-pass
 * hashes are in memory->inner. */
VEC_INLINE uint32_t batch(struct scratch *memory)
{
    struct state s;
    s.row_c = memory->row_c;
    first_pass(&s, memory);
    for (unsigned i = 0; i < 8; i++) {
        memory->inner[i] = s.v[i];
    }
    second_pass(&s, memory);
    return vec_clear_ways(first_word(&s, memory), &memory->filter);
}

/* Whole hashes of the batch whose first-pass hashes are in memory->inner: the cold path. */
static __attribute__((noinline)) void whole_hashes(uint32_t words[8][VEC_WAYS],
                                                   struct scratch *memory)
{
    struct state s;
    s.row_c = memory->row_c;
    memcpy(s.v, memory->inner, sizeof memory->inner);
    second_pass(&s, memory);
    rounds(&s, (struct message){NULL, memory->inner, WORDS_LOWER_HALF, WORDS_ZERO_SECOND_PASS},
           ROUNDS - 1, ROUNDS);
    fold(&s);
    for (unsigned i = 0; i < 8; i++) {
        vec_store(words[i], s.v[i]);
    }
}

static uint32_t ror32(uint32_t word, unsigned bits)
{
    return (word >> bits) | (word << (32 - bits));
}

static void scalar_half(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d, uint32_t word,
                        unsigned d_bits, unsigned b_bits)
{
    *a += *b + word;
    *d = ror32(*d ^ *a, d_bits);
    *c += *d;
    *b = ror32(*b ^ *c, b_bits);
}

/* Block 0 as far as it does not depend on the counter's low half. In: m, the words of block 0. */
static void prepare_front(struct scratch *memory, const uint32_t m[16])
{
    uint32_t f[FRONT_COUNT];
    uint32_t v[16];
    memcpy(v, IV, sizeof IV);
    memcpy(v + 8, IV, 4 * sizeof IV[0]);
    v[12] = 0;
    v[13] = 0;
    v[14] = 64;
    v[15] = FLAG_CHUNK_START;
    for (unsigned k = 0; k < 4; k++) {
        scalar_half(&v[k], &v[4 + k], &v[8 + k], &v[12 + k], m[2 * k], 16, 12);
        if (k != 2) {
            scalar_half(&v[k], &v[4 + k], &v[8 + k], &v[12 + k], m[2 * k + 1], 8, 7);
        }
    }
    f[FRONT_COLUMN_A2] = v[2] + v[6];
    f[FRONT_COLUMN_B6] = v[6];
    f[FRONT_COLUMN_C10] = v[10];
    f[FRONT_COLUMN_D14] = v[14];
    uint32_t a0 = v[0] + v[5] + m[8];
    f[FRONT_D15] = ror32(v[15] ^ a0, 16);
    f[FRONT_B5] = v[5];
    f[FRONT_A0] = a0 + m[9];
    f[FRONT_A1] = v[1] + m[10];
    f[FRONT_C11] = v[11];
    f[FRONT_D12] = v[12];
    f[FRONT_A2] = v[2] + v[6] + v[7] + m[12];
    f[FRONT_B7] = v[7];
    f[FRONT_C8] = v[8];
    f[FRONT_D13] = v[13];
    f[FRONT_A3] = v[3] + v[4] + m[14];
    f[FRONT_A3_SECOND] = f[FRONT_A3] + m[15];
    f[FRONT_B4] = v[4];
    f[FRONT_C9] = v[9];
    for (unsigned i = 0; i < FRONT_COUNT; i++) {
        vec_word_put(&memory->front[i], f[i]);
    }
}

/* All that is constant for one job and one high half of the counter. */
static void prepare(struct scratch *memory, const struct kern_work *work, uint32_t high)
{
    uint8_t padded[64 * BLOCKS] = {0};
    uint32_t first[16];
    memcpy(padded, work->header, KERN_ALEPHIUM_MESSAGE_SIZE);
    base_store_le32(padded + 4 * COUNTER_HIGH_WORD, high);
    for (unsigned i = 0; i < 16; i++) {
        first[i] = base_load_le32(padded + 4 * i);
    }
    prepare_front(memory, first);
    prepare_schedule(memory, padded);
    for (unsigned i = 0; i < 16 * BLOCKS; i++) {
        vec_word_put(&memory->block[i / 16][i % 16], base_load_le32(padded + 4 * i));
    }
    for (unsigned i = 0; i < 8; i++) {
        vec_word_put(&memory->iv[i], IV[i]);
    }
    for (unsigned i = 0; i < 4; i++) {
        vec_word_put(&memory->iv_sum[i], IV[i] + IV[4 + i]);
    }
    vec_word_put(&memory->block_size, 64);
    vec_word_put(&memory->last_block_size, LAST_BLOCK_SIZE);
    vec_word_put(&memory->last_block_flags, FLAG_CHUNK_END | FLAG_ROOT);
    vec_word_put(&memory->second_size, HASH_SIZE);
    vec_word_put(&memory->second_flags, FLAG_CHUNK_START | FLAG_CHUNK_END | FLAG_ROOT);

    /* A find's first 32 bits, read as a big-endian number, are at most the target's: they have all
     * of its leading zero bits. The hash word is little-endian, hence the swap. */
    uint32_t top = base_load_be32(work->target_be);
    uint32_t zeros = top == 0 ? UINT32_MAX : ~(UINT32_MAX >> __builtin_clz(top));
    vec_word_put(&memory->filter, __builtin_bswap32(zeros));
}

/* Out of a batch whose filter let `ways` through: the finds among its first `valid` nonces, until
 * finds are full. Returns how many of the nonces are settled: the one that filled finds is the
 * last. */
static __attribute__((noinline)) uint32_t collect(struct kern_finds *finds, struct scratch *memory,
                                                  const struct kern_work *work, uint32_t ways,
                                                  uint64_t first, uint64_t valid)
{
    uint32_t words[8][VEC_WAYS];
    uint32_t way = 0;
    whole_hashes(words, memory);
    for (way = 0; way < VEC_WAYS && way < valid && kern_finds_room(finds) > 0; way++) {
        uint8_t hash[HASH_SIZE];
        if ((ways >> way & 1) == 0 || (words[7][way] >> 24 & 15) != work->chain) {
            continue;
        }
        for (unsigned i = 0; i < 8; i++) {
            base_store_le32(hash + 4 * i, words[i][way]);
        }
        if (base_target_meets(hash, work->target_be)) {
            kern_finds_add(finds, first + way, NULL, 0);
        }
    }
    return way;
}

static enum base_status KERN_SEARCH_NAME(void *scratch, struct kern_finds *finds,
                                         struct kern_progress *progress,
                                         const struct kern_work *work, uint64_t first,
                                         uint64_t count, const struct kern_stop *stop)
{
    (void)stop; /* a call lasts a millisecond or two */
    struct scratch *memory = scratch;
    uint32_t low[VEC_WAYS];
    uint64_t done = 0;
    while (done < count) {
        /* Up to the next border of the counter's low half, or to the end of the range. The last
         * batch may reach over it: its words wrap, and collect() does not look at them. */
        uint64_t start = first + done;
        uint64_t border = (1ULL << 32) - (uint32_t)start;
        uint64_t run = count - done < border ? count - done : border;
        prepare(memory, work, (uint32_t)(start >> 32));
        for (uint32_t i = 0; i < VEC_WAYS; i++) {
            low[i] = (uint32_t)start + i;
        }
        memory->counter[COUNTER_WORD] = vec_load(low);
        const vec step = vec_set(VEC_WAYS);
        for (uint64_t at = 0; at < run; at += VEC_WAYS) {
            uint32_t ways = batch(memory);
            memory->counter[COUNTER_WORD] = vec_add(memory->counter[COUNTER_WORD], step);
            if (__builtin_expect(ways != 0, 0)) {
                uint32_t settled = collect(finds, memory, work, ways, start + at, run - at);
                if (kern_finds_room(finds) == 0 && done + at + settled < count) {
                    *progress = kern_progress_hashes(done + at + settled);
                    return BASE_E_FULL;
                }
            }
        }
        done += run;
    }
    *progress = kern_progress_hashes(count);
    return BASE_OK;
}

static uint32_t probe(void *scratch, uint64_t batches)
{
    (void)scratch;
    return vec_probe(batches, NULL, 0);
}
