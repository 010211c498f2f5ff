/* gbt_judge.h: whether a block is valid, as a DigiByte node says it: the whole block is parsed,
 * every transaction and both merkle trees hashed, the proof of work checked by the kernels'
 * reference. Written from digibyte.md 2 to 9 and held against a real node's answers
 * (test_gbt_judge.c), not from the client. */
#ifndef GBT_JUDGE_H
#define GBT_JUDGE_H

#include <stddef.h>
#include <stdint.h>

#include "kern.h"

enum { GBT_JUDGE_TXS = 64, GBT_JUDGE_SCRIPT = 80 };

/* What a block must be like. Bytes as on the wire. */
struct gbt_rules {
    const struct kern_algo *algo;
    uint32_t algo_bits; /* of the version */
    uint32_t bits;
    uint8_t prevhash[32];
    uint32_t median_time; /* of the last blocks: the block's must be above */
    uint32_t now;         /* the node's clock */
    uint64_t height;
    bool check_height; /* the height in the coinbase (not on regtest of 7.17.3) */
    uint64_t value;    /* what the coinbase may pay */
    uint32_t epoch_s;  /* 0: no epochs */
    bool proposal;     /* proof of work is not checked */
};

/* What a good block was like. */
struct gbt_block {
    uint8_t header[80];
    uint8_t id[32];                   /* wire order */
    uint64_t paid;                    /* by all outputs of the coinbase */
    uint8_t script[GBT_JUDGE_SCRIPT]; /* of its first output */
    size_t script_size;
    uint64_t first_paid; /* by its first output */
    uint8_t coinbase_script[100];
    size_t coinbase_script_size;
    uint8_t txids[GBT_JUDGE_TXS][32]; /* the coinbase first */
    size_t tx_count;
    bool repaired; /* the coinbase lacked its witness; a node adds it */
};

/** Judge a block. table is the algorithm's epoch table, kept between calls; kern_table_free it.
 * Returns: NULL for a good block; else the node's word (that of 8.22, and of proposals). "decode":
 *          it is no block at all; "no coinbase". */
const char *gbt_judge(struct gbt_block *block, struct kern_table **table,
                      const struct gbt_rules *rules, const uint8_t *bytes, size_t size);

/** SHA-256 twice. */
void gbt_sha256d(uint8_t hash[32], const void *bytes, size_t size);

#endif
