/* sha256d_cl.c: host side of sha256d.cl: the numbers of a job, and what may be tuned. */
#include <string.h>

#include "base/endian.h"
#include "opencl/cl_row.h"
#include "prim/header80_cl.h"
#include "prim/sha256.h"
#include "sha256d/sha256d.h"
#include "sha256d/sha256d_layout.h"

extern const unsigned char kern_sha256d_cl_text[];
extern const size_t kern_sha256d_cl_text_size;
extern const unsigned char kern_sha256d_layout_text[];
extern const size_t kern_sha256d_layout_text_size;

static void fill_job(uint32_t *job, const struct kern_work *work)
{
    uint32_t block[16];
    uint32_t state[8];
    prim_header80_fill_job(job, work);
    for (size_t i = 0; i < 16; i++) {
        block[i] = base_load_be32(work->header + 4 * i);
    }
    memcpy(state, prim_sha256_iv, sizeof state);
    prim_sha256_compress(state, block);
    memcpy(job + JOB_MIDSTATE, state, sizeof state);
    for (size_t i = 0; i < 3; i++) {
        job[JOB_TAIL + i] = base_load_be32(work->header + 64 + 4 * i);
    }
    prim_sha256_rounds(state, job + JOB_TAIL, 0, 3);
    memcpy(job + JOB_FRONT, state, sizeof state);
}

const struct kern_cl_row kern_sha256d_cl_row = {
    .sources = {PRIM_HEADER80_CL_SOURCES,
                PRIM_SHA256_CL_SOURCE,
                {"sha256d/sha256d_layout.h", kern_sha256d_layout_text,
                 &kern_sha256d_layout_text_size},
                {"sha256d/sha256d.cl", kern_sha256d_cl_text, &kern_sha256d_cl_text_size}},
    .passes = {{.kernel = "sha256d_search"}},
    .job_words = JOB_WORDS,
    .fill_job = fill_job,
    .proof = {.nonces = 1024, .target_bits = 253}, /* 1.6 ms of the portable variant; 128 finds */
    .space = PRIM_HEADER80_CL_SPACE,
    .default_cpu = PRIM_HEADER80_CL_CPU,
    .default_gpu = PRIM_HEADER80_CL_GPU,
};
