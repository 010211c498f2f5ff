/* equihash_neon.c: the solvers with 2-way BLAKE2b, NEON. */
#include "base/cpu.h"
#include "base/vec_neon.h"
#include "equihash/equihash_body.h"

EQUIHASH_SOLVERS(neon, BASE_CPU_NEON)
