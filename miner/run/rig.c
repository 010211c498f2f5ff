/* rig.c: see rig.h. The main thread sleeps until a signal, a bound, a lane's change, a reason to
 * read the settings again, or the next second. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"
#include "run/rig_groups.h"
#include "run/search.h"

enum {
    TICK_MS = 1000,
    SEARCH_MS = 800, /* for OpenCL devices at the start; then CPU lanes go first */
    LANES_MS = 600,  /* at the end, for the last launches; with the drain less than 2 s */
};

/* ---- making ------------------------------------------------------------------------------- */

enum base_status miner_rig_new(struct miner_rig **rig, int *exit_code,
                               const struct miner_host *host, struct base_error *error)
{
    struct miner_rig *made = base_alloc(1, sizeof *made);
    const struct miner_groups *groups = host->words != NULL ? &host->words->settings->groups : NULL;
    bool several = groups != NULL && groups->count > 0;
    struct miner_engine *engines[MINER_GROUPS_MAX] = {NULL};
    *rig = NULL;
    *exit_code = MINER_EXIT_FAILED;
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory to start");
    }
    (void)pthread_mutex_init(&made->lock, NULL);
    made->log = host->log;
    made->host = host;
    made->count = several ? groups->count : 1;
    enum base_status status = miner_reload_new(&made->reload, host->words, host->reload_fd, error);
    (void)miner_search_wait(host->search, SEARCH_MS);
    for (size_t i = 0; i < made->count && status == BASE_OK; i++) {
        const struct miner_config *config = several ? &groups->configs[i] : host->config;
        status = miner_engine_new(&engines[i], exit_code, host, config, several, error);
        made->groups[i].engine = engines[i];
    }
    if (status == BASE_OK) {
        status = miner_rig_check_devices(engines, made->count, error);
        *exit_code = status == BASE_OK ? MINER_EXIT_DONE : MINER_EXIT_USAGE;
    }
    if (status != BASE_OK) {
        miner_rig_free(made);
        return status;
    }
    *rig = made;
    return BASE_OK;
}

void miner_rig_free(struct miner_rig *rig)
{
    if (rig == NULL || rig->hung) {
        return;
    }
    for (size_t i = 0; i < rig->count; i++) {
        miner_engine_free(rig->groups[i].engine);
    }
    miner_reload_free(rig->reload);
    (void)pthread_mutex_destroy(&rig->lock);
    base_free(rig);
}

/* ---- what faces ask for -------------------------------------------------------------------- */

void miner_rig_pause(struct miner_rig *rig, bool pause, const char *who)
{
    (void)pthread_mutex_lock(&rig->lock);
    for (size_t i = 0; i < rig->count; i++) {
        miner_engine_pause(rig->groups[i].engine, pause, who);
    }
    (void)pthread_mutex_unlock(&rig->lock);
}

/* By a signal, so that the guard against a stop that takes too long (process/stop.h) begins; not by
 * SIGINT, which stays ignored where it was when the program began. */
void miner_rig_quit(struct miner_rig *rig)
{
    (void)rig;
    (void)kill(getpid(), SIGTERM);
}

struct miner_face_settings miner_rig_face_settings(struct miner_rig *rig)
{
    struct miner_face_settings settings;
    (void)pthread_mutex_lock(&rig->lock);
    const struct miner_config *config = miner_rig_config(rig);
    memcpy(settings.api_token, config->api_token, sizeof settings.api_token);
    settings.summary_interval_ms = config->summary_interval_ms;
    settings.color = config->color;
    (void)pthread_mutex_unlock(&rig->lock);
    return settings;
}

enum base_status miner_rig_ask_reload(struct miner_rig *rig, struct base_error *error)
{
    struct miner_settings *settings = NULL;
    if (rig->reload == NULL) {
        return base_error_set(error, BASE_E_STATE, "there are no settings to read again");
    }
    enum base_status status = miner_reload_read(rig->reload, &settings, error);
    base_free(settings);
    if (status == BASE_OK) {
        miner_reload_ask(rig->reload);
    }
    return status;
}

/* ---- running ------------------------------------------------------------------------------ */

/* Counts of all groups that the end of the run depends on. */
struct sums {
    uint64_t blocks;
    uint64_t accepted;
    size_t unable; /* groups without a usable device */
    bool reached;  /* a server */
};

static struct sums sum_up(const struct miner_rig *rig)
{
    struct sums sums = {0};
    for (size_t i = 0; i < rig->count; i++) {
        const struct miner_engine *engine = rig->groups[i].engine;
        sums.blocks += miner_counted(&engine->tally.blocks);
        sums.accepted += miner_tally_sum(engine->tally.accepted);
        sums.unable += miner_engine_cannot_hash(engine);
        sums.reached = sums.reached || atomic_load(&engine->reached);
    }
    return sums;
}

static bool any_hangs(const struct miner_rig *rig, uint64_t now_ms)
{
    bool hangs = false;
    for (size_t i = 0; i < rig->count; i++) {
        hangs = hangs || miner_engine_hangs(rig->groups[i].engine, now_ms);
    }
    return hangs;
}

/* A bounded run ends because no server gave work. One that answered and gave none was reached. */
static void tell_no_server(struct miner_rig *rig, uint64_t ran_ms)
{
    for (size_t i = 0; i < rig->count; i++) {
        struct miner_events *events = &rig->groups[i].engine->events;
        char words[POOL_TEXT_MAX];
        (void)pthread_mutex_lock(&events->lock);
        bool answered = events->link.answered;
        memcpy(words, events->link.last_words, sizeof words);
        (void)pthread_mutex_unlock(&events->lock);
        if (answered) {
            miner_log(rig->log, MINER_LOG_ERROR, "net", "no server gave work within %.1f s: %s",
                      (double)ran_ms / 1000, words);
            return;
        }
    }
    miner_log(rig->log, MINER_LOG_ERROR, "net", "no server was reached within %.1f s",
              (double)ran_ms / 1000);
}

/* True when the run is over; *exit_code says how. */
static bool is_over(struct miner_rig *rig, uint64_t now_ms, int *exit_code)
{
    const struct miner_config *config = miner_rig_config(rig);
    const struct sums sums = sum_up(rig);
    uint64_t ran_ms = now_ms - rig->groups[0].engine->start_ns / 1000000U;
    *exit_code = MINER_EXIT_DONE;
    if (sums.unable == rig->count) {
        miner_log(rig->log, MINER_LOG_ERROR, "miner", "no usable device is left");
        *exit_code = MINER_EXIT_NO_DEVICE;
        return true;
    }
    if (any_hangs(rig, now_ms) || miner_rig_search_hangs(rig)) {
        *exit_code = MINER_EXIT_HUNG;
        return true;
    }
    bool bounded = miner_config_bounded(config);
    bool duration_over = config->duration_ms > 0 && ran_ms >= config->duration_ms;
    if (bounded && !sums.reached && (ran_ms >= config->connect_timeout_ms || duration_over)) {
        tell_no_server(rig, ran_ms);
        *exit_code = MINER_EXIT_NO_SERVER;
        return true;
    }
    return duration_over || (config->until_blocks > 0 && sums.blocks >= config->until_blocks) ||
           (config->until_shares > 0 && sums.accepted >= config->until_shares);
}

/* Time until the main thread must look without being woken. */
static int next_look_ms(const struct miner_rig *rig, uint64_t now_ms, uint64_t tick_ms)
{
    uint64_t look_ms = tick_ms;
    uint64_t end_ms =
        rig->groups[0].engine->start_ns / 1000000U + miner_rig_config(rig)->duration_ms;
    int reload_ms = miner_reload_wait_ms(rig->reload, now_ms);
    if (miner_rig_config(rig)->duration_ms > 0 && end_ms < look_ms) {
        look_ms = end_ms;
    }
    if (reload_ms >= 0 && now_ms + (uint64_t)reload_ms < look_ms) {
        look_ms = now_ms + (uint64_t)reload_ms;
    }
    return look_ms > now_ms ? (int)(look_ms - now_ms) : 0;
}

static void tick_faces(struct miner_rig *rig)
{
    struct miner_snapshot *snapshot = miner_snapshot_take(rig);
    for (size_t i = 0; i < rig->face_count && snapshot != NULL; i++) {
        if (rig->faces[i] != NULL && rig->faces[i]->tick != NULL) {
            rig->faces[i]->tick(rig->faces[i], snapshot);
        }
    }
    base_free(snapshot);
}

/* True when a connection came or went since the last call. */
static bool link_changed(struct miner_rig *rig)
{
    bool changed = false;
    for (size_t i = 0; i < rig->count; i++) {
        changed = atomic_exchange(&rig->groups[i].engine->link_changed, false) || changed;
    }
    return changed;
}

/* Sleep until something happens. Returns false when the run is to be stopped. */
static bool wait_for_events(const struct miner_rig *rig, int wait_ms)
{
    struct pollfd polled[2 + MINER_GROUPS_MAX + MINER_RELOAD_FDS];
    int search_fd = miner_rig_awaits(rig) ? miner_search_fd(rig->host->search) : -1;
    polled[0] = (struct pollfd){.fd = rig->host->stop_fd, .events = POLLIN};
    polled[1] = (struct pollfd){.fd = search_fd, .events = POLLIN};
    for (size_t i = 0; i < rig->count; i++) {
        polled[2 + i] = (struct pollfd){.fd = rig->groups[i].engine->wake_fd, .events = POLLIN};
    }
    size_t count = 2 + rig->count + miner_reload_fds(rig->reload, polled + 2 + rig->count);
    (void)poll(polled, count, wait_ms);
    for (size_t i = 0; i < rig->count; i++) {
        (void)base_event_take(rig->groups[i].engine->wake_fd);
    }
    return (polled[0].revents & POLLIN) == 0;
}

static int watch(struct miner_rig *rig)
{
    int exit_code = MINER_EXIT_DONE;
    uint64_t tick_ms = base_clock_ms() + TICK_MS;
    for (;;) {
        uint64_t now_ms = base_clock_ms();
        bool is_time = now_ms >= tick_ms;
        for (size_t i = 0; i < rig->count; i++) {
            miner_tell_lanes(rig->groups[i].engine);
        }
        if (is_over(rig, now_ms, &exit_code)) {
            return exit_code;
        }
        for (size_t i = 0; i < rig->count && is_time; i++) {
            miner_engine_tick(rig->groups[i].engine, now_ms);
        }
        tick_ms = is_time ? now_ms + TICK_MS : tick_ms;
        if (link_changed(rig) || is_time) {
            tick_faces(rig);
        }
        if (!wait_for_events(rig, next_look_ms(rig, now_ms, tick_ms))) {
            miner_log(rig->log, MINER_LOG_INFO, "miner", "stopping");
            return MINER_EXIT_DONE;
        }
        if (miner_rig_awaits(rig) && miner_search_wait(rig->host->search, 0) &&
            !miner_rig_join_devices(rig, &exit_code)) {
            return exit_code;
        }
        const char *why = miner_reload_is_due(rig->reload, base_clock_ms());
        if (why != NULL) {
            miner_rig_reload(rig, why);
        }
    }
}

static enum base_status start_faces(struct miner_rig *rig, struct base_error *error)
{
    enum base_status status = BASE_OK;
    for (size_t i = 0; i < rig->face_count && status == BASE_OK; i++) {
        if (rig->faces[i] != NULL && rig->faces[i]->start != NULL) {
            status = rig->faces[i]->start(rig->faces[i], rig, error);
        }
    }
    return status;
}

/* Stop what was started, in order: what was found is verified, sent and waited for. */
static void stop(struct miner_rig *rig)
{
    for (size_t i = 0; i < rig->count; i++) { /* all at once, then one after the other */
        miner_engine_end_lanes(rig->groups[i].engine);
    }
    tick_faces(rig);
    for (size_t i = 0; i < rig->count; i++) {
        miner_engine_stop_lanes(rig->groups[i].engine, LANES_MS);
    }
    for (size_t i = 0; i < rig->count; i++) {
        miner_engine_drain(rig->groups[i].engine);
        rig->hung = rig->hung || rig->groups[i].engine->hung;
    }
    for (size_t i = rig->face_count; i-- > 0;) {
        rig->hung = (rig->faces[i] != NULL && !rig->faces[i]->stop(rig->faces[i])) || rig->hung;
    }
    rig->face_count = 0;
}

/* Connect and start every group. The sources come first as objects only: their events need nothing
 * that starts later, and verifiers need them before the first find. */
static enum base_status start_groups(struct miner_rig *rig, int *exit_code,
                                     struct base_error *error)
{
    enum base_status status = BASE_OK;
    for (size_t i = 0; i < rig->count && status == BASE_OK; i++) {
        status = miner_engine_connect(rig->groups[i].engine, error);
        if (status == BASE_E_FORMAT || status == BASE_E_UNSUPPORTED) {
            *exit_code = MINER_EXIT_USAGE;
        }
    }
    for (size_t i = 0; i < rig->count && status == BASE_OK; i++) {
        status = miner_engine_start_lanes(rig->groups[i].engine, error);
    }
    return status;
}

int miner_rig_run(struct miner_rig *rig, const struct pool_server *own, size_t own_count,
                  struct miner_face *const faces[], size_t face_count)
{
    struct base_error error = {BASE_OK, ""};
    int exit_code = MINER_EXIT_FAILED;
    rig->own = own;
    rig->own_count = own_count;
    rig->faces = faces;
    rig->face_count = face_count;
    for (size_t i = 0; i < rig->count; i++) {
        miner_rig_set_servers(rig, rig->groups[i].engine);
        miner_engine_begin(rig->groups[i].engine);
    }
    enum base_status status = start_faces(rig, &error);
    if (status == BASE_OK) {
        for (size_t i = 0; i < rig->count; i++) {
            miner_tell_start(rig->groups[i].engine);
        }
        status = start_groups(rig, &exit_code, &error);
    }
    if (status == BASE_OK) {
        miner_rig_tell_awaited(rig, "devices join when their drivers have answered");
        exit_code = watch(rig);
        miner_rig_tell_awaited(rig, "the run has ended without OpenCL devices");
    } else {
        miner_log(rig->log, MINER_LOG_ERROR, "miner", "%s", error.text);
    }
    stop(rig);
    return rig->hung ? exit_code | MINER_EXIT_AT_ONCE : exit_code;
}
