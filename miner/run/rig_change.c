/* rig_change.c: what changes while a rig runs: new settings, and devices that answer late. Both
 * make new engines beside those that hash, and put them in their place. Main thread. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"
#include "run/rig_groups.h"
#include "run/search.h"

enum {
    TAKEOVER_MS = 5000,   /* for the first job of an engine that is to take over */
    OLD_LANES_MS = 10000, /* for the launches of one that is replaced */
};

const struct miner_config *miner_rig_config(const struct miner_rig *rig)
{
    return &rig->groups[0].engine->config;
}

/* True when two groups' engines would use one OpenCL device. */
static bool share_device(const struct miner_engine *a, const struct miner_engine *b)
{
    for (size_t i = 0; i < a->device_count; i++) {
        const struct kern_cl_info *one = kern_cl_list_at(a->devices, a->picked[i]);
        for (size_t j = 0; j < b->device_count; j++) {
            const struct kern_cl_info *other = kern_cl_list_at(b->devices, b->picked[j]);
            bool same = one->platform == other->platform && one->device == other->device;
            if (same || (one->pci[0] != '\0' && strcmp(one->pci, other->pci) == 0)) {
                return true;
            }
        }
    }
    return false;
}

enum base_status miner_rig_check_devices(struct miner_engine *const engines[], size_t count,
                                         struct base_error *error)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            if (engines[i] != NULL && engines[j] != NULL && share_device(engines[i], engines[j])) {
                return base_error_set(error, BASE_E_STATE,
                                      "the groups %s and %s use the same OpenCL device; give it to "
                                      "one of them",
                                      engines[i]->config.group, engines[j]->config.group);
            }
        }
    }
    return BASE_OK;
}

/* ---- new settings ------------------------------------------------------------------------- */

void miner_rig_set_servers(const struct miner_rig *rig, struct miner_engine *engine)
{
    const struct miner_config *config = &engine->config;
    if (rig->own_count > 0) {
        miner_engine_set_servers(engine, rig->own, rig->own_count);
    } else {
        miner_engine_set_servers(engine, config->servers, config->server_count);
    }
}

/* Wait until an engine has something to hash, so that the change of engines costs no work; not for
 * long, since its server may be down. */
static void await_work(const struct miner_rig *rig, struct miner_engine *engine)
{
    uint64_t end_ms = base_clock_ms() + TAKEOVER_MS;
    struct pollfd polled[2] = {{.fd = engine->wake_fd, .events = POLLIN},
                               {.fd = rig->host->stop_fd, .events = POLLIN}};
    uint64_t now_ms = base_clock_ms();
    while (atomic_load(&engine->first_job_ns) == 0 && now_ms < end_ms &&
           (polled[1].revents & POLLIN) == 0) {
        (void)poll(polled, 2, (int)(end_ms - now_ms));
        (void)base_event_take(engine->wake_fd);
        now_ms = base_clock_ms();
    }
    if (atomic_load(&engine->first_job_ns) == 0) {
        miner_log(rig->log, MINER_LOG_WARNING, "config",
                  "the new settings are in force, but there is no work yet with them");
    }
}

/* Make a group's next engine; the one before goes on meanwhile. As miner_engine_new. */
static enum base_status make_next(struct miner_rig *rig, struct miner_group *group, int *exit_code,
                                  const struct miner_config *config, struct base_error *error)
{
    /* A kernel may have to be measured: nothing else may hash then. */
    bool paused[MINER_GROUPS_MAX] = {false};
    for (size_t i = 0; i < rig->count; i++) {
        paused[i] = miner_board_pause(rig->groups[i].engine->board, true);
    }
    enum base_status status =
        miner_engine_new(&group->next, exit_code, rig->host, config, true, error);
    for (size_t i = 0; i < rig->count; i++) {
        if (paused[i]) {
            (void)miner_board_pause(rig->groups[i].engine->board, false);
        }
    }
    return status;
}

static enum base_status connect_next(const struct miner_rig *rig, struct miner_group *group,
                                     struct base_error *error)
{
    miner_rig_set_servers(rig, group->next);
    return miner_engine_connect(group->next, error);
}

static void drop_next(struct miner_group *group)
{
    if (group->next != NULL) {
        miner_engine_drain(group->next); /* closes its connection */
    }
    miner_engine_free(group->next);
    group->next = NULL;
}

/* Settings of a group. */
static const struct miner_config *group_config(const struct miner_settings *settings, size_t group)
{
    return settings->groups.count > 0 ? &settings->groups.configs[group] : &settings->config;
}

/* All groups' next engines, or none. */
static enum base_status prepare_all(struct miner_rig *rig, const struct miner_settings *settings,
                                    struct base_error *error)
{
    struct miner_engine *engines[MINER_GROUPS_MAX] = {NULL};
    enum base_status status = BASE_OK;
    for (size_t i = 0; i < rig->count && status == BASE_OK; i++) {
        int ignored = 0;
        status = make_next(rig, &rig->groups[i], &ignored, group_config(settings, i), error);
        status = status == BASE_OK ? connect_next(rig, &rig->groups[i], error) : status;
        engines[i] = rig->groups[i].next;
    }
    if (status == BASE_OK) {
        status = miner_rig_check_devices(engines, rig->count, error);
    }
    for (size_t i = 0; i < rig->count && status != BASE_OK; i++) {
        drop_next(&rig->groups[i]);
    }
    return status;
}

/* Put a connected engine in the place of the one that hashes. Its finds are all sent and waited
 * for, while the new one hashes already; then its counts are taken over. */
static void take_over(struct miner_rig *rig, struct miner_group *group, struct base_error *error)
{
    struct miner_engine *old = group->engine;
    await_work(rig, group->next);
    miner_engine_stop_lanes(old, OLD_LANES_MS);
    if (miner_engine_start_lanes(group->next, error) != BASE_OK) {
        miner_log(rig->log, MINER_LOG_ERROR, "config", "%s", error->text);
    }
    miner_engine_drain(old);
    miner_engine_inherit(group->next, old);
    (void)pthread_mutex_lock(&rig->lock);
    group->engine = group->next;
    (void)pthread_mutex_unlock(&rig->lock);
    group->next = NULL;
    rig->hung = rig->hung || old->hung;
    miner_engine_free(old);
}

static void tell_changes(const struct miner_rig *rig, const struct miner_changes *changes,
                         const char *why)
{
    if (changes->applied[0] != '\0') {
        miner_log(rig->log, MINER_LOG_INFO, "config", "settings read again (%s): %s in force", why,
                  changes->applied);
    } else if (changes->waiting[0] == '\0') {
        miner_log(rig->log, MINER_LOG_INFO, "config",
                  "settings read again (%s): nothing is different", why);
    }
    if (changes->waiting[0] != '\0') {
        miner_log(rig->log, MINER_LOG_WARNING, "config",
                  "settings read again (%s): %s: in force after a new start of the program only",
                  why, changes->waiting);
    }
}

/* Put checked settings in force. */
static void adopt(struct miner_rig *rig, struct miner_settings *settings, bool engines)
{
    struct base_error error = {BASE_OK, ""};
    for (size_t i = 0; i < rig->count; i++) {
        struct miner_engine *engine = rig->groups[i].engine;
        if (engines) {
            take_over(rig, &rig->groups[i], &error);
        } else {
            (void)pthread_mutex_lock(&rig->lock);
            engine->config = *group_config(settings, i);
            (void)pthread_mutex_unlock(&rig->lock);
            miner_engine_settings(engine);
        }
    }
    miner_reload_take(rig->reload, settings);
}

void miner_rig_reload(struct miner_rig *rig, const char *why)
{
    struct base_error error = {BASE_OK, ""};
    struct miner_settings *settings = NULL;
    struct miner_changes changes;
    enum base_status status = miner_reload_read(rig->reload, &settings, &error);
    if (status == BASE_OK) {
        miner_changes_find(&changes, settings, miner_reload_now(rig->reload));
        status = changes.engine ? prepare_all(rig, settings, &error) : BASE_OK;
    }
    if (status != BASE_OK) {
        miner_log(rig->log, status == BASE_E_STATE ? MINER_LOG_INFO : MINER_LOG_ERROR, "config",
                  "settings read again (%s), nothing changed: %s", why, error.text);
        base_free(settings);
        return;
    }
    /* What is said to be in force is: the line comes after the change. New engines have much to say
     * themselves, so that the line that explains it comes first there. */
    if (changes.engine) {
        tell_changes(rig, &changes, why);
    }
    adopt(rig, settings, changes.engine);
    if (!changes.engine) {
        tell_changes(rig, &changes, why);
    }
    const struct miner_config *config = &miner_reload_now(rig->reload)->config;
    /* Last: it may silence that line. */
    miner_log_set(rig->log, miner_host_log_level(config), config->color);
}

/* ---- devices that come later -------------------------------------------------------------- */

bool miner_rig_awaits(const struct miner_rig *rig)
{
    bool awaits = false;
    for (size_t i = 0; i < rig->count; i++) {
        awaits = awaits || rig->groups[i].engine->awaits;
    }
    return awaits;
}

/* Make, for each group that waited for devices and gets some, an engine that has them, connected.
 */
static enum base_status equip_again(struct miner_rig *rig, int *exit_code, struct base_error *error)
{
    struct miner_engine *engines[MINER_GROUPS_MAX] = {NULL};
    enum base_status status = BASE_OK;
    for (size_t i = 0; i < rig->count && status == BASE_OK; i++) {
        struct miner_group *group = &rig->groups[i];
        if (group->engine->awaits) {
            group->engine->awaits = false;
            status = make_next(rig, group, exit_code, &group->engine->config, error);
        }
        if (status == BASE_OK && group->next != NULL && group->next->device_count == 0) {
            drop_next(group);
        } else if (status == BASE_OK && group->next != NULL) {
            status = connect_next(rig, group, error);
        }
        engines[i] = group->next != NULL ? group->next : group->engine;
    }
    if (status == BASE_OK) {
        status = miner_rig_check_devices(engines, rig->count, error);
        *exit_code = MINER_EXIT_USAGE;
    }
    return status;
}

bool miner_rig_join_devices(struct miner_rig *rig, int *exit_code)
{
    struct base_error error = {BASE_OK, ""};
    enum base_status status = equip_again(rig, exit_code, &error);
    if (status != BASE_OK) {
        miner_log(rig->log, MINER_LOG_ERROR, "opencl", "%s", error.text);
    }
    for (size_t i = 0; i < rig->count; i++) {
        if (status != BASE_OK) {
            drop_next(&rig->groups[i]);
        } else if (rig->groups[i].next != NULL) {
            take_over(rig, &rig->groups[i], &error);
            miner_tell_devices(rig->groups[i].engine);
        }
    }
    return status == BASE_OK;
}

void miner_rig_tell_awaited(const struct miner_rig *rig, const char *then)
{
    char what[MINER_SEARCH_TEXT_MAX];
    if (miner_rig_awaits(rig)) {
        (void)miner_search_at(rig->host->search, what);
        miner_log(rig->log, MINER_LOG_WARNING, "opencl", "no device yet: still %s; %s", what, then);
    }
}

bool miner_rig_search_hangs(struct miner_rig *rig)
{
    char what[MINER_SEARCH_TEXT_MAX];
    const struct miner_config *config = miner_rig_config(rig);
    size_t lanes = 0;
    if (!miner_rig_awaits(rig) || miner_search_at(rig->host->search, what) < config->watchdog_ms) {
        return false;
    }
    for (size_t i = 0; i < rig->count; i++) {
        lanes += rig->groups[i].engine->lane_count;
    }
    if (lanes == 0 || !rig->awaited_told) {
        miner_log(rig->log, MINER_LOG_ERROR, "opencl",
                  "%s has not ended for %.0f s: an OpenCL driver hangs. %s", what,
                  config->watchdog_ms / 1000.0,
                  lanes > 0 ? "The CPU lanes go on" : "Nothing else hashes: leaving");
    }
    rig->awaited_told = true;
    return lanes == 0;
}
