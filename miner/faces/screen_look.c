/* screen_look.c: the numbers of the live screen, and what its keys do. See screen.h. */
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "faces/screen.h"
#include "log/units.h"

enum { SAMPLE_MS = 1000 };

void miner_screen_follow(struct miner_screen_past *past, const struct miner_view *view)
{
    if (past->sampled_ms != 0 && view->now_ms - past->sampled_ms < SAMPLE_MS) {
        return;
    }
    if (view->expected > 0 && view->hashes > past->hashes) {
        past->expected_finds += (double)(view->hashes - past->hashes) / view->expected;
    }
    past->hashes = view->hashes;
    past->sampled_ms = view->now_ms;
    if (past->history_count == MINER_SCREEN_HISTORY_MAX) {
        past->history_count -= 1;
        memmove(past->history, past->history + 1, past->history_count * sizeof past->history[0]);
    }
    past->history[past->history_count++] = view->rate[0];
}

void miner_screen_gather(struct miner_screen_look *look, struct miner_engine *engine)
{
    const struct miner_tally *tally = &engine->tally;
    look->version = SHARDPICK_VERSION;
    look->title = engine->algo->title;
    look->unit = engine->algo->unit;
    look->stopping = atomic_load(&engine->shared.stopping);
    look->lucky_finds = 0;
    for (size_t i = 0; i < look->view->device_count; i++) {
        look->lucky_finds += look->view->devices[i].sum.found;
    }
    look->accepted = miner_tally_sum(tally->accepted);
    look->stale = miner_tally_sum(tally->stale);
    look->rejected = miner_tally_sum(tally->rejected);
    look->wrong = miner_counted(&tally->faults);
    look->latency_ms = miner_histogram_ms(&engine->answers, 0.5);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void tell_hashrate(struct miner_engine *engine, const struct miner_view *view)
{
    const char *unit = engine->algo->unit;
    char text[4][32];
    miner_log(engine->host->log, MINER_LOG_INFO, "miner",
              "hashrate: 10 s %s, 1 min %s, 15 min %s, highest %s; %.4g hashes in all",
              miner_status_rate(text[0], sizeof text[0], view->rate[0], unit),
              miner_status_rate(text[1], sizeof text[1], view->rate[1], unit),
              miner_status_rate(text[2], sizeof text[2], view->rate[2], unit),
              miner_status_rate(text[3], sizeof text[3], view->highest, unit),
              (double)view->hashes);
}

static void tell_shares(struct miner_engine *engine)
{
    const struct miner_tally *tally = &engine->tally;
    miner_log(engine->host->log, MINER_LOG_INFO, "miner",
              "sent %" PRIu64 ": accepted %" PRIu64 " (%" PRIu64 " met a block's target), stale "
              "%" PRIu64 ", rejected %" PRIu64 ", no answer yet %" PRIu64
              "; held back: wrong %" PRIu64 ", second of a template %" PRIu64 ", repeated %" PRIu64,
              miner_tally_sum(tally->found), miner_tally_sum(tally->accepted),
              miner_counted(&tally->blocks), miner_tally_sum(tally->stale),
              miner_tally_sum(tally->rejected), miner_tally_open(tally),
              miner_counted(&tally->faults), miner_counted(&tally->extra),
              miner_counted(&tally->duplicates));
}

static void tell_connection(struct miner_engine *engine, const struct miner_view *view)
{
    const struct miner_view_server *server = &view->server;
    char span[40];
    double since_s = server->since_ms > 0 && view->now_ms > server->since_ms
                         ? (double)(view->now_ms - server->since_ms) / 1000
                         : 0;
    miner_log(engine->host->log, MINER_LOG_INFO, "net",
              "%s: %s for %s; connected %" PRIu64 " times, %" PRIu64
              " failures; answers p50 %.1f ms, p99 %.1f ms; work for %u of %" PRIu32 " chains",
              server->name[0] != '\0' ? server->name : "no server", server->up ? "up" : "down",
              miner_screen_span(span, sizeof span, since_s), server->connects, server->failures,
              miner_histogram_ms(&engine->answers, 0.5), miner_histogram_ms(&engine->answers, 0.99),
              view->covered, view->chains);
}

static void tell_devices(struct miner_engine *engine, const struct miner_view *view)
{
    for (size_t i = 0; i < view->device_count; i++) {
        const struct miner_view_device *device = &view->devices[i];
        char rate[32];
        char lanes[32];
        char reading[160];
        (void)miner_reading_text(reading, sizeof reading, &device->reading);
        miner_log(engine->host->log, MINER_LOG_INFO, "miner",
                  "%s: %s, %s, kernel %s, %s, %" PRIu64 " right finds, %" PRIu64 " wrong%s%s",
                  device->name, device->state,
                  miner_unit_plural(lanes, sizeof lanes, device->sum.lanes, "lane"), device->kernel,
                  miner_status_rate(rate, sizeof rate, device->rate[1], engine->algo->unit),
                  device->sum.found, device->sum.faults, reading[0] != '\0' ? ", " : "", reading);
    }
}

void miner_screen_key(struct miner_engine *engine, const struct miner_view *view, int key)
{
    switch (key) {
    case 'h':
        tell_hashrate(engine, view);
        break;
    case 's':
        tell_shares(engine);
        break;
    case 'c':
        tell_connection(engine, view);
        break;
    case 'd':
        tell_devices(engine, view);
        break;
    case 'q':
        (void)kill(getpid(), SIGINT);
        break;
    default:
        break;
    }
}
