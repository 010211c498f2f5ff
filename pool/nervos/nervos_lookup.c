/* nervos_lookup.c: what became of a block, asked of a CKB node. get_header knows the blocks of its
 * chain, get_fork_block the others. Those may be uncles of the blocks behind them. Source: ckb.md
 * 10. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nervos/molecule.h"
#include "nervos/nervos_bounds.h"
#include "nervos/nervos_node.h"

enum { UNCLE_HEIGHTS = 6 }; /* heights behind a block that are looked through for it */

enum step {
    ASK_HEADER,
    ASK_TIP,    /* it is in the chain: how deep? */
    ASK_FORK,   /* it is not: does the node have it? */
    ASK_LATER,  /* it has: how far is the chain? */
    ASK_UNCLES, /* of the block `count` heights behind it */
};

static enum base_status ask(struct pool_lookup *lookup, struct pool_request *request,
                            struct pool_buffer *body)
{
    char number[24];
    (void)request;
    switch ((enum step)lookup->step) {
    case ASK_HEADER:
        return pool_rpc_write(body, "2.0", 0, "get_header", json_pack("[s]", lookup->id));
    case ASK_FORK:
        return pool_rpc_write(body, "2.0", 0, "get_fork_block", json_pack("[s]", lookup->id));
    case ASK_UNCLES:
        (void)snprintf(number, sizeof(number), "0x%" PRIx64, lookup->height + lookup->count);
        return pool_rpc_write(body, "2.0", 0, "get_block_by_number", json_pack("[s]", number));
    case ASK_TIP:
    case ASK_LATER:
        break;
    }
    return pool_rpc_write(body, "2.0", 0, "get_tip_block_number", json_array());
}

/* The next block that may have it as an uncle, up to the tip. */
static void next_uncles(struct pool_lookup *lookup)
{
    if (lookup->count >= UNCLE_HEIGHTS) {
        pool_lookup_found(lookup, POOL_FATE_ORPHANED, 0);
    } else {
        lookup->count++;
        pool_lookup_go_on(lookup, ASK_UNCLES);
    }
}

static bool has_uncle(const json_t *block, const char *id)
{
    size_t index = 0;
    const json_t *uncle = NULL;
    json_array_foreach(json_object_get(block, "uncles"), index, uncle)
    {
        const char *hash =
            json_string_value(json_object_get(json_object_get(uncle, "header"), "hash"));
        if (hash != NULL && strcmp(hash, id) == 0) {
            return true;
        }
    }
    return false;
}

static void on_result(struct pool_lookup *lookup, const json_t *result)
{
    uint64_t tip = 0;
    switch ((enum step)lookup->step) {
    case ASK_HEADER:
        pool_lookup_go_on(lookup, json_is_object(result) ? ASK_TIP : ASK_FORK);
        break;
    case ASK_TIP:
        if (pool_ckb_number(&tip, result)) {
            pool_lookup_found(lookup, POOL_FATE_IN_CHAIN, pool_lookup_depth(lookup, tip));
        }
        break;
    case ASK_FORK:
        if (json_is_object(result)) {
            pool_lookup_go_on(lookup, ASK_LATER);
        } else {
            pool_lookup_unknown(lookup);
        }
        break;
    case ASK_LATER:
        if (pool_ckb_number(&tip, result) && tip < lookup->height + UNCLE_HEIGHTS) {
            /* The chain has another block there. An uncle would not be paid either. */
            pool_lookup_found(lookup, tip < lookup->height ? POOL_FATE_OPEN : POOL_FATE_ORPHANED,
                              0);
        } else if (tip != 0) {
            next_uncles(lookup);
        }
        break;
    case ASK_UNCLES:
        if (has_uncle(result, lookup->id)) {
            pool_lookup_found(lookup, POOL_FATE_UNCLE, 0);
        } else {
            next_uncles(lookup);
        }
        break;
    }
}

static void answer(struct pool_lookup *lookup, const struct pool_answer *answer)
{
    struct base_error ignored = {BASE_OK, ""};
    struct pool_rpc_answer rpc;
    enum base_status status =
        pool_rpc_read(&rpc, answer, lookup->server, POOL_NERVOS_VALUES_MAX, &ignored);
    lookup->done = true; /* unless there is another question */
    if (status == BASE_OK && !rpc.failed) {
        on_result(lookup, rpc.result);
    }
    json_decref(rpc.root);
}

const struct pool_lookup_ops pool_nervos_lookup = {
    .answer_max = POOL_NERVOS_ANSWER_MAX, .depth = 10, .ask = ask, .answer = answer};
