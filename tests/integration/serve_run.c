/* serve_run.c: see serve_run.h. */
#include "serve_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void begin(void *user, uint64_t now_ms)
{
    (void)user;
    (void)now_ms;
}

static uint32_t end(void *user, uint64_t now_ms)
{
    (void)user;
    (void)now_ms;
    return UINT32_MAX;
}

struct pool_serve *serve_run_new(void)
{
    static const struct pool_serve_config config = {.limits = {.peers = 32,
                                                               .in_bytes = SERVE_RUN_REQUEST_MAX,
                                                               .out_bytes = SERVE_RUN_REQUEST_MAX},
                                                    .begin = begin,
                                                    .end = end};
    struct pool_serve *serve = NULL;
    struct base_error error = {BASE_OK, ""};
    if (pool_serve_new(&serve, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    return serve;
}

uint16_t serve_run_listen(struct pool_serve *serve, const struct pool_serve_service *service,
                          void *user)
{
    uint16_t port = 0;
    struct base_error error = {BASE_OK, ""};
    if (pool_serve_listen(serve, &port, "127.0.0.1", 0, "port", service, user, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    return port;
}

void serve_run_start(struct pool_serve *serve)
{
    struct base_error error = {BASE_OK, ""};
    if (pool_serve_start(serve, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
}

bool serve_run_open(void *user, struct pool_serve_peer *peer)
{
    (void)user;
    (void)peer;
    return true;
}

void serve_run_close(void *user, struct pool_serve_peer *peer)
{
    (void)user;
    (void)peer;
}

bool serve_run_http(struct pool_serve_peer *peer, struct pool_serve_request *request)
{
    if (pool_serve_ends(peer)) {
        return false;
    }
    enum base_status status = pool_serve_http(peer, request, SERVE_RUN_REQUEST_MAX);
    if (status != BASE_OK && status != BASE_E_AGAIN) {
        pool_serve_reset(peer);
    }
    return status == BASE_OK;
}

bool serve_run_asks(const struct pool_serve_request *request, const char *words)
{
    size_t size = strlen(words);
    return request->head_size >= size && memcmp(request->head, words, size) == 0;
}

void serve_run_answer(struct pool_serve_peer *peer, int code, const char *body)
{
    pool_serve_http_answer(peer, code, "application/json", body, strlen(body));
}

bool serve_run_has_header(const struct pool_serve_request *request, const char *name,
                          const char *value)
{
    size_t size = 0;
    const char *given = pool_serve_http_header(request, name, &size);
    return given != NULL && size == strlen(value) && memcmp(given, value, size) == 0;
}
