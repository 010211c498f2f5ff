/* frame.h: bytes of a stream cut into messages: length-prefixed frames and lines. Fed any split of
 * the stream, gives the same messages. Knows no socket and no protocol. */
#ifndef POOL_FRAME_H
#define POOL_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Growing byte queue: appended at the end, consumed at the front. Value with owned memory. */
struct pool_buffer {
    uint8_t *bytes; /* owned */
    size_t start;   /* first byte not consumed */
    size_t end;     /* one past the last byte */
    size_t cap;     /* bytes allocated */
};

/** Empty buffer without memory. Release: pool_buffer_deinit. */
void pool_buffer_init(struct pool_buffer *buffer);
void pool_buffer_deinit(struct pool_buffer *buffer);

/** Append; grows by doubling, so memory stays below four times what is really held.
 * Returns: BASE_OK; BASE_E_MEMORY (buffer unchanged). */
BASE_MUST_CHECK enum base_status pool_buffer_append(struct pool_buffer *buffer, const void *bytes,
                                                    size_t size);

/** Drop size bytes (at most what is held) from the front; gives back large memory once empty. */
void pool_buffer_consume(struct pool_buffer *buffer, size_t size);

/** Bytes held, and the first of them (valid until the next append or consume). */
size_t pool_buffer_size(const struct pool_buffer *buffer);
const uint8_t *pool_buffer_data(const struct pool_buffer *buffer);

/** Look at the next length-prefixed frame: 4 bytes big-endian length, then the body.
 * Memory grows with the bytes that arrived, never with the announced length.
 * Out:     body       first byte after the length; borrowed from the buffer; NULL unless BASE_OK
 *          size       bytes of the body; 0 unless BASE_OK
 * In:      max_bytes  largest body allowed
 * Returns: BASE_OK        consume it with pool_buffer_consume(buffer, 4 + size)
 *          BASE_E_AGAIN   not complete yet
 *          BASE_E_LIMIT   the announced length is above max_bytes (or negative as Java reads it) */
BASE_MUST_CHECK enum base_status pool_frame_next(const struct pool_buffer *buffer,
                                                 const uint8_t **body, size_t *size,
                                                 size_t max_bytes);

/** Look at the next line. LF ends it; one CR before LF and blanks around do not belong to it.
 * Out:     text, size  the line, not NUL-ended, may be empty; borrowed from the buffer
 *          taken       bytes to consume afterwards
 *          seen        in/out: bytes of the buffer known to hold no LF; set it to 0 for a new
 *                      buffer and after each consume. Keeps one-byte-at-a-time peers linear.
 * Returns: BASE_OK; BASE_E_AGAIN no LF yet; BASE_E_LIMIT longer than max_bytes (stop reading: the
 *          rest of the line must never be taken for a line of its own). */
BASE_MUST_CHECK enum base_status pool_line_next(const struct pool_buffer *buffer, const char **text,
                                                size_t *size, size_t *taken, size_t *seen,
                                                size_t max_bytes);

#endif
