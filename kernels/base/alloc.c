/* alloc.c: see alloc.h. The failure countdown is the one process-wide variable of the program: it
 * exists for tests, is never set by the program itself, and costs one relaxed load a call. */
#include "base/alloc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20, HUGE_FROM = 1 << 20 }; /* bytes */

static _Atomic uint64_t fail_countdown = UINT64_MAX;

static bool must_fail(void)
{
    uint64_t left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);
    while (left != UINT64_MAX) {
        uint64_t next = left == 0 ? UINT64_MAX : left - 1;
        if (atomic_compare_exchange_weak_explicit(&fail_countdown, &left, next,
                                                  memory_order_relaxed, memory_order_relaxed)) {
            return left == 0;
        }
    }
    return false;
}

void *base_alloc(size_t count, size_t size)
{
    size_t bytes = 0;
    if (must_fail() || __builtin_mul_overflow(count, size, &bytes)) {
        return NULL; /* calloc would say so, too, but a sanitizer's calloc ends the program */
    }
    return calloc(count, size);
}

void *base_alloc_aligned(size_t alignment, size_t count, size_t size)
{
    size_t bytes = 0;
    size_t whole = 0;
    void *memory = NULL;
    if (must_fail() || __builtin_mul_overflow(count, size, &bytes) ||
        __builtin_add_overflow(bytes, HUGE_PAGE - 1, &whole)) {
        return NULL;
    }
    whole = bytes >= HUGE_FROM ? whole / HUGE_PAGE * HUGE_PAGE : bytes;
    if (posix_memalign(&memory, bytes >= HUGE_FROM ? HUGE_PAGE : alignment, whole) != 0) {
        return NULL;
    }
    if (bytes >= HUGE_FROM) { /* a wish: without huge pages it works as well, a little slower */
        (void)madvise(memory, whole, MADV_HUGEPAGE);
    }
    memset(memory, 0, bytes);
    return memory;
}

/* bytes rounded up to huge pages; 0 if that overflows. */
static size_t whole_pages(size_t bytes)
{
    size_t whole = 0;
    return __builtin_add_overflow(bytes, HUGE_PAGE - 1, &whole) ? 0 : whole / HUGE_PAGE * HUGE_PAGE;
}

void *base_alloc_pages(size_t bytes)
{
    size_t whole = whole_pages(bytes);
    size_t spare = 0; /* so much more that a huge page's border is inside */
    if (must_fail() || whole == 0 || __builtin_add_overflow(whole, HUGE_PAGE, &spare)) {
        return NULL;
    }
    uint8_t *mapped = mmap(NULL, spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
        return NULL;
    }
    size_t before = (HUGE_PAGE - (uintptr_t)mapped % HUGE_PAGE) % HUGE_PAGE;
    if (before > 0) {
        (void)munmap(mapped, before);
    }
    (void)munmap(mapped + before + whole, HUGE_PAGE - before);
    (void)madvise(mapped + before, whole, MADV_HUGEPAGE); /* a wish */
    return mapped + before;
}

void base_free_pages(void *memory, size_t bytes)
{
    if (memory != NULL) {
        (void)munmap(memory, whole_pages(bytes));
    }
}

void *base_realloc(void *memory, size_t count, size_t size)
{
    size_t bytes = 0;
    if (must_fail() || __builtin_mul_overflow(count, size, &bytes)) {
        return NULL;
    }
    return realloc(memory, bytes == 0 ? 1 : bytes);
}

char *base_strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = base_alloc(bytes, 1);
    if (copy != NULL) {
        memcpy(copy, text, bytes);
    }
    return copy;
}

void base_free(void *memory)
{
    free(memory);
}

void base_alloc_fail_after(uint64_t after)
{
    atomic_store_explicit(&fail_countdown, after, memory_order_relaxed);
}
