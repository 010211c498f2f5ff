/* stratum_v1_share.c: shares for a pool of the Bitcoin family: written strictly, their answers read
 * leniently. Part of the pool protocol, see stratum_v1.h. Source: stratum.md 2.4, 4.5 and 6. */
#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "bitcoin/stratum_v1.h"
#include "protocol/reject.h"
#include "wire/json.h"

enum { NOT_SUBSCRIBED = 25 };

static bool match_id(const struct pool_submission *submission, const void *key)
{
    const uint64_t *id = key;
    return submission->wire_id == *id;
}

enum base_status pool_v1_share_answer(struct pool_v1 *v1, uint64_t id, const json_t *result,
                                      const json_t *problem, struct base_error *error)
{
    struct pool_submission *submission = pool_pending_take(&v1->pending, match_id, &id);
    char text[POOL_TEXT_MAX];
    uint64_t code = 0;
    if (submission == NULL) {
        return BASE_OK; /* answered too late, or the answer to something optional */
    }
    const struct pool_job *job = submission->job;
    v1->unanswered = 0;
    if (json_is_true(result) && !pool_json_truthy(problem)) {
        bool block = base_target_meets(submission->hash_be, job->block_target_be);
        pool_outlet_verdict(&v1->outlet, submission, POOL_ACCEPTED, block,
                            block ? "share accepted, and it is a block" : "share accepted");
        return BASE_OK;
    }
    enum pool_verdict verdict = pool_reject_class(problem, &pool_bitcoin_family, text);
    pool_outlet_verdict(&v1->outlet, submission, verdict, false, "%s",
                        text[0] != '\0' ? text : pool_verdict_text(verdict));
    if (pool_json_u64(json_array_get(problem, 0), 10, &code) && code == NOT_SUBSCRIBED) {
        return base_error_set(error, BASE_E_CLOSED,
                              "the pool says that this connection is not subscribed");
    }
    return BASE_OK;
}

/* Params of a submission; NULL without memory. */
static json_t *params_of(const struct pool_v1 *v1, const struct pool_submission *submission)
{
    const struct pool_job_full *full = pool_job_full(submission->job);
    char extranonce2[2 * POOL_EXTRANONCE_MAX + 1];
    char ntime[16];
    char nonce[16];
    char bits[16];
    base_hex_encode(extranonce2, full->ticket.extranonce2, full->ticket.extranonce2_size);
    (void)snprintf(ntime, sizeof(ntime), "%08x", full->ticket.ntime);
    (void)snprintf(nonce, sizeof(nonce), "%08x", base_load_le32(submission->nonce));
    json_t *params = json_pack("[s,s,s,s,s]", v1->outlet.setup.server->user, full->ticket.id,
                               extranonce2, ntime, nonce);
    if (v1->rolling) { /* what of the version lies inside the mask that is in force now */
        (void)snprintf(bits, sizeof(bits), "%08x", full->ticket.version & v1->mask);
        (void)json_array_append_new(params, json_string(bits));
    }
    return params;
}

/* True when the pool would still find this job among those of this connection. */
static bool is_known(const struct pool_v1 *v1, const struct pool_job *job)
{
    const struct pool_ticket *ticket = &pool_job_full(job)->ticket;
    if (job->connection == v1->outlet.setup.connection) {
        return true;
    }
    /* A resumed session has the same extranonce1; without one (its size 0), nobody can tell. */
    return ticket->extranonce1_size > 0 && ticket->extranonce1_size == v1->extranonce1_size &&
           memcmp(ticket->extranonce1, v1->extranonce1, v1->extranonce1_size) == 0;
}

enum base_status pool_v1_submit(struct pool_protocol *protocol, struct pool_submission *submission,
                                uint64_t now_ms, struct base_error *error)
{
    struct pool_v1 *v1 = pool_v1_of(protocol);
    const struct pool_job *job = submission->job;
    if (v1->pending.count >= POOL_PENDING_MAX || !v1->published) {
        return BASE_E_AGAIN;
    }
    if (!is_known(v1, job)) {
        pool_outlet_verdict(&v1->outlet, submission, POOL_NOT_SENT, false,
                            "the pool did not resume the session it was found in");
        return BASE_OK;
    }
    if (job->connection == v1->outlet.setup.connection
            ? pool_job_full(job)->series != v1->series
            : memcmp(job->header + 4, v1->current->prevhash, 32) != 0) {
        pool_outlet_verdict(&v1->outlet, submission, POOL_STALE, false,
                            "not sent: the pool has voided its job");
        return BASE_OK;
    }
    submission->wire_id = v1->next_id++;
    enum base_status status = pool_stratum_request(
        &v1->outlet, submission->wire_id, "mining.submit", params_of(v1, submission), error);
    if (status != BASE_OK) {
        return status;
    }
    submission->sent_ms = now_ms;
    pool_pending_add(&v1->pending, submission);
    pool_outlet_sent(&v1->outlet, submission);
    return BASE_OK;
}
