/* random.c: see random.h. splitmix64 is the mixer of Steele, Lea and Flood, "Fast splittable
 * pseudorandom number generators" (2014): three multiplies-and-shifts on a counter. */
#include "base/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/endian.h"

enum base_status base_random_os(void *bytes, size_t size)
{
    uint8_t *out = bytes;
    while (size > 0) {
        ssize_t got = getrandom(out, size, 0);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            return BASE_E_IO;
        }
        out += got;
        size -= (size_t)got;
    }
    return BASE_OK;
}

uint64_t base_random_next(struct base_random *random)
{
    random->state += 0x9e3779b97f4a7c15U;
    uint64_t z = random->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

uint64_t base_random_below(struct base_random *random, uint64_t bound)
{
    BASE_ASSERT(bound > 0);
    uint64_t reject_from = UINT64_MAX - UINT64_MAX % bound; /* a multiple of bound: no bias */
    uint64_t value = base_random_next(random);
    while (value >= reject_from) {
        value = base_random_next(random);
    }
    return value % bound;
}

void base_random_bytes(struct base_random *random, void *bytes, size_t size)
{
    uint8_t *out = bytes;
    while (size > 0) {
        uint8_t value[8];
        base_store_le64(value, base_random_next(random));
        size_t step = size < sizeof value ? size : sizeof value;
        memcpy(out, value, step);
        out += step;
        size -= step;
    }
}
