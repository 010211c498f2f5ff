/* scrypt_avx512.c: scrypt search, 16 ways, AVX-512F. */
#include "base/vec_avx512.h"

#define SCRYPT_ISA avx512
#define SCRYPT_GROUPS 2
#include "scrypt/scrypt_body.h"
