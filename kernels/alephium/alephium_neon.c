/* alephium_neon.c: Alephium search, 4 ways, NEON. */
#include "base/vec_neon.h"

#define ALEPHIUM_ISA neon
#define ALEPHIUM_INTERLEAVE 1
#include "alephium/alephium_body.h"
