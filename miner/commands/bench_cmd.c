/* bench_cmd.c: the bench command: everything about it is in bench/. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "commands/commands.h"
#include "machine/bench_machine.h"

int miner_bench_command(const struct miner_host *host, int argc, char **argv)
{
    struct miner_pinner pinner;
    struct bench_machine told;
    miner_bench_machine(&told, &pinner, host->topology, host->features, host->config->cache_dir);
    /* A benchmark has nothing to hand in: signals end it at once, as they do without a handler. */
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    return bench_main(argc, argv, &told, host->out, stderr);
}
