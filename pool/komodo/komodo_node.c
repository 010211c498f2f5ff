/* komodo_node.c: a node of Komodo or one of its smart chains as a source of jobs: getblocktemplate
 * with long polling, submitblock, and the question whether the block is in the chain; what the
 * machine of template_node.h asks of the family. Source: komodo.md 5.
 *
 * A node answers null to submitblock also where it throws the block away: a wrong solution, a hash
 * above the target, a time too far ahead. So null is never taken for acceptance: getblockheader
 * tells whether the node's chain has the block.
 *
 * Nonces. A header has 2^256; each job has the next 64-bit number in front of the nonce, which
 * begins at random and only grows, so no header is ever tried twice. Time is the node's. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/target.h"
#include "komodo/komodo.h"
#include "komodo/komodo_family.h"

enum {
    REFRESH_MS = 30000, /* new transactions and time */
    NO_POLL_MS = 5000,  /* without long polls: blocks come every 60 s */
};

struct komodo {
    const struct pool_protocol_setup *setup; /* borrowed */
    struct pool_script payee;                /* size 0: the node's own */
    uint64_t next_id;                        /* of requests for templates; others have 0 */
    struct pool_gbt_doubt doubt;             /* the block that was judged last */
};

static void *komodo_open(const struct pool_protocol_setup *setup)
{
    struct komodo *komodo = base_alloc(1, sizeof(*komodo));
    if (komodo != NULL) {
        komodo->setup = setup;
    }
    return komodo;
}

static void komodo_close(void *context)
{
    base_free(context);
}

static enum base_status komodo_start(void *context, struct base_error *error)
{
    struct komodo *komodo = context;
    const char *user = komodo->setup->server->user;
    return user[0] == '\0' ? BASE_OK : pool_komodo_payout(&komodo->payee, user, error);
}

/* ---- templates ------------------------------------------------------------------------------- */

static enum base_status write_ask(void *context, struct pool_request *request,
                                  struct pool_buffer *body, const char *poll_id)
{
    struct komodo *komodo = context;
    json_t *wish = json_object();
    json_t *params = json_pack("[o]", wish);
    (void)request;
    if (poll_id[0] != '\0') {
        (void)json_object_set_new(wish, "longpollid", json_string(poll_id));
    }
    return pool_rpc_write(body, "1.0", ++komodo->next_id, "getblocktemplate", params);
}

static void komodo_drop(struct pool_template *template)
{
    pool_komodo_template_free((struct pool_komodo_template *)(void *)template);
}

static const struct pool_komodo_template *komodo_of(const struct pool_template *template)
{
    return (const struct pool_komodo_template *)(const void *)template;
}

static enum base_status komodo_read(void *context, struct pool_template **made,
                                    const struct pool_answer *answer, struct base_error *error)
{
    const struct komodo *komodo = context;
    struct pool_rpc_answer rpc;
    struct pool_komodo_template *read = NULL;
    *made = NULL;
    enum base_status status =
        pool_rpc_read(&rpc, answer, komodo->setup->server, POOL_GBT_VALUES_MAX, error);
    if (status == BASE_OK && rpc.failed) {
        status = pool_gbt_explain(&rpc, komodo->setup->algo, error);
    }
    if (status == BASE_OK) {
        status = pool_komodo_template_read(&read, rpc.result,
                                           komodo->payee.size > 0 ? &komodo->payee : NULL, error);
    }
    json_decref(rpc.root);
    if (status == BASE_OK) {
        *made = &read->base;
    }
    return status;
}

/* Difficulty 1 is the target 0x0f0f0f * 2^232, the easiest one (komodo.md 1). */
static double komodo_difficulty(const struct pool_template *template)
{
    return base_target_expected_tries(komodo_of(template)->target_be) * 0x0f0f0f / 0x1000000;
}

static enum base_status komodo_make_job(void *context, struct pool_job_full **job,
                                        const struct pool_template *template,
                                        struct base_error *error)
{
    struct komodo *komodo = context;
    struct pool_memory *memory = komodo->setup->memory;
    enum base_status status = pool_komodo_job(job, komodo_of(template), memory->extranonce, error);
    if (status == BASE_OK) {
        (*job)->job.reduced = komodo->setup->reduced;
        memory->extranonce++;
    }
    return status;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static enum base_status write_block(void *context, struct pool_request *request,
                                    struct pool_buffer *body,
                                    const struct pool_submission *submission)
{
    (void)context;
    (void)request;
    return pool_rpc_write_block(body, "1.0", 0, "submitblock", json_pack("[s]", POOL_RPC_PLACE),
                                pool_komodo_block_hex, submission);
}

/* Refusals that only these nodes have; the others are those of Bitcoin's. */
static const struct {
    const char *word;
    enum pool_verdict verdict;
    const char *meaning;
} words[] = {
    {"invalid-solution", POOL_MALFORMED, "its solution is not valid"},
    {"version-too-low", POOL_MALFORMED, "its version is too low"},
    {"bad-sapling-root-in-block", POOL_MALFORMED,
     "its Sapling root is not the one of its transactions"},
};

static enum pool_verdict refusal(char text[POOL_TEXT_MAX], const char *word)
{
    for (size_t i = 0; i < BASE_COUNT_OF(words); i++) {
        if (strcmp(word, words[i].word) == 0) {
            (void)snprintf(text, POOL_TEXT_MAX, "%.100s: %s", word, words[i].meaning);
            return words[i].verdict;
        }
    }
    return pool_gbt_refusal(text, word);
}

/* After null the chain is asked for the block. */
static enum pool_verdict komodo_judge(void *context, char text[POOL_TEXT_MAX], bool *explain,
                                      const struct pool_submission *submission,
                                      const struct pool_answer *answer)
{
    struct komodo *komodo = context;
    char word[POOL_TEXT_MAX];
    if (pool_komodo_block_id(komodo->doubt.lookup.id, submission) != BASE_OK) {
        (void)snprintf(text, POOL_TEXT_MAX, "no memory to ask whether the chain has the block");
        return POOL_UNANSWERED;
    }
    return pool_gbt_judge(&komodo->doubt, text, explain, word, submission, answer,
                          komodo->setup->server, refusal);
}

static enum base_status write_question(void *context, struct pool_request *request,
                                       struct pool_buffer *body,
                                       const struct pool_submission *submission)
{
    struct komodo *komodo = context;
    (void)submission;
    return pool_gbt_ask_chain(&komodo->doubt, request, body);
}

static enum pool_verdict komodo_judge_reason(void *context, char text[POOL_TEXT_MAX],
                                             const struct pool_answer *answer)
{
    struct komodo *komodo = context;
    return pool_gbt_judge_chain(&komodo->doubt, text, answer);
}

static bool komodo_unjudged(void *context, const struct pool_answer *answer)
{
    const struct komodo *komodo = context;
    return pool_gbt_is_starting(answer, komodo->setup->server);
}

/* ---- the protocol ---------------------------------------------------------------------------- */

static const struct pool_template_ops template_ops = {
    .title = "getblocktemplate",
    .refresh_ms = REFRESH_MS,
    .refresh_unpolled_ms = NO_POLL_MS,
    .answer_max = POOL_GBT_ANSWER_MAX,
    .open = komodo_open,
    .close = komodo_close,
    .start = komodo_start,
    .write_ask = write_ask,
    .read = komodo_read,
    .drop = komodo_drop,
    .difficulty = komodo_difficulty,
    .make_job = komodo_make_job,
    .write_block = write_block,
    .judge = komodo_judge,
    .write_question = write_question,
    .judge_reason = komodo_judge_reason,
    .unjudged = komodo_unjudged,
    .name_block = pool_komodo_block_hash,
};

static struct pool_protocol *node_open(const struct pool_protocol_setup *setup);

const struct pool_protocol_ops pool_komodo_node = {
    .name = "komodo",
    .open = node_open,
    POOL_TEMPLATE_NODE_FUNCTIONS,
};

static struct pool_protocol *node_open(const struct pool_protocol_setup *setup)
{
    return pool_template_node_open(setup, &pool_komodo_node, &template_ops);
}
