/* input.c: lines and frames out of the input of a connection. */
#include <string.h>

#include "base/endian.h"
#include "serve/serve_private.h"

enum base_status pool_serve_line(struct pool_serve_peer *peer, const char **line, size_t *size,
                                 size_t max)
{
    size_t there = 0;
    const uint8_t *input = pool_serve_input(peer, &there);
    const uint8_t *end = there > 0 ? memchr(input, '\n', there) : NULL;
    size_t length = end != NULL ? (size_t)(end - input) : there;
    *line = NULL;
    *size = 0;
    if (length > max) {
        return BASE_E_LIMIT;
    }
    if (end == NULL) {
        return BASE_E_AGAIN;
    }
    *line = (const char *)input;
    *size = length;
    pool_serve_consume(peer, length + 1);
    return BASE_OK;
}

enum base_status pool_serve_frame(struct pool_serve_peer *peer, const uint8_t **body, size_t *size,
                                  size_t max)
{
    size_t there = 0;
    const uint8_t *input = pool_serve_input(peer, &there);
    *body = NULL;
    *size = 0;
    if (there < 4) {
        return BASE_E_AGAIN;
    }
    size_t length = base_load_be32(input);
    if (length > max) {
        return BASE_E_LIMIT;
    }
    if (length > there - 4) {
        return BASE_E_AGAIN;
    }
    *body = input + 4;
    *size = length;
    pool_serve_consume(peer, 4 + length);
    return BASE_OK;
}
