/* api.h: the HTTP interface of a mining run: JSON for programs, Prometheus metrics, a dashboard for
 * people. Off unless --api names a place. Reads snapshots; with the token it can also pause, resume
 * and reload. One thread of libmicrohttpd does all of it, at low priority. docs/api.md is the
 * users' page. */
#ifndef MINER_API_H
#define MINER_API_H

#include "log/log.h"
#include "run/control.h"

enum {
    MINER_API_CONNECTIONS_MAX = 64, /* served at once; more wait in the system's queue */
    MINER_API_BACKLOG = 128,        /* that queue; what does not fit is refused by the system */
    MINER_API_MEMORY_MAX = 16384,   /* bytes of a connection, request line and headers included */
    MINER_API_BODY_MAX = 1024,      /* bytes of a request body; no request needs one */
    MINER_API_IDLE_S = 10,          /* a connection on which nothing moves is closed */
    MINER_API_REQUEST_MS = 20000,   /* and one whose request takes longer, however it moves */
};

/** Make the face; it listens where config says from its start on.
 * In:      config, log  borrowed until it is stopped.
 * Out:     face         NULL where config names no place, and on error.
 * Returns: BASE_OK; BASE_E_MEMORY. Its start returns BASE_E_IO, with a sentence, where the address
 * is taken or not of this machine, or the server does not start. */
BASE_MUST_CHECK enum base_status miner_api_new(struct miner_face **face,
                                               const struct miner_config *config,
                                               struct miner_log *log, struct base_error *error);

#endif
