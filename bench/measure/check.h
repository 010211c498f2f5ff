/* check.h: checks the answers of a window. Every find is recomputed by the reference, and a
 * random piece of the window's range is searched again with an open target and compared, nonce by
 * nonce, with the reference: a find too many, a find missed and a find misplaced are all faults.
 * Over all windows the number of finds must fit the nonces claimed. Knows no devices: a function
 * searches again. */
#ifndef BENCH_CHECK_H
#define BENCH_CHECK_H

#include "base/random.h"
#include "kern.h"

/** Search again, as kern_search; the whole range at once, all finds appended. Returns another
 * status than BASE_OK when that fails. */
typedef enum base_status (*bench_search_again_fn)(void *user, struct kern_finds *finds,
                                                  const struct kern_work *work, uint64_t first,
                                                  uint64_t count);

/* Checks of one kernel on one lane or device, and their totals. */
struct bench_check {
    const struct kern_algo *algo;
    char kernel[64];            /* for sentences: "kernel avx2", "device 0:0" */
    struct kern_finds expected; /* room for what one piece can give */
    struct kern_finds seen;     /* likewise */
    uint64_t piece_nonces;      /* compared at a time */
    uint64_t sample_nonces;     /* compared in one window */
    uint64_t reference_ns;      /* of one reference hash, calibrated; 0: not known */
    uint64_t verified;          /* nonces recomputed by the reference that agreed */
    uint64_t wrong;             /* those that did not */
    uint64_t finds;             /* reported in windows */
    double finds_expected;      /* by the target's probability and the work claimed */
    uint64_t windows;           /* checked so far */
    uint64_t open_units;        /* claimed in windows whose target every hash meets */
    uint64_t open_finds;        /* reported in these */
    struct base_error fault;    /* the first fault, in words */
};

/* What a window claims. finds are ascending; all borrowed. */
struct bench_claim {
    const struct kern_work *work;
    uint64_t first;
    struct kern_progress progress; /* nonces from first on, and hashes or solutions in them */
    const struct kern_finds *finds;
};

/** Prepare.
 * In:      piece_nonces  1 or more.
 * Returns: BASE_OK; BASE_E_MEMORY. Deinit in every case. */
BASE_MUST_CHECK enum base_status bench_check_init(struct bench_check *check,
                                                  const struct kern_algo *algo, const char *kernel,
                                                  uint64_t piece_nonces);
void bench_check_deinit(struct bench_check *check);

/** Find out how long the reference takes, and so how many nonces a check of a few milliseconds can
 * afford. */
void bench_check_calibrate(struct bench_check *check, const struct kern_work *work);

/** Check a window. The sample is drawn from random. Does nothing after a fault. */
void bench_check_window(struct bench_check *check, const struct bench_claim *claim,
                        struct base_random *random, bench_search_again_fn again, void *user);

/** A fault if the finds of all windows together are too few or too many for the work claimed (6
 * standard deviations: one honest run in a billion), or if a window where every hash meets the
 * target gave fewer than it counted. */
void bench_check_rate(struct bench_check *check);

/** Count a fault, and keep its words if it is the first. */
BASE_PRINTF(2, 3)
void bench_check_fault(struct bench_check *check, const char *format, ...);

#endif
