/* cl_cache.h: built programs on disk. One file a program, named by a hash of its key; the key is
 * everything that changes the binary and is in the file too, so a clash of hashes is a miss.
 *
 * File, integers little-endian:
 *   8 bytes  "SHPKCLB" and the format version
 *   4        length of the key        8  length of the binary
 *   8        checksum (FNV-1a, 64 bits) of all other bytes of the file
 *   key, binary
 * Written to a temporary name and renamed: readers see a whole file or none, and of two writers
 * one wins. Whatever is wrong with a file makes it a miss, never an error. */
#ifndef KERN_CL_CACHE_H
#define KERN_CL_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { KERN_CL_CACHE_BINARY_MAX = 256 << 20 };

/** The binary stored under key, or NULL. Free: base_free. */
unsigned char *kern_cl_cache_load(const char *dir, const char *key, size_t *size);

/** Store; creates dir. May be ignored: without a cache all works, a little later.
 * Returns: BASE_OK; BASE_E_LIMIT key or binary too large; BASE_E_IO; BASE_E_MEMORY. */
enum base_status kern_cl_cache_store(const char *dir, const char *key, const unsigned char *binary,
                                     size_t size);

/** Write a file as base/file.h does: a regular one whole or not at all; creates dir.
 * Returns: BASE_OK; BASE_E_LIMIT the path is too long; BASE_E_IO; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status kern_cl_file_write(const char *dir, const char *name,
                                                    const void *head, size_t head_size,
                                                    const void *body, size_t body_size);

/** Read a whole file of 1..max bytes; NULL if there is none, or on any error. A NUL is put behind
 * the last byte. Free: base_free. */
unsigned char *kern_cl_file_read(const char *dir, const char *name, size_t max, size_t *size);

#endif
