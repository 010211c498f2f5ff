/* printable.h: text of a peer made fit for the log. */
#ifndef POOL_PRINTABLE_H
#define POOL_PRINTABLE_H

#include <stddef.h>

/** Copy of text as it is shown: printable UTF-8 as it came, a run of control characters as one
 * blank, of bytes that are no UTF-8 each as U+FFFD; whole characters, cut to cap - 1 bytes. Returns
 * to. */
char *pool_printable(char *to, size_t cap, const char *text, size_t size);

#endif
