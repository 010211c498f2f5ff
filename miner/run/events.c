/* events.c: what a mining run does with events: jobs go to the board, verdicts to the tally, and
 * each gets a log line. Where lines come faster than a person reads, the rest are counted and
 * reported in one line a second: nothing is left out silently. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/target.h"
#include "log/units.h"
#include "run/engine.h"

enum {
    LINES_A_SECOND = 8,
    PUSH_LINE_MS = 30000, /* sets of jobs come four times a second; one line in this time */
    RATE_KNOWN_S = 3,     /* of hashing tell the hashrate well enough for a warning */
    SLOW_SHARE_S = 1800,
};

void miner_events_init(struct miner_events *events)
{
    (void)pthread_mutex_init(&events->lock, NULL);
}

/* Under the lock. */
static uint64_t limit_tick(struct miner_line_limit *limit)
{
    uint64_t held = limit->held;
    limit->written = 0;
    limit->held = 0;
    return held;
}

/* True when another line of this kind may be written in this second. */
static bool allowed(struct miner_engine *engine, struct miner_line_limit *limit)
{
    (void)pthread_mutex_lock(&engine->events.lock);
    bool yes = limit->written < LINES_A_SECOND;
    limit->written += yes;
    limit->held += !yes;
    (void)pthread_mutex_unlock(&engine->events.lock);
    return yes;
}

/* ", chain 5, height 1000": what a coin with one chain and a protocol without heights do not have
 * is left out. */
static const char *place_text(char text[64], const struct miner_engine *engine, uint32_t chain,
                              uint64_t height)
{
    char part[32] = "";
    text[0] = '\0';
    if (engine->algo->chains > 1) {
        (void)snprintf(text, 64, ", chain %u", chain);
    }
    if (height != 0) {
        (void)snprintf(part, sizeof part, ", height %" PRIu64, height);
    }
    (void)strncat(text, part, 63 - strlen(text));
    return text;
}

/* Write the line about a gathered set of jobs. Under the lock. */
static void tell_push(struct miner_engine *engine)
{
    struct miner_events *events = &engine->events;
    char heights[64] = "";
    char chains[64] = "";
    char covered[64] = "";
    if (events->push_jobs == 0) {
        return;
    }
    bool often = events->push_tell_ms != 0 && events->push_ms - events->push_tell_ms < PUSH_LINE_MS;
    if (events->push_height_max > events->push_height_min) {
        (void)snprintf(heights, sizeof heights, ", height %" PRIu64 " to %" PRIu64,
                       events->push_height_min, events->push_height_max);
    } else if (events->push_height_max > 0) {
        (void)snprintf(heights, sizeof heights, ", height %" PRIu64, events->push_height_max);
    }
    if (engine->algo->chains > 1) {
        (void)snprintf(chains, sizeof chains, " for %u %s", events->push_jobs,
                       events->push_jobs == 1 ? "chain" : "chains");
        (void)snprintf(covered, sizeof covered, ", %u of %u chains covered",
                       miner_board_coverage(engine->board), engine->algo->chains);
    }
    miner_log(engine->host->log, often ? MINER_LOG_DEBUG : MINER_LOG_INFO, "job", "new work%s%s%s",
              chains, heights, covered);
    if (!often) {
        events->push_tell_ms = events->push_ms;
    }
    events->push_jobs = 0;
}

/* Expected hashes for a find at or below a target; 0: there is no target. */
static double work_of(const struct miner_engine *engine, const uint8_t target_be[32])
{
    static const uint8_t none[32];
    return memcmp(target_be, none, sizeof none) == 0
               ? 0
               : base_target_expected_tries(target_be) * engine->algo->chains;
}

/* Jobs that arrive together are one push of the server: gather them for one log line. */
static void gather_job(struct miner_engine *engine, const struct pool_job *job)
{
    struct miner_events *events = &engine->events;
    (void)pthread_mutex_lock(&events->lock);
    if (events->push_jobs > 0 && job->received_ms != events->push_ms) {
        tell_push(engine);
    }
    if (events->push_jobs == 0) {
        events->push_ms = job->received_ms;
        events->push_height_min = job->height;
        events->push_height_max = job->height;
    }
    events->push_jobs += 1;
    if (job->height < events->push_height_min) {
        events->push_height_min = job->height;
    }
    if (job->height > events->push_height_max) {
        events->push_height_max = job->height;
    }
    double work = work_of(engine, job->target_be);
    double share_work = job->solo ? 0 : work;
    if (share_work != events->share_work) {
        miner_credit_hashed(&events->credit, (double)miner_engine_hashes(engine),
                            events->share_work);
        events->share_work = share_work;
    }
    events->find_work = work;
    events->block_work = job->solo ? work : work_of(engine, job->block_target_be);
    bool first = events->fresh_connection;
    events->fresh_connection = false;
    (void)pthread_mutex_unlock(&events->lock);
    if (first) {
        char place[64];
        miner_log(engine->host->log, MINER_LOG_INFO, "job",
                  "first job%s: %.4g %s expected for a %s",
                  place_text(place, engine, job->chain, job->height), work,
                  miner_unit_noun(engine->algo->unit), job->solo ? "block" : "share");
    }
}

void miner_events_on_bad_job(void *user, const struct base_error *error)
{
    struct miner_engine *engine = user;
    if (allowed(engine, &engine->events.bad_jobs)) {
        miner_log(engine->host->log, MINER_LOG_WARNING, "job", "not mined: %s", error->text);
    }
}

static void on_job(struct miner_engine *engine, const struct pool_job *job)
{
    struct base_error error = {BASE_OK, ""};
    uint_fast64_t none = 0;
    enum base_status status = engine->tables != NULL
                                  ? miner_tables_publish(engine->tables, job, &error)
                                  : miner_board_publish(engine->board, job, &error);
    if (status != BASE_OK) {
        miner_events_on_bad_job(engine, &error);
        return;
    }
    if (job->refill) {
        return; /* the same job with other nonces */
    }
    miner_count(&engine->tally.jobs, 1);
    if (atomic_compare_exchange_strong(&engine->first_job_ns, &none, base_clock_ns())) {
        miner_engine_wake(engine); /* an engine that takes over from another waits for it */
    }
    gather_job(engine, job);
}

/* Note the state of the connection. Counts one more connection or failure. */
static void note_link(struct miner_engine *engine, const struct pool_event *event)
{
    struct miner_link *link = &engine->events.link;
    bool up = event->kind == POOL_EVENT_CONNECTED;
    (void)pthread_mutex_lock(&engine->events.lock);
    link->connects += up;
    if (event->kind == POOL_EVENT_DISCONNECTED) {
        link->failures += 1;
        link->failed = event->server;
        link->answered = event->answered;
        (void)snprintf(link->last_words, sizeof link->last_words, "%s", event->text);
    }
    /* Otherwise another server is being tried while this one is connected. */
    if (up || !link->up || event->server == link->server) {
        if (up != link->up || link->since_ms == 0) {
            link->since_ms = base_clock_ms();
        }
        link->up = up;
        link->server = event->server;
        link->difficulty = up ? link->difficulty : 0;
    }
    (void)pthread_mutex_unlock(&engine->events.lock);
    atomic_store(&engine->link_changed, true);
    miner_engine_wake(engine);
}

/* "0000002af31c": enough of a hash to look it up. */
static void hash_text(char text[17], const uint8_t *hash_be)
{
    text[0] = '\0';
    if (hash_be != NULL) {
        base_hex_encode(text, hash_be, 8);
    }
}

double miner_events_network_difficulty(struct miner_engine *engine)
{
    const struct miner_events *events = &engine->events;
    (void)pthread_mutex_lock(&engine->events.lock);
    bool has_unit = events->link.difficulty > 0 && events->find_work > 0;
    double difficulty = has_unit ? events->link.difficulty * events->block_work / events->find_work
                                 : events->block_work;
    (void)pthread_mutex_unlock(&engine->events.lock);
    return difficulty;
}

/* ", difficulty 12.34" of a find, in the server's unit; "" where that is not known. */
static const char *difficulty_text(char text[32], struct miner_engine *engine,
                                   const struct pool_event *event)
{
    (void)pthread_mutex_lock(&engine->events.lock);
    double unit = engine->events.link.difficulty;
    (void)pthread_mutex_unlock(&engine->events.lock);
    text[0] = '\0';
    if (event->job != NULL && event->hash_be != NULL && unit > 0) {
        (void)snprintf(text, 32, ", difficulty %.4g",
                       unit * base_target_expected_tries(event->hash_be) /
                           base_target_expected_tries(event->job->target_be));
    }
    return text;
}

/* Returns: the fate that was known before; OPEN for a new block. */
static enum pool_fate note_block(struct miner_engine *engine, const struct pool_block *block)
{
    (void)pthread_mutex_lock(&engine->events.lock);
    double time_s = engine->start_time_s + (double)(base_clock_ns() - engine->start_ns) / 1e9;
    enum pool_fate before = miner_blocks_note(&engine->events.blocks, block, time_s);
    (void)pthread_mutex_unlock(&engine->events.lock);
    return before;
}

static void on_verdict(struct miner_engine *engine, const struct pool_event *event)
{
    struct miner_log *log = engine->host->log;
    const struct pool_job *job = event->job;
    const struct pool_block *block = event->found;
    uint32_t chain = job != NULL && job->chain < KERN_CHAINS_MAX ? job->chain : 0;
    const char *device = event->tag >= POOL_BRIDGE_TAG     ? "another miner"
                         : event->tag < engine->lane_count ? engine->lanes[event->tag].name
                                                           : "?";
    double ms = (double)event->delay_ns / 1e6;
    char hash[17];
    char place[64];
    char difficulty[32];
    miner_tally_verdict(&engine->tally, chain, event->verdict, block != NULL);
    miner_events_count_credit(engine, event);
    hash_text(hash, event->hash_be);
    if (event->verdict == POOL_ACCEPTED) {
        miner_histogram_add(&engine->answers, event->delay_ns);
        bool told = allowed(engine, block != NULL ? &engine->events.blocks_accepted
                                                  : &engine->events.shares_accepted);
        if (block != NULL) {
            (void)note_block(engine, block);
        }
        if (told || block != NULL) { /* the debug log names every block */
            miner_log(log, told ? MINER_LOG_GOOD : MINER_LOG_DEBUG, "net",
                      "accepted: %s%s, %s%s, %.1f ms (%s)", block != NULL ? "block" : "share",
                      place_text(place, engine, chain, job != NULL ? job->height : 0),
                      block != NULL && block->id[0] != '\0' ? block->id : hash,
                      difficulty_text(difficulty, engine, event), ms, device);
        }
        if (atomic_load(&engine->wake_on_accepted)) {
            miner_engine_wake(engine);
        }
        return;
    }
    if (event->verdict != POOL_NOT_SENT && event->verdict != POOL_UNANSWERED) {
        miner_histogram_add(&engine->answers, event->delay_ns);
    }
    if (allowed(engine, &engine->events.refused)) {
        bool words = event->text != NULL && event->text[0] != '\0';
        /* What the server did not judge may be good: its reason had a warning of its own. */
        bool open = event->verdict == POOL_UNANSWERED;
        bool mild = open || event->verdict == POOL_STALE;
        miner_log(log, mild ? MINER_LOG_INFO : MINER_LOG_WARNING, "net", "%s%s%s%s%s, %s%s (%s)",
                  open ? "sent, " : "not accepted: ", pool_verdict_text(event->verdict),
                  words ? ": " : "", words ? event->text : "",
                  place_text(place, engine, chain, job != NULL ? job->height : 0), hash,
                  difficulty_text(difficulty, engine, event), device);
    }
}

/* More is known of a block of ours. It is counted once its fate is final. */
static void on_block(struct miner_engine *engine, const struct pool_block *block)
{
    struct miner_log *log = engine->host->log;
    const char *id = block->id[0] != '\0' ? block->id : "(id not known)";
    bool final = !block->watched && block->fate != POOL_FATE_OPEN;
    bool changed = note_block(engine, block) != block->fate;
    if (final) {
        miner_count(&engine->tally.fates[block->fate], 1);
    }
    if (block->fate == POOL_FATE_IN_CHAIN) {
        bool told = (final || changed) && allowed(engine, &engine->events.blocks_in_chain);
        miner_log(log, told ? MINER_LOG_INFO : MINER_LOG_DEBUG, "net",
                  "block %s is in the chain, with %" PRIu64 " confirmation%s", id,
                  block->confirmations, block->confirmations == 1 ? "" : "s");
    } else if (changed) {
        miner_log(log, MINER_LOG_WARNING, "net", "block %s: %s", id,
                  block->fate == POOL_FATE_OPEN ? "not in the chain any more"
                                                : pool_fate_text(block->fate));
    }
}

void miner_events_on_pool(void *user, const struct pool_event *event)
{
    struct miner_engine *engine = user;
    struct miner_log *log = engine->host->log;
    if (engine->bridge != NULL) {
        pool_bridge_event(engine->bridge, event);
    }
    switch (event->kind) {
    case POOL_EVENT_CONNECTING:
        note_link(engine, event);
        miner_log(log, MINER_LOG_INFO, "net", "connecting to %s", event->text);
        break;
    case POOL_EVENT_CONNECTED:
        note_link(engine, event);
        (void)pthread_mutex_lock(&engine->events.lock);
        tell_push(engine);
        engine->events.fresh_connection = true;
        engine->events.share_judged = false;
        (void)pthread_mutex_unlock(&engine->events.lock);
        atomic_store(&engine->reached, true);
        miner_log(log, MINER_LOG_INFO, "net", "connected: %s", event->text);
        break;
    case POOL_EVENT_DISCONNECTED:
        note_link(engine, event);
        miner_log(log, MINER_LOG_WARNING, "net", "%s%s; next try in %.1f s",
                  event->served ? "disconnected: " : "no work from ", event->text,
                  event->wait_ms / 1000.0);
        break;
    case POOL_EVENT_JOB:
        on_job(engine, event->job);
        break;
    case POOL_EVENT_NO_JOBS:
        if (engine->tables != NULL) {
            miner_tables_clear(engine->tables);
        } else {
            miner_board_clear(engine->board);
        }
        miner_log(log, MINER_LOG_WARNING, "net", "no work: lanes rest until a server gives some");
        break;
    case POOL_EVENT_SENT:
        miner_histogram_add(&engine->submits, event->delay_ns);
        break;
    case POOL_EVENT_VERDICT:
        on_verdict(engine, event);
        break;
    case POOL_EVENT_BLOCK:
        on_block(engine, event->found);
        break;
    case POOL_EVENT_DIFFICULTY:
        (void)pthread_mutex_lock(&engine->events.lock);
        engine->events.link.difficulty = event->difficulty;
        (void)pthread_mutex_unlock(&engine->events.lock);
        miner_log(log, MINER_LOG_INFO, "net", "difficulty set to %g", event->difficulty);
        break;
    case POOL_EVENT_INFO:
        miner_log(log, MINER_LOG_INFO, "net", "%s", event->text);
        break;
    case POOL_EVENT_WARNING:
        miner_log(log, MINER_LOG_WARNING, "net", "%s", event->text);
        break;
    }
}

void miner_events_on_fault(void *user, size_t lane, const struct miner_task *task,
                           const struct kern_find *find, bool distrust)
{
    struct miner_engine *engine = user;
    struct miner_lane *faulty = &engine->lanes[lane];
    if (allowed(engine, &engine->events.faults)) {
        miner_log(engine->host->log, MINER_LOG_WARNING, "miner",
                  "%s gave a wrong find (chain %u, counter %" PRIu64
                  "): not sent. Overclocking, heat or a driver fault; so far %" PRIu64
                  " wrong, %" PRIu64 " right",
                  faulty->name, task->work.chain, find->counter,
                  miner_counted(&faulty->counters.faults), miner_counted(&faulty->counters.found));
    }
    if (distrust) {
        (void)atomic_fetch_add(&faulty->distrusted, 1);
        miner_log(engine->host->log, MINER_LOG_ERROR, "miner",
                  "%s is not trusted any more: too many of its finds are wrong", faulty->name);
    }
}

void miner_events_on_warning(void *user, const char *text)
{
    struct miner_engine *engine = user;
    if (allowed(engine, &engine->events.faults)) {
        miner_log(engine->host->log, MINER_LOG_WARNING, "miner", "%s", text);
    }
}

/* Once a connection: a share that takes longer than a user waits for signs of life is said. */
static void warn_of_slow_shares(struct miner_engine *engine)
{
    struct miner_events *events = &engine->events;
    uint64_t first_ns = atomic_load(&engine->first_job_ns);
    double mined_s = first_ns != 0 ? (double)(base_clock_ns() - first_ns) / 1e9 : 0;
    double rate = mined_s > RATE_KNOWN_S ? (double)miner_engine_hashes(engine) / mined_s : 0;
    char span[32];
    (void)pthread_mutex_lock(&events->lock);
    double work = events->share_work;
    bool due = !events->share_judged && !events->fresh_connection && rate > 0 && work > 0;
    events->share_judged = events->share_judged || due;
    (void)pthread_mutex_unlock(&events->lock);
    if (due && work / rate > SLOW_SHARE_S) {
        miner_log(engine->host->log, MINER_LOG_WARNING, "job",
                  "a share takes about %s at this difficulty: the pool will show nothing for so "
                  "long; most have a port or a password (such as d=1) for a lower one",
                  miner_unit_span(span, sizeof span, work / rate));
    }
}

void miner_events_tick(struct miner_engine *engine, uint64_t now_ms)
{
    warn_of_slow_shares(engine);
    struct miner_events *events = &engine->events;
    (void)pthread_mutex_lock(&events->lock);
    uint64_t accepted = limit_tick(&events->shares_accepted) + limit_tick(&events->blocks_accepted);
    uint64_t refused = limit_tick(&events->refused);
    uint64_t faults = limit_tick(&events->faults);
    (void)limit_tick(&events->bad_jobs);
    (void)limit_tick(&events->blocks_in_chain);
    if (events->push_jobs > 0 && now_ms > events->push_ms + 50) {
        tell_push(engine);
    }
    (void)pthread_mutex_unlock(&events->lock);
    if (accepted > 0) {
        miner_log(engine->host->log, MINER_LOG_GOOD, "net", "accepted: %" PRIu64 " more", accepted);
    }
    if (refused > 0) {
        miner_log(engine->host->log, MINER_LOG_WARNING, "net", "not accepted: %" PRIu64 " more",
                  refused);
    }
    if (faults > 0) {
        miner_log(engine->host->log, MINER_LOG_WARNING, "miner", "%" PRIu64 " more such warnings",
                  faults);
    }
}
