/* row.h: what an algorithm tells the rest of kernels/ about itself: its row in the table. Types
 * only. Algorithm folders include it to write their row; outsiders get it through kern.h. */
#ifndef KERN_ROW_H
#define KERN_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"
#include "base/status.h"
#include "base/vec_ops.h"

enum {
    KERN_HEADER_MAX = 512,    /* bytes; the largest today is Alephium's 326 */
    KERN_SOLUTION_MAX = 1408, /* bytes; Equihash 200,9 needs 1344 */
    KERN_CHAINS_MAX = 16,     /* shard chains of one coin */
    KERN_SCRATCH_ALIGN = 64,  /* bytes; one cache line, one 512-bit register */
};

/* Data shared by all threads that search the same epoch: Ergo's 2 GiB table, a day's odocrypt
 * key. Built once by kern_table_new, read-only afterwards. */
struct kern_table {
    const struct kern_algo *algo;
    uint64_t key;      /* which epoch: the value of algo->table_key */
    size_t size_bytes; /* of data */
    void *data;        /* owned */
};

/* What to search. A value: copy freely. Shared by lanes, never changed while one searches it. */
struct kern_work {
    uint8_t header[KERN_HEADER_MAX]; /* the hashed message with all nonce bytes in place; the
                                        counter bytes may hold anything */
    size_t header_size;              /* bytes; the algorithm's header_size */
    uint8_t target_be[32];           /* a hash counts when it is <= target */
    uint32_t chain;                  /* a hash counts when it belongs to this chain; 0 where the
                                        algorithm has only one */
    uint64_t height;                 /* block height, 0 if unknown; selects the epoch for some */
    uint64_t epoch;                  /* other epoch selector (odocrypt: start time of the key) */
    const struct kern_table *table;  /* borrowed; NULL unless the algorithm has tables */
};

/* One nonce that meets target and chain. */
struct kern_find {
    uint64_t counter;       /* value of the counter part of the nonce */
    uint32_t solution_size; /* bytes used in solution; 0 for plain hashes */
    uint8_t solution[KERN_SOLUTION_MAX];
};

/** The search of one variant; contract in kern.h at kern_search. scratch is scratch_size bytes,
 * zeroed once, aligned to KERN_SCRATCH_ALIGN, private to the caller's thread. The wrapper has
 * already checked cap, count and the counter's range. */
typedef enum base_status (*kern_search_fn)(void *scratch, struct kern_find *finds, size_t cap,
                                           size_t *find_count, uint64_t *tried,
                                           const struct kern_work *work, uint64_t first,
                                           uint64_t count);

/** Execute the vector operations of `batches` batches of a variant, as counted in its row, without
 * the dependencies between them: what the execution ports, and the caches where an algorithm works
 * on a table, allow. For bench to time; the variant's limit is ways * batches / seconds. scratch:
 * as a search gets it, and fit for searches afterwards. Returns a value that depends on all the
 * work, so that a compiler cannot delete it. */
typedef uint32_t (*kern_probe_fn)(void *scratch, uint64_t batches);

/* Vector operations that one batch (ways nonces) of a variant executes, by kind (enum vec_op). A
 * test compiles the kernel over a counting wrapper and compares. All zero: not counted. */
struct kern_op_counts {
    uint32_t of[VEC_OP_KINDS];
};

#define KERN_OP_COUNT(kind, count) [VEC_OP_##kind] = (count),

/* One way to compute the same finds on a CPU. */
struct kern_variant {
    const char *name;             /* "avx512", "avx2", "sse41", "sse2", "neon", "portable" */
    uint32_t features;            /* BASE_CPU_* that must all be present; 0: runs anywhere */
    uint32_t ways;                /* nonces of one batch */
    kern_search_fn search;        /* required */
    kern_probe_fn probe;          /* NULL: no limit known */
    struct kern_op_counts counts; /* of one batch */
};

/* Fields of a variant made of a vector body, for the file that compiles the body: name and features
 * are that file's, the rest follows from the width and the body. KERN_SEARCH_NAME is what that file
 * wants the body's search to be called (in profiles; nobody else calls it), VEC_PROBE_MIX the
 * body's list X(kind, count) of its operations. */
#define KERN_VARIANT_OF_BODY                                                                       \
    .ways = VEC_WAYS, .search = KERN_SEARCH_NAME, .probe = probe,                                  \
    .counts = {.of = {VEC_PROBE_MIX(KERN_OP_COUNT)}}

/* A known answer: hex texts, so that the row can be read next to the vectors' source. */
struct kern_answer {
    const char *label;        /* where it comes from */
    const char *header_hex;   /* whole message, nonce included */
    const char *hash_hex;     /* 32 bytes, as the number compared with the target, big-endian */
    const char *solution_hex; /* NULL for plain hashes */
    uint64_t height;          /* as in kern_work */
    uint64_t epoch;           /* as in kern_work */
};

struct kern_cl_row; /* opencl/: device kernel of an algorithm */

/* The row. Constant data; one an algorithm. */
struct kern_algo {
    const char *name;       /* for -a and --json: lower case */
    const char *title;      /* for people: "Alephium (double BLAKE3)" */
    const char *unit;       /* "H" or "Sol" */
    size_t header_size;     /* bytes of the hashed message */
    size_t nonce_offset;    /* first nonce byte in the header */
    size_t nonce_size;      /* bytes; leading ones may belong to a pool (extranonce) */
    size_t counter_offset;  /* first byte of the counter part, within the header */
    size_t counter_size;    /* bytes; counters are 0 .. 256^counter_size - 1 */
    uint32_t chains;        /* shard chains; 1 for most coins */
    size_t solution_size;   /* bytes, at most; 0 for plain hashes */
    size_t finds_per_nonce; /* the most finds one nonce can give: 1 for plain hashes */
    size_t scratch_size;    /* bytes of a search's scratch memory */

    /* Required: put the counter into the header in the algorithm's own byte order. */
    void (*put_counter)(uint8_t *header, uint64_t counter);

    /* Required: the reference, the judge of all variants. hash_be: the number to compare with the
     * target, most significant byte first. solution is NULL and 0 for plain hashes; a wrong
     * solution gives BASE_E_MISMATCH. */
    enum base_status (*hash)(uint8_t hash_be[32], const struct kern_work *work,
                             const uint8_t *solution, size_t solution_size);

    /* Optional (chains > 1): the chain a hash belongs to, 0..chains-1. */
    uint32_t (*chain_of)(const uint8_t hash_be[32]);

    /* Optional, all or none: epoch data. build fills part `part` of `parts` (disjoint, any order,
     * one thread each); it is called once a part. */
    uint64_t (*table_key)(const struct kern_work *work);
    size_t (*table_size)(uint64_t key);
    void (*table_build)(void *data, uint64_t key, uint32_t part, uint32_t parts);

    const struct kern_variant *const *variants; /* best first; the last one runs anywhere */
    size_t variant_count;
    const struct kern_answer *answers; /* at least one */
    size_t answer_count;
    const struct kern_cl_row *opencl; /* NULL: no device kernel */
};

#endif
