/* autolykos2.h: what the files of this room share: layout, the size of the table, the reference,
 * the row. Facts: README.md here (from ergo.md 1 to 5). */
#ifndef KERN_AUTOLYKOS2_H
#define KERN_AUTOLYKOS2_H

#include "row.h"

enum {
    KERN_AUTOLYKOS2_MESSAGE_SIZE = 32, /* msg: BLAKE2b-256 of the header without its solution */
    KERN_AUTOLYKOS2_NONCE_SIZE = 8,    /* behind msg, big-endian: the counter */
    KERN_AUTOLYKOS2_TRIAL_SIZE = KERN_AUTOLYKOS2_MESSAGE_SIZE + KERN_AUTOLYKOS2_NONCE_SIZE,
    KERN_AUTOLYKOS2_INDEXES = 32,      /* elements of one sum (k) */
    KERN_AUTOLYKOS2_ELEMENT_SIZE = 31, /* bytes, a big-endian number */
    KERN_AUTOLYKOS2_CONSTANT_WORDS = 1024,
    KERN_AUTOLYKOS2_CONSTANT_SIZE = 8 * KERN_AUTOLYKOS2_CONSTANT_WORDS, /* M */
    KERN_AUTOLYKOS2_ROW_SIZE = 4 + 4 + KERN_AUTOLYKOS2_CONSTANT_SIZE,   /* what an element hashes */
    KERN_AUTOLYKOS2_SIZE_MIN = 1 << 26,     /* elements of the first tables */
    KERN_AUTOLYKOS2_SIZE_MAX = 2143944600,  /* and of the last ones, below 2^31 */
    KERN_AUTOLYKOS2_GROWTH_FIRST = 614400,  /* height of the first larger table */
    KERN_AUTOLYKOS2_GROWTH_PERIOD = 51200,  /* blocks */
    KERN_AUTOLYKOS2_GROWTH_LAST = 4198400,  /* height of the last larger table */
    KERN_AUTOLYKOS2_SCRATCH_SIZE = 1 << 17, /* bytes; the widest variant with words in order */
};

extern const struct kern_algo kern_autolykos2_row;
extern const struct kern_cl_row kern_autolykos2_cl_row;

/** Elements of the table of a block's height. */
uint32_t kern_autolykos2_size_at(uint64_t height);

/** Elements of the table that a work means: work->reduced where that is
 * 1..KERN_AUTOLYKOS2_SIZE_MAX, else what its height says. */
uint32_t kern_autolykos2_size(const struct kern_work *work);

/** Element number `index` of the table of a height, most significant byte first. */
void kern_autolykos2_element(uint8_t element[KERN_AUTOLYKOS2_ELEMENT_SIZE], uint32_t index,
                             uint64_t height);

/** Steps 1 to 3 of a trial: the hash that indexes are taken from.
 * In: trial   msg and nonce.
 *     height  of the block that is mined.
 *     size    elements of the table, at least 1. */
void kern_autolykos2_seed(uint8_t seed[32], const uint8_t trial[KERN_AUTOLYKOS2_TRIAL_SIZE],
                          uint64_t height, uint32_t size);

/** Step 4: the indexes, each below size; some may be equal. */
void kern_autolykos2_indexes(uint32_t indexes[KERN_AUTOLYKOS2_INDEXES], const uint8_t seed[32],
                             uint32_t size);

/** The hit of a work whose header is complete, without a table: the judge of all variants. Costs
 * 2,148 compressions, about a millisecond. */
void kern_autolykos2_hash(uint8_t hash_be[32], const struct kern_work *work);

/** The counter is the whole nonce, big-endian: what a pool fixes of it is the counter's top. */
void kern_autolykos2_put_counter(uint8_t *header, uint64_t counter);

/* One search, while it runs: what kern_search was given. */
struct kern_autolykos2_frame {
    struct kern_finds *finds;
    struct kern_progress *progress;
    uint64_t first;
    uint64_t count;
};

/** Keep nonce number `done` of a search as a find.
 * Returns: false when the search ends here: finds are full, nonces are left, *progress is
 * set. */
bool kern_autolykos2_keep(struct kern_autolykos2_frame *frame, uint64_t done);

/* Variants. Which of them are built depends on the target. */
extern const struct kern_variant kern_autolykos2_avx512;
extern const struct kern_variant kern_autolykos2_avx2;
extern const struct kern_variant kern_autolykos2_sse41;
extern const struct kern_variant kern_autolykos2_neon;

#endif
