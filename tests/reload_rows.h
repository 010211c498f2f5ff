/* reload_rows.h: two values of every option that `mine` takes from a file, to change one while it
 * runs. A new option needs a row here: tests walk the table of options and fail without one. */
#ifndef RELOAD_ROWS_H
#define RELOAD_ROWS_H

#include "config/options.h"

/* JSON texts; first is NULL where the other value is the default. The second is no default. */
struct reload_row {
    const char *name;
    const char *first;
    const char *second;
};

/** Row of an option, or NULL. */
const struct reload_row *reload_row_find(const char *name);

/** True for options whose change the tests walk: mine's, in a file, not of a server. */
bool reload_row_wanted(const struct miner_option *option);

#endif
