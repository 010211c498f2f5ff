/* local_net.c: see local_net.h. */
#include "commands/local_net.h"

#include <stdio.h>
#include <string.h>

#include "kern.h"

/* The development network checks finds with the reference, never with a fast kernel. */
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
    *devnet = config->devnet;
    devnet->hash = hash_message;
    if (config->command == MINER_COMMAND_DEVNET) {
        return;
    }
    (void)snprintf(devnet->bind, sizeof devnet->bind, "127.0.0.1");
    devnet->node_port = 0;
    devnet->rest_port = 0;
    devnet->pool_port = UINT16_MAX;
    memset(&devnet->faults, 0, sizeof devnet->faults);
}
