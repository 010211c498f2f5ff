/* random.h: bytes from the operating system (nonce sessions, extranonces), and a small seeded
 * generator (tests, back-off jitter, benchmarks). The generator is not for secrets. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** Fill size bytes from the operating system's generator.
 * Returns: BASE_OK, or BASE_E_IO when the system has none to give. */
BASE_MUST_CHECK enum base_status base_random_os(void *bytes, size_t size);

/** State of the seeded generator (splitmix64). One thread at a time. */
struct base_random {
    uint64_t state;
};

/** Next 64 random bits. Any seed is fine, 0 included. */
uint64_t base_random_next(struct base_random *random);

/** Uniform in 0..bound-1; bound is 1 or more. */
uint64_t base_random_below(struct base_random *random, uint64_t bound);

/** Fill size bytes. */
void base_random_bytes(struct base_random *random, void *bytes, size_t size);

#endif
