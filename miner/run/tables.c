/* tables.c: see tables.h. */
#include "run/tables.h"

#include <pthread.h>

#include "base/alloc.h"

enum { KEPT = 2 }; /* pools hand out jobs of both epochs around a change */

struct miner_tables {
    const struct kern_algo *algo;
    const struct miner_nonce_session *session;
    struct miner_board *board;
    miner_tables_failed_fn failed;
    void *user;
    pthread_t thread;
    pthread_mutex_t lock; /* guards the following; held while publishing, so that jobs reach the
                             board in the order they came */
    pthread_cond_t changed;
    const struct pool_job *waiting; /* owned or NULL: its table is to be built */
    uint64_t serial;                /* steps with every job and clear */
    bool stopping;
    struct miner_table *kept[KEPT]; /* owned or NULL; newest first */
};

struct miner_table *miner_table_ref(struct miner_table *table)
{
    /* Relaxed: the caller already holds it in another way. */
    (void)atomic_fetch_add_explicit(&table->refs, 1, memory_order_relaxed);
    return table;
}

void miner_table_unref(struct miner_table *table)
{
    /* Release our uses, acquire those of the others before freeing. */
    if (table != NULL && atomic_fetch_sub_explicit(&table->refs, 1, memory_order_acq_rel) == 1) {
        kern_table_free(table->kern);
        base_free(table);
    }
}

/* Under the lock; borrowed. */
static struct miner_table *find(const struct miner_tables *tables, uint64_t key)
{
    for (size_t i = 0; i < KEPT; i++) {
        if (tables->kept[i] != NULL && tables->kept[i]->kern->key == key) {
            return tables->kept[i];
        }
    }
    return NULL;
}

/* Under the lock; takes the reference. */
static void keep(struct miner_tables *tables, struct miner_table *table)
{
    miner_table_unref(tables->kept[KEPT - 1]);
    for (size_t i = KEPT - 1; i > 0; i--) {
        tables->kept[i] = tables->kept[i - 1];
    }
    tables->kept[0] = table;
}

static enum base_status build(struct miner_table **table, const struct kern_algo *algo,
                              const struct kern_work *work, struct base_error *error)
{
    struct miner_table *made = base_alloc(1, sizeof *made);
    *table = NULL;
    if (made == NULL || kern_table_build(&made->kern, algo, work) != BASE_OK) {
        base_free(made);
        return base_error_set(error, BASE_E_MEMORY, "no memory for the table of %s", algo->name);
    }
    atomic_init(&made->refs, 1);
    *table = made;
    return BASE_OK;
}

/* Find or build the table of one waiting job and publish it if it is still the newest. Under the
 * lock, which is let go while building. */
static void serve(struct miner_tables *tables)
{
    struct base_error error = {BASE_OK, ""};
    const struct pool_job *job = tables->waiting;
    struct kern_work work;
    uint64_t serial = tables->serial;
    uint64_t start = 0;
    tables->waiting = NULL;
    enum base_status status =
        miner_nonce_place(&work, &start, job, tables->algo, tables->session, &error);
    struct miner_table *table =
        status == BASE_OK ? find(tables, tables->algo->table->key(&work)) : NULL;
    if (status == BASE_OK && table == NULL) {
        (void)pthread_mutex_unlock(&tables->lock);
        status = build(&table, tables->algo, &work, &error);
        (void)pthread_mutex_lock(&tables->lock);
        if (status == BASE_OK) {
            keep(tables, table);
        }
    }
    if (status == BASE_OK && serial == tables->serial) {
        status = miner_board_publish_table(tables->board, job, table, &error);
    }
    if (status != BASE_OK) {
        tables->failed(tables->user, &error);
    }
    pool_job_unref(job);
}

static void *run(void *user)
{
    struct miner_tables *tables = user;
    (void)pthread_mutex_lock(&tables->lock);
    while (!tables->stopping) {
        if (tables->waiting != NULL) {
            serve(tables);
        } else {
            (void)pthread_cond_wait(&tables->changed, &tables->lock);
        }
    }
    (void)pthread_mutex_unlock(&tables->lock);
    return NULL;
}

enum base_status miner_tables_new(struct miner_tables **tables, const struct kern_algo *algo,
                                  const struct miner_nonce_session *session,
                                  struct miner_board *board, miner_tables_failed_fn failed,
                                  void *user, struct base_error *error)
{
    struct miner_tables *made = base_alloc(1, sizeof *made);
    *tables = NULL;
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for tables");
    }
    made->algo = algo;
    made->session = session;
    made->board = board;
    made->failed = failed;
    made->user = user;
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->changed, NULL);
    if (pthread_create(&made->thread, NULL, run, made) != 0) {
        (void)pthread_cond_destroy(&made->changed);
        (void)pthread_mutex_destroy(&made->lock);
        base_free(made);
        return base_error_set(error, BASE_E_IO, "the system gives no more threads");
    }
    *tables = made;
    return BASE_OK;
}

void miner_tables_free(struct miner_tables *tables)
{
    if (tables == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&tables->lock);
    tables->stopping = true;
    (void)pthread_cond_signal(&tables->changed);
    (void)pthread_mutex_unlock(&tables->lock);
    (void)pthread_join(tables->thread, NULL);
    pool_job_unref(tables->waiting);
    for (size_t i = 0; i < KEPT; i++) {
        miner_table_unref(tables->kept[i]);
    }
    (void)pthread_cond_destroy(&tables->changed);
    (void)pthread_mutex_destroy(&tables->lock);
    base_free(tables);
}

/* Under the lock: whatever waits is superseded. */
static void supersede(struct miner_tables *tables)
{
    tables->serial++;
    pool_job_unref(tables->waiting);
    tables->waiting = NULL;
}

enum base_status miner_tables_publish(struct miner_tables *tables, const struct pool_job *job,
                                      struct base_error *error)
{
    struct kern_work work;
    uint64_t start = 0;
    enum base_status status =
        miner_nonce_place(&work, &start, job, tables->algo, tables->session, error);
    if (status != BASE_OK) {
        return status;
    }
    (void)pthread_mutex_lock(&tables->lock);
    struct miner_table *table = find(tables, tables->algo->table->key(&work));
    supersede(tables);
    if (table != NULL) {
        status = miner_board_publish_table(tables->board, job, table, error);
    } else {
        tables->waiting = pool_job_ref(job);
        (void)pthread_cond_signal(&tables->changed);
    }
    (void)pthread_mutex_unlock(&tables->lock);
    return status;
}

void miner_tables_clear(struct miner_tables *tables)
{
    (void)pthread_mutex_lock(&tables->lock);
    supersede(tables);
    miner_board_clear(tables->board);
    (void)pthread_mutex_unlock(&tables->lock);
}
