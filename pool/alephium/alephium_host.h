/* alephium_host.h: the dialect of Alephium's pools, as a server speaks it (host.h). */
#ifndef POOL_ALEPHIUM_HOST_H
#define POOL_ALEPHIUM_HOST_H

#include "protocol/host.h"

extern const struct pool_host_ops pool_alephium_host;

#endif
