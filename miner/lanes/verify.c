/* verify.c: see verify.h. */
#include "lanes/verify.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/endian.h"
#include "base/target.h"
#include "base/thread.h"

enum {
    CACHE_LINE = 64,
    SEEN_SLOTS = 8192, /* hashes the duplicate guard remembers, by their last bits */
    WARN_EVERY_MS = 10000,
    FRESH_NS = 3000000, /* a find has reached the socket in this time, even on a busy machine */
};

struct entry {
    struct miner_task *task; /* owned reference */
    uint64_t found_ns;
    struct kern_find find;
};

/* One producer (the lane), one consumer (the verifier). head and tail only grow. */
struct ring {
    _Alignas(CACHE_LINE) atomic_size_t head; /* entries ever pushed */
    _Alignas(CACHE_LINE) atomic_size_t tail; /* entries ever taken */
    struct entry *entries;
    uint8_t *solutions; /* entry i has slot i; NULL for plain hashes */
    /* the verifier's own: */
    uint64_t right; /* since the last distrust */
    uint64_t wrong;
    uint64_t wrong_ms[MINER_FAULTS_MAX]; /* times of the last wrong ones */
    uint64_t lost_told;
};

struct miner_verifier {
    struct miner_verify_config config;
    struct ring *rings;
    uint8_t (*seen)[32]; /* hashes that were passed on; all zero: empty */
    int wake_fd;
    atomic_bool woken; /* wake_fd was written since the thread last looked */
    atomic_bool stopping;
    atomic_uint_fast64_t pushed_ns; /* when the newest find was handed over */
    uint64_t warned_ms;
    pthread_t thread;
    bool joined;
};

bool miner_verifier_push(struct miner_verifier *verifier, size_t lane, struct miner_task *task,
                         const struct kern_find *find, uint64_t found_ns)
{
    struct ring *ring = &verifier->rings[lane];
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    /* Acquire: the consumer is done with the slot that we reuse. */
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    if (head - tail == MINER_VERIFY_RING) {
        return false;
    }
    struct entry *entry = &ring->entries[head % MINER_VERIFY_RING];
    entry->task = miner_task_ref(task);
    entry->found_ns = found_ns;
    entry->find = *find;
    size_t slot_bytes = verifier->config.algo->solution_size;
    if (find->solution_size > slot_bytes) {
        entry->find.solution = NULL; /* wrong, and seen as such: kern_verify looks at the size */
    } else if (find->solution_size > 0) {
        uint8_t *slot = ring->solutions + head % MINER_VERIFY_RING * slot_bytes;
        memcpy(slot, find->solution, find->solution_size);
        entry->find.solution = slot;
    }
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    atomic_store_explicit(&verifier->pushed_ns, found_ns, memory_order_relaxed);
    /* seq_cst: either the thread sees the new head after it cleared woken, or we wake it. */
    if (!atomic_exchange(&verifier->woken, true)) {
        base_event_raise(verifier->wake_fd);
    }
    return true;
}

bool miner_verifier_has_fresh(const struct miner_verifier *verifier, uint64_t now_ns)
{
    return now_ns - atomic_load_explicit(&verifier->pushed_ns, memory_order_relaxed) < FRESH_NS;
}

/* True when this hash was passed on before; remembers it. A header with its nonce and solution has
 * one hash, so the hash stands for all of them. The last bytes vary even when the target is hard.
 */
static bool seen_before(struct miner_verifier *verifier, const uint8_t hash_be[32])
{
    uint8_t *slot = verifier->seen[(base_load_be32(hash_be + 28) >> 4) % SEEN_SLOTS];
    if (memcmp(slot, hash_be, 32) == 0) {
        return true;
    }
    memcpy(slot, hash_be, 32);
    return false;
}

/* Count a wrong find; true when the lane is to be distrusted. */
static bool distrust(struct ring *ring, uint64_t now_ms)
{
    ring->wrong_ms[ring->wrong % MINER_FAULTS_MAX] = now_ms;
    ring->wrong += 1;
    uint64_t oldest_ms = ring->wrong_ms[ring->wrong % MINER_FAULTS_MAX];
    bool burst = ring->wrong >= MINER_FAULTS_MAX && now_ms - oldest_ms <= MINER_FAULT_WINDOW_MS;
    bool share = ring->wrong >= MINER_FAULTS_MIN && ring->wrong * 10 > ring->right + ring->wrong;
    if (!burst && !share) {
        return false;
    }
    ring->wrong = 0;
    ring->right = 0;
    return true;
}

static void submit(struct miner_verifier *verifier, size_t lane, const struct entry *entry,
                   const uint8_t hash_be[32])
{
    const struct miner_verify_config *config = &verifier->config;
    const struct pool_job *job = entry->task->job;
    uint32_t chain = entry->task->work.chain;
    uint8_t header[KERN_HEADER_MAX];
    struct pool_find find = {
        .job = job,
        .solution = entry->find.solution,
        .solution_size = entry->find.solution_size,
        .found_ns = entry->found_ns,
        .tag = lane,
    };
    memcpy(header, entry->task->work.header, sizeof header);
    config->algo->put_counter(header, entry->find.counter);
    memcpy(find.nonce, header + job->nonce_offset, job->nonce_size);
    memcpy(find.hash_be, hash_be, 32);
    double difficulty = base_target_expected_tries(hash_be);
    miner_tally_best(config->tally, difficulty < 9e18 ? (uint64_t)difficulty : INT64_MAX);
    /* Counted before it is handed over: its verdict may come before submit returns. */
    miner_count(&config->tally->found[chain], 1);
    if (config->submit(config->user, &find) != BASE_OK) {
        (void)atomic_fetch_sub_explicit(&config->tally->found[chain], 1, memory_order_relaxed);
        miner_count(&config->tally->unsent, 1);
        config->warn(config->user, "a find was dropped: too many wait for the server already");
    }
}

static void handle(struct miner_verifier *verifier, size_t lane, const struct entry *entry)
{
    const struct miner_verify_config *config = &verifier->config;
    struct miner_lane_counters *counters = config->lanes[lane];
    struct ring *ring = &verifier->rings[lane];
    uint8_t hash_be[32];
    enum base_status status = kern_verify(hash_be, config->algo, &entry->task->work, &entry->find);
    if (status != BASE_OK) {
        miner_count_own(&counters->faults, 1);
        miner_count(&config->tally->faults, 1);
        config->fault(config->user, lane, entry->task, &entry->find,
                      distrust(ring, base_clock_ms()));
        return;
    }
    ring->right += 1;
    miner_count_own(&counters->found, 1);
    if (seen_before(verifier, hash_be)) {
        miner_count(&config->tally->duplicates, 1);
        config->warn(config->user, "the same find came twice; the second one is held back");
        return;
    }
    const struct pool_job *job = entry->task->job;
    bool further = job->solo && !miner_board_rest(config->board, entry->task);
    if (entry->task->easy && !miner_board_win(config->board, entry->task)) {
        further = !base_target_meets(hash_be, job->target_be);
    }
    if (further) {
        miner_count(&config->tally->extra, 1);
        return;
    }
    submit(verifier, lane, entry, hash_be);
}

static void drain(struct miner_verifier *verifier, size_t lane)
{
    struct ring *ring = &verifier->rings[lane];
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    while (tail != atomic_load_explicit(&ring->head, memory_order_acquire)) {
        struct entry *entry = &ring->entries[tail % MINER_VERIFY_RING];
        handle(verifier, lane, entry);
        miner_task_unref(entry->task);
        entry->task = NULL;
        tail += 1;
        atomic_store_explicit(&ring->tail, tail, memory_order_release);
    }
}

/* Tell of finds that lanes lost because their ring was full; not more often than every 10 s. */
static void tell_lost(struct miner_verifier *verifier)
{
    uint64_t now_ms = base_clock_ms();
    uint64_t fresh = 0;
    if (now_ms - verifier->warned_ms < WARN_EVERY_MS) {
        return;
    }
    for (size_t i = 0; i < verifier->config.lane_count; i++) {
        uint64_t lost = miner_counted(&verifier->config.lanes[i]->finds_lost);
        fresh += lost - verifier->rings[i].lost_told;
        verifier->rings[i].lost_told = lost;
    }
    if (fresh > 0) {
        char text[160];
        (void)snprintf(text, sizeof text,
                       "%llu finds were dropped: the target is so easy that they come faster than "
                       "they can be checked",
                       (unsigned long long)fresh);
        verifier->config.warn(verifier->config.user, text);
        verifier->warned_ms = now_ms;
    }
}

static void *run(void *argument)
{
    struct miner_verifier *verifier = argument;
    bool last = false;
    (void)base_thread_prompt(); /* the cores are busy hashing, and a find must go out at once */
    while (!last) {
        if (!base_event_take(verifier->wake_fd) && errno != EINTR) {
            break; /* an eventfd of ours: cannot happen */
        }
        last = atomic_load(&verifier->stopping); /* before the look: nobody pushes after it */
        (void)atomic_exchange(&verifier->woken, false);
        for (size_t i = 0; i < verifier->config.lane_count; i++) {
            drain(verifier, i);
        }
        tell_lost(verifier);
    }
    return NULL;
}

static void release(struct miner_verifier *verifier)
{
    if (verifier->rings != NULL) {
        for (size_t i = 0; i < verifier->config.lane_count; i++) {
            base_free(verifier->rings[i].entries);
            base_free(verifier->rings[i].solutions);
        }
    }
    if (verifier->wake_fd >= 0) {
        (void)close(verifier->wake_fd);
    }
    base_free(verifier->rings);
    base_free(verifier->seen);
    base_free(verifier);
}

enum base_status miner_verifier_start(struct miner_verifier **verifier,
                                      const struct miner_verify_config *config,
                                      struct base_error *error)
{
    struct miner_verifier *made = base_alloc(1, sizeof *made);
    bool complete = true;
    *verifier = NULL;
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for the verifier");
    }
    made->config = *config;
    made->wake_fd = eventfd(0, EFD_CLOEXEC);
    made->rings = base_alloc_aligned(CACHE_LINE, config->lane_count > 0 ? config->lane_count : 1,
                                     sizeof *made->rings);
    made->seen = base_alloc(SEEN_SLOTS, sizeof *made->seen);
    complete = made->rings != NULL && made->seen != NULL;
    for (size_t i = 0; complete && i < config->lane_count; i++) {
        made->rings[i].entries = base_alloc(MINER_VERIFY_RING, sizeof *made->rings[i].entries);
        complete = made->rings[i].entries != NULL;
        if (config->algo->solution_size > 0) {
            made->rings[i].solutions = base_alloc(MINER_VERIFY_RING, config->algo->solution_size);
            complete = complete && made->rings[i].solutions != NULL;
        }
    }
    if (!complete) {
        release(made);
        return base_error_set(error, BASE_E_MEMORY, "no memory for the verifier's rings");
    }
    if (made->wake_fd < 0 || pthread_create(&made->thread, NULL, run, made) != 0) {
        release(made);
        return base_error_set(error, BASE_E_IO, "the verifier's thread cannot be started");
    }
    *verifier = made;
    return BASE_OK;
}

void miner_verifier_stop(struct miner_verifier *verifier)
{
    if (verifier == NULL || verifier->joined) {
        return;
    }
    atomic_store(&verifier->stopping, true);
    base_event_raise(verifier->wake_fd);
    (void)pthread_join(verifier->thread, NULL);
    verifier->joined = true;
}

void miner_verifier_free(struct miner_verifier *verifier)
{
    if (verifier != NULL) {
        miner_verifier_stop(verifier);
        release(verifier);
    }
}
