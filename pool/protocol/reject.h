/* reject.h: why a pool refused a share, from whatever form of error it uses (alephium.md 6.5 and
 * 6.8, stratum.md 6). */
#ifndef POOL_REJECT_H
#define POOL_REJECT_H

#include <jansson.h>

#include "pool.h"

/* Whose meaning the error codes have. */
enum pool_codes {
    POOL_CODES_ALEPHIUM,
    POOL_CODES_BITCOIN,
};

/** Class of an error member: array [code, text], object {code, message}, text or number.
 * In:      codes  what a bare number means
 * Out:     text   what the pool said, printable; "" if nothing
 * Returns: a verdict; POOL_REFUSED when code and text say nothing known. */
enum pool_verdict pool_reject_class(const json_t *error, enum pool_codes codes,
                                    char text[POOL_TEXT_MAX]);

#endif
