/* pool_fill.c: see pool_fill.h. */
#include "pool_fill.h"

#include <stdio.h>
#include <string.h>

void miner_pool_fill(struct pool_config *pool, const struct miner_config *config)
{
    memset(pool, 0, sizeof *pool);
    pool->coin = config->coin;
    pool->algo = config->algo[0] != '\0' ? config->algo : NULL;
    memcpy(pool->servers, config->servers, sizeof pool->servers);
    pool->server_count = config->server_count;
    (void)snprintf(pool->agent, sizeof pool->agent, "shardpick/%s", SHARDPICK_VERSION);
    (void)snprintf(pool->proxy, sizeof pool->proxy, "%s", config->proxy);
    (void)snprintf(pool->tls_ca_file, sizeof pool->tls_ca_file, "%s", config->tls_ca_file);
    (void)snprintf(pool->tls_fingerprint, sizeof pool->tls_fingerprint, "%s",
                   config->tls_fingerprint);
    pool->tls_insecure = config->tls_insecure;
    pool->redirects = config->redirects;
    pool->connect_timeout_ms = config->try_timeout_ms;
    pool->silence_timeout_ms = config->job_timeout_ms;
    pool->dead_peer_ms = config->dead_peer_ms;
    pool->reject_limit = config->reject_limit;
    (void)snprintf(pool->api_key, sizeof pool->api_key, "%s", config->api_key);
    (void)snprintf(pool->coinbase_text, sizeof pool->coinbase_text, "%s", config->coinbase_text);
    pool->counters_per_job = config->counters_per_job;
}
