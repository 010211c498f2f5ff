/* nonce.c: see nonce.h. */
#include "lanes/nonce.h"

#include <string.h>

#include "base/random.h"

_Static_assert((int)POOL_HEADER_MAX <= (int)KERN_HEADER_MAX, "a job's header fits into a work");

void miner_nonce_session(struct miner_nonce_session *session, uint64_t seed)
{
    struct base_random random = {.state = seed};
    session->seed = seed;
    base_random_bytes(&random, session->bytes, sizeof session->bytes);
    /* Thirty random bits above the low word: they keep runs apart when the pool's part covers
     * every session byte, and leave at least 3/4 of all counters, which no run gets through. */
    session->counter_start = (base_random_next(&random) & 0x3fffffffU) << 32;
}

enum base_status miner_nonce_draw(uint64_t *seed, struct base_error *error)
{
    *seed = 0;
    if (base_random_os(seed, sizeof *seed) != BASE_OK) {
        return base_error_set(error, BASE_E_IO,
                              "the operating system gives no random bytes for the nonces; choose "
                              "them yourself with --nonce-seed");
    }
    return BASE_OK;
}

/* Leading bytes of the counter that belong to the pool. */
static size_t fixed_of_counter(const struct pool_job *job, const struct kern_algo *algo)
{
    size_t before_counter = algo->counter_offset - algo->nonce_offset;
    return job->nonce_fixed > before_counter ? job->nonce_fixed - before_counter : 0;
}

/* First counter whose leading bytes are the pool's. False: they are no range of counters, because
 * nothing is left or the counter is not written most significant byte first. */
static bool start_behind(uint64_t *start, struct kern_work *work, const struct pool_job *job,
                         const struct kern_algo *algo, size_t fixed)
{
    const uint8_t *pools = job->header + algo->counter_offset;
    uint64_t top = 0;
    if (fixed >= algo->counter_size) {
        return false;
    }
    for (size_t i = 0; i < fixed; i++) {
        top = top << 8 | pools[i];
    }
    *start = top << 8 * (algo->counter_size - fixed);
    algo->put_counter(work->header, *start);
    return memcmp(work->header + algo->counter_offset, pools, fixed) == 0;
}

uint64_t miner_nonce_span(const struct pool_job *job, const struct kern_algo *algo, uint64_t start)
{
    size_t fixed = fixed_of_counter(job, algo);
    return fixed > 0 ? 1ULL << 8 * (algo->counter_size - fixed)
                     : kern_counter_max(algo) - start + 1;
}

enum base_status miner_nonce_place(struct kern_work *work, uint64_t *start,
                                   const struct pool_job *job, const struct kern_algo *algo,
                                   const struct miner_nonce_session *session,
                                   struct base_error *error)
{
    size_t before_counter = algo->counter_offset - algo->nonce_offset;
    *start = 0;
    memset(work, 0, sizeof *work);
    if (job->header_size != algo->header_size || job->nonce_offset != algo->nonce_offset ||
        job->nonce_size != algo->nonce_size || job->chain >= algo->chains) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "job %s of chain %u does not have the layout of %s: header of %zu "
                              "bytes where %zu are right, nonce of %zu at %zu",
                              job->label, job->chain, algo->name, job->header_size,
                              algo->header_size, job->nonce_size, job->nonce_offset);
    }
    memcpy(work->header, job->header, job->header_size);
    for (size_t i = job->nonce_fixed; i < before_counter; i++) {
        work->header[algo->nonce_offset + i] = session->bytes[i];
    }
    work->header_size = job->header_size;
    memcpy(work->target_be, job->target_be, sizeof work->target_be);
    work->chain = job->chain;
    work->height = job->height;
    work->epoch = job->epoch;
    work->reduced = job->reduced;
    size_t fixed = fixed_of_counter(job, algo);
    if (fixed == 0) {
        /* A narrow counter has no bits to spare: it begins at zero. */
        *start = algo->counter_size >= 8 ? session->counter_start : 0;
    } else if (!start_behind(start, work, job, algo, fixed)) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "the pool's extranonce has %zu bytes; %s has room for %zu before "
                              "the counter",
                              job->nonce_fixed, algo->name, before_counter);
    }
    return BASE_OK;
}
