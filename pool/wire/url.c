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

/* The spellings that pool_server_name prints. */
static const char *const scheme_names[] = {
    [POOL_STRATUM_TCP] = "stratum+tcp",   [POOL_STRATUM_TLS] = "stratum+ssl",
    [POOL_DAEMON_TCP] = "daemon+tcp",     [POOL_DAEMON_HTTP] = "daemon+http",
    [POOL_DAEMON_HTTPS] = "daemon+https",
};

/* A URL taken apart. Sizes in characters; texts are borrowed, and not NUL-ended. */
struct parts {
    const char *scheme;
    size_t scheme_size;
    const char *login; /* without the '@' */
    size_t login_size;
    bool has_login;
    const char *place; /* host and port */
    size_t place_size;
    const char *path; /* with its '/' or '?', without the fragment */
    size_t path_size;
};

/* The text of a URL for a sentence: printable, short, without its login. */
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

/* The same URL with another scheme, and without what a login holds, path and fragment: what a
 * sentence tells the user to write. */
static const char *advice(char text[320], const char *scheme, const struct parts *parts)
{
    size_t used =
        (size_t)snprintf(text, 320, "%s://%s", scheme, parts->has_login ? "USER:PASSWORD@" : "");
    for (size_t i = 0; i < parts->place_size && used < 300; i++) {
        text[used++] = parts->place[i] >= ' ' && parts->place[i] <= '~' ? parts->place[i] : '?';
    }
    text[used] = '\0';
    return text;
}

/* ---- scheme ---------------------------------------------------------------------------------- */

/* What the words of a scheme, which stand between its '+', say. A set. */
enum word {
    WORD_STRATUM = 1,
    WORD_TCP = 2,
    WORD_TLS = 4,
    WORD_DAEMON = 8,
    WORD_HTTP = 16,
    WORD_HTTPS = 32,
    WORD_OTHER = 64, /* a protocol of pools that is not spoken here */
    WORD_UNKNOWN = 128,
};

static unsigned read_word(const char *text, size_t size)
{
    static const struct {
        const char *text;
        unsigned words;
    } rows[] = {
        {"tcp", WORD_TCP},
        {"ssl", WORD_TLS},
        {"tls", WORD_TLS},
        {"tls12", WORD_TLS},
        {"tls13", WORD_TLS},
        {"tcps", WORD_TLS},
        {"stratums", WORD_STRATUM | WORD_TLS},
        {"stratum1", WORD_STRATUM},
        {"daemon", WORD_DAEMON},
        {"http", WORD_HTTP},
        {"https", WORD_HTTPS},
        {"stratum2", WORD_OTHER},
        {"stratum3", WORD_OTHER},
        {"ethstratum", WORD_OTHER},
        {"ethproxy", WORD_OTHER},
    };
    static const char stratum[] = "stratum";
    size_t tail = sizeof(stratum) - 1;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        if (strlen(rows[i].text) == size && strncasecmp(rows[i].text, text, size) == 0) {
            return rows[i].words;
        }
    }
    /* with a coin in front, as in "alphstratum": the coin is --coin's affair */
    return size >= tail && strncasecmp(text + size - tail, stratum, tail) == 0 ? WORD_STRATUM
                                                                               : WORD_UNKNOWN;
}

static unsigned read_words(const struct parts *parts)
{
    unsigned words = 0;
    for (size_t at = 0; at <= parts->scheme_size;) {
        const char *word = parts->scheme + at;
        const char *plus = memchr(word, '+', parts->scheme_size - at);
        size_t size = plus == NULL ? parts->scheme_size - at : (size_t)(plus - word);
        words |= read_word(word, size);
        at += size + 1;
    }
    return words;
}

/* "daemon+tcp://host:port for a node of A, daemon+http://..." */
static void write_forms(char *text, size_t cap, const struct nodes *nodes,
                        const struct parts *parts)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < nodes->count && used < cap; i++) {
        const struct pool_url_node *node = &nodes->rows[i];
        char url[320];
        bool first = true; /* of its scheme: then all coins that have it are named */
        for (size_t j = 0; j < i; j++) {
            first = first && (nodes->rows[j].port == 0 || nodes->rows[j].scheme != node->scheme);
        }
        if (node->port == 0 || !first) {
            continue;
        }
        used += (size_t)snprintf(text + used, cap - used, ", %.100s for a node of %s",
                                 advice(url, scheme_names[node->scheme], parts), node->title);
        for (size_t j = i + 1; j < nodes->count && used < cap; j++) {
            if (nodes->rows[j].port != 0 && nodes->rows[j].scheme == node->scheme) {
                used += (size_t)snprintf(text + used, cap - used, " or %s", nodes->rows[j].title);
            }
        }
    }
}

/* A scheme that leads nowhere: say which one would. */
static enum base_status refuse_scheme(const struct parts *parts, const struct nodes *nodes,
                                      unsigned words, const char *url, struct base_error *error)
{
    char text[80];
    char right[320];
    char forms[400];
    bool web = words == WORD_HTTP || words == WORD_HTTPS;
    bool tls = (words & (WORD_TLS | WORD_HTTPS)) != 0;
    const char *pool = advice(right, tls ? "stratum+ssl" : "stratum+tcp", parts);
    if (web) {
        return base_error_set(
            error, BASE_E_FORMAT,
            "\"%s\": this scheme is not known for a server that gives work; write "
            "%.160s for a node that is asked over HTTP",
            quoted(text, url), advice(right, tls ? "daemon+https" : "daemon+http", parts));
    }
    if ((words & WORD_OTHER) != 0) {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%s\": %.*s is a protocol that is not spoken here (Stratum V2, or "
                              "one for Ethereum); the usual one is %.160s",
                              quoted(text, url), (int)strcspn(url, "+:"), quoted(text, url), pool);
    }
    write_forms(forms, sizeof(forms), nodes, parts);
    return base_error_set(
        error, BASE_E_FORMAT, "\"%s\" %s; write %.100s for a pool%s", quoted(text, url),
        parts->scheme == NULL ? "has no scheme" : "has a scheme that is not known", pool, forms);
}

static enum base_status parse_scheme(struct pool_server *server, const struct parts *parts,
                                     const struct nodes *nodes, const char *url,
                                     struct base_error *error)
{
    static const struct {
        unsigned words;
        enum pool_scheme scheme;
    } known[] = {
        {WORD_STRATUM, POOL_STRATUM_TCP},
        {WORD_TCP, POOL_STRATUM_TCP},
        {WORD_STRATUM | WORD_TCP, POOL_STRATUM_TCP},
        {WORD_TLS, POOL_STRATUM_TLS},
        {WORD_TCP | WORD_TLS, POOL_STRATUM_TLS},
        {WORD_STRATUM | WORD_TLS, POOL_STRATUM_TLS},
        {WORD_STRATUM | WORD_TCP | WORD_TLS, POOL_STRATUM_TLS},
        {WORD_DAEMON | WORD_TCP, POOL_DAEMON_TCP},
        {WORD_DAEMON | WORD_HTTP, POOL_DAEMON_HTTP},
        {WORD_DAEMON | WORD_HTTPS, POOL_DAEMON_HTTPS},
        {WORD_DAEMON | WORD_HTTP | WORD_TLS, POOL_DAEMON_HTTPS},
        {WORD_DAEMON | WORD_TLS, POOL_DAEMON_HTTPS},
    };
    unsigned words = parts->scheme == NULL ? WORD_UNKNOWN : read_words(parts);
    for (size_t i = 0; i < BASE_COUNT_OF(known); i++) {
        if (known[i].words == words) {
            server->scheme = known[i].scheme;
            return BASE_OK;
        }
    }
    return refuse_scheme(parts, nodes, words, url, error);
}

/* ---- login ----------------------------------------------------------------------------------- */

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

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes that are written as "%40"; a '%' before anything else stands for itself. In place. */
static void decode_percent(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        int high = from[0] == '%' ? hex_digit(from[1]) : -1;
        int low = high >= 0 ? hex_digit(from[2]) : -1;
        int byte = high * 16 + low;
        bool plain = low < 0 || byte <= ' ' || byte > '~';
        *to++ = plain ? *from : (char)byte;
        from += plain ? 0 : 2;
    }
    *to = '\0';
}

/* "user:pass@" in front of the host: a pool's login, or that of a node's JSON-RPC. */
static enum base_status parse_login(struct pool_server *server, const struct parts *parts,
                                    struct base_error *error)
{
    bool rpc = server->scheme == POOL_DAEMON_HTTP || server->scheme == POOL_DAEMON_HTTPS;
    char *user = rpc ? server->rpc_user : server->user;
    char *pass = rpc ? server->rpc_pass : server->pass;
    const char *colon = memchr(parts->login, ':', parts->login_size);
    size_t user_size = colon == NULL ? parts->login_size : (size_t)(colon - parts->login);
    enum base_status status =
        copy_part(user, POOL_LOGIN_MAX, parts->login, user_size, "user in the URL", error);
    if (status == BASE_OK && colon != NULL) {
        status = copy_part(pass, POOL_LOGIN_MAX, colon + 1, parts->login_size - user_size - 1,
                           "password in the URL", error);
    }
    decode_percent(user);
    decode_percent(pass);
    return status;
}

/* ---- host, port and path --------------------------------------------------------------------- */

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
            scheme_names[server->scheme], server->host, example == NULL ? 1U : example->port,
            example == NULL ? "none is known" : example->title);
    }
    server->port = port;
    return BASE_OK;
}

/* An IPv6 address without brackets: the last group was most likely meant as the port. */
static enum base_status refuse_bare_ipv6(const struct pool_server *server, const char *host,
                                         const char *last, const char *url,
                                         struct base_error *error)
{
    char text[80];
    bool whole = is_ipv6(host, (size_t)(last - host));
    return base_error_set(
        error, BASE_E_FORMAT, "\"%s\": put an IPv6 address into brackets: %s://[%.*s]:%.5s",
        quoted(text, url), scheme_names[server->scheme], whole ? (int)(last - host) : 11,
        whole ? host : "2001:db8::1", whole ? last + 1 : "port");
}

/* Host with optional port. */
static enum base_status parse_host(struct pool_server *server, const struct parts *parts,
                                   const struct nodes *nodes, const char *url,
                                   struct base_error *error)
{
    char text[80];
    char place[URL_MAX];
    char *port = NULL;
    char *host = place;
    memcpy(place, parts->place, parts->place_size);
    place[parts->place_size] = '\0';
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
            return refuse_bare_ipv6(server, host, colon, url, error);
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

/* A path belongs to requests over HTTP: a wallet of a node, or the way through a proxy. */
static enum base_status parse_path(struct pool_server *server, const struct parts *parts,
                                   const char *url, struct base_error *error)
{
    char text[80];
    char right[320];
    size_t size = parts->path_size;
    bool http = server->scheme == POOL_DAEMON_HTTP || server->scheme == POOL_DAEMON_HTTPS;
    while (size > 0 && parts->path[size - 1] == '/') {
        size--;
    }
    if (size == 0) {
        return BASE_OK;
    }
    if (!http || memchr(parts->path, '?', size) != NULL) {
        return base_error_set(error, BASE_E_FORMAT, "\"%s\": such a URL has no %s; write %.160s",
                              quoted(text, url), http ? "\"?\" and nothing behind it" : "path",
                              advice(right, scheme_names[server->scheme], parts));
    }
    return copy_part(server->path, sizeof(server->path), parts->path, size, "path", error);
}

/* ---- both ------------------------------------------------------------------------------------ */

/* True where text up to its first '/', '?' or '#' ends with a port, so that an '@' behind that is
 * no login's. */
static bool has_port(const char *text, size_t size)
{
    size_t digits = 0;
    while (digits < size && text[size - digits - 1] >= '0' && text[size - digits - 1] <= '9') {
        digits++;
    }
    return digits > 0 && digits < size && text[size - digits - 1] == ':' &&
           memchr(text, '@', size) == NULL;
}

static void take_apart(struct parts *parts, const char *url)
{
    const char *rest = strstr(url, "://");
    *parts = (struct parts){.login = ""};
    if (rest != NULL) {
        parts->scheme = url;
        parts->scheme_size = (size_t)(rest - url);
    }
    rest = rest == NULL ? url : rest + 3;
    const char *at = strrchr(rest, '@');
    if (at != NULL && !has_port(rest, strcspn(rest, "/?#"))) {
        parts->has_login = true;
        parts->login = rest;
        parts->login_size = (size_t)(at - rest);
        rest = at + 1;
    }
    parts->place = rest;
    parts->place_size = strcspn(rest, "/?#");
    parts->path = rest + parts->place_size;
    parts->path_size = strcspn(parts->path, "#");
}

enum base_status pool_url_parse(struct pool_server *server, const char *text,
                                const struct pool_url_node *rows, size_t count,
                                struct base_error *error)
{
    static const char blanks[] = " \t\r\n";
    char shown[80];
    char url[URL_MAX] = "";
    struct parts parts;
    struct nodes nodes = {rows, count};
    memset(server, 0, sizeof(*server));
    text += strspn(text, blanks);
    size_t size = strnlen(text, URL_MAX);
    if (size >= URL_MAX) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the URL \"%.40s...\" is too long; at most %d "
                              "characters are possible",
                              quoted(shown, text), URL_MAX - 1);
    }
    while (size > 0 && strchr(blanks, text[size - 1]) != NULL) {
        size--;
    }
    memcpy(url, text, size);
    url[size] = '\0';
    take_apart(&parts, url);
    enum base_status status = parse_scheme(server, &parts, &nodes, url, error);
    if (status == BASE_OK) {
        status = parse_login(server, &parts, error);
    }
    if (status == BASE_OK) {
        status = parse_host(server, &parts, &nodes, url, error);
    }
    return status == BASE_OK ? parse_path(server, &parts, url, error) : status;
}

char *pool_server_name(char *text, size_t cap, const struct pool_server *server)
{
    bool ipv6 = strchr(server->host, ':') != NULL;
    (void)snprintf(text, cap, "%s://%s%s%s:%u", scheme_names[server->scheme], ipv6 ? "[" : "",
                   server->host, ipv6 ? "]" : "", server->port);
    return text;
}
