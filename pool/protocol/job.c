/* job.c: see job.h and pool.h. */
#include "protocol/job.h"

#include <string.h>

#include "base/alloc.h"

_Static_assert(offsetof(struct pool_job_full, job) == 0, "public and private pointers are one");

struct pool_job_full *pool_job_new(const uint8_t *txs, size_t txs_size)
{
    struct pool_job_full *full = NULL;
    if (txs_size > POOL_FRAME_MAX) {
        return NULL;
    }
    full = base_alloc(1, sizeof(*full) + txs_size);
    if (full == NULL) {
        return NULL;
    }
    atomic_init(&full->refs, 1);
    full->txs_size = txs_size;
    if (txs_size > 0) {
        memcpy(full->txs, txs, txs_size);
    }
    return full;
}

const struct pool_job_full *pool_job_full(const struct pool_job *job)
{
    return (const struct pool_job_full *)(const void *)job;
}

/* The counter is the only mutable part of a published job, hence the cast from const. */
static atomic_uint *counter_of(const struct pool_job *job)
{
    return &((struct pool_job_full *)(uintptr_t)job)->refs;
}

const struct pool_job *pool_job_ref(const struct pool_job *job)
{
    /* Relaxed: the caller already holds a reference, so nothing can be freed meanwhile. */
    (void)atomic_fetch_add_explicit(counter_of(job), 1, memory_order_relaxed);
    return job;
}

void pool_job_unref(const struct pool_job *job)
{
    /* Release: our reads of the job happen before the free; acquire: the last one sees them. */
    if (job != NULL && atomic_fetch_sub_explicit(counter_of(job), 1, memory_order_acq_rel) == 1) {
        pool_blob_unref(pool_job_full(job)->blob);
        pool_blob_unref(pool_job_full(job)->pieces);
        base_free((void *)(uintptr_t)job);
    }
}

struct pool_blob *pool_blob_new(size_t size)
{
    struct pool_blob *blob =
        size > SIZE_MAX - sizeof(*blob) ? NULL : base_alloc(1, sizeof(*blob) + size);
    if (blob != NULL) {
        atomic_init(&blob->refs, 1);
        blob->size = size;
    }
    return blob;
}

/* Memory orders as for jobs. */
struct pool_blob *pool_blob_ref(struct pool_blob *blob)
{
    if (blob != NULL) {
        (void)atomic_fetch_add_explicit(&blob->refs, 1, memory_order_relaxed);
    }
    return blob;
}

void pool_blob_unref(struct pool_blob *blob)
{
    if (blob != NULL && atomic_fetch_sub_explicit(&blob->refs, 1, memory_order_acq_rel) == 1) {
        base_free(blob);
    }
}
