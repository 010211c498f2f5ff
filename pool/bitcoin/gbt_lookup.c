/* gbt_lookup.c: what became of a block, asked of a node that comes from Bitcoin's: one
 * getblockheader. confirmations is above zero for blocks of the node's chain, and -1 for others
 * that it has. Source: digibyte.md 15, komodo.md 5. */
#include "bitcoin/gbt_parts.h"

enum { NO_SUCH_BLOCK = -5, HASH_DIGITS = 64 };

static enum base_status ask(struct pool_lookup *lookup, struct pool_request *request,
                            struct pool_buffer *body)
{
    (void)request;
    return pool_rpc_write(body, "1.0", 0, "getblockheader", json_pack("[s]", lookup->id));
}

static void answer(struct pool_lookup *lookup, const struct pool_answer *answer)
{
    struct base_error ignored = {BASE_OK, ""};
    struct pool_rpc_answer rpc;
    enum base_status status =
        pool_rpc_read(&rpc, answer, lookup->server, POOL_JSON_VALUES_MAX, &ignored);
    const json_t *depth = json_object_get(rpc.result, "confirmations");
    /* Not compared: a replay pays somebody else, so its blocks have other hashes. */
    const json_t *hash = json_object_get(rpc.result, "hash");
    bool header =
        json_is_integer(depth) && (hash == NULL || json_string_length(hash) == HASH_DIGITS);
    lookup->done = true;
    if (status == BASE_OK && rpc.failed && rpc.code == NO_SUCH_BLOCK) {
        pool_lookup_unknown(lookup);
    } else if (status == BASE_OK && !rpc.failed && header) {
        json_int_t value = json_integer_value(depth);
        pool_lookup_found(lookup, value > 0 ? POOL_FATE_IN_CHAIN : POOL_FATE_ORPHANED,
                          value > 0 ? (uint64_t)value : 0);
    }
    json_decref(rpc.root);
}

const struct pool_lookup_ops pool_gbt_lookup = {.depth = 10, .ask = ask, .answer = answer};
