/* bench_cmd.c: hands the benchmark what it must know of the machine. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "commands.h"

/* What a callback with a writable user pointer needs to read. */
struct pinner {
    const struct miner_topology *topology;
};

static void pin(void *user, unsigned lane)
{
    const struct pinner *pinner = user;
    (void)miner_topology_pin(pinner->topology, lane);
}

int miner_bench_command(const struct miner_host *host, int argc, char **argv)
{
    const struct miner_machine *machine = miner_topology_machine(host->topology);
    struct pinner pinner = {host->topology};
    struct bench_machine told;
    memset(&told, 0, sizeof told);
    (void)snprintf(told.processor, sizeof told.processor, "%s", machine->processor);
    (void)snprintf(told.system, sizeof told.system, "%s", machine->system);
    (void)snprintf(told.version, sizeof told.version, "%s", SHARDPICK_VERSION);
    (void)snprintf(told.cache_dir, sizeof told.cache_dir, "%s", host->config->cache_dir);
    told.cores = machine->cores_allowed;
    told.threads = machine->threads_allowed;
    told.features = host->features;
    told.pin = pin;
    told.user = &pinner;
    /* A benchmark has nothing to hand in: signals end it at once, as they do without a handler. */
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    return bench_main(argc, argv, &told, host->out, stderr);
}
