/* skein_neon.c: Skein search, 4 ways, NEON. */
#include "base/vec_neon.h"

#define SKEIN_ISA neon
#include "skein/skein_body.h"
