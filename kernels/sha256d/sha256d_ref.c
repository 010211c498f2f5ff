/* sha256d_ref.c: the reference hash and the search with it. Never optimised. */
#include "prim/sha256.h"
#include "sha256d/sha256d.h"

void kern_sha256d_hash(uint8_t hash_be[32], const struct kern_work *work)
{
    uint8_t inner[32];
    uint8_t digest[32];
    prim_sha256(inner, work->header, PRIM_HEADER80_SIZE);
    prim_sha256(digest, inner, sizeof inner);
    prim_header80_number(hash_be, digest);
}

enum base_status kern_sha256d_search_portable(void *scratch, struct kern_find *finds, size_t cap,
                                              size_t *find_count, uint64_t *tried,
                                              const struct kern_work *work, uint64_t first,
                                              uint64_t count)
{
    (void)scratch;
    return prim_header80_search(kern_sha256d_hash, finds, cap, find_count, tried, work, first,
                                count);
}
