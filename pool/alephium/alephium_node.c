/* alephium_node.c: solo mining against an Alephium full node: the miner API as a state machine,
 * version 1 and version 0 told apart by the first frame. Source: alephium.md 4 and 8. No socket
 * and no clock here; timestamps of headers are never touched (alephium.md 3.7). */
#include <string.h>

#include "alephium/alephium_codec.h"
#include "alephium/alephium_family.h"
#include "base/alloc.h"
#include "base/endian.h"
#include "protocol/output.h"

enum {
    VERSION_UNKNOWN = 2,
    UNANSWERED_MAX = 2, /* in a row: a node that has answered before no longer reads this connection
                           (alephium.md 4.7); one that never has is a mining-proxy (11) */
};

struct node {
    struct pool_protocol protocol; /* first */
    struct pool_outlet outlet;
    struct pool_buffer in;
    unsigned version;
    unsigned unanswered;                                  /* submissions in a row */
    bool published;                                       /* a job went out on this connection */
    struct pool_pending pending;                          /* sent, not answered */
    const struct pool_job *current[POOL_ALEPHIUM_CHAINS]; /* owned references; NULL: none yet */
    const struct pool_job *fresh[POOL_ALEPHIUM_CHAINS];   /* decoded, not yet published */
};

static struct node *node_of(struct pool_protocol *protocol)
{
    return (struct node *)(void *)protocol;
}

static struct pool_protocol *node_open(const struct pool_protocol_setup *setup)
{
    struct node *node = base_alloc(1, sizeof(*node));
    if (node == NULL) {
        return NULL;
    }
    node->protocol.ops = &pool_alephium_node;
    node->outlet.setup = *setup;
    node->version = VERSION_UNKNOWN;
    pool_buffer_init(&node->in);
    pool_pending_init(&node->pending);
    return &node->protocol;
}

static void node_close(struct pool_protocol *protocol)
{
    struct node *node = node_of(protocol);
    pool_pending_end(&node->pending, &node->outlet,
                     "the connection ended before the node answered");
    for (size_t i = 0; i < POOL_ALEPHIUM_CHAINS; i++) {
        pool_job_unref(node->current[i]);
        pool_job_unref(node->fresh[i]);
    }
    pool_buffer_deinit(&node->in);
    base_free(node);
}

/* A node sends jobs without being asked. */
static enum base_status node_start(struct pool_protocol *protocol, uint64_t now_ms,
                                   struct base_error *error)
{
    (void)protocol;
    (void)now_ms;
    (void)error;
    return BASE_OK;
}

/* Byte 4 of the stream: version 0 has the message type there, 0 for the Jobs that always come
 * first; later versions their number (alephium.md 4.4). */
static enum base_status detect_version(struct node *node, struct base_error *error)
{
    const uint8_t *data = pool_buffer_data(&node->in);
    /* The first byte is the top of a frame length and at most 2 (32 MiB). */
    enum base_status status =
        pool_first_byte_check(pool_alephium_family.services[POOL_ACCESS_NODE].first_bytes, data[0],
                              node->outlet.setup.server, error);
    if (status != BASE_OK || pool_buffer_size(&node->in) < 4) {
        return status;
    }
    if (base_load_be32(data) > POOL_ALEPHIUM_FRAME_V0_MAX) {
        return base_error_set(error, BASE_E_LIMIT,
                              "a first frame of %u bytes is announced, the limit is %d: is this "
                              "the miner port of an Alephium node?",
                              base_load_be32(data), POOL_ALEPHIUM_FRAME_V0_MAX);
    }
    if (base_load_be32(data) < 2) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the first frame has %u bytes, too few for any message",
                              base_load_be32(data));
    }
    if (pool_buffer_size(&node->in) < 5) {
        return BASE_OK;
    }
    if (data[4] > 1) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the node speaks mining protocol version %u; this miner knows "
                              "versions 0 and 1: is there a newer miner?",
                              data[4]);
    }
    node->version = data[4];
    pool_outlet_text(&node->outlet, POOL_OUTPUT_READY,
                     "Alephium node, mining protocol version %u%s", node->version,
                     node->version == 0 ? " (node before v3.6.0)" : "");
    return BASE_OK;
}

/* One job of a frame, checked; the status and the sentence of what is wrong with it otherwise. */
static enum base_status read_job(struct pool_job_full **full,
                                 const struct pool_alephium_raw_job *raw, struct base_error *error)
{
    struct pool_alephium_template from = {
        .from_group = raw->from_group,
        .to_group = raw->to_group,
        .header = raw->header,
        .header_size = raw->header_size,
        .txs = raw->txs,
        .txs_size = raw->txs_size,
        .height = raw->height,
    };
    enum base_status status = pool_alephium_target(from.target_be, raw->target, raw->target_size);
    if (status != BASE_OK) {
        return base_error_set(error, status, "chain %u,%u: its target of %zu bytes is %s",
                              raw->from_group, raw->to_group, raw->target_size,
                              raw->target_size == 0     ? "empty"
                              : status == BASE_E_FORMAT ? "negative"
                              : status == BASE_E_RANGE  ? "zero"
                                                        : "above 256 bits");
    }
    status = pool_alephium_job(full, &from, error);
    if (status == BASE_OK) {
        memcpy((*full)->job.block_target_be, (*full)->job.target_be, 32);
        (*full)->job.solo = true;
    }
    return status;
}

static enum base_status take_jobs(struct node *node, const struct pool_alephium_message *message,
                                  uint64_t now_ms, struct base_error *error)
{
    struct base_error why = {BASE_OK, ""};
    size_t good = 0;
    for (size_t i = 0; i < message->job_count; i++) {
        struct pool_job_full *full = NULL;
        enum base_status status = read_job(&full, &message->jobs[i], error);
        if (status == BASE_E_MEMORY) {
            return status;
        }
        if (status != BASE_OK) {
            why = why.status == BASE_OK ? *error : why;
            *error = (struct base_error){BASE_OK, ""};
            continue;
        }
        full->job.received_ms = now_ms;
        full->job.connection = node->outlet.setup.connection;
        full->server = node->outlet.setup.server_index;
        pool_job_unref(node->fresh[full->job.chain]);
        node->fresh[full->job.chain] = &full->job;
        good++;
    }
    if (good > 0) {
        pool_outlet_alive(&node->outlet);
    }
    if (why.status == BASE_OK) {
        return BASE_OK;
    }
    pool_outlet_text(&node->outlet, POOL_OUTPUT_WARNING, "%zu of %zu jobs skipped: %s",
                     message->job_count - good, message->job_count, why.text);
    return BASE_OK;
}

static bool match_hash(const struct pool_submission *submission, const void *key)
{
    return memcmp(submission->hash_be, key, 32) == 0;
}

static bool match_chain(const struct pool_submission *submission, const void *key)
{
    const uint32_t *chain = key;
    return submission->job->chain == *chain;
}

static bool match_itself(const struct pool_submission *submission, const void *key)
{
    return submission == key;
}

static bool superseded(const struct node *node, const struct pool_job *job)
{
    const struct pool_job *current = node->current[job->chain];
    return current != NULL && !pool_alephium_same_work(current, job);
}

static void take_result(struct node *node, const struct pool_alephium_message *message)
{
    /* The groups come from the peer unchecked: widened before they are combined. */
    uint64_t wide = (uint64_t)message->result_from * POOL_ALEPHIUM_GROUPS + message->result_to;
    uint32_t chain = wide < POOL_ALEPHIUM_CHAINS && message->result_to < POOL_ALEPHIUM_GROUPS
                         ? (uint32_t)wide
                         : POOL_ALEPHIUM_CHAINS;
    struct pool_submission *submission =
        node->version == 1 ? pool_pending_take(&node->pending, match_hash, message->result_hash)
                           : pool_pending_take(&node->pending, match_chain, &chain);
    bool late = node->outlet.setup.memory->answers_none;
    node->unanswered = 0;
    node->outlet.setup.memory->answered = true;
    node->outlet.setup.memory->answers_none = false;
    if (submission == NULL && late) {
        return;
    }
    if (submission == NULL) {
        pool_outlet_text(&node->outlet, POOL_OUTPUT_WARNING,
                         "the node answered %s for chain %u,%u to a submission that does not wait "
                         "for an answer",
                         message->result_accepted ? "yes" : "no", message->result_from,
                         message->result_to);
        return;
    }
    if (message->result_accepted) {
        pool_outlet_verdict(&node->outlet, submission, POOL_ACCEPTED, true, "block accepted");
    } else if (chain != submission->job->chain) {
        pool_outlet_verdict(&node->outlet, submission, POOL_WRONG_CHAIN, false,
                            "the node counts this hash to chain %u,%u", message->result_from,
                            message->result_to);
    } else if (superseded(node, submission->job)) {
        pool_outlet_verdict(&node->outlet, submission, POOL_STALE, false,
                            "refused; a newer template was already there");
    } else {
        pool_outlet_verdict(&node->outlet, submission, POOL_REFUSED, false,
                            "refused: the template has expired, has already given a block, or the "
                            "block was invalid; the node's log says which");
    }
}

static enum base_status node_receive(struct pool_protocol *protocol, const uint8_t *bytes,
                                     size_t size, uint64_t now_ms, struct base_error *error)
{
    struct node *node = node_of(protocol);
    struct pool_alephium_message message;
    const uint8_t *body = NULL;
    size_t body_size = 0;
    if (pool_buffer_append(&node->in, bytes, size) != BASE_OK) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for what the node sent");
    }
    while (pool_buffer_size(&node->in) > 0) {
        enum base_status status = BASE_OK;
        if (node->version == VERSION_UNKNOWN) {
            status = detect_version(node, error);
            if (status != BASE_OK) {
                return status;
            }
        }
        size_t limit = node->version == 1 ? POOL_ALEPHIUM_FRAME_V1_MAX : POOL_ALEPHIUM_FRAME_V0_MAX;
        status = pool_frame_next(&node->in, &body, &body_size, limit);
        if (status == BASE_E_AGAIN) {
            return BASE_OK;
        }
        if (status != BASE_OK) {
            return base_error_set(error, BASE_E_LIMIT,
                                  "a frame of %u bytes is announced, the limit is %zu",
                                  base_load_be32(pool_buffer_data(&node->in)), limit);
        }
        status = pool_alephium_decode(&message, body, body_size, node->version, error);
        if (status == BASE_OK && message.kind == POOL_ALEPHIUM_JOBS) {
            status = take_jobs(node, &message, now_ms, error);
        } else if (status == BASE_OK && message.kind == POOL_ALEPHIUM_RESULT) {
            take_result(node, &message);
        } else if (status == BASE_OK && !node->published) {
            status = base_error_set(error, BASE_E_FORMAT,
                                    "message type %u is not known (0 is Jobs, 1 is SubmitResult)",
                                    message.other_type);
        } else if (status == BASE_OK) {
            pool_outlet_text(&node->outlet, POOL_OUTPUT_WARNING,
                             "a message of type %u, which is not known (0 is Jobs, 1 is "
                             "SubmitResult): skipped",
                             message.other_type);
        }
        if (status != BASE_OK) {
            return status;
        }
        pool_buffer_consume(&node->in, 4 + body_size);
    }
    return BASE_OK;
}

static enum base_status node_settle(struct pool_protocol *protocol, uint64_t now_ms,
                                    struct base_error *error)
{
    struct node *node = node_of(protocol);
    (void)now_ms;
    (void)error;
    for (size_t i = 0; i < POOL_ALEPHIUM_CHAINS; i++) {
        /* No other thread has a fresh job yet, so writing to it is safe. */
        struct pool_job *fresh = (struct pool_job *)(uintptr_t)node->fresh[i];
        node->fresh[i] = NULL;
        if (fresh == NULL) {
            continue;
        }
        if (node->current[i] != NULL && pool_alephium_same_work(node->current[i], fresh)) {
            pool_job_unref(fresh);
            continue;
        }
        fresh->id = ++*node->outlet.setup.next_job_id;
        fresh->clean = !node->published;
        node->published = true;
        pool_job_unref(node->current[i]);
        node->current[i] = fresh;
        pool_outlet_job(&node->outlet, fresh);
    }
    return BASE_OK;
}

static enum base_status node_submit(struct pool_protocol *protocol,
                                    struct pool_submission *submission, uint64_t now_ms,
                                    struct base_error *error)
{
    struct node *node = node_of(protocol);
    const struct pool_job *job = submission->job;
    const struct pool_job *current = node->current[job->chain];
    struct pool_buffer out;
    if (node->version == VERSION_UNKNOWN || node->pending.count >= POOL_PENDING_MAX) {
        return BASE_E_AGAIN;
    }
    if (current != NULL && job->height != 0 &&
        current->height > job->height + POOL_ALEPHIUM_UNCLE_HEIGHTS) {
        pool_outlet_verdict(&node->outlet, submission, POOL_STALE, false,
                            "%llu heights too late, not even an uncle",
                            (unsigned long long)(current->height - job->height));
        return BASE_OK;
    }
    pool_buffer_init(&out);
    enum base_status status =
        pool_alephium_encode_submit(&out, job, submission->nonce, node->version);
    if (status == BASE_OK) {
        status =
            pool_outlet_send(&node->outlet, pool_buffer_data(&out), pool_buffer_size(&out), error);
    } else {
        (void)base_error_set(error, status, "no memory for a submission");
    }
    pool_buffer_deinit(&out);
    if (status != BASE_OK) {
        return status;
    }
    pool_pending_sent(&node->pending, &node->outlet, submission, now_ms);
    if (node->outlet.setup.memory->answers_none) {
        pool_outlet_verdict(&node->outlet,
                            pool_pending_take(&node->pending, match_itself, submission),
                            POOL_UNANSWERED, false, "sent; this server answers no submission");
    }
    return BASE_OK;
}

static enum base_status node_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                  struct base_error *error)
{
    struct node *node = node_of(protocol);
    struct pool_memory *memory = node->outlet.setup.memory;
    node->unanswered +=
        pool_pending_expire(&node->pending, &node->outlet, now_ms, "; the block may still be good");
    if (node->unanswered >= UNANSWERED_MAX && !memory->answered) {
        if (!memory->answers_none) {
            pool_outlet_text(&node->outlet, POOL_OUTPUT_WARNING,
                             "%u submissions got no answer, and none ever did: a mining-proxy "
                             "gives none. What is found goes on being sent, without waiting for an "
                             "answer",
                             node->unanswered);
        }
        memory->answers_none = true;
        node->unanswered = 0;
    }
    if (node->unanswered >= UNANSWERED_MAX) {
        return base_error_set(error, BASE_E_TIMEOUT,
                              "%u submissions in a row got no answer: the node no longer reads "
                              "this connection",
                              node->unanswered);
    }
    return BASE_OK;
}

static uint64_t node_due_ms(const struct pool_protocol *protocol)
{
    const struct node *node = (const struct node *)(const void *)protocol;
    return pool_pending_due_ms(&node->pending, &node->outlet);
}

static size_t node_pending(const struct pool_protocol *protocol)
{
    return ((const struct node *)(const void *)protocol)->pending.count;
}

const struct pool_protocol_ops pool_alephium_node = {
    .name = "Alephium node",
    .open = node_open,
    .start = node_start,
    .receive = node_receive,
    .settle = node_settle,
    .submit = node_submit,
    .tick = node_tick,
    .due_ms = node_due_ms,
    .pending = node_pending,
    .close = node_close,
};
