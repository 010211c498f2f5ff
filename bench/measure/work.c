/* work.c: headers and targets for measuring. */
#include "measure/work.h"

#include <string.h>

#include "base/target.h"

void bench_work_init(struct kern_work *work, const struct kern_algo *algo,
                     struct base_random *random)
{
    memset(work, 0, sizeof *work);
    work->header_size = algo->header_size;
    base_random_bytes(random, work->header, algo->header_size);
    work->height = algo->answers[0].height;
    work->epoch = algo->answers[0].epoch;
}

void bench_work_new_nonce(struct kern_work *work, const struct kern_algo *algo,
                          struct base_random *random)
{
    base_random_bytes(random, work->header + algo->nonce_offset, algo->nonce_size);
}

uint64_t bench_work_start(const struct kern_algo *algo, struct base_random *random, uint64_t count)
{
    uint64_t max = kern_counter_max(algo);
    return count < max ? base_random_below(random, max - count) : 0;
}

void bench_work_target(uint8_t target_be[32], const struct kern_algo *algo, uint64_t nonces)
{
    base_target_ones(target_be, 256);
    uint64_t chains = algo->chains > 1 ? algo->chains : 1;
    if (nonces > chains) {
        base_target_divide(target_be, target_be, nonces / chains);
    }
}

double bench_work_find_rate(const struct kern_algo *algo, const uint8_t target_be[32])
{
    return 1 / (base_target_expected_tries(target_be) * (algo->chains > 1 ? algo->chains : 1));
}
