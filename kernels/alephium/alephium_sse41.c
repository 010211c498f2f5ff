/* alephium_sse41.c: Alephium search, 4 ways, SSE4.1. */
#include "base/vec_sse41.h"

#define ALEPHIUM_ISA sse41
#define ALEPHIUM_INTERLEAVE 4
#include "alephium/alephium_body.h"
