/* bench_cmd.c: `shardpick bench`: settings and machine handed to bench/, which measures. */
#include "commands/bench_cmd.h"

#include <stdio.h>

#include "commands/commands.h"
#include "machine/bench_machine.h"
#include "machine/choose.h"

/* A text of the configuration; NULL where it is empty. */
static const char *given(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

/* `-t auto`. Measured every time: the kept choice of an earlier run is not used. */
static enum base_status choose(struct bench_pick *pick, const struct kern_algo *algo,
                               const struct kern_variant *only, const struct bench_machine *machine,
                               struct base_error *error)
{
    const struct miner_choice_request request = {.algo = algo, .variant = only, .fresh = true};
    struct miner_choice choice;
    enum base_status status = miner_choose(&choice, &request, machine, error);
    pick->variant = choice.variant;
    pick->lanes = choice.lanes;
    (void)snprintf(pick->text, sizeof pick->text, "%s", choice.text);
    return status;
}

void miner_bench_options_fill(struct bench_options *options, const struct miner_config *config,
                              const struct bench_machine *machine)
{
    const struct miner_bench_options *bench = &config->bench;
    *options = (struct bench_options){
        .algo = given(config->algo),
        .device = given(bench->device),
        .cpu_kernel = given(config->cpu_kernel),
        .save = given(bench->save_file),
        .compare = given(bench->compare_file),
        .kernels = bench->kernels,
        .table = bench->table,
        .height = bench->height,
        .choose = config->threads_rule == MINER_THREADS_MEASURED ? choose : NULL,
        .lanes = config->threads_rule == MINER_THREADS_COUNT ? config->threads
                 : config->threads_rule == MINER_THREADS_ALL ? machine->threads
                                                             : machine->lanes,
        .seconds = bench->result_ms / 1e3,
        .hashes = bench->hashes,
        .seed = bench->seed,
        .format = bench->csv        ? BENCH_CSV
                  : bench->markdown ? BENCH_MARKDOWN
                  : config->json    ? BENCH_JSON
                                    : BENCH_TEXT,
        .quiet = config->quiet,
        .verbose = config->verbose,
    };
}

int miner_bench_command(const struct miner_host *host)
{
    struct miner_pinner pinner;
    struct bench_machine told;
    struct bench_options options;
    miner_bench_machine(&told, &pinner, host->topology, host->config->cache_dir, host->features);
    miner_bench_options_fill(&options, host->config, &told);
    return bench_main(&options, &told, host->out, stderr);
}
