/* sha256d_ref.c: the reference hash. Never optimised. */
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
