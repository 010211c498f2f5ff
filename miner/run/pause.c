/* pause.c: see pause.h, and miner_engine_pause in engine.h. */
#include "run/pause.h"

#include <stdio.h>

#include "machine/power.h"
#include "run/engine.h"

enum { LOOK_MS = 3000 }; /* the charger's plug is noticed within this time */

void miner_pauses_init(struct miner_pauses *pauses)
{
    (void)pthread_mutex_init(&pauses->lock, NULL);
}

void miner_pauses_deinit(struct miner_pauses *pauses)
{
    (void)pthread_mutex_destroy(&pauses->lock);
}

/* True while there is any reason. Under the lock. */
static bool wanted(const struct miner_pauses *pauses)
{
    return pauses->asked || pauses->battery || pauses->difficulty;
}

/* Pause or resume the board as the reasons require. Under the lock. */
static void apply(struct miner_engine *engine, const char *who)
{
    bool rest = wanted(&engine->pauses);
    if (miner_board_pause(engine->board, rest)) {
        miner_log(engine->host->log, MINER_LOG_INFO, "miner", "%s %s",
                  rest ? "paused: lanes rest, the connection stays;" : "lanes go on;", who);
    }
}

void miner_engine_pause(struct miner_engine *engine, bool pause, const char *who)
{
    struct miner_pauses *pauses = &engine->pauses;
    (void)pthread_mutex_lock(&pauses->lock);
    pauses->asked = pause;
    pauses->battery = pauses->battery && pause;
    apply(engine, who);
    (void)pthread_mutex_unlock(&pauses->lock);
}

/* The network's difficulty against the limit; without a job nothing changes. */
static void look_at_difficulty(struct miner_engine *engine)
{
    struct miner_pauses *pauses = &engine->pauses;
    double limit = engine->config.max_difficulty;
    double now = miner_events_network_difficulty(engine);
    bool above = limit > 0 && (now > 0 ? now > limit : pauses->difficulty);
    char why[96];
    if (above == pauses->difficulty) {
        return;
    }
    (void)snprintf(why, sizeof why, "the network's difficulty is %.6g, --max-diff is %g", now,
                   limit);
    (void)pthread_mutex_lock(&pauses->lock);
    pauses->difficulty = above;
    apply(engine, limit > 0 ? why : "there is no --max-diff any more");
    (void)pthread_mutex_unlock(&pauses->lock);
}

void miner_pauses_tick(struct miner_engine *engine, const char *root, uint64_t now_ms)
{
    struct miner_pauses *pauses = &engine->pauses;
    look_at_difficulty(engine);
    if (!engine->config.pause_on_battery || now_ms < pauses->look_ms) {
        return;
    }
    pauses->look_ms = now_ms + LOOK_MS;
    bool on_battery = miner_power_look(root) == MINER_POWER_BATTERY;
    if (on_battery == pauses->on_battery) {
        return;
    }
    pauses->on_battery = on_battery;
    (void)pthread_mutex_lock(&pauses->lock);
    pauses->battery = on_battery;
    apply(engine, on_battery ? "the machine runs on its battery" : "the charger is plugged in");
    (void)pthread_mutex_unlock(&pauses->lock);
}

void miner_pauses_forget_battery(struct miner_engine *engine)
{
    struct miner_pauses *pauses = &engine->pauses;
    pauses->on_battery = false;
    (void)pthread_mutex_lock(&pauses->lock);
    pauses->battery = false;
    apply(engine, "the battery does not matter any more");
    (void)pthread_mutex_unlock(&pauses->lock);
}

void miner_pauses_inherit(struct miner_engine *engine, struct miner_engine *old)
{
    (void)pthread_mutex_lock(&old->pauses.lock);
    engine->pauses.asked = old->pauses.asked;
    engine->pauses.battery = old->pauses.battery;
    engine->pauses.difficulty = old->pauses.difficulty;
    (void)pthread_mutex_unlock(&old->pauses.lock);
    engine->pauses.on_battery = old->pauses.on_battery;
    engine->pauses.look_ms = old->pauses.look_ms;
    (void)miner_board_pause(engine->board, wanted(&engine->pauses));
}
