/* net_hash.h: the reference of an algorithm as a development network takes it. */
#ifndef TESTS_NET_HASH_H
#define TESTS_NET_HASH_H

#include <string.h>

#include "kern.h"
#include "net/net.h"

/** As hash of pool_net_config; algo: what kern_algo_find gives. */
static inline bool net_hash(const void *algo, uint8_t hash_be[32], const uint8_t *header,
                            const uint8_t *solution, size_t solution_size, uint32_t height,
                            uint32_t reduced)
{
    const struct kern_algo *reference = algo;
    struct kern_work work = {
        .header_size = reference->header_size, .height = height, .reduced = reduced};
    memcpy(work.header, header, reference->header_size);
    return reference->hash(hash_be, &work, solution, solution_size) == BASE_OK;
}

#endif
