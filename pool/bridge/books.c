/* books.c: the workers that are known, by name: a table that does not grow beyond its bound. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fnv.h"
#include "bridge/bridge_private.h"

enum { BUCKETS = 1 << 15, FIRST = 64 };

#define FADE_MS 300000.0 /* work of so long ago counts 1/e */

enum base_status bridge_books_init(struct bridge_books *books)
{
    memset(books, 0, sizeof *books);
    books->buckets = base_alloc(BUCKETS, sizeof books->buckets[0]);
    return books->buckets != NULL ? BASE_OK : BASE_E_MEMORY;
}

void bridge_books_deinit(struct bridge_books *books)
{
    base_free(books->list);
    base_free(books->buckets);
    memset(books, 0, sizeof *books);
}

static uint32_t *bucket_of(const struct bridge_books *books, const char *name)
{
    uint64_t hash = base_fnv(BASE_FNV_START, name, strlen(name));
    return &books->buckets[(hash ^ hash >> 32) % BUCKETS];
}

static bool grow(struct bridge_books *books)
{
    size_t cap = books->cap > 0 ? 2 * books->cap : FIRST;
    cap = cap < POOL_BRIDGE_WORKERS_MAX ? cap : POOL_BRIDGE_WORKERS_MAX;
    struct bridge_worker *grown = base_realloc(books->list, cap, sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    books->list = grown;
    books->cap = cap;
    return true;
}

static void unlink_worker(struct bridge_books *books, uint32_t index)
{
    for (uint32_t *at = bucket_of(books, books->list[index].view.name); *at != 0;
         at = &books->list[*at - 1].next) {
        if (*at == index + 1) {
            *at = books->list[index].next;
            return;
        }
    }
}

/* Forget one that has no connection: of the next few, the one that has been silent for longest.
 * SIZE_MAX: each has a connection. */
static size_t forget(struct bridge_books *books)
{
    enum { LOOK_AT = 64 };
    size_t oldest = SIZE_MAX;
    for (size_t looked = 0, tries = 0; tries < books->count && looked < LOOK_AT; tries++) {
        uint32_t at = books->stalest++ % (uint32_t)books->count;
        const struct pool_bridge_worker *view = &books->list[at].view;
        if (view->connections > 0) {
            continue;
        }
        looked++;
        if (oldest == SIZE_MAX || view->seen_ms < books->list[oldest].view.seen_ms) {
            oldest = at;
        }
    }
    if (oldest != SIZE_MAX) {
        unlink_worker(books, (uint32_t)oldest);
    }
    return oldest;
}

size_t bridge_books_find(struct bridge_books *books, const char *name, uint64_t now_ms)
{
    uint32_t *bucket = bucket_of(books, name);
    for (uint32_t at = *bucket; at != 0; at = books->list[at - 1].next) {
        if (strcmp(books->list[at - 1].view.name, name) == 0) {
            return at - 1;
        }
    }
    size_t index = books->count;
    if (books->count == POOL_BRIDGE_WORKERS_MAX) {
        index = forget(books);
    } else if (books->count == books->cap && !grow(books)) {
        index = SIZE_MAX;
    }
    if (index == SIZE_MAX) {
        return SIZE_MAX;
    }
    struct bridge_worker *worker = &books->list[index];
    memset(worker, 0, sizeof *worker);
    (void)snprintf(worker->view.name, sizeof worker->view.name, "%s", name);
    worker->view.seen_ms = now_ms;
    worker->next = *bucket;
    *bucket = (uint32_t)index + 1;
    books->count += index == books->count;
    return index;
}

static double faded(const struct bridge_worker *worker, uint64_t now_ms)
{
    return worker->recent * exp(-(double)(now_ms - worker->recent_ms) / FADE_MS);
}

void bridge_books_work(struct bridge_worker *worker, double work, uint64_t now_ms)
{
    worker->recent = faded(worker, now_ms) + work;
    worker->recent_ms = now_ms;
    worker->view.work += work;
    worker->first_ms = worker->first_ms == 0 ? now_ms : worker->first_ms;
}

double bridge_books_rate(const struct bridge_worker *worker, uint64_t now_ms)
{
    double age_ms = worker->first_ms != 0 ? (double)(now_ms - worker->first_ms) : 0;
    if (age_ms < 1000) { /* one share tells nothing yet */
        return 0;
    }
    return faded(worker, now_ms) / (FADE_MS / 1000 * (1 - exp(-age_ms / FADE_MS)));
}
