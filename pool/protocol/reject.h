/* reject.h: why a pool refused a share, from whatever form of error it uses (alephium.md 6.5 and
 * 6.8, stratum.md 6). */
#ifndef POOL_REJECT_H
#define POOL_REJECT_H

#include <jansson.h>

#include "pool.h"

/* What a part of a refusal's text means. */
struct pool_reject_words {
    const char *part; /* found in the text, any case; NULL ends a list */
    enum pool_verdict verdict;
};

/* What a code means where the text says nothing known. */
struct pool_reject_code {
    int code; /* 0 ends a list */
    enum pool_verdict verdict;
};

struct pool_family;

/** Class of an error member: array [code, text], object {code, message}, text or number.
 * In:      family  whose meaning codes and words have
 * Out:     text    what the pool said, printable; "" if nothing
 * Returns: a verdict; POOL_REFUSED when code and text say nothing known. */
enum pool_verdict pool_reject_class(const json_t *error, const struct pool_family *family,
                                    char text[POOL_TEXT_MAX]);

#endif
