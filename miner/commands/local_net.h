/* local_net.h: the development network's configuration, for `devnet` and for `mine` without -o. */
#ifndef MINER_LOCAL_NET_H
#define MINER_LOCAL_NET_H

#include "config/config.h"
#include "devnet/devnet.h"

/** The configuration that the options give, with the hash function. For `mine` the ports are any
 * free ones on loopback, and the pool port is off. */
void miner_local_net_config(struct pool_devnet_config *devnet, const struct miner_config *config);

#endif
