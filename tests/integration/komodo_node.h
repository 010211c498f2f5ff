/* komodo_node.h: a Komodo node for tests, as far as miners see it: getblocktemplate with long
 * polls, submitblock, getblockheader. Its templates are a real node's (tests/data/komodo_node.json)
 * with another tip, an easier target and transactions; a block is judged whole: header, solution
 * and hash by the kernels' reference, merkle tree, coinbase, transactions. As the real node, it
 * answers null also to blocks that it throws away because of their solution, hash or time. */
#ifndef KOMODO_NODE_H
#define KOMODO_NODE_H

#include "rpc_server.h"

enum { KOMODO_NODE_BLOCKS = 1024, KOMODO_NODE_TXS = 3 };

struct komodo_node {
    /* set before start */
    const char *payee_hex; /* script that output 0 must pay; NULL: as in the template */
    size_t throw_away;     /* so many good blocks are answered with null and not taken */
    bool foreign_follows;  /* somebody else finds a block on top of each of ours */

    struct rpc_server rpc;
    json_t *data;
    json_t *base; /* template that all others are made of; borrowed */
    uint8_t tip[32];
    uint8_t blocks[KOMODO_NODE_BLOCKS][32]; /* the chain; the last one is the tip */
    bool ours[KOMODO_NODE_BLOCKS];
    size_t block_count;

    /* read after stop */
    size_t polls;
    size_t submits;
    size_t accepted;
    size_t thrown_away;
    size_t stale;
    size_t questions; /* getblockheader */
    size_t refused;   /* the client's fault */
    char why[256];    /* of the last of them */
};

void komodo_node_start(struct komodo_node *node);
void komodo_node_stop(struct komodo_node *node);

#endif
