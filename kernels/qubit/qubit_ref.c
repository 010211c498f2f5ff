/* qubit_ref.c: the chain of the five references. Never optimised. */
#include "qubit/qubit.h"

void kern_qubit_hash(uint8_t hash_be[32], const struct kern_work *work)
{
    uint8_t digest[KERN_QUBIT_DIGEST];
    kern_qubit_luffa512(digest, work->header, PRIM_HEADER80_SIZE);
    kern_qubit_cubehash512(digest, digest);
    kern_qubit_shavite512(digest, digest);
    kern_qubit_simd512(digest, digest);
    kern_qubit_echo512(digest, digest);
    prim_header80_number(hash_be, digest);
}
