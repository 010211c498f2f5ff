/* equihash_avx512.c: the solvers with 8-way BLAKE2b, AVX-512. */
#include "base/cpu.h"
#include "vec/vec_avx512.h"
/* needs the wrappers above */
#include "equihash/equihash_body.h"

EQUIHASH_SOLVERS(avx512, BASE_CPU_AVX512F | BASE_CPU_AVX512VL | BASE_CPU_AVX512BW | BASE_CPU_BMI2)
