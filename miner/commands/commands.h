/* commands.h: the commands of the program, one file each (mine_cmd.c, devices_cmd.c ...), and what
 * they are handed. Each returns the process's exit code; only main.c ends the process. */
#ifndef MINER_COMMANDS_H
#define MINER_COMMANDS_H

#include <stdio.h>

#include "config/config.h"
#include "faces/terminal.h"
#include "log/log.h"
#include "machine/topology.h"

enum miner_exit {
    MINER_EXIT_DONE = 0,
    MINER_EXIT_FAILED = 1,    /* at run time */
    MINER_EXIT_USAGE = 2,     /* wrong usage or configuration */
    MINER_EXIT_NO_DEVICE = 3, /* no usable device, or a self-test failed */
    MINER_EXIT_NO_SERVER = 4, /* none reached within --connect-timeout in a bounded run */
    MINER_EXIT_HUNG = 5,      /* an OpenCL driver does not answer; start the program again */

    /* Added to one of the above: a thread is still inside a driver and cannot be joined, so main.c
     * ends the process without freeing anything. */
    MINER_EXIT_AT_ONCE = 0x100,
};

struct miner_words; /* options.h */

/* What main.c prepared. Everything is borrowed for the call. */
struct miner_host {
    const struct miner_config *config;
    const struct miner_topology *topology;
    struct miner_log *log;
    FILE *out;         /* standard output: results, and with --json nothing but one object */
    uint32_t features; /* base_cpu_detect() */
    struct miner_terminal *terminal; /* for the live screen to take; NULL: no live screen */
    const struct miner_words *words; /* to read the settings again; NULL: they are not read again */
    int reload_fd;                   /* readable when SIGHUP asked for that; -1: none */
    int stop_fd; /* readable once SIGINT or SIGTERM came; commands only poll it. -1 where the
                    signals end the process as usual (bench, devices, selftest) */
};

int miner_mine_command(const struct miner_host *host);
int miner_devices_command(const struct miner_host *host);
int miner_selftest_command(const struct miner_host *host);
int miner_tune_command(const struct miner_host *host);
int miner_devnet_command(const struct miner_host *host);
int miner_doctor_command(const struct miner_host *host);
int miner_replay_command(const struct miner_host *host);
int miner_bench_command(const struct miner_host *host);

#endif
