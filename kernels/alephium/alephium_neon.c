/* alephium_neon.c: Alephium search, 4 ways, NEON. */
#include "base/vec_neon.h"

#define ALEPHIUM_SEARCH kern_alephium_search_neon
#define ALEPHIUM_INTERLEAVE 1
#include "alephium/alephium_body.h"
