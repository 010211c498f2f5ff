/* skein_cl.c: host side of skein.cl: the numbers of a job, and what may be tuned. */
#include "base/endian.h"
#include "opencl/cl_row.h"
#include "prim/header80_cl.h"
#include "skein/skein.h"
#include "skein/skein_layout.h"

extern const unsigned char kern_skein_cl_text[];
extern const size_t kern_skein_cl_text_size;
extern const unsigned char kern_skein_layout_text[];
extern const size_t kern_skein_layout_text_size;

static void put64(uint32_t *words, uint64_t value)
{
    words[0] = (uint32_t)value;
    words[1] = (uint32_t)(value >> 32);
}

static void fill_job(uint32_t *job, const struct kern_work *work)
{
    uint64_t chain[8];
    uint64_t parity = KERN_SKEIN_PARITY;
    prim_header80_fill_job(job, work);
    kern_skein_start(chain);
    kern_skein_ubi(chain, work->header, 64, kern_skein_flags(KERN_SKEIN_TYPE_MESSAGE, true, false));
    for (size_t i = 0; i < 8; i++) {
        put64(job + JOB_CHAIN + 2 * i, chain[i]);
        parity ^= chain[i];
    }
    put64(job + JOB_PARITY, parity);
}

const struct kern_cl_row kern_skein_cl_row = {
    .sources = {PRIM_HEADER80_CL_SOURCES,
                PRIM_SHA256_CL_SOURCE,
                {"skein/skein_layout.h", kern_skein_layout_text, &kern_skein_layout_text_size},
                {"skein/skein.cl", kern_skein_cl_text, &kern_skein_cl_text_size}},
    .passes = {{.kernel = "skein_search"}},
    .job_words = JOB_WORDS,
    .fill_job = fill_job,
    .proof = {.nonces = 1024, .target_bits = 253}, /* 1.7 ms of the portable variant; 128 finds */
    .space = PRIM_HEADER80_CL_SPACE,
    .default_cpu = PRIM_HEADER80_CL_CPU,
    .default_gpu = PRIM_HEADER80_CL_GPU,
};
