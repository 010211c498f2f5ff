/* equihash_trees.c: from a pair of rows of the last list to a solution: follows the references down
 * to the indices, refuses trees in which a row or an index stands twice, and encodes. */
#include <string.h>

#include "base/endian.h"
#include "equihash/equihash_state.h"

/* A row: its bucket and position in a list; on the level of the leaves: its index. */
struct level {
    uint32_t rows[KERN_EQUIHASH_INDICES_MAX];
    size_t count;
};

enum { POSITION_BITS = 16 };

static uint32_t row_of(uint32_t bucket, uint32_t position)
{
    return bucket << POSITION_BITS | position;
}

static uint32_t reference_of(const struct equihash_state *state, unsigned list, uint32_t row)
{
    const struct equihash_shape *shape = state->shape;
    size_t bucket = row >> POSITION_BITS;
    size_t position = row & EQUIHASH_NONE;
    if (list + 1 < shape->k) {
        return state->references[list][bucket * shape->cap[list] + position];
    }
    return base_load_le32(state->lists[list] + bucket * equihash_bucket_size(shape, list) +
                          position * equihash_stride(shape, list));
}

/* Bucket of list - 1 in which the parents of a row of the list are: the first that was finished
 * when the row was there. */
static uint32_t bucket_of_parents(const struct equihash_state *state, unsigned list, uint32_t row)
{
    uint32_t bucket = row >> POSITION_BITS;
    uint32_t at = (row & EQUIHASH_NONE) * equihash_stride(state->shape, list);
    uint32_t low = 0;
    uint32_t high = equihash_buckets(state->shape) - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (state->passed[list - 1][middle][bucket] > at) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static bool repeats(const struct level *level)
{
    for (size_t i = 1; i < level->count; i++) {
        uint32_t row = level->rows[i];
        uint32_t same = 0;
        for (size_t j = 0; j < i; j++) {
            same |= level->rows[j] == row;
        }
        if (same != 0) {
            return true;
        }
    }
    return false;
}

/* Replace rows of a list by their parents, in place; rows of list 0 by their indices. */
static void descend(const struct equihash_state *state, struct level *level, unsigned list)
{
    if (list == 0) {
        for (size_t i = 0; i < level->count; i++) {
            level->rows[i] = reference_of(state, 0, level->rows[i]);
        }
        return;
    }
    for (size_t i = level->count; i-- > 0;) {
        uint32_t row = level->rows[i];
        uint32_t reference = reference_of(state, list, row);
        uint32_t bucket = bucket_of_parents(state, list, row);
        level->rows[2 * i] = row_of(bucket, reference >> POSITION_BITS);
        level->rows[2 * i + 1] = row_of(bucket, reference & EQUIHASH_NONE);
    }
    level->count *= 2;
}

void equihash_expand(struct equihash_state *state, const struct equihash_candidate *candidate)
{
    uint8_t solution[KERN_EQUIHASH_SOLUTION_MAX];
    struct level level = {
        .rows = {row_of(candidate->bucket, candidate->positions[0]),
                 row_of(candidate->bucket, candidate->positions[1])},
        .count = 2,
    };
    for (unsigned list = state->shape->k; list-- > 0;) {
        descend(state, &level, list);
        if (repeats(&level)) {
            state->stats.repeated++;
            return;
        }
    }
    BASE_ASSERT(level.count == state->equihash.indices);
    kern_equihash_order(level.rows, level.count);
    kern_equihash_pack(solution, level.rows, level.count, state->equihash.index_bits);
    for (size_t i = 0; i < state->solution_count; i++) {
        if (memcmp(state->solutions[i], solution, state->equihash.solution_size) == 0) {
            return;
        }
    }
    if (state->solution_count == KERN_EQUIHASH_SOLUTIONS_MAX) {
        state->stats.lost++;
        return;
    }
    memcpy(state->solutions[state->solution_count++], solution, state->equihash.solution_size);
}
