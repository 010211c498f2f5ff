/* task.c: see task.h. */
#include "lanes/task.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/target.h"
#include "lanes/tables.h"
#include "lanes/values.h"

struct miner_task *miner_task_ref(struct miner_task *task)
{
    /* Relaxed: the caller already holds the task in another way. */
    (void)atomic_fetch_add_explicit(&task->refs, 1, memory_order_relaxed);
    return task;
}

void miner_task_unref(struct miner_task *task)
{
    /* Release our uses, acquire those of the others before freeing. */
    if (task != NULL && atomic_fetch_sub_explicit(&task->refs, 1, memory_order_acq_rel) == 1) {
        pool_job_unref(task->job);
        miner_table_unref(task->table);
        base_free(task);
    }
}

bool miner_task_same_header(const struct miner_task *a, const struct miner_task *b)
{
    return memcmp(a->work.header, b->work.header, a->work.header_size) == 0;
}

enum base_status miner_task_new(struct miner_task **task, const struct kern_algo *algo,
                                const struct miner_nonce_session *session,
                                const struct pool_job *job, struct miner_table *table,
                                struct base_error *error)
{
    enum base_status status = BASE_OK;
    struct miner_task *made = base_alloc(1, sizeof *made);
    *task = NULL;
    if (made == NULL) {
        (void)base_error_set(error, BASE_E_MEMORY, "no memory for a job");
        return BASE_E_MEMORY;
    }
    status = miner_nonce_place(&made->work, &made->start, job, algo, session, error);
    if (status == BASE_OK && table != NULL &&
        (algo->table == NULL || table->kern->key != algo->table->key(&made->work))) {
        status = base_error_set(error, BASE_E_UNSUPPORTED,
                                "%s: a job with the table of another epoch", algo->name);
    }
    if (status != BASE_OK) {
        base_free(made);
        return status;
    }
    if (table != NULL) {
        made->table = miner_table_ref(table);
        made->work.table = table->kern;
    }
    if (pool_job_has_easy_blocks(job)) {
        made->easy = true;
        memcpy(made->work.target_be, job->block_target_be, sizeof made->work.target_be);
    }
    made->job = pool_job_ref(job);
    made->span = miner_nonce_span(job, algo, made->start);
    if (job->counters != 0 && (made->span == 0 || job->counters < made->span)) {
        made->span = job->counters;
    }
    made->published_ns = base_clock_ns();
    atomic_init(&made->refs, 1);
    *task = made;
    return BASE_OK;
}

bool miner_task_same_job(const struct miner_task *a, const struct miner_task *b)
{
    return miner_task_same_header(a, b) ||
           (a->job->connection == b->job->connection && a->job->label[0] != '\0' &&
            strcmp(a->job->label, b->job->label) == 0);
}

void miner_task_set_won(struct miner_task *task)
{
    atomic_store(&task->won, true);
    task->easy = false;
    memcpy(task->work.target_be, task->job->target_be, sizeof task->work.target_be);
}

bool miner_task_voids(const struct miner_task *task, const struct miner_task *last)
{
    return last != NULL && !miner_task_same_header(last, task) &&
           (task->job->clean || task->job->height != last->job->height);
}

bool miner_solved_has(const struct miner_solved *solved, const struct miner_task *task)
{
    size_t kept = solved->added < MINER_SOLVED_KEPT ? solved->added : MINER_SOLVED_KEPT;
    for (size_t i = 0; i < kept; i++) {
        if (memcmp(solved->headers[i], task->work.header, task->work.header_size) == 0) {
            return true;
        }
    }
    return false;
}

void miner_solved_add(struct miner_solved *solved, const struct miner_task *task)
{
    if (!miner_solved_has(solved, task)) {
        memcpy(solved->headers[solved->added % MINER_SOLVED_KEPT], task->work.header,
               task->work.header_size);
        solved->added += 1;
    }
}

void miner_task_inherit(struct miner_task *task, const struct miner_task *last,
                        const struct miner_solved *solved, uint64_t next)
{
    /* Counters of a chain never repeat, whatever headers come back, if there are nearly 2^64 of
     * them. Fewer are used from their beginning by each new header. */
    bool wide = task->span == 0 || task->span > 1ULL << 63;
    task->origin = wide ? 0 : next;
    if (last != NULL && miner_task_same_header(last, task)) {
        task->origin = last->origin;
        atomic_init(&task->started, atomic_load(&last->started));
        atomic_init(&task->asked, atomic_load(&last->asked));
        atomic_init(&task->solved, atomic_load(&last->solved));
    }
    if (miner_solved_has(solved, task)) {
        atomic_store(&task->solved, true);
    }
    if (last != NULL && atomic_load(&last->won) && miner_task_same_job(last, task)) {
        miner_task_set_won(task);
    }
}

int miner_task_rank(const struct miner_task *task, uint64_t used, uint64_t newest_ms)
{
    if (task == NULL || atomic_load_explicit(&task->solved, memory_order_relaxed)) {
        return 0;
    }
    if (task->span != 0 && used >= task->span) {
        return 0; /* every counter was tried */
    }
    /* A node sends a template unchanged until a block replaces it: its age says nothing. A pool
     * forgets jobs by age. */
    if (!task->job->solo && newest_ms > task->job->received_ms + MINER_JOB_FRESH_MS) {
        return 1;
    }
    return atomic_load_explicit(&task->started, memory_order_relaxed) ? 2 : 3;
}
