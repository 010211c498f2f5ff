/* fnv.h: FNV-1a of 64 bits, for names of files and checksums against damage; no protection against
 * intent. Source: RFC 9923, section 2 (algorithm) and table of 64-bit constants. */
#ifndef BASE_FNV_H
#define BASE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define BASE_FNV_START 0xcbf29ce484222325ULL /* offset basis */

/** Hash of size bytes. In: hash  BASE_FNV_START, or that of the bytes before them. */
static inline uint64_t base_fnv(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ at[i]) * 0x100000001b3ULL; /* prime */
    }
    return hash;
}

#endif
