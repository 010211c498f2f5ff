/* gbt_node.c: a node of the Bitcoin family as a source of jobs: getblocktemplate over JSON-RPC with
 * long polling, and submitblock; what the machine of template_node.h asks of the family. Source:
 * digibyte.md 7 to 10, 12.
 *
 * Nonces. A header has 2^32; a job that runs out is followed by one of the same template with the
 * next extranonce, a number of 64 bits that begins at random and only grows, so no header is ever
 * tried twice. Time is the node's: it moves with each template, every 30 s at the latest, and never
 * without one, because bits (test networks) and odocrypt's key depend on it. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "bitcoin/bitcoin_family.h"
#include "bitcoin/gbt.h"
#include "bitcoin/v1_target.h"
#include "wire/printable.h"

enum {
    REFRESH_MS = 30000, /* new transactions and time */
    NO_POLL_MS = 2000,  /* without long polls: blocks come every 15 s */
};

struct gbt {
    const struct pool_protocol_setup *setup; /* borrowed */
    struct pool_script payee;
    uint64_t next_id;            /* of requests for templates; others have 0 */
    bool one_parameter;          /* the node takes no algorithm */
    struct pool_gbt_doubt doubt; /* the block that was judged last */
    bool unclear;                /* the question about it is whether the chain has it */
};

static void *gbt_open(const struct pool_protocol_setup *setup)
{
    struct gbt *gbt = base_alloc(1, sizeof(*gbt));
    if (gbt != NULL) {
        gbt->setup = setup;
    }
    return gbt;
}

static void gbt_close(void *context)
{
    base_free(context);
}

static enum base_status gbt_start(void *context, struct base_error *error)
{
    struct gbt *gbt = context;
    const struct pool_protocol_setup *setup = gbt->setup;
    return pool_coin_entry(setup->coin)->payout(&gbt->payee, setup->server->user, error);
}

/* ---- templates ------------------------------------------------------------------------------- */

static enum base_status write_ask(void *context, struct pool_request *request,
                                  struct pool_buffer *body, const char *poll_id)
{
    struct gbt *gbt = context;
    const char *algo = gbt->setup->algo->rpc_name;
    json_t *wish = json_pack("{s:[s]}", "rules", "segwit");
    json_t *params = json_pack("[o]", wish);
    (void)request;
    if (poll_id[0] != '\0') {
        (void)json_object_set_new(wish, "longpollid", json_string(poll_id));
    }
    if (algo != NULL && !gbt->one_parameter) {
        (void)json_array_append_new(params, json_string(algo));
    }
    return pool_rpc_write(body, "1.0", ++gbt->next_id, "getblocktemplate", params);
}

/* The algorithm that the version names must be ours: a node that does not know the name that it was
 * asked for answers with another one's template (digibyte.md 3). */
static enum base_status check_algo(const struct gbt *gbt, const struct pool_gbt_template *made,
                                   struct base_error *error)
{
    const struct pool_algo *algo = gbt->setup->algo;
    if ((made->version & algo->version_mask) == algo->version_bits) {
        return BASE_OK;
    }
    return base_error_set(
        error, BASE_E_UNSUPPORTED,
        "the node gives work for another algorithm than %s (version %08x)%s%s", algo->name,
        made->version,
        gbt->one_parameter ? ": this version of the node has to be told which; start it with algo="
                           : "",
        gbt->one_parameter ? algo->rpc_name : "");
}

static void gbt_drop(struct pool_template *template)
{
    pool_gbt_template_free((struct pool_gbt_template *)(void *)template);
}

static const struct pool_gbt_template *gbt_of(const struct pool_template *template)
{
    return (const struct pool_gbt_template *)(const void *)template;
}

static enum base_status gbt_read(void *context, struct pool_template **made,
                                 const struct pool_answer *answer, struct base_error *error)
{
    struct gbt *gbt = context;
    struct pool_rpc_answer rpc;
    struct pool_gbt_template *read = NULL;
    *made = NULL;
    enum base_status status =
        pool_rpc_read(&rpc, answer, gbt->setup->server, POOL_GBT_VALUES_MAX, error);
    if (status == BASE_OK && pool_gbt_one_parameter(&rpc) && !gbt->one_parameter) {
        gbt->one_parameter = true;
        status = BASE_E_AGAIN;
    } else if (status == BASE_OK && rpc.failed) {
        status = pool_gbt_explain(&rpc, gbt->setup->algo, error);
    }
    if (status == BASE_OK) {
        status = pool_gbt_template_read(&read, rpc.result, error);
    }
    json_decref(rpc.root);
    if (status == BASE_OK) {
        status = check_algo(gbt, read, error);
    }
    if (status != BASE_OK) {
        pool_gbt_template_free(read);
        return status;
    }
    *made = &read->base;
    return BASE_OK;
}

static double gbt_difficulty(const struct pool_template *template)
{
    return pool_v1_difficulty_of(gbt_of(template)->target_be, 1);
}

/* Epoch of the header's time: the key that the node names, else by the main network's length. A
 * regtest node has another length. */
static uint64_t epoch_of(const struct gbt *gbt, const struct pool_gbt_template *from)
{
    uint32_t length = gbt->setup->algo->epoch_s[0];
    if (length == 0) {
        return 0;
    }
    return from->has_key ? from->key : from->time - from->time % length;
}

static enum base_status gbt_make_job(void *context, struct pool_job_full **job,
                                     const struct pool_template *template, struct base_error *error)
{
    struct gbt *gbt = context;
    struct pool_memory *memory = gbt->setup->memory;
    enum base_status status = pool_gbt_job(job, gbt_of(template), &gbt->payee,
                                           gbt->setup->coinbase_text, memory->extranonce, error);
    if (status == BASE_OK) {
        memory->extranonce++;
        (*job)->job.epoch = epoch_of(gbt, gbt_of(template));
    }
    return status;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static enum base_status append_block(struct pool_buffer *body,
                                     const struct pool_submission *submission)
{
    return pool_gbt_block_hex(body, submission->job, submission->nonce);
}

static enum base_status write_block(void *context, struct pool_request *request,
                                    struct pool_buffer *body,
                                    const struct pool_submission *submission)
{
    (void)context;
    (void)request;
    return pool_rpc_write_block(body, "1.0", 0, "submitblock", json_pack("[s]", POOL_RPC_PLACE),
                                append_block, submission);
}

static enum base_status write_question(void *context, struct pool_request *request,
                                       struct pool_buffer *body,
                                       const struct pool_submission *submission)
{
    struct gbt *gbt = context;
    (void)request;
    if (gbt->unclear) {
        return pool_gbt_ask_chain(&gbt->doubt, request, body);
    }
    json_t *params = json_pack("[{s:s,s:[s],s:s}]", "mode", "proposal", "rules", "segwit", "data",
                               POOL_RPC_PLACE);
    return pool_rpc_write_block(body, "1.0", 0, "getblocktemplate", params, append_block,
                                submission);
}

/* Some nodes only say "invalid": the same block as a proposal shows why. After null the chain is
 * asked for the block. */
static enum pool_verdict gbt_judge(void *context, char text[POOL_TEXT_MAX], bool *explain,
                                   const struct pool_submission *submission,
                                   const struct pool_answer *answer)
{
    struct gbt *gbt = context;
    char word[POOL_TEXT_MAX];
    if (pool_gbt_block_id(gbt->doubt.lookup.id, submission->job, submission->nonce) != BASE_OK) {
        (void)snprintf(text, POOL_TEXT_MAX, "no memory to ask whether the chain has the block");
        return POOL_UNANSWERED;
    }
    enum pool_verdict verdict = pool_gbt_judge(&gbt->doubt, text, &gbt->unclear, word, submission,
                                               answer, gbt->setup->server, pool_gbt_refusal);
    *explain = gbt->unclear || strcmp(word, "invalid") == 0;
    return verdict;
}

/* What a proposal says of a block that submitblock called invalid. No reason there means that what
 * proposals do not check is wrong: the proof of work. */
static enum pool_verdict gbt_judge_reason(void *context, char text[POOL_TEXT_MAX],
                                          const struct pool_answer *answer)
{
    struct gbt *gbt = context;
    struct base_error ignored = {BASE_OK, ""};
    struct pool_rpc_answer rpc;
    char word[POOL_TEXT_MAX] = "invalid";
    if (gbt->unclear) {
        return pool_gbt_judge_chain(&gbt->doubt, text, answer);
    }
    enum base_status status =
        pool_rpc_read(&rpc, answer, gbt->setup->server, POOL_JSON_VALUES_MAX, &ignored);
    if (status == BASE_OK && !rpc.failed && json_is_null(rpc.result)) {
        (void)snprintf(word, sizeof(word), "high-hash");
    } else if (status == BASE_OK && json_is_string(rpc.result)) {
        (void)pool_printable(word, sizeof(word), json_string_value(rpc.result),
                             json_string_length(rpc.result));
    }
    json_decref(rpc.root);
    return pool_gbt_refusal(text, word);
}

static bool gbt_unjudged(void *context, const struct pool_answer *answer)
{
    const struct gbt *gbt = context;
    return pool_gbt_is_starting(answer, gbt->setup->server);
}

static enum base_status gbt_name_block(uint8_t name[32], const struct pool_submission *submission)
{
    return pool_gbt_block_hash(name, submission->job, submission->nonce);
}

/* ---- the protocol ---------------------------------------------------------------------------- */

static const struct pool_template_ops template_ops = {
    .title = "getblocktemplate",
    .refresh_ms = REFRESH_MS,
    .refresh_unpolled_ms = NO_POLL_MS,
    .answer_max = POOL_GBT_ANSWER_MAX,
    .open = gbt_open,
    .close = gbt_close,
    .start = gbt_start,
    .write_ask = write_ask,
    .read = gbt_read,
    .drop = gbt_drop,
    .difficulty = gbt_difficulty,
    .make_job = gbt_make_job,
    .write_block = write_block,
    .judge = gbt_judge,
    .write_question = write_question,
    .judge_reason = gbt_judge_reason,
    .unjudged = gbt_unjudged,
    .name_block = gbt_name_block,
};

static struct pool_protocol *node_open(const struct pool_protocol_setup *setup)
{
    return pool_template_node_open(setup, &pool_gbt_node, &template_ops);
}

const struct pool_protocol_ops pool_gbt_node = {
    .name = "getblocktemplate",
    .open = node_open,
    .refill = pool_template_node_refill,
    POOL_TEMPLATE_NODE_FUNCTIONS,
};
