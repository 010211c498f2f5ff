/* toy_coin_rows.c: the list of algorithms (kernels/rows.h) of a program in which the coin DigiByte
 * has one algorithm of its own, whose name stands for toytable. */
#include "rows.h"

#include "toy.h"

const struct kern_algo *const kern_rows[] = {&kern_toytable_as_sha256d_row};

const size_t kern_row_count = BASE_COUNT_OF(kern_rows);
