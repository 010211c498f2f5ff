/* alephium_share.c: shares for an Alephium pool: written strictly, their answers read leniently.
 * Part of the pool protocol, see alephium_stratum.h. Source: alephium.md 6.2, 6.5, 6.8. */
#include <string.h>

#include "alephium/alephium_stratum.h"
#include "base/hex.h"
#include "base/target.h"
#include "protocol/reject.h"
#include "wire/json.h"

enum { JOB_LIFE_MS = 10000 }; /* a superseded job is good for so long (alephium.md 6.5) */

void pool_stratum_share_answer(struct pool_stratum *stratum, uint64_t id, const json_t *result,
                               const json_t *problem)
{
    struct pool_submission *submission = pool_peer_take(&stratum->peer, id);
    char text[POOL_TEXT_MAX];
    if (submission == NULL) {
        return;
    }
    bool refused = pool_json_truthy(problem) || result == NULL || json_is_null(result) ||
                   json_is_false(result);
    if (!refused) {
        pool_peer_accept(&stratum->peer, submission);
        stratum->login_answered = true;
        return;
    }
    enum pool_verdict verdict = pool_reject_class(problem, &pool_alephium_family, text);
    if (verdict == POOL_REFUSED && text[0] == '\0') {
        /* The official pool never says why (alephium.md 6.5). */
        bool stale = !pool_stratum_is_current(stratum, submission->job);
        pool_outlet_verdict(&stratum->peer.outlet, submission, stale ? POOL_STALE : POOL_REFUSED,
                            false,
                            stale ? "refused without a reason; its job was superseded meanwhile"
                                  : "the pool gives no reason");
        return;
    }
    pool_peer_refuse(&stratum->peer, submission, verdict, text);
}

/* Params of a submission; NULL without memory. */
static json_t *params_of(const struct pool_stratum *stratum,
                         const struct pool_submission *submission)
{
    const struct pool_job *job = submission->job;
    const struct pool_job_full *full = pool_job_full(job);
    char nonce[2 * POOL_ALEPHIUM_NONCE + 1];
    const char *worker = stratum->peer.outlet.setup.server->user;
    json_t *id = pool_stratum_id(&full->ticket);
    base_hex_encode(nonce, submission->nonce, POOL_ALEPHIUM_NONCE);
    if (full->ticket.positional) {
        worker = stratum->worker[0] != '\0' ? stratum->worker : worker;
        return json_pack("[o,s,s]", id, nonce + 2 * job->nonce_fixed, worker);
    }
    return json_pack("{s:o,s:i,s:i,s:s,s:s}", "jobId", id, "fromGroup",
                     (int)(job->chain / POOL_ALEPHIUM_GROUPS), "toGroup",
                     (int)(job->chain % POOL_ALEPHIUM_GROUPS), "nonce", nonce, "worker", worker);
}

enum base_status pool_stratum_submit(struct pool_protocol *protocol,
                                     struct pool_submission *submission, uint64_t now_ms,
                                     struct base_error *error)
{
    struct pool_stratum *stratum = pool_stratum_of(protocol);
    const struct pool_job *job = submission->job;
    if (stratum->peer.pending.count >= POOL_PENDING_MAX ||
        (!stratum->published && job->connection != stratum->peer.outlet.setup.connection)) {
        return BASE_E_AGAIN; /* a find of an earlier connection waits for this one's first jobs */
    }
    submission->late =
        !pool_stratum_is_current(stratum, job) && now_ms > job->received_ms + JOB_LIFE_MS;
    if (submission->late && !pool_peer_is_block(&stratum->peer, submission)) {
        pool_outlet_verdict(&stratum->peer.outlet, submission, POOL_STALE, false,
                            "not sent: its job was superseded and is over %d s old",
                            JOB_LIFE_MS / 1000);
        return BASE_OK;
    }
    if (pool_job_full(job)->ticket.positional &&
        (job->nonce_fixed != stratum->extranonce_size ||
         memcmp(job->header, stratum->extranonce, stratum->extranonce_size) != 0)) {
        pool_outlet_verdict(&stratum->peer.outlet, submission, POOL_NOT_SENT, false,
                            "the pool has given another extranonce since");
        return BASE_OK;
    }
    double difficulty = pool_alephium_difficulty_of(job->target_be);
    enum base_status status =
        pool_peer_submit(&stratum->peer, submission, params_of(stratum, submission), now_ms, error);
    if (status != BASE_OK || stratum->peer.flood == 0 || stratum->flood_told) {
        return status;
    }
    stratum->flood_told = true;
    return pool_peer_suggest(&stratum->peer, difficulty, stratum->peer.flood, now_ms, error);
}

/* A hash is of one chain in sixteen: a share takes as many times more of them. */
enum base_status pool_stratum_rate(struct pool_protocol *protocol, double hashes_per_s,
                                   uint64_t now_ms, struct base_error *error)
{
    struct pool_stratum *stratum = pool_stratum_of(protocol);
    for (size_t i = 0; i < POOL_ALEPHIUM_CHAINS; i++) {
        const struct pool_job *job = stratum->current[i];
        if (job != NULL) {
            return pool_peer_suggest_easier(
                &stratum->peer, pool_alephium_difficulty_of(job->target_be),
                base_target_expected_tries(job->target_be) * POOL_ALEPHIUM_CHAINS, hashes_per_s,
                now_ms, error);
        }
    }
    return BASE_OK;
}
