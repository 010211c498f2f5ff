/* answer.h: a known answer made ready to be searched for, on a processor or a device. Internal to
 * kern. */
#ifndef KERN_ANSWER_H
#define KERN_ANSWER_H

#include "kern.h"

/* A known answer as work: searched at its counter, with its hash as target, it must be found. */
struct kern_case {
    struct kern_work work; /* table is owned by the case; NULL where there is none, or where it
                              would be larger than KERN_ANSWER_TABLE_MAX */
    struct kern_find find; /* solution: in the case */
    struct kern_table *table;
    uint8_t solution[KERN_SOLUTION_MAX];
};

/** Decode the answer, build its table if it is small, and check that the reference reproduces it.
 * Out:     known  fit for kern_case_deinit on every path.
 * Returns: BASE_OK; BASE_E_MISMATCH the reference gives another hash; BASE_E_MEMORY; what the hex
 *          decoder says of a broken row. */
BASE_MUST_CHECK enum base_status kern_case_init(struct kern_case *known,
                                                const struct kern_algo *algo,
                                                const struct kern_answer *answer,
                                                struct base_error *error);
void kern_case_deinit(struct kern_case *known);

/** True when a device whose kernels are built for this reduced size (kern_cl_params) can be asked
 * for the answer: it is of that size, and its table, if it needs one, is small. The algorithm has a
 * device kernel. */
bool kern_answer_fits_device(const struct kern_algo *algo, const struct kern_answer *answer,
                             uint32_t reduced);

#endif
