/* bridge_run.h: `bridge` in this process, on a thread of its own. */
#ifndef BRIDGE_RUN_H
#define BRIDGE_RUN_H

#include <pthread.h>

#include "mine_run.h"

struct bridge_run {
    struct mine_run run; /* servers and options are set between init and start */
    uint16_t port;       /* for miners, on 127.0.0.1 */
    pthread_t thread;
};

void bridge_run_init(struct bridge_run *bridge);

/** Start, and wait until it takes connections. */
void bridge_run_start(struct bridge_run *bridge);

/** Press Ctrl-C and wait; bridge->run.summary is there then. */
void bridge_run_stop(struct bridge_run *bridge);

void bridge_run_deinit(struct bridge_run *bridge);

#endif
