/* registry.c: the table of algorithms. A new algorithm adds one include and one line here. */
#include <string.h>

#include "alephium/alephium.h"
#include "kern.h"

static const struct kern_algo *const rows[] = {
    &kern_alephium_row,
};

size_t kern_algo_count(void)
{
    return BASE_COUNT_OF(rows);
}

const struct kern_algo *kern_algo_at(size_t index)
{
    BASE_ASSERT(index < BASE_COUNT_OF(rows));
    return rows[index];
}

const struct kern_algo *kern_algo_find(const char *name)
{
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        if (strcmp(rows[i]->name, name) == 0) {
            return rows[i];
        }
    }
    return NULL;
}
