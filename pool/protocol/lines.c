/* lines.c: see lines.h. */
#include "protocol/lines.h"

void pool_lines_init(struct pool_lines *lines, const struct pool_service *service,
                     const struct pool_server *server)
{
    *lines = (struct pool_lines){.service = service, .server = server};
    pool_buffer_init(&lines->in);
}

void pool_lines_deinit(struct pool_lines *lines)
{
    pool_buffer_deinit(&lines->in);
}

enum base_status pool_lines_receive(struct pool_lines *lines, const uint8_t *bytes, size_t size,
                                    pool_line_fn on_line, struct pool_protocol *protocol,
                                    uint64_t now_ms, struct base_error *error)
{
    const struct pool_service *service = lines->service;
    enum base_status status = BASE_OK;
    if (pool_buffer_append(&lines->in, bytes, size) != BASE_OK) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for what the server sent");
    }
    if (!lines->greeted && pool_buffer_size(&lines->in) > 0) {
        lines->greeted = true;
        status = pool_first_byte_check(service->first_bytes, pool_buffer_data(&lines->in)[0],
                                       lines->server, error);
    }
    while (status == BASE_OK) {
        const char *text = NULL;
        size_t line_size = 0;
        size_t taken = 0;
        status =
            pool_line_next(&lines->in, &text, &line_size, &taken, &lines->seen, service->line_max);
        if (status == BASE_E_AGAIN) {
            return BASE_OK;
        }
        if (status != BASE_OK) {
            return base_error_set(error, BASE_E_LIMIT, "a line is longer than %zu bytes",
                                  service->line_max);
        }
        if (line_size > 0) {
            status = on_line(protocol, text, line_size, now_ms, error);
        }
        pool_buffer_consume(&lines->in, taken);
        lines->seen = 0;
    }
    return status;
}
