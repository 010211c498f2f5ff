/* config.c: defaults of every option. */
#include "config.h"

#include <stdio.h>
#include <string.h>

void miner_config_defaults(struct miner_config *config, const char *cache_dir)
{
    memset(config, 0, sizeof *config);
    config->coin = pool_coin_at(0);
    config->connect_timeout_ms = 30000;
    config->color = true;
    config->summary_interval_ms = 10000;
    (void)snprintf(config->cache_dir, sizeof config->cache_dir, "%s", cache_dir);
    (void)snprintf(config->devnet.bind, sizeof config->devnet.bind, "127.0.0.1");
    config->devnet.node_version = 1;
    config->devnet.node_port = 10973;
    config->devnet.rest_port = 12973;
    config->devnet.pool_port = 20032;
    config->devnet.block_time_ms = 8000;
    config->devnet.push_interval_ms = 250;
    config->devnet.refresh_ms = 4000;
    config->devnet.start_hashes = 1048576.0;
    config->devnet.extranonce_bytes = 2;
}
