/* alephium_avx2.c: Alephium search, 8 ways, AVX2. */
#include "base/vec_avx2.h"

#define ALEPHIUM_ISA avx2
#define ALEPHIUM_INTERLEAVE 4
#include "alephium/alephium_body.h"
