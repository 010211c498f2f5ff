/* sha256d_avx512.c: SHA-256d search, 16 ways, AVX-512F. */
#include "base/vec_avx512.h"

#define SHA256D_ISA avx512
#include "sha256d/sha256d_body.h"
