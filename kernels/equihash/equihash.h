/* equihash.h: Equihash (n, k) as Zcash and Komodo define it: rows, encoding, verifier, reference
 * solver, the table of fast CPU solvers, and the algorithm's row. All but the row knows nothing of
 * coins, targets and nonces: an input is the bytes that BLAKE2b hashes in front of the row counter
 * (for Komodo the 140 header bytes before the solution). Source of every rule: README.md of this
 * room. Bytes are in the order of the wire, indices are host integers. All functions are
 * re-entrant. */
#ifndef KERN_EQUIHASH_H
#define KERN_EQUIHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "row.h"

enum {
    KERN_EQUIHASH_K_MAX = 9,
    KERN_EQUIHASH_INDICES_MAX = 1 << KERN_EQUIHASH_K_MAX, /* of one solution */
    KERN_EQUIHASH_ROW_MAX = 25,                           /* bytes of a row */
    KERN_EQUIHASH_DIGITS_MAX = KERN_EQUIHASH_K_MAX + 1,
    KERN_EQUIHASH_SOLUTION_MAX = 1344, /* bytes; those of 200,9 */
    KERN_EQUIHASH_COUNTER_SIZE = 4,    /* bytes hashed behind an input */
};

/* Parameters and what follows from them. A value; made by kern_equihash_init only. */
struct kern_equihash {
    uint32_t n;             /* bits of a row */
    uint32_t k;             /* a solution has 2^k rows */
    uint8_t personal[16];   /* of BLAKE2b: prefix, le32(n), le32(k) */
    uint32_t digit_bits;    /* n / (k + 1): what collides in one round */
    uint32_t index_bits;    /* digit_bits + 1; there are 2^index_bits rows */
    uint32_t row_size;      /* bytes: n / 8 */
    uint32_t rows_per_hash; /* 512 / n */
    uint32_t hash_size;     /* bytes of a BLAKE2b digest: rows_per_hash rows */
    uint32_t indices;       /* of a solution: 2^k */
    uint32_t solution_size; /* bytes */
};

/** Fill from n and k.
 * In:      prefix  first 8 bytes of the personalisation; NULL: "ZcashPoW", which Komodo uses too.
 * Returns: BASE_OK, or BASE_E_UNSUPPORTED unless n is a multiple of 8 and of k + 1, k is 1..9, a
 *          row has at most 25 bytes, an index at most 26 bits, and a solution is whole bytes. */
BASE_MUST_CHECK enum base_status kern_equihash_init(struct kern_equihash *equihash, uint32_t n,
                                                    uint32_t k, const uint8_t *prefix);

/** The minimal encoding: `count` numbers of `bits` (1..32) bits each, most significant bit first,
 * without gaps; the last byte is filled up with zeros. bytes: (count * bits + 7) / 8. */
void kern_equihash_pack(uint8_t *bytes, const uint32_t *indices, size_t count, uint32_t bits);
void kern_equihash_unpack(uint32_t *indices, size_t count, const uint8_t *bytes, uint32_t bits);

/** Row `index` of an input: row_size bytes, a number with its most significant bit first. */
void kern_equihash_hash_row(uint8_t *row, const struct kern_equihash *equihash,
                            const uint8_t *input, size_t input_size, uint32_t index);

/** The digits of a row: k + 1 numbers of digit_bits bits; the first is the row's top bits. */
void kern_equihash_digits(uint32_t *digits, const struct kern_equihash *equihash,
                          const uint8_t *row);

/** Put a solution's indices into the one accepted order: at every node of the tree the child whose
 * first index is smaller stands on the left. Nodes are not mixed: the tree stays the same. */
void kern_equihash_order(uint32_t *indices, size_t count);

/* Why a solution is refused: the first rule broken when the tree is checked level by level from the
 * leaves, pair by pair, in this order. */
enum kern_equihash_flaw {
    KERN_EQUIHASH_VALID,
    KERN_EQUIHASH_LENGTH,    /* not solution_size bytes */
    KERN_EQUIHASH_COLLISION, /* the children's xors differ in the digit of their level */
    KERN_EQUIHASH_ORDER,     /* the left child's indices do not come first */
    KERN_EQUIHASH_DUPLICATE, /* an index stands in both children */
    KERN_EQUIHASH_NONZERO,   /* the last digit of the root is not zero */
};

/** Check a solution. Needs no memory but 25 KiB of stack, and 2^k BLAKE2b compressions.
 * Out:     flaw  why not; NULL: not wanted.
 * Returns: BASE_OK, or BASE_E_MISMATCH. */
BASE_MUST_CHECK enum base_status kern_equihash_verify(const struct kern_equihash *equihash,
                                                      enum kern_equihash_flaw *flaw,
                                                      const uint8_t *input, size_t input_size,
                                                      const uint8_t *solution,
                                                      size_t solution_size);

/** All solutions of an input, by the definition: whole index lists, every pair of every group, no
 * filter but the distinct rule. For tests: at 96,5 it takes some 30 MB and 0.3 s; 200,9 would take
 * more than 4 GB.
 * Out:     indices  cap solutions of equihash->indices indices each, ordered; no two are equal.
 *          count    solutions found, also beyond cap; those are not stored.
 * Returns: BASE_OK, BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status kern_equihash_solve(const struct kern_equihash *equihash,
                                                     uint32_t *indices, size_t cap, size_t *count,
                                                     const uint8_t *input, size_t input_size);

/* --- Fast solvers --- */

enum {
    KERN_EQUIHASH_SOLUTIONS_MAX = 32, /* kept of one input; the mean is 1.88 */
    KERN_EQUIHASH_SCRATCH_ALIGN = 64, /* bytes */
    KERN_EQUIHASH_LISTS_MAX = KERN_EQUIHASH_K_MAX,
};

/* What a run saw, for bench and tests. Counts since start. */
struct kern_equihash_stats {
    uint32_t rows[KERN_EQUIHASH_LISTS_MAX]; /* in each finished list; list 0: those of BLAKE2b */
    uint32_t full_rows;                     /* rows lost because their bucket was full */
    uint32_t full_pairs; /* buckets in which pairs were lost because there were too many */
    uint32_t candidates; /* pairs of the last round */
    uint32_t repeated;   /* candidates refused because an index repeats */
    uint32_t lost;       /* candidates or solutions beyond what the scratch memory holds */
};

/* One way to solve on a CPU: parameters and instruction set. Constant data.
 *
 * A solver is a state machine in memory of the caller. It never allocates, and keeps no pointer to
 * the input. The caller may stop between any two steps and start anew with another input; an input
 * that was not solved to the end counts as untried. */
struct kern_equihash_solver {
    const char *name;  /* "avx512", "avx2", "sse41", "neon", "portable" */
    uint32_t features; /* BASE_CPU_* that must all be present */
    uint32_t n;
    uint32_t k;
    size_t scratch_size; /* bytes; 200,9: less than 150,000,000 */

    /** Begin with an input; what scratch held is forgotten, it need not be zeroed.
     * In/out:  scratch     aligned to KERN_EQUIHASH_SCRATCH_ALIGN; one thread at a time. Huge pages
     *                      are worth a fifth of the speed; they are the caller's matter.
     * In:      input_size  bytes; size % 8 at most 4, at most 4096.
     * Returns: BASE_OK, BASE_E_RANGE. */
    enum base_status (*start)(void *scratch, const uint8_t *input, size_t input_size);

    /** Do a part of the work, at most about 1 ms on a slow processor.
     * Returns: true while there is more to do. */
    bool (*step)(void *scratch);
};

/** The stage that the next step works on: 0 fills list 0 (BLAKE2b), 1..k-1 make list 1..k-1, k is
 * the last round, k + 1 the trees of the candidates, k + 2 means done. */
unsigned kern_equihash_stage(const void *scratch);

/** Solutions of a finished run, encoded, in an order that is the same for all solvers of (n, k); no
 * two are equal. All satisfy the verifier. They lie in scratch until the next start: solution i at
 * i * KERN_EQUIHASH_SOLUTION_MAX. Out: count  0..KERN_EQUIHASH_SOLUTIONS_MAX. */
const uint8_t *kern_equihash_solutions(const void *scratch, size_t *count);

/** Bytes of each solution of a started run. */
size_t kern_equihash_solution_size(const void *scratch);

void kern_equihash_stats(const void *scratch, struct kern_equihash_stats *stats);

/** Solvers for (n, k), best first; the last one runs anywhere. There are some for 200,9 and, for
 * tests, 96,5 and 48,5; otherwise count is 0.
 * Returns: `*count` pointers to constant data. */
const struct kern_equihash_solver *const *kern_equihash_solvers(uint32_t n, uint32_t k,
                                                                size_t *count);

/* --- Row --- */

enum {
    KERN_EQUIHASH_HEADER_SIZE = 140, /* bytes in front of the solution's length */
    KERN_EQUIHASH_NONCE_OFFSET = 108,
    KERN_EQUIHASH_NONCE_SIZE = 32,
};

/* 200,9; kern_work.reduced = 96 means 96,5 and 48 means 48,5. */
extern const struct kern_algo kern_equihash_row;
extern const struct kern_cl_row kern_equihash_cl_row; /* its device kernel */

#endif
