/* skein_sse2.c: Skein search, 4 ways, SSE2. */
#include "base/vec_sse2.h"

#define SKEIN_ISA sse2
#include "skein/skein_body.h"
