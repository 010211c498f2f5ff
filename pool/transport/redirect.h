/* redirect.h: where a server may send us: to its own host, to a host of the same registrable
 * domain, or to one that the user has named. Stolen rigs were told to reconnect elsewhere
 * (stratum.md 9.3), so everything else is refused. Looks at names only; resolves and connects
 * nothing. */
#ifndef POOL_REDIRECT_H
#define POOL_REDIRECT_H

#include "pool.h"

/** May a server named home send us to a host? Numeric addresses are only equal to themselves. Where
 * the list of public suffixes is not built in, so are names.
 * In:      allowed  the user's list; NULL: none. Each stands for exactly that host.
 * Returns: BASE_OK; BASE_E_FORMAT no host name; BASE_E_REFUSED another domain; with the reason. */
BASE_MUST_CHECK enum base_status pool_redirect_check(const char *home, const char *host,
                                                     const struct pool_redirects *allowed,
                                                     struct base_error *error);

#endif
