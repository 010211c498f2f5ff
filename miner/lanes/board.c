/* board.c: see board.h. Memory orders are argued where they are used; the short version:
 *
 *   publisher                         lane (take)
 *   P1 exchange slot   (seq_cst)      L1 load generation      (acquire)
 *   P2 step generation (release)      L2 store announcement   (seq_cst)
 *   P3 load announcements (seq_cst)   L3 load slots           (seq_cst)
 *
 * A lane that announces the stepped generation has seen P2, so L3 finds the new task or a later
 * one; a lane that announces an older one keeps the old task alive. A lane that was away announces
 * when it takes again: either P3 sees that, or P3 comes before L2 in the single order of all
 * seq_cst operations, hence P1 before L3, and L3 finds the new task. The uses of a task come before
 * the lane's next announcement, which P3 reads: nothing is freed under them. */
#include "lanes/board.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/target.h"
#include "base/thread.h"
#include "lanes/tables.h"
#include "lanes/values.h"

#define MINER_BOARD_AWAY UINT64_MAX

enum { CACHE_LINE = 64 };

struct board_chain {
    /* Written by every lane, once a batch. */
    _Alignas(CACHE_LINE) atomic_uint_fast64_t next; /* counters given out; only grows */
    atomic_uint_fast64_t balance;                   /* hashes given out, for fairness */
    /* Written by publishers. */
    _Alignas(CACHE_LINE) struct miner_task *_Atomic task;
    atomic_uint_fast64_t idle_since_ms; /* 0: has work; 1: never had any */
    struct miner_task *last;            /* owned; newest task ever, kept when the slot is cleared */
    struct miner_solved solved;         /* headers of tasks that gave their block */
};

struct board_lane {
    _Alignas(CACHE_LINE) atomic_uint_fast64_t seen; /* generation, or MINER_BOARD_AWAY */
    bool goes_without;                              /* needs no table; set before lanes run */
};

struct retired {
    struct miner_task *task;
    uint64_t generation; /* lanes that announce this one cannot hold the task */
};

struct miner_board {
    const struct kern_algo *algo;
    const struct miner_nonce_session *session;
    miner_board_refill_fn refill; /* NULL: nobody asks for more counters */
    void *refill_user;
    size_t lane_count;
    uint32_t chain_count;
    struct board_chain *chains;
    struct board_lane *lanes;
    _Alignas(CACHE_LINE) atomic_uint_fast64_t generation;
    atomic_uint_fast64_t interrupts; /* steps, before the generation does, when what lanes hash is
                                        worth nothing any more */
    atomic_uint_fast64_t newest_ms;  /* received_ms of the newest job */
    atomic_bool stopped;
    atomic_bool paused;
    atomic_uint waiting; /* lanes in miner_board_wait */

    pthread_mutex_t publish_lock; /* guards the following and chains[].last; not for lanes */
    struct retired *retired;
    size_t retired_count;
    size_t retired_cap;

    pthread_mutex_t wait_lock; /* with wait_signal; lanes take it only when they have no work */
    pthread_cond_t wait_signal;
};

struct miner_board *miner_board_new(const struct kern_algo *algo,
                                    const struct miner_nonce_session *session, size_t lane_count)
{
    struct miner_board *board = base_alloc_aligned(CACHE_LINE, 1, sizeof *board);
    if (board == NULL) {
        return NULL;
    }
    board->algo = algo;
    board->session = session;
    board->lane_count = lane_count;
    board->chain_count = algo->chains;
    board->chains = base_alloc_aligned(CACHE_LINE, board->chain_count, sizeof *board->chains);
    board->lanes =
        base_alloc_aligned(CACHE_LINE, lane_count > 0 ? lane_count : 1, sizeof *board->lanes);
    if (board->chains == NULL || board->lanes == NULL) {
        base_free(board->chains);
        base_free(board->lanes);
        base_free(board);
        return NULL;
    }
    for (size_t i = 0; i < lane_count; i++) {
        atomic_init(&board->lanes[i].seen, MINER_BOARD_AWAY);
    }
    for (uint32_t i = 0; i < board->chain_count; i++) {
        atomic_init(&board->chains[i].idle_since_ms, 1);
    }
    atomic_init(&board->generation, 1);
    (void)pthread_mutex_init(&board->publish_lock, NULL);
    (void)pthread_mutex_init(&board->wait_lock, NULL);
    base_thread_condition(&board->wait_signal);
    return board;
}

void miner_board_free(struct miner_board *board)
{
    if (board == NULL) {
        return;
    }
    for (uint32_t i = 0; i < board->chain_count; i++) {
        miner_task_unref(atomic_load(&board->chains[i].task));
        miner_task_unref(board->chains[i].last);
    }
    for (size_t i = 0; i < board->retired_count; i++) {
        miner_task_unref(board->retired[i].task);
    }
    (void)pthread_cond_destroy(&board->wait_signal);
    (void)pthread_mutex_destroy(&board->wait_lock);
    (void)pthread_mutex_destroy(&board->publish_lock);
    base_free(board->retired);
    base_free(board->lanes);
    base_free(board->chains);
    base_free(board);
}

/* Searches that can end inside a nonce end now. After the slots were changed, before step(); under
 * publish_lock. */
static void interrupt(struct miner_board *board)
{
    (void)atomic_fetch_add_explicit(&board->interrupts, 1, memory_order_release);
}

/* Step the generation and wake lanes that wait. Under publish_lock. */
static void step(struct miner_board *board)
{
    /* seq_cst, with `waiting`: either the waiter's check sees the new generation, or we see that
     * somebody waits. */
    (void)atomic_fetch_add(&board->generation, 1);
    if (atomic_load(&board->waiting) > 0) {
        (void)pthread_mutex_lock(&board->wait_lock);
        (void)pthread_cond_broadcast(&board->wait_signal);
        (void)pthread_mutex_unlock(&board->wait_lock);
    }
}

/* Free what no lane can hold any more. Under publish_lock. */
static void reclaim(struct miner_board *board)
{
    uint64_t oldest = MINER_BOARD_AWAY;
    size_t kept = 0;
    for (size_t i = 0; i < board->lane_count; i++) {
        uint64_t seen = atomic_load(&board->lanes[i].seen);
        oldest = seen < oldest ? seen : oldest;
    }
    for (size_t i = 0; i < board->retired_count; i++) {
        if (board->retired[i].generation <= oldest) {
            miner_task_unref(board->retired[i].task);
        } else {
            board->retired[kept++] = board->retired[i];
        }
    }
    board->retired_count = kept;
}

/* Make room for `more` retired tasks. Under publish_lock. */
static bool reserve_retired(struct miner_board *board, size_t more)
{
    size_t cap = board->retired_cap > 0 ? board->retired_cap : 64;
    struct retired *grown = NULL;
    while (cap < board->retired_count + more) {
        cap *= 2;
    }
    if (cap == board->retired_cap) {
        return true;
    }
    grown = base_realloc(board->retired, cap, sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    board->retired = grown;
    board->retired_cap = cap;
    return true;
}

/* Fewest hashes among the other chains with work; UINT64_MAX if there is none. */
static uint64_t least_balance(const struct miner_board *board, const struct board_chain *except)
{
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < board->chain_count; i++) {
        const struct board_chain *chain = &board->chains[i];
        if (chain != except &&
            atomic_load_explicit(&chain->idle_since_ms, memory_order_relaxed) == 0) {
            uint64_t balance = atomic_load_explicit(&chain->balance, memory_order_relaxed);
            least = balance < least ? balance : least;
        }
    }
    return least;
}

/* The chain has work again. After a short rest it may catch up on what it missed; after a long
 * one it would starve the others, so it starts level with the least hashed of them. */
static void end_idle(struct miner_board *board, struct board_chain *chain, uint64_t now_ms)
{
    uint64_t idle_since_ms = atomic_load_explicit(&chain->idle_since_ms, memory_order_relaxed);
    if (idle_since_ms == 0) {
        return;
    }
    if (idle_since_ms == 1 || now_ms - idle_since_ms > MINER_JOB_FRESH_MS) {
        uint64_t least = least_balance(board, chain);
        uint64_t own = atomic_load_explicit(&chain->balance, memory_order_relaxed);
        if (least != UINT64_MAX && least > own) {
            (void)atomic_fetch_add_explicit(&chain->balance, least - own, memory_order_relaxed);
        }
    }
    atomic_store_explicit(&chain->idle_since_ms, 0, memory_order_relaxed);
}

static void begin_idle(struct board_chain *chain)
{
    if (atomic_load_explicit(&chain->idle_since_ms, memory_order_relaxed) == 0) {
        atomic_store_explicit(&chain->idle_since_ms, base_clock_ms(), memory_order_relaxed);
    }
}

/* Under publish_lock. */
static void inherit(const struct board_chain *chain, struct miner_task *task)
{
    miner_task_inherit(task, chain->last, &chain->solved,
                       atomic_load_explicit(&chain->next, memory_order_relaxed));
}

/* Put task (NULL: nothing) into the chain's slot; what was there is freed once every lane has seen
 * the generation that step() makes next. Under publish_lock, with room in retired. */
static void swap_task(struct miner_board *board, struct board_chain *chain, struct miner_task *task)
{
    struct miner_task *old = atomic_exchange(&chain->task, task); /* P1 */
    if (old != NULL) {
        uint64_t next = atomic_load_explicit(&board->generation, memory_order_relaxed) + 1;
        board->retired[board->retired_count++] = (struct retired){old, next};
    }
}

static void clear_chain(struct miner_board *board, struct board_chain *chain)
{
    swap_task(board, chain, NULL);
    begin_idle(chain);
}

void miner_board_on_refill(struct miner_board *board, miner_board_refill_fn refill, void *user)
{
    board->refill = refill;
    board->refill_user = user;
}

void miner_board_goes_without(struct miner_board *board, size_t lane)
{
    board->lanes[lane].goes_without = true;
}

bool miner_board_needs_table(const struct miner_board *board)
{
    bool needs = false;
    for (size_t i = 0; i < board->lane_count; i++) {
        needs = needs || !board->lanes[i].goes_without;
    }
    return board->algo->table != NULL && needs;
}

bool miner_board_some_go_without(const struct miner_board *board)
{
    bool some = false;
    for (size_t i = 0; i < board->lane_count; i++) {
        some = some || board->lanes[i].goes_without;
    }
    return board->algo->table == NULL || some;
}

enum base_status miner_board_publish(struct miner_board *board, const struct pool_job *job,
                                     struct base_error *error)
{
    if (!miner_board_some_go_without(board)) {
        return base_error_set(error, BASE_E_UNSUPPORTED, "%s: a job without the table of its epoch",
                              board->algo->name);
    }
    return miner_board_publish_table(board, job, NULL, error);
}

enum base_status miner_board_publish_table(struct miner_board *board, const struct pool_job *job,
                                           struct miner_table *table, struct base_error *error)
{
    struct miner_task *task = NULL;
    struct board_chain *chain = NULL;
    enum base_status status = miner_task_new(&task, board->algo, board->session, job, table, error);
    if (status != BASE_OK) {
        return status;
    }
    chain = &board->chains[job->chain];
    (void)pthread_mutex_lock(&board->publish_lock);
    if (!reserve_retired(board, board->chain_count)) {
        (void)pthread_mutex_unlock(&board->publish_lock);
        miner_task_unref(task);
        return base_error_set(error, BASE_E_MEMORY, "no memory to replace a job");
    }
    inherit(chain, task);
    bool voided = miner_task_voids(task, chain->last) || (job->clean && board->chain_count > 1);
    if (!atomic_load_explicit(&task->solved, memory_order_relaxed)) {
        end_idle(board, chain, base_clock_ms());
    }
    if (job->received_ms > atomic_load_explicit(&board->newest_ms, memory_order_relaxed)) {
        atomic_store_explicit(&board->newest_ms, job->received_ms, memory_order_relaxed);
    }
    miner_task_unref(chain->last);
    chain->last = miner_task_ref(task);
    swap_task(board, chain, task);
    for (uint32_t i = 0; job->clean && i < board->chain_count; i++) {
        if (&board->chains[i] != chain) {
            clear_chain(board, &board->chains[i]);
        }
    }
    if (voided) {
        interrupt(board);
    }
    step(board);    /* P2 */
    reclaim(board); /* P3 */
    (void)pthread_mutex_unlock(&board->publish_lock);
    return BASE_OK;
}

void miner_board_clear(struct miner_board *board)
{
    (void)pthread_mutex_lock(&board->publish_lock);
    /* Without memory they stay published: hashing them is useless, yet harmless. */
    if (reserve_retired(board, board->chain_count)) {
        for (uint32_t i = 0; i < board->chain_count; i++) {
            clear_chain(board, &board->chains[i]);
        }
        interrupt(board);
        step(board);
        reclaim(board);
    }
    (void)pthread_mutex_unlock(&board->publish_lock);
}

bool miner_board_rest(struct miner_board *board, struct miner_task *task)
{
    struct board_chain *chain = &board->chains[task->work.chain];
    bool first = false;
    (void)pthread_mutex_lock(&board->publish_lock);
    first = !atomic_exchange(&task->solved, true);
    miner_solved_add(&chain->solved, task);
    /* An unchanged template may have been published anew since the find. */
    if (chain->last != NULL && miner_task_same_header(chain->last, task)) {
        atomic_store(&chain->last->solved, true);
        begin_idle(chain);
    }
    interrupt(board);
    step(board);
    (void)pthread_mutex_unlock(&board->publish_lock);
    return first;
}

bool miner_board_win(struct miner_board *board, struct miner_task *task)
{
    struct board_chain *chain = &board->chains[task->work.chain];
    struct miner_task *made = NULL;
    struct base_error ignored;
    (void)pthread_mutex_lock(&board->publish_lock);
    bool first = !atomic_exchange(&task->won, true);
    struct miner_task *last = chain->last;
    if (last != NULL && last != task && miner_task_same_job(last, task)) {
        first = !atomic_exchange(&last->won, true) && first;
    }
    bool shown =
        last != NULL && last->easy && atomic_load(&last->won) && atomic_load(&chain->task) == last;
    /* Without memory the easy target stays: finds that are no use are held back all the same. */
    if (shown && reserve_retired(board, 1) &&
        miner_task_new(&made, board->algo, board->session, last->job, last->table, &ignored) ==
            BASE_OK) {
        inherit(chain, made);
        miner_task_unref(last);
        chain->last = miner_task_ref(made);
        swap_task(board, chain, made);
        step(board);
        reclaim(board);
    }
    (void)pthread_mutex_unlock(&board->publish_lock);
    return first;
}

uint64_t miner_board_generation(const struct miner_board *board)
{
    return atomic_load_explicit(&board->generation, memory_order_acquire);
}

/* Ask for another nonce space once all but a quarter of a task's counters is given out. Looked at
 * with each take and not only by the one that crosses the mark: a lane that still held the task
 * before may have skipped it. */
static void ask_in_time(const struct miner_board *board, struct miner_task *task, uint64_t used)
{
    if (board->refill == NULL || task->span == 0 || used < task->span - task->span / 4 ||
        atomic_load_explicit(&task->asked, memory_order_relaxed) ||
        atomic_load_explicit(&task->solved, memory_order_relaxed)) {
        return;
    }
    if (!atomic_exchange_explicit(&task->asked, true, memory_order_relaxed)) {
        board->refill(board->refill_user, task->job);
    }
}

/* Best chain for a lane, or NULL. Lanes look in different orders, so that they do not all begin
 * with the same chain. */
static struct board_chain *choose(struct miner_board *board, size_t lane, struct miner_task **task)
{
    bool any_task = board->algo->table == NULL || board->lanes[lane].goes_without;
    uint64_t newest_ms = atomic_load_explicit(&board->newest_ms, memory_order_relaxed);
    struct board_chain *best = NULL;
    uint64_t best_balance = 0;
    int best_rank = 0;
    for (uint32_t i = 0; i < board->chain_count; i++) {
        size_t index = (i + lane * board->chain_count / board->lane_count) % board->chain_count;
        struct board_chain *chain = &board->chains[index];
        struct miner_task *here = atomic_load(&chain->task); /* L3 */
        uint64_t used = 0;
        if (here != NULL) {
            used = atomic_load_explicit(&chain->next, memory_order_relaxed) - here->origin;
            ask_in_time(board, here, used);
        }
        int here_rank = any_task || (here != NULL && here->table != NULL)
                            ? miner_task_rank(here, used, newest_ms)
                            : 0;
        uint64_t balance = atomic_load_explicit(&chain->balance, memory_order_relaxed);
        if (here_rank > best_rank ||
            (here_rank == best_rank && here_rank > 0 && balance < best_balance)) {
            best = chain;
            best_rank = here_rank;
            best_balance = balance;
            *task = here;
        }
    }
    return best;
}

enum base_status miner_board_take(struct miner_board *board, struct miner_assignment *assignment,
                                  size_t lane, uint64_t count, uint64_t bite)
{
    uint64_t generation = miner_board_generation(board); /* L1 */
    /* Loaded before the slots are read: a lane that loads the stepped value sees the slots as they
     * are after the interrupt. A lane that loads the old value may find the new task already: its
     * search ends at the first look, and it takes the task again. */
    assignment->stop = (struct kern_stop){
        &board->interrupts, atomic_load_explicit(&board->interrupts, memory_order_acquire)};
    assignment->task = NULL;
    assignment->count = 0;
    assignment->generation = generation;
    atomic_store(&board->lanes[lane].seen, generation); /* L2 */
    if (atomic_load_explicit(&board->stopped, memory_order_relaxed)) {
        return BASE_E_CLOSED;
    }
    /* Changed before the generation is stepped: a lane that still sees the old value here sees the
     * new generation in its wait. */
    if (atomic_load_explicit(&board->paused, memory_order_relaxed)) {
        return BASE_E_AGAIN;
    }
    for (;;) {
        struct miner_task *task = NULL;
        struct board_chain *chain = choose(board, lane, &task);
        if (chain == NULL) {
            return BASE_E_AGAIN;
        }
        bool switched = !atomic_exchange_explicit(&task->started, true, memory_order_relaxed);
        uint64_t want = switched && bite > 0 && bite < count ? bite : count;
        uint64_t offset =
            atomic_fetch_add_explicit(&chain->next, want, memory_order_relaxed) - task->origin;
        if (task->span != 0 && offset >= task->span) {
            continue; /* another lane took the last ones; choose() skips this task from now on */
        }
        if (task->span != 0 && want > task->span - offset) {
            want = task->span - offset;
        }
        (void)atomic_fetch_add_explicit(&chain->balance, want, memory_order_relaxed);
        assignment->task = task;
        assignment->first = task->start + offset;
        assignment->count = want;
        assignment->switched = switched;
        return BASE_OK;
    }
}

void miner_board_wait(struct miner_board *board, size_t lane, uint64_t seen, uint32_t timeout_ms)
{
    uint64_t until_ms = base_clock_ms() + timeout_ms;
    bool more = true;
    miner_board_leave(board, lane);
    (void)pthread_mutex_lock(&board->wait_lock);
    (void)atomic_fetch_add(&board->waiting, 1); /* seq_cst, see step() */
    while (more && atomic_load(&board->generation) == seen && !atomic_load(&board->stopped)) {
        more = base_thread_wait(&board->wait_signal, &board->wait_lock, until_ms);
    }
    (void)atomic_fetch_sub(&board->waiting, 1);
    (void)pthread_mutex_unlock(&board->wait_lock);
}

void miner_board_leave(struct miner_board *board, size_t lane)
{
    /* Release our uses of the last task to the publisher that frees it. */
    atomic_store_explicit(&board->lanes[lane].seen, MINER_BOARD_AWAY, memory_order_release);
}

bool miner_board_is_away(const struct miner_board *board, size_t lane)
{
    return atomic_load_explicit(&board->lanes[lane].seen, memory_order_relaxed) == MINER_BOARD_AWAY;
}

void miner_board_stop(struct miner_board *board)
{
    atomic_store(&board->stopped, true);
    (void)pthread_mutex_lock(&board->publish_lock);
    interrupt(board);
    step(board);
    (void)pthread_mutex_unlock(&board->publish_lock);
}

bool miner_board_pause(struct miner_board *board, bool pause)
{
    bool changed = false;
    (void)pthread_mutex_lock(&board->publish_lock);
    changed = atomic_exchange(&board->paused, pause) != pause;
    if (changed) {
        if (pause) {
            interrupt(board);
        }
        step(board);
    }
    (void)pthread_mutex_unlock(&board->publish_lock);
    return changed;
}

bool miner_board_paused(const struct miner_board *board)
{
    return atomic_load_explicit(&board->paused, memory_order_relaxed);
}

void miner_board_look(struct miner_board *board, struct miner_chain_look looks[KERN_CHAINS_MAX])
{
    memset(looks, 0, KERN_CHAINS_MAX * sizeof *looks);
    /* Only publishers take tasks off, and only they free them. */
    (void)pthread_mutex_lock(&board->publish_lock);
    for (uint32_t i = 0; i < board->chain_count; i++) {
        const struct miner_task *task = atomic_load(&board->chains[i].task);
        if (task != NULL) {
            looks[i].has_job = true;
            looks[i].resting = atomic_load_explicit(&task->solved, memory_order_relaxed);
            looks[i].solo = task->job->solo;
            looks[i].height = task->job->height;
            looks[i].received_ms = task->job->received_ms;
            looks[i].expected =
                base_target_expected_tries(task->job->target_be) * board->chain_count;
        }
    }
    (void)pthread_mutex_unlock(&board->publish_lock);
}

unsigned miner_board_coverage(const struct miner_board *board)
{
    unsigned covered = 0;
    for (uint32_t i = 0; i < board->chain_count; i++) {
        covered += atomic_load_explicit(&board->chains[i].task, memory_order_relaxed) != NULL;
    }
    return covered;
}

void miner_board_reclaim(struct miner_board *board)
{
    (void)pthread_mutex_lock(&board->publish_lock);
    reclaim(board);
    (void)pthread_mutex_unlock(&board->publish_lock);
}

size_t miner_board_retired(struct miner_board *board)
{
    (void)pthread_mutex_lock(&board->publish_lock);
    size_t count = board->retired_count;
    (void)pthread_mutex_unlock(&board->publish_lock);
    return count;
}
