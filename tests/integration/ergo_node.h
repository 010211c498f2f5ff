/* ergo_node.h: a node of Ergo for tests, as far as a miner sees it over REST (ergo.md 6): two
 * candidates at most, solutions judged by the reference at full size, a solved candidate that is
 * handed out until the block is applied, refusals in a node's words. */
#ifndef ERGO_NODE_H
#define ERGO_NODE_H

#include "serve_run.h"

enum { ERGO_NODE_BLOCKS = 256 };

/* Its id is the nonce's bytes, four times. */
struct ergo_block {
    uint32_t height;
    uint8_t nonce[8];
};

struct ergo_candidate {
    uint8_t msg[32];
    uint32_t height;
    bool there;
};

struct ergo_node {
    /* Set before start. */
    const char *api_key;    /* that every request must show; NULL: none */
    unsigned applied_after; /* requests for candidates between a solution and its block */
    unsigned
        remake_every;     /* every so many such requests: another candidate, same height; 0 never */
    bool foreign_follows; /* somebody else finds a block on top of each of ours */
    size_t refuse;        /* so many good solutions are called invalid */
    size_t lose;          /* so many good solutions are dropped, and the connection with them */
    size_t not_started;   /* so many requests for candidates come before the miner has started */
    size_t enough;        /* accepted blocks; then done_fd is told */
    size_t questions_enough; /* which blocks are at a height; then done_fd is told; 0: never */
    int done_fd;             /* eventfd; -1: nobody */

    uint16_t port;
    struct pool_serve *serve;

    /* The node's thread; read after stop. */
    struct ergo_candidate now;
    struct ergo_candidate before;
    uint64_t serial;        /* of candidates */
    unsigned asked;         /* requests for candidates */
    unsigned until_applied; /* of these; 0: nothing was solved */
    size_t accepted;
    struct ergo_block blocks[ERGO_NODE_BLOCKS]; /* the accepted ones */
    size_t questions;                           /* which blocks are at a height */
    size_t late;      /* solutions of candidates that are no more, or after another one */
    size_t wrong;     /* solutions that solve no candidate the node ever had */
    size_t malformed; /* requests that no node answers with 200 */
    size_t keyless;   /* requests without the key */
    char why[256];    /* the last thing that the client did wrong */
};

/** Listen on loopback and start. */
void ergo_node_start(struct ergo_node *node);

/** End the thread, close everything. */
void ergo_node_stop(struct ergo_node *node);

#endif
