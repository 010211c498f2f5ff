/* local_net.c: see local_net.h. */
#include "commands/local_net.h"

#include <stdio.h>
#include <string.h>

#include "kern.h"

/* The network's judge is the reference, never a fast kernel. */
static void hash_message(uint8_t hash[32], const uint8_t *message)
{
    const struct kern_algo *algo = kern_algo_find("alephium");
    struct kern_work work;
    BASE_ASSERT(algo != NULL);
    memset(&work, 0, sizeof work);
    work.header_size = algo->header_size;
    memcpy(work.header, message, algo->header_size);
    enum base_status status = algo->hash(hash, &work, NULL, 0);
    BASE_ASSERT(status == BASE_OK);
}

void miner_local_net_config(struct pool_devnet_config *devnet, const struct miner_config *config)
{
    const struct miner_devnet_options *options = &config->devnet;
    bool served = config->command == MINER_COMMAND_DEVNET;
    pool_devnet_defaults(devnet);
    (void)snprintf(devnet->bind, sizeof devnet->bind, "%s", served ? options->bind : "127.0.0.1");
    devnet->node_port = served ? options->node_port : 0;
    devnet->rest_port = served ? options->rest_port : 0;
    devnet->pool_port = served ? options->pool_port : UINT16_MAX;
    devnet->node_version = options->node_version;
    devnet->block_time_ms = options->block_time_ms;
    devnet->push_interval_ms = options->push_interval_ms;
    devnet->refresh_ms = options->refresh_ms;
    devnet->start_hashes = options->start_hashes;
    devnet->pool_difficulty = options->pool_difficulty;
    devnet->extranonce_bytes = options->extranonce_bytes;
    devnet->pool_dialect = options->pool_dialect;
    devnet->pool_all_jobs = options->pool_all_jobs;
    devnet->faults = options->faults;
    devnet->seed = options->seed;
    devnet->hash = hash_message;
}
