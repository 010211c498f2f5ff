/* mine_run.h: run `mine`, or `bridge`, in this process as main.c would, and read its closing
 * object. */
#ifndef MINE_RUN_H
#define MINE_RUN_H

#include <jansson.h>

#include "commands/commands.h"

/* A run's surroundings. Options are set in config between init and start. */
struct mine_run {
    struct miner_config config;
    struct miner_host host;
    struct miner_topology *topology;
    struct miner_log *log;
    FILE *out;
    int stop_fd;     /* an eventfd in place of the signalfd: writing to it is Ctrl-C */
    int exit_code;   /* that of the process; a lane may be left behind where other programs want
                        all the time */
    json_t *summary; /* NULL if none was printed */
};

/** Defaults, --json, CPU lanes only. */
void mine_run_init(struct mine_run *run);

/** Mine at a server, e.g. "daemon+tcp://127.0.0.1:10973". */
void mine_run_server(struct mine_run *run, const char *url, const char *user);

/** Log to a file instead of standard error. */
void mine_run_log_to(struct mine_run *run, const char *path);

/** Nothing more is logged, and all that was is written. After the run. */
void mine_run_log_end(struct mine_run *run);

/** Press Ctrl-C. Any thread. */
void mine_run_stop(struct mine_run *run);

/** Run the command until it ends. */
void mine_run_go(struct mine_run *run);

/** A number of the summary by its path, e.g. "job_switch_ms.p99"; fails the test if absent. */
double mine_run_number(const struct mine_run *run, const char *path);

/** Of the last blocks at least one is in the chain, and every id has so many characters. */
void mine_run_check_blocks(const struct mine_run *run, size_t id_size);

void mine_run_deinit(struct mine_run *run);

/** Hash of the development network: the algorithm's reference. */
void mine_run_hash(uint8_t hash[32], const uint8_t *message);

#endif
