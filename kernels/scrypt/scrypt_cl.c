/* scrypt_cl.c: host side of scrypt.cl: the numbers of a job, the device memory a work item needs,
 * and what may be tuned. */
#include <string.h>

#include "base/endian.h"
#include "opencl/cl_row.h"
#include "prim/header80_cl.h"
#include "prim/sha256.h"
#include "scrypt/scrypt.h"
#include "scrypt/scrypt_layout.h"

extern const unsigned char kern_scrypt_cl_text[];
extern const size_t kern_scrypt_cl_text_size;
extern const unsigned char kern_scrypt_layout_text[];
extern const size_t kern_scrypt_layout_text_size;

enum { LOOKUP_GAP }; /* places in params->own */

static void fill_job(uint32_t *job, const struct kern_work *work)
{
    uint32_t block[16];
    prim_header80_fill_job(job, work);
    for (size_t i = 0; i < 16; i++) {
        block[i] = base_load_be32(work->header + 4 * i);
    }
    memcpy(job + JOB_MIDSTATE, prim_sha256_iv, sizeof prim_sha256_iv);
    prim_sha256_compress(job + JOB_MIDSTATE, block);
}

static uint64_t table_bytes(const struct kern_cl_shape *shape)
{
    return KERN_SCRYPT_MEMORY / shape->params->own[LOOKUP_GAP];
}

const struct kern_cl_row kern_scrypt_cl_row = {
    .sources = {PRIM_HEADER80_CL_SOURCES,
                PRIM_SHA256_CL_SOURCE,
                {"scrypt/scrypt_layout.h", kern_scrypt_layout_text, &kern_scrypt_layout_text_size},
                {"scrypt/scrypt.cl", kern_scrypt_cl_text, &kern_scrypt_cl_text_size}},
    .passes = {{.kernel = "scrypt_search"}},
    .job_words = JOB_WORDS,
    .fill_job = fill_job,
    .buffers = {{.name = "scratch", .item_bytes = table_bytes}},
    .proof = {.nonces = 32, .target_bits = 255}, /* 7.1 ms of the portable variant; 16 finds */
    .space = {.local_size = {16, 32, 64, 128, 256},
              .per_item = {1},
              .vector = {1},
              .unroll = {1},
              .multiply_add = {1}},
    .own = {[LOOKUP_GAP] = {"lookup gap", "LOOKUP_GAP", {1, 2, 4}, 1, 2}},
    .default_cpu = {.local_size = 16, .per_item = 1, .vector = 1, .unroll = 1, .multiply_add = 1},
    .default_gpu = {.local_size = 64, .per_item = 1, .vector = 1, .unroll = 1, .multiply_add = 1},
};
