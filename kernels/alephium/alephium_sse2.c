/* alephium_sse2.c: Alephium search, 4 ways, SSE2. */
#include "base/vec_sse2.h"

#define ALEPHIUM_ISA sse2
#define ALEPHIUM_INTERLEAVE 4
#include "alephium/alephium_body.h"
