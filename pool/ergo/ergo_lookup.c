/* ergo_lookup.c: what became of a block, asked of an Ergo node: a candidate does not show its
 * header, so the block is recognised by height and nonce. Ids at a height come with that of the
 * best chain first. Source: ergo.md 6. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "ergo/ergo_info.h"
#include "wire/json.h"

enum { OK = 200, NOT_FOUND = 404, ID_DIGITS = 64 };

enum step {
    ASK_IDS,
    ASK_TIP,     /* it is in the chain: how deep? */
    ASK_HEADERS, /* of ids[step - ASK_HEADERS] */
};

static enum base_status ask(struct pool_lookup *lookup, struct pool_request *request,
                            struct pool_buffer *body)
{
    (void)body;
    if (lookup->step == ASK_IDS) {
        (void)snprintf(lookup->path, sizeof(lookup->path), "/blocks/at/%" PRIu64, lookup->height);
    } else if (lookup->step == ASK_TIP) {
        (void)snprintf(lookup->path, sizeof(lookup->path), "/info");
    } else {
        (void)snprintf(lookup->path, sizeof(lookup->path), "/blocks/%s/header",
                       lookup->ids[lookup->step - ASK_HEADERS]);
    }
    request->method = "GET";
    request->path = lookup->path;
    return BASE_OK;
}

static void on_ids(struct pool_lookup *lookup, const json_t *list)
{
    size_t index = 0;
    const json_t *id = NULL;
    json_array_foreach(list, index, id)
    {
        uint8_t bytes[ID_DIGITS / 2];
        if (lookup->count < BASE_COUNT_OF(lookup->ids) && json_is_string(id) &&
            base_hex_decode_exact(bytes, sizeof(bytes), json_string_value(id)) == BASE_OK) {
            base_hex_encode(lookup->ids[lookup->count++], bytes, sizeof(bytes));
        }
    }
    if (lookup->count == 0) {
        pool_lookup_unknown(lookup);
        return;
    }
    pool_lookup_go_on(lookup, ASK_HEADERS);
}

static void on_header(struct pool_lookup *lookup, const json_t *header)
{
    unsigned index = lookup->step - ASK_HEADERS;
    const char *text =
        json_string_value(json_object_get(json_object_get(header, "powSolutions"), "n"));
    uint8_t nonce[POOL_NONCE_MAX];
    size_t size = 0;
    bool ours = text != NULL &&
                base_hex_decode(nonce, sizeof(nonce), &size, text, strlen(text)) == BASE_OK &&
                size == lookup->nonce_size && memcmp(nonce, lookup->nonce, size) == 0;
    if (ours) {
        memcpy(lookup->id, lookup->ids[index], sizeof(lookup->id));
        if (index > 0) {
            pool_lookup_found(lookup, POOL_FATE_ORPHANED, 0);
        } else {
            pool_lookup_go_on(lookup, ASK_TIP);
        }
    } else if (index + 1 < lookup->count) {
        pool_lookup_go_on(lookup, lookup->step + 1);
    } else {
        pool_lookup_unknown(lookup);
    }
}

static void answer(struct pool_lookup *lookup, const struct pool_answer *answer)
{
    json_t *root = NULL;
    struct base_error ignored = {BASE_OK, ""};
    uint64_t tip = 0;
    bool good = answer->code == OK &&
                pool_json_load(&root, answer->body, answer->size, &ignored) == BASE_OK;
    lookup->done = true; /* unless there is another question */
    if (lookup->step == ASK_IDS && (good || answer->code == NOT_FOUND)) {
        on_ids(lookup, root);
    } else if (lookup->step == ASK_TIP && good &&
               pool_json_u64(json_object_get(root, "fullHeight"), 10, &tip)) {
        pool_lookup_found(lookup, POOL_FATE_IN_CHAIN, pool_lookup_depth(lookup, tip));
    } else if (lookup->step >= ASK_HEADERS && (good || answer->code == NOT_FOUND)) {
        on_header(lookup, root);
    }
    json_decref(root);
}

const struct pool_lookup_ops pool_ergo_lookup = {.depth = 10, .ask = ask, .answer = answer};
