/* pool_fill.c: see pool_fill.h. */
#include "run/pool_fill.h"

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
    pool->proxy_local = config->proxy_local;
    (void)snprintf(pool->tls_ca_file, sizeof pool->tls_ca_file, "%s", config->tls_ca_file);
    (void)snprintf(pool->tls_fingerprint, sizeof pool->tls_fingerprint, "%s",
                   config->tls_fingerprint);
    pool->tls_insecure = config->tls_insecure;
    pool->multiply_difficulty = config->multiply_difficulty;
    pool->redirects = config->redirects;
    pool->connect_timeout_ms = config->try_timeout_ms;
    pool->silence_timeout_ms = config->job_timeout_ms;
    pool->template_wait_ms = config->template_wait_ms;
    pool->dead_peer_ms = config->dead_peer_ms;
    pool->reject_limit = config->reject_limit;
    (void)snprintf(pool->api_key, sizeof pool->api_key, "%s", config->api_key);
    (void)snprintf(pool->coinbase_text, sizeof pool->coinbase_text, "%s", config->coinbase_text);
    pool->counters_per_job = config->counters_per_job;
    pool->look_ms = config->look_ms;
    pool->reduced = config->reduced;
}

void miner_pool_warn(struct miner_log *log, const struct pool_config *pool)
{
    for (size_t i = 0; pool->tls_insecure && i < pool->server_count; i++) {
        char name[POOL_HOST_MAX + 32];
        if (pool_server_is_encrypted(&pool->servers[i])) {
            miner_log(
                log, MINER_LOG_ERROR, "net",
                "%s: with --tls-insecure its certificate is not checked: a machine in between "
                "can read the login, take your shares and give you other work. "
                "--tls-fingerprint accepts just one certificate",
                pool_server_name(name, sizeof name, &pool->servers[i]));
        }
    }
}
