/* vardiff.c: share difficulty that follows a client's rate. Arithmetic on times and counts. */
#include "serve/serve.h"

void pool_serve_vardiff_init(struct pool_serve_vardiff *vardiff, uint64_t now_ms)
{
    vardiff->looked_ms = now_ms;
    vardiff->shares = 0;
}

double pool_serve_vardiff_share(struct pool_serve_vardiff *vardiff,
                                const struct pool_serve_vardiff_config *config, uint64_t now_ms)
{
    uint64_t passed_ms = now_ms - vardiff->looked_ms;
    double factor = 1;
    vardiff->shares++;
    if (config->look_ms == UINT32_MAX || passed_ms < config->look_ms) {
        return factor;
    }
    uint64_t wanted_ms = vardiff->shares * config->share_ms; /* for so many shares */
    if (passed_ms * 100 < wanted_ms * (100 - config->tolerance_percent) ||
        passed_ms * 100 > wanted_ms * (100 + config->tolerance_percent)) {
        factor = (double)wanted_ms / (double)(passed_ms > 0 ? passed_ms : 1);
    }
    pool_serve_vardiff_init(vardiff, now_ms);
    return factor;
}
