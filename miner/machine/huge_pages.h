/* huge_pages.h: advice about huge pages. Memory of 1 MiB and more asks for them by itself
 * (base/alloc.h); whether it gets any is a setting of the system, which this looks at and never
 * changes. */
#ifndef MINER_HUGE_PAGES_H
#define MINER_HUGE_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "kern.h"

/** One sentence for the log, if huge pages would help and are not to be had.
 * In:      algo  what CPU lanes hash: it must use large memory.
 *          root  folder of the setting; NULL: /sys/kernel/mm/transparent_hugepage.
 * Out:     text  NUL-ended; "" when there is nothing to say.
 * Returns: true when there is.
 * Source:  Linux, Documentation/admin-guide/mm/transhuge.rst (enabled). */
bool miner_huge_pages_advice(char *text, size_t cap, const struct kern_algo *algo,
                             const char *root);

#endif
