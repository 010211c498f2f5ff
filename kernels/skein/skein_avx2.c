/* skein_avx2.c: Skein search, 8 ways, AVX2. */
#include "base/vec_avx2.h"

#define SKEIN_ISA avx2
#include "skein/skein_body.h"
