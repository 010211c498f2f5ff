/* qubit_avx2.c: Qubit search, 8 ways, AVX2 with AES-NI. */
#include "base/vec_avx2.h"

#define QUBIT_ISA avx2
#include "qubit/qubit_body.h"
