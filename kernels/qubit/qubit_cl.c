/* qubit_cl.c: host side of qubit.cl: the numbers of a job, and what may be tuned. */
#include <string.h>

#include "base/endian.h"
#include "opencl/cl_row.h"
#include "prim/header80_cl.h"
#include "qubit/qubit.h"
#include "qubit/qubit_layout.h"

extern const unsigned char kern_qubit_cl_text[];
extern const size_t kern_qubit_cl_text_size;
extern const unsigned char kern_qubit_layout_text[];
extern const size_t kern_qubit_layout_text_size;

static void fill_luffa(uint32_t *job, const uint8_t *header)
{
    uint32_t v[5][8];
    kern_qubit_luffa_header(v, header);
    memcpy(job + JOB_LUFFA, v, sizeof v);
    memcpy(job + JOB_LUFFA_ADDED, kern_qubit_luffa_constants, sizeof kern_qubit_luffa_constants);
}

static void fill_simd(uint32_t *job)
{
    uint8_t block[128] = {0};
    uint32_t w[32][8];
    int power = 1;
    memcpy(job + JOB_SIMD, kern_qubit_simd_start, sizeof kern_qubit_simd_start);
    base_store_le32(block, 512);
    kern_qubit_simd_expand(w, block, true);
    memcpy(job + JOB_SIMD_LAST, w, sizeof w);
    for (unsigned i = 0; i < 32; i++) {
        job[JOB_SIMD_PLACES + i] = kern_qubit_simd_places[i];
    }
    for (unsigned i = 0; i < 256; i++) {
        job[JOB_POWERS + i] = (uint32_t)(power > 128 ? power - 257 : power);
        power = power * 41 % 257;
    }
}

static void fill_aes(uint32_t *job)
{
    for (unsigned i = 0; i < 256; i++) {
        uint32_t s = kern_qubit_aes_sbox[i];
        uint32_t twice = ((s << 1) ^ (s >= 0x80 ? 0x11bU : 0)) & 0xff;
        job[JOB_AES + i] = twice | s << 8 | s << 16 | (twice ^ s) << 24;
    }
}

static void fill_job(uint32_t *job, const struct kern_work *work)
{
    prim_header80_fill_job(job, work);
    fill_luffa(job, work->header);
    kern_qubit_cubehash_start(job + JOB_CUBEHASH);
    memcpy(job + JOB_SHAVITE, kern_qubit_shavite_start, sizeof kern_qubit_shavite_start);
    fill_simd(job);
    fill_aes(job);
}

const struct kern_cl_row kern_qubit_cl_row = {
    .sources = {PRIM_HEADER80_CL_SOURCES,
                {"qubit/qubit_layout.h", kern_qubit_layout_text, &kern_qubit_layout_text_size},
                {"qubit/qubit.cl", kern_qubit_cl_text, &kern_qubit_cl_text_size}},
    .passes = {{.kernel = "qubit_search"}},
    .job_words = JOB_WORDS,
    .fill_job = fill_job,
    .proof = {.nonces = 64, .target_bits = 255}, /* 4.9 ms of the portable variant; 32 finds */
    .space = {.local_size = {16, 32, 64},        /* 512 bytes of local memory a work item */
              .per_item = {1, 2, 4, 8, 16, 32},
              .vector = {1},
              .unroll = {1},
              .multiply_add = {1}},
    .default_cpu = {.local_size = 64, .per_item = 16, .vector = 1, .unroll = 1, .multiply_add = 1},
    .default_gpu = {.local_size = 32, .per_item = 4, .vector = 1, .unroll = 1, .multiply_add = 1},
};
