/* skein_avx512.c: Skein search, 16 ways, AVX-512F. */
#include "base/vec_avx512.h"

#define SKEIN_ISA avx512
#include "skein/skein_body.h"
