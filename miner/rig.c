/* rig.c: see rig.h. The main thread sleeps until a signal, a bound, a lane's change, a reason to
 * read the settings again, or the next second. */
#include "rig.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "screen.h"

enum {
    TICK_MS = 1000,
    LANES_MS = 600,       /* at the end, for the last launches; with the drain less than 2 s */
    TAKEOVER_MS = 5000,   /* for the first job of an engine that is to take over */
    OLD_LANES_MS = 10000, /* for the launches of one that is replaced */
};

/* ---- making ------------------------------------------------------------------------------- */

enum base_status miner_rig_new(struct miner_rig **rig, int *exit_code,
                               const struct miner_host *host, struct base_error *error)
{
    struct miner_rig *made = base_alloc(1, sizeof *made);
    *rig = NULL;
    *exit_code = MINER_EXIT_FAILED;
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory to start");
    }
    (void)pthread_mutex_init(&made->lock, NULL);
    made->sets[0].host = *host;
    enum base_status status = miner_reload_new(&made->reload, host->words, host->reload_fd, error);
    if (status == BASE_OK) {
        status = miner_engine_new(&made->engine, exit_code, &made->sets[0].host, error);
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
    miner_engine_free(rig->engine);
    miner_reload_free(rig->reload);
    for (size_t i = 0; i < BASE_COUNT_OF(rig->sets); i++) {
        miner_topology_free(rig->sets[i].topology);
    }
    (void)pthread_mutex_destroy(&rig->lock);
    base_free(rig);
}

struct miner_engine *miner_rig_lock(struct miner_rig *rig)
{
    (void)pthread_mutex_lock(&rig->lock);
    return rig->engine;
}

void miner_rig_unlock(struct miner_rig *rig)
{
    (void)pthread_mutex_unlock(&rig->lock);
}

/* Settings in force. Main thread. */
static const struct miner_config *config_of(const struct miner_rig *rig)
{
    return rig->engine->host->config;
}

static struct miner_log *log_of(const struct miner_rig *rig)
{
    return rig->sets[0].host.log;
}

/* ---- new settings ------------------------------------------------------------------------- */

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

static enum base_status connect_engine(const struct miner_rig *rig, struct miner_engine *engine,
                                       struct base_error *error)
{
    const struct miner_config *config = engine->host->config;
    return rig->own_count > 0
               ? miner_engine_connect(engine, rig->own, rig->own_count, error)
               : miner_engine_connect(engine, config->servers, config->server_count, error);
}

/* Wait until an engine has something to hash, so that the change of engines costs no work; not for
 * long, for its server may be down. */
static void await_work(const struct miner_rig *rig, struct miner_engine *engine)
{
    uint64_t end_ms = base_clock_ms() + TAKEOVER_MS;
    struct pollfd polled[2] = {{.fd = engine->wake_fd, .events = POLLIN},
                               {.fd = engine->host->stop_fd, .events = POLLIN}};
    uint64_t now_ms = base_clock_ms();
    while (atomic_load(&engine->first_job_ns) == 0 && now_ms < end_ms &&
           (polled[1].revents & POLLIN) == 0) {
        uint64_t ignored = 0;
        (void)poll(polled, 2, (int)(end_ms - now_ms));
        (void)!read(engine->wake_fd, &ignored, sizeof ignored);
        now_ms = base_clock_ms();
    }
    if (atomic_load(&engine->first_job_ns) == 0) {
        miner_log(log_of(rig), MINER_LOG_WARNING, "config",
                  "the new settings are in force, but there is no work yet with them");
    }
}

/* Make an engine for the settings of a set, connected; the old one goes on meanwhile. */
static enum base_status prepare(struct miner_rig *rig, struct miner_set *set,
                                struct miner_engine **engine, struct base_error *error)
{
    const struct miner_config *config = set->host.config;
    int ignored = 0;
    *engine = NULL;
    enum base_status status = miner_topology_new(&set->topology, &config->affinity, NULL, error);
    if (status != BASE_OK) {
        return status;
    }
    set->host.topology = set->topology;
    /* A kernel may have to be measured: nothing else may hash then. */
    bool paused = miner_board_pause(rig->engine->board, true);
    status = miner_engine_new(engine, &ignored, &set->host, error);
    if (paused) {
        (void)miner_board_pause(rig->engine->board, false);
    }
    if (status == BASE_OK) {
        status = connect_engine(rig, *engine, error);
    }
    if (status != BASE_OK) {
        miner_engine_free(*engine);
        *engine = NULL;
        miner_topology_free(set->topology);
        set->topology = NULL;
    }
    return status;
}

/* Put a connected engine in the place of the one that hashes. Its finds are all sent and waited
 * for, while the new one hashes already; then its counts are taken over. */
static void take_over(struct miner_rig *rig, struct miner_engine *engine, struct base_error *error)
{
    struct miner_engine *old = rig->engine;
    await_work(rig, engine);
    miner_engine_stop_lanes(old, OLD_LANES_MS);
    if (miner_engine_start_lanes(engine, error) != BASE_OK) {
        miner_log(log_of(rig), MINER_LOG_ERROR, "config", "%s", error->text);
    }
    miner_engine_drain(old);
    miner_engine_inherit(engine, old);
    (void)pthread_mutex_lock(&rig->lock);
    rig->engine = engine;
    (void)pthread_mutex_unlock(&rig->lock);
    rig->hung = rig->hung || old->hung;
    miner_service_renew(&rig->service, engine);
    miner_engine_free(old);
}

static void tell_changes(const struct miner_rig *rig, const struct miner_changes *changes,
                         const char *why)
{
    if (changes->applied[0] != '\0') {
        miner_log(log_of(rig), MINER_LOG_INFO, "config", "settings read again (%s): %s in force",
                  why, changes->applied);
    } else if (changes->waiting[0] == '\0') {
        miner_log(log_of(rig), MINER_LOG_INFO, "config",
                  "settings read again (%s): nothing is different", why);
    }
    if (changes->waiting[0] != '\0') {
        miner_log(log_of(rig), MINER_LOG_WARNING, "config",
                  "settings read again (%s): %s: in force after a new start of the program only",
                  why, changes->waiting);
    }
}

static void set_log(const struct miner_rig *rig, const struct miner_config *config)
{
    const char *no_color = getenv("NO_COLOR"); /* https://no-color.org */
    miner_log_set(log_of(rig),
                  config->quiet     ? MINER_LOG_WARNING
                  : config->verbose ? MINER_LOG_DEBUG
                                    : MINER_LOG_INFO,
                  config->color && (no_color == NULL || no_color[0] == '\0'));
}

/* Read the settings again and put them in force: all that can be, or nothing. */
static void reload(struct miner_rig *rig, const char *why)
{
    struct base_error error = {BASE_OK, ""};
    struct miner_settings *settings = NULL;
    struct miner_engine *engine = NULL;
    struct miner_changes changes;
    struct miner_set *set = &rig->sets[1 - rig->set];
    enum base_status status = miner_reload_read(rig->reload, &settings, &error);
    if (status == BASE_OK) {
        miner_changes_find(&changes, settings, miner_reload_now(rig->reload));
        set->host = rig->sets[rig->set].host;
        set->host.config = &settings->config;
        status = changes.engine ? prepare(rig, set, &engine, &error) : BASE_OK;
    }
    if (status != BASE_OK) {
        miner_log(log_of(rig), MINER_LOG_ERROR, "config",
                  "settings read again (%s), nothing changed: %s", why, error.text);
        base_free(settings);
        return;
    }
    set_log(rig, &settings->config);
    tell_changes(rig, &changes, why);
    if (engine != NULL) {
        take_over(rig, engine, &error);
        miner_topology_free(rig->sets[rig->set].topology);
        rig->sets[rig->set].topology = NULL;
        rig->set = 1 - rig->set;
    } else {
        (void)pthread_mutex_lock(&rig->lock);
        rig->sets[rig->set].host.config = &settings->config;
        (void)pthread_mutex_unlock(&rig->lock);
        miner_engine_settings(rig->engine);
    }
    miner_reload_take(rig->reload, settings);
}

/* ---- running ------------------------------------------------------------------------------ */

/* True when the run is over; *exit_code says how. */
static bool is_over(const struct miner_rig *rig, uint64_t now_ms, int *exit_code)
{
    const struct miner_engine *engine = rig->engine;
    const struct miner_config *config = config_of(rig);
    uint64_t ran_ms = now_ms - engine->start_ns / 1000000U;
    bool reached = atomic_load(&engine->reached);
    *exit_code = MINER_EXIT_DONE;
    if (miner_engine_is_spent(engine)) {
        miner_log(log_of(rig), MINER_LOG_ERROR, "miner", "no usable device is left");
        *exit_code = MINER_EXIT_NO_DEVICE;
        return true;
    }
    if (miner_engine_hangs(engine, now_ms)) {
        *exit_code = MINER_EXIT_HUNG;
        return true;
    }
    bool bounded = miner_config_bounded(config);
    bool duration_over = config->duration_ms > 0 && ran_ms >= config->duration_ms;
    if (bounded && !reached && (ran_ms >= config->connect_timeout_ms || duration_over)) {
        miner_log(log_of(rig), MINER_LOG_ERROR, "net", "no server was reached within %.1f s",
                  (double)ran_ms / 1000);
        *exit_code = MINER_EXIT_NO_SERVER;
        return true;
    }
    return duration_over ||
           (config->until_blocks > 0 &&
            miner_counted(&engine->tally.blocks) >= config->until_blocks) ||
           (config->until_shares > 0 &&
            miner_tally_sum(engine->tally.accepted) >= config->until_shares);
}

/* Time until the main thread must look without being woken. */
static int next_look_ms(const struct miner_rig *rig, uint64_t now_ms, uint64_t tick_ms)
{
    uint64_t look_ms = tick_ms;
    uint64_t end_ms = rig->engine->start_ns / 1000000U + config_of(rig)->duration_ms;
    int reload_ms = miner_reload_wait_ms(rig->reload, now_ms);
    if (config_of(rig)->duration_ms > 0 && end_ms < look_ms) {
        look_ms = end_ms;
    }
    if (reload_ms >= 0 && now_ms + (uint64_t)reload_ms < look_ms) {
        look_ms = now_ms + (uint64_t)reload_ms;
    }
    return look_ms > now_ms ? (int)(look_ms - now_ms) : 0;
}

static void tick(struct miner_rig *rig, uint64_t now_ms)
{
    miner_engine_tick(rig->engine, now_ms);
    miner_api_tick(rig->api);
    miner_service_tick(&rig->service, rig->engine, now_ms);
}

static int watch(struct miner_rig *rig)
{
    int exit_code = MINER_EXIT_DONE;
    uint64_t tick_ms = base_clock_ms() + TICK_MS;
    uint64_t line_ms = base_clock_ms() + config_of(rig)->summary_interval_ms;
    for (;;) {
        uint64_t now_ms = base_clock_ms();
        uint64_t ignored = 0;
        struct pollfd polled[2 + MINER_RELOAD_FDS];
        miner_status_lanes(rig->engine);
        if (is_over(rig, now_ms, &exit_code)) {
            return exit_code;
        }
        if (now_ms >= tick_ms) {
            tick(rig, now_ms);
            tick_ms = now_ms + TICK_MS;
        }
        if (now_ms >= line_ms && config_of(rig)->summary_interval_ms > 0) {
            miner_status_line(rig->engine);
            miner_events_check_credit(rig->engine);
            line_ms = now_ms + config_of(rig)->summary_interval_ms;
        }
        polled[0] = (struct pollfd){.fd = rig->engine->host->stop_fd, .events = POLLIN};
        polled[1] = (struct pollfd){.fd = rig->engine->wake_fd, .events = POLLIN};
        size_t count = 2 + miner_reload_fds(rig->reload, polled + 2);
        (void)poll(polled, count, next_look_ms(rig, now_ms, tick_ms));
        if ((polled[0].revents & POLLIN) != 0) {
            miner_log(log_of(rig), MINER_LOG_INFO, "miner", "stopping");
            return MINER_EXIT_DONE;
        }
        (void)!read(rig->engine->wake_fd, &ignored, sizeof ignored);
        const char *why = miner_reload_is_due(rig->reload, base_clock_ms());
        if (why != NULL) {
            reload(rig, why);
        }
    }
}

/* Stop what was started, in order: what was found is verified, sent and waited for. */
static void stop(struct miner_rig *rig)
{
    struct miner_engine *engine = rig->engine;
    miner_service_stopping(&rig->service);
    miner_engine_stop_lanes(engine, LANES_MS);
    miner_engine_drain(engine);
    rig->hung = rig->hung || engine->hung;
    rig->hung = !miner_screen_stop(rig->screen) || rig->hung;
    rig->screen = NULL;
    miner_api_stop(rig->api);
    rig->api = NULL;
}

int miner_rig_run(struct miner_rig *rig, const struct pool_server *own, size_t own_count)
{
    struct base_error error = {BASE_OK, ""};
    int exit_code = MINER_EXIT_FAILED;
    rig->own = own;
    rig->own_count = own_count;
    miner_engine_begin(rig->engine);
    miner_service_open(&rig->service, rig->engine);
    miner_screen_start(&rig->screen, rig);
    miner_status_start(rig->engine);
    /* The source comes first as an object only: its events need nothing that starts later, and the
     * verifier needs it before the first find. */
    enum base_status status = miner_api_start(&rig->api, rig, &error);
    if (status != BASE_OK) {
        exit_code = status == BASE_E_IO ? MINER_EXIT_USAGE : exit_code;
    } else {
        status = connect_engine(rig, rig->engine, &error);
    }
    if (status == BASE_OK) {
        status = miner_engine_start_lanes(rig->engine, &error);
    } else if (status == BASE_E_FORMAT || status == BASE_E_UNSUPPORTED) {
        exit_code = MINER_EXIT_USAGE;
    }
    if (status == BASE_OK) {
        exit_code = watch(rig);
    } else {
        miner_log(log_of(rig), MINER_LOG_ERROR, "miner", "%s", error.text);
    }
    stop(rig);
    miner_service_close(&rig->service);
    return rig->hung ? exit_code | MINER_EXIT_AT_ONCE : exit_code;
}
