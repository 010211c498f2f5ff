/* api.c: see api.h. The library's thread parses requests and calls answer(). The connections are in
 * a list under one mutex, which the main thread walks once a second to end requests that take too
 * long.
 */
#include "http/api.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "faces/workers.h"
#include "http/api_json.h"
#include "http/api_request.h"
#include "http/api_ring.h"
#include "http/dashboard/dashboard.h"
#include "http/metrics.h"

enum {
    NICENESS = 10,                /* of the library's thread: lanes come first */
    METRICS_MAX = 32768,          /* bytes of all metrics, but for those of devices */
    METRICS_DEVICE_MAX = 8192,    /* bytes of one device's: 16 chains and its other lines */
    METRICS_WORKERS_MAX = 262144, /* bytes of all workers' */
};

/* One connection: the library's socket context, and the state of its running request. */
struct connection {
    struct connection *next;
    int fd;            /* borrowed: the library closes it after on_connection */
    uint64_t since_ms; /* start of the connection, or end of its last request */
    size_t body_size;  /* bytes of the running request's body so far */
};

struct miner_api {
    struct miner_face face;
    const struct miner_config *config; /* borrowed; as of the start */
    struct miner_log *log;             /* borrowed */
    struct miner_rig *rig;             /* borrowed; constant once started */
    struct MHD_Daemon *daemon;         /* NULL: not started */
    struct miner_api_ring *ring;
    bool loopback; /* listens on loopback only; constant once started */
    bool polite;   /* the library's thread has lowered its priority; that thread only */
    pthread_mutex_t lock;
    struct connection *connections; /* under lock, with all of each but body_size */
};

/* What is sent back. text is from base_alloc and taken over by send_answer, or fixed is constant.
 */
struct answer {
    unsigned code;
    const char *type;
    const char *policy; /* Content-Security-Policy */
    const char *allow;  /* of 405: the methods that are allowed */
    char *text;
    const unsigned char *fixed;
    size_t size;
};

static const char closed_policy[] = "default-src 'none'; frame-ancestors 'none'";
static const char page_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/* The answer when there is no memory for another one: a constant, as the JSON library would need
 * memory to write it. */
static const char no_memory[] = "{\"error\":\"no memory for this answer\"}";

/* ---- answers ------------------------------------------------------------------------------- */

static struct answer answer_json(unsigned code, json_t *json)
{
    struct answer answer = {.code = code, .type = "application/json", .policy = closed_policy};
    const size_t flags = JSON_REAL_PRECISION(15) | JSON_COMPACT;
    answer.size = json != NULL ? json_dumpb(json, NULL, 0, flags) : 0;
    answer.text = answer.size > 0 ? base_alloc(1, answer.size) : NULL;
    if (answer.text != NULL) {
        answer.size = json_dumpb(json, answer.text, answer.size, flags);
    }
    json_decref(json);
    return answer;
}

static struct answer answer_error(unsigned code, const char *sentence)
{
    return answer_json(code, json_pack("{s:s}", "error", sentence));
}

static struct answer answer_file(const char *type, const unsigned char *bytes, size_t size)
{
    return (struct answer){
        .code = MHD_HTTP_OK, .type = type, .policy = page_policy, .fixed = bytes, .size = size};
}

static struct answer answer_metrics(const struct miner_snapshot *snapshot)
{
    struct answer answer = {.code = MHD_HTTP_OK,
                            .type = "text/plain; version=0.0.4; charset=utf-8",
                            .policy = closed_policy};
    size_t cap = snapshot->group_count * METRICS_MAX +
                 snapshot->total.device_count * METRICS_DEVICE_MAX +
                 (snapshot->serves ? METRICS_WORKERS_MAX : 0);
    answer.text = base_alloc(1, cap);
    FILE *out = answer.text != NULL ? fmemopen(answer.text, cap, "w") : NULL;
    bool good = out != NULL && miner_metrics_write(out, snapshot) == BASE_OK;
    answer.size = good ? (size_t)ftell(out) : 0;
    if (out != NULL) {
        (void)fclose(out);
    }
    if (answer.size == 0) {
        base_free(answer.text);
        answer.text = NULL;
    }
    return answer;
}

static enum MHD_Result send_answer(struct MHD_Connection *http, struct answer answer)
{
    static const char *const headers[][2] = {
        {MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
    };
    if (answer.fixed == NULL && answer.text == NULL) {
        answer = (struct answer){.code = MHD_HTTP_INTERNAL_SERVER_ERROR,
                                 .type = "application/json",
                                 .policy = closed_policy,
                                 .fixed = (const unsigned char *)no_memory,
                                 .size = sizeof no_memory - 1};
    }
    /* The library does not write to a persistent buffer, though its type is not const. */
    struct MHD_Response *response =
        answer.fixed != NULL
            ? MHD_create_response_from_buffer(answer.size, (void *)(uintptr_t)answer.fixed,
                                              MHD_RESPMEM_PERSISTENT)
            : MHD_create_response_from_buffer_with_free_callback(answer.size, answer.text,
                                                                 base_free);
    if (response == NULL) {
        base_free(answer.text);
        return MHD_NO;
    }
    bool good =
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.type) == MHD_YES &&
        MHD_add_response_header(response, "Content-Security-Policy", answer.policy) == MHD_YES;
    for (size_t i = 0; i < BASE_COUNT_OF(headers); i++) {
        good = good && MHD_add_response_header(response, headers[i][0], headers[i][1]) == MHD_YES;
    }
    if (answer.allow != NULL) {
        good = good && MHD_add_response_header(response, "Allow", answer.allow) == MHD_YES;
    }
    if (answer.code == MHD_HTTP_UNAUTHORIZED) {
        good = good && MHD_add_response_header(response, "WWW-Authenticate", "Bearer") == MHD_YES;
    }
    enum MHD_Result sent = good ? MHD_queue_response(http, answer.code, response) : MHD_NO;
    MHD_destroy_response(response);
    return sent;
}

/* ---- routes -------------------------------------------------------------------------------- */

/* Documents that show the run. */
static struct answer answer_snapshot(const struct miner_snapshot *snapshot,
                                     enum miner_api_route route)
{
    switch (route) {
    case MINER_API_METRICS:
        return answer_metrics(snapshot);
    case MINER_API_SUMMARY:
        return answer_json(MHD_HTTP_OK, miner_api_summary_json(snapshot));
    case MINER_API_DEVICES:
        return answer_json(MHD_HTTP_OK, miner_api_devices_json(snapshot));
    case MINER_API_WORKERS:
        return answer_json(MHD_HTTP_OK, miner_workers_json(snapshot));
    case MINER_API_CHAINS:
        return answer_json(MHD_HTTP_OK, miner_api_chains_json(snapshot));
    case MINER_API_XMRIG_1:
        return answer_json(MHD_HTTP_OK, miner_api_xmrig_json(snapshot, 1));
    case MINER_API_XMRIG_2:
        return answer_json(MHD_HTTP_OK, miner_api_xmrig_json(snapshot, 2));
    default:
        return answer_json(MHD_HTTP_OK, miner_api_mmpos_json(snapshot));
    }
}

static struct answer answer_view(struct miner_api *api, enum miner_api_route route)
{
    struct miner_snapshot *snapshot = miner_snapshot_take(api->rig);
    struct answer answer =
        snapshot != NULL ? answer_snapshot(snapshot, route) : answer_json(MHD_HTTP_OK, NULL);
    base_free(snapshot);
    return answer;
}

static struct answer answer_events(struct miner_api *api, struct MHD_Connection *http)
{
    struct base_error error;
    uint64_t since = 0;
    const char *text = MHD_lookup_connection_value(http, MHD_GET_ARGUMENT_KIND, "since");
    if (miner_api_since(&since, text, &error) != BASE_OK) {
        return answer_error(MHD_HTTP_BAD_REQUEST, error.text);
    }
    return answer_json(MHD_HTTP_OK, miner_api_ring_json(api->ring, since));
}

/* The settings are checked here, so that the answer can say what is wrong with them; the main
 * thread puts them in force. */
static struct answer answer_reload(struct miner_api *api)
{
    struct base_error error = {BASE_OK, ""};
    enum base_status status = miner_rig_ask_reload(api->rig, &error);
    if (status == BASE_OK) {
        return answer_json(MHD_HTTP_ACCEPTED, json_pack("{s:b}", "reload", 1));
    }
    return answer_error(status == BASE_E_STATE    ? MHD_HTTP_CONFLICT
                        : status == BASE_E_MEMORY ? MHD_HTTP_SERVICE_UNAVAILABLE
                                                  : MHD_HTTP_UNPROCESSABLE_CONTENT,
                        error.text);
}

/* POST: the token is checked first. */
static struct answer answer_change(struct miner_api *api, struct MHD_Connection *http,
                                   enum miner_api_route route)
{
    const struct miner_face_settings settings = miner_rig_face_settings(api->rig);
    const char *header =
        MHD_lookup_connection_value(http, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
    if (settings.api_token[0] == '\0') {
        return answer_error(MHD_HTTP_FORBIDDEN, "nothing can be changed: the miner was started "
                                                "without --api-token");
    }
    if (!miner_api_token_is_right(header, settings.api_token)) {
        return answer_error(MHD_HTTP_UNAUTHORIZED,
                            "the token is missing or wrong; send the header Authorization: Bearer "
                            "TOKEN");
    }
    if (route == MINER_API_RELOAD) {
        return answer_reload(api);
    }
    bool pause = route == MINER_API_PAUSE;
    miner_rig_pause(api->rig, pause, "asked for over HTTP");
    return answer_json(MHD_HTTP_OK, json_pack("{s:b}", "paused", (int)pause));
}

static struct answer answer_route(struct miner_api *api, struct MHD_Connection *http,
                                  enum miner_api_route route)
{
    switch (route) {
    case MINER_API_PAGE:
        return answer_file("text/html; charset=utf-8", miner_page_html, miner_page_html_size);
    case MINER_API_STYLE:
        return answer_file("text/css; charset=utf-8", miner_page_css, miner_page_css_size);
    case MINER_API_SCRIPT:
        return answer_file("text/javascript; charset=utf-8", miner_page_js, miner_page_js_size);
    case MINER_API_ICON:
        return answer_file("image/svg+xml", miner_page_icon, miner_page_icon_size);
    case MINER_API_EVENTS:
        return answer_events(api, http);
    case MINER_API_PAUSE:
    case MINER_API_RESUME:
    case MINER_API_RELOAD:
        return answer_change(api, http, route);
    case MINER_API_SUMMARY:
    case MINER_API_DEVICES:
    case MINER_API_CHAINS:
    case MINER_API_WORKERS:
    case MINER_API_METRICS:
    case MINER_API_XMRIG_1:
    case MINER_API_XMRIG_2:
    case MINER_API_MMPOS:
        return answer_view(api, route);
    case MINER_API_NOWHERE:
        break;
    }
    return answer_error(MHD_HTTP_NOT_FOUND, "no such page; docs/api.md lists them, and / is the "
                                            "dashboard");
}

static struct answer answer(struct miner_api *api, struct MHD_Connection *http, const char *path,
                            const char *method)
{
    enum miner_api_allow allow = MINER_API_READS;
    enum miner_api_route route = miner_api_route_find(path, &allow);
    const char *host = MHD_lookup_connection_value(http, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    bool reads =
        strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    bool posts = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    if (!miner_api_host_is_ours(host, api->loopback)) {
        return answer_error(MHD_HTTP_FORBIDDEN, "the Host header names another machine; use "
                                                "localhost or a numeric address");
    }
    if (route != MINER_API_NOWHERE && !(allow == MINER_API_READS ? reads : posts)) {
        struct answer refused = answer_error(MHD_HTTP_METHOD_NOT_ALLOWED,
                                             allow == MINER_API_READS ? "this page is for GET"
                                                                      : "this page is for POST");
        refused.allow = allow == MINER_API_READS ? "GET, HEAD" : "POST";
        return refused;
    }
    return answer_route(api, http, route);
}

/* ---- the library's callbacks --------------------------------------------------------------- */

static enum MHD_Result on_request(void *user, struct MHD_Connection *http, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **request)
{
    struct miner_api *api = user;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct connection *connection = info != NULL ? info->socket_context : NULL;
    (void)version;
    (void)upload;
    if (connection == NULL) {
        return MHD_NO; /* there was no memory for it */
    }
    if (*request == NULL) {
        const char *length =
            MHD_lookup_connection_value(http, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
        *request = connection;
        connection->body_size = 0;
        if (length != NULL && strtoull(length, NULL, 10) > MINER_API_BODY_MAX) {
            return send_answer(http, answer_error(MHD_HTTP_CONTENT_TOO_LARGE,
                                                  "the body is too long; none is needed"));
        }
        return MHD_YES;
    }
    if (*upload_size > 0) {
        connection->body_size += *upload_size;
        *upload_size = 0;
        /* A body without an announced length: the library can only close the connection now. */
        return connection->body_size > MINER_API_BODY_MAX ? MHD_NO : MHD_YES;
    }
    return send_answer(http, answer(api, http, path, method));
}

static void on_completed(void *user, struct MHD_Connection *http, void **request,
                         enum MHD_RequestTerminationCode code)
{
    struct miner_api *api = user;
    struct connection *connection = *request;
    (void)http;
    (void)code;
    if (connection != NULL) {
        (void)pthread_mutex_lock(&api->lock);
        connection->since_ms = base_clock_ms();
        (void)pthread_mutex_unlock(&api->lock);
    }
    *request = NULL;
}

static void on_connection(void *user, struct MHD_Connection *http, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct miner_api *api = user;
    struct connection *connection = *context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(http, MHD_CONNECTION_INFO_CONNECTION_FD);
        connection = base_alloc(1, sizeof *connection);
        *context = connection;
        if (!api->polite) {
            api->polite = true;
            (void)setpriority(PRIO_PROCESS, 0, NICENESS); /* of this thread, on Linux */
        }
        if (connection == NULL) {
            return;
        }
        connection->fd = info != NULL ? info->connect_fd : -1;
        connection->since_ms = base_clock_ms();
        (void)pthread_mutex_lock(&api->lock);
        connection->next = api->connections;
        api->connections = connection;
        (void)pthread_mutex_unlock(&api->lock);
        return;
    }
    (void)pthread_mutex_lock(&api->lock);
    for (struct connection **at = &api->connections; *at != NULL; at = &(*at)->next) {
        if (*at == connection) {
            *at = connection->next;
            break;
        }
    }
    (void)pthread_mutex_unlock(&api->lock);
    base_free(connection);
    *context = NULL;
}

/* ---- life ---------------------------------------------------------------------------------- */

/* Socket that listens, and the port it got. */
static enum base_status listen_at(int *fd, uint16_t *port, bool *loopback, const char *host,
                                  struct base_error *error)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    socklen_t size = sizeof address.v4;
    int one = 1;
    memset(&address, 0, sizeof address);
    if (inet_pton(AF_INET, host, &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons(*port);
        *loopback = ntohl(address.v4.sin_addr.s_addr) >> 24 == 127;
    } else if (inet_pton(AF_INET6, host, &address.v6.sin6_addr) == 1) {
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons(*port);
        size = sizeof address.v6;
        *loopback = IN6_IS_ADDR_LOOPBACK(&address.v6.sin6_addr) != 0;
    }
    *fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0 || setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(*fd, &address.any, size) != 0 || listen(*fd, MINER_API_BACKLOG) != 0 ||
        getsockname(*fd, &address.any, &size) != 0) {
        enum base_status status =
            base_error_set(error, BASE_E_IO,
                           "--api: cannot listen on %s port %u: %s; name another port, or an "
                           "address of this machine",
                           host, *port, strerror(errno));
        if (*fd >= 0) {
            (void)close(*fd);
        }
        return status;
    }
    *port = ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
    return BASE_OK;
}

static void tell(const struct miner_api *api, uint16_t port)
{
    const char *host = api->config->api_host;
    bool v6 = strchr(host, ':') != NULL;
    miner_log(api->log, MINER_LOG_INFO, "api", "dashboard and API: http://%s%s%s:%u/ (%s)",
              v6 ? "[" : "", host, v6 ? "]" : "", port,
              api->config->api_token[0] != '\0' ? "changes need the token" : "read only");
    if (!api->loopback) {
        miner_log(api->log, MINER_LOG_WARNING, "api",
                  "every machine that reaches this one can read the API; it is plain HTTP");
    }
}

static struct MHD_Daemon *start_daemon(struct miner_api *api, int fd)
{
    /* Not epoll: the library uses it edge-triggered, and a client that closed right after its last
     * bytes kept its place until the idle time was over. */
    return MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD, 0, NULL, NULL, on_request, api,
                            MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)MINER_API_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)MINER_API_MEMORY_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                            (unsigned)MINER_API_IDLE_S, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
                            api, MHD_OPTION_NOTIFY_CONNECTION, on_connection, api,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

/* Close fd if it is still the file that it was. */
static void close_if_same(int fd, const struct stat *was)
{
    struct stat now;
    if (fstat(fd, &now) == 0 && now.st_dev == was->st_dev && now.st_ino == was->st_ino) {
        (void)close(fd);
    }
}

static enum base_status start(struct miner_face *face, struct miner_rig *rig,
                              struct base_error *error)
{
    struct miner_api *api = (void *)face;
    uint16_t port = api->config->api_port;
    struct stat socket_identity;
    int fd = -1;
    api->rig = rig;
    enum base_status status = listen_at(&fd, &port, &api->loopback, api->config->api_host, error);
    if (status != BASE_OK) {
        return status;
    }
    int known = fstat(fd, &socket_identity);
    api->daemon = start_daemon(api, fd);
    if (api->daemon == NULL) {
        /* Depending on where it failed, the library has closed the socket or not. */
        if (known == 0) {
            close_if_same(fd, &socket_identity);
        }
        return base_error_set(error, BASE_E_IO, "--api: the HTTP server does not start: %s",
                              strerror(errno));
    }
    miner_log_tap(api->log, miner_api_ring_add, api->ring);
    tell(api, port);
    return BASE_OK;
}

static void tick(struct miner_face *face, const struct miner_snapshot *snapshot)
{
    struct miner_api *api = (void *)face;
    (void)pthread_mutex_lock(&api->lock);
    for (struct connection *at = api->connections; at != NULL; at = at->next) {
        if (at->fd >= 0 && snapshot->now_ms > at->since_ms + MINER_API_REQUEST_MS) {
            (void)shutdown(at->fd, SHUT_RDWR); /* the library sees its end and cleans up */
            at->fd = -1;
        }
    }
    (void)pthread_mutex_unlock(&api->lock);
}

static bool stop(struct miner_face *face)
{
    struct miner_api *api = (void *)face;
    if (api->daemon != NULL) {
        miner_log_tap(api->log, NULL, NULL);
        MHD_stop_daemon(api->daemon);
    }
    miner_api_ring_free(api->ring);
    (void)pthread_mutex_destroy(&api->lock);
    base_free(api);
    return true;
}

enum base_status miner_api_new(struct miner_face **face, const struct miner_config *config,
                               struct miner_log *log, struct base_error *error)
{
    *face = NULL;
    if (config->api_host[0] == '\0') {
        return BASE_OK;
    }
    struct miner_api *api = base_alloc(1, sizeof *api);
    struct miner_api_ring *ring = miner_api_ring_new();
    if (api == NULL || ring == NULL) {
        base_free(api);
        miner_api_ring_free(ring);
        return base_error_set(error, BASE_E_MEMORY, "no memory for the API");
    }
    (void)pthread_mutex_init(&api->lock, NULL);
    api->face = (struct miner_face){start, tick, stop};
    api->config = config;
    api->log = log;
    api->ring = ring;
    *face = &api->face;
    return BASE_OK;
}
