/* url.c: server URLs of -o into values, and back. Bounded before parsed; no network here. */
#include "wire/url.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { URL_MAX = 1024 }; /* characters; host, login and scheme together stay far below */

/* What is known of the coins' nodes. */
struct nodes {
    const struct pool_url_node *rows;
    size_t count;
};

static const struct {
    const char *text;
    enum pool_scheme scheme;
    const char *name; /* the spelling that pool_server_name prints */
} schemes[] = {
    {"stratum+tcp", POOL_STRATUM_TCP, "stratum+tcp"},
    {"stratum+ssl", POOL_STRATUM_TLS, "stratum+ssl"},
    {"stratum+tls", POOL_STRATUM_TLS, "stratum+ssl"},
    {"daemon+tcp", POOL_DAEMON_TCP, "daemon+tcp"},
    {"daemon+http", POOL_DAEMON_HTTP, "daemon+http"},
    {"daemon+https", POOL_DAEMON_HTTPS, "daemon+https"},
};

/* The text of a URL for a sentence: printable, short, without a password. */
static const char *quoted(char text[80], const char *url)
{
    const char *start = strstr(url, "://");
    const char *at = strrchr(url, '@');
    size_t used = 0;
    start = start == NULL ? url : start + 3;
    for (const char *p = url; *p != '\0' && used < 70; p++) {
        if (at != NULL && p >= start && p < at) {
            continue;
        }
        text[used++] = *p >= ' ' && *p <= '~' ? *p : '?';
    }
    text[used] = '\0';
    return text;
}

static enum base_status copy_part(char *to, size_t cap, const char *from, size_t size,
                                  const char *what, struct base_error *error)
{
    if (size >= cap) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the %s has %zu characters; at most %zu are "
                              "possible",
                              what, size, cap - 1);
    }
    for (size_t i = 0; i < size; i++) {
        if (from[i] <= ' ' || from[i] > '~') {
            return base_error_set(error, BASE_E_FORMAT,
                                  "the %s has a blank or a character that is not printable ASCII",
                                  what);
        }
    }
    memcpy(to, from, size);
    to[size] = '\0';
    return BASE_OK;
}

/* "user:pass@" in front of the host: a pool's login, or that of a node's JSON-RPC. */
static enum base_status parse_login(struct pool_server *server, const char **rest,
                                    struct base_error *error)
{
    bool rpc = server->scheme == POOL_DAEMON_HTTP || server->scheme == POOL_DAEMON_HTTPS;
    char *user = rpc ? server->rpc_user : server->user;
    char *pass = rpc ? server->rpc_pass : server->pass;
    const char *at = strrchr(*rest, '@');
    if (at == NULL) {
        return BASE_OK;
    }
    const char *colon = memchr(*rest, ':', (size_t)(at - *rest));
    const char *user_end = colon == NULL ? at : colon;
    enum base_status status = copy_part(user, POOL_LOGIN_MAX, *rest, (size_t)(user_end - *rest),
                                        "user in the URL", error);
    if (status == BASE_OK && colon != NULL) {
        status = copy_part(pass, POOL_LOGIN_MAX, colon + 1, (size_t)(at - colon - 1),
                           "password in the URL", error);
    }
    *rest = at + 1;
    return status;
}

static enum base_status parse_port(struct pool_server *server, const char *digits, const char *url,
                                   struct base_error *error)
{
    char text[80];
    uint32_t port = 0;
    size_t count = strspn(digits, "0123456789");
    if (count == 0 || count > 5 || digits[count] != '\0') {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%s\": the port must be a number from 1 to 65535",
                              quoted(text, url));
    }
    for (size_t i = 0; i < count; i++) {
        port = port * 10 + (uint32_t)(digits[i] - '0');
    }
    if (port == 0 || port > UINT16_MAX) {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%s\": port %u does not exist; it must be from 1 to 65535",
                              quoted(text, url), port);
    }
    server->port = (uint16_t)port;
    return BASE_OK;
}

/* A name or IPv4 address: letters, digits, '-', '_' and '.'. */
static bool is_host(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_' || c == '.')) {
            return false;
        }
    }
    return size > 0 && text[0] != '.' && text[0] != '-';
}

static bool is_ipv6(const char *text, size_t size)
{
    size_t colons = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        colons += c == ':';
        if (c == '%') { /* zone: "fe80::1%eth0" */
            return colons >= 2 && i > 0 && is_host(text + i + 1, size - i - 1);
        }
        if (!((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') ||
              c == ':' || c == '.')) {
            return false;
        }
    }
    return colons >= 2;
}

static const char *scheme_name(enum pool_scheme scheme)
{
    size_t i = 0;
    while (i + 1 < BASE_COUNT_OF(schemes) && schemes[i].scheme != scheme) {
        i++;
    }
    return schemes[i].name;
}

/* The port of a URL that names none: that of the coin whose nodes all have the same one, unless two
 * such coins differ. */
static enum base_status default_port(struct pool_server *server, const struct nodes *nodes,
                                     const char *url, struct base_error *error)
{
    char text[80];
    const struct pool_url_node *example = NULL;
    uint16_t port = 0;
    bool differ = false;
    if (pool_server_is_pool(server)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%s\": a pool needs its port, as in stratum+tcp://%.100s:20032",
                              quoted(text, url), server->host);
    }
    for (size_t i = 0; i < nodes->count; i++) {
        const struct pool_url_node *node = &nodes->rows[i];
        if (node->port == 0 ||
            (node->scheme == POOL_DAEMON_TCP) != (server->scheme == POOL_DAEMON_TCP)) {
            continue;
        }
        example = example == NULL ? node : example;
        if (node->port_optional) {
            differ = differ || (port != 0 && port != node->port);
            port = node->port;
        }
    }
    if (port == 0 || differ) {
        return base_error_set(
            error, BASE_E_FORMAT, "\"%s\": a node needs its %sport, as in %s://%.100s:%u (%s)",
            quoted(text, url), server->scheme == POOL_DAEMON_TCP ? "" : "RPC ",
            scheme_name(server->scheme), server->host, example == NULL ? 1U : example->port,
            example == NULL ? "none is known" : example->title);
    }
    server->port = port;
    return BASE_OK;
}

/* Host with optional port; rest ends the URL but for one '/'. */
static enum base_status parse_host(struct pool_server *server, char *rest,
                                   const struct nodes *nodes, const char *url,
                                   struct base_error *error)
{
    char text[80];
    size_t size = strlen(rest);
    char *port = NULL;
    char *host = rest;
    if (size > 0 && rest[size - 1] == '/') {
        rest[--size] = '\0';
    }
    if (host[0] == '[') {
        char *close = strchr(host, ']');
        if (close == NULL || !is_ipv6(host + 1, (size_t)(close - host - 1)) ||
            (close[1] != '\0' && close[1] != ':')) {
            return base_error_set(error, BASE_E_FORMAT,
                                  "\"%s\": an IPv6 address is written [2001:db8::1]:port",
                                  quoted(text, url));
        }
        port = close[1] == ':' ? close + 2 : NULL;
        *close = '\0';
        host++;
    } else {
        char *colon = strrchr(host, ':');
        if (colon != NULL && strchr(host, ':') != colon) {
            return base_error_set(error, BASE_E_FORMAT,
                                  "\"%s\": put an IPv6 address into brackets: [%.45s]:port",
                                  quoted(text, url), "2001:db8::1");
        }
        if (colon != NULL) {
            *colon = '\0';
            port = colon + 1;
        }
        if (!is_host(host, strlen(host))) {
            return base_error_set(error, BASE_E_FORMAT,
                                  "\"%s\": there is no valid host name; write "
                                  "scheme://host:port",
                                  quoted(text, url));
        }
    }
    enum base_status status =
        copy_part(server->host, sizeof(server->host), host, strlen(host), "host", error);
    if (status != BASE_OK) {
        return status;
    }
    return port != NULL ? parse_port(server, port, url, error)
                        : default_port(server, nodes, url, error);
}

/* "daemon+tcp://host:port for a node of A, daemon+http://..." */
static void write_forms(char *text, size_t cap, const struct nodes *nodes)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < nodes->count && used < cap; i++) {
        if (nodes->rows[i].port != 0) {
            used += (size_t)snprintf(text + used, cap - used, ", %s://host:port for a node of %s",
                                     scheme_name(nodes->rows[i].scheme), nodes->rows[i].title);
        }
    }
}

enum base_status pool_url_parse(struct pool_server *server, const char *url,
                                const struct pool_url_node *rows, size_t count,
                                struct base_error *error)
{
    char text[80];
    struct nodes nodes = {rows, count};
    char rest_text[URL_MAX];
    *server = (struct pool_server){.scheme = POOL_STRATUM_TCP};
    size_t size = strnlen(url, URL_MAX);
    if (size >= URL_MAX) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the URL \"%.40s...\" is too long; at most %d "
                              "characters are possible",
                              quoted(text, url), URL_MAX - 1);
    }
    const char *rest = strstr(url, "://");
    if (rest == NULL) {
        char forms[320];
        write_forms(forms, sizeof(forms), &nodes);
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%s\" has no scheme; write stratum+tcp://host:port for a pool%s",
                              quoted(text, url), forms);
    }
    size_t scheme_size = (size_t)(rest - url);
    size_t i = 0;
    while (i < BASE_COUNT_OF(schemes) && (strlen(schemes[i].text) != scheme_size ||
                                          strncasecmp(url, schemes[i].text, scheme_size) != 0)) {
        i++;
    }
    if (i == BASE_COUNT_OF(schemes)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%s\": this scheme is not known; there are stratum+tcp, "
                              "stratum+ssl, daemon+tcp, daemon+http and daemon+https",
                              quoted(text, url));
    }
    server->scheme = schemes[i].scheme;
    rest += 3;
    enum base_status status = parse_login(server, &rest, error);
    if (status != BASE_OK) {
        return status;
    }
    memcpy(rest_text, rest, strlen(rest) + 1);
    return parse_host(server, rest_text, &nodes, url, error);
}

char *pool_server_name(char *text, size_t cap, const struct pool_server *server)
{
    bool ipv6 = strchr(server->host, ':') != NULL;
    (void)snprintf(text, cap, "%s://%s%s%s:%u", scheme_name(server->scheme), ipv6 ? "[" : "",
                   server->host, ipv6 ? "]" : "", server->port);
    return text;
}
