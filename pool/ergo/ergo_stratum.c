/* ergo_stratum.c: Ergo pools as a state machine: subscribe, authorize, notify with height, msg and
 * b, submit with the rest of the nonce. Lenient in what it reads, strict in what it sends. Source:
 * ergo.md 7.
 *
 * b of a job is the share target. Old installations of ErgoStratumServer take hits up to b times
 * mining.set_difficulty; others multiply b themselves and send the same difficulty. No message
 * tells them apart, so the user does (pool_config.multiply_difficulty). */
#include <string.h>

#include "base/hex.h"
#include "base/target.h"
#include "ergo/ergo_address.h"
#include "ergo/ergo_family.h"
#include "ergo/ergo_notify.h"
#include "protocol/stratum_login.h"
#include "wire/json.h"

enum {
    FACTOR_WHOLE_BITS = 40, /* of a difficulty, at most */
    FACTOR_BITS = 16,       /* of its fraction that count */
};

struct stratum {
    struct pool_peer peer; /* first */
    bool told_factor;      /* that the pool sends a difficulty above 1 */
    bool has_target;
    uint8_t target_be[32]; /* mining.set_target: for jobs without b, a hit is below it */
    double factor;         /* last mining.set_difficulty; 0: none */
    struct pool_ergo_notice fresh;
    uint64_t fresh_ms;
    bool has_fresh; /* to be published */
};

static struct stratum *stratum_of(struct pool_protocol *protocol)
{
    return (struct stratum *)(void *)protocol;
}

/* ---- work ------------------------------------------------------------------------------------ */

static void on_notify(struct stratum *stratum, const json_t *params, uint64_t now_ms)
{
    struct pool_ergo_notice notice;
    struct base_error why = {BASE_OK, ""};
    if (pool_ergo_notice_read(&notice, params, &why) != BASE_OK) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING, "a job that is ignored: %s",
                         why.text);
        return;
    }
    notice.clean = notice.clean || (stratum->has_fresh && stratum->fresh.clean);
    stratum->fresh = notice;
    stratum->fresh_ms = now_ms;
    stratum->has_fresh = true;
    pool_outlet_alive(&stratum->peer.outlet);
}

static void on_difficulty(struct stratum *stratum, const json_t *params)
{
    double factor = 0;
    struct pool_outlet *outlet = &stratum->peer.outlet;
    if (!pool_json_double(json_array_get(params, 0), &factor) ||
        !(factor < (double)(1ULL << FACTOR_WHOLE_BITS)) ||
        !(factor >= 1.0 / (1 << FACTOR_BITS) || factor == 0)) {
        pool_outlet_text(outlet, POOL_OUTPUT_WARNING, "a difficulty that is none, ignored");
        return;
    }
    stratum->factor = factor;
    if (factor > 1 && !outlet->setup.multiply_difficulty && !stratum->told_factor) {
        stratum->told_factor = true;
        pool_outlet_text(outlet, POOL_OUTPUT_INFO,
                         "the pool sends difficulty %g, and targets with its jobs, which are used "
                         "as they are; if the pool takes hits up to %g times the target (old "
                         "ErgoStratumServer), use --multiply-difficulty",
                         factor, factor);
    }
}

static void on_target(struct stratum *stratum, const json_t *params)
{
    static const uint8_t one[32] = {[31] = 1};
    uint8_t target_be[32];
    if (!pool_stratum_read_target(&stratum->peer.outlet, target_be, params)) {
        return;
    }
    if (memcmp(target_be, one, sizeof(one)) == 0) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING,
                         "a target of 1, which no hit is below, ignored");
        return;
    }
    memcpy(stratum->target_be, target_be, sizeof(target_be));
    stratum->has_target = true;
}

/* target times factor, rounded down, at most 2^256 - 1. */
static void scale(uint8_t target_be[32], double factor)
{
    uint64_t scaled = (uint64_t)(factor * (1 << FACTOR_BITS));
    bool fits = base_target_bits(target_be) + FACTOR_WHOLE_BITS + FACTOR_BITS <= 256;
    if (!fits) { /* its low bits do not count */
        base_target_divide(target_be, target_be, 1 << FACTOR_BITS);
    }
    base_target_multiply(target_be, target_be, scaled);
    if (fits) {
        base_target_divide(target_be, target_be, 1 << FACTOR_BITS);
    }
}

/* Targets of a job, inclusive; block_be is zero where the pool does not say what a block is. */
static void set_targets(struct pool_job *job, const struct stratum *stratum)
{
    const struct pool_ergo_notice *notice = &stratum->fresh;
    memcpy(job->target_be, notice->has_b ? notice->b_be : stratum->target_be, 32);
    pool_ergo_below(job->target_be);
    if (!notice->has_b || !stratum->peer.outlet.setup.multiply_difficulty) {
        return;
    }
    memcpy(job->block_target_be, job->target_be, 32);
    if (stratum->factor > 0) { /* 0: b as it is */
        scale(job->target_be, stratum->factor);
    }
}

/* True when a notice brings the work of the job in hand again, with another id or extranonce: what
 * was handed out is still good. */
static bool same_work(const struct stratum *stratum, const struct pool_ergo_notice *notice)
{
    const struct pool_job *job = stratum->peer.job;
    return job != NULL && job->height == notice->height &&
           memcmp(job->header, notice->msg, sizeof(notice->msg)) == 0;
}

static enum base_status publish(struct stratum *stratum, struct base_error *error)
{
    const struct pool_ergo_notice *notice = &stratum->fresh;
    const struct pool_peer *peer = &stratum->peer;
    struct pool_job_full *full = pool_job_new(NULL, 0);
    if (full == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    struct pool_job *job = &full->job;
    memcpy(job->header, notice->msg, sizeof(notice->msg));
    memcpy(job->header + POOL_ERGO_MESSAGE_SIZE, peer->extranonce1, POOL_ERGO_NONCE_SIZE);
    job->header_size = POOL_ERGO_MESSAGE_SIZE + POOL_ERGO_NONCE_SIZE;
    job->nonce_offset = POOL_ERGO_MESSAGE_SIZE;
    job->nonce_size = POOL_ERGO_NONCE_SIZE;
    job->nonce_fixed = peer->extranonce1_size;
    job->height = notice->height;
    job->reduced = peer->outlet.setup.reduced;
    job->received_ms = stratum->fresh_ms;
    job->clean = peer->job == NULL || (notice->clean && !same_work(stratum, notice));
    set_targets(job, stratum);
    memcpy(full->ticket.id, notice->id, sizeof(full->ticket.id));
    full->ticket.id_is_number = notice->id_is_number;
    full->ticket.positional = notice->has_b;
    stratum->has_fresh = false;
    pool_outlet_difficulty(&stratum->peer.outlet, base_target_expected_tries(job->target_be));
    pool_login_publish(&stratum->peer, full);
    return BASE_OK;
}

static enum base_status stratum_settle(struct pool_protocol *protocol, uint64_t now_ms,
                                       struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    (void)now_ms;
    if (!stratum->has_fresh || !stratum->peer.subscribed ||
        (!stratum->fresh.has_b && !stratum->has_target)) {
        return BASE_OK;
    }
    return publish(stratum, error);
}

/* ---- shares ---------------------------------------------------------------------------------- */

/* Some pools read the rest of the nonce, others the whole one; time must not be empty. The form of
 * four members has neither. */
static json_t *share_params(const struct pool_protocol *protocol,
                            const struct pool_submission *submission)
{
    const struct pool_ticket *ticket = &pool_job_full(submission->job)->ticket;
    const char *user = pool_peer_const(protocol)->outlet.setup.server->user;
    char nonce[2 * POOL_ERGO_NONCE_SIZE + 1];
    base_hex_encode(nonce, submission->nonce, POOL_ERGO_NONCE_SIZE);
    const char *rest = nonce + 2 * submission->job->nonce_fixed;
    json_t *id = pool_stratum_id(ticket);
    return ticket->positional ? json_pack("[s,o,s,s,s]", user, id, rest, "undefined", nonce)
                              : json_pack("[s,o,s]", user, id, rest);
}

/* ---- the protocol ---------------------------------------------------------------------------- */

static json_t *subscribe_params(const struct pool_protocol_setup *setup)
{
    return json_pack("[s]", setup->agent);
}

static enum base_status on_request(struct pool_protocol *protocol, const char *method,
                                   const json_t *root, uint64_t now_ms, struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    const json_t *params = json_object_get(root, "params");
    (void)error;
    if (strcmp(method, "mining.notify") == 0) {
        on_notify(stratum, params, now_ms);
    } else if (strcmp(method, "mining.set_difficulty") == 0) {
        on_difficulty(stratum, params);
    } else if (strcmp(method, "mining.set_target") == 0) {
        on_target(stratum, params);
    } else {
        return BASE_E_NOT_FOUND;
    }
    return BASE_OK;
}

static const struct pool_peer_ops peer_ops = {
    .protocol = &pool_ergo_stratum,
    .family = &pool_ergo_family,
    .on_message = pool_login_message,
    .long_numbers = true,
    .algo = "autolykos2",
    .true_is_yes = true,
    .subscribe_members = 3,
    .nonce_size = POOL_ERGO_NONCE_SIZE,
    .nonce_own_min = 1,
    .subscribe_params = subscribe_params,
    .share_params = share_params,
    .on_request = on_request,
};

static struct pool_protocol *stratum_open(const struct pool_protocol_setup *setup)
{
    return pool_peer_open(sizeof(struct stratum), &peer_ops, setup);
}

const struct pool_protocol_ops pool_ergo_stratum = {
    .name = "stratum of Ergo",
    .open = stratum_open,
    .start = pool_login_start,
    .receive = pool_peer_receive,
    .settle = stratum_settle,
    .submit = pool_login_submit,
    .refill = pool_login_refill,
    .tick = pool_peer_tick,
    .due_ms = pool_peer_due_ms,
    .pending = pool_peer_pending,
    .close = pool_peer_close,
};
