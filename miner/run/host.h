/* host.h: what the program has prepared for the command that it runs, and how a command ends. */
#ifndef MINER_HOST_H
#define MINER_HOST_H

#include <stdio.h>

#include "config/config.h"
#include "log/log.h"
#include "machine/topology.h"

enum miner_exit {
    MINER_EXIT_DONE = 0,
    MINER_EXIT_FAILED = 1,    /* at run time */
    MINER_EXIT_USAGE = 2,     /* wrong usage or configuration */
    MINER_EXIT_NO_DEVICE = 3, /* no usable device, or a self-test failed */
    MINER_EXIT_NO_SERVER = 4, /* none reached within --connect-timeout in a bounded run */
    MINER_EXIT_HUNG = 5,      /* a device's driver hangs; start the program again */

    /* Added to one of the above: a thread is still inside a driver and cannot be joined, so main.c
     * ends the process without taking anything down. */
    MINER_EXIT_AT_ONCE = 0x100,
};

struct miner_words;  /* options.h */
struct miner_search; /* search.h */

/* Everything is borrowed for the call. */
struct miner_host {
    const struct miner_config *config;
    const struct miner_topology *topology;
    struct miner_log *log;
    FILE *out;         /* standard output: results, and with --json nothing but one object */
    uint32_t features; /* base_cpu_detect() */
    const char *root;  /* put before /proc and mount points, as in memory.h; NULL: a real machine */
    const struct miner_words *words; /* to read the settings again; NULL: they stay */
    struct miner_search *search; /* for OpenCL devices; NULL: each engine looks for them itself when
                                    it is made, and waits */
    int reload_fd;               /* readable when SIGHUP asked for that; -1: nothing asks */
    int stop_fd; /* readable once SIGINT or SIGTERM came; commands only poll it. -1 where the
                    signals end the process as usual (bench, devices, selftest) */
};

/** How much the log holds by these settings. */
static inline enum miner_log_level miner_host_log_level(const struct miner_config *config)
{
    return config->quiet ? MINER_LOG_WARNING : config->verbose ? MINER_LOG_DEBUG : MINER_LOG_INFO;
}

#endif
