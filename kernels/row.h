/* row.h: what an algorithm tells the rest of kernels/ about itself: its row in the table. Types
 * only. Algorithm folders include it to write their row; outsiders get it through kern.h. */
#ifndef KERN_ROW_H
#define KERN_ROW_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cpu.h"
#include "base/status.h"
#include "vec/vec_ops.h"

enum {
    KERN_HEADER_MAX = 512,    /* bytes; the largest today is Alephium's 326 */
    KERN_SOLUTION_MAX = 1408, /* bytes; Equihash 200,9 needs 1344 */
    KERN_CHAINS_MAX = 16,     /* shard chains of one coin */
    KERN_SCRATCH_ALIGN = 64,  /* bytes; one cache line, one 512-bit register */

    KERN_ANSWER_TABLE_MAX = 16 << 20, /* bytes; known answers with larger tables are only hashed */
};

/* Data in the host's memory that all threads share which search the same epoch: a day's odocrypt
 * key, Ergo's elements. Built in steps (kern_table_new, kern_table_step), read-only once it is
 * ready. */
struct kern_table {
    const struct kern_algo *algo;
    uint64_t key;        /* which epoch: the value of the row's table->key */
    size_t size_bytes;   /* of data */
    void *data;          /* owned */
    uint64_t steps;      /* in all */
    uint64_t steps_done; /* ready when equal to steps */
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
    uint32_t reduced;                /* 0: the size that the coin uses. Else a smaller one, which
                                        only known answers and tests use; the algorithm's README
                                        says what the value means */
    const struct kern_table *table;  /* borrowed; ready, and of this work's epoch. NULL: none, with
                                        which only searches that need no table and kern_hash work */
};

/* A nonce, and for solvers one of its solutions, that meets target and chain. */
struct kern_find {
    uint64_t counter;        /* value of the counter part of the nonce */
    const uint8_t *solution; /* in the memory of the kern_finds that holds the find; NULL for plain
                                hashes */
    size_t solution_size;    /* bytes; 0 for plain hashes */
};

/* Finds, in memory of the caller (kern_finds_new): entry i has slot i of the solutions. */
struct kern_finds {
    struct kern_find *entries; /* room for cap; the first count are set */
    size_t cap;
    size_t count;
    uint8_t *solutions; /* cap slots; NULL for plain hashes */
    size_t slot_bytes;  /* of one slot: the row's solution_size */
};

/** Append a find; the solution (NULL and 0 for plain hashes) is copied. There must be room, and
 * solution_size must not be over slot_bytes: a row's finds_per_nonce and solution_size. */
static inline void kern_finds_add(struct kern_finds *finds, uint64_t counter,
                                  const uint8_t *solution, size_t solution_size)
{
    BASE_ASSERT(finds->count < finds->cap && solution_size <= finds->slot_bytes);
    struct kern_find *find = &finds->entries[finds->count];
    find->counter = counter;
    find->solution = NULL;
    find->solution_size = solution_size;
    if (solution_size > 0) {
        uint8_t *slot = finds->solutions + finds->count * finds->slot_bytes;
        memcpy(slot, solution, solution_size);
        find->solution = slot;
    }
    finds->count += 1;
}

/** Finds for which there is room. */
static inline size_t kern_finds_room(const struct kern_finds *finds)
{
    return finds->cap - finds->count;
}

/* How far a search came. */
struct kern_progress {
    uint64_t tried; /* nonces that are done: all their finds were returned */
    uint64_t units; /* work in the algorithm's unit: hashes (one a nonce), or solutions seen in
                       these nonces, whether they meet the target or not */
};

/** Progress of a plain hash: one hash a nonce. */
static inline struct kern_progress kern_progress_hashes(uint64_t tried)
{
    return (struct kern_progress){.tried = tried, .units = tried};
}

/* When a search is to end before its range does: as soon as *word is not go any more. Any thread
 * may change *word, with atomic operations. */
struct kern_stop {
    const atomic_uint_fast64_t *word;
    uint64_t go;
};

/** True when the search is to end; stop may be NULL: never. One relaxed load. */
static inline bool kern_stopped(const struct kern_stop *stop)
{
    return stop != NULL && atomic_load_explicit(stop->word, memory_order_relaxed) != stop->go;
}

struct kern_variant;

/** The search of one variant; contract in kern.h at kern_search. scratch is kern_scratch_bytes
 * bytes, zeroed once, aligned to KERN_SCRATCH_ALIGN, private to the caller's thread. The wrapper
 * has already checked room, count, the counter's range and the work, and set *progress to zero.
 *
 * A variant that needs more than 5 ms for one batch looks at kern_stopped at least every 5 ms, and
 * leaves the batch without a trace when it is true: BASE_E_STOPPED, with tried, units and finds of
 * the nonces before. Others need not look at it. */
typedef enum base_status (*kern_search_fn)(void *scratch, struct kern_finds *finds,
                                           struct kern_progress *progress,
                                           const struct kern_work *work, uint64_t first,
                                           uint64_t count, const struct kern_stop *stop);

/** Execute the vector operations of `batches` batches of a variant, as counted in its row, without
 * the dependencies between them: what the execution ports, and the caches where an algorithm works
 * on a table, allow. For bench to time; the variant's limit is ways * batches / seconds. scratch:
 * as a search gets it, and fit for searches afterwards. Returns a value that depends on all the
 * work, so that a compiler cannot delete it. */
typedef uint32_t (*kern_probe_fn)(void *scratch, uint64_t batches);

/* A solver's nonce in steps, each of which belongs to a stage: for bench to time. */
struct kern_stages {
    size_t count;
    const char *const *names; /* count */

    /** Begin a nonce. scratch: as a search gets it, and fit for searches afterwards.
     * Returns: BASE_OK, or what the search would. */
    enum base_status (*start)(void *scratch, const struct kern_variant *variant,
                              const struct kern_work *work, uint64_t counter);

    /** Do the next step. Returns its stage; count: there was nothing left to do. */
    size_t (*step)(void *scratch, const struct kern_variant *variant, const struct kern_work *work);

    /** Of a finished nonce.
     * Out: bytes       that the stage reads and writes in memory, what is read before it is written
     *                  included; 0: all of it stays in caches
     *      operations  of vectors, or of registers in a portable variant; 0: not counted */
    void (*load)(uint64_t *bytes, uint64_t *operations, const void *scratch,
                 const struct kern_variant *variant, const struct kern_work *work, size_t stage);
};

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
    size_t scratch_size;          /* bytes of a search's scratch memory; 0: the row's */
    bool needs_table;             /* its search reads work->table */
    bool uses_table;              /* it searches without a table, and much faster with one */
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
    uint32_t reduced;         /* as in kern_work */
};

/* How tables of an algorithm are made on the host. Devices that have the table in their own memory
 * build it with passes of their own (cl_row.h) and take from here only the key and the size. */
struct kern_table_row {
    /** Which table a work needs: works with equal keys share one. A key holds all that determines
     * the table: height or epoch, and reduced. */
    uint64_t (*key)(const struct kern_work *work);
    size_t (*size_bytes)(uint64_t key);
    /** Number of steps, at least 1. */
    uint64_t (*steps)(uint64_t key);
    /** Do one step: 0, 1, ... in ascending order, on one thread at a time, each of at most 20 ms.
     * data: size_bytes, zero before the first step, aligned to KERN_SCRATCH_ALIGN. */
    void (*build)(void *data, uint64_t key, uint64_t step);
    /* Steps do not look at each other's results: any order, several threads at once. */
    bool parallel;
    /* Of tables that only make searches faster: one that takes longer to build gains nothing until
     * its epoch is over. In seconds; 0: it is always worth it. */
    uint32_t worth_s;
    /** Of such tables too: hashes without one that are as much work as building it. A block that is
     * found sooner makes a new epoch before the table stands. NULL: not looked at. */
    uint64_t (*worth_hashes)(uint64_t key);
    /** Optional, for measuring: the value of kern_work.reduced for a table of at most so many
     * bytes; 0 where the work's own is no larger. */
    uint32_t (*reduced_to)(const struct kern_work *work, uint64_t bytes);
    /** Optional, for measuring: read at random places what so many hashes read, as many reads at a
     * time as a memory serves, and do nothing else: the limit of searches with a table in memory.
     * Returns a value that depends on all reads. */
    uint32_t (*probe)(const void *data, uint64_t key, uint64_t hashes);
    /** Optional: turn a work into one of the epoch after its own, where that is known beforehand
     * (Ergo: the next height). Devices that hold two tables build the next one while they hash. */
    void (*next)(struct kern_work *work);
    /* Work of an epoch is worth nothing once the next one has begun (Ergo: every block has its
     * table). The old table is freed before a new one is built: two do not fit into memory. */
    bool one_at_a_time;
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
    size_t solution_size;   /* bytes, at most KERN_SOLUTION_MAX; 0 for plain hashes */
    size_t finds_per_nonce; /* the most finds one nonce can give: 1 for plain hashes. A solver drops
                               what is over, so that there is always room for one nonce */
    size_t scratch_size;    /* bytes of a search's scratch memory, for variants that do not say */

    /* Required: put the counter into the header in the algorithm's own byte order. */
    void (*put_counter)(uint8_t *header, uint64_t counter);

    /* Required: the reference, the judge of all variants. hash_be: the number to compare with the
     * target, most significant byte first. solution is NULL and 0 for plain hashes; a wrong
     * solution gives BASE_E_MISMATCH. It allocates nothing, uses at most 64 KiB of stack, and never
     * needs a table: work->table may be NULL, and only saves time where it is not. */
    enum base_status (*hash)(uint8_t hash_be[32], const struct kern_work *work,
                             const uint8_t *solution, size_t solution_size);

    /* Optional (chains > 1): the chain a hash belongs to, 0..chains-1. */
    uint32_t (*chain_of)(const uint8_t hash_be[32]);

    const struct kern_table_row *table; /* NULL: no tables */

    const struct kern_variant *const *variants; /* best first; the last one runs anywhere */
    size_t variant_count;
    const struct kern_answer *answers; /* at least one; where variants need a table, at least one
                                          whose table is no larger than KERN_ANSWER_TABLE_MAX */
    size_t answer_count;
    const struct kern_cl_row *opencl; /* NULL: no device kernel */
    const struct kern_stages *stages; /* NULL: its time is not divided */
};

#endif
