/* sha256d_neon.c: SHA-256d search, 4 ways, NEON. */
#include "base/vec_neon.h"

#define SHA256D_SEARCH kern_sha256d_search_neon
#include "sha256d/sha256d_body.h"
