/* workers.h: the other miners that a run serves, for programs and for the log. */
#ifndef MINER_WORKERS_H
#define MINER_WORKERS_H

#include <jansson.h>

#include "log/log.h"
#include "run/snapshot.h"

/** {"clients": {counts of all}, "workers": [{"name", ...}]}, the most work first. A new reference;
 * NULL without memory. A run that serves nobody: zeros and an empty list. */
json_t *miner_workers_json(const struct miner_snapshot *snapshot);

/** One line: how many there are, and what became of their shares. */
void miner_workers_line(struct miner_log *log, const struct miner_snapshot *snapshot);

/** That line, and one for each of the workers with the most work. */
void miner_workers_log(struct miner_log *log, const struct miner_snapshot *snapshot);

#endif
