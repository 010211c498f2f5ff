/* inquiry.c: see inquiry.h. */
#include "protocol/inquiry.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "protocol/rpc.h"
#include "protocol/rpc_login.h"
#include "wire/frame.h"
#include "wire/printable.h"

void pool_inquiry_begin(struct pool_inquiry *inquiry, const struct pool_inquiry_ops *ops,
                        const struct pool_server *server, bool silent, bool itself)
{
    *inquiry = (struct pool_inquiry){.ops = ops, .server = server, .silent = silent};
    ops->begin(inquiry, itself);
}

void pool_inquiry_finish(struct pool_inquiry *inquiry, const char *format, ...)
{
    char text[POOL_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): lost when the checker inlines this */
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)pool_printable(inquiry->text, sizeof(inquiry->text), text, strlen(text));
}

void pool_inquiry_note(struct pool_inquiry *inquiry, const char *name,
                       enum pool_finding_result result, const char *format, ...)
{
    size_t i = 0;
    va_list arguments;
    while (i < inquiry->finding_count && strcmp(inquiry->findings[i].name, name) != 0) {
        i++;
    }
    BASE_ASSERT(i < POOL_FINDINGS_MAX);
    inquiry->finding_count += i == inquiry->finding_count;
    struct pool_finding *finding = &inquiry->findings[i];
    finding->name = name;
    finding->result = result;
    va_start(arguments, format);
    (void)vsnprintf(finding->text, sizeof(finding->text), format, arguments);
    va_end(arguments);
}

enum base_status pool_inquiry_ask(const struct pool_inquiry *inquiry, struct pool_link **link,
                                  const char *path, uint16_t port, const char *api_key,
                                  const struct pool_transport_options *options,
                                  struct base_error *error)
{
    struct pool_request request = {.method = "GET", .path = path};
    char header[sizeof(((struct pool_config *)NULL)->api_key) + 64];
    /* A node without keys refuses a key, so it is sent only where one was given. */
    if (api_key[0] != '\0' && inquiry->ops->key_header != NULL) {
        (void)snprintf(header, sizeof(header), "%.60s: %s", inquiry->ops->key_header, api_key);
        request.headers[0] = header;
    }
    const struct pool_server *server = inquiry->server;
    bool tls = server->scheme == POOL_DAEMON_HTTPS && port == server->port;
    struct pool_rpc_login login = {"", ""};
    struct pool_buffer body;
    enum base_status status = BASE_OK;
    pool_buffer_init(&body);
    if (inquiry->ops->rpc_method != NULL) {
        status = pool_rpc_login(&login, server, error);
        if (status == BASE_OK) {
            status = pool_rpc_write(&body, "1.0", 1, inquiry->ops->rpc_method, json_array());
        }
        request.method = "POST";
        request.body = pool_buffer_data(&body);
        request.size = pool_buffer_size(&body);
        request.user = login.user;
        request.pass = login.pass;
        request.path = server->path[0] != '\0' ? server->path : path;
    }
    if (status == BASE_OK) {
        status = pool_link_request(link, options, NULL, server->host, port, tls, &request, error);
    }
    pool_buffer_deinit(&body);
    return status;
}
