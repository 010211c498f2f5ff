/* registry.c: looking algorithms up in the list (rows.h). */
#include <string.h>

#include "kern.h"
#include "rows.h"

size_t kern_algo_count(void)
{
    return kern_row_count;
}

const struct kern_algo *kern_algo_at(size_t index)
{
    BASE_ASSERT(index < kern_row_count);
    return kern_rows[index];
}

const struct kern_algo *kern_algo_find(const char *name)
{
    for (size_t i = 0; i < kern_row_count; i++) {
        if (strcmp(kern_rows[i]->name, name) == 0) {
            return kern_rows[i];
        }
    }
    return NULL;
}
