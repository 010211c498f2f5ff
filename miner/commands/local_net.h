/* local_net.h: the development network's configuration, for `devnet` and for `mine` without -o. */
#ifndef MINER_LOCAL_NET_H
#define MINER_LOCAL_NET_H

#include "config/config.h"
#include "devnet/devnet.h"

/** What the options say, with the hash function put in. For `mine` the ports are any free ones on
 * loopback, and the pool port is off. */
void miner_local_net_config(struct pool_devnet_config *devnet, const struct miner_config *config);

#endif
