/* gbt_info.c: what a node of Bitcoin's kind says of itself: network and state of its chain, asked
 * with getblockchaininfo. Part of solo mining, see gbt_parts.h. Source: digibyte.md 7. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bitcoin/bitcoin_family.h"
#include "bitcoin/digibyte.h"
#include "bitcoin/gbt_parts.h"
#include "wire/json.h"
#include "wire/printable.h"

static void begin(struct pool_inquiry *inquiry, bool itself)
{
    (void)itself; /* work and questions have one port */
    inquiry->http_port = inquiry->server->port;
}

static const char *question(const struct pool_inquiry *inquiry, uint16_t *port)
{
    *port = inquiry->http_port;
    return inquiry->text[0] != '\0' ? NULL : "/";
}

/* The network of the node against that of the address that blocks pay. */
static void note_network(struct pool_inquiry *inquiry, const char *chain)
{
    const char *user = inquiry->server->user;
    struct pool_digibyte_payee payee;
    bool test = strcmp(chain, "main") != 0;
    bool known = chain[0] != '?' && inquiry->ops == &pool_gbt_info &&
                 pool_digibyte_address(&payee, user, strlen(user), NULL) == BASE_OK;
    if (known && payee.test != test) {
        pool_inquiry_note(inquiry, "network", POOL_FINDING_BAD,
                          "the node is on \"%s\", the address of -u is one of %s", chain,
                          payee.test ? "test networks" : "the main network");
    } else {
        pool_inquiry_note(inquiry, "network",
                          chain[0] != '?' ? POOL_FINDING_GOOD : POOL_FINDING_NOT_ASKED, "%s%s",
                          chain, known ? ", and so is the address of -u" : "");
    }
}

static void on_info(struct pool_inquiry *inquiry, const json_t *info)
{
    char chain[24];
    const json_t *name = json_object_get(info, "chain");
    uint64_t blocks = 0;
    uint64_t headers = 0;
    bool synced = !json_is_true(json_object_get(info, "initialblockdownload"));
    (void)pool_printable(chain, sizeof(chain), json_is_string(name) ? json_string_value(name) : "?",
                         json_is_string(name) ? json_string_length(name) : 1);
    (void)pool_json_u64(json_object_get(info, "blocks"), 10, &blocks);
    (void)pool_json_u64(json_object_get(info, "headers"), 10, &headers);
    note_network(inquiry, chain);
    pool_inquiry_note(inquiry, "synced", synced ? POOL_FINDING_GOOD : POOL_FINDING_BAD,
                      "block %" PRIu64 " of %" PRIu64 "%s", blocks, headers,
                      synced ? "" : ", still downloading the chain");
    inquiry->fine = inquiry->findings[0].result != POOL_FINDING_BAD && synced;
    if (inquiry->fine) {
        pool_inquiry_finish(inquiry, "the node is on \"%s\" and synced", chain);
    } else if (synced) {
        pool_inquiry_finish(inquiry, "%s: give an address of the node's network",
                            inquiry->findings[0].text);
    } else {
        pool_inquiry_finish(inquiry, "the node is still downloading the chain");
    }
}

static void answer(struct pool_inquiry *inquiry, long code, const char *text, size_t size)
{
    json_t *root = NULL;
    struct base_error ignored = {BASE_OK, ""};
    if (code != 0 && pool_json_load(&root, text, size, &ignored) == BASE_OK &&
        json_is_object(json_object_get(root, "result"))) {
        inquiry->reached = true;
        on_info(inquiry, json_object_get(root, "result"));
    } else {
        pool_inquiry_finish(inquiry, "it does not answer getblockchaininfo%s",
                            code == 401 || code == 403 ? ": it refuses the login" : "");
    }
    json_decref(root);
}

const struct pool_inquiry_ops pool_gbt_info = {
    .begin = begin,
    .question = question,
    .rpc_method = "getblockchaininfo",
    .answer = answer,
};

const struct pool_inquiry_ops pool_gbt_info_any = {
    .begin = begin,
    .question = question,
    .rpc_method = "getblockchaininfo",
    .answer = answer,
};
