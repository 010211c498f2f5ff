/* autolykos2_body.h: the vector searches without and with a table, and the filling of tables,
 * written once for every width. A variant's source file includes one vec_<isa>.h, defines what
 * blake2b_streams.h asks for, names its search with KERN_SEARCH_NAME and its filling with
 * KERN_FILL_NAME, and includes this file once.
 *
 * A batch tries VEC_WAYS consecutive nonces, in one pass of all or in two passes of half of them,
 * by the number of streams. Every nonce of a pass is a lane: all 33 elements of all nonces are
 * computed side by side, the t-th ones together, each with an index of its own in the first of 65
 * blocks. All other blocks of an element are the same for everybody (ergo.md 3, M).
 *
 * Between the hashes (remainders, the sum, the comparison) there is plain code: less than one
 * instruction in a hundred. The hit is complete and compared in full, so that a find costs nothing:
 * hashing it again by the reference would cost forty nonces.
 *
 * With a table (autolykos2_table.h), groups of nonces are hashed pass by pass, and all rows of a
 * group are read in one go, each asked for 64 rows ahead: what counts then is how many reads the
 * memory serves at once. */
#include "autolykos2/autolykos2.h"
#include "autolykos2/autolykos2_table.h"
#include "base/endian.h"
#include "prim/blake2b_streams.h"

enum {
    PASS_WAYS = BLAKE2B_STREAMS * BLAKE2B_LANES, /* nonces of a pass */
    BLOCKS = 65,                                 /* of an element */
    BLOCK_WORDS = BASE_BLAKE2B_BLOCK / 8,
    COMMON_WORDS = (BLOCKS - 1) * BLOCK_WORDS,
    TRIAL_WORDS = KERN_AUTOLYKOS2_TRIAL_SIZE / 8,
    SEED_TEXT_SIZE = KERN_AUTOLYKOS2_ELEMENT_SIZE + KERN_AUTOLYKOS2_TRIAL_SIZE,
    SEED_TEXT_WORDS = (SEED_TEXT_SIZE + 7) / 8,
    GROUP_WAYS = 64, /* nonces whose rows are read in one go */
    WAYS_AHEAD = 2,
    ROWS_AHEAD = WAYS_AHEAD * KERN_AUTOLYKOS2_INDEXES, /* reads under way */
};

/* Vector operations of one batch, the same for all widths: struct kern_op_counts. Two streams,
 * whether side by side or one after the other; 65 compressions an element, three more a nonce.
 * Checked by tests/cross/test_autolykos2_counts.c. */
#define COMPRESSIONS (2 * (33 * 65 + 3))
#define VEC_PROBE_MIX(X)                                                                           \
    X(ADD, COMPRESSIONS *BLAKE2B_ADDS)                                                             \
    X(LOAD, COMPRESSIONS *BLAKE2B_STATE_LOADS + 2 * 33 * 64 * BLAKE2B_WORD_LOADS)                  \
    X(LOGIC, COMPRESSIONS *BLAKE2B_LOGIC)                                                          \
    X(XOR3, COMPRESSIONS *BLAKE2B_XOR3)                                                            \
    X(ROTATE_BYTES, COMPRESSIONS *BLAKE2B_ROTATE_BYTES)                                            \
    X(ROTATE_64, COMPRESSIONS *BLAKE2B_ROTATE_64)
#include "vec/vec_probe.h"

/* A word of every nonce of a pass, in the order of nonces. */
struct ways64 {
    uint64_t way[PASS_WAYS];
};

/* What all searches have in common, made once in a scratch's life. */
struct scratch {
    struct blake2b_block element; /* first block of an element but for its first word */
    struct blake2b_block text;    /* block of a short message */
    vec_word64 iv[8];
    vec_word64 common[COMMON_WORDS]; /* the other blocks of an element */
    bool ready;
};

_Static_assert(sizeof(struct scratch) <= KERN_AUTOLYKOS2_SCRATCH_SIZE, "the row promises enough");

/* Word number w of an element's message (ergo.md 3, "Notes for an implementation"); w at least 1.
 */
static uint64_t element_word(size_t w)
{
    return w <= KERN_AUTOLYKOS2_CONSTANT_WORDS ? __builtin_bswap64(w - 1) : 0;
}

static void prepare(struct scratch *s)
{
    if (s->ready) {
        return;
    }
    for (size_t i = 0; i < 8; i++) {
        vec_word64_put(&s->iv[i], base_blake2b_iv[i]);
    }
    for (size_t k = 0; k < BLAKE2B_STREAMS; k++) {
        for (size_t i = 1; i < BLOCK_WORDS; i++) {
            s->element.w[k][i] = vec_set64(element_word(i));
        }
    }
    for (size_t i = 0; i < COMMON_WORDS; i++) {
        vec_word64_put(&s->common[i], element_word(BLOCK_WORDS + i));
    }
    s->ready = true;
}

/* Message word number i of all ways. */
static void put_words(struct blake2b_block *block, size_t i, const struct ways64 *words)
{
    for (size_t k = 0; k < BLAKE2B_STREAMS; k++) {
        memcpy(&block->w[k][i], words->way + k * BLAKE2B_LANES, sizeof block->w[k][i]);
    }
}

/* The digests, as little-endian words. */
static void get_digests(struct ways64 digest[4], const struct blake2b_chain *chain)
{
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < BLAKE2B_STREAMS; k++) {
            memcpy(digest[i].way + k * BLAKE2B_LANES, &chain->h[k][i], sizeof chain->h[k][i]);
        }
    }
}

/* BLAKE2b-256 of a message of one block a way: `words` little-endian words, the last one filled up
 * with zeros. */
static void hash_short(struct ways64 digest[4], struct scratch *s, const struct ways64 *text,
                       size_t words, uint64_t size)
{
    static const struct ways64 zero = {{0}};
    struct blake2b_chain chain;
    for (size_t i = 0; i < BLOCK_WORDS; i++) {
        put_words(&s->text, i, i < words ? &text[i] : &zero);
    }
    blake2b_start(&chain);
    blake2b_compress_own(&chain, &s->text, s->iv, size, true);
    get_digests(digest, &chain);
}

/* One element a way, whole digests: the element is what is behind the first byte. */
static void hash_elements(struct ways64 digest[4], struct scratch *s, const uint32_t *index,
                          uint32_t height)
{
    struct blake2b_chain chain;
    struct ways64 first;
    for (size_t way = 0; way < PASS_WAYS; way++) {
        first.way[way] = __builtin_bswap32(index[way]) | (uint64_t)__builtin_bswap32(height) << 32;
    }
    put_words(&s->element, 0, &first);
    blake2b_start(&chain);
    blake2b_compress_own(&chain, &s->element, s->iv, BASE_BLAKE2B_BLOCK, false);
    for (size_t b = 1; b < BLOCKS; b++) {
        bool last = b == BLOCKS - 1;
        uint64_t counter = last ? KERN_AUTOLYKOS2_ROW_SIZE : (b + 1) * BASE_BLAKE2B_BLOCK;
        blake2b_compress_common(&chain, s->common + (b - 1) * BLOCK_WORDS, s->iv, counter, last);
    }
    get_digests(digest, &chain);
}

/* The trials' last words, as words of a message. */
static void put_nonces(struct ways64 *nonces, uint64_t nonce)
{
    for (size_t way = 0; way < PASS_WAYS; way++) {
        nonces->way[way] = __builtin_bswap64(nonce + way);
    }
}

/* Step 1. */
static void hash_trials(uint32_t index[PASS_WAYS], struct scratch *s, const struct kern_work *work,
                        uint32_t size, const struct ways64 *nonces)
{
    struct ways64 text[TRIAL_WORDS];
    struct ways64 digest[4];
    for (size_t i = 0; i + 1 < TRIAL_WORDS; i++) {
        for (size_t way = 0; way < PASS_WAYS; way++) {
            text[i].way[way] = base_load_le64(work->header + 8 * i);
        }
    }
    text[TRIAL_WORDS - 1] = *nonces;
    hash_short(digest, s, text, TRIAL_WORDS, KERN_AUTOLYKOS2_TRIAL_SIZE);
    for (size_t way = 0; way < PASS_WAYS; way++) {
        index[way] = (uint32_t)(__builtin_bswap64(digest[3].way[way]) % size);
    }
}

/* Step 3. element: step 2's, as digests whose first byte does not count. */
static void hash_seeds(struct ways64 seed[4], struct scratch *s, const struct kern_work *work,
                       const struct ways64 element[4], const struct ways64 *nonces)
{
    struct ways64 text[SEED_TEXT_WORDS];
    uint64_t msg[4];
    for (size_t i = 0; i < 4; i++) {
        msg[i] = base_load_le64(work->header + 8 * i);
    }
    for (size_t way = 0; way < PASS_WAYS; way++) { /* all words, a byte further ahead */
        uint64_t nonce = nonces->way[way];
        for (size_t i = 0; i < 3; i++) {
            text[i].way[way] = element[i].way[way] >> 8 | element[i + 1].way[way] << 56;
            text[4 + i].way[way] = msg[i] >> 8 | msg[i + 1] << 56;
        }
        text[3].way[way] = element[3].way[way] >> 8 | msg[0] << 56;
        text[7].way[way] = msg[3] >> 8 | nonce << 56;
        text[8].way[way] = nonce >> 8;
    }
    hash_short(seed, s, text, SEED_TEXT_WORDS, SEED_TEXT_SIZE);
}

/* Remainders modulo one number by two multiplications, exact for all 32-bit operands (Lemire,
 * Kaser, Kurz: "Faster remainder by direct computation", 2019). */
static uint64_t divisor_of(uint32_t size)
{
    return UINT64_MAX / size + 1;
}

static uint32_t remainder_of(uint32_t number, uint64_t divisor, uint32_t size)
{
    uint64_t fraction = divisor * number;
    return (uint32_t)((unsigned __int128)fraction * size >> 64);
}

/* Step 4, one nonce. */
static void make_indexes(uint32_t index[KERN_AUTOLYKOS2_INDEXES], const struct ways64 seed[4],
                         size_t way, uint32_t size)
{
    uint64_t divisor = divisor_of(size);
    for (size_t i = 0; i < 4; i++) {
        uint64_t word = __builtin_bswap64(seed[i].way[way]);
        uint64_t next = __builtin_bswap64(seed[(i + 1) % 4].way[way]);
        for (unsigned k = 0; k < 8; k++) { /* bytes k..k+3 of both words */
            uint64_t bytes = k == 0 ? word : word << 8 * k | next >> (64 - 8 * k);
            index[8 * i + k] = remainder_of((uint32_t)(bytes >> 32), divisor, size);
        }
    }
}

/* A digest's word i as word 3 - i of an element's number, least significant first. */
static uint64_t element_part(const struct ways64 digest[4], size_t way, size_t i)
{
    uint64_t word = __builtin_bswap64(digest[i].way[way]);
    return i == 0 ? word & (UINT64_MAX >> 8) : word;
}

static void get_entry(struct kern_autolykos2_entry *entry, const struct ways64 digest[4],
                      size_t way)
{
    for (size_t i = 0; i < 4; i++) {
        entry->word[3 - i] = element_part(digest, way, i);
    }
}

/* Step 7. sum and hit: least significant word first. */
static void hash_sums(uint64_t hit[PASS_WAYS][4], struct scratch *s,
                      const uint64_t sum[PASS_WAYS][4])
{
    struct ways64 text[4];
    struct ways64 digest[4];
    for (size_t i = 0; i < 4; i++) {
        for (size_t way = 0; way < PASS_WAYS; way++) {
            text[i].way[way] = __builtin_bswap64(sum[way][3 - i]);
        }
    }
    hash_short(digest, s, text, 4, 32);
    for (size_t i = 0; i < 4; i++) {
        for (size_t way = 0; way < PASS_WAYS; way++) {
            hit[way][3 - i] = __builtin_bswap64(digest[i].way[way]);
        }
    }
}

/* All of ergo.md 3 for PASS_WAYS nonces from `nonce` on, without a table. */
static void try_pass(uint64_t hit[PASS_WAYS][4], struct scratch *s, const struct kern_work *work,
                     uint32_t size, uint64_t nonce)
{
    uint32_t index[PASS_WAYS][KERN_AUTOLYKOS2_INDEXES];
    uint32_t together[PASS_WAYS];
    uint64_t sum[PASS_WAYS][4] = {{0}};
    struct kern_autolykos2_entry entry;
    struct ways64 nonces;
    struct ways64 digest[4];
    put_nonces(&nonces, nonce);
    hash_trials(together, s, work, size, &nonces);
    hash_elements(digest, s, together, (uint32_t)work->height);
    hash_seeds(digest, s, work, digest, &nonces);
    for (size_t way = 0; way < PASS_WAYS; way++) {
        make_indexes(index[way], digest, way, size);
    }
    for (size_t t = 0; t < KERN_AUTOLYKOS2_INDEXES; t++) {
        for (size_t way = 0; way < PASS_WAYS; way++) {
            together[way] = index[way][t];
        }
        hash_elements(digest, s, together, (uint32_t)work->height);
        for (size_t way = 0; way < PASS_WAYS; way++) {
            get_entry(&entry, digest, way);
            kern_autolykos2_entry_add(sum[way], &entry);
        }
    }
    hash_sums(hit, s, sum);
}

/* Nonces of one group, while it is tried with a table. */
struct group {
    uint32_t seed_index[GROUP_WAYS];
    /* The last ones are asked for in vain. */
    uint32_t index[GROUP_WAYS + WAYS_AHEAD][KERN_AUTOLYKOS2_INDEXES];
    uint64_t sum[GROUP_WAYS][4];
};

/* The four words of a row. Rows are added without carries: the lower halves of words to one sum,
 * the upper halves to another, which both are worked off once a nonce. */
typedef uint64_t words64 __attribute__((vector_size(32)));

struct half_sums {
    words64 low;
    words64 high;
};

/* sum: least significant word first; what goes beyond 256 bits is lost. */
static void carry_halves(uint64_t sum[4], const struct half_sums *halves)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < 4; i++) {
        uint64_t low = halves->low[i] + carry;
        uint64_t high = halves->high[i] + (low >> 32);
        sum[i] = high << 32 | (uint32_t)low;
        carry = high >> 32;
    }
}

/* Step 6 of `ways` nonces. */
static void sum_rows(struct group *group, const struct kern_autolykos2_entry *entries, size_t ways)
{
    memset(group->index[ways], 0, WAYS_AHEAD * sizeof group->index[ways]);
    const uint32_t *index = group->index[0];
    for (size_t i = 0; i < ROWS_AHEAD; i++) {
        __builtin_prefetch(&entries[index[i]]);
    }
    for (size_t way = 0; way < ways; way++) {
        struct half_sums sum = {{0}, {0}};
        for (size_t t = 0; t < KERN_AUTOLYKOS2_INDEXES; t++) {
            words64 row;
            __builtin_prefetch(&entries[index[ROWS_AHEAD]]);
            memcpy(&row, &entries[*index], sizeof row);
            sum.low += row & UINT32_MAX;
            sum.high += row >> 32;
            index++;
        }
        carry_halves(group->sum[way], &sum);
    }
}

/* All of ergo.md 3 for `ways` nonces (whole passes) from `nonce` on, with a table. */
static void try_group(uint64_t hit[GROUP_WAYS][4], struct scratch *s, const struct kern_work *work,
                      const struct kern_autolykos2_entry *entries, uint32_t size, uint64_t nonce,
                      size_t ways)
{
    struct group group;
    struct ways64 nonces;
    struct ways64 digest[4];
    for (size_t at = 0; at < ways; at += PASS_WAYS) {
        put_nonces(&nonces, nonce + at);
        hash_trials(group.seed_index + at, s, work, size, &nonces);
        for (size_t way = 0; way < PASS_WAYS; way++) {
            __builtin_prefetch(&entries[group.seed_index[at + way]]);
        }
    }
    for (size_t at = 0; at < ways; at += PASS_WAYS) {
        put_nonces(&nonces, nonce + at);
        for (size_t way = 0; way < PASS_WAYS; way++) {
            const struct kern_autolykos2_entry *entry = &entries[group.seed_index[at + way]];
            for (size_t i = 0; i < 4; i++) {
                digest[i].way[way] = __builtin_bswap64(entry->word[3 - i]);
            }
        }
        hash_seeds(digest, s, work, digest, &nonces);
        for (size_t way = 0; way < PASS_WAYS; way++) {
            make_indexes(group.index[at + way], digest, way, size);
        }
    }
    sum_rows(&group, entries, ways);
    for (size_t at = 0; at < ways; at += PASS_WAYS) {
        hash_sums(hit + at, s, (const uint64_t(*)[4])(group.sum + at));
    }
}

static bool meets(const uint64_t hit[4], const uint64_t target[4])
{
    for (size_t i = 4; i-- > 0;) {
        if (hit[i] != target[i]) {
            return hit[i] < target[i];
        }
    }
    return true;
}

static enum base_status KERN_SEARCH_NAME(void *scratch, struct kern_finds *finds,
                                         struct kern_progress *progress,
                                         const struct kern_work *work, uint64_t first,
                                         uint64_t count, const struct kern_stop *stop)
{
    struct kern_autolykos2_frame frame = {
        .finds = finds, .progress = progress, .first = first, .count = count};
    const struct kern_autolykos2_entry *entries = kern_autolykos2_table_of(work);
    uint32_t size = kern_autolykos2_size(work);
    uint64_t target[4];
    uint64_t hit[GROUP_WAYS][4];
    for (size_t i = 0; i < 4; i++) {
        target[3 - i] = base_load_be64(work->target_be + 8 * i);
    }
    (void)stop; /* a batch takes a millisecond at most */
    prepare(scratch);
    for (uint64_t done = 0; done < count;) { /* nonces past the last one do no harm */
        uint64_t left = count - done;
        size_t ways = PASS_WAYS;
        if (entries == NULL) {
            try_pass(hit, scratch, work, size, first + done);
        } else {
            ways = left < GROUP_WAYS ? (size_t)(left + PASS_WAYS - 1) / PASS_WAYS * PASS_WAYS
                                     : GROUP_WAYS;
            try_group(hit, scratch, work, entries, size, first + done, ways);
        }
        for (size_t way = 0; way < ways && way < left; way++) {
            if (meets(hit[way], target) && !kern_autolykos2_keep(&frame, done + way)) {
                return BASE_E_FULL;
            }
        }
        done += left < ways ? left : ways;
    }
    *progress = kern_progress_hashes(count);
    return BASE_OK;
}

void KERN_FILL_NAME(struct kern_autolykos2_entry *entries, uint32_t height, uint32_t first,
                    uint32_t count)
{
    struct scratch s;
    struct ways64 digest[4];
    s.ready = false;
    prepare(&s);
    for (uint32_t done = 0; done < count; done += PASS_WAYS) {
        uint32_t index[PASS_WAYS]; /* past the last one: computed in vain */
        for (uint32_t way = 0; way < PASS_WAYS; way++) {
            index[way] = first + done + way;
        }
        hash_elements(digest, &s, index, height);
        for (uint32_t way = 0; way < PASS_WAYS && way < count - done; way++) {
            get_entry(&entries[done + way], digest, way);
        }
    }
}

static uint32_t probe(void *scratch, uint64_t batches)
{
    (void)scratch;
    return vec_probe(batches, NULL, 0);
}
