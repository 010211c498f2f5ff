/* screen_look.c: see screen_look.h. */
#include "faces/screen_look.h"

#include <inttypes.h>
#include <string.h>

#include "base/rate.h"
#include "log/units.h"

enum { SAMPLE_MS = 1000 };

void miner_screen_follow(struct miner_screen_past *past, const struct miner_snapshot *snapshot,
                         const struct miner_snapshot_group *group)
{
    if (past->sampled_ms != 0 && snapshot->now_ms - past->sampled_ms < SAMPLE_MS) {
        return;
    }
    if (group->expected > 0 && group->hashes > past->hashes) {
        past->expected_finds += (double)(group->hashes - past->hashes) / group->expected;
    }
    past->hashes = group->hashes;
    past->sampled_ms = snapshot->now_ms;
    if (past->history_count == MINER_SCREEN_HISTORY_MAX) {
        past->history_count -= 1;
        memmove(past->history, past->history + 1, past->history_count * sizeof past->history[0]);
    }
    past->history[past->history_count++] = group->rate[0];
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void tell_hashrate(struct miner_log *log, const struct miner_snapshot_group *group)
{
    char text[4][32];
    miner_log(log, MINER_LOG_INFO, "miner",
              "hashrate: 10 s %s, 1 min %s, 15 min %s, highest %s; %.4g %s in all",
              base_rate_text(text[0], sizeof text[0], group->rate[0], group->unit),
              base_rate_text(text[1], sizeof text[1], group->rate[1], group->unit),
              base_rate_text(text[2], sizeof text[2], group->rate[2], group->unit),
              base_rate_text(text[3], sizeof text[3], group->highest, group->unit),
              (double)group->hashes, miner_unit_noun(group->unit));
}

static void tell_shares(struct miner_log *log, const struct miner_snapshot_shares *shares)
{
    miner_log(log, MINER_LOG_INFO, "miner",
              "sent %" PRIu64 ": accepted %" PRIu64 " (%" PRIu64 " met a block's target), stale "
              "%" PRIu64 ", rejected %" PRIu64 ", no answer yet %" PRIu64
              "; held back: wrong %" PRIu64 ", second of a template %" PRIu64 ", repeated %" PRIu64,
              shares->found, shares->accepted, shares->blocks, shares->stale, shares->rejected,
              shares->open, shares->faults, shares->extra, shares->duplicates);
}

static void tell_connection(struct miner_log *log, const struct miner_snapshot_group *group)
{
    const struct miner_snapshot_server *server = &group->server;
    char span[40];
    char chains[48] = "";
    if (group->chain_count > 1) {
        (void)snprintf(chains, sizeof chains, "; work for %u of %zu chains", group->covered,
                       group->chain_count);
    }
    miner_log(log, MINER_LOG_INFO, "net",
              "%s: %s for %s; connected %" PRIu64 " times, %" PRIu64
              " failures; answers p50 %.1f ms, p99 %.1f ms%s",
              server->name[0] != '\0' ? server->name : "no server", server->up ? "up" : "down",
              miner_unit_span(span, sizeof span, (double)server->since_ms / 1000), server->connects,
              server->failures, miner_times_ms(&group->answers, 0.5),
              miner_times_ms(&group->answers, 0.99), chains);
}

static void tell_devices(struct miner_log *log, const struct miner_snapshot_group *group)
{
    for (size_t i = 0; i < group->device_count; i++) {
        const struct miner_snapshot_device *device = &group->devices[i];
        char rate[32];
        char lanes[32];
        char reading[160];
        (void)miner_reading_text(reading, sizeof reading, &device->reading);
        miner_log(log, MINER_LOG_INFO, "miner",
                  "%s: %s, %s, kernel %s, %s, %" PRIu64 " right finds, %" PRIu64 " wrong%s%s",
                  device->name, device->state,
                  miner_unit_plural(lanes, sizeof lanes, device->sum.lanes, "lane"), device->kernel,
                  base_rate_text(rate, sizeof rate, device->rate[1], device->unit),
                  device->sum.found, device->sum.faults, reading[0] != '\0' ? ", " : "", reading);
    }
}

void miner_screen_key(struct miner_rig *rig, struct miner_log *log,
                      const struct miner_snapshot_group *group, int key)
{
    switch (key) {
    case 'h':
        tell_hashrate(log, group);
        break;
    case 's':
        tell_shares(log, &group->shares);
        break;
    case 'c':
        tell_connection(log, group);
        break;
    case 'd':
        tell_devices(log, group);
        break;
    case 'p':
        miner_rig_pause(rig, true, "by key p, r goes on");
        break;
    case 'r':
        miner_rig_pause(rig, false, "by key r");
        break;
    case 'q':
        miner_rig_quit(rig);
        break;
    default:
        break;
    }
}
