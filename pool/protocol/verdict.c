/* verdict.c: texts of verdicts. */
#include "pool.h"

const char *pool_verdict_text(enum pool_verdict verdict)
{
    switch (verdict) {
#define X(name, text)                                                                              \
    case POOL_##name:                                                                              \
        return text;
        POOL_VERDICT_MAP(X)
#undef X
    case POOL_VERDICT_COUNT:
        break;
    }
    return "unknown verdict";
}
