/* equihash_avx2.c: the solvers with 4-way BLAKE2b, AVX2. */
#include "base/cpu.h"
#include "vec/vec_avx2.h"
/* needs the wrappers above */
#include "equihash/equihash_body.h"

EQUIHASH_SOLVERS(avx2, BASE_CPU_AVX2 | BASE_CPU_BMI2)
