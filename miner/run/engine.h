/* engine.h: mining one algorithm: source, board, lanes, verifier and counters put together, with
 * the steps to start, watch and stop them. rig.c makes engines and takes the steps; status.c and
 * summary.c read them. */
#ifndef MINER_ENGINE_H
#define MINER_ENGINE_H

#include "commands/commands.h"
#include "faces/service.h"
#include "machine/sensor_watch.h"
#include "pool.h"
#include "run/counters.h"
#include "run/credit.h"
#include "run/first_aid.h"
#include "run/lane.h"
#include "run/past.h"
#include "run/pause.h"
#include "run/tables.h"
#include "run/view.h"

/* Lines of one kind that come fast: some a second are written, the rest are counted. */
struct miner_line_limit {
    unsigned written; /* in this second */
    uint64_t held;    /* not written, and not told of yet */
};

/* How the connection stands. */
struct miner_link {
    bool up;
    unsigned server;   /* index into the engine's servers: connected or being tried */
    uint64_t since_ms; /* base_clock_ms of the last change of up; 0: never */
    uint64_t connects;
    uint64_t failures; /* connections lost, and tries that failed */
    double difficulty; /* as the pool set it last; 0: it did not */
};

/* What the event callback keeps between events. All under one mutex: events come on the source's
 * thread, the clock's tick on the main thread. */
struct miner_events {
    pthread_mutex_t lock;
    struct miner_link link;
    struct miner_line_limit accepted;
    struct miner_line_limit refused;
    struct miner_line_limit faults;
    struct miner_line_limit bad_jobs;
    bool fresh_connection; /* no job yet since CONNECTED */
    uint64_t push_ms;      /* received_ms of the jobs being gathered into one line */
    unsigned push_jobs;    /* 0: none */
    uint64_t push_height_min;
    uint64_t push_height_max;
    struct miner_credit_sums credit; /* hashes left out: taken when it is judged */
    double share_work;               /* expected hashes of a share of the newest pool job; 0 none */
    struct miner_first_aid *aid;     /* the source's thread, then whoever stopped it; NULL: none */
    bool aided;                      /* once a run */
    struct miner_credit_window credit_hour; /* main thread */
    double credit_look;    /* main thread: expected shares at which it is judged again */
    uint64_t push_tell_ms; /* push_ms of the last set that got a line */
};

struct miner_engine {
    const struct miner_host *host; /* borrowed */
    const struct kern_algo *algo;
    const struct kern_variant *variant; /* of CPU lanes; NULL without any */
    char cpu_choice[64];                /* why this kernel, in words */
    double cpu_limit;                   /* of all CPU lanes, measured at first start; 0: unknown */
    struct miner_nonce_session session;
    struct miner_board *board;
    struct miner_tables *tables; /* NULL: no lane needs one */
    struct miner_verifier *verifier;
    struct pool_source *source;   /* NULL before start and after stop */
    struct kern_cl_list *devices; /* NULL: no OpenCL */
    struct miner_lane_shared shared;
    struct miner_lane *lanes; /* lane_count, CPU lanes first */
    struct miner_lane_counters **lane_counters;
    size_t lane_count;
    size_t cpu_lane_count;
    size_t device_count;
    size_t *picked; /* device_count indices into devices */
    struct miner_sensor_config sensors;
    struct miner_sensor_watch *sensor_watch; /* NULL before the start, and without a device */

    /* counted */
    struct miner_tally tally;
    struct miner_histogram switches;        /* job to first hash of it, CPU lanes */
    struct miner_histogram device_switches; /* likewise, device lanes */
    struct miner_histogram submits;         /* find to socket */
    struct miner_histogram answers;         /* socket to verdict */
    struct miner_meter meter;               /* main thread only */
    struct miner_gauges *gauges;            /* rates of each device, for faces */
    struct miner_past past;                 /* of engines that this one took over from */
    const struct pool_server *servers;      /* being mined at: own_servers once connected */
    size_t server_count;
    struct pool_server own_servers[POOL_SERVERS_MAX];
    char cache_dir[MINER_PATH_MAX]; /* for lanes; "": none */
    uint64_t start_ns;
    atomic_uint_fast64_t first_job_ns; /* 0: none yet */
    uint64_t stop_ns;                  /* lanes stopped */
    uint64_t start_cpu_ns;             /* processor time of the process when the run began */
    uint64_t stop_cpu_ns;              /* and when all had stopped */

    struct miner_events events;
    struct miner_pauses pauses;
    atomic_bool reached;          /* a server was reached */
    atomic_bool wake_on_accepted; /* a bound may be met: accepted finds wake the main thread */
    bool hung;     /* a lane's thread was left inside its driver: nothing may be freed */
    int wake_fd;   /* eventfd: the main thread should look */
    bool cpu_told; /* the line about the CPU lanes' self-test was written */
};

/** Choose algorithm, kernel and devices, prepare everything; nothing runs yet.
 * Out:     engine     NULL on error. Free: miner_engine_free.
 *          exit_code  on error: what the process should end with.
 * Returns: BASE_OK or what is wrong, with a sentence. */
BASE_MUST_CHECK enum base_status miner_engine_new(struct miner_engine **engine, int *exit_code,
                                                  const struct miner_host *host,
                                                  struct base_error *error);
/** NULL is fine. Does nothing while a lane's thread is inside its driver: see hung. */
void miner_engine_free(struct miner_engine *engine);

/** The run begins now: times and rates count from here. */
void miner_engine_begin(struct miner_engine *engine);

/** Say which servers it will have, before anybody looks at it or connects it; copied. */
void miner_engine_set_servers(struct miner_engine *engine, const struct pool_server *servers,
                              size_t server_count);

/** Start the source; jobs are taken from now on.
 * Returns: as pool_source_start. */
BASE_MUST_CHECK enum base_status miner_engine_connect(struct miner_engine *engine,
                                                      struct base_error *error);

/** Start verifier, lanes and sensor watch; after miner_engine_connect. */
BASE_MUST_CHECK enum base_status miner_engine_start_lanes(struct miner_engine *engine,
                                                          struct base_error *error);

/** Rates, held-back log lines, pauses. Once a second, main thread. */
void miner_engine_tick(struct miner_engine *engine, uint64_t now_ms);

/** Take over those settings of host->config that need no new engine. Main thread. */
void miner_engine_settings(struct miner_engine *engine);

/** True when no lane hashes or ever will. */
bool miner_engine_is_spent(const struct miner_engine *engine);

/** True, and logged, when a launch has not come back for so long that its driver never will. */
bool miner_engine_hangs(const struct miner_engine *engine, uint64_t now_ms);

/** Tell lanes to end; returns at once. */
void miner_engine_end_lanes(struct miner_engine *engine);

/** End lanes and sensor watch, and wait for them. Lanes that were never started are fine.
 * In: devices_ms  for device lanes; who has not ended in time is left where it is (hung). */
void miner_engine_stop_lanes(struct miner_engine *engine, uint32_t devices_ms);

/** After that: verify what was found, send it, wait a moment for answers, close the connection. */
void miner_engine_drain(struct miner_engine *engine);

/** Go on counting where a drained engine, which this one replaces, stopped. Before others see this
 * engine; it may be hashing already. */
void miner_engine_inherit(struct miner_engine *engine, struct miner_engine *old);

/** Hashes of all lanes, and of those before. */
uint64_t miner_engine_hashes(const struct miner_engine *engine);

/** Let all lanes rest, or go on; the connection stays. Logs the change. See pause.h.
 * In: who  why, for the log: "by the API". Threads: any but lanes. */
void miner_engine_pause(struct miner_engine *engine, bool pause, const char *who);

/** Wake the main thread. Any thread. */
void miner_engine_wake(struct miner_engine *engine);

/* ---- equip.c ----------------------------------------------------------------------------- */

/** Choose algorithm, kernel and devices, and make the lanes; see miner_engine_new. */
BASE_MUST_CHECK enum base_status miner_equip(struct miner_engine *engine, int *exit_code,
                                             struct base_error *error);

/* ---- events.c ---------------------------------------------------------------------------- */

void miner_events_init(struct miner_events *events);

/** What pools credited so far against what was hashed. Nothing (EARLY, ratio 0) for solo mining: a
 * template that has given its block wastes what is hashed on, so there is no fair expectation. */
struct miner_credit miner_events_credit(struct miner_engine *engine);

/** Judge it where it is time, and warn. Main thread. */
void miner_events_check_credit(struct miner_engine *engine);

/** The doctor that looks after a failed first connection is not listened to any more. On the
 * source's thread, or after it has ended. */
void miner_events_end_aid(struct miner_engine *engine);

/** pool_config.on_event; user is the engine. */
void miner_events_on_pool(void *user, const struct pool_event *event);

/** miner_verify_config callbacks; user is the engine. */
void miner_events_on_fault(void *user, size_t lane, const struct miner_task *task,
                           const struct kern_find *find, bool distrust);
void miner_events_on_warning(void *user, const char *text);

/** miner_tables_events; user is the engine. */
void miner_events_on_bad_job(void *user, const struct base_error *error);
void miner_events_on_table(void *user, const struct miner_table_look *look);

/** Once a second: write what the limits held back as one line each. */
void miner_events_tick(struct miner_engine *engine);

/* ---- status.c ---------------------------------------------------------------------------- */

/** Lines at the start: what was found and chosen. */
void miner_status_start(struct miner_engine *engine);

/** One line about a lane's change of state, or, for CPU lanes, about all of them once. */
void miner_status_lanes(struct miner_engine *engine);

/** The regular line. */
void miner_status_line(struct miner_engine *engine);

/** "12.34 MH/s": text is NUL-ended; returns it. */
char *miner_status_rate(char *text, size_t cap, double rate, const char *unit);

#endif
