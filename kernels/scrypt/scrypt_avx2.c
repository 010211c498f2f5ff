/* scrypt_avx2.c: scrypt search, 8 ways, AVX2. */
#include "base/vec_avx2.h"

#define SCRYPT_ISA avx2
#include "scrypt/scrypt_body.h"
