/* nervos_node.c: a CKB node as a source of jobs: get_block_template polled over JSON-RPC, and
 * submit_block; what the machine of template_node.h asks of the family. Source: ckb.md 4 and 10.
 *
 * Before the first template the node is asked which network it is on (the hash of block 0) and
 * whether it still downloads the chain: it serves templates then, too, and they are worth nothing.
 *
 * A node answers a block with its hash even when another block keeps its place on the chain. So a
 * block counts as accepted only when get_block_hash of its number names it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/target.h"
#include "nervos/nervos_family.h"
#include "nervos/nervos_node.h"
#include "protocol/output.h"

enum {
    REFRESH_MS = 500, /* blocks come every 8 to 48 s; a poll of a node beside us costs 1 ms */
    REFRESH_TOLD_MS =
        3000,         /* the same where the node tells of new tips: for transactions, uncles */
    FULL_MS = 50,     /* the first template on a tip is empty, and the next one follows it */
    OLD_TIP_MAX = 20, /* answers that still build on what our own block has replaced */
};

enum step { ASK_NETWORK, ASK_STATE, ASK_WORK };

struct ckb {
    const struct pool_protocol_setup *setup; /* borrowed */
    struct pool_outlet outlet;               /* for log lines about the node */
    struct pool_ckb_address payee;
    bool has_payee; /* false: blocks pay whom the node's settings say */
    enum step step;
    bool known; /* which network it is; then: */
    bool mainnet;
    bool told;          /* whom blocks pay */
    uint64_t next_id;   /* of requests; those about blocks have 0 */
    char block_id[67];  /* of the block that was sent last, as the node names it */
    uint8_t solved[32]; /* parent of our last accepted block */
    unsigned old_tips;  /* further templates on it are asked for again at once */
    uint8_t tip[32];    /* parent of the last template */
};

/* Genesis blocks (ckb.md 3). */
static const char mainnet_id[] =
    "0x92b197aa1fba0f63633922c61c92375c9c074a93e85963554f5499fe1450d0e5";
static const char testnet_id[] =
    "0x10639e0895502b5688a6be8cf69460d76541bfa4821629d86d62ba0aae3f9606";

static void *ckb_open(const struct pool_protocol_setup *setup)
{
    struct ckb *ckb = base_alloc(1, sizeof(*ckb));
    if (ckb != NULL) {
        ckb->setup = setup;
        ckb->outlet.setup = *setup;
    }
    return ckb;
}

static void ckb_close(void *context)
{
    base_free(context);
}

static enum base_status ckb_start(void *context, struct base_error *error)
{
    struct ckb *ckb = context;
    const char *user = ckb->setup->server->user;
    ckb->has_payee = user[0] != '\0';
    return ckb->has_payee ? pool_ckb_address_read(&ckb->payee, user, strlen(user), error) : BASE_OK;
}

/* ---- what the node is ------------------------------------------------------------------------ */

static enum base_status read_network(struct ckb *ckb, const struct pool_rpc_answer *rpc,
                                     struct base_error *error)
{
    const char *id = json_string_value(rpc->result);
    ckb->known = !rpc->failed && id != NULL;
    if (!ckb->known) {
        pool_outlet_text(&ckb->outlet, POOL_OUTPUT_WARNING,
                         "the node does not tell the hash of block 0, so the network of an address "
                         "cannot be checked");
        return BASE_OK;
    }
    ckb->mainnet = strcmp(id, mainnet_id) == 0;
    if (strcmp(id, testnet_id) == 0) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "the node is on the public testnet, which hashes with "
                              "EaglesongBlake2b: this version of Shardpick does not mine it");
    }
    if (ckb->has_payee && ckb->payee.mainnet != ckb->mainnet) {
        return base_error_set(error, BASE_E_REFUSED,
                              "the node is on %s, and the address of -u is one of %s: addresses "
                              "there begin with %s",
                              ckb->mainnet ? "the main network" : "a test or private network",
                              ckb->mainnet ? "other networks" : "the main network",
                              ckb->mainnet ? "ckb1" : "ckt1");
    }
    return BASE_OK;
}

/* A private chain may rest for long, and looks like a download then: mining goes on there. */
static enum base_status read_state(struct ckb *ckb, const struct pool_rpc_answer *rpc,
                                   struct base_error *error)
{
    if (rpc->failed || !json_is_true(json_object_get(rpc->result, "is_initial_block_download"))) {
        return BASE_OK;
    }
    if (ckb->mainnet) {
        return base_error_set(error, BASE_E_STATE,
                              "the node is still downloading the chain: what it gives until it is "
                              "synced is old work");
    }
    pool_outlet_text(&ckb->outlet, POOL_OUTPUT_INFO,
                     "the node says that it still downloads the chain (is_initial_block_download); "
                     "on a private chain that only means that its last block is old");
    return BASE_OK;
}

/* Whom blocks pay, once a connection. The lock is paid by the cellbase 11 blocks later. */
static void tell_payee(struct ckb *ckb, const struct pool_ckb_template *made)
{
    struct pool_ckb_address node = {.mainnet = ckb->known && ckb->mainnet, .lock = made->assembler};
    char theirs[POOL_CKB_ADDRESS_MAX] = "a lock with long args";
    char ours[POOL_CKB_ADDRESS_MAX];
    ckb->told = true;
    if (!made->assembler_long) {
        (void)pool_ckb_address_write(theirs, &node);
    }
    if (ckb->has_payee) {
        pool_outlet_text(&ckb->outlet, POOL_OUTPUT_INFO,
                         "blocks pay %s, the address of -u, 11 blocks later (the node's block "
                         "assembler would pay %s)",
                         pool_ckb_address_write(ours, &ckb->payee), theirs);
    } else {
        pool_outlet_text(&ckb->outlet, POOL_OUTPUT_INFO,
                         "blocks pay %s, whom the node's block assembler names, 11 blocks later; "
                         "-u ADDRESS would pay another one",
                         theirs);
    }
}

/* ---- templates ------------------------------------------------------------------------------- */

static enum base_status write_ask(void *context, struct pool_request *request,
                                  struct pool_buffer *body, const char *poll_id)
{
    struct ckb *ckb = context;
    (void)request;
    (void)poll_id; /* nodes have no long polls */
    switch (ckb->step) {
    case ASK_NETWORK:
        return pool_rpc_write(body, "2.0", ++ckb->next_id, "get_block_hash",
                              json_pack("[s]", "0x0"));
    case ASK_STATE:
        return pool_rpc_write(body, "2.0", ++ckb->next_id, "get_blockchain_info", json_array());
    default:
        return pool_rpc_write(body, "2.0", ++ckb->next_id, "get_block_template", json_array());
    }
}

static void ckb_drop(struct pool_template *template)
{
    pool_ckb_template_free((struct pool_ckb_template *)(void *)template);
}

static const struct pool_ckb_template *ckb_of(const struct pool_template *template)
{
    return (const struct pool_ckb_template *)(const void *)template;
}

static enum base_status read_work(struct ckb *ckb, struct pool_template **made,
                                  const struct pool_rpc_answer *rpc, struct base_error *error)
{
    struct pool_ckb_template *read = NULL;
    enum base_status status = rpc->failed ? pool_ckb_explain(rpc, error) : BASE_OK;
    if (status == BASE_OK) {
        status = pool_ckb_template_read(&read, rpc->result,
                                        ckb->has_payee ? &ckb->payee.lock : NULL, error);
    }
    if (status != BASE_OK) {
        return status;
    }
    if (ckb->old_tips > 0 && memcmp(read->base.parent, ckb->solved, 32) == 0) {
        ckb->old_tips--; /* the node has our block and not yet a template on it */
        pool_ckb_template_free(read);
        return BASE_E_AGAIN;
    }
    ckb->old_tips = 0;
    if (memcmp(read->base.parent, ckb->tip, sizeof(ckb->tip)) != 0) {
        memcpy(ckb->tip, read->base.parent, sizeof(ckb->tip));
        read->base.refresh_ms = FULL_MS;
    }
    if (!ckb->told) {
        tell_payee(ckb, read);
    }
    *made = &read->base;
    return BASE_OK;
}

static enum base_status ckb_read(void *context, struct pool_template **made,
                                 const struct pool_answer *answer, struct base_error *error)
{
    struct ckb *ckb = context;
    struct pool_rpc_answer rpc;
    *made = NULL;
    enum base_status status =
        pool_rpc_read(&rpc, answer, ckb->setup->server, POOL_NERVOS_VALUES_MAX, error);
    if (status == BASE_OK && ckb->step == ASK_WORK) {
        status = read_work(ckb, made, &rpc, error);
    } else if (status == BASE_OK) {
        status = ckb->step == ASK_NETWORK ? read_network(ckb, &rpc, error)
                                          : read_state(ckb, &rpc, error);
        if (status == BASE_OK) {
            ckb->step++;
            status = BASE_E_AGAIN;
        }
    }
    json_decref(rpc.root);
    return status;
}

/* With the same parent the larger work_id is the newer template. A node that restarts begins at 0;
 * what it gave before is still good. */
static bool ckb_same(const struct pool_template *a, const struct pool_template *b)
{
    return memcmp(a->parent, b->parent, sizeof(a->parent)) == 0 &&
           ckb_of(b)->work_id <= ckb_of(a)->work_id;
}

static double ckb_difficulty(const struct pool_template *template)
{
    return base_target_expected_tries(ckb_of(template)->target_be);
}

static enum base_status ckb_make_job(void *context, struct pool_job_full **job,
                                     const struct pool_template *template, struct base_error *error)
{
    struct ckb *ckb = context;
    return pool_ckb_job(job, ckb_of(template), (uint32_t)ckb->setup->memory->extranonce++, error);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static enum base_status write_block(void *context, struct pool_request *request,
                                    struct pool_buffer *body,
                                    const struct pool_submission *submission)
{
    (void)context;
    (void)request;
    return pool_ckb_block_write(body, submission->job, submission->nonce);
}

static enum base_status write_question(void *context, struct pool_request *request,
                                       struct pool_buffer *body,
                                       const struct pool_submission *submission)
{
    char number[24];
    (void)context;
    (void)request;
    (void)snprintf(number, sizeof(number), "0x%" PRIx64, submission->job->height);
    return pool_rpc_write(body, "2.0", 0, "get_block_hash", json_pack("[s]", number));
}

static enum pool_verdict ckb_judge(void *context, char text[POOL_TEXT_MAX], bool *explain,
                                   const struct pool_submission *submission,
                                   const struct pool_answer *answer)
{
    struct ckb *ckb = context;
    struct base_error why = {BASE_OK, ""};
    struct pool_rpc_answer rpc;
    enum pool_verdict verdict = POOL_UNANSWERED;
    uint8_t id[32];
    enum base_status status =
        pool_rpc_read(&rpc, answer, ckb->setup->server, POOL_JSON_VALUES_MAX, &why);
    memcpy(ckb->solved, pool_job_full(submission->job)->parent, sizeof(ckb->solved));
    if (status != BASE_OK) {
        (void)snprintf(text, POOL_TEXT_MAX, "%.400s", why.text);
    } else if (rpc.failed) {
        verdict = pool_ckb_refusal(text, &rpc);
    } else if (pool_ckb_bytes(id, sizeof(id), rpc.result)) {
        *explain = true; /* the node has it; on its chain? */
        (void)snprintf(ckb->block_id, sizeof(ckb->block_id), "%s", json_string_value(rpc.result));
    } else {
        verdict = POOL_REFUSED;
        (void)snprintf(text, POOL_TEXT_MAX,
                       "the node answers with neither a hash nor an error: is it a CKB node?");
    }
    json_decref(rpc.root);
    return verdict;
}

static enum pool_verdict ckb_judge_reason(void *context, char text[POOL_TEXT_MAX],
                                          const struct pool_answer *answer)
{
    struct ckb *ckb = context;
    struct base_error why = {BASE_OK, ""};
    struct pool_rpc_answer rpc;
    enum pool_verdict verdict = POOL_UNANSWERED;
    enum base_status status =
        pool_rpc_read(&rpc, answer, ckb->setup->server, POOL_JSON_VALUES_MAX, &why);
    const char *id = json_string_value(rpc.result);
    if (status == BASE_OK && id != NULL && strcmp(id, ckb->block_id) == 0) {
        verdict = POOL_ACCEPTED;
        ckb->old_tips = OLD_TIP_MAX;
        (void)snprintf(text, POOL_TEXT_MAX, "block accepted: %s", ckb->block_id);
    } else if (status == BASE_OK && id != NULL) {
        verdict = POOL_STALE;
        ckb->old_tips = OLD_TIP_MAX; /* what builds on the same block is old, too */
        (void)snprintf(text, POOL_TEXT_MAX,
                       "a good block, but the node's chain has another one at its height");
    } else {
        (void)snprintf(text, POOL_TEXT_MAX,
                       "the node took the block and does not say whether its chain has it%s%.300s",
                       why.text[0] != '\0' ? ": " : "", why.text);
    }
    json_decref(rpc.root);
    return verdict;
}

static enum base_status name_block(uint8_t name[32], const struct pool_submission *submission)
{
    pool_ckb_block_hash(name, submission->job, submission->nonce);
    return BASE_OK;
}

/* ---- the protocol ---------------------------------------------------------------------------- */

#define OPS(text, ms)                                                                              \
    {                                                                                              \
        .title = (text), .refresh_ms = (ms), .refresh_unpolled_ms = (ms),                          \
        .answer_max = POOL_NERVOS_ANSWER_MAX, .open = ckb_open, .close = ckb_close,                \
        .start = ckb_start, .write_ask = write_ask, .read = ckb_read, .drop = ckb_drop,            \
        .same = ckb_same, .difficulty = ckb_difficulty, .make_job = ckb_make_job,                  \
        .write_block = write_block, .judge = ckb_judge, .write_question = write_question,          \
        .judge_reason = ckb_judge_reason, .name_block = name_block,                                \
    }

struct pool_protocol *pool_ckb_node_open(const struct pool_protocol_setup *setup, bool told)
{
    static const struct pool_template_ops polled = OPS("get_block_template", REFRESH_MS);
    static const struct pool_template_ops by_events =
        OPS("get_block_template, new tips by subscription", REFRESH_TOLD_MS);
    return pool_template_node_open(setup, &pool_nervos_node, told ? &by_events : &polled);
}

static struct pool_protocol *node_open(const struct pool_protocol_setup *setup)
{
    return pool_ckb_node_open(setup, false);
}

const struct pool_protocol_ops pool_nervos_node = {
    .name = "get_block_template",
    .open = node_open,
    .refill = pool_template_node_refill,
    POOL_TEMPLATE_NODE_FUNCTIONS,
};
