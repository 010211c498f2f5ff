/* toy_node.h: two made-up kinds of nodes that are asked for templates: {"msg": number, "parent":
 * digit}. A block is a solution {"n": first byte of the nonce, "pk": ...}; HTTP 200 takes it. */
#ifndef TESTS_TOY_NODE_H
#define TESTS_TOY_NODE_H

#include "protocol/protocol.h"

/* GET /mining/candidate and POST /mining/solution, with the setup's api_key in a header. */
extern const struct pool_protocol_ops toy_rest_node;

/* get_block_template and submit_block by JSON-RPC. */
extern const struct pool_protocol_ops toy_rpc_node;

#endif
