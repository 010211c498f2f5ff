/* summary.h: what a mining run came to: lines for people, one object for machines. */
#ifndef MINER_SUMMARY_H
#define MINER_SUMMARY_H

#include "devnet/devnet.h"
#include "run/engine.h"

/** Log the closing lines.
 * In: devnet  counters of the development network in this process; NULL: none ran. */
void miner_summary_log(struct miner_engine *engine, const struct pool_devnet_stats *devnet);

/** Write the closing object of all groups, with a newline, to out.
 * Returns: BASE_OK, BASE_E_MEMORY, BASE_E_IO. */
BASE_MUST_CHECK enum base_status miner_summary_json(struct miner_engine *const engines[],
                                                    size_t count,
                                                    const struct pool_devnet_stats *devnet,
                                                    FILE *out);

/** True when the server's own counts are what its answers made us count; a find whose answer did
 * not arrive may be on either side.
 * Out: text  one sentence with both sides; NUL-ended. */
bool miner_summary_agrees(char *text, size_t cap, const struct miner_engine *engine,
                          const struct pool_devnet_stats *devnet);

#endif
