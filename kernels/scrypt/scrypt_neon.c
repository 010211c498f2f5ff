/* scrypt_neon.c: scrypt search, 4 ways, NEON. */
#include "base/vec_neon.h"

#define SCRYPT_ISA neon
#include "scrypt/scrypt_body.h"
