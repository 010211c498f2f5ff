/* stratum_v1_share.c: shares for a pool of the Bitcoin family: written strictly, their answers read
 * leniently. Part of the pool protocol, see stratum_v1.h. Source: stratum.md 2.4, 4.5 and 6. */
#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "bitcoin/stratum_v1.h"
#include "bitcoin/v1_target.h"
#include "protocol/reject.h"
#include "wire/json.h"

enum { NOT_SUBSCRIBED = 25 };

enum base_status pool_v1_share_answer(struct pool_v1 *v1, uint64_t id, const json_t *result,
                                      const json_t *problem, struct base_error *error)
{
    struct pool_submission *submission = pool_peer_take(&v1->peer, id);
    char text[POOL_TEXT_MAX];
    uint64_t code = 0;
    if (submission == NULL) {
        return BASE_OK;
    }
    if (json_is_true(result) && !pool_json_truthy(problem)) {
        pool_peer_accept(&v1->peer, submission);
        v1->authorized = true; /* which shows that the login is good, too */
        v1->asked_ms = 0;
        return BASE_OK;
    }
    enum pool_verdict verdict = pool_reject_class(problem, &pool_bitcoin_family, text);
    pool_peer_refuse(&v1->peer, submission, verdict, text);
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
    base_hex_encode(extranonce2, full->ticket.extranonce2, full->ticket.extranonce2_size);
    (void)snprintf(ntime, sizeof(ntime), "%08x", full->ticket.ntime);
    (void)snprintf(nonce, sizeof(nonce), "%08x", base_load_le32(submission->nonce));
    return json_pack("[s,s,s,s,s]", v1->peer.outlet.setup.server->user, full->ticket.id,
                     extranonce2, ntime, nonce);
}

/* True when the pool would still find this job among those of this connection. */
static bool is_known(const struct pool_v1 *v1, const struct pool_job *job)
{
    const struct pool_ticket *ticket = &pool_job_full(job)->ticket;
    if (job->connection == v1->peer.outlet.setup.connection) {
        return true;
    }
    /* A resumed session has the same extranonce1; one of size 0 shows nothing. */
    return ticket->extranonce1_size > 0 && ticket->extranonce1_size == v1->extranonce1_size &&
           memcmp(ticket->extranonce1, v1->extranonce1, v1->extranonce1_size) == 0;
}

enum base_status pool_v1_submit(struct pool_protocol *protocol, struct pool_submission *submission,
                                uint64_t now_ms, struct base_error *error)
{
    struct pool_v1 *v1 = pool_v1_of(protocol);
    const struct pool_job *job = submission->job;
    if (v1->peer.pending.count >= POOL_PENDING_MAX || !v1->published) {
        return BASE_E_AGAIN;
    }
    if (!is_known(v1, job)) {
        pool_outlet_verdict(&v1->peer.outlet, submission, POOL_NOT_SENT, false,
                            "the pool did not resume the session it was found in");
        return BASE_OK;
    }
    submission->late = job->connection == v1->peer.outlet.setup.connection
                           ? pool_job_full(job)->series != v1->series
                           : memcmp(job->header + 4, v1->current->prevhash, 32) != 0;
    if (submission->late && !pool_peer_is_block(&v1->peer, submission)) {
        pool_outlet_verdict(&v1->peer.outlet, submission, POOL_STALE, false,
                            "not sent: the pool has voided its job");
        return BASE_OK;
    }
    double difficulty =
        pool_v1_difficulty_of(job->target_be, v1->peer.outlet.setup.algo->difficulty_factor);
    enum base_status status =
        pool_peer_submit(&v1->peer, submission, params_of(v1, submission), now_ms, error);
    if (status != BASE_OK || v1->peer.flood == 0 || v1->flood_told) {
        return status;
    }
    v1->flood_told = true;
    return pool_peer_suggest(&v1->peer, difficulty, v1->peer.flood, now_ms, error);
}

enum base_status pool_v1_rate(struct pool_protocol *protocol, double hashes_per_s, uint64_t now_ms,
                              struct base_error *error)
{
    struct pool_v1 *v1 = pool_v1_of(protocol);
    return pool_peer_suggest_easier(
        &v1->peer,
        pool_v1_difficulty_of(v1->target_be, v1->peer.outlet.setup.algo->difficulty_factor),
        base_target_expected_tries(v1->target_be), hashes_per_s, now_ms, error);
}
