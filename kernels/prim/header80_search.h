/* header80_search.h: the search of a vector body over 80-byte headers, and its probe. Included
 * once, at the end of the body, which before that defines
 * - HEADER80_HASH: the algorithm's reference, a prim_header80_hash_fn;
 * - prepare: void prepare(struct scratch *, const struct kern_work *), a job's constants;
 * - batch: a prim_header80_batch_fn for VEC_WAYS nonces, whose state is the struct scratch;
 * - probe and HEADER80_OWN_PROBE, where the probe needs memory; else it is defined here.
 * The variant's file defined KERN_SEARCH_NAME, see row.h. */
#ifndef PRIM_HEADER80_SEARCH_H
#define PRIM_HEADER80_SEARCH_H

#include "prim/header80.h"
#include "vec/vec_probe.h"

#ifndef KERN_SEARCH_NAME
#error "the variant's file says what its search is called: KERN_SEARCH_NAME"
#endif

static enum base_status KERN_SEARCH_NAME(void *scratch, struct kern_finds *finds,
                                         struct kern_progress *progress,
                                         const struct kern_work *work, uint64_t first,
                                         uint64_t count, const struct kern_stop *stop)
{
    (void)stop; /* a call lasts a millisecond or two */
    struct prim_header80_frame frame = {.work = *work,
                                        .hash = HEADER80_HASH,
                                        .finds = finds,
                                        .progress = progress,
                                        .first = first,
                                        .count = count};
    prepare(scratch, work);
    return prim_header80_run(&frame, batch, VEC_WAYS, scratch);
}

#ifndef HEADER80_OWN_PROBE
static uint32_t probe(void *scratch, uint64_t batches)
{
    (void)scratch;
    return vec_probe(batches, NULL, 0);
}
#endif

#endif
