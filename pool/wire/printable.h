/* printable.h: text of a peer made fit for the log. */
#ifndef POOL_PRINTABLE_H
#define POOL_PRINTABLE_H

#include <stddef.h>

/** Copy of text with everything but printable ASCII as '?', cut to cap - 1. Returns to. */
char *pool_printable(char *to, size_t cap, const char *text, size_t size);

#endif
