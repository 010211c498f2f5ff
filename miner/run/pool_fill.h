/* pool_fill.h: what the user asked for, as pool/ wants to be told: the one place where mining and
 * the doctor take it from. */
#ifndef MINER_POOL_FILL_H
#define MINER_POOL_FILL_H

#include "config/config.h"
#include "log/log.h"

/** Everything but events and a recording; the rest zero. pool->algo points into config. */
void miner_pool_fill(struct pool_config *pool, const struct miner_config *config);

/** Say in red what --tls-insecure means, for each server that it concerns. */
void miner_pool_warn(struct miner_log *log, const struct pool_config *pool);

#endif
