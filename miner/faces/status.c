/* status.c: see status.h. */
#include "faces/status.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/rate.h"
#include "faces/workers.h"
#include "log/units.h"

struct miner_status {
    struct miner_face face;
    struct miner_log *log; /* borrowed */
    struct miner_rig *rig; /* borrowed */
    uint64_t told_ms;      /* time of the last line, or of the first tick; 0: no tick yet */
    double told_difficulty[MINER_GROUPS_MAX]; /* of the network; 0: not yet */
};

/* " | 0000:65:00.0 61 C, 512 W" for every device of which something is known. */
static void sensors_text(char *text, size_t cap, const struct miner_snapshot_group *group)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < group->device_count && used + 1 < cap; i++) {
        const struct miner_snapshot_device *device = &group->devices[i];
        char known[128];
        if (miner_reading_text(known, sizeof known, &device->reading)[0] != '\0') {
            int more = snprintf(text + used, cap - used, " | %s %s%s", device->select, known,
                                device->cooling ? ", paused" : "");
            used += more > 0 ? (size_t)more : 0;
        }
    }
}

/* " | share in 12 s, block in 3.2 d": the mean times at the rate of the last minute. */
static void expected_text(char *text, size_t cap, const struct miner_snapshot_group *group)
{
    char share[32];
    char block[32];
    double rate = group->rate[1] > 0 ? group->rate[1] : group->rate[0];
    text[0] = '\0';
    if (rate > 0 && group->block_expected > 0 && !group->solo && group->expected > 0) {
        (void)snprintf(text, cap, " | share in %s, block in %s",
                       miner_unit_span(share, sizeof share, group->expected / rate),
                       miner_unit_span(block, sizeof block, group->block_expected / rate));
    } else if (rate > 0 && group->expected > 0) {
        (void)snprintf(text, cap, " | %s in %s", group->solo ? "block" : "share",
                       miner_unit_span(share, sizeof share, group->expected / rate));
    }
}

/* The network, whenever it has changed by a tenth. */
static void tell_network(struct miner_status *status, size_t index,
                         const struct miner_snapshot_group *group)
{
    char rate[48] = "";
    char text[32];
    double known = group->network_difficulty;
    double told = index < MINER_GROUPS_MAX ? status->told_difficulty[index] : known;
    if (known == 0 || (told > 0 && known / told < 1.1 && told / known < 1.1)) {
        return;
    }
    status->told_difficulty[index] = known;
    if (group->network_rate > 0) {
        (void)snprintf(rate, sizeof rate, ", about %s",
                       base_rate_text(text, sizeof text, group->network_rate, group->unit));
    }
    miner_log(status->log, MINER_LOG_INFO, "job", "%s%snetwork: difficulty %.4g%s", group->name,
              group->name[0] != '\0' ? ": " : "", known, rate);
}

/* " | table of height 1234: 43 %" of the device that is furthest from having its own. */
static void table_text(char text[64], const struct miner_snapshot_group *group)
{
    const struct miner_snapshot_device *last = NULL;
    text[0] = '\0';
    for (size_t i = 0; i < group->device_count; i++) {
        const struct miner_snapshot_device *device = &group->devices[i];
        bool builds = device->table_permille > 0;
        if (builds && (last == NULL || device->table_permille < last->table_permille)) {
            last = device;
        }
    }
    if (last != NULL) {
        (void)snprintf(text, 64, " | table of height %" PRIu64 ": %u %%", last->table_height,
                       last->table_permille / 10);
    }
}

void miner_status_line(struct miner_log *log, const struct miner_snapshot_group *group)
{
    char sensors[512];
    char expected[96];
    char chains[48] = "";
    char table[64];
    char rate[MINER_WINDOWS][32];
    for (size_t i = 0; i < MINER_WINDOWS; i++) {
        (void)base_rate_text(rate[i], sizeof rate[i], group->rate[i], group->unit);
    }
    sensors_text(sensors, sizeof sensors, group);
    expected_text(expected, sizeof expected, group);
    table_text(table, group);
    if (group->chain_count > 1) {
        (void)snprintf(chains, sizeof chains, " | chains %u/%zu", group->covered,
                       group->chain_count);
    }
    miner_log(log, MINER_LOG_INFO, "miner",
              "%s%s10s/60s/15m %s %s %s | accepted %" PRIu64 " stale %" PRIu64 " rejected %" PRIu64
              " wrong %" PRIu64 "%s%s%s%s",
              group->name, group->name[0] != '\0' ? ": " : "", rate[0], rate[1], rate[2],
              group->shares.accepted, group->shares.stale, group->shares.rejected,
              group->shares.faults, expected, chains, table, sensors);
}

static enum base_status start(struct miner_face *face, struct miner_rig *rig,
                              struct base_error *error)
{
    struct miner_status *status = (void *)face;
    (void)error;
    status->rig = rig;
    return BASE_OK;
}

static void tick(struct miner_face *face, const struct miner_snapshot *snapshot)
{
    struct miner_status *status = (void *)face;
    for (size_t i = 0; i < snapshot->group_count; i++) {
        tell_network(status, i, &snapshot->groups[i]);
    }
    uint32_t interval_ms = miner_rig_face_settings(status->rig).summary_interval_ms;
    if (status->told_ms == 0) {
        status->told_ms = snapshot->now_ms;
    }
    if (interval_ms == 0 || snapshot->stopping ||
        snapshot->now_ms - status->told_ms < interval_ms) {
        return;
    }
    status->told_ms = snapshot->now_ms;
    for (size_t i = 0; i < snapshot->group_count; i++) {
        miner_status_line(status->log, &snapshot->groups[i]);
    }
    if (snapshot->serves) {
        miner_workers_line(status->log, snapshot);
    }
}

static bool stop(struct miner_face *face)
{
    base_free((void *)face);
    return true;
}

struct miner_face *miner_status_new(struct miner_log *log)
{
    struct miner_status *status = base_alloc(1, sizeof *status);
    if (status == NULL) {
        return NULL;
    }
    status->face = (struct miner_face){start, tick, stop};
    status->log = log;
    return &status->face;
}
