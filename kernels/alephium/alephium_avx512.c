/* alephium_avx512.c: Alephium search, 16 ways, AVX-512F. */
#include "base/vec_avx512.h"

#define ALEPHIUM_ISA avx512
#define ALEPHIUM_INTERLEAVE 4
#include "alephium/alephium_body.h"
