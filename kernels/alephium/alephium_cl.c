/* alephium_cl.c: host side of alephium.cl: the numbers of a job that no counter changes, and what
 * may be tuned. */
#include <string.h>

#include "alephium/alephium.h"
#include "alephium/alephium_layout.h"
#include "base/endian.h"
#include "opencl/cl_row.h"

extern const unsigned char kern_alephium_cl_text[];
extern const size_t kern_alephium_cl_text_size;
extern const unsigned char kern_alephium_layout_text[];
extern const size_t kern_alephium_layout_text_size;

enum { CHUNK_START = 1, BLOCK_BYTES = 64 };

static const uint32_t IV[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static uint32_t rotate_right(uint32_t word, unsigned bits)
{
    return (word >> bits) | (word << (32 - bits));
}

static void quarter(uint32_t v[16], unsigned column, uint32_t mx, uint32_t my)
{
    uint32_t *a = &v[column];
    uint32_t *b = &v[column + 4];
    uint32_t *c = &v[column + 8];
    uint32_t *d = &v[column + 12];
    *a = *a + *b + mx;
    *d = rotate_right(*d ^ *a, 16);
    *c = *c + *d;
    *b = rotate_right(*b ^ *c, 12);
    *a = *a + *b + my;
    *d = rotate_right(*d ^ *a, 8);
    *c = *c + *d;
    *b = rotate_right(*b ^ *c, 7);
}

/* Round 1 of block 0, columns 0, 1 and 3: message words 0..3 and 6, 7. Column 2 takes the counter
 * (words 4 and 5) and is the device's; the diagonals take what is prepared here. */
static void fill_round_1(uint32_t *job, const uint32_t *m)
{
    uint32_t v[16];
    memcpy(v, IV, sizeof IV);
    memcpy(v + 8, IV, 4 * sizeof IV[0]);
    v[12] = 0;
    v[13] = 0;
    v[14] = BLOCK_BYTES;
    v[15] = CHUNK_START;
    quarter(v, 0, m[0], m[1]);
    quarter(v, 1, m[2], m[3]);
    quarter(v, 3, m[6], m[7]);
    uint32_t a0 = v[0] + v[5] + m[8];
    job[JOB_A0] = a0 + m[9];
    job[JOB_D0] = rotate_right(v[15] ^ a0, 16);
    job[JOB_B0] = v[5];
    job[JOB_A1] = v[1] + m[10];
    job[JOB_C1] = v[11];
    job[JOB_D1] = v[12];
    job[JOB_A2] = v[7] + m[12];
    job[JOB_B2] = v[7];
    job[JOB_C2] = v[8];
    job[JOB_D2] = v[13];
    job[JOB_A3_FIRST] = v[3] + v[4] + m[14];
    job[JOB_A3_SECOND] = job[JOB_A3_FIRST] + m[15];
    job[JOB_B3] = v[4];
    job[JOB_C3] = v[9];
}

/* Bits of hash word 0, in the order of the hash's bytes, that are clear in every hash at or below
 * a target with this top word. */
static uint32_t top_mask(uint32_t top)
{
    uint32_t below = top;
    for (unsigned shift = 1; shift < 32; shift *= 2) {
        below |= below >> shift;
    }
    return __builtin_bswap32(~below);
}

static void fill_job(uint32_t *job, const struct kern_work *work)
{
    uint8_t last[8] = {0};
    for (size_t i = 0; i < 80; i++) {
        job[JOB_MESSAGE + i] = base_load_le32(work->header + 4 * i);
    }
    memcpy(last, work->header + 320, KERN_ALEPHIUM_MESSAGE_SIZE - 320);
    job[JOB_TAIL] = base_load_le32(last);
    job[JOB_TAIL + 1] = base_load_le32(last + 4);
    /* The counter's place is not read; equal jobs shall have equal words. */
    job[JOB_MESSAGE + 4] = 0;
    job[JOB_MESSAGE + 5] = 0;
    fill_round_1(job, job + JOB_MESSAGE);
    for (size_t i = 0; i < 8; i++) {
        job[JOB_TARGET + i] = base_load_be32(work->target_be + 4 * i);
    }
    job[JOB_TOP_MASK] = top_mask(job[JOB_TARGET]);
    job[JOB_CHAIN] = work->chain << 24;
    job[JOB_ONE] = 1;
}

/* NVIDIA's chips from Turing to Hopper add on two pipes: with additions as multiplications by one
 * the busier pipe has 3,146 instead of 3,776 operations a hash (bench/NOTES.md). Older and newer
 * chips have other pipes. */
static const struct kern_cl_shipped shipped[] = {
    {.device = "",
     .driver = "",
     .capability_min = 75,
     .capability_max = 90,
     .params = {.local_size = 256,
                .per_item = 4,
                .vector = 1,
                .unroll = 1,
                .multiply_add = 3,
                .flags = 1}},
};

const struct kern_cl_row kern_alephium_cl_row = {
    .sources = {KERN_CL_SEARCH_SOURCE,
                {"alephium/alephium_layout.h", kern_alephium_layout_text,
                 &kern_alephium_layout_text_size},
                {"alephium/alephium.cl", kern_alephium_cl_text, &kern_alephium_cl_text_size}},
    .passes = {{.kernel = "alephium_search"}},
    .job_words = JOB_WORDS,
    .fill_job = fill_job,
    .byte_permute = true,
    .proof = {.nonces = 4096, .target_bits = 255}, /* 1.4 ms of the portable variant; 128 finds */
    .space = {.local_size = {32, 64, 128, 256, 512},
              .per_item = {1, 2, 4, 8, 16, 32},
              .vector = {1, 2, 4, 8, 16},
              .unroll = {1, 2},
              .multiply_add = {1, 2, 3}},
    /* A CPU's compiler makes the lanes of a vector register from the work items of a group or from
     * the vector type; the vector type is the surer way (bench/NOTES.md). */
    .default_cpu = {.local_size = 64, .per_item = 16, .vector = 16, .unroll = 1, .multiply_add = 1},
    .default_gpu = {.local_size = 256, .per_item = 4, .vector = 1, .unroll = 1, .multiply_add = 1},
    .shipped = shipped,
    .shipped_count = BASE_COUNT_OF(shipped),
};
