/* printable.c: text of a peer made fit for the log. */
#include "wire/printable.h"

#include "base/status.h"

char *pool_printable(char *to, size_t cap, const char *text, size_t size)
{
    size_t used = 0;
    BASE_ASSERT(cap > 0);
    while (used < size && used < cap - 1) {
        to[used] = text[used] >= ' ' && text[used] <= '~' ? text[used] : '?';
        used++;
    }
    to[used] = '\0';
    return to;
}
