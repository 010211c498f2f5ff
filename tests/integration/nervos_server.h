/* nervos_server.h: a CKB node and a CKB pool for tests. The node serves the templates of a real
 * node, one after the other, and takes a block when it is the one that an independent program made
 * of that template (tests/data/nervos.json) with a nonce that the kernels' reference accepts; its
 * answers are that node's. The pool gives out the pow hashes of those blocks and judges each share
 * by the reference. Written from ckb.md 4, 6.1 and 10, not from the client. */
#ifndef NERVOS_SERVER_H
#define NERVOS_SERVER_H

#include <jansson.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "kern.h"
#include "serve_run.h"

enum { NERVOS_SEEN = 4096, NERVOS_CHAIN = 64 };

struct nervos_server {
    /* set before start */
    bool own_lock;         /* blocks must pay the lock of the vectors; else whom the node pays */
    size_t overtaken;      /* every so manyth block is not on the node's chain; 0: none */
    const char *no_work;   /* answer in the vectors that every template request gets; NULL: none */
    size_t enough;         /* shares; then done_fd is told */
    size_t headers_enough; /* get_header; then done_fd is told; 0: never */
    int done_fd;           /* eventfd */
    bool target_in_notify; /* no set_target: the target stands where others name the parent */

    uint16_t node_port;
    uint16_t pool_port;
    struct pool_serve *serve;
    json_t *data;
    json_t *blocks; /* the vectors that fit own_lock */
    const struct kern_algo *algo;

    /* the server's thread; read after stop */
    size_t at;        /* block that the template is of */
    uint64_t work_id; /* of the template */
    char last_id[67]; /* of the block that came last, and whether the chain has it */
    char last_number[24];
    char chain_ids[NERVOS_CHAIN][67]; /* of the blocks on the chain, the newest ones */
    size_t headers;                   /* get_header */
    bool last_on_chain;
    size_t templates;
    size_t accepted;
    size_t lost;    /* taken, and not on the chain */
    size_t refused; /* the client's fault */
    size_t questions;
    uint8_t seen[NERVOS_SEEN][48]; /* messages of good blocks and shares */
    size_t seen_count;
    size_t repeated;
    size_t logins;
    size_t shares;
    size_t stale;
    char extranonce1[33];
    uint8_t share_target_be[32];
    char job_id[16];
    size_t job_count;
    size_t job_shares;
    char why[512]; /* the last refusal */
};

/** Listen on loopback with both ports; start the thread. */
void nervos_server_start(struct nervos_server *server);

/** End the thread, close everything. */
void nervos_server_stop(struct nervos_server *server);

/** Text of the vectors: "lock_address". */
const char *nervos_server_text(const struct nervos_server *server, const char *key);

#endif
