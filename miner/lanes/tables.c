/* tables.c: see tables.h. */
#include "lanes/tables.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/target.h"

enum {
    KEPT = 2,             /* pools hand out jobs of both epochs around a change */
    TELL_EVERY_MS = 5000, /* progress of a table that takes long */
    PREDICT_MS = 1000,    /* how long a table will take is known after so long */
    RETRY_MS = 1800000,   /* a machine that was too slow may be idle then */
};

struct miner_tables {
    const struct kern_algo *algo;
    const struct miner_nonce_session *session;
    struct miner_board *board;
    struct miner_tables_events events;
    pthread_t thread;
    pthread_mutex_t lock; /* guards the following; held while publishing, so that jobs reach the
                             board in the order they came */
    pthread_cond_t changed;
    const struct pool_job *waiting; /* owned or NULL: its table is to be built */
    uint64_t waiting_key;
    bool has_newest; /* a job came, and no clear since */
    uint64_t newest_key;
    uint64_t serial; /* steps with every job and clear */
    bool stopping;
    struct miner_table *kept[KEPT]; /* owned or NULL; newest first */
    struct miner_table_look look;   /* of the table that is being built */
    struct kern_table *filling;     /* its memory; NULL: none */
    uint64_t next_step;             /* the first that nobody has taken */
    unsigned busy;                  /* threads that are doing a step */
    pthread_cond_t idle;            /* a step was done */
    double ms_a_step;               /* of the last table that lasted PREDICT_MS; 0: not known */
    uint64_t retry_ms;              /* until then no table is begun that seems too slow */
    atomic_bool open;               /* steps are there for lanes: looked at without the lock */
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

/* Under the lock, which is let go: to free gigabytes takes a while, and publishers do not wait for
 * that. */
static void drop_kept(struct miner_tables *tables)
{
    struct miner_table *old[KEPT];
    memcpy(old, tables->kept, sizeof old);
    memset(tables->kept, 0, sizeof tables->kept);
    (void)pthread_mutex_unlock(&tables->lock);
    for (size_t i = 0; i < KEPT; i++) {
        miner_table_unref(old[i]);
    }
    (void)pthread_mutex_lock(&tables->lock);
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

/* Under the lock: true when a table that is being built will not be needed, or another one is
 * needed first. */
static bool unwanted(const struct miner_tables *tables, uint64_t key)
{
    bool newest = tables->has_newest && tables->newest_key == key;
    return tables->stopping || (tables->waiting != NULL && tables->waiting_key != key) ||
           (tables->algo->table->one_at_a_time && !newest);
}

static void tell(const struct miner_tables *tables, const struct miner_table_look *look)
{
    if (tables->events.progress != NULL) {
        tables->events.progress(tables->events.user, look);
    }
}

/* Take the next step, do it and count it. Under the lock, which is let go meanwhile. False when
 * none is left to be taken. */
static bool do_step(struct miner_tables *tables)
{
    const struct kern_table *table = tables->filling;
    if (table == NULL || tables->next_step == table->steps) {
        return false;
    }
    uint64_t step = tables->next_step++;
    tables->busy++;
    (void)pthread_mutex_unlock(&tables->lock);
    kern_table_do_step(table, step);
    (void)pthread_mutex_lock(&tables->lock);
    tables->busy--;
    tables->look.steps_done++;
    (void)pthread_cond_signal(&tables->idle);
    return true;
}

bool miner_tables_help(struct miner_tables *tables)
{
    if (!atomic_load_explicit(&tables->open, memory_order_relaxed)) {
        return false;
    }
    (void)pthread_mutex_lock(&tables->lock);
    bool wanted = tables->filling != NULL && !unwanted(tables, tables->filling->key);
    bool done = wanted && do_step(tables);
    (void)pthread_mutex_unlock(&tables->lock);
    return done;
}

/* True when the table that is being built gains nothing any more (row.h, worth_s): judged by the
 * steps done so far. Under the lock. */
static bool too_slow(struct miner_tables *tables, uint64_t *predicted_ms)
{
    const struct miner_table_look *look = &tables->look;
    uint64_t ms = base_clock_ms() - look->began_ms;
    if (ms >= PREDICT_MS && look->steps_done > 0) {
        tables->ms_a_step = (double)ms / (double)look->steps_done;
    }
    *predicted_ms = (uint64_t)(tables->ms_a_step * (double)look->steps);
    uint32_t worth_s = tables->algo->table->worth_s;
    return worth_s > 0 && *predicted_ms > worth_s * 1000ULL &&
           !miner_board_needs_table(tables->board);
}

/* Under the lock, which is let go meanwhile. */
static void tell_skipped(struct miner_tables *tables, enum miner_table_why why, double number)
{
    struct miner_table_look look = tables->look;
    (void)pthread_mutex_unlock(&tables->lock);
    if (tables->events.skipped != NULL) {
        tables->events.skipped(tables->events.user, &look, why, number);
    }
    (void)pthread_mutex_lock(&tables->lock);
}

/* All steps of a table, under the lock, which is let go during each.
 * Returns: BASE_OK; BASE_E_STOPPED the table is not wanted any more. */
static enum base_status do_steps(struct miner_tables *tables, struct kern_table *table,
                                 uint64_t height)
{
    struct miner_table_look *look = &tables->look;
    uint64_t told_ms = base_clock_ms();
    uint64_t predicted_ms = 0;
    *look = (struct miner_table_look){.building = true,
                                      .key = table->key,
                                      .height = height,
                                      .size_bytes = table->size_bytes,
                                      .steps = table->steps,
                                      .began_ms = told_ms};
    tables->filling = table;
    tables->next_step = 0;
    atomic_store(&tables->open, tables->algo->table->parallel);
    while (!unwanted(tables, table->key) && do_step(tables)) {
        struct miner_table_look told = *look;
        (void)pthread_mutex_unlock(&tables->lock);
        if (base_clock_ms() - told_ms >= TELL_EVERY_MS) {
            told_ms = base_clock_ms();
            tell(tables, &told);
        }
        /* Pages of the new table are taken as they are written; those of the old one are given back
         * as soon as no lane holds it. */
        miner_board_reclaim(tables->board);
        (void)pthread_mutex_lock(&tables->lock);
        if (too_slow(tables, &predicted_ms)) {
            tables->retry_ms = base_clock_ms() + RETRY_MS;
            tell_skipped(tables, MINER_TABLE_SLOW, (double)predicted_ms / 1e3);
            break;
        }
    }
    atomic_store(&tables->open, false);
    tables->next_step = table->steps;
    while (tables->busy > 0) { /* lanes that help end their steps */
        (void)pthread_cond_wait(&tables->idle, &tables->lock);
    }
    tables->filling = NULL;
    if (look->steps_done == table->steps) {
        kern_table_finish(table);
    }
    look->building = false;
    look->took_ms = base_clock_ms() - look->began_ms;
    return kern_table_is_ready(table) ? BASE_OK : BASE_E_STOPPED;
}

/* Build a table and keep it. Under the lock, which is let go meanwhile.
 * Returns: BASE_OK; BASE_E_STOPPED; BASE_E_MEMORY with a sentence. */
static enum base_status build(struct miner_table **table, struct miner_tables *tables,
                              const struct kern_work *work, struct base_error *error)
{
    const struct kern_algo *algo = tables->algo;
    struct miner_table *made = base_alloc(1, sizeof *made);
    *table = NULL;
    if (algo->table->one_at_a_time) {
        drop_kept(tables); /* lanes have left its job, or leave it now */
    }
    if (made == NULL || kern_table_new(&made->kern, algo, work) != BASE_OK) {
        base_free(made);
        return base_error_set(error, BASE_E_MEMORY, "no memory for the table of %s", algo->name);
    }
    atomic_init(&made->refs, 1);
    enum base_status status = do_steps(tables, made->kern, work->height);
    if (status != BASE_OK) {
        miner_table_unref(made);
        return status;
    }
    keep(tables, made);
    *table = made;
    return BASE_OK;
}

/* True when a table is to be built: some lane needs it, or it is worth it and there is memory for
 * it. Under the lock, which is let go while the owner looks at the memory. */
static bool worth_building(struct miner_tables *tables, const struct pool_job *job, uint64_t key)
{
    const struct kern_table_row *row = tables->algo->table;
    double tries = base_target_expected_tries(job->target_be) * job->chains;
    uint64_t kept_bytes = 0;
    if (miner_board_needs_table(tables->board)) {
        return true;
    }
    if (base_clock_ms() < tables->retry_ms) {
        return false;
    }
    if (job->solo && row->worth_hashes != NULL && tries < (double)row->worth_hashes(key)) {
        tables->look = (struct miner_table_look){
            .key = key, .height = job->height, .size_bytes = row->size_bytes(key)};
        tell_skipped(tables, MINER_TABLE_EASY, tries);
        return false;
    }
    if (tables->events.fits == NULL) {
        return true;
    }
    for (size_t i = 0; row->one_at_a_time && i < KEPT; i++) {
        kept_bytes += tables->kept[i] != NULL ? tables->kept[i]->kern->size_bytes : 0;
    }
    (void)pthread_mutex_unlock(&tables->lock);
    bool fits = tables->events.fits(tables->events.user, row->size_bytes(key), kept_bytes);
    (void)pthread_mutex_lock(&tables->lock);
    return fits;
}

/* Find or build the table of the waiting job and publish the job if it is still the newest. Under
 * the lock, which is let go while building. */
static void serve(struct miner_tables *tables)
{
    struct base_error error = {BASE_OK, ""};
    const struct pool_job *job = tables->waiting;
    struct kern_work work;
    uint64_t serial = tables->serial;
    uint64_t start = 0;
    bool built = false;
    tables->waiting = NULL;
    enum base_status status =
        miner_nonce_place(&work, &start, job, tables->algo, tables->session, &error);
    struct miner_table *table =
        status == BASE_OK ? find(tables, tables->algo->table->key(&work)) : NULL;
    if (status == BASE_OK && table == NULL) {
        status = worth_building(tables, job, tables->algo->table->key(&work))
                     ? build(&table, tables, &work, &error)
                     : BASE_E_STOPPED;
        built = status == BASE_OK;
    }
    if (status == BASE_OK && serial == tables->serial) {
        status = miner_board_publish_table(tables->board, job, table, &error);
    }
    struct miner_table_look look = tables->look;
    (void)pthread_mutex_unlock(&tables->lock);
    if (status != BASE_OK && status != BASE_E_STOPPED) {
        tables->events.failed(tables->events.user, &error);
    }
    if (built) {
        tell(tables, &look);
    }
    pool_job_unref(job);
    (void)pthread_mutex_lock(&tables->lock);
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
                                  struct miner_board *board,
                                  const struct miner_tables_events *events,
                                  struct base_error *error)
{
    struct miner_tables *made = base_alloc(1, sizeof *made);
    *tables = NULL;
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for tables");
    }
    made->algo = algo;
    made->session = session;
    made->board = board;
    made->events = *events;
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->changed, NULL);
    (void)pthread_cond_init(&made->idle, NULL);
    if (pthread_create(&made->thread, NULL, run, made) != 0) {
        (void)pthread_cond_destroy(&made->idle);
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
    (void)pthread_cond_destroy(&tables->idle);
    (void)pthread_cond_destroy(&tables->changed);
    (void)pthread_mutex_destroy(&tables->lock);
    base_free(tables);
}

/* Under the lock: a job that waits is not wanted any more. */
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
    const struct kern_table_row *row = tables->algo->table;
    uint64_t key = row->key(&work);
    (void)pthread_mutex_lock(&tables->lock);
    struct miner_table *table = find(tables, key);
    supersede(tables);
    tables->has_newest = true;
    tables->newest_key = key;
    if (table != NULL || row->one_at_a_time || miner_board_some_go_without(tables->board)) {
        status = miner_board_publish_table(tables->board, job, table, error);
    }
    if (table == NULL && status == BASE_OK) {
        tables->waiting = pool_job_ref(job);
        tables->waiting_key = key;
        (void)pthread_cond_signal(&tables->changed);
    }
    (void)pthread_mutex_unlock(&tables->lock);
    return status;
}

void miner_tables_clear(struct miner_tables *tables)
{
    (void)pthread_mutex_lock(&tables->lock);
    supersede(tables);
    tables->has_newest = false;
    miner_board_clear(tables->board);
    (void)pthread_mutex_unlock(&tables->lock);
}

void miner_tables_look(struct miner_tables *tables, struct miner_table_look *look)
{
    (void)pthread_mutex_lock(&tables->lock);
    *look = tables->look;
    (void)pthread_mutex_unlock(&tables->lock);
}
