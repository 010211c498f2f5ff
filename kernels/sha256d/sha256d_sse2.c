/* sha256d_sse2.c: SHA-256d search, 4 ways, SSE2. */
#include "base/vec_sse2.h"

#define SHA256D_ISA sse2
#include "sha256d/sha256d_body.h"
