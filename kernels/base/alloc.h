/* alloc.h: the one way to get heap memory. Size products are checked, memory is zeroed, and a
 * test can make the n-th allocation of the process fail. Not for hot loops: nothing is. */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** count * size zeroed bytes, or NULL (no memory, or the product overflows). Free: base_free. */
__attribute__((malloc)) void *base_alloc(size_t count, size_t size);

/** As base_alloc, aligned to a power of two of 16..4096. From 1 MiB on the memory is whole huge
 * pages (2 MiB) where the system grants them. Free: base_free. */
__attribute__((malloc)) void *base_alloc_aligned(size_t alignment, size_t count, size_t size);

/** Large zeroed memory in whole pages, which the system hands out when they are first touched: the
 * call takes no time, whatever the size, and pages lie near the core that touches them first. Huge
 * pages (2 MiB) where the system grants them. Returns NULL when there is no memory (bytes 0
 * included). Free: base_free_pages with the same size. */
void *base_alloc_pages(size_t bytes);
/** NULL is fine. */
void base_free_pages(void *memory, size_t bytes);

/** Grow or shrink memory of base_alloc (not of base_alloc_aligned) to count * size bytes. New
 * bytes are not zeroed. On NULL the old memory is untouched and still the caller's. */
void *base_realloc(void *memory, size_t count, size_t size);

/** Copy of a NUL-ended string, or NULL. Free: base_free. */
char *base_strdup(const char *text);

/** Free; NULL is fine. */
void base_free(void *memory);

/** Tests only: let the next `after` allocations succeed and the one following them fail, once.
 * UINT64_MAX turns it off (the default). Process-wide and atomic. */
void base_alloc_fail_after(uint64_t after);

#endif
