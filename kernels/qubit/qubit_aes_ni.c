/* qubit_aes_ni.c: Qubit search, 4 ways, SSE4.1 with AES-NI. */
#include "base/vec_sse41.h"

#define QUBIT_ISA aes_ni
#include "qubit/qubit_body.h"
