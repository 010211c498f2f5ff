/* stratum_v1_share.c: shares for a pool of the Bitcoin family, and the difficulty that fits them.
 * Part of the pool protocol, see stratum_v1.h. Source: stratum.md 2.4, 4.5 and 6. */
#include <stdio.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "bitcoin/stratum_v1.h"
#include "bitcoin/v1_target.h"

json_t *pool_v1_share_params(const struct pool_protocol *protocol,
                             const struct pool_submission *submission)
{
    const struct pool_job_full *full = pool_job_full(submission->job);
    char extranonce2[2 * POOL_EXTRANONCE_MAX + 1];
    char ntime[16];
    char nonce[16];
    base_hex_encode(extranonce2, full->ticket.extranonce2, full->ticket.extranonce2_size);
    (void)snprintf(ntime, sizeof(ntime), "%08x", full->ticket.ntime);
    (void)snprintf(nonce, sizeof(nonce), "%08x", base_load_le32(submission->nonce));
    return json_pack("[s,s,s,s,s]", pool_peer_const(protocol)->outlet.setup.server->user,
                     full->ticket.id, extranonce2, ntime, nonce);
}

enum base_status pool_v1_submit(struct pool_protocol *protocol, struct pool_submission *submission,
                                uint64_t now_ms, struct base_error *error)
{
    struct pool_v1 *v1 = pool_v1_of(protocol);
    double difficulty = pool_v1_difficulty_of(submission->job->target_be,
                                              v1->peer.outlet.setup.algo->difficulty_factor);
    enum base_status status = pool_login_submit(protocol, submission, now_ms, error);
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
