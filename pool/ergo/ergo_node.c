/* ergo_node.c: an Ergo node as a source of jobs: GET /mining/candidate, POST /mining/solution; what
 * the machine of template_node.h asks of the family. Source: ergo.md 6.
 *
 * A node has no long polls: it is asked twice a second. It goes on handing out a candidate that has
 * just been solved until the block is applied, 0.1 to 0.7 s later; the machine does not publish it
 * again. After a solution that it refuses it makes another candidate. Once a connection it is asked
 * for its state (GET /info), behind the first candidate. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "ergo/ergo_candidate.h"
#include "ergo/ergo_family.h"
#include "ergo/ergo_info.h"
#include "ergo/ergo_words.h"
#include "protocol/output.h"
#include "wire/json.h"

enum {
    ASK_MS = 500,      /* half of it is lost of every block, of 120 s on the main network */
    KEY_LINE_MAX = 512 /* bytes of the header with the API key; longer ones are refused */
};

struct ergo {
    const struct pool_protocol_setup *setup; /* borrowed */
    struct pool_outlet outlet;               /* for texts */
    bool has_work;                           /* a candidate came */
    bool asks_state;                         /* the request under way is GET /info */
    bool told_state;
    char pk[POOL_ERGO_KEY_DIGITS + 1]; /* whom blocks pay, as told last */
    char key_line[KEY_LINE_MAX];       /* "api_key: ..."; "" none. Secret */
};

static void *ergo_open(const struct pool_protocol_setup *setup)
{
    struct ergo *ergo = base_alloc(1, sizeof(*ergo));
    if (ergo != NULL) {
        ergo->setup = setup;
        ergo->outlet.setup = *setup;
    }
    return ergo;
}

static void ergo_close(void *context)
{
    base_free(context);
}

static enum base_status ergo_start(void *context, struct base_error *error)
{
    struct ergo *ergo = context;
    const char *key = ergo->setup->api_key;
    if (key == NULL || key[0] == '\0') {
        return BASE_OK;
    }
    int size = snprintf(ergo->key_line, sizeof(ergo->key_line), "api_key: %s", key);
    if (size < 0 || (size_t)size >= sizeof(ergo->key_line)) {
        return base_error_set(error, BASE_E_LIMIT, "--api-key has more than %d characters",
                              KEY_LINE_MAX - 10);
    }
    return BASE_OK;
}

static void set_key(const struct ergo *ergo, struct pool_request *request)
{
    request->headers[0] = ergo->key_line[0] != '\0' ? ergo->key_line : NULL;
}

static enum base_status write_ask(void *context, struct pool_request *request,
                                  struct pool_buffer *body, const char *poll_id)
{
    struct ergo *ergo = context;
    (void)body;
    (void)poll_id;
    ergo->asks_state = ergo->has_work && !ergo->told_state;
    request->method = "GET";
    request->path = ergo->asks_state ? "/info" : "/mining/candidate";
    set_key(context, request);
    return BASE_OK;
}

/* The node's heights, once a connection; a node that does not tell them is mined all the same. */
static void tell_state(struct ergo *ergo, const struct pool_answer *answer)
{
    struct pool_ergo_state state;
    ergo->told_state = true;
    if (answer->code != 200 || !pool_ergo_state_read(&state, answer->body, answer->size)) {
        return;
    }
    pool_outlet_text(&ergo->outlet, state.synced ? POOL_OUTPUT_INFO : POOL_OUTPUT_WARNING,
                     "node %s, %s: block %" PRIu64 ", headers up to %" PRIu64 "%s", state.version,
                     state.network, state.blocks, state.headers,
                     state.synced ? ", synced" : ": it is not synced, its candidates are old work");
}

/* Whom blocks pay: the node's settings say it. */
static void tell_key(struct ergo *ergo, const struct pool_ergo_candidate *candidate)
{
    bool first = ergo->pk[0] == '\0';
    if (strcmp(ergo->pk, candidate->pk) == 0) {
        return;
    }
    pool_outlet_text(&ergo->outlet, first ? POOL_OUTPUT_INFO : POOL_OUTPUT_WARNING,
                     "blocks pay the key %s%s", candidate->pk,
                     first ? ", which the node names" : " now; the node named another one before");
    memcpy(ergo->pk, candidate->pk, sizeof(ergo->pk));
}

static enum base_status ergo_read(void *context, struct pool_template **made,
                                  const struct pool_answer *answer, struct base_error *error)
{
    struct ergo *ergo = context;
    struct pool_ergo_candidate *candidate = NULL;
    *made = NULL;
    if (ergo->asks_state) {
        tell_state(ergo, answer);
        return BASE_E_AGAIN;
    }
    enum base_status status =
        answer->code == 200
            ? pool_ergo_candidate_read(&candidate, answer->body, answer->size, error)
            : pool_ergo_no_work(answer, ergo->setup->server, error);
    if (candidate != NULL) {
        ergo->has_work = true;
        tell_key(ergo, candidate);
        *made = &candidate->base;
    }
    return status;
}

static void ergo_drop(struct pool_template *template)
{
    base_free(template);
}

static const struct pool_ergo_candidate *candidate_of(const struct pool_template *template)
{
    return (const struct pool_ergo_candidate *)(const void *)template;
}

static bool ergo_same(const struct pool_template *a, const struct pool_template *b)
{
    const struct pool_ergo_candidate *one = candidate_of(a);
    const struct pool_ergo_candidate *other = candidate_of(b);
    return memcmp(one->msg, other->msg, sizeof(one->msg)) == 0 &&
           memcmp(one->b_be, other->b_be, sizeof(one->b_be)) == 0 && one->height == other->height;
}

static double ergo_difficulty(const struct pool_template *template)
{
    return pool_ergo_difficulty(candidate_of(template));
}

static enum base_status ergo_make_job(void *context, struct pool_job_full **job,
                                      const struct pool_template *template,
                                      struct base_error *error)
{
    const struct ergo *ergo = context;
    *job = pool_ergo_job(candidate_of(template), ergo->setup->memory->extranonce++);
    if (*job == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    (*job)->job.reduced = ergo->setup->reduced;
    return BASE_OK;
}

/* The node puts in the key that it made the candidate for. */
static enum base_status write_block(void *context, struct pool_request *request,
                                    struct pool_buffer *body,
                                    const struct pool_submission *submission)
{
    char nonce[2 * POOL_ERGO_NONCE_SIZE + 1];
    base_hex_encode(nonce, submission->nonce, POOL_ERGO_NONCE_SIZE);
    request->path = "/mining/solution";
    set_key(context, request);
    return pool_json_append(body, json_pack("{s:s}", "n", nonce));
}

static enum pool_verdict ergo_judge(void *context, char text[POOL_TEXT_MAX], bool *explain,
                                    const struct pool_submission *submission,
                                    const struct pool_answer *answer)
{
    (void)context;
    (void)submission;
    *explain = false;
    return pool_ergo_verdict(text, answer);
}

static const struct pool_template_ops template_ops = {
    .title = "Ergo node over REST",
    .refresh_ms = ASK_MS,
    .refresh_unpolled_ms = ASK_MS,
    .answer_max = POOL_ERGO_ANSWER_MAX,
    .open = ergo_open,
    .close = ergo_close,
    .start = ergo_start,
    .write_ask = write_ask,
    .read = ergo_read,
    .drop = ergo_drop,
    .same = ergo_same,
    .difficulty = ergo_difficulty,
    .make_job = ergo_make_job,
    .write_block = write_block,
    .judge = ergo_judge,
};

static struct pool_protocol *node_open(const struct pool_protocol_setup *setup)
{
    return pool_template_node_open(setup, &pool_ergo_node, &template_ops);
}

const struct pool_protocol_ops pool_ergo_node = {
    .name = "Ergo node over REST",
    .open = node_open,
    POOL_TEMPLATE_NODE_FUNCTIONS,
};
