/* verdict.c: texts of verdicts and fates. */
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

const char *pool_fate_text(enum pool_fate fate)
{
    switch (fate) {
#define X(name, text)                                                                              \
    case POOL_FATE_##name:                                                                         \
        return text;
        POOL_FATE_MAP(X)
#undef X
    case POOL_FATE_COUNT:
        break;
    }
    return "unknown fate";
}
