/* rows.h: the list of algorithms, apart from the functions over it (registry.c), so that a program
 * can be linked with another list: the tests' algorithms stand in one of their own. */
#ifndef KERN_ROWS_H
#define KERN_ROWS_H

#include "row.h"

/* In the order users see them. */
extern const struct kern_algo *const kern_rows[];
extern const size_t kern_row_count;

#endif
