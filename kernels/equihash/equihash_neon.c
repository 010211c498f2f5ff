/* equihash_neon.c: the solvers with 2-way BLAKE2b, NEON. */
#include "base/cpu.h"
#include "vec/vec_neon.h"
/* needs the wrappers above */
#include "equihash/equihash_body.h"

EQUIHASH_SOLVERS(neon, BASE_CPU_NEON)
