/* toy_rows.c: the list of algorithms (kernels/rows.h) with the two toys. A program that is linked
 * with this file takes it in place of the library's rows.c. */
#include "rows.h"

#include "alephium/alephium.h"
#include "sha256d/sha256d.h"
#include "toy.h"

const struct kern_algo *const kern_rows[] = {
    &kern_toysolver_row,
    &kern_toytable_row,
    &kern_sha256d_row,
    &kern_alephium_row,
};

const size_t kern_row_count = BASE_COUNT_OF(kern_rows);
