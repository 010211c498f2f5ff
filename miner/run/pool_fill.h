/* pool_fill.h: the settings that concern servers, in pool/'s form: for mining and for the doctor.
 */
#ifndef MINER_POOL_FILL_H
#define MINER_POOL_FILL_H

#include "config/config.h"
#include "log/log.h"

/** Everything but events and a recording; the rest zero. pool->algo points into config. */
void miner_pool_fill(struct pool_config *pool, const struct miner_config *config);

/** Log an error line about --tls-insecure for each server that it concerns. */
void miner_pool_warn(struct miner_log *log, const struct pool_config *pool);

#endif
