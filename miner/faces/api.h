/* api.h: the HTTP interface of a mining run: JSON for programs, Prometheus metrics, a dashboard for
 * people. Off unless --api names a place. Reads counters and never steers, but for pause, resume
 * and reload with the token. libmicrohttpd's one thread does all of it, at low priority: lanes do
 * not notice. docs/api.md is the users' page. */
#ifndef MINER_API_H
#define MINER_API_H

#include "run/engine.h"

enum {
    MINER_API_CONNECTIONS_MAX = 64, /* served at once; more wait in the system's queue */
    MINER_API_BACKLOG = 128,        /* that queue; what does not fit is refused by the system */
    MINER_API_MEMORY_MAX = 16384,   /* bytes of a connection, request line and headers included */
    MINER_API_BODY_MAX = 1024,      /* bytes of a request body; none is needed */
    MINER_API_IDLE_S = 10,          /* a connection on which nothing moves is closed */
    MINER_API_REQUEST_MS = 20000,   /* and one whose request takes longer, however it moves */
};

struct miner_api;
struct miner_rig;

/** Listen where the rig's settings say; *api is NULL where it says nothing.
 * Returns: BASE_OK; BASE_E_IO the address is taken or not ours, with a sentence; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status miner_api_start(struct miner_api **api, struct miner_rig *rig,
                                                 struct base_error *error);

/** Close connections whose requests take too long; once a second. NULL is fine. */
void miner_api_tick(struct miner_api *api);

/** Close everything, end the thread. NULL is fine. */
void miner_api_stop(struct miner_api *api);

#endif
