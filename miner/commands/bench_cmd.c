/* bench_cmd.c: `shardpick bench`: settings and machine handed to bench/, which measures. */
#include "commands/bench_cmd.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "machine/bench_machine.h"

/* A text of the configuration; NULL where it is empty. */
static const char *given(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

void miner_bench_options_fill(struct bench_options *options, const struct miner_config *config,
                              unsigned cores, unsigned threads)
{
    const struct miner_bench_options *bench = &config->bench;
    *options = (struct bench_options){
        .algo = given(config->algo),
        .device = given(bench->device),
        .cpu_kernel = given(config->cpu_kernel),
        .save = given(bench->save_file),
        .compare = given(bench->compare_file),
        .kernels = bench->kernels,
        .lanes_measured = config->threads_rule == MINER_THREADS_MEASURED,
        .lanes = config->threads_rule == MINER_THREADS_COUNT ? config->threads
                 : config->threads_rule == MINER_THREADS_ALL ? threads
                                                             : cores,
        .seconds = bench->result_ms / 1e3,
        .hashes = bench->hashes,
        .seed = bench->seed,
        .format = bench->csv        ? BENCH_CSV
                  : bench->markdown ? BENCH_MARKDOWN
                  : config->json    ? BENCH_JSON
                                    : BENCH_TEXT,
        .quiet = config->quiet,
    };
}

int miner_bench_command(const struct miner_host *host)
{
    struct miner_pinner pinner;
    struct bench_machine told;
    struct bench_options options;
    miner_bench_machine(&told, &pinner, host->topology, host->features, host->config->cache_dir);
    miner_bench_options_fill(&options, host->config, told.cores, told.threads);
    return bench_main(&options, &told, host->out, stderr);
}
