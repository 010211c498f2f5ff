/* request.h: a request over HTTP, as a protocol describes it and the transport sends it. */
#ifndef POOL_REQUEST_H
#define POOL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POOL_REQUEST_HEADERS_MAX = 4 };

/* Texts are borrowed; the transport copies them. */
struct pool_request {
    const char *method;                            /* "GET", or "POST" with a body of JSON */
    const char *path;                              /* "/mining/candidate" */
    const char *headers[POOL_REQUEST_HEADERS_MAX]; /* "name: value"; NULL: no more. Their values may
                                                      be secret and are never logged */
    const char *user; /* Basic authentication; NULL or "" none. Never logged */
    const char *pass;
    const void *body;  /* NULL for GET */
    size_t size;       /* bytes of body */
    size_t answer_max; /* bytes of the answer's body; more is an error. 0: POOL_HTTP_BODY_MAX */
    bool once; /* never sent twice: it fails where a kept connection ends before the answer */
    uint32_t time_ms; /* for all of it, connecting too; 0: 5000 */
};

#endif
