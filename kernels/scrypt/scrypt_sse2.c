/* scrypt_sse2.c: scrypt search, 4 ways, SSE2. */
#include "base/vec_sse2.h"

#define SCRYPT_ISA sse2
#include "scrypt/scrypt_body.h"
