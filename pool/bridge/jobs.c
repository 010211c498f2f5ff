/* jobs.c: the jobs that clients may hand shares in for, and which of them a client gets. */
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/target.h"
#include "bridge/bridge_private.h"

enum { SEEN_FIRST = 64 };

static void clear(struct bridge_job *entry)
{
    for (size_t i = 0; i < entry->line_count; i++) {
        pool_buffer_deinit(&entry->lines[i].text);
    }
    pool_job_unref(entry->job);
    base_free(entry->seen);
    memset(entry, 0, sizeof *entry);
}

void bridge_jobs_clear(struct pool_bridge *bridge)
{
    for (size_t i = 0; i < BRIDGE_JOBS && bridge->jobs != NULL; i++) {
        clear(&bridge->jobs[i]);
    }
    memset(bridge->current, 0, sizeof bridge->current);
}

void bridge_jobs_void(struct pool_bridge *bridge)
{
    memset(bridge->current, 0, sizeof bridge->current);
    for (size_t i = 0; i < BRIDGE_JOBS; i++) {
        struct bridge_job *entry = &bridge->jobs[i];
        entry->void_ms = entry->void_ms == 0 ? bridge->now_ms : entry->void_ms;
    }
}

/* The same message: clients go on with the number that they have. */
static bool is_same(const struct pool_job *a, const struct pool_job *b)
{
    return a->connection == b->connection && a->header_size == b->header_size &&
           memcmp(a->header, b->header, a->header_size) == 0 &&
           memcmp(a->target_be, b->target_be, sizeof a->target_be) == 0;
}

/* True when this template has given its block: nodes may send it again. */
static bool has_won(const struct pool_bridge *bridge, const struct pool_job *job)
{
    for (size_t i = 0; i < BRIDGE_JOBS; i++) {
        const struct bridge_job *entry = &bridge->jobs[i];
        if (entry->won && entry->job->chain == job->chain && is_same(entry->job, job)) {
            return true;
        }
    }
    return false;
}

void bridge_jobs_take(struct pool_bridge *bridge, const struct pool_job *job)
{
    struct bridge_job *old = bridge->current[job->chain];
    if (old != NULL && is_same(old->job, job)) {
        pool_job_unref(old->job);
        old->job = job;
        return;
    }
    if (old != NULL) {
        old->replaced_ms = bridge->now_ms;
    }
    bridge->last_number = bridge->last_number == INT32_MAX ? 1 : bridge->last_number + 1;
    struct bridge_job *entry = &bridge->jobs[bridge->last_number % BRIDGE_JOBS];
    for (size_t i = 0; i < POOL_CHAINS_MAX; i++) { /* a chain without news for as long as that */
        bridge->current[i] = bridge->current[i] == entry ? NULL : bridge->current[i];
    }
    bool won = has_won(bridge, job);
    clear(entry);
    entry->job = job;
    entry->won = won;
    entry->number = bridge->last_number;
    bridge->current[job->chain] = entry;
    bridge->chains = job->chains;
}

static bool is_within(uint64_t since_ms, uint64_t now_ms, uint32_t limit_ms)
{
    return since_ms == 0 || now_ms - since_ms < limit_ms;
}

/* Good for shares: current, or was so a moment ago on the same connection. */
static bool is_good(const struct pool_bridge *bridge, const struct bridge_job *entry)
{
    return entry->job != NULL && entry->job->connection == bridge->connection &&
           is_within(entry->replaced_ms, bridge->now_ms, bridge->host->replaced_ms) &&
           is_within(entry->void_ms, bridge->now_ms, bridge->host->void_ms);
}

struct bridge_job *bridge_jobs_find(struct pool_bridge *bridge, uint32_t number)
{
    struct bridge_job *entry = &bridge->jobs[number % BRIDGE_JOBS];
    return number != 0 && entry->number == number && is_good(bridge, entry) ? entry : NULL;
}

struct bridge_job *bridge_jobs_older(struct pool_bridge *bridge, uint32_t chain,
                                     const struct bridge_job *from)
{
    uint32_t number = from != NULL ? from->number - 1 : bridge->last_number;
    for (uint32_t i = 0; number != 0 && i < BRIDGE_JOBS; i++, number--) {
        struct bridge_job *entry = bridge_jobs_find(bridge, number);
        if (entry != NULL && entry->job->chain == chain) {
            return entry;
        }
    }
    return NULL;
}

/* ---- duplicates ------------------------------------------------------------------------------ */

static void put(uint64_t *seen, size_t cap, uint64_t key)
{
    size_t at = key & (cap - 1);
    while (seen[at] != 0) {
        at = (at + 1) & (cap - 1);
    }
    seen[at] = key;
}

/* Without memory, or beyond the most, further shares are not remembered. */
static void grow(struct bridge_job *entry)
{
    size_t cap = entry->seen_cap > 0 ? 2 * entry->seen_cap : SEEN_FIRST;
    uint64_t *grown = cap <= 2 * (size_t)BRIDGE_SEEN_MAX ? base_alloc(cap, sizeof *grown) : NULL;
    if (grown == NULL) {
        return;
    }
    for (size_t i = 0; i < entry->seen_cap; i++) {
        if (entry->seen[i] != 0) {
            put(grown, cap, entry->seen[i]);
        }
    }
    base_free(entry->seen);
    entry->seen = grown;
    entry->seen_cap = cap;
}

bool bridge_job_is_new(struct bridge_job *entry, const uint8_t hash_be[32])
{
    uint64_t key = base_load_be64(hash_be + 24) | 1; /* the last bytes vary, however hard it is */
    for (size_t at = key & (entry->seen_cap - 1); entry->seen_cap > 0 && entry->seen[at] != 0;
         at = (at + 1) & (entry->seen_cap - 1)) {
        if (entry->seen[at] == key) {
            return false;
        }
    }
    if (2 * entry->seen_count >= entry->seen_cap) {
        grow(entry);
    }
    if (2 * entry->seen_count < entry->seen_cap) {
        put(entry->seen, entry->seen_cap, key);
        entry->seen_count += 1;
    }
    return true;
}

/* ---- which job is whose ---------------------------------------------------------------------- */

struct bridge_job *bridge_jobs_pick(struct pool_bridge *bridge, const struct bridge_client *client)
{
    uint32_t chains = bridge->chains;
    for (uint32_t i = 0; i < chains; i++) {
        struct bridge_job *entry = bridge->current[(client->number + bridge->turn + i) % chains];
        if (entry != NULL && !entry->won) {
            return entry;
        }
    }
    return NULL;
}

double bridge_work(const struct pool_job *job, const uint8_t target_be[32])
{
    return base_target_expected_tries(target_be) * job->chains;
}

void bridge_job_target(uint8_t target_be[32], const struct pool_bridge *bridge,
                       const struct pool_job *job, double difficulty)
{
    bridge->host->target(target_be, difficulty, bridge->algo);
    if (base_target_compare(job->target_be, target_be) > 0) {
        memcpy(target_be, job->target_be, 32);
    }
    if (base_target_compare(job->block_target_be, target_be) > 0) {
        memcpy(target_be, job->block_target_be, 32);
    }
}
