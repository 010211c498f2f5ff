/* http.c: HTTP/1.1 requests out of the input of a connection, and answers: as much as a server of
 * JSON-RPC needs. Bodies have a Content-Length; connections stay open. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "serve/serve_private.h"

enum { HEAD_MAX = 16384, DIGITS_MAX = 9 };

const char *pool_serve_http_header(const struct pool_serve_request *request, const char *name,
                                   size_t *size)
{
    size_t name_size = strlen(name);
    const char *at = request->head;
    const char *end = request->head + request->head_size;
    *size = 0;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        if ((size_t)(end - at) > name_size && at[name_size] == ':' &&
            strncasecmp(at, name, name_size) == 0) {
            const char *value = at + name_size + 1;
            const char *stop = memchr(value, '\r', (size_t)(end - value));
            while (stop != NULL && value < stop && *value == ' ') {
                value++;
            }
            *size = stop != NULL ? (size_t)(stop - value) : 0;
            return stop != NULL ? value : NULL;
        }
    }
    return NULL;
}

/* Out: bytes of the body. Returns false for a length that is none. */
static bool body_size(size_t *bytes, const struct pool_serve_request *request)
{
    size_t size = 0;
    const char *text = pool_serve_http_header(request, "Content-Length", &size);
    *bytes = 0;
    for (size_t i = 0; text != NULL && i < size; i++) {
        if (text[i] < '0' || text[i] > '9' || i == DIGITS_MAX) {
            return false;
        }
        *bytes = 10 * *bytes + (size_t)(text[i] - '0');
    }
    return (text == NULL || size > 0) &&
           pool_serve_http_header(request, "Transfer-Encoding", &size) == NULL;
}

/* METHOD PATH VERSION */
static bool read_first_line(struct pool_serve_request *request)
{
    const char *end = memchr(request->head, '\r', request->head_size);
    const char *space = memchr(request->head, ' ', (size_t)(end - request->head));
    if (space == NULL || space == request->head) {
        return false;
    }
    request->method_size = (size_t)(space - request->head);
    request->path = space + 1;
    space = memchr(request->path, ' ', (size_t)(end - request->path));
    if (space == NULL || (size_t)(end - space) < 8 || memcmp(space, " HTTP/1.", 8) != 0) {
        return false;
    }
    request->path_size = (size_t)(space - request->path);
    return true;
}

enum base_status pool_serve_http(struct pool_serve_peer *peer, struct pool_serve_request *request,
                                 size_t body_max)
{
    size_t there = 0;
    size_t bytes = 0;
    const char *input = (const char *)pool_serve_input(peer, &there);
    const char *end = there > 0 ? memmem(input, there, "\r\n\r\n", 4) : NULL;
    memset(request, 0, sizeof *request);
    if (end == NULL) {
        return there > HEAD_MAX ? BASE_E_LIMIT : BASE_E_AGAIN;
    }
    request->head = input;
    request->head_size = (size_t)(end - input) + 2;
    if (!read_first_line(request) || !body_size(&bytes, request)) {
        return BASE_E_FORMAT;
    }
    if (bytes > body_max) {
        return BASE_E_LIMIT;
    }
    if (there - request->head_size - 2 < bytes) {
        return BASE_E_AGAIN;
    }
    request->body = end + 4;
    request->body_size = bytes;
    pool_serve_consume(peer, request->head_size + 2 + bytes);
    return BASE_OK;
}

void pool_serve_http_answer(struct pool_serve_peer *peer, int code, const char *type,
                            const char *body, size_t size)
{
    char head[192];
    int count = snprintf(head, sizeof head,
                         "HTTP/1.1 %d %s\r\nContent-Type: %.80s\r\nContent-Length: %zu\r\n\r\n",
                         code, code == 200 ? "OK" : "Error", type, size);
    pool_serve_send(peer, head, (size_t)count);
    pool_serve_send(peer, body, size);
}
