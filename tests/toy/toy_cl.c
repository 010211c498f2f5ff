/* toy_cl.c: the device rows of both toys. */
#include "base/endian.h"
#include "opencl/cl_row.h"
#include "toy.h"
#include "toy_layout.h"

extern const unsigned char toy_layout_text[];
extern const size_t toy_layout_text_size;
extern const unsigned char toy_cl_text[];
extern const size_t toy_cl_text_size;
extern const unsigned char toysolver_cl_text[];
extern const size_t toysolver_cl_text_size;
extern const unsigned char toytable_cl_text[];
extern const size_t toytable_cl_text_size;

/* Places in params->own. */
enum { CANDIDATES, CELLS_PER_ITEM, ROUND_NONCES };

static void fill_job(uint32_t *job, const struct kern_work *work)
{
    for (unsigned i = 0; i < 8; i++) {
        job[JOB_TARGET + i] = base_load_be32(work->target_be + (size_t)4 * i);
    }
    for (unsigned i = 0; i < 19; i++) {
        job[JOB_HEADER + i] = base_load_be32(work->header + (size_t)4 * i);
    }
    job[JOB_HEADER + 19] = 0;
    job[JOB_BITS] = work->reduced != 0 ? work->reduced : TOYTABLE_BITS;
}

/* ---- toysolver --------------------------------------------------------------------------- */

static unsigned solver_bits(const struct kern_cl_shape *shape)
{
    return shape->params->reduced != 0 ? shape->params->reduced : TOYSOLVER_BITS;
}

static uint32_t round_nonces(const struct kern_cl_shape *shape)
{
    return shape->params->own[ROUND_NONCES];
}

static uint64_t nonce_items(const struct kern_cl_shape *shape, uint64_t nonces)
{
    (void)shape;
    return nonces;
}

static uint64_t cell_items(const struct kern_cl_shape *shape, uint64_t nonces)
{
    return (nonces << solver_bits(shape)) / shape->params->own[CELLS_PER_ITEM];
}

static uint64_t candidate_items(const struct kern_cl_shape *shape, uint64_t nonces)
{
    return nonces * shape->params->own[CANDIDATES];
}

static uint64_t seeds_bytes(const struct kern_cl_shape *shape)
{
    return 32ULL * shape->round_nonces;
}

static uint64_t candidates_bytes(const struct kern_cl_shape *shape)
{
    return 4ULL * (1 + shape->params->own[CANDIDATES]) * shape->round_nonces;
}

static size_t read_solution(uint8_t *solution, const uint32_t *words)
{
    for (unsigned i = 0; i < SOLUTION_WORDS; i++) {
        base_store_be32(solution + (size_t)4 * i, words[i]);
    }
    return TOYSOLVER_SOLUTION;
}

const struct kern_cl_row kern_toysolver_cl_row = {
    .sources = {{"toy_layout.h", toy_layout_text, &toy_layout_text_size},
                {"toy.cl", toy_cl_text, &toy_cl_text_size},
                {"toysolver.cl", toysolver_cl_text, &toysolver_cl_text_size}},
    .passes = {{.kernel = "toysolver_prepare", .items = nonce_items, .numbered = true},
               {.kernel = "toysolver_prepare",
                .items = nonce_items,
                .local_size = 8,
                .numbered = true,
                .number = 1},
               {.kernel = "toysolver_cells", .items = cell_items},
               {.kernel = "toysolver_solutions", .items = candidate_items, .local_size = 16}},
    .buffers = {{.name = "seeds", .bytes = seeds_bytes},
                {.name = "candidates", .bytes = candidates_bytes}},
    .layout = {.slots = 32,
               .solution_words = SOLUTION_WORDS,
               .units = true,
               .read_solution = read_solution},
    .job_words = JOB_WORDS,
    .fill_job = fill_job,
    .round_nonces = round_nonces,
    .reduced_in_source = true,
    .space = {.local_size = {32, 64}},
    .own = {[CANDIDATES] = {"candidates", "CANDIDATES", {16, 32}, 16, 16},
            [CELLS_PER_ITEM] = {"cells per item", "CELLS_PER_ITEM", {1, 4, 16}, 16, 4},
            [ROUND_NONCES] = {"nonces a round", "ROUND_NONCES", {1, 2, 3}, 1, 2}},
    .default_cpu = {.local_size = 64},
    .default_gpu = {.local_size = 64},
};

/* ---- toytable ---------------------------------------------------------------------------- */

const struct kern_cl_row kern_toytable_cl_row = {
    .sources = {{"toy_layout.h", toy_layout_text, &toy_layout_text_size},
                {"toy.cl", toy_cl_text, &toy_cl_text_size},
                KERN_CL_TABLE_SOURCE,
                {"toytable.cl", toytable_cl_text, &toytable_cl_text_size}},
    .passes = {{.kernel = "toytable_search"}},
    .table = {.kernel = "toytable_build", .element_bytes = 32},
    .job_words = JOB_WORDS,
    .fill_job = fill_job,
    .proof = {.nonces = 256, .target_bits = 255},
    .space = {.local_size = {32, 64, 128}},
    .default_cpu = {.local_size = 64},
    .default_gpu = {.local_size = 64},
};
