/* qubit_neon.c: Qubit search, 4 ways, NEON with AES. */
#include "base/vec_neon.h"

#define QUBIT_ISA neon
#include "qubit/qubit_body.h"
