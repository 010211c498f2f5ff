/* fake_jobs.c: see fake_jobs.h. */
#include "fake_jobs.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"

struct fake_job {
    struct pool_job job; /* first: the public pointer */
    atomic_uint refs;
};

static atomic_int live;

struct pool_job *fake_job_new(const struct kern_algo *algo, uint32_t chain, uint8_t fill,
                              uint64_t received_ms)
{
    struct fake_job *made = base_alloc(1, sizeof *made);
    BASE_ASSERT(made != NULL);
    made->job.chain = chain;
    made->job.chains = algo->chains;
    memset(made->job.header, fill, algo->header_size);
    made->job.header_size = algo->header_size;
    made->job.nonce_offset = algo->nonce_offset;
    made->job.nonce_size = algo->nonce_size;
    memset(made->job.target_be, 0xff, sizeof made->job.target_be);
    made->job.received_ms = received_ms;
    atomic_init(&made->refs, 1);
    (void)atomic_fetch_add(&live, 1);
    return &made->job;
}

int fake_jobs_live(void)
{
    return atomic_load(&live);
}

const struct pool_job *pool_job_ref(const struct pool_job *job)
{
    struct fake_job *fake = (struct fake_job *)(uintptr_t)job;
    (void)atomic_fetch_add(&fake->refs, 1);
    return job;
}

void pool_job_unref(const struct pool_job *job)
{
    struct fake_job *fake = (struct fake_job *)(uintptr_t)job;
    if (fake != NULL && atomic_fetch_sub(&fake->refs, 1) == 1) {
        (void)atomic_fetch_sub(&live, 1);
        base_free(fake);
    }
}

static void put_counter(uint8_t *header, uint64_t counter)
{
    for (size_t i = 0; i < 8; i++) {
        header[4 + i] = (uint8_t)(counter >> (8 * i));
    }
}

static enum base_status hash(uint8_t hash_be[32], const struct kern_work *work,
                             const uint8_t *solution, size_t solution_size)
{
    (void)solution;
    (void)solution_size;
    memset(hash_be, 0, 32);
    memcpy(hash_be + 16, work->header, 16);
    return BASE_OK;
}

struct kern_algo fake_algo(uint32_t chains, size_t counter_size)
{
    struct kern_algo algo = {
        .name = "fake",
        .title = "Fake",
        .unit = "H",
        .header_size = 16,
        .nonce_offset = 4,
        .nonce_size = 8,
        .counter_offset = 12 - counter_size,
        .counter_size = counter_size,
        .chains = chains,
        .finds_per_nonce = 1,
        .put_counter = put_counter,
        .hash = hash,
    };
    return algo;
}
