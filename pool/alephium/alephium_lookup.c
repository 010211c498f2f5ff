/* alephium_lookup.c: what became of a block, asked over an Alephium node's REST port: in the main
 * chain, paid as a ghost uncle, or neither. Source: alephium.md 2 and 5. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alephium/alephium_codec.h"
#include "alephium/alephium_rest.h"
#include "wire/json.h"

/* A node answers with 500 where its database does not have a hash. */
enum { OK = 200, NOT_FOUND = 404, INTERNAL_ERROR = 500 };

enum step {
    ASK_MAIN,   /* is it in the main chain? false also for one that the node does not have */
    ASK_HEIGHT, /* it is: how deep? */
    ASK_HEADER, /* it is not: does the node have it? */
    ASK_UNCLE,  /* is it another block's uncle? */
    ASK_TIP,    /* no: can it still become one? */
};

static enum base_status ask(struct pool_lookup *lookup, struct pool_request *request,
                            struct pool_buffer *body)
{
    static const char *const paths[] = {
        [ASK_MAIN] = "/blockflow/is-block-in-main-chain?blockHash=",
        [ASK_HEADER] = "/blockflow/headers/",
        [ASK_UNCLE] = "/blockflow/main-chain-block-by-ghost-uncle/",
    };
    (void)body;
    if (lookup->step == ASK_HEIGHT || lookup->step == ASK_TIP) {
        (void)snprintf(lookup->path, sizeof(lookup->path),
                       "/blockflow/chain-info?fromGroup=%" PRIu32 "&toGroup=%" PRIu32,
                       lookup->chain / POOL_ALEPHIUM_GROUPS, lookup->chain % POOL_ALEPHIUM_GROUPS);
    } else {
        (void)snprintf(lookup->path, sizeof(lookup->path), "%s%s", paths[lookup->step], lookup->id);
    }
    request->method = "GET";
    request->path = lookup->path;
    return BASE_OK;
}

static void on_tip(struct pool_lookup *lookup, uint64_t tip)
{
    /* Uncles are at most so many heights older than the block that pays them. */
    bool final = tip > lookup->height + POOL_ALEPHIUM_UNCLE_HEIGHTS;
    if (lookup->step == ASK_HEIGHT) {
        pool_lookup_found(lookup, POOL_FATE_IN_CHAIN, pool_lookup_depth(lookup, tip));
    } else {
        pool_lookup_found(lookup, final ? POOL_FATE_ORPHANED : POOL_FATE_OPEN, 0);
    }
}

static bool says(const struct pool_answer *answer, const char *word)
{
    return answer->code == OK && strncmp(answer->body, word, strlen(word)) == 0;
}

static void answer(struct pool_lookup *lookup, const struct pool_answer *answer)
{
    json_t *root = NULL;
    struct base_error ignored = {BASE_OK, ""};
    uint64_t tip = 0;
    bool absent = answer->code == NOT_FOUND || answer->code == INTERNAL_ERROR;
    lookup->done = true; /* unless there is another question */
    switch ((enum step)lookup->step) {
    case ASK_MAIN:
        if (says(answer, "true")) {
            pool_lookup_go_on(lookup, ASK_HEIGHT);
        } else if (says(answer, "false") || absent) {
            pool_lookup_go_on(lookup, ASK_HEADER);
        }
        return;
    case ASK_HEADER:
        if (answer->code == OK) {
            pool_lookup_go_on(lookup, ASK_UNCLE);
        } else if (absent) {
            pool_lookup_unknown(lookup);
        }
        return;
    case ASK_UNCLE:
        if (answer->code == OK) {
            pool_lookup_found(lookup, POOL_FATE_UNCLE, 0);
        } else if (absent) {
            pool_lookup_go_on(lookup, ASK_TIP);
        }
        return;
    case ASK_HEIGHT:
    case ASK_TIP:
        break;
    }
    if (answer->code == OK &&
        pool_json_load(&root, answer->body, answer->size, &ignored) == BASE_OK &&
        pool_json_u64(json_object_get(root, "currentHeight"), 10, &tip)) {
        on_tip(lookup, tip);
    }
    json_decref(root);
}

const struct pool_lookup_ops pool_alephium_lookup = {
    .key_header = "X-API-KEY",
    .depth = 10,
    .port = pool_alephium_rest_port,
    .ask = ask,
    .answer = answer,
};
