/* bench_cmd.h: the settings of `bench` in the words of bench.h. */
#ifndef MINER_BENCH_CMD_H
#define MINER_BENCH_CMD_H

#include "bench.h"
#include "config/config.h"

/** What to measure, as config says it; texts are borrowed from config.
 * In: cores, threads  that this process may use: lanes of the rules of --threads. */
void miner_bench_options_fill(struct bench_options *options, const struct miner_config *config,
                              unsigned cores, unsigned threads);

#endif
