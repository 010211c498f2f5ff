/* reject.h: why a pool refused a share, from whatever form of error it uses (alephium.md 6.5 and
 * 6.8, stratum.md 6). */
#ifndef POOL_REJECT_H
#define POOL_REJECT_H

#include <jansson.h>

#include "pool.h"

/** Class of an error member: array [code, text], object {code, message}, text or number.
 * Out:     text  what the pool said, printable; "" if nothing
 * Returns: a verdict; POOL_REFUSED when code and text say nothing known. */
enum pool_verdict pool_reject_class(const json_t *error, char text[POOL_TEXT_MAX]);

#endif
