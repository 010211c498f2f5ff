/* alephium_work.c: jobs, targets and extranonces of an Alephium pool: from parameters to published
 * jobs. Part of the pool protocol, see alephium_stratum.h. Source: alephium.md 6.3, 6.4, 6.6, 6.8.
 */
#include <stdio.h>
#include <string.h>

#include "alephium/alephium_stratum.h"
#include "base/alloc.h"
#include "wire/json.h"

enum {
    NUM_ZERO = 30, /* the official diff1TargetNumZero, not announced (alephium.md 6.4) */
};

void pool_stratum_drop(const struct pool_job *jobs[POOL_ALEPHIUM_CHAINS])
{
    for (size_t i = 0; i < POOL_ALEPHIUM_CHAINS; i++) {
        pool_job_unref(jobs[i]);
        jobs[i] = NULL;
    }
}

/* The same work under the same id. Pools send an unchanged template again under a new id, and the
 * old id expires, so then the new one has to be used. */
static bool is_same(const struct pool_job *a, const struct pool_job *b)
{
    return strcmp(pool_job_full(a)->ticket.id, pool_job_full(b)->ticket.id) == 0 &&
           pool_alephium_same_work(a, b);
}

bool pool_stratum_is_current(const struct pool_stratum *stratum, const struct pool_job *job)
{
    const struct pool_job *current = stratum->current[job->chain];
    return current != NULL && is_same(current, job);
}

/* The share target of a notice: its own, else set_target's, else from the difficulty. */
static bool find_target(const struct pool_stratum *stratum,
                        const struct pool_alephium_notice *notice, uint8_t target_be[32])
{
    if (notice->has_target) {
        memcpy(target_be, notice->target_be, 32);
        return true;
    }
    if (stratum->has_target) {
        memcpy(target_be, stratum->target_be, 32);
        return true;
    }
    return pool_alephium_difficulty(target_be, stratum->difficulty, NUM_ZERO) == BASE_OK;
}

static void put_fresh(struct pool_stratum *stratum, struct pool_job_full *full)
{
    pool_job_unref(stratum->fresh[full->job.chain]);
    stratum->fresh[full->job.chain] = &full->job;
}

static enum base_status make_job(struct pool_stratum *stratum,
                                 const struct pool_alephium_notice *notice,
                                 const uint8_t target_be[32], uint64_t now_ms,
                                 struct base_error *error)
{
    struct pool_alephium_template from = {
        .from_group = notice->from_group,
        .to_group = notice->to_group,
        .header = notice->header,
        .header_size = sizeof(notice->header),
        .extranonce = stratum->extranonce,
        .extranonce_size = stratum->extranonce_size,
        .height = notice->height,
    };
    struct pool_job_full *full = NULL;
    memcpy(from.target_be, target_be, 32);
    enum base_status status = pool_alephium_job(&full, &from, error);
    if (status != BASE_OK) {
        return status;
    }
    memcpy(full->ticket.id, notice->id, sizeof(full->ticket.id));
    full->ticket.id_is_number = notice->id_is_number;
    full->ticket.positional = notice->positional;
    full->server = stratum->peer.outlet.setup.server_index;
    full->job.connection = stratum->peer.outlet.setup.connection;
    full->job.received_ms = now_ms;
    (void)snprintf(full->job.label, sizeof(full->job.label), "%.60s", notice->id);
    put_fresh(stratum, full);
    pool_outlet_alive(&stratum->peer.outlet);
    return BASE_OK;
}

/* A job without any target: keep it, ask for a difficulty once (Kryptex gives none otherwise). */
static enum base_status keep_waiting(struct pool_stratum *stratum,
                                     const struct pool_alephium_notice *notice, uint64_t now_ms,
                                     struct base_error *error)
{
    if (stratum->waiting == NULL) {
        stratum->waiting = base_alloc(POOL_ALEPHIUM_CHAINS, sizeof(*stratum->waiting));
        if (stratum->waiting == NULL) {
            return base_error_set(error, BASE_E_MEMORY, "no memory for jobs");
        }
    }
    if (stratum->waiting_count == 0) {
        stratum->waiting_since_ms = now_ms;
    }
    if (stratum->waiting_count < POOL_ALEPHIUM_CHAINS) {
        stratum->waiting[stratum->waiting_count++] = *notice;
    }
    if (stratum->suggested) {
        return BASE_OK;
    }
    stratum->suggested = true;
    return pool_stratum_request(&stratum->peer.outlet, POOL_STRATUM_ID_SUGGEST,
                                "mining.suggest_difficulty", json_pack("[i]", 1), error);
}

static enum base_status release_waiting(struct pool_stratum *stratum, uint64_t now_ms,
                                        struct base_error *error)
{
    uint8_t target_be[32];
    enum base_status status = BASE_OK;
    for (size_t i = 0; i < stratum->waiting_count && status == BASE_OK; i++) {
        if (find_target(stratum, &stratum->waiting[i], target_be)) {
            status = make_job(stratum, &stratum->waiting[i], target_be, now_ms, error);
        }
        if (status == BASE_E_FORMAT) {
            pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING, "job skipped: %s",
                             error->text);
            *error = (struct base_error){BASE_OK, ""};
            status = BASE_OK;
        }
    }
    stratum->fresh_clean = stratum->fresh_clean || stratum->waiting_count > 0;
    stratum->waiting_count = 0;
    return status;
}

enum base_status pool_stratum_notify(struct pool_stratum *stratum, const json_t *params,
                                     uint64_t now_ms, struct base_error *error)
{
    struct pool_alephium_notice notice;
    struct base_error why = {BASE_OK, ""};
    size_t count = pool_alephium_notice_count(params);
    bool clean = stratum->next_clean;
    size_t kept = 0; /* read well */
    size_t good = 0; /* and can be mined */
    enum base_status status = BASE_OK;
    if (count == 0) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING,
                         "a notify without jobs, ignored");
        return BASE_OK;
    }
    if (count > POOL_ALEPHIUM_JOBS_MAX) {
        return base_error_set(error, BASE_E_LIMIT, "a notify has %zu jobs, the limit is %d", count,
                              POOL_ALEPHIUM_JOBS_MAX);
    }
    for (size_t i = 0; i < count && status == BASE_OK; i++) {
        uint8_t target_be[32];
        struct base_error bad = {BASE_OK, ""};
        if (pool_alephium_notice_read(&notice, params, i, &bad) != BASE_OK) {
            why = why.status == BASE_OK ? bad : why;
            if (bad.status == BASE_E_UNSUPPORTED) { /* the pool of another coin */
                return base_error_set(error, BASE_E_FORMAT, "%s", bad.text);
            }
            continue;
        }
        if (kept++ == 0 && (clean || !notice.positional)) {
            /* A notify of objects is a whole new set: jobs not yet published are superseded. */
            pool_stratum_drop(stratum->fresh);
            stratum->fresh_clean = true;
            stratum->waiting_count = 0;
            stratum->next_clean = false;
        }
        status = find_target(stratum, &notice, target_be)
                     ? make_job(stratum, &notice, target_be, now_ms, error)
                     : keep_waiting(stratum, &notice, now_ms, error);
        if (status == BASE_E_FORMAT) {
            why = why.status == BASE_OK ? *error : why;
            *error = (struct base_error){BASE_OK, ""};
            status = BASE_OK;
            continue;
        }
        good++;
    }
    if (status != BASE_OK || why.status == BASE_OK) {
        return status;
    }
    pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING, "%zu of %zu jobs skipped: %s",
                     count - good, count, why.text);
    return status;
}

/* Every job again with the new prefix. */
static enum base_status renew_prefix(struct pool_stratum *stratum, struct base_error *error)
{
    for (size_t i = 0; i < POOL_ALEPHIUM_CHAINS; i++) {
        const struct pool_job *old =
            stratum->fresh[i] != NULL ? stratum->fresh[i] : stratum->current[i];
        if (old == NULL || (stratum->fresh_clean && stratum->fresh[i] == NULL)) {
            continue;
        }
        struct pool_job_full *full = pool_job_new(NULL, 0);
        if (full == NULL) {
            return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
        }
        const struct pool_job_full *from = pool_job_full(old);
        full->job = from->job;
        full->server = from->server;
        full->ticket = from->ticket;
        memset(full->job.header, 0, POOL_ALEPHIUM_NONCE);
        memcpy(full->job.header, stratum->extranonce, stratum->extranonce_size);
        full->job.nonce_fixed = stratum->extranonce_size;
        put_fresh(stratum, full);
    }
    stratum->fresh_clean = true;
    return BASE_OK;
}

enum base_status pool_stratum_extranonce(struct pool_stratum *stratum, const json_t *params,
                                         struct base_error *error)
{
    uint8_t bytes[POOL_EXTRANONCE_MAX] = {0};
    size_t size = 0;
    struct base_error why = {BASE_OK, ""};
    if (pool_alephium_extranonce(bytes, &size, params, &why) != BASE_OK) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING, "extranonce ignored: %s",
                         why.text);
        return BASE_OK;
    }
    if (size == stratum->extranonce_size && memcmp(bytes, stratum->extranonce, size) == 0) {
        return BASE_OK;
    }
    memcpy(stratum->extranonce, bytes, sizeof(bytes));
    stratum->extranonce_size = size;
    return renew_prefix(stratum, error);
}

static void show_difficulty(struct pool_stratum *stratum, double difficulty)
{
    if (difficulty != stratum->shown_difficulty) {
        stratum->shown_difficulty = difficulty;
        pool_outlet_difficulty(&stratum->peer.outlet, difficulty);
    }
}

enum base_status pool_stratum_difficulty(struct pool_stratum *stratum, const json_t *params,
                                         uint64_t now_ms, struct base_error *error)
{
    const json_t *value = json_is_array(params) ? json_array_get(params, 0) : params;
    uint8_t target_be[32];
    double difficulty = 0;
    if (!pool_json_double(value, &difficulty) ||
        pool_alephium_difficulty(target_be, difficulty, NUM_ZERO) != BASE_OK) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING,
                         "difficulty ignored: it is not a number above zero");
        return BASE_OK;
    }
    stratum->difficulty = difficulty;
    show_difficulty(stratum, difficulty);
    return release_waiting(stratum, now_ms, error);
}

enum base_status pool_stratum_target(struct pool_stratum *stratum, const json_t *params,
                                     uint64_t now_ms, struct base_error *error)
{
    const json_t *value = json_is_array(params) ? json_array_get(params, 0) : params;
    uint8_t target_be[32];
    if (!json_is_string(value) ||
        pool_alephium_target_hex(target_be, json_string_value(value)) != BASE_OK) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING,
                         "target ignored: it is not hex of 1 to 256 bits above zero");
        return BASE_OK;
    }
    memcpy(stratum->target_be, target_be, 32);
    stratum->has_target = true;
    return release_waiting(stratum, now_ms, error);
}

enum base_status pool_stratum_settle(struct pool_protocol *protocol, uint64_t now_ms,
                                     struct base_error *error)
{
    struct pool_stratum *stratum = pool_stratum_of(protocol);
    bool clean = stratum->fresh_clean || !stratum->published;
    size_t count = 0;
    size_t same = 0;
    (void)now_ms;
    (void)error;
    for (size_t i = 0; i < POOL_ALEPHIUM_CHAINS; i++) {
        count += stratum->fresh[i] != NULL;
        same += stratum->fresh[i] != NULL && stratum->current[i] != NULL &&
                is_same(stratum->fresh[i], stratum->current[i]);
    }
    if (count == 0) {
        return BASE_OK; /* fresh_clean stays for the jobs that still wait for a target */
    }
    stratum->fresh_clean = false;
    if (same == count) { /* nothing new: hashing it again would repeat nonces */
        pool_stratum_drop(stratum->fresh);
        return BASE_OK;
    }
    if (!stratum->published) {
        bool positional = false;
        for (size_t i = 0; i < POOL_ALEPHIUM_CHAINS; i++) {
            positional = positional || (stratum->fresh[i] != NULL &&
                                        pool_job_full(stratum->fresh[i])->ticket.positional);
        }
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_READY, "Alephium pool%s%s",
                         positional ? ", AlephiumStratum/1.0.0" : "",
                         stratum->hello[0] != '\0' && !positional ? " that answers hello" : "");
        stratum->published = true;
    }
    if (clean) {
        pool_stratum_drop(stratum->current);
    }
    for (size_t i = 0; i < POOL_ALEPHIUM_CHAINS; i++) {
        struct pool_job *fresh = (struct pool_job *)(uintptr_t)stratum->fresh[i];
        stratum->fresh[i] = NULL;
        if (fresh == NULL) {
            continue;
        }
        fresh->id = ++*stratum->peer.outlet.setup.next_job_id;
        fresh->clean = clean;
        clean = false;
        if (stratum->difficulty <= 0) {
            show_difficulty(stratum, pool_alephium_difficulty_of(fresh->target_be));
        }
        pool_job_unref(stratum->current[i]);
        stratum->current[i] = fresh;
        pool_outlet_job(&stratum->peer.outlet, fresh);
    }
    return BASE_OK;
}

enum base_status pool_stratum_assume(struct pool_stratum *stratum, uint64_t now_ms,
                                     struct base_error *error)
{
    pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING,
                     "the pool has told neither target nor difficulty: difficulty 1 is assumed");
    stratum->difficulty = 1;
    show_difficulty(stratum, 1);
    enum base_status status = release_waiting(stratum, now_ms, error);
    return status != BASE_OK ? status : pool_stratum_settle(&stratum->peer.protocol, now_ms, error);
}
