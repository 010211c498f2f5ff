/* header80_cl.c: see header80_cl.h. */
#include "prim/header80_cl.h"

#include "base/endian.h"

void prim_header80_fill_job(uint32_t *job, const struct kern_work *work)
{
    for (size_t i = 0; i < 8; i++) {
        job[JOB_TARGET + i] = base_load_be32(work->target_be + 4 * i);
    }
    job[JOB_CLEAR] = prim_header80_clear_bits(work->target_be);
    for (size_t i = 0; i < 19; i++) {
        job[JOB_HEADER + i] = base_load_le32(work->header + 4 * i);
    }
    job[JOB_HEADER + 19] = 0; /* the nonce's place; equal jobs have equal words */
}
