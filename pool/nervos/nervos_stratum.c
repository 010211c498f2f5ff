/* nervos_stratum.c: CKB pools as a state machine: subscribe, authorize, set_target, notify with pow
 * hash, height and parent, submit with the rest of the nonce. A job is a pow hash: nothing is put
 * together here, and a job runs out only where the pool leaves a few bytes of the nonce.
 * Lenient in what it reads, strict in what it sends. Source: ckb.md 6.1 and 6.2. */
#include <string.h>

#include "base/hex.h"
#include "base/target.h"
#include "nervos/nervos_bounds.h"
#include "nervos/nervos_family.h"
#include "nervos/nervos_node.h"
#include "protocol/stratum_login.h"
#include "wire/json.h"

/* From the first job: jobs wait so long for a mining.set_target. */
enum { TARGET_WAIT_MS = 3000 };

/* What a notify said. Value. */
struct notice {
    char id[POOL_JOB_ID_MAX + 1];
    bool id_is_number;
    uint8_t pow_hash[32];
    uint8_t third[32]; /* parent hash; with some pools a target */
    bool has_third;
    uint64_t height;
    bool clean;
    uint64_t received_ms;
};

struct stratum {
    struct pool_peer peer; /* first */
    bool has_target;
    bool target_in_job; /* no set_target came, and a job had one in place of its parent hash */
    uint8_t target_be[32];
    struct notice fresh; /* to be published */
    bool has_fresh;
    uint64_t first_ms; /* when the first job came; 0: none has */
};

static struct stratum *stratum_of(struct pool_protocol *protocol)
{
    return (struct stratum *)(void *)protocol;
}

/* ---- work ------------------------------------------------------------------------------------ */

static bool read_hash(uint8_t hash[32], const json_t *json)
{
    const char *text = json_string_value(json);
    if (text != NULL && strncmp(text, "0x", 2) == 0) {
        text += 2;
    }
    return text != NULL && base_hex_decode_exact(hash, 32, text) == BASE_OK;
}

static const uint8_t zero[32] = {0};

/* In: target_be  not zero */
static void set_target(struct stratum *stratum, const uint8_t target_be[32])
{
    if (stratum->has_target && memcmp(stratum->target_be, target_be, 32) == 0) {
        return; /* repeated before every job by some pools */
    }
    if (target_be[0] != 0 && memcmp(target_be + 24, zero, 8) == 0 && target_be[23] == 0) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_INFO,
                         "the pool's target is very easy when it is read most significant byte "
                         "first, as CKB pools write it");
    }
    memcpy(stratum->target_be, target_be, 32);
    stratum->has_target = true;
    pool_outlet_difficulty(&stratum->peer.outlet, base_target_expected_tries(target_be));
}

/* True when the pool writes a target where others name the parent block: hashes of blocks do not
 * begin with zeros. */
static bool third_is_target(const struct notice *notice)
{
    return notice->has_third && notice->third[0] == 0 && notice->third[1] == 0 &&
           memcmp(notice->third, zero, sizeof(zero)) != 0;
}

/* [job, pow hash, height, parent hash or target, clean] */
static void on_notify(struct stratum *stratum, const json_t *params, uint64_t now_ms)
{
    struct notice notice = {.received_ms = now_ms};
    const json_t *height = json_array_get(params, 2);
    if (!pool_stratum_read_id(notice.id, &notice.id_is_number, json_array_get(params, 0)) ||
        !read_hash(notice.pow_hash, json_array_get(params, 1))) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING,
                         "a job without a usable id or pow hash, ignored");
        return;
    }
    if (!pool_json_u64(height, json_is_string(height) ? 16 : 10, &notice.height)) {
        notice.height = 0; /* for display only */
    }
    notice.has_third = read_hash(notice.third, json_array_get(params, 3));
    notice.clean = json_array_size(params) < 5 || pool_json_truthy(json_array_get(params, 4));
    notice.clean = notice.clean || (stratum->has_fresh && stratum->fresh.clean);
    stratum->fresh = notice;
    stratum->has_fresh = true;
    stratum->first_ms = stratum->first_ms != 0 ? stratum->first_ms : now_ms;
    if (stratum->target_in_job && third_is_target(&notice)) {
        set_target(stratum, notice.third);
    }
    pool_outlet_alive(&stratum->peer.outlet);
}

static enum base_status publish(struct stratum *stratum, struct base_error *error)
{
    const struct notice *notice = &stratum->fresh;
    const struct pool_peer *peer = &stratum->peer;
    struct pool_job_full *full = pool_job_new(NULL, 0);
    if (full == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    struct pool_job *job = &full->job;
    memcpy(job->header, notice->pow_hash, 32);
    memcpy(job->header + POOL_CKB_NONCE_OFFSET, peer->extranonce1, POOL_CKB_NONCE);
    job->header_size = POOL_CKB_MESSAGE;
    job->nonce_offset = POOL_CKB_NONCE_OFFSET;
    job->nonce_size = POOL_CKB_NONCE;
    job->nonce_fixed = peer->extranonce1_size;
    job->height = notice->height;
    job->received_ms = notice->received_ms;
    job->clean = peer->job == NULL || notice->clean;
    memcpy(job->target_be, stratum->target_be, 32);
    memcpy(full->ticket.id, notice->id, sizeof(full->ticket.id));
    full->ticket.id_is_number = notice->id_is_number;
    stratum->has_fresh = false;
    pool_login_publish(&stratum->peer, full);
    return BASE_OK;
}

static enum base_status stratum_settle(struct pool_protocol *protocol, uint64_t now_ms,
                                       struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    (void)now_ms;
    if (!stratum->has_fresh || !stratum->peer.subscribed || !stratum->has_target) {
        return BASE_OK;
    }
    return publish(stratum, error);
}

/* ---- shares ---------------------------------------------------------------------------------- */

static json_t *share_params(const struct pool_protocol *protocol,
                            const struct pool_submission *submission)
{
    const struct pool_job *job = submission->job;
    char nonce2[2 * POOL_CKB_NONCE + 1];
    base_hex_encode(nonce2, submission->nonce + job->nonce_fixed,
                    POOL_CKB_NONCE - job->nonce_fixed);
    return json_pack("[s,o,s]", pool_peer_const(protocol)->outlet.setup.server->user,
                     pool_stratum_id(&pool_job_full(job)->ticket), nonce2);
}

/* ---- requests -------------------------------------------------------------------------------- */

static json_t *subscribe_params(const struct pool_protocol_setup *setup)
{
    return json_pack("[s,n]", setup->agent);
}

static enum base_status on_request(struct pool_protocol *protocol, const char *method,
                                   const json_t *root, uint64_t now_ms, struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    const json_t *params = json_object_get(root, "params");
    uint8_t target_be[32];
    (void)error;
    if (strcmp(method, "mining.notify") == 0) {
        on_notify(stratum, params, now_ms);
    } else if (strcmp(method, "mining.set_target") == 0) {
        if (pool_stratum_read_target(&stratum->peer.outlet, target_be, params)) {
            stratum->target_in_job = false;
            set_target(stratum, target_be);
        }
    } else if (strcmp(method, "mining.set_difficulty") != 0) {
        return BASE_E_NOT_FOUND; /* what difficulty 1 is differs: the target is what counts */
    }
    return BASE_OK;
}

/* ---- time ------------------------------------------------------------------------------------ */

/* When jobs have waited long enough for a target; UINT64_MAX: none waits. */
static uint64_t target_due_ms(const struct stratum *stratum)
{
    return stratum->has_fresh && !stratum->has_target && third_is_target(&stratum->fresh)
               ? stratum->first_ms + TARGET_WAIT_MS
               : UINT64_MAX;
}

static enum base_status stratum_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                     struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    enum base_status status = pool_peer_tick(protocol, now_ms, error);
    if (status == BASE_OK && now_ms >= target_due_ms(stratum)) {
        stratum->target_in_job = true;
        set_target(stratum, stratum->fresh.third);
        return stratum_settle(protocol, now_ms, error);
    }
    return status;
}

static uint64_t stratum_due_ms(const struct pool_protocol *protocol)
{
    uint64_t due = pool_peer_due_ms(protocol);
    uint64_t target = target_due_ms((const struct stratum *)(const void *)protocol);
    return target < due ? target : due;
}

/* ---- the protocol ---------------------------------------------------------------------------- */

/* mining.extranonce.subscribe is not sent: some pools never answer it (ckb.md 6.1). */
static const struct pool_peer_ops peer_ops = {
    .protocol = &pool_nervos_stratum,
    .family = &pool_nervos_family,
    .on_message = pool_login_message,
    .algo = "eaglesong",
    .subscribe_members = 3,
    .nonce_size = POOL_CKB_NONCE,
    .nonce_own_min = 1,
    .subscribe_params = subscribe_params,
    .share_params = share_params,
    .on_request = on_request,
};

static struct pool_protocol *stratum_open(const struct pool_protocol_setup *setup)
{
    return pool_peer_open(sizeof(struct stratum), &peer_ops, setup);
}

const struct pool_protocol_ops pool_nervos_stratum = {
    .name = "stratum of CKB",
    .open = stratum_open,
    .start = pool_login_start,
    .receive = pool_peer_receive,
    .settle = stratum_settle,
    .submit = pool_login_submit,
    .refill = pool_login_refill,
    .tick = stratum_tick,
    .due_ms = stratum_due_ms,
    .pending = pool_peer_pending,
    .close = pool_peer_close,
};
