/* header80_row.h: the part of a row that is the same for all algorithms over an 80-byte header.
 * Included once, by the file of the row; before that it defines
 *   HEADER80_HASH  the algorithm's reference, a prim_header80_hash_fn
 *   HEADER80_NEEDS_TABLE  if that reference is slow without the epoch's table
 * and writes HEADER80_ROW among its row's fields, &header80_portable as its last variant. */
#ifndef PRIM_HEADER80_ROW_H
#define PRIM_HEADER80_ROW_H

#include "prim/header80.h"

/* The hook hash: plain hashes have no solution and never fail. */
static enum base_status header80_hash(uint8_t hash_be[32], const struct kern_work *work,
                                      const uint8_t *solution, size_t solution_size)
{
    (void)solution;
    (void)solution_size;
    HEADER80_HASH(hash_be, work);
    return BASE_OK;
}

static enum base_status header80_search_portable(void *scratch, struct kern_finds *finds,
                                                 struct kern_progress *progress,
                                                 const struct kern_work *work, uint64_t first,
                                                 uint64_t count, const struct kern_stop *stop)
{
    (void)scratch;
    (void)stop;
    return prim_header80_search(HEADER80_HASH, finds, progress, work, first, count);
}

static const struct kern_variant header80_portable = {
    .name = "portable",
    .ways = 1,
#ifdef HEADER80_NEEDS_TABLE
    .needs_table = true,
#endif
    .search = header80_search_portable,
};

#define HEADER80_ROW                                                                               \
    .unit = "H", .header_size = PRIM_HEADER80_SIZE, .nonce_offset = PRIM_HEADER80_NONCE,           \
    .nonce_size = PRIM_HEADER80_NONCE_SIZE, .counter_offset = PRIM_HEADER80_NONCE,                 \
    .counter_size = PRIM_HEADER80_NONCE_SIZE, .chains = 1, .finds_per_nonce = 1,                   \
    .put_counter = prim_header80_put_counter, .hash = header80_hash

#endif
