/* shares.c: what becomes of a share: its job, its hash, its target; the source before the books. */
#include <string.h>

#include "base/clock.h"
#include "base/target.h"
#include "bridge/bridge_private.h"

/* A share on its way. */
struct trial {
    struct pool_host_share line;
    uint8_t header[POOL_HEADER_MAX];
    uint8_t hash_be[32];
    uint32_t chain; /* of the hash */
};

/* "1a" or "1A": a number of ours. 0: none. */
static uint32_t number_of(const char *text)
{
    uint32_t number = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        static const char digits[] = "0123456789abcdef0123456789ABCDEF";
        const char *digit = i < 8 ? strchr(digits, text[i]) : NULL;
        if (digit == NULL) {
            return 0;
        }
        number = number << 4 | (uint32_t)(digit - digits) % 16;
    }
    return number;
}

static enum pool_host_fault hash(struct trial *trial, struct pool_bridge *bridge,
                                 const struct bridge_client *client, const struct pool_job *job)
{
    const struct pool_bridge_config *config = &bridge->config;
    const struct pool_host_share *line = &trial->line;
    enum base_status status = BASE_OK;
    if (bridge->host->place != NULL) {
        status = bridge->host->place(trial->header, job, &client->host, line);
    } else {
        memcpy(trial->header, job->header, job->header_size);
    }
    if (status != BASE_OK) {
        return POOL_HOST_MALFORMED;
    }
    memcpy(trial->header + job->nonce_offset, line->nonce, job->nonce_size);
    status = config->hash(config->user, trial->hash_be, &trial->chain, job, trial->header,
                          line->solution_size > 0 ? line->solution : NULL, line->solution_size);
    return status == BASE_OK ? POOL_HOST_GOOD : POOL_HOST_MALFORMED;
}

/* True where a hash is worth sending: the source's own target. */
static bool is_wanted(const struct pool_job *job, const uint8_t hash_be[32])
{
    return base_target_meets(hash_be, job->target_be) ||
           (pool_job_has_easy_blocks(job) && base_target_meets(hash_be, job->block_target_be));
}

/* Work that a share stands for: by the target that the client had, or had a moment ago. 0: its hash
 * is above both. */
static double work_of(const struct pool_bridge *bridge, const struct bridge_client *client,
                      const struct pool_job *job, const uint8_t hash_be[32])
{
    uint8_t target_be[32];
    bool grace = client->former > 0 && bridge->now_ms - client->told_ms < BRIDGE_GRACE_MS;
    bridge_job_target(target_be, bridge, job,
                      client->told > 0 ? client->told : client->pace.difficulty);
    if (!base_target_meets(hash_be, target_be) && grace) {
        bridge_job_target(target_be, bridge, job, client->former);
    }
    return base_target_meets(hash_be, target_be) ? bridge_work(job, target_be) : 0;
}

/* Hash for the job that the line names; where clients mix up jobs, for every job of the chain, the
 * newest first, until one fits. */
static enum pool_host_fault find_job(struct bridge_job **found, struct trial *trial,
                                     struct pool_bridge *bridge, struct bridge_client *client)
{
    const struct pool_host_share *line = &trial->line;
    struct bridge_job *named = bridge_jobs_find(bridge, number_of(line->job));
    *found = named;
    if (line->has_chain && (client->quirks & BRIDGE_MIXES_JOBS) != 0) {
        struct bridge_job *entry = NULL;
        while ((entry = bridge_jobs_older(bridge, line->chain, entry)) != NULL) {
            *found = entry;
            if (hash(trial, bridge, client, entry->job) == POOL_HOST_GOOD &&
                trial->chain == entry->job->chain &&
                work_of(bridge, client, entry->job, trial->hash_be) > 0) {
                return POOL_HOST_GOOD;
            }
        }
        if (*found == NULL) {
            return POOL_HOST_NO_JOB;
        }
        *found = named != NULL && named->job->chain == line->chain ? named : *found;
        return hash(trial, bridge, client, (*found)->job);
    }
    if (named == NULL) {
        return POOL_HOST_NO_JOB;
    }
    if (line->has_chain && line->chain != named->job->chain) {
        return POOL_HOST_OTHER_JOB;
    }
    return hash(trial, bridge, client, named->job);
}

/* The source goes first: a block is worth more than the books. A template gives one block. */
static void hand_in(struct pool_bridge *bridge, struct bridge_client *client,
                    struct bridge_job *entry, const struct trial *trial, uint64_t came_ns)
{
    const struct pool_job *job = entry->job;
    if (job->solo && entry->won) {
        bridge->stats.extra += 1;
        return;
    }
    const struct pool_job *own = bridge->host->job_of_share != NULL
                                     ? bridge->host->job_of_share(job, &client->host, &trial->line)
                                     : pool_job_ref(job);
    struct pool_find find = {.job = own, .found_ns = came_ns};
    if (own == NULL) {
        bridge->config.tell(bridge->config.user, true, "no memory to hand in a find");
        return;
    }
    memcpy(find.nonce, trial->line.nonce, job->nonce_size);
    memcpy(find.hash_be, trial->hash_be, sizeof find.hash_be);
    if (trial->line.solution_size > 0) {
        find.solution = trial->line.solution;
        find.solution_size = trial->line.solution_size;
    }
    find.tag = POOL_BRIDGE_TAG + client->worker;
    if (bridge->config.submit(bridge->config.user, &find) == BASE_OK) {
        bridge->stats.sent += 1;
        entry->won = entry->won || job->solo;
    } else {
        bridge->config.tell(bridge->config.user, true,
                            "a find was dropped: too many wait for the server already");
    }
    pool_job_unref(own);
}

static void count_fault(struct pool_bridge *bridge, struct bridge_client *client,
                        enum pool_host_fault fault)
{
    struct pool_bridge_worker none = {.name = ""};
    struct pool_bridge_worker *view =
        client->worker != SIZE_MAX ? &bridge->books.list[client->worker].view : &none;
    client->wrong += 1;
    switch (fault) {
    case POOL_HOST_NO_JOB:
        view->stale += 1;
        bridge->stats.stale += 1;
        break;
    case POOL_HOST_DUPLICATE:
        view->duplicates += 1;
        bridge->stats.duplicates += 1;
        break;
    case POOL_HOST_LOW:
        view->low += 1;
        bridge->stats.low += 1;
        break;
    default:
        view->invalid += 1;
        bridge->stats.invalid += 1;
        break;
    }
}

static void count_share(struct pool_bridge *bridge, struct bridge_client *client,
                        const struct bridge_job *entry, const struct trial *trial, double work)
{
    struct bridge_worker *worker = &bridge->books.list[client->worker];
    double luck = bridge_work(entry->job, trial->hash_be);
    client->good += 1;
    worker->view.accepted += 1;
    worker->view.foreign += trial->line.foreign;
    worker->view.best = luck > worker->view.best ? luck : worker->view.best;
    worker->view.seen_ms = bridge->now_ms;
    bridge_books_work(worker, work, bridge->now_ms);
    bridge->stats.accepted += 1;
    bridge->stats.foreign += trial->line.foreign;
    bridge->stats.work += work;
    atomic_store_explicit(&bridge->work, (uint64_t)bridge->stats.work, memory_order_relaxed);
}

static enum pool_host_fault judge(struct pool_bridge *bridge, struct bridge_client *client,
                                  const json_t *params, uint64_t came_ns)
{
    struct trial trial;
    struct bridge_job *entry = NULL;
    memset(&trial.line, 0, offsetof(struct pool_host_share, solution));
    trial.line.solution_size = 0;
    bool closed = bridge->config.pass[0] != '\0' || bridge->config.pay_workers;
    enum pool_host_fault fault = closed && !client->logged_in
                                     ? POOL_HOST_UNAUTHORIZED
                                     : bridge->host->read_share(&trial.line, params, &client->host);
    if (fault == POOL_HOST_GOOD) {
        fault = find_job(&entry, &trial, bridge, client);
    }
    if (fault != POOL_HOST_GOOD) {
        return fault;
    }
    double work = work_of(bridge, client, entry->job, trial.hash_be);
    if (work == 0) {
        return POOL_HOST_LOW;
    }
    if (trial.chain != entry->job->chain) {
        return POOL_HOST_WRONG_CHAIN;
    }
    if (!bridge_job_is_new(entry, trial.hash_be)) {
        return POOL_HOST_DUPLICATE;
    }
    /* Without a login a share is judged by itself, as the official pools do it. */
    if (client->worker == SIZE_MAX &&
        !bridge_client_enter(bridge, client, trial.line.worker != NULL ? trial.line.worker : "")) {
        return POOL_HOST_UNAUTHORIZED;
    }
    bool won = entry->won;
    if (is_wanted(entry->job, trial.hash_be)) {
        hand_in(bridge, client, entry, &trial, came_ns);
    }
    count_share(bridge, client, entry, &trial, work);
    if (!won && entry->won) {
        bridge_clients_work(bridge); /* clients at this template go on with another */
    }
    return POOL_HOST_GOOD;
}

enum pool_host_fault bridge_share(struct pool_bridge *bridge, struct bridge_client *client,
                                  const json_t *params)
{
    enum pool_host_fault fault = judge(bridge, client, params, base_clock_ns());
    if (fault != POOL_HOST_GOOD) {
        count_fault(bridge, client, fault);
    } else if (bridge_pace_share(&client->pace, &bridge->rule, bridge->now_ms)) {
        bridge_client_work(bridge, client);
    }
    return fault;
}
