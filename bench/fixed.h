/* fixed.h: fixed work: the same nonces of the same header everywhere, and a digest of all their
 * finds. Two machines, devices, kernels or numbers of lanes that give the same digest found exactly
 * the same. README.md, "Fixed work", defines the digest so that anybody can recompute it. */
#ifndef BENCH_FIXED_H
#define BENCH_FIXED_H

#include "kern.h"
#include "measure/crew.h"
#include "measure/result.h"

enum {
    BENCH_FIXED_FINDS = 1024, /* aimed at, whatever the number of nonces */
};

/* One find of fixed work. */
struct bench_fixed_find {
    uint8_t hash_be[32];   /* by the reference */
    struct kern_find find; /* solution: owned */
};

/* Finds in counter order. */
struct bench_fixed_list {
    struct bench_fixed_find *items; /* owned */
    size_t count;
    size_t cap;
};

void bench_fixed_list_free(struct bench_fixed_list *list);

/** Header and target of a seed and a number of nonces, which are counters 0..hashes-1. */
void bench_fixed_work(struct kern_work *work, const struct kern_algo *algo, uint64_t hashes,
                      uint64_t seed);

/** Recompute finds with the reference and append them.
 * Returns: BASE_OK; BASE_E_MISMATCH with a sentence one is wrong or out of order; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status bench_fixed_append(struct bench_fixed_list *list,
                                                    const struct kern_algo *algo,
                                                    const struct kern_work *work,
                                                    const struct kern_find *finds, size_t count,
                                                    struct base_error *error);

/** Set result's digest and number of finds from all finds of the work, and compare a sample of the
 * nonces with the reference, which counts in verified and wrong.
 * Returns: BASE_OK, wrong answers included; BASE_E_IO no SHA-256. */
BASE_MUST_CHECK enum base_status bench_fixed_conclude(struct bench_result *result,
                                                      const struct bench_fixed_list *list,
                                                      const struct kern_algo *algo,
                                                      const struct kern_work *work,
                                                      struct base_error *error);

/** Do the work with a CPU kernel, nonces divided among lanes.
 * Out:     result  defined on BASE_OK; wrong answers are in it.
 * Returns: BASE_OK; BASE_E_MEMORY; BASE_E_IO. */
BASE_MUST_CHECK enum base_status bench_fixed_cpu(struct bench_result *result,
                                                 const struct kern_algo *algo,
                                                 const struct kern_variant *variant,
                                                 uint64_t hashes, uint64_t seed,
                                                 struct bench_crew *crew, struct base_error *error);

/** Mark results of fixed work whose digest differs from that of another result of the same
 * algorithm in the list: a find was missed somewhere. */
void bench_fixed_compare(struct bench_results *results);

#endif
