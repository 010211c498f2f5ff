/* alephium_portable.c: Alephium search, 1 way, plain C: runs anywhere. */
#include "base/vec_portable.h"

#define ALEPHIUM_SEARCH kern_alephium_search_portable
#define ALEPHIUM_INTERLEAVE 1
#include "alephium/alephium_body.h"
