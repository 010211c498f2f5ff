/* engine.h: mining one algorithm: source, board, lanes, verifier and counters put together, with
 * the steps to start, watch and stop them. rig.c makes engines and takes the steps; snapshot.c
 * copies their numbers. For run/ only. */
#ifndef MINER_ENGINE_H
#define MINER_ENGINE_H

#include "bridge/bridge.h"
#include "lanes/counters.h"
#include "lanes/lane.h"
#include "lanes/tables.h"
#include "machine/sensor_watch.h"
#include "numbers/blocks.h"
#include "numbers/credit.h"
#include "numbers/gauges.h"
#include "numbers/past.h"
#include "run/host.h"
#include "run/pause.h"

/* Log lines of one kind: a few in each second are written, the rest are counted. */
struct miner_line_limit {
    unsigned written; /* in this second */
    uint64_t held;    /* not written; their number is logged at the next tick */
};

/* State of the connection. */
struct miner_link {
    bool up;
    unsigned server;   /* index into the engine's servers: connected or being tried */
    unsigned failed;   /* likewise: of the last failure */
    uint64_t since_ms; /* base_clock_ms of the last change of up; 0: never */
    uint64_t connects;
    uint64_t failures;              /* connections lost, and tries that failed */
    double difficulty;              /* as the pool set it last; 0: it did not */
    bool answered;                  /* the server of the last failure had said something */
    char last_words[POOL_TEXT_MAX]; /* about the last failure; "" none */
};

/* What the event callback keeps between events: events come on the source's thread, ticks on the
 * main thread. */
struct miner_events {
    pthread_mutex_t lock; /* guards all but what is marked */
    struct miner_link link;
    struct miner_line_limit shares_accepted;
    struct miner_line_limit blocks_accepted;
    struct miner_line_limit blocks_in_chain;
    struct miner_line_limit refused;
    struct miner_line_limit faults;
    struct miner_line_limit bad_jobs;
    bool fresh_connection; /* no job yet since CONNECTED */
    uint64_t push_ms;      /* received_ms of the jobs being gathered into one line */
    unsigned push_jobs;    /* 0: none */
    uint64_t push_height_min;
    uint64_t push_height_max;
    uint64_t push_tell_ms; /* push_ms of the last set that got a line */
    struct miner_blocks blocks;
    struct miner_credit_sums credit; /* hashes up to the last change of share_work */
    double share_work;               /* expected hashes of a share of the newest pool job; 0 none */
    double find_work;                /* expected hashes of a find of the newest job; 0 none yet */
    double block_work;               /* expected hashes of a block of the newest job; 0 unknown */
    bool share_judged;               /* whether a share takes too long was looked at */
    struct miner_credit_window credit_hour; /* main thread */
    double credit_look;                     /* main thread: expected shares at the next judgement */
    uint64_t credit_ms;                     /* main thread: when to judge again */
};

/* Threads: fields are constant once other threads see the engine (a lane has started, or a rig
 * shows it), unless they are atomic, or marked, or guard themselves: board, verifier, gauges,
 * events, pauses and lanes. */
struct miner_engine {
    struct miner_config config;    /* the main thread writes it under the rig's lock; others read it
                                      under that lock only */
    const struct miner_host *host; /* borrowed; not its config */
    const struct miner_topology *topology;
    struct miner_topology *own_topology; /* owned; NULL: topology is the host's */
    const struct kern_algo *algo;
    const struct kern_variant *variant; /* of CPU lanes; NULL without any */
    char cpu_choice[64];                /* why this kernel, in words */
    double cpu_limit;                   /* of all CPU lanes, measured at first start; 0: unknown */
    struct miner_nonce_session session;
    struct miner_board *board;
    struct miner_tables *tables; /* NULL: no lane needs or uses one */
    bool table_refused;          /* the last one did not fit into memory; its builder's thread */
    bool table_easy;             /* the last one was no use for a network so easy; likewise */
    bool table_told;             /* the log says why tables are built; likewise */
    struct miner_verifier *verifier;
    struct pool_bridge *bridge; /* NULL: this run serves no other miners */
    struct pool_source *source; /* NULL before start and after stop; main thread, verifier, lanes */
    struct kern_cl_list *own_devices;   /* owned; NULL: devices are the search's */
    const struct kern_cl_list *devices; /* NULL: no OpenCL */
    bool awaits; /* main thread: devices are still being looked for; it may have no lane */
    struct miner_lane_shared shared;
    struct miner_lane *lanes; /* lane_count, CPU lanes first */
    struct miner_lane_counters **lane_counters;
    size_t lane_count;
    size_t cpu_lane_count;
    size_t device_count;
    size_t *picked; /* device_count indices into devices */
    struct miner_sensor_config sensors;
    _Atomic(struct miner_sensor_watch *) sensor_watch; /* NULL before the start, and without a
                                                          device; set once, by the main thread */

    /* counted */
    struct miner_tally tally;
    struct miner_histogram switches;              /* job to first hash of it, CPU lanes */
    struct miner_histogram device_switches;       /* likewise, device lanes */
    struct miner_histogram submits;               /* find to socket */
    struct miner_histogram answers;               /* socket to verdict */
    struct miner_gauges *gauges;                  /* rates, sampled once a second */
    struct miner_past past;                       /* of engines that this one took over from */
    struct pool_server servers[POOL_SERVERS_MAX]; /* constant once connected */
    size_t server_count;
    char cache_dir[MINER_PATH_MAX]; /* for lanes; "": none */
    uint64_t start_ns;
    double start_time_s;               /* the same since 1970 */
    atomic_uint_fast64_t first_job_ns; /* 0: none yet */
    atomic_uint_fast64_t stop_ns;      /* lanes stopped; 0: not yet */
    uint64_t start_cpu_ns;             /* processor time of the process when the run began */
    atomic_uint_fast64_t stop_cpu_ns;  /* and when all had stopped; 0: not yet */

    struct miner_events events;
    struct miner_pauses pauses;
    atomic_bool reached;          /* a server was reached */
    atomic_bool link_changed;     /* since the main thread ticked the faces */
    atomic_bool wake_on_accepted; /* a bound may be met: accepted finds wake the main thread */
    bool hung;     /* main thread: a lane was left inside its driver; nothing may be freed */
    int wake_fd;   /* eventfd: the main thread should look */
    bool cpu_told; /* main thread: the line about the CPU lanes' self-test was written */
};

/** Choose algorithm, kernel and devices, prepare everything; nothing runs yet.
 * In:      host       borrowed for the engine's life; config is used instead of its own.
 *          config     copied.
 *          own_places makes a topology from config, with places for this engine's lanes alone.
 * Out:     engine     NULL on error. Free: miner_engine_free.
 *          exit_code  on error: what the process should end with.
 * Returns: BASE_OK or what is wrong, with a sentence. */
BASE_MUST_CHECK enum base_status miner_engine_new(struct miner_engine **engine, int *exit_code,
                                                  const struct miner_host *host,
                                                  const struct miner_config *config,
                                                  bool own_places, struct base_error *error);
/** NULL is fine. Does nothing while a lane's thread is inside its driver: see hung. */
void miner_engine_free(struct miner_engine *engine);

/** The run begins now: times and rates count from here. */
void miner_engine_begin(struct miner_engine *engine);

/** Set the servers to mine at; copied. Before miner_engine_connect and before any snapshot. */
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

/** Put those settings of engine->config in force that need no new engine. Main thread. */
void miner_engine_settings(struct miner_engine *engine);

/** True when every lane is switched off or has failed, and no device can come any more. */
bool miner_engine_cannot_hash(const struct miner_engine *engine);

/** True, and logged, when a launch has not come back within the watchdog's time. */
bool miner_engine_hangs(const struct miner_engine *engine, uint64_t now_ms);

/** Tell lanes to end; returns at once. */
void miner_engine_end_lanes(struct miner_engine *engine);

/** End lanes and sensor watch, and wait for them. Lanes that were never started are fine.
 * In: devices_ms  time for device lanes; a lane that has not ended by then is left alone (hung). */
void miner_engine_stop_lanes(struct miner_engine *engine, uint32_t devices_ms);

/** After that: verify what was found, send it, wait a moment for answers, close the connection. */
void miner_engine_drain(struct miner_engine *engine);

/** Continue the counts of a drained engine, which this one replaces. Before other threads see this
 * engine; it may be hashing already. */
void miner_engine_inherit(struct miner_engine *engine, struct miner_engine *old);

/** Hashes of all lanes, and of those before. */
uint64_t miner_engine_hashes(const struct miner_engine *engine);

/** As miner_rig_pause, for one engine. See pause.h. */
void miner_engine_pause(struct miner_engine *engine, bool pause, const char *who);

/** Wake the main thread. Any thread. */
void miner_engine_wake(struct miner_engine *engine);

/* ---- bridge.c ---------------------------------------------------------------------------- */

/** Make the bridge of a run that serves other miners; others have none. Its events may come.
 * Returns: as pool_bridge_new. */
BASE_MUST_CHECK enum base_status miner_bridge_new(struct miner_engine *engine,
                                                  struct base_error *error);

/** Listen; after miner_engine_connect. Says where in the log. */
BASE_MUST_CHECK enum base_status miner_bridge_start(struct miner_engine *engine,
                                                    struct base_error *error);

/* ---- equip.c ----------------------------------------------------------------------------- */

/** Choose algorithm, kernel and devices, and make the lanes; see miner_engine_new. */
BASE_MUST_CHECK enum base_status miner_equip(struct miner_engine *engine, int *exit_code,
                                             struct base_error *error);

/* ---- events.c ---------------------------------------------------------------------------- */

void miner_events_init(struct miner_events *events);

/** Difficulty of the network as the newest job says, in the server's unit, or in expected hashes of
 * a block where the server has none; 0: not known. Threads: any but lanes. */
double miner_events_network_difficulty(struct miner_engine *engine);

/** Shares credited so far against what was hashed. Nothing (EARLY, ratio 0) for solo mining: a
 * template that has given its block wastes what is hashed on it, so there is no fair expectation.
 * Threads: any but lanes. */
struct miner_credit miner_events_credit(struct miner_engine *engine);

/** pool_config.on_event; user is the engine. */
void miner_events_on_pool(void *user, const struct pool_event *event);

/** miner_verify_config callbacks; user is the engine. */
void miner_events_on_fault(void *user, size_t lane, const struct miner_task *task,
                           const struct kern_find *find, bool distrust);
void miner_events_on_warning(void *user, const char *text);

/** miner_tables_events; user is the engine. */
void miner_events_on_bad_job(void *user, const struct base_error *error);
void miner_events_on_table(void *user, const struct miner_table_look *look);
void miner_events_on_table_skipped(void *user, const struct miner_table_look *look,
                                   enum miner_table_why why, double number);
bool miner_events_on_table_fits(void *user, uint64_t size_bytes, uint64_t kept_bytes);

/** Add a verdict of a pool to what is credited. The source's thread. */
void miner_events_count_credit(struct miner_engine *engine, const struct pool_event *event);

/** Judge the credit every few seconds, and warn. Main thread. */
void miner_events_check_credit(struct miner_engine *engine, uint64_t now_ms);

/** Once a second, and at the end: log the number of lines that the limits held back. Main thread.
 */
void miner_events_tick(struct miner_engine *engine, uint64_t now_ms);

/* ---- tell.c ------------------------------------------------------------------------------ */

/** Log lines at the start: what was found and chosen. */
void miner_tell_start(const struct miner_engine *engine);

/** Log what the device lanes are. */
void miner_tell_devices(const struct miner_engine *engine);

/** Log a lane's change of state, and once the self-test of all CPU lanes. Main thread. */
void miner_tell_lanes(struct miner_engine *engine);

#endif
