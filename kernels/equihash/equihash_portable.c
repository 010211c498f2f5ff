/* equihash_portable.c: the solvers with plain C. */
#include "base/cpu.h"
#include "vec/vec_portable.h"
/* needs the wrappers above */
#include "equihash/equihash_body.h"

EQUIHASH_SOLVERS(portable, 0)
