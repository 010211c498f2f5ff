/* metrics.h: a run's numbers as Prometheus reads them (text format 0.0.4). Names and labels are
 * stable: docs/api.md lists them. Where there are several groups, every sample has the label group.
 */
#ifndef MINER_METRICS_H
#define MINER_METRICS_H

#include <stdio.h>

#include "run/snapshot.h"

/** Write every metric to out. Returns: BASE_OK; BASE_E_IO. */
BASE_MUST_CHECK enum base_status miner_metrics_write(FILE *out,
                                                     const struct miner_snapshot *snapshot);

#endif
