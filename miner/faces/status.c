/* status.c: see status.h. */
#include "faces/status.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/rate.h"

struct miner_status {
    struct miner_face face;
    struct miner_log *log; /* borrowed */
    struct miner_rig *rig; /* borrowed */
    uint64_t told_ms;      /* time of the last line, or of the first tick; 0: no tick yet */
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

void miner_status_line(struct miner_log *log, const struct miner_snapshot_group *group)
{
    char sensors[512];
    char rate[MINER_WINDOWS][32];
    for (size_t i = 0; i < MINER_WINDOWS; i++) {
        (void)base_rate_text(rate[i], sizeof rate[i], group->rate[i], group->unit);
    }
    sensors_text(sensors, sizeof sensors, group);
    miner_log(log, MINER_LOG_INFO, "miner",
              "%s%s10s/60s/15m %s %s %s | accepted %" PRIu64 " stale %" PRIu64 " rejected %" PRIu64
              " wrong %" PRIu64 " | chains %u/%zu%s",
              group->name, group->name[0] != '\0' ? ": " : "", rate[0], rate[1], rate[2],
              group->shares.accepted, group->shares.stale, group->shares.rejected,
              group->shares.faults, group->covered, group->chain_count, sensors);
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
