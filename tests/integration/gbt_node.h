/* gbt_node.h: a DigiByte node for tests, as far as miners see it: JSON-RPC over HTTP with login,
 * getblocktemplate with long polls and proposals, submitblock, getblockheader. Its templates are
 * those of a real node (tests/data/digibyte_blocks.json) with another tip; its answers are that
 * node's words; blocks are judged whole (gbt_judge.h). A chain of its own: each good block is the
 * next tip. */
#ifndef GBT_NODE_H
#define GBT_NODE_H

#include "gbt_judge.h"
#include "rpc_server.h"

enum { GBT_NODE_SEEN = 4096 };

/* What goes wrong with requests, by their number from 1 on; 0: nothing. */
struct gbt_faults {
    size_t garbage;    /* the template is text, not JSON */
    size_t huge;       /* an answer that never ends */
    size_t hang_up;    /* closed without an answer */
    size_t half;       /* closed in the middle of the answer */
    size_t warm_up;    /* so many first requests: still starting (-28) */
    bool silent_polls; /* long polls are never answered */
    bool no_poll;      /* templates without longpollid */
    bool lost_blocks;  /* submitblock is taken and never answered: the connection is closed */
    bool short_lived;  /* connections are closed behind each answer, and nothing says so before */
    size_t null_wrong; /* so many first blocks are thrown away, and answered by null */
};

struct gbt_node {
    /* set before start */
    const struct kern_algo *algo;
    const char *rpc_name;  /* of the algorithm */
    uint32_t version;      /* of the template */
    uint32_t bits;         /* 0: as the template has it */
    uint32_t epoch_s;      /* 0: none */
    uint32_t time;         /* curtime; 0: as the template has it */
    uint32_t block_time_s; /* curtime moves on with each block */
    uint64_t height;       /* 0: as the template has it */
    bool newer;            /* 8.22: one parameter, reasons, heights enforced */
    const char *login;     /* "user:password"; NULL: none wanted */
    const char *cookie;    /* NULL; else a file: the login is written there, as nodes do */
    size_t restart_after;  /* good blocks; then another login, and another cookie; 0: never */
    uint8_t payee[GBT_JUDGE_SCRIPT]; /* the script that blocks must pay */
    size_t payee_size;
    struct gbt_faults faults;
    bool foreign_follows; /* somebody else finds a block on top of each of ours */
    size_t enough;        /* good blocks; then done_fd is told */
    size_t looks_enough;  /* questions for blocks beyond one each; then done_fd is told; 0: never */
    int done_fd;          /* eventfd; -1: nobody */

    struct rpc_server rpc;

    /* the node's thread; read after stop */
    char login_now[128];
    json_t *data;
    json_t *base; /* template that all others are made of */
    uint8_t tip[32];
    uint8_t old_tips[GBT_NODE_SEEN][32];
    size_t old_tip_count;
    struct kern_table *table;
    size_t templates;
    size_t polls; /* long polls that began */
    size_t submits;
    size_t proposals;
    size_t thrown_away; /* by faults.null_wrong */
    size_t questions;   /* whether the chain has a block */
    size_t accepted;
    size_t stale;
    size_t refused;         /* the client's fault */
    size_t repeated;        /* the same block again */
    size_t wrong_pay;       /* good blocks that pay another script, or less than all */
    size_t wrong_txs;       /* good blocks with other transactions than the template's */
    char why[256];          /* the last refusal, or what the client did wrong */
    char text[101];         /* what the last coinbase holds behind height and extranonce */
    uint32_t highest_nonce; /* of good blocks */
    size_t epochs;          /* changes of the epoch among accepted blocks */
    uint64_t last_epoch;
    uint8_t seen[GBT_NODE_SEEN][32]; /* ids of submitted blocks */
    size_t seen_count;
};

/** Templates of this algorithm from the vectors; listen on loopback; start.
 */
void gbt_node_start(struct gbt_node *node);

/** End the thread, close everything. */
void gbt_node_stop(struct gbt_node *node);

#endif
