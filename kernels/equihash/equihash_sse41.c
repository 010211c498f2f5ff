/* equihash_sse41.c: the solvers with 2-way BLAKE2b, SSE4.1. */
#include "base/cpu.h"
#include "vec/vec_sse41.h"
/* needs the wrappers above */
#include "equihash/equihash_body.h"

EQUIHASH_SOLVERS(sse41, BASE_CPU_SSE41 | BASE_CPU_SSSE3)
