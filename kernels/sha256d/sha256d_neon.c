/* sha256d_neon.c: SHA-256d search, 4 ways, NEON. */
#include "base/vec_neon.h"

#define SHA256D_ISA neon
#include "sha256d/sha256d_body.h"
