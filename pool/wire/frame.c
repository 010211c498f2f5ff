/* frame.c: see frame.h. */
#include "wire/frame.h"

#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"

enum {
    SMALLEST_CAP = 4096,
    KEEP_CAP = 256 << 10, /* an empty buffer keeps this much; more is given back */
};

void pool_buffer_init(struct pool_buffer *buffer)
{
    *buffer = (struct pool_buffer){NULL, 0, 0, 0};
}

void pool_buffer_deinit(struct pool_buffer *buffer)
{
    base_free(buffer->bytes);
    pool_buffer_init(buffer);
}

size_t pool_buffer_size(const struct pool_buffer *buffer)
{
    return buffer->end - buffer->start;
}

const uint8_t *pool_buffer_data(const struct pool_buffer *buffer)
{
    static const uint8_t nothing[8] = {0};
    return buffer->bytes == NULL ? nothing : buffer->bytes + buffer->start;
}

enum base_status pool_buffer_append(struct pool_buffer *buffer, const void *bytes, size_t size)
{
    size_t held = pool_buffer_size(buffer);
    if (size == 0) {
        return BASE_OK;
    }
    if (size > buffer->cap - buffer->end && buffer->start > 0) {
        memmove(buffer->bytes, buffer->bytes + buffer->start, held);
        buffer->start = 0;
        buffer->end = held;
    }
    if (size > buffer->cap - buffer->end) {
        size_t cap = buffer->cap < SMALLEST_CAP ? SMALLEST_CAP : buffer->cap;
        while (cap - held < size) {
            if (cap > SIZE_MAX / 2) {
                return BASE_E_MEMORY;
            }
            cap *= 2;
        }
        uint8_t *grown = base_realloc(buffer->bytes, cap, 1);
        if (grown == NULL) {
            return BASE_E_MEMORY;
        }
        buffer->bytes = grown;
        buffer->cap = cap;
    }
    memcpy(buffer->bytes + buffer->end, bytes, size);
    buffer->end += size;
    return BASE_OK;
}

void pool_buffer_consume(struct pool_buffer *buffer, size_t size)
{
    BASE_ASSERT(size <= pool_buffer_size(buffer));
    buffer->start += size;
    if (buffer->start == buffer->end) {
        buffer->start = 0;
        buffer->end = 0;
        if (buffer->cap > KEEP_CAP) {
            pool_buffer_deinit(buffer);
        }
    }
}

enum base_status pool_frame_next(const struct pool_buffer *buffer, const uint8_t **body,
                                 size_t *size, size_t max_bytes)
{
    size_t held = pool_buffer_size(buffer);
    *body = NULL;
    *size = 0;
    if (held < 4) {
        return BASE_E_AGAIN;
    }
    size_t announced = base_load_be32(pool_buffer_data(buffer));
    if (announced > max_bytes) {
        return BASE_E_LIMIT;
    }
    if (held - 4 < announced) {
        return BASE_E_AGAIN;
    }
    *body = pool_buffer_data(buffer) + 4;
    *size = announced;
    return BASE_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

enum base_status pool_line_next(const struct pool_buffer *buffer, const char **text, size_t *size,
                                size_t *taken, size_t *seen, size_t max_bytes)
{
    const char *data = (const char *)pool_buffer_data(buffer);
    size_t held = pool_buffer_size(buffer);
    *text = NULL;
    *size = 0;
    *taken = 0;
    BASE_ASSERT(*seen <= held);
    const char *end = memchr(data + *seen, '\n', held - *seen);
    if (end == NULL) {
        *seen = held;
        return held > max_bytes ? BASE_E_LIMIT : BASE_E_AGAIN;
    }
    size_t length = (size_t)(end - data);
    if (length > max_bytes) {
        return BASE_E_LIMIT;
    }
    *taken = length + 1;
    while (length > 0 && is_blank(data[length - 1])) {
        length--;
    }
    while (length > 0 && is_blank(data[0])) {
        data++;
        length--;
    }
    *text = data;
    *size = length;
    return BASE_OK;
}
