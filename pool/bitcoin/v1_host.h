/* v1_host.h: stratum of the Bitcoin family, as a server speaks it (host.h). */
#ifndef POOL_V1_HOST_H
#define POOL_V1_HOST_H

#include "protocol/host.h"

extern const struct pool_host_ops pool_v1_host;

#endif
