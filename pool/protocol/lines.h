/* lines.h: lines out of the stream of a server. The very first byte shows a port that is none of
 * the kind that was asked for (binary frames, TLS, HTTP). */
#ifndef POOL_LINES_H
#define POOL_LINES_H

#include "protocol/family.h"
#include "wire/frame.h"

struct pool_lines {
    const struct pool_service *service; /* whose first bytes and longest line hold */
    const struct pool_server *server;
    struct pool_buffer in; /* from the server, not whole lines yet */
    size_t seen;           /* bytes of in without a line end */
    bool greeted;          /* the first byte was looked at */
};

/** Set up; both pointers are borrowed. Release: pool_lines_deinit. */
void pool_lines_init(struct pool_lines *lines, const struct pool_service *service,
                     const struct pool_server *server);
void pool_lines_deinit(struct pool_lines *lines);

/** What to do with one line: not NUL-ended, not empty. Anything but BASE_OK closes. */
typedef enum base_status (*pool_line_fn)(struct pool_protocol *protocol, const char *text,
                                         size_t size, uint64_t now_ms, struct base_error *error);

/** Take bytes of any split and hand each line of at most service->line_max bytes to on_line.
 * Returns: what on_line returned; BASE_E_MEMORY, BASE_E_LIMIT, BASE_E_FORMAT with a sentence. */
BASE_MUST_CHECK enum base_status pool_lines_receive(struct pool_lines *lines, const uint8_t *bytes,
                                                    size_t size, pool_line_fn on_line,
                                                    struct pool_protocol *protocol, uint64_t now_ms,
                                                    struct base_error *error);

#endif
