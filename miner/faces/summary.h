/* summary.h: the result of a mining run: log lines for people, one object for programs. */
#ifndef MINER_SUMMARY_H
#define MINER_SUMMARY_H

#include "devnet/devnet.h"
#include "log/log.h"
#include "run/snapshot.h"

/** Log the closing lines of every group.
 * In: devnet  counters of the development network in this process; NULL: none ran. */
void miner_summary_log(struct miner_log *log, const struct miner_snapshot *snapshot,
                       const struct pool_devnet_stats *devnet);

/** Write the closing object, with a newline, to out.
 * Returns: BASE_OK, BASE_E_MEMORY, BASE_E_IO. */
BASE_MUST_CHECK enum base_status miner_summary_json(const struct miner_snapshot *snapshot,
                                                    const struct pool_devnet_stats *devnet,
                                                    FILE *out);

#endif
