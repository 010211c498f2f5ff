/* alephium_portable.c: Alephium search, 1 way, plain C: runs anywhere. */
#include "base/vec_portable.h"

#define ALEPHIUM_ISA portable
#define ALEPHIUM_INTERLEAVE 1
#include "alephium/alephium_body.h"
