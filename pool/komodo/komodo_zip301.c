/* komodo_zip301.c: pools of the Zcash family (ZIP 301) as a state machine: subscribe with a session
 * to resume, authorize, set_target or set_difficulty, notify with the header's own bytes, submit
 * with time, the rest of the nonce and the solution behind its length. A job is a header: nothing
 * is put together here, and the miner's part of the nonce has at least 8 bytes, so no job runs out.
 * Lenient in what it reads, strict in what it sends. Source: komodo.md 6, zcash/zips zip-0301.rst.
 */
#include <string.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "bitcoin/v1_target.h"
#include "komodo/komodo.h"
#include "komodo/komodo_family.h"
#include "komodo/komodo_notice.h"
#include "protocol/stratum_login.h"
#include "wire/json.h"

enum {
    WAIT_MS = 3000,    /* a job waits so long for a target, or for the answer to authorize */
    NONCE_OWN_MIN = 8, /* bytes: the counter */

    /* Difficulty 1 is the target 0x0007ffff...: 2^19 times 0xffff * 2^208 is 15 millionths less. */
    DIFFICULTY_FACTOR = 1 << 19,
};

static const uint8_t zero[32] = {0};

struct zip301 {
    struct pool_peer peer;           /* first */
    bool has_set_target;             /* a set_target came: set_difficulty says nothing any more */
    uint8_t target_be[32];           /* of shares; zero: none was told yet */
    struct pool_komodo_notice fresh; /* to be published */
    bool has_fresh;
};

static struct zip301 *zip301_of(struct pool_protocol *protocol)
{
    return (struct zip301 *)(void *)protocol;
}

/* ---- targets --------------------------------------------------------------------------------- */

/* For the jobs to come, and for the one that still waits for its target. */
static void take_target(struct zip301 *zip301, const uint8_t target_be[32])
{
    memcpy(zip301->target_be, target_be, 32);
    if (zip301->has_fresh && memcmp(zip301->fresh.target_be, zero, 32) == 0) {
        memcpy(zip301->fresh.target_be, target_be, 32);
    }
    pool_outlet_difficulty(&zip301->peer.outlet,
                           pool_v1_difficulty_of(target_be, DIFFICULTY_FACTOR));
}

/* 64 digits, the most significant first, unlike all else in this protocol. */
static void on_set_target(struct zip301 *zip301, const json_t *params)
{
    uint8_t target_be[32];
    if (pool_stratum_read_target(&zip301->peer.outlet, target_be, params)) {
        zip301->has_set_target = true;
        take_target(zip301, target_be);
    }
}

/* Not part of ZIP 301. */
static void on_set_difficulty(struct zip301 *zip301, const json_t *params)
{
    uint8_t target_be[32];
    double shown = 0;
    if (zip301->has_set_target) {
        return;
    }
    if (pool_v1_target(target_be, &shown, json_array_get(params, 0), DIFFICULTY_FACTOR) !=
        BASE_OK) {
        pool_outlet_text(&zip301->peer.outlet, POOL_OUTPUT_WARNING,
                         "a difficulty that is none, ignored: the one before holds");
        return;
    }
    if (memcmp(zip301->target_be, zero, 32) == 0) {
        pool_outlet_text(&zip301->peer.outlet, POOL_OUTPUT_INFO,
                         "the pool sends a difficulty and no target: difficulty 1 is taken for the "
                         "target 0007ffff...");
    }
    take_target(zip301, target_be);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

/* The connection's part of the nonce, for a notice that has none. */
static void give_nonce1(struct zip301 *zip301, struct pool_komodo_notice *notice)
{
    if (zip301->peer.subscribed && !notice->has_nonce1) {
        memcpy(notice->nonce1, zip301->peer.extranonce1, sizeof(notice->nonce1));
        notice->nonce1_size = zip301->peer.extranonce1_size;
        notice->has_nonce1 = true;
    }
}

static enum base_status on_notify(struct zip301 *zip301, const json_t *params, uint64_t now_ms,
                                  struct base_error *error)
{
    struct pool_komodo_notice notice;
    struct base_error why = {BASE_OK, ""};
    enum base_status status = pool_komodo_notice_read(&notice, params, &why);
    if (status == BASE_E_REFUSED) {
        *error = why;
        return status;
    }
    if (status != BASE_OK) {
        pool_outlet_text(&zip301->peer.outlet, POOL_OUTPUT_WARNING, "job skipped: %s", why.text);
        return BASE_OK;
    }
    const struct pool_job *job = zip301->peer.job;
    const uint8_t *before = zip301->has_fresh ? zip301->fresh.header
                            : job != NULL     ? job->header
                                              : NULL;
    notice.clean = notice.clean || before == NULL || (zip301->has_fresh && zip301->fresh.clean) ||
                   memcmp(before + POOL_KOMODO_PARENT, notice.header + POOL_KOMODO_PARENT, 32) != 0;
    notice.received_ms = now_ms;
    memcpy(notice.target_be, zip301->target_be, 32);
    give_nonce1(zip301, &notice);
    zip301->fresh = notice;
    zip301->has_fresh = true;
    pool_outlet_alive(&zip301->peer.outlet);
    return BASE_OK;
}

/* True where both jobs would be answered alike: nothing new for the lanes. */
static bool same_job(const struct pool_job *a, const struct pool_job *b)
{
    return strcmp(pool_job_full(a)->ticket.id, pool_job_full(b)->ticket.id) == 0 &&
           memcmp(a->header, b->header, POOL_KOMODO_HEADER) == 0 &&
           memcmp(a->target_be, b->target_be, 32) == 0 && a->nonce_fixed == b->nonce_fixed;
}

static enum base_status publish(struct zip301 *zip301, struct base_error *error)
{
    struct pool_peer *peer = &zip301->peer;
    give_nonce1(zip301, &zip301->fresh);
    struct pool_job_full *full = pool_komodo_notice_job(&zip301->fresh);
    if (full == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    zip301->has_fresh = false;
    if (peer->job != NULL && same_job(peer->job, &full->job)) {
        pool_job_unref(&full->job);
        return BASE_OK;
    }
    full->job.reduced = peer->outlet.setup.reduced;
    pool_login_publish(peer, full);
    return BASE_OK;
}

static enum base_status zip301_settle(struct pool_protocol *protocol, uint64_t now_ms,
                                      struct base_error *error)
{
    struct zip301 *zip301 = zip301_of(protocol);
    if (!zip301->has_fresh || !zip301->peer.subscribed) {
        return BASE_OK;
    }
    bool has_target = memcmp(zip301->fresh.target_be, zero, 32) != 0;
    if ((!has_target || !zip301->peer.authorized) && now_ms < zip301->fresh.received_ms + WAIT_MS) {
        return BASE_OK;
    }
    if (!has_target) {
        pool_outlet_text(&zip301->peer.outlet, POOL_OUTPUT_WARNING,
                         "the pool has told no target: difficulty 1 is assumed");
        uint8_t target_be[32];
        base_target_ones(target_be, 243); /* 0007ffff... */
        take_target(zip301, target_be);
    }
    return publish(zip301, error);
}

/* ---- shares ---------------------------------------------------------------------------------- */

/* Params of a submission: worker, job, time, the rest of the nonce, the solution behind its length.
 * NULL without memory. */
static json_t *share_params(const struct pool_protocol *protocol,
                            const struct pool_submission *submission)
{
    const struct pool_job *job = submission->job;
    const struct pool_ticket *ticket = &pool_job_full(job)->ticket;
    uint8_t solution[POOL_KOMODO_LENGTH_MAX + POOL_SOLUTION_MAX];
    char time[2 * 4 + 1];
    char nonce2[2 * POOL_KOMODO_NONCE_SIZE + 1];
    char hex[2 * sizeof(solution) + 1];
    size_t size = pool_komodo_put_solution(solution, submission);
    base_hex_encode(time, job->header + POOL_KOMODO_TIME, 4);
    base_hex_encode(nonce2, submission->nonce + ticket->extranonce1_size,
                    POOL_KOMODO_NONCE_SIZE - ticket->extranonce1_size);
    base_hex_encode(hex, solution, size);
    return json_pack("[s,o,s,s,s]", pool_peer_const(protocol)->outlet.setup.server->user,
                     pool_stratum_id(ticket), time, nonce2, hex);
}

/* ---- requests -------------------------------------------------------------------------------- */

static json_t *subscribe_params(const struct pool_protocol_setup *setup)
{
    return json_pack("[s,s?,s,i]", setup->agent, pool_login_session(setup), setup->server->host,
                     (int)setup->server->port);
}

static enum base_status on_request(struct pool_protocol *protocol, const char *method,
                                   const json_t *root, uint64_t now_ms, struct base_error *error)
{
    struct zip301 *zip301 = zip301_of(protocol);
    const json_t *params = json_object_get(root, "params");
    if (strcmp(method, "mining.notify") == 0) {
        return on_notify(zip301, params, now_ms, error);
    }
    if (strcmp(method, "mining.set_target") == 0) {
        on_set_target(zip301, params);
    } else if (strcmp(method, "mining.set_difficulty") == 0) {
        on_set_difficulty(zip301, params);
    } else {
        return BASE_E_NOT_FOUND;
    }
    return BASE_OK;
}

/* ---- time ------------------------------------------------------------------------------------ */

static enum base_status zip301_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                    struct base_error *error)
{
    enum base_status status = pool_peer_tick(protocol, now_ms, error);
    return status == BASE_OK ? zip301_settle(protocol, now_ms, error) : status;
}

static uint64_t zip301_due_ms(const struct pool_protocol *protocol)
{
    const struct zip301 *zip301 = (const struct zip301 *)(const void *)protocol;
    uint64_t due = pool_peer_due_ms(protocol);
    if (zip301->has_fresh && zip301->peer.subscribed && zip301->fresh.received_ms + WAIT_MS < due) {
        due = zip301->fresh.received_ms + WAIT_MS;
    }
    return due;
}

/* ---- the protocol ---------------------------------------------------------------------------- */

/* The answer to subscribe is [session or null, NONCE_1]. Pools set up for Bitcoin answer
 * [[...], extranonce1, size]. */
static const struct pool_peer_ops peer_ops = {
    .protocol = &pool_komodo_zip301,
    .family = &pool_komodo_family,
    .on_message = pool_login_message,
    .algo = "equihash",
    .resumes = true,
    .true_is_yes = true,
    .subscribe_members = 2,
    .nonce_size = POOL_KOMODO_NONCE_SIZE,
    .nonce_own_min = NONCE_OWN_MIN,
    .subscribe_params = subscribe_params,
    .share_params = share_params,
    .on_request = on_request,
};

static struct pool_protocol *zip301_open(const struct pool_protocol_setup *setup)
{
    return pool_peer_open(sizeof(struct zip301), &peer_ops, setup);
}

const struct pool_protocol_ops pool_komodo_zip301 = {
    .name = "stratum of ZIP 301",
    .open = zip301_open,
    .start = pool_login_start,
    .receive = pool_peer_receive,
    .settle = zip301_settle,
    .submit = pool_login_submit,
    .tick = zip301_tick,
    .due_ms = zip301_due_ms,
    .pending = pool_peer_pending,
    .close = pool_peer_close,
};
