/* scrypt_avx2.c: scrypt search, 8 ways, AVX2. */
#include "base/vec_avx2.h"

#define SCRYPT_SEARCH kern_scrypt_search_avx2
#include "scrypt/scrypt_body.h"
