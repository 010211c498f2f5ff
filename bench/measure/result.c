/* result.c: the list of results. */
#include "measure/result.h"

#include <string.h>

#include "base/alloc.h"

struct bench_result *bench_results_add(struct bench_results *results)
{
    if (results->count == results->cap) {
        size_t cap = results->cap > 0 ? 2 * results->cap : 8;
        struct bench_result *grown = base_realloc(results->items, cap, sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        results->items = grown;
        results->cap = cap;
    }
    struct bench_result *added = &results->items[results->count];
    memset(added, 0, sizeof *added);
    results->count += 1;
    return added;
}

void bench_results_free(struct bench_results *results)
{
    base_free(results->items);
    memset(results, 0, sizeof *results);
}
