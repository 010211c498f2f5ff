/* qubit_vaes.c: Qubit search, 16 ways, AVX-512 with VAES and GFNI. */
#include "base/vec_avx512.h"

#define QUBIT_ISA vaes
#include "qubit/qubit_body.h"
