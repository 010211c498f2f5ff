/* events_credit.c: what pools credit, counted from their verdicts and judged against what was
 * hashed; see credit.h. */
#include "base/target.h"
#include "run/engine.h"

enum { CREDIT_MS = 10000 }; /* between two judgements */

void miner_events_count_credit(struct miner_engine *engine, const struct pool_event *event)
{
    struct miner_credit_sums *sums = &engine->events.credit;
    if (event->job == NULL || event->job->solo ||
        (pool_job_has_easy_blocks(event->job) && event->hash_be != NULL &&
         !base_target_meets(event->hash_be, event->job->target_be))) {
        return; /* blocks of our own, and blocks that are no share */
    }
    (void)pthread_mutex_lock(&engine->events.lock);
    switch (event->verdict) {
    case POOL_ACCEPTED:
        miner_credit_add(sums,
                         base_target_expected_tries(event->job->target_be) * engine->algo->chains);
        break;
    case POOL_STALE:
        sums->stale++;
        break;
    case POOL_WRONG_CHAIN:
        sums->wrong_chain++;
        break;
    case POOL_LOW_DIFFICULTY:
        sums->low_difficulty++;
        break;
    case POOL_UNANSWERED:
    case POOL_NOT_SENT:
        sums->unanswered++;
        break;
    default:
        sums->refused++;
        break;
    }
    (void)pthread_mutex_unlock(&engine->events.lock);
}

/* Sums with hashes; *work: of a share now. */
static struct miner_credit_sums credit_sums(struct miner_engine *engine, double *work)
{
    (void)pthread_mutex_lock(&engine->events.lock);
    struct miner_credit_sums sums = engine->events.credit;
    *work = engine->events.share_work;
    (void)pthread_mutex_unlock(&engine->events.lock);
    if (*work > 0) {
        miner_credit_hashed(&sums, (double)miner_engine_hashes(engine), *work);
    } else {
        sums.hashes = 0; /* a node's blocks are not judged */
    }
    return sums;
}

struct miner_credit miner_events_credit(struct miner_engine *engine)
{
    double work = 0;
    struct miner_credit_sums sums = credit_sums(engine, &work);
    return miner_credit_judge(&sums, work);
}

static void warn_of_credit(struct miner_engine *engine, const char *when,
                           const struct miner_credit *credit)
{
    miner_log(engine->host->log, MINER_LOG_WARNING, "miner",
              "%scredited %.1f %% of what was hashed: %.0f shares, where chance allows %.0f to "
              "%.0f; %s",
              when, 100 * credit->ratio, credit->seen, credit->low, credit->high, credit->cause);
}

/* The whole run is judged whenever its expectation has doubled: a thousand judgements by a 99.9 %
 * interval would find something by chance alone. */
void miner_events_check_credit(struct miner_engine *engine, uint64_t now_ms)
{
    if (now_ms < engine->events.credit_ms) {
        return;
    }
    engine->events.credit_ms = now_ms + CREDIT_MS;
    double work = 0;
    struct miner_credit_sums sums = credit_sums(engine, &work);
    struct miner_credit hour;
    if (work > 0 &&
        miner_credit_window_look(&engine->events.credit_hour, &hour, &sums, work, now_ms)) {
        warn_of_credit(engine, "in the last hour ", &hour);
    }
    struct miner_credit credit = miner_credit_judge(&sums, work);
    if (credit.state == MINER_CREDIT_EARLY || credit.expected < engine->events.credit_look) {
        return;
    }
    engine->events.credit_look = 2 * credit.expected;
    if (credit.state != MINER_CREDIT_FAIR) {
        warn_of_credit(engine, "", &credit);
    }
}
