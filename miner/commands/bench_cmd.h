/* bench_cmd.h: the settings of `bench` as bench.h describes them. */
#ifndef MINER_BENCH_CMD_H
#define MINER_BENCH_CMD_H

#include "bench.h"
#include "config/config.h"

/** What to measure, as config says it. Texts are borrowed from config; machine gives the numbers of
 * lanes that the rules of --threads mean. */
void miner_bench_options_fill(struct bench_options *options, const struct miner_config *config,
                              const struct bench_machine *machine);

#endif
