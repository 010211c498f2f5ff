/* equihash_cl.c: host side of equihash.cl: the numbers of a job, the passes and their memory, from
 * the device's words to a solution, and what may be tuned. */
#include <string.h>

#include "base/blake2b.h"
#include "base/endian.h"
#include "equihash/equihash.h"
#include "equihash/equihash_layout.h"
#include "equihash/equihash_state.h"
#include "opencl/cl_row.h"
#include "prim/blake2b_cl.h"
#include "prim/sha256.h"
#include "prim/sha256_cl.h"

extern const unsigned char kern_equihash_cl_text[];
extern const size_t kern_equihash_cl_text_size;
extern const unsigned char kern_equihash_solutions_cl_text[];
extern const size_t kern_equihash_solutions_cl_text_size;
extern const unsigned char kern_equihash_layout_text[];
extern const size_t kern_equihash_layout_text_size;

/* Parameters of the row's own, in the order of its list. */
enum { OWN_BUCKET_BITS, OWN_SPREAD, OWN_NONCES };

enum { HEAD_BYTES = 128 }; /* of the header: one block of BLAKE2b, two of SHA-256 */

/* The size that a program is for, as equihash_layout.h takes it. */
struct geometry {
    int n;
    int k;
    int bucket_bits;
    int spread;
};

static struct geometry geometry_of(const struct kern_cl_params *params)
{
    const int bits = (int)params->own[OWN_BUCKET_BITS];
    const int spread = (int)params->own[OWN_SPREAD];
    return params->reduced == 0    ? (struct geometry){200, 9, bits, spread}
           : params->reduced == 96 ? (struct geometry){96, 5, BUCKET_BITS_96(bits), spread}
                                   : (struct geometry){48, 5, BUCKET_BITS_48, spread};
}

/* ---- buffers ----------------------------------------------------------------------------- */

static uint64_t heap_bytes(const struct kern_cl_shape *shape, int heap)
{
    struct geometry g = geometry_of(shape->params);
    return (uint64_t)HEAP_WORDS(g.n, g.k, g.bucket_bits, g.spread, heap) * sizeof(uint32_t);
}

static uint64_t heap0_bytes(const struct kern_cl_shape *shape)
{
    return heap_bytes(shape, 0) * shape->round_nonces;
}

static uint64_t heap1_bytes(const struct kern_cl_shape *shape)
{
    return heap_bytes(shape, 1) * shape->round_nonces;
}

static uint64_t heap2_bytes(const struct kern_cl_shape *shape)
{
    return heap_bytes(shape, 2) * shape->round_nonces;
}

static uint64_t counts_bytes(const struct kern_cl_shape *shape)
{
    struct geometry g = geometry_of(shape->params);
    return (uint64_t)COUNTS_WORDS(g.k, g.bucket_bits) * sizeof(uint32_t) * shape->round_nonces;
}

/* As many as wanted, where half of the device's memory holds them in pieces that it gives. Heap 0
 * is the largest. */
static uint32_t round_nonces(const struct kern_cl_shape *shape)
{
    uint64_t whole = heap_bytes(shape, 0) + heap_bytes(shape, 1) + heap_bytes(shape, 2);
    uint64_t fit = shape->info->memory_bytes / 2 / whole;
    uint64_t pieces = shape->info->max_allocation_bytes / heap_bytes(shape, 0);
    fit = pieces < fit ? pieces : fit;
    uint32_t wanted = shape->params->own[OWN_NONCES];
    return fit >= wanted ? wanted : fit > 0 ? (uint32_t)fit : 1;
}

/* ---- work items -------------------------------------------------------------------------- */

static uint64_t begin_items(const struct kern_cl_shape *shape, uint64_t nonces)
{
    struct geometry g = geometry_of(shape->params);
    return nonces * (uint64_t)CANDIDATES(g.k, g.bucket_bits);
}

static uint64_t fill_items(const struct kern_cl_shape *shape, uint64_t nonces)
{
    struct geometry g = geometry_of(shape->params);
    uint64_t rows = 2ULL << DIGIT_BITS(g.n, g.k);
    uint64_t rows_per_hash = (uint64_t)(512 / g.n);
    return nonces * ((rows + rows_per_hash - 1) / rows_per_hash);
}

/* A group for each bucket. */
static uint64_t bucket_items(const struct kern_cl_shape *shape, uint64_t nonces)
{
    struct geometry g = geometry_of(shape->params);
    return (nonces << g.bucket_bits) * shape->params->local_size;
}

/* Lists that sizes with a smaller k do not have. */
static uint64_t late_bucket_items(const struct kern_cl_shape *shape, uint64_t nonces)
{
    return shape->params->reduced != 0 ? 1 : bucket_items(shape, nonces);
}

static uint64_t solution_items(const struct kern_cl_shape *shape, uint64_t nonces)
{
    return nonces * SOLUTION_GROUPS * shape->params->local_size;
}

static uint64_t hash_items(const struct kern_cl_shape *shape, uint64_t nonces)
{
    (void)shape;
    return nonces * SOLUTIONS_MAX;
}

/* ---- job and solutions ------------------------------------------------------------------- */

static void fill_job(uint32_t *job, const struct kern_work *work)
{
    struct base_blake2b hash;
    struct kern_equihash equihash;
    uint64_t words[BASE_BLAKE2B_BLOCK / 8];
    enum base_status status = equihash_init_reduced(&equihash, work->reduced);
    BASE_ASSERT(status == BASE_OK); /* kern_cl_launch takes works of the program's size only */
    memset(job, 0, JOB_WORDS * sizeof job[0]);
    for (size_t i = 0; i < 8; i++) {
        job[JOB_TARGET + i] = base_load_be32(work->target_be + 4 * i);
    }
    base_blake2b_init(&hash, equihash.hash_size, equihash.personal);
    for (size_t i = 0; i < BASE_COUNT_OF(words); i++) {
        words[i] = base_load_le64(work->header + 8 * i);
    }
    base_blake2b_compress(hash.h, words, HEAD_BYTES, false);
    for (size_t i = 0; i < 8; i++) {
        job[JOB_MIDSTATE + 2 * i] = (uint32_t)hash.h[i];
        job[JOB_MIDSTATE + 2 * i + 1] = (uint32_t)(hash.h[i] >> 32);
    }
    memcpy(job + JOB_SHA_STATE, prim_sha256_iv, sizeof prim_sha256_iv);
    for (size_t at = 0; at < HEAD_BYTES; at += PRIM_SHA256_BLOCK) {
        uint32_t block[16];
        for (size_t i = 0; i < BASE_COUNT_OF(block); i++) {
            block[i] = base_load_be32(work->header + at + 4 * i);
        }
        prim_sha256_compress(job + JOB_SHA_STATE, block);
    }
    job[JOB_TAIL] = base_load_le32(work->header + HEAD_BYTES);
}

static size_t read_solution(uint8_t *solution, const uint32_t *words)
{
    size_t size = words[0] < KERN_EQUIHASH_SOLUTION_MAX ? words[0] : KERN_EQUIHASH_SOLUTION_MAX;
    for (size_t i = 0; i < KERN_EQUIHASH_SOLUTION_MAX / 4; i++) {
        base_store_be32(solution + 4 * i, words[1 + i]);
    }
    return size;
}

/* ---- row --------------------------------------------------------------------------------- */

#define COLLIDE(to, count)                                                                         \
    {                                                                                              \
        .kernel = "equihash_collide_" #to, .items = (count)                                        \
    }

const struct kern_cl_row kern_equihash_cl_row = {
    .sources = {PRIM_BLAKE2B_CL_SOURCE,
                PRIM_SHA256_CL_SOURCE,
                {"equihash/equihash_layout.h", kern_equihash_layout_text,
                 &kern_equihash_layout_text_size},
                {"equihash/equihash.cl", kern_equihash_cl_text, &kern_equihash_cl_text_size},
                {"equihash/equihash_solutions.cl", kern_equihash_solutions_cl_text,
                 &kern_equihash_solutions_cl_text_size}},
    .passes = {{.kernel = "equihash_begin", .items = begin_items},
               {.kernel = "equihash_fill", .items = fill_items},
               COLLIDE(1, bucket_items),
               COLLIDE(2, bucket_items),
               COLLIDE(3, bucket_items),
               COLLIDE(4, bucket_items),
               COLLIDE(5, late_bucket_items),
               COLLIDE(6, late_bucket_items),
               COLLIDE(7, late_bucket_items),
               COLLIDE(8, late_bucket_items),
               {.kernel = "equihash_last", .items = bucket_items},
               {.kernel = "equihash_solutions", .items = solution_items},
               {.kernel = "equihash_hashes", .items = hash_items, .local_size = 1}},
    .buffers = {{.name = "lists 0, 3, 6", .bytes = heap0_bytes},
                {.name = "lists 1, 4, 7", .bytes = heap1_bytes},
                {.name = "lists 2, 5, 8", .bytes = heap2_bytes},
                {.name = "counts", .bytes = counts_bytes}},
    .layout = {.slots = 64,
               .solution_words = SOLUTION_WORDS_MAX,
               .units = true,
               .losses = true,
               .read_solution = read_solution},
    .job_words = JOB_WORDS,
    .fill_job = fill_job,
    .round_nonces = round_nonces,
    .stoppable = true,
    .reduced_in_source = true,
    .space = {.local_size = {32, 64, 128, 256, 512}},
    .own = {{.name = "bucket bits",
             .macro = "BUCKET_BITS",
             .values = {11, 12, 13},
             .default_cpu = 12,
             .default_gpu = 12},
            {.name = "spread",
             .macro = "SPREAD",
             .values = {4, 5, 6},
             .default_cpu = 6,
             .default_gpu = 6},
            {.name = "nonces a round",
             .macro = "ROUND_NONCES",
             .values = {1, 2, 4, 8},
             .default_cpu = 1,
             .default_gpu = 2}},
    .default_cpu = {.local_size = 64, .per_item = 1, .vector = 1, .unroll = 1, .multiply_add = 1},
    .default_gpu = {.local_size = 256, .per_item = 1, .vector = 1, .unroll = 1, .multiply_add = 1},
};
