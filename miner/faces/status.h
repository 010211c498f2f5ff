/* status.h: the regular line about a run in the log. */
#ifndef MINER_STATUS_H
#define MINER_STATUS_H

#include "log/log.h"
#include "run/control.h"

/** Make the face. It writes a line for each group every --summary-interval.
 * Returns: NULL when there is no memory. */
struct miner_face *miner_status_new(struct miner_log *log);

/** Write the line of one group. */
void miner_status_line(struct miner_log *log, const struct miner_snapshot_group *group);

#endif
