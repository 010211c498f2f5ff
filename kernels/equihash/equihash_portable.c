/* equihash_portable.c: the solvers with plain C. */
#include "base/cpu.h"
#include "base/vec_portable.h"
#include "equihash/equihash_body.h"

EQUIHASH_SOLVERS(portable, 0)
