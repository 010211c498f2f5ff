/* sha256d_avx2.c: SHA-256d search, 8 ways, AVX2. */
#include "base/vec_avx2.h"

#define SHA256D_ISA avx2
#include "sha256d/sha256d_body.h"
