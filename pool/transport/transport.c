/* transport.c: see transport.h. Each link has a curl multi handle of its own (in its channel, which
 * a later request may use again): a CONNECT_ONLY connection that shares one is thrown away by
 * libcurl's clean-up of idle connections as soon as another connection is made while bytes wait on
 * it (extract_if_dead in curl 7.88 lib/url.c). The multi handle tells us its sockets and timers,
 * and one poll(2) waits for all links (transport_wait.c). */
#include "transport/transport.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "transport/link.h"
#include "wire/local.h"

enum { HTTP_TIME_MS = 5000 };

enum base_status pool_transport_start(struct base_error *error)
{
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) {
        return base_error_set(error, BASE_E_IO, "libcurl does not start: %s",
                              curl_easy_strerror(code));
    }
    return BASE_OK;
}

void pool_transport_stop(void)
{
    curl_global_cleanup();
}

/* ---- callbacks of libcurl -------------------------------------------------------------------- */

/* The kernel finds a dead peer: it sends a keep-alive packet every second after two idle seconds
 * (one where the limit is short), and gives the connection up at the next packet once nothing was
 * acknowledged for dead_peer_ms. If an option cannot be set, the peer is found later. */
static int on_new_socket(void *user, curl_socket_t fd, curlsocktype purpose)
{
    const struct pool_link *link = user;
    int on = 1;
    int idle_s = link->options->dead_peer_ms < 4000 ? 1 : 2;
    int interval_s = 1;
    int count = (int)(link->options->dead_peer_ms / 1000) + 1;
    unsigned user_timeout_ms = link->options->dead_peer_ms;
    if (purpose == CURLSOCKTYPE_IPCXN) {
        (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms,
                         sizeof(user_timeout_ms));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    return CURL_SOCKOPT_OK;
}

static size_t on_body(char *bytes, size_t one, size_t size, void *user)
{
    struct pool_link *link = user;
    (void)one;
    if (pool_buffer_size(&link->body) + size > link->body_max ||
        pool_buffer_append(&link->body, bytes, size) != BASE_OK) {
        return 0; /* makes the transfer fail with CURLE_WRITE_ERROR */
    }
    return size;
}

/* One header line of an HTTP answer, not NUL-ended; only the date is of interest. */
static size_t on_header(char *bytes, size_t one, size_t size, void *user)
{
    struct pool_link *link = user;
    char date[64];
    (void)one;
    if (size > 5 && size < sizeof(date) && strncasecmp(bytes, "date:", 5) == 0) {
        (void)snprintf(date, sizeof(date), "%.*s", (int)(size - 5), bytes + 5);
        time_t seconds = curl_getdate(date, NULL);
        link->date_s = seconds > 0 ? seconds : 0;
    }
    return size;
}

static CURLcode on_ssl_context(CURL *easy, void *context, void *user)
{
    struct pool_link *link = user;
    (void)easy;
    pool_tls_install(&link->channel->check, context);
    return CURLE_OK;
}

/* ---- options --------------------------------------------------------------------------------- */

/* "https://[fe80::1%25eth0]:443/path" */
static void write_url(char *url, size_t cap, const struct pool_link *link, const char *path)
{
    char host[POOL_HOST_MAX + 16];
    const char *zone = strchr(link->host, '%');
    bool ipv6 = strchr(link->host, ':') != NULL;
    if (ipv6 && zone != NULL) {
        (void)snprintf(host, sizeof(host), "[%.*s%%25%s]", (int)(zone - link->host), link->host,
                       zone + 1);
    } else {
        (void)snprintf(host, sizeof(host), "%s%s%s", ipv6 ? "[" : "", link->host, ipv6 ? "]" : "");
    }
    (void)snprintf(url, cap, "%s://%s:%u%s", link->tls ? "https" : "http", host, link->port, path);
}

/* True when libcurl does TLS by the OpenSSL that we are linked with. */
static bool curl_uses_openssl(void)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    return info->ssl_version != NULL && strncmp(info->ssl_version, "OpenSSL/3", 9) == 0;
}

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static bool set_number(CURL *easy, CURLoption option, long value)
{
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

static bool set_text(CURL *easy, CURLoption option, const char *value)
{
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

enum base_status pool_link_set_tls(struct pool_link *link, struct base_error *error)
{
    const struct pool_transport_options *options = link->options;
    CURL *easy = link->easy;
    bool by_pin = options->tls_pinned;
    if (by_pin && !curl_uses_openssl()) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "this libcurl does TLS by %s: pinning a certificate needs the "
                              "OpenSSL build of libcurl",
                              curl_version_info(CURLVERSION_NOW)->ssl_version);
    }
    bool fine = set_number(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) &&
                set_number(easy, CURLOPT_SSL_VERIFYPEER, options->tls_insecure ? 0 : 1) &&
                set_number(easy, CURLOPT_SSL_VERIFYHOST, options->tls_insecure || by_pin ? 0 : 2) &&
                set_number(easy, CURLOPT_SSL_ENABLE_ALPN, 0) &&
                set_number(easy, CURLOPT_SSL_SESSIONID_CACHE, 0);
    if (fine && options->tls_ca_file[0] != '\0') {
        fine = set_text(easy, CURLOPT_CAINFO, options->tls_ca_file);
    }
    if (fine && curl_uses_openssl() && !options->tls_insecure) {
        struct pool_tls_check *check = &link->channel->check;
        check->pinned = by_pin;
        memcpy(check->pin, options->tls_fingerprint, sizeof(check->pin));
        fine = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, link) == CURLE_OK;
    }
    return fine ? BASE_OK
                : base_error_set(error, BASE_E_UNSUPPORTED, "this libcurl refuses TLS options");
}

enum base_status pool_link_set_proxy(struct pool_link *link, struct base_error *error)
{
    const struct pool_transport_options *options = link->options;
    link->proxied =
        is_given(options->proxy) && (options->proxy_local || !pool_host_is_local(link->host));
    return set_text(link->easy, CURLOPT_PROXY, link->proxied ? options->proxy : "")
               ? BASE_OK
               : base_error_set(error, BASE_E_UNSUPPORTED, "this libcurl has no such proxies");
}

static enum base_status set_common(struct pool_link *link, const char *path,
                                   struct base_error *error)
{
    char url[POOL_HOST_MAX + POOL_PATH_MAX + 256];
    CURL *easy = link->easy;
    write_url(url, sizeof(url), link, path);
    bool fine = set_text(easy, CURLOPT_URL, url) &&
                curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, link->reason) == CURLE_OK &&
                set_number(easy, CURLOPT_NOSIGNAL, 1) && set_text(easy, CURLOPT_NOPROXY, "") &&
                set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, link->options->connect_timeout_ms) &&
                curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_new_socket) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, link) == CURLE_OK &&
                set_number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) &&
                pool_link_set_addresses(link);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* A name server that hangs must not hang pool_link_close. */
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    return fine ? pool_link_set_proxy(link, error)
                : base_error_set(error, BASE_E_UNSUPPORTED, "libcurl refuses the options for %s",
                                 link->host);
}

static bool add_header(struct pool_link *link, const char *line)
{
    struct curl_slist *longer = curl_slist_append(link->headers, line);
    link->headers = longer != NULL ? longer : link->headers;
    return longer != NULL;
}

static bool set_body(struct pool_link *link, const struct pool_request *request)
{
    /* Without "Expect:" libcurl waits for the server's leave before a large block goes out. */
    return add_header(link, "Content-Type: application/json") && add_header(link, "Expect:") &&
           curl_easy_setopt(link->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->size) ==
               CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_COPYPOSTFIELDS, request->body) == CURLE_OK;
}

static bool set_login(struct pool_link *link, const struct pool_request *request)
{
    return set_number(link->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) &&
           set_text(link->easy, CURLOPT_USERNAME, request->user != NULL ? request->user : "") &&
           set_text(link->easy, CURLOPT_PASSWORD, request->pass != NULL ? request->pass : "");
}

static enum base_status set_http(struct pool_link *link, const struct pool_request *request,
                                 struct base_error *error)
{
    CURL *easy = link->easy;
    bool login = is_given(request->user) || is_given(request->pass);
    bool fits = true;
    for (size_t i = 0; i < POOL_REQUEST_HEADERS_MAX && request->headers[i] != NULL; i++) {
        fits = fits && add_header(link, request->headers[i]);
    }
    link->once = request->once;
    link->post = strcmp(request->method, "POST") == 0;
    BASE_ASSERT(link->post == (request->body != NULL));
    link->login = login || request->headers[0] != NULL;
    link->body_max = request->answer_max != 0 ? request->answer_max : POOL_HTTP_BODY_MAX;
    link->time_ms = request->time_ms != 0 ? request->time_ms : HTTP_TIME_MS;
    if (!fits || (link->post && !set_body(link, request)) || (login && !set_login(link, request))) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a request");
    }
    bool fine = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, link->headers) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_WRITEDATA, link) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_HEADERDATA, link) == CURLE_OK &&
                set_number(easy, CURLOPT_FOLLOWLOCATION, 0) &&
                set_number(easy, CURLOPT_HTTP09_ALLOWED, 0) &&
                set_number(easy, CURLOPT_TIMEOUT_MS, link->time_ms);
    return fine ? BASE_OK : base_error_set(error, BASE_E_UNSUPPORTED, "libcurl refuses HTTP");
}

/* ---- channels -------------------------------------------------------------------------------- */

static void free_channel(struct pool_channel *channel)
{
    if (channel != NULL) {
        (void)curl_multi_cleanup(channel->multi);
        base_free(channel);
    }
}

/* One that an earlier request has left, or a new one; NULL without memory. */
static struct pool_channel *take_channel(struct pool_idle *idle)
{
    if (idle != NULL && idle->count > 0) {
        return idle->channels[--idle->count];
    }
    struct pool_channel *channel = base_alloc(1, sizeof(*channel));
    if (channel != NULL) {
        channel->multi = curl_multi_init();
    }
    if (channel != NULL && channel->multi == NULL) {
        free_channel(channel);
        channel = NULL;
    }
    return channel;
}

void pool_link_leave(struct pool_link *link)
{
    struct pool_idle *idle = link->idle;
    if (link->channel == NULL) {
        return;
    }
    if (link->easy != NULL) {
        (void)curl_multi_remove_handle(link->channel->multi, link->easy);
    }
    if (idle != NULL && link->state == POOL_LINK_DONE && idle->count < POOL_IDLE_MAX) {
        link->channel->used = true;
        idle->channels[idle->count++] = link->channel;
    } else {
        free_channel(link->channel);
    }
    link->channel = NULL;
}

void pool_idle_close(struct pool_idle *idle)
{
    while (idle->count > 0) {
        free_channel(idle->channels[--idle->count]);
    }
}

/* ---- opening and closing --------------------------------------------------------------------- */

static bool set_multi(struct pool_link *link)
{
    CURLM *multi = link->channel->multi;
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, pool_link_on_socket) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, link) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, pool_link_on_timer) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERDATA, link) == CURLM_OK &&
           curl_multi_add_handle(multi, link->easy) == CURLM_OK;
}

/* The place of a server. */
struct target {
    const char *host;
    uint16_t port;
    bool tls;
};

static enum base_status open_link(struct pool_link **out,
                                  const struct pool_transport_options *options,
                                  struct pool_idle *idle, const struct target *target,
                                  const struct pool_request *http, struct base_error *error)
{
    struct pool_link *link = base_alloc(1, sizeof(*link));
    enum base_status status = BASE_OK;
    *out = NULL;
    if (link == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a connection");
    }
    link->options = options;
    link->idle = idle;
    link->port = target->port;
    link->tls = target->tls;
    link->http = http != NULL;
    link->fd = -1;
    link->timer_ms = 0; /* libcurl wants to run at once */
    (void)snprintf(link->host, sizeof(link->host), "%s", target->host);
    (void)snprintf(link->home, sizeof(link->home), "%s", target->host);
    pool_buffer_init(&link->body);
    link->easy = curl_easy_init();
    link->channel = take_channel(idle);
    if (link->easy == NULL || link->channel == NULL) {
        status = base_error_set(error, BASE_E_MEMORY, "no memory for a connection");
        goto out;
    }
    link->again = link->channel->used;
    status = set_common(link, http != NULL ? http->path : "", error);
    if (status == BASE_OK && target->tls) {
        status = pool_link_set_tls(link, error);
    }
    if (status == BASE_OK && http != NULL) {
        status = set_http(link, http, error);
    }
    if (status != BASE_OK) {
        goto out;
    }
    if ((http == NULL && !set_number(link->easy, CURLOPT_CONNECT_ONLY, 1)) || !set_multi(link)) {
        status = base_error_set(error, BASE_E_MEMORY, "libcurl cannot begin to connect");
    }
out:
    if (status != BASE_OK) {
        pool_link_close(link);
        link = NULL;
    }
    *out = link;
    return status;
}

enum base_status pool_link_open(struct pool_link **link,
                                const struct pool_transport_options *options, const char *host,
                                uint16_t port, bool tls, struct base_error *error)
{
    const struct target target = {host, port, tls};
    return open_link(link, options, NULL, &target, NULL, error);
}

enum base_status pool_link_request(struct pool_link **link,
                                   const struct pool_transport_options *options,
                                   struct pool_idle *idle, const char *host, uint16_t port,
                                   bool tls, const struct pool_request *request,
                                   struct base_error *error)
{
    const struct target target = {host, port, tls};
    return open_link(link, options, idle, &target, request, error);
}

void pool_link_close(struct pool_link *link)
{
    if (link == NULL) {
        return;
    }
    pool_link_leave(link);
    curl_easy_cleanup(link->easy);
    curl_slist_free_all(link->headers);
    pool_buffer_deinit(&link->body);
    base_free(link);
}

enum pool_link_state pool_link_state(const struct pool_link *link)
{
    return link->state;
}

const struct base_error *pool_link_error(const struct pool_link *link)
{
    return &link->error;
}

/* ---- streams --------------------------------------------------------------------------------- */

enum base_status pool_link_recv(struct pool_link *link, void *bytes, size_t cap, size_t *got)
{
    *got = 0;
    errno = 0;
    CURLcode code = curl_easy_recv(link->easy, bytes, cap, got);
    if (code == CURLE_AGAIN) {
        return BASE_E_AGAIN;
    }
    if (code == CURLE_OK && *got > 0) {
        return BASE_OK;
    }
    if (code == CURLE_OK) {
        link->state = POOL_LINK_FAILED;
        return base_error_set(&link->error, BASE_E_CLOSED, "%s port %u closed the connection",
                              link->host, link->port);
    }
    return pool_link_broke(link, code, "receiving from");
}

enum base_status pool_link_send(struct pool_link *link, const void *bytes, size_t size,
                                size_t *sent)
{
    *sent = 0;
    errno = 0;
    CURLcode code = curl_easy_send(link->easy, bytes, size, sent);
    if (code == CURLE_AGAIN || (code == CURLE_OK && *sent == 0)) {
        return BASE_E_AGAIN;
    }
    return code == CURLE_OK ? BASE_OK : pool_link_broke(link, code, "sending to");
}

void pool_link_answer(const struct pool_link *link, long *code, const char **body, size_t *size)
{
    *code = link->code;
    *body = (const char *)pool_buffer_data(&link->body);
    *size = pool_buffer_size(&link->body);
}

void pool_link_facts(const struct pool_link *link, struct pool_link_facts *facts)
{
    const char *address = NULL;
    curl_off_t name = 0;
    curl_off_t connect = 0;
    curl_off_t tls = 0;
    long made = 0;
    memset(facts, 0, sizeof(*facts));
    (void)curl_easy_getinfo(link->easy, CURLINFO_PRIMARY_IP, &address);
    (void)curl_easy_getinfo(link->easy, CURLINFO_NAMELOOKUP_TIME_T, &name);
    (void)curl_easy_getinfo(link->easy, CURLINFO_CONNECT_TIME_T, &connect);
    (void)curl_easy_getinfo(link->easy, CURLINFO_APPCONNECT_TIME_T, &tls);
    (void)curl_easy_getinfo(link->easy, CURLINFO_NUM_CONNECTS, &made);
    bool known = is_given(address);
    (void)snprintf(facts->address, sizeof(facts->address), "%s", known ? address : link->tried);
    facts->connected = connect > 0;
    facts->reused = link->again && made == 0;
    facts->connect_ms = connect > name ? (double)(connect - name) / 1000.0 : 0; /* all in us */
    facts->tls_ms = link->tls && tls > connect ? (double)(tls - connect) / 1000.0 : 0;
    facts->date_s = link->date_s;
}
