/* stratum_v1_work.c: jobs of a Bitcoin-family pool: templates, targets, and the variants of a
 * template that keep nonces from running out. Part of the pool protocol, see stratum_v1.h. Source:
 * stratum.md 4 and 5, digibyte.md 6.1 and 11.
 *
 * Variants. A header has 2^32 nonces. Each variant of a template has its own extranonce2; the
 * number that is used only grows, over templates and connections too, so a template that comes
 * again, even after a reconnect that resumed the session, is never hashed twice alike. When a
 * template has used every extranonce2 there is (a size of 1 has 256), its time moves on by a second
 * and they begin anew: never faster than the clock, by five minutes at most, and not into another
 * epoch. */
#include <string.h>

#include "base/alloc.h"
#include "bitcoin/stratum_v1.h"
#include "bitcoin/v1_target.h"
#include "wire/json.h"

enum {
    WAIT_MS = 3000, /* a template waits so long for a difficulty, or for the login's answer */
};

static const uint8_t zero[32] = {0};

/* ---- what a pool sets ------------------------------------------------------------------------ */

/* A target for what comes, and for the template that still waits for one. */
static void take_target(struct pool_v1 *v1, const uint8_t target_be[32], double difficulty)
{
    bool changed = !v1->has_difficulty || memcmp(v1->target_be, target_be, 32) != 0;
    memcpy(v1->target_be, target_be, 32);
    v1->has_difficulty = true;
    if (v1->fresh != NULL && memcmp(v1->fresh->target_be, zero, 32) == 0) {
        memcpy(v1->fresh->target_be, target_be, 32);
    }
    if (changed) {
        pool_outlet_difficulty(&v1->peer.outlet, difficulty);
    }
}

void pool_v1_difficulty(struct pool_v1 *v1, const json_t *params)
{
    uint8_t target_be[32];
    double shown = 0;
    if (pool_v1_target(target_be, &shown, json_array_get(params, 0),
                       v1->peer.outlet.setup.algo->difficulty_factor) != BASE_OK) {
        pool_outlet_text(&v1->peer.outlet, POOL_OUTPUT_WARNING,
                         "a difficulty that is none, ignored: the one before holds");
        return;
    }
    take_target(v1, target_be, shown);
}

void pool_v1_set_target(struct pool_v1 *v1, const json_t *params)
{
    uint8_t target_be[32];
    if (pool_stratum_read_target(&v1->peer.outlet, target_be, params)) {
        take_target(
            v1, target_be,
            pool_v1_difficulty_of(target_be, v1->peer.outlet.setup.algo->difficulty_factor));
    }
}

enum base_status pool_v1_take_size(struct pool_protocol *protocol, const json_t *json,
                                   struct base_error *error)
{
    struct pool_v1 *v1 = pool_v1_of(protocol);
    uint64_t size = v1->extranonce2_size;
    if (json != NULL && !pool_json_u64(json, 10, &size)) { /* as text, too */
        size = 0;
    }
    if (size < 1 || size > POOL_EXTRANONCE_MAX) {
        return base_error_set(error, BASE_E_FORMAT,
                              "an extranonce2 size that is no number from 1 to %d",
                              POOL_EXTRANONCE_MAX);
    }
    v1->extranonce2_size = (size_t)size;
    return BASE_OK;
}

/* ---- templates ------------------------------------------------------------------------------- */

/* Epoch length: as the pool's key shows it, else as it was shown before, else the main network's.
 * The key that is used is always derived from the header's time, because that is what a node
 * checks. */
static uint32_t epoch_length(struct pool_v1 *v1, const json_t *message, uint32_t ntime)
{
    const uint32_t *lengths = v1->peer.outlet.setup.algo->epoch_s;
    const json_t *told = json_object_get(message, "odokey");
    uint64_t key = 0;
    if (lengths[0] == 0) {
        return 0;
    }
    if (!pool_json_u64(told, 10, &key)) {
        return v1->epoch_s != 0 ? v1->epoch_s : lengths[0];
    }
    if (v1->epoch_s != 0 && ntime - ntime % v1->epoch_s == key) {
        return v1->epoch_s;
    }
    for (size_t i = 0; i < POOL_ALGO_EPOCHS_MAX && lengths[i] != 0; i++) {
        if (ntime - ntime % lengths[i] == key) {
            v1->epoch_s = lengths[i];
            return lengths[i];
        }
    }
    pool_outlet_text(&v1->peer.outlet, POOL_OUTPUT_WARNING,
                     "the pool's odokey %llu does not fit its time %u: the key is derived from the "
                     "time",
                     (unsigned long long)key, ntime);
    return v1->epoch_s != 0 ? v1->epoch_s : lengths[0];
}

/* The version must name the algorithm that is mined: other shares would be refused. */
static enum base_status check_algo(const struct pool_v1 *v1, const struct pool_v1_notice *notice,
                                   struct base_error *error)
{
    const struct pool_algo *algo = v1->peer.outlet.setup.algo;
    if ((notice->version & algo->version_mask) == algo->version_bits) {
        return BASE_OK;
    }
    return base_error_set(error, BASE_E_REFUSED,
                          "its jobs are for another algorithm than %s (version %08x): choose the "
                          "pool's port for %s, or another -a",
                          algo->name, notice->version, algo->name);
}

enum base_status pool_v1_notify(struct pool_v1 *v1, const json_t *message, uint64_t now_ms,
                                struct base_error *error)
{
    struct pool_v1_notice *notice = NULL;
    struct base_error why = {BASE_OK, ""};
    enum base_status status =
        pool_v1_notice_read(&notice, json_object_get(message, "params"), &why);
    if (status == BASE_E_MEMORY) {
        *error = why;
        return status;
    }
    if (status != BASE_OK) {
        pool_outlet_text(&v1->peer.outlet, POOL_OUTPUT_WARNING, "job skipped: %s", why.text);
        return BASE_OK;
    }
    status = check_algo(v1, notice, error);
    if (status == BASE_OK && v1->peer.subscribed) {
        status = pool_v1_notice_extranonce(notice, v1->peer.extranonce1, v1->peer.extranonce1_size,
                                           v1->extranonce2_size, error);
    }
    if (status != BASE_OK) {
        pool_v1_notice_free(notice);
        return status;
    }
    const struct pool_v1_notice *before = v1->fresh != NULL ? v1->fresh : v1->current;
    notice->clean = notice->clean || before == NULL || (before == v1->fresh && before->clean) ||
                    memcmp(before->prevhash, notice->prevhash, 32) != 0;
    notice->epoch_s = epoch_length(v1, message, notice->ntime);
    notice->received_ms = now_ms;
    if (v1->has_difficulty) {
        memcpy(notice->target_be, v1->target_be, 32);
    }
    pool_v1_notice_free(v1->fresh);
    v1->fresh = notice;
    pool_outlet_alive(&v1->peer.outlet);
    return BASE_OK;
}

/* ---- variants -------------------------------------------------------------------------------- */

/* Number of different extranonce2 values, as bits; those beyond 63 are never used. */
static unsigned counter_bits(const struct pool_v1_notice *notice)
{
    return notice->extranonce2_size >= 8 ? 63 : 8 * (unsigned)notice->extranonce2_size;
}

/* Time of the next variant. False: not yet, or (due_ms UINT64_MAX) never. */
static bool next_time(const struct pool_v1_notice *notice, uint64_t now_ms, uint32_t *ntime,
                      uint64_t *due_ms)
{
    uint64_t ahead_s = notice->variant >> counter_bits(notice);
    uint64_t epoch_end = UINT64_MAX;
    *due_ms = notice->received_ms + ahead_s * 1000;
    *ntime = (uint32_t)(notice->ntime + ahead_s);
    if (notice->epoch_s != 0) {
        epoch_end = (uint64_t)notice->ntime - notice->ntime % notice->epoch_s + notice->epoch_s;
    }
    if (ahead_s > POOL_V1_ROLL_MAX_S || notice->ntime + ahead_s > UINT32_MAX ||
        notice->ntime + ahead_s >= epoch_end) {
        *due_ms = UINT64_MAX;
        return false;
    }
    return now_ms >= *due_ms;
}

static enum base_status make_job(struct pool_v1_notice *notice, uint32_t ntime,
                                 struct pool_job_full **made, struct base_error *error)
{
    struct pool_job_full *full = pool_job_new(NULL, 0);
    uint64_t counter = notice->base + notice->variant;
    if (full == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    struct pool_ticket *ticket = &full->ticket;
    struct pool_job *job = &full->job;
    if (counter_bits(notice) < 63) {
        counter &= ((uint64_t)1 << counter_bits(notice)) - 1;
    }
    pool_v1_extranonce2(ticket->extranonce2, notice->extranonce2_size, counter);
    enum base_status status =
        pool_v1_notice_header(job->header, notice, ticket->extranonce2, ntime, error);
    if (status != BASE_OK) {
        pool_job_unref(job);
        return status;
    }
    ticket->ntime = ntime;
    ticket->version = notice->version;
    memcpy(ticket->extranonce1, notice->extranonce1, notice->extranonce1_size);
    ticket->extranonce1_size = notice->extranonce1_size;
    ticket->extranonce2_size = notice->extranonce2_size;
    memcpy(full->ticket.id, notice->id, sizeof(full->ticket.id));
    memcpy(full->parent, notice->prevhash, sizeof(full->parent));
    job->header_size = POOL_V1_HEADER;
    job->nonce_offset = POOL_V1_NONCE;
    job->nonce_size = POOL_V1_NONCE_SIZE;
    memcpy(job->target_be, notice->target_be, 32);
    memcpy(job->block_target_be, notice->block_target_be, 32);
    job->height = notice->height;
    job->epoch = notice->epoch_s == 0 ? 0 : ntime - ntime % notice->epoch_s;
    job->received_ms = notice->received_ms;
    job->clean = notice->clean && !notice->announced;
    job->refill = notice->announced;
    *made = full;
    return BASE_OK;
}

/* Publish the next variant of the current template; if its time has not come, set due for later. */
static enum base_status publish(struct pool_v1 *v1, uint64_t now_ms, struct base_error *error)
{
    struct pool_v1_notice *notice = v1->current;
    struct pool_memory *memory = v1->peer.outlet.setup.memory;
    struct pool_job_full *full = NULL;
    uint64_t due_ms = 0;
    uint32_t ntime = 0;
    v1->owed = !next_time(notice, now_ms, &ntime, &due_ms);
    if (v1->owed) {
        if (due_ms == UINT64_MAX) {
            pool_outlet_text(&v1->peer.outlet, POOL_OUTPUT_WARNING,
                             "job %s is used up: its extranonce2 has only %zu bytes; waiting for "
                             "the next job",
                             notice->id, notice->extranonce2_size);
            v1->owed = false;
        }
        return BASE_OK;
    }
    enum base_status status = make_job(notice, ntime, &full, error);
    if (status != BASE_OK) {
        return status;
    }
    notice->variant++;
    notice->announced = true;
    memory->extranonce2++;
    pool_login_publish(&v1->peer, full);
    return BASE_OK;
}

/* True while the fresh template lacks what it needs to be hashed. */
static bool must_wait(const struct pool_v1 *v1, uint64_t now_ms)
{
    bool complete = v1->peer.authorized && memcmp(v1->fresh->target_be, zero, 32) != 0;
    return !v1->peer.subscribed || (!complete && now_ms < v1->fresh->received_ms + WAIT_MS);
}

/* The same template again, perhaps with a later time: go on where the one before stands, so that
 * no header is repeated even if all extranonce2 were used and the time has moved. */
static void go_on(struct pool_v1_notice *notice, const struct pool_v1_notice *before)
{
    unsigned bits = counter_bits(notice);
    if (!pool_v1_notice_same(before, notice) || notice->ntime < before->ntime ||
        (bits >= 32 && notice->ntime > before->ntime)) {
        return;
    }
    uint64_t passed =
        notice->ntime == before->ntime ? 0 : (uint64_t)(notice->ntime - before->ntime) << bits;
    notice->base = before->base;
    notice->variant = before->variant > passed ? before->variant - passed : 0;
}

/* Take the fresh template as the current one. False: it is the one that is hashed already. */
static bool replace(struct pool_v1 *v1)
{
    struct pool_v1_notice *notice = v1->fresh;
    struct pool_v1_notice *before = v1->current;
    BASE_ASSERT(notice != NULL);
    v1->fresh = NULL;
    if (before != NULL && strcmp(before->id, notice->id) == 0 &&
        memcmp(before->target_be, notice->target_be, 32) == 0 && before->ntime == notice->ntime &&
        pool_v1_notice_same(before, notice)) {
        pool_v1_notice_free(notice);
        return false;
    }
    v1->peer.series += notice->clean; /* voids others at once; its first job may have to wait */
    notice->base = v1->peer.outlet.setup.memory->extranonce2;
    if (before != NULL) {
        go_on(notice, before);
    }
    pool_v1_notice_free(before);
    v1->current = notice;
    return true;
}

enum base_status pool_v1_settle(struct pool_protocol *protocol, uint64_t now_ms,
                                struct base_error *error)
{
    struct pool_v1 *v1 = pool_v1_of(protocol);
    if (v1->fresh == NULL || must_wait(v1, now_ms)) {
        return BASE_OK;
    }
    if (v1->fresh->extranonce2_size == 0) { /* it came before the answer to subscribe */
        enum base_status status =
            pool_v1_notice_extranonce(v1->fresh, v1->peer.extranonce1, v1->peer.extranonce1_size,
                                      v1->extranonce2_size, error);
        if (status != BASE_OK) {
            return status;
        }
    }
    if (memcmp(v1->fresh->target_be, zero, 32) == 0) {
        json_t *one = json_integer(1);
        uint8_t target_be[32];
        double shown = 0;
        enum base_status status =
            pool_v1_target(target_be, &shown, one, v1->peer.outlet.setup.algo->difficulty_factor);
        json_decref(one);
        if (status != BASE_OK) {
            return base_error_set(error, BASE_E_MEMORY, "no memory for a difficulty");
        }
        pool_outlet_text(&v1->peer.outlet, POOL_OUTPUT_WARNING,
                         "the pool has told no difficulty: difficulty 1 is assumed");
        take_target(v1, target_be, shown);
    }
    return replace(v1) ? publish(v1, now_ms, error) : BASE_OK;
}

enum base_status pool_v1_refill(struct pool_protocol *protocol, const struct pool_job *job,
                                uint64_t now_ms, struct base_error *error)
{
    struct pool_v1 *v1 = pool_v1_of(protocol);
    return v1->peer.job == job && !v1->owed ? publish(v1, now_ms, error) : BASE_OK;
}

uint64_t pool_v1_work_due_ms(const struct pool_v1 *v1)
{
    uint64_t due = UINT64_MAX;
    uint32_t ntime = 0;
    if (v1->fresh != NULL && v1->peer.subscribed) {
        due = v1->fresh->received_ms + WAIT_MS;
    }
    if (v1->owed) {
        uint64_t owed_ms = 0;
        (void)next_time(v1->current, 0, &ntime, &owed_ms);
        due = owed_ms < due ? owed_ms : due;
    }
    return due;
}

enum base_status pool_v1_work_tick(struct pool_v1 *v1, uint64_t now_ms, struct base_error *error)
{
    enum base_status status = pool_v1_settle(&v1->peer.protocol, now_ms, error);
    return status == BASE_OK && v1->owed ? publish(v1, now_ms, error) : status;
}
