/* equihash_solver.c: what all solvers have in common and no instruction set changes: the plan of
 * the memory, the start, the results, the table of solvers. */
#include <string.h>

#include "base/blake2b.h"
#include "base/endian.h"
#include "equihash/equihash_state.h"

enum { INPUT_MAX = 4096 };

static size_t list_size(const struct equihash_shape *shape, unsigned list)
{
    return equihash_bucket_size(shape, list) * equihash_buckets(shape);
}

static size_t references_size(const struct equihash_shape *shape, unsigned list)
{
    return (size_t)shape->cap[list] * EQUIHASH_REFERENCE_SIZE * equihash_buckets(shape);
}

/* Even lists lie at the bottom, one over the other. References are stacked from the top down, in
 * their order. An odd list lies below its own references. While list r + 1 is made of list r, both
 * and the references 0..r are in use. */
size_t equihash_plan_size(const struct equihash_shape *shape)
{
    size_t references = 0;
    size_t most = 0;
    for (unsigned list = 0; list < shape->k; list++) {
        references += list + 1 < shape->k ? references_size(shape, list) : 0;
        if (list % 2 == 1) {
            size_t below = list_size(shape, list - 1);
            size_t above = list + 1 < shape->k ? list_size(shape, list + 1) : 0;
            size_t size = references + list_size(shape, list) + (below > above ? below : above);
            most = size > most ? size : most;
        }
    }
    return most;
}

static void plan(struct equihash_state *state)
{
    const struct equihash_shape *shape = state->shape;
    uint8_t *top = state->arena + equihash_plan_size(shape);
    for (unsigned list = 0; list < shape->k; list++) {
        if (list + 1 < shape->k) {
            top -= references_size(shape, list);
            state->references[list] = (uint32_t *)(void *)top;
        }
        state->lists[list] = list % 2 == 0 ? state->arena : top - list_size(shape, list);
    }
}

enum base_status equihash_start(struct equihash_state *state, const struct equihash_shape *shape,
                                const uint8_t *input, size_t input_size)
{
    static const uint8_t no_counter[KERN_EQUIHASH_COUNTER_SIZE];
    struct base_blake2b hash;
    if (input_size % 8 > 4 || input_size > INPUT_MAX) {
        return BASE_E_RANGE;
    }
    enum base_status status = kern_equihash_init(&state->equihash, shape->n, shape->k, NULL);
    if (status != BASE_OK) {
        return status;
    }
    state->shape = shape;
    memset(&state->stats, 0, sizeof state->stats);
    state->candidate_count = 0;
    state->solution_count = 0;
    base_blake2b_init(&hash, state->equihash.hash_size, state->equihash.personal);
    base_blake2b_update(&hash, input, input_size);
    base_blake2b_update(&hash, no_counter, sizeof no_counter);
    memset(hash.held + hash.held_size, 0, sizeof hash.held - hash.held_size);
    memcpy(state->midstate, hash.h, sizeof state->midstate);
    state->two_words = hash.held_size == 16;
    for (size_t i = 0; i < 16; i++) {
        state->message[i] = base_load_le64(hash.held + 8 * i);
    }
    size_t place = hash.held_size - sizeof no_counter;
    state->byte_count = hash.compressed_bytes + hash.held_size;
    state->counter_word = (uint32_t)(place / 8);
    state->counter_shift = (uint32_t)(place % 8 * 8);
    for (uint64_t i = 0; i < EQUIHASH_WAYS_MAX; i++) {
        state->lanes[i] = i << state->counter_shift;
    }
    plan(state);
    equihash_begin_list(state, 0);
    return BASE_OK;
}

void equihash_begin_list(struct equihash_state *state, unsigned list)
{
    const struct equihash_shape *shape = state->shape;
    state->stage = list;
    state->next = 0;
    for (uint32_t i = 0; i < equihash_buckets(shape); i++) {
        uint8_t *start = state->lists[list] + i * equihash_bucket_size(shape, list);
        state->tails[i] = start;
        state->ends[i] = start + (size_t)shape->cap[list] * equihash_stride(shape, list);
    }
}

void equihash_end_list(struct equihash_state *state, unsigned list)
{
    const struct equihash_shape *shape = state->shape;
    uint32_t rows = 0;
    for (uint32_t i = 0; i < equihash_buckets(shape); i++) {
        const uint8_t *start = state->lists[list] + i * equihash_bucket_size(shape, list);
        state->counts[i] = (uint32_t)(state->tails[i] - start) / equihash_stride(shape, list);
        rows += state->counts[i];
    }
    state->stats.rows[list] = rows;
}

unsigned kern_equihash_stage(const void *scratch)
{
    const struct equihash_state *state = scratch;
    return state->stage;
}

const uint8_t *kern_equihash_solutions(const void *scratch, size_t *count)
{
    const struct equihash_state *state = scratch;
    *count = state->solution_count;
    return state->solutions[0];
}

size_t kern_equihash_solution_size(const void *scratch)
{
    const struct equihash_state *state = scratch;
    return state->equihash.solution_size;
}

void kern_equihash_stats(const void *scratch, struct kern_equihash_stats *stats)
{
    const struct equihash_state *state = scratch;
    *stats = state->stats;
}

#if defined(__x86_64__)
#define X86(size)                                                                                  \
    &kern_equihash_##size##_avx512, &kern_equihash_##size##_avx2, &kern_equihash_##size##_sse41,
#define ARM(size)
#elif defined(__aarch64__)
#define X86(size)
#define ARM(size) &kern_equihash_##size##_neon,
#else
#define X86(size)
#define ARM(size)
#endif
#define SOLVERS(size)                                                                              \
    static const struct kern_equihash_solver *const solvers_##size[] = {                           \
        X86(size) ARM(size) & kern_equihash_##size##_portable}

SOLVERS(200_9);
SOLVERS(96_5);
SOLVERS(48_5);

const struct kern_equihash_solver *const *kern_equihash_solvers(uint32_t n, uint32_t k,
                                                                size_t *count)
{
    static const struct {
        const struct kern_equihash_solver *const *solvers;
        size_t count;
    } all[] = {
        {solvers_200_9, BASE_COUNT_OF(solvers_200_9)},
        {solvers_96_5, BASE_COUNT_OF(solvers_96_5)},
        {solvers_48_5, BASE_COUNT_OF(solvers_48_5)},
    };
    *count = 0;
    for (size_t i = 0; i < BASE_COUNT_OF(all); i++) {
        if (all[i].solvers[0]->n == n && all[i].solvers[0]->k == k) {
            *count = all[i].count;
            return all[i].solvers;
        }
    }
    return NULL;
}
