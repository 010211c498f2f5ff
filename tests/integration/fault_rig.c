/* fault_rig.c: see fault_rig.h. */
#include "fault_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"

static const char user[] = "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr.rig1";

enum {
    PACE_JOBS = 10,        /* after so many a pool's pace is known (source_health.c) */
    WAIT_S = 60,           /* nothing here takes that long, sanitizers included */
    BACK_MS = 30000,       /* promise: the first server serves again so soon after it is mended */
    RESET_MS = 2000,       /* promise: the next server's job after a connection broke */
    BLACK_HOLE_MS = 10000, /* promise: the same after a peer went silent */
    ANSWER_MS = 60000,     /* for what must come, and does */
};

/* loop_nonce_is_hash without the pool's part of the nonce: every find is good for any target. */
static void hash_of_counter(uint8_t hash[32], const uint8_t *message)
{
    loop_nonce_is_hash(hash, message);
    memset(hash, 0, 16);
}

static struct pool_devnet *start_devnet(uint64_t seed)
{
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    struct base_error error = {BASE_OK, ""};
    pool_devnet_defaults(&config);
    config.start_hashes = 1e6;
    config.push_interval_ms = 20;
    config.pool_difficulty = 1e-6;
    config.pool_notify_ms = 100;
    config.vardiff_look_ms = UINT32_MAX;
    config.seed = seed;
    config.hash = hash_of_counter;
    if (pool_devnet_start(&devnet, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    return devnet;
}

void fault_rig_open(struct fault_rig *rig, enum fault_protocol protocol,
                    const struct fault_times *times)
{
    bool node = protocol == FAULT_NODE;
    const char *scheme = node ? "daemon+tcp" : "stratum+tcp";
    *rig = (struct fault_rig){.protocol = protocol, .listen = listen_new()};
    for (size_t i = 0; i < 2; i++) {
        rig->devnet[i] = start_devnet(21 + i);
    }
    uint16_t first =
        node ? pool_devnet_node_port(rig->devnet[0]) : pool_devnet_pool_port(rig->devnet[0]);
    uint16_t second =
        node ? pool_devnet_node_port(rig->devnet[1]) : pool_devnet_pool_port(rig->devnet[1]);
    rig->mitm = mitm_start(first, node ? MITM_FRAMES : MITM_LINES);
    listen_add(rig->listen, scheme, mitm_port(rig->mitm), user);
    listen_add(rig->listen, scheme, second, user);
    rig->listen->config.behind_max = UINT32_MAX; /* two networks */
    if (times->shipped) {
        rig->listen->config.backoff_min_ms = 0;
        rig->listen->config.backoff_max_ms = 0;
        rig->listen->config.ban_backoff_ms = 0;
    } else {
        rig->listen->config.silence_timeout_ms = 1000;
        rig->listen->config.first_job_timeout_ms = 500;
        rig->listen->config.answer_timeout_ms = ANSWER_MS;
    }
}

void fault_rig_close(struct fault_rig *rig)
{
    listen_free(rig->listen);
    mitm_stop(rig->mitm);
    for (size_t i = 0; i < 2; i++) {
        pool_devnet_stop(rig->devnet[i]);
    }
}

void fault_rig_now(struct fault_rig *rig)
{
    (void)pthread_mutex_lock(&rig->listen->lock);
    rig->from = rig->listen->count;
    (void)pthread_mutex_unlock(&rig->listen->lock);
}

typedef bool (*match_fn)(const struct listen_event *event, const void *key);

static const struct listen_event *wait_for(struct fault_rig *rig, match_fn match, const void *key)
{
    struct listen_source *listen = rig->listen;
    const struct listen_event *found = NULL;
    struct timespec until;
    size_t at = rig->from;
    int result = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_S;
    (void)pthread_mutex_lock(&listen->lock);
    while (found == NULL && result == 0) {
        for (; found == NULL && at < listen->count; at++) {
            found = match(&listen->events[at], key) ? &listen->events[at] : NULL;
        }
        if (found == NULL) {
            result = pthread_cond_timedwait(&listen->changed, &listen->lock, &until);
        }
    }
    for (size_t i = 0; found == NULL && i < listen->count; i++) {
        if (listen->events[i].text[0] != '\0') {
            print_message("event %d of server %u: %s\n", (int)listen->events[i].kind,
                          listen->events[i].server, listen->events[i].text);
        }
    }
    (void)pthread_mutex_unlock(&listen->lock);
    return found;
}

struct event_key {
    enum pool_event_kind kind;
    int server;
    const char *part;
};

static bool match_event(const struct listen_event *event, const void *key)
{
    const struct event_key *wanted = key;
    return event->kind == wanted->kind &&
           (wanted->server < 0 || event->server == (unsigned)wanted->server) &&
           strstr(event->text, wanted->part) != NULL &&
           (event->kind != POOL_EVENT_JOB || event->job->solo ||
            event->job->nonce_fixed > 0); /* a pool's jobs before its extranonce are no good */
}

const struct listen_event *fault_rig_wait(struct fault_rig *rig, enum pool_event_kind kind,
                                          int server, const char *part)
{
    struct event_key key = {kind, server, part};
    const struct listen_event *found = wait_for(rig, match_event, &key);
    if (found == NULL) {
        fail_msg("no event of kind %d from server %d with \"%s\" came", (int)kind, server, part);
    }
    return found;
}

uint64_t fault_rig_submit(struct fault_rig *rig, const struct pool_job *job)
{
    uint64_t tag = rig->serial++;
    listen_submit(rig->listen, job, (tag + 1) * 256 + job->chain, tag);
    rig->taken++;
    return tag;
}

static bool match_verdict(const struct listen_event *event, const void *key)
{
    const uint64_t *tag = key;
    return event->kind == POOL_EVENT_VERDICT && event->tag == *tag;
}

enum pool_verdict fault_rig_verdict(struct fault_rig *rig, uint64_t tag)
{
    const struct listen_event *found = wait_for(rig, match_verdict, &tag);
    if (found == NULL) {
        fail_msg("no verdict for find %llu came", (unsigned long long)tag);
        return POOL_VERDICT_COUNT;
    }
    return found->verdict;
}

/* ---- faults ---------------------------------------------------------------------------------- */

static void begin_reset(struct fault_rig *rig)
{
    mitm_do(rig->mitm, MITM_RESET);
}

static void begin_close(struct fault_rig *rig)
{
    mitm_do(rig->mitm, MITM_CLOSE);
}

static void begin_half_shut(struct fault_rig *rig)
{
    mitm_do(rig->mitm, MITM_HALF_SHUT);
}

static void begin_half_open(struct fault_rig *rig)
{
    static const struct mitm_rules rules = {.black_hole = true}; /* for those to come */
    mitm_do(rig->mitm, MITM_HALF_OPEN);
    mitm_set(rig->mitm, &rules);
}

static void begin_black_hole(struct fault_rig *rig)
{
    static const struct mitm_rules rules = {.black_hole = true};
    mitm_set(rig->mitm, &rules);
}

static void begin_refuse(struct fault_rig *rig)
{
    static const struct mitm_rules rules = {.refuse = true};
    mitm_set(rig->mitm, &rules);
    mitm_do(rig->mitm, MITM_RESET);
}

static void set_way(struct fault_rig *rig, enum mitm_way way, struct mitm_way_rules rules)
{
    struct mitm_rules all = {0};
    all.way[way] = rules;
    mitm_set(rig->mitm, &all);
}

static void begin_drop_to_client(struct fault_rig *rig)
{
    set_way(rig, MITM_TO_CLIENT, (struct mitm_way_rules){.drop = true});
}

static void begin_drop_to_server(struct fault_rig *rig)
{
    set_way(rig, MITM_TO_SERVER, (struct mitm_way_rules){.drop = true});
}

static void begin_stop_reading(struct fault_rig *rig)
{
    struct mitm_way_rules stop = {.stop_reading = true};
    struct mitm_rules rules = {.way = {stop, stop}};
    mitm_set(rig->mitm, &rules);
}

static void begin_delay(struct fault_rig *rig)
{
    struct mitm_way_rules late = {.delay_ms = 50};
    struct mitm_rules rules = {.way = {late, late}};
    mitm_set(rig->mitm, &rules);
}

static void begin_throttle(struct fault_rig *rig)
{
    struct mitm_way_rules slow = {.piece_bytes = 500, .piece_gap_ms = 5};
    struct mitm_rules rules = {.way = {slow, slow}};
    mitm_set(rig->mitm, &rules);
}

static void begin_split(struct fault_rig *rig)
{
    struct mitm_way_rules split = {.piece_bytes = 1};
    struct mitm_rules rules = {.way = {split, split}};
    mitm_set(rig->mitm, &rules);
}

static void begin_coalesce(struct fault_rig *rig)
{
    struct mitm_way_rules together = {.coalesce_ms = 150};
    struct mitm_rules rules = {.way = {together, together}};
    mitm_set(rig->mitm, &rules);
}

static void begin_duplicate(struct fault_rig *rig)
{
    set_way(rig, MITM_TO_CLIENT, (struct mitm_way_rules){.duplicate_every = 1});
}

static void begin_loris(struct fault_rig *rig)
{
    set_way(rig, MITM_TO_CLIENT, (struct mitm_way_rules){.piece_bytes = 1, .piece_gap_ms = 50});
}

static void begin_flip(struct fault_rig *rig)
{
    set_way(rig, MITM_TO_CLIENT, (struct mitm_way_rules){.flip_every = 3});
}

static const struct fault_case cases[] = {
    /* name, begin, says, can_lose, protocol, recover_ms, at_start, stays, needs_finds */
    {"node: reset", begin_reset, "reset by peer", 0, FAULT_NODE, RESET_MS, false, false, false},
    {"node: closed", begin_close, "closed the connection", 0, FAULT_NODE, RESET_MS, false, false,
     false},
    {"node: half closed", begin_half_shut, "closed the connection", 0, FAULT_NODE, RESET_MS, false,
     false, false},
    {"node: nobody listens", begin_refuse, "cannot be reached", 0, FAULT_NODE, RESET_MS, true,
     false, false},
    {"node: accepts and is silent", begin_black_hole, "no job for", 0, FAULT_NODE, BLACK_HOLE_MS,
     true, false, false},
    {"node: black hole", begin_black_hole, "no job for", 0, FAULT_NODE, BLACK_HOLE_MS, false, false,
     false},
    {"node: half open", begin_half_open, "no job for", 0, FAULT_NODE, BLACK_HOLE_MS, false, false,
     false},
    {"node: its pushes are lost", begin_drop_to_client, "no job for", 0, FAULT_NODE, BLACK_HOLE_MS,
     false, false, false},
    {"node: finds are lost", begin_drop_to_server, "got no answer", 2, FAULT_NODE, BLACK_HOLE_MS,
     false, false, true},
    {"node: stops reading", begin_stop_reading, "no job for", 0, FAULT_NODE, BLACK_HOLE_MS, false,
     false, false},
    {"node: slow loris", begin_loris, "no job for", 0, FAULT_NODE, BLACK_HOLE_MS, true, false,
     false},
    {"node: flipped bits", begin_flip, "", 0, FAULT_NODE, BLACK_HOLE_MS, true, false, false},
    {"node: late", begin_delay, NULL, 0, FAULT_NODE, RESET_MS, false, true, false},
    {"node: throttled", begin_throttle, NULL, 0, FAULT_NODE, RESET_MS, false, true, false},
    {"node: byte by byte", begin_split, NULL, 0, FAULT_NODE, RESET_MS, false, true, false},
    {"node: in lumps", begin_coalesce, NULL, 0, FAULT_NODE, RESET_MS, false, true, false},
    {"node: frames twice", begin_duplicate, NULL, 0, FAULT_NODE, RESET_MS, false, true, false},
    {"pool: reset", begin_reset, "reset by peer", 1, FAULT_POOL, RESET_MS, false, false, false},
    {"pool: closed", begin_close, "closed the connection", 1, FAULT_POOL, RESET_MS, false, false,
     false},
    {"pool: nobody listens", begin_refuse, "cannot be reached", 0, FAULT_POOL, RESET_MS, true,
     false, false},
    {"pool: accepts and is silent", begin_black_hole, "no job for", 0, FAULT_POOL, BLACK_HOLE_MS,
     true, false, false},
    {"pool: black hole", begin_black_hole, "no job for", 1, FAULT_POOL, BLACK_HOLE_MS, false, false,
     false},
    {"pool: half open", begin_half_open, "no job for", 1, FAULT_POOL, BLACK_HOLE_MS, false, false,
     false},
    {"pool: its lines are lost", begin_drop_to_client, "no job for", 1, FAULT_POOL, BLACK_HOLE_MS,
     false, false, false},
    {"pool: flipped bits", begin_flip, "", 0, FAULT_POOL, BLACK_HOLE_MS, true, false, false},
    {"pool: late", begin_delay, NULL, 0, FAULT_POOL, RESET_MS, false, true, false},
    {"pool: byte by byte", begin_split, NULL, 0, FAULT_POOL, RESET_MS, false, true, false},
    {"pool: in lumps", begin_coalesce, NULL, 0, FAULT_POOL, RESET_MS, false, true, false},
    {"pool: lines twice", begin_duplicate, NULL, 0, FAULT_POOL, RESET_MS, false, true, false},
};

size_t fault_case_count(void)
{
    return BASE_COUNT_OF(cases);
}

const struct fault_case *fault_case_at(size_t index)
{
    return &cases[index];
}

/* ---- one run --------------------------------------------------------------------------------- */

/* A find on the newest kind of job of a server, accepted. Returns when the job came. */
static uint64_t mine_at(struct fault_rig *rig, int server)
{
    const struct listen_event *job = fault_rig_wait(rig, POOL_EVENT_JOB, server, "");
    uint64_t tag = fault_rig_submit(rig, job->job);
    assert_int_equal(fault_rig_verdict(rig, tag), POOL_ACCEPTED);
    return job->at_ms;
}

/* Whether the first server's node was silent for so long that it was asked over HTTP, in case its
 * port is a REST port. On a busy machine that happens to a slow one, too. */
static bool was_asked(const struct fault_rig *rig)
{
    struct listen_source *listen = rig->listen;
    bool silent = false;
    (void)pthread_mutex_lock(&listen->lock);
    for (size_t i = 0; rig->protocol == FAULT_NODE && i < listen->count; i++) {
        silent = silent || (listen->events[i].kind == POOL_EVENT_DISCONNECTED &&
                            strstr(listen->events[i].text, "no job for") != NULL);
    }
    (void)pthread_mutex_unlock(&listen->lock);
    return silent;
}

/* Nothing wrong, nothing twice. The question over HTTP is the one message that is not the node's
 * protocol. */
static void check_servers(struct fault_rig *rig)
{
    bool was_silent = was_asked(rig);
    for (size_t i = 0; i < 2; i++) {
        struct pool_devnet_stats stats;
        pool_devnet_stats(rig->devnet[i], &stats);
        assert_int_equal(stats.wrong_chain + stats.above_target, 0);
        assert_int_equal(stats.duplicates, 0);
        assert_true(stats.malformed == 0 || (was_silent && i == 0));
    }
}

/* The first line of a kind, or "". */
static const char *first_text(struct fault_rig *rig, enum pool_event_kind kind)
{
    const char *text = "";
    (void)pthread_mutex_lock(&rig->listen->lock);
    for (size_t i = 0; i < rig->listen->count && text[0] == '\0'; i++) {
        text = rig->listen->events[i].kind == kind ? rig->listen->events[i].text : "";
    }
    (void)pthread_mutex_unlock(&rig->listen->lock);
    return text;
}

/* The same, and what follows from it is the present: on an idle network only the block of a find
 * makes a node push the next jobs. */
static uint64_t mine_next(struct fault_rig *rig, int server)
{
    const struct listen_event *job = fault_rig_wait(rig, POOL_EVENT_JOB, server, "");
    fault_rig_now(rig);
    assert_int_equal(fault_rig_verdict(rig, fault_rig_submit(rig, job->job)), POOL_ACCEPTED);
    return job->at_ms;
}

/* The same server goes on serving: finds in a row, each on a job that came after the last one was
 * handed in. */
static void run_staying(struct fault_rig *rig, struct fault_result *result, uint64_t start_ms)
{
    (void)mine_next(rig, 0);
    result->recover_ms = mine_next(rig, 0) - start_ms;
    for (int i = 0; i < 2; i++) {
        (void)mine_next(rig, 0);
    }
    const char *line = first_text(rig, POOL_EVENT_WARNING);
    (void)snprintf(result->text, sizeof(result->text), "%s", line);
    assert_string_equal(first_text(rig, POOL_EVENT_DISCONNECTED), "");
}

static void run_leaving(struct fault_rig *rig, const struct fault_case *fault,
                        struct fault_result *result, const struct pool_job *in_hand,
                        uint64_t start_ms)
{
    uint64_t unanswered[4] = {0};
    for (size_t i = 0; fault->needs_finds && in_hand != NULL && i < fault->can_lose; i++) {
        unanswered[i] = fault_rig_submit(rig, in_hand);
    }
    result->recover_ms = mine_at(rig, 1) - start_ms;
    /* With the program's own limits an idle node's silence shows before its missing answers. */
    const char *says = fault->needs_finds && result->shipped ? "" : fault->says;
    const struct listen_event *line = fault_rig_wait(rig, POOL_EVENT_DISCONNECTED, 0, says);
    (void)snprintf(result->text, sizeof(result->text), "%s", line->text);
    uint64_t held = in_hand == NULL ? 0 : fault_rig_submit(rig, in_hand);
    uint64_t mended_ms = base_clock_ms();
    mitm_set(rig->mitm, NULL);
    const struct listen_event *back = fault_rig_wait(rig, POOL_EVENT_CONNECTED, 0, "");
    while (back->at_ms < mended_ms) { /* it was back before it was broken for good */
        rig->from = (size_t)(back - rig->listen->events) + 1;
        back = fault_rig_wait(rig, POOL_EVENT_CONNECTED, 0, "");
    }
    result->return_ms = back->at_ms - mended_ms;
    if (in_hand != NULL) {
        result->lost += fault_rig_verdict(rig, held) != POOL_ACCEPTED;
    }
    for (size_t i = 0; fault->needs_finds && in_hand != NULL && i < fault->can_lose; i++) {
        result->lost += fault_rig_verdict(rig, unanswered[i]) != POOL_ACCEPTED;
    }
}

void fault_run(struct fault_result *result, const struct fault_case *fault,
               const struct fault_times *times)
{
    struct fault_rig rig;
    const struct pool_job *in_hand = NULL;
    *result = (struct fault_result){.shipped = times->shipped};
    fault_rig_open(&rig, fault->protocol, times);
    if (fault->stays) { /* slow is not silent, on a busy machine either */
        rig.listen->config.silence_timeout_ms = 0;
        rig.listen->config.first_job_timeout_ms = times->shipped ? 0 : ANSWER_MS;
    } else if (fault->needs_finds && !times->shipped) {
        rig.listen->config.answer_timeout_ms = 500;
    }
    if (fault->at_start) {
        fault->begin(&rig);
        listen_start(rig.listen);
    } else {
        listen_start(rig.listen);
        for (size_t i = 0; i < (rig.protocol == FAULT_POOL ? PACE_JOBS : 1); i++) {
            (void)mine_next(&rig, 0);
        }
        /* a job that came after that block, to be found when the server is away */
        in_hand = fault_rig_wait(&rig, POOL_EVENT_JOB, 0, "")->job;
    }
    uint64_t start_ms = base_clock_ms();
    if (!fault->at_start) {
        if (!fault->stays) {
            fault_rig_now(&rig);
        }
        fault->begin(&rig);
    }
    if (fault->stays) {
        run_staying(&rig, result, start_ms);
    } else {
        run_leaving(&rig, fault, result, in_hand, start_ms);
    }
    result->in_time = result->recover_ms <= fault->recover_ms && result->return_ms <= BACK_MS;
    assert_in_range(result->lost, 0, fault->can_lose);
    assert_int_equal(listen_count(rig.listen, POOL_EVENT_NO_JOBS), 0);
    check_servers(&rig);
    fault_rig_close(&rig);
}
