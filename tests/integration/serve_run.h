/* serve_run.h: servers of tests on pool/serve: generous limits, ports on loopback, nothing to do
 * between events. A service is {serve_run_open, its input function, serve_run_close}. */
#ifndef SERVE_RUN_H
#define SERVE_RUN_H

#include "serve/serve.h"

enum { SERVE_RUN_REQUEST_MAX = 1 << 20 }; /* bytes of one request */

/** A server without ports; free: pool_serve_stop. */
struct pool_serve *serve_run_new(void);

/** Listen on any port of 127.0.0.1. Returns the port. */
uint16_t serve_run_listen(struct pool_serve *serve, const struct pool_serve_service *service,
                          void *user);

void serve_run_start(struct pool_serve *serve);

/** Every connection is served; nothing happens when it ends. */
bool serve_run_open(void *user, struct pool_serve_peer *peer);
void serve_run_close(void *user, struct pool_serve_peer *peer);

/** Take the next whole HTTP request. False: none is there, or the connection ends: it does when
 * something else than a request came. */
bool serve_run_http(struct pool_serve_peer *peer, struct pool_serve_request *request);

/** True when method and path begin so ("GET /info "). */
bool serve_run_asks(const struct pool_serve_request *request, const char *words);

/** Answer with a body of JSON. */
void serve_run_answer(struct pool_serve_peer *peer, int code, const char *body);

/** A header is there with this value. */
bool serve_run_has_header(const struct pool_serve_request *request, const char *name,
                          const char *value);

#endif
