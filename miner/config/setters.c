/* setters.c: see setters.h. */
#include "config/setters.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "config/values.h"

/* ---- fields of one kind --------------------------------------------------------------------- */

static void *field(const struct miner_entry *in)
{
    return (char *)in->collector->config + in->option->offset;
}

enum base_status miner_set_true(const struct miner_entry *in)
{
    *(bool *)field(in) = true;
    return BASE_OK;
}

enum base_status miner_set_false(const struct miner_entry *in)
{
    *(bool *)field(in) = false;
    return BASE_OK;
}

/* Put a printable text of at least `least` characters into room bytes, and zeros behind it, so that
 * equal settings are equal bytes. */
static enum base_status put_text(char *to, size_t room, size_t least, const struct miner_entry *in)
{
    const char *label = in->label;
    size_t size = strlen(in->text);
    if (size < least && size == 0) {
        return base_error_set(in->error, BASE_E_FORMAT, "%s is empty; write %s", label,
                              in->option->argument);
    }
    if (size < least) {
        return base_error_set(in->error, BASE_E_FORMAT,
                              "%s is shorter than %zu characters; write something longer", label,
                              least);
    }
    if (size >= room) {
        return base_error_set(in->error, BASE_E_LIMIT,
                              "%s is longer than %zu bytes (it has %zu); write something shorter",
                              label, room - 1, size);
    }
    for (size_t i = 0; i < size; i++) {
        if (iscntrl((unsigned char)in->text[i])) {
            return base_error_set(in->error, BASE_E_FORMAT,
                                  "%s holds a control character at position %zu; write plain text",
                                  label, i + 1);
        }
    }
    memset(to, 0, room);
    memcpy(to, in->text, size);
    return BASE_OK;
}

enum base_status miner_set_text(const struct miner_entry *in)
{
    return put_text(field(in), in->option->size, (size_t)in->option->min, in);
}

/* Store a number in a member of four or eight bytes. */
static void put_number(const struct miner_entry *in, uint64_t value)
{
    uint32_t small = (uint32_t)value;
    size_t size = in->option->size;
    BASE_ASSERT(size == sizeof small || size == sizeof value);
    memcpy(field(in), size == sizeof small ? (void *)&small : (void *)&value, size);
}

enum base_status miner_set_whole(const struct miner_entry *in)
{
    uint64_t value = 0;
    /* doubles cannot say these two exactly */
    uint64_t max = in->option->max >= 0x1p64   ? UINT64_MAX
                   : in->option->max >= 0x1p63 ? INT64_MAX
                                               : (uint64_t)in->option->max;
    enum base_status status =
        miner_value_whole(&value, in->text, (uint64_t)in->option->min, max, in->label, in->error);
    if (status == BASE_OK) {
        put_number(in, value);
    }
    return status;
}

enum base_status miner_set_real(const struct miner_entry *in)
{
    return miner_value_real(field(in), in->text, in->option->min, in->option->max, in->label,
                            in->error);
}

enum base_status miner_set_time(const struct miner_entry *in)
{
    uint64_t value = 0;
    enum base_status status = miner_value_time(&value, in->text, (uint64_t)in->option->min,
                                               (uint64_t)in->option->max, in->label, in->error);
    if (status == BASE_OK) {
        put_number(in, value);
    }
    return status;
}

/* Port to listen on: "off", 0 (any free one) or a number. */
enum base_status miner_set_listen_port(const struct miner_entry *in)
{
    uint64_t value = UINT16_MAX;
    enum base_status status = BASE_OK;
    if (strcmp(in->text, "off") != 0) {
        status = miner_value_whole(&value, in->text, 0, UINT16_MAX - 1, in->label, in->error);
    }
    if (status == BASE_OK) {
        *(uint16_t *)field(in) = (uint16_t)value;
    }
    return status;
}

/* A file that must be there and readable. */
enum base_status miner_set_readable(const struct miner_entry *in)
{
    enum base_status status = miner_set_text(in);
    if (status == BASE_OK && access(in->text, R_OK) != 0) {
        status = base_error_set(in->error, BASE_E_NOT_FOUND,
                                "%s: %.200s cannot be read: %s; name a file that exists", in->label,
                                in->text, strerror(errno));
    }
    return status;
}

/* ---- options of their own kind -------------------------------------------------------------- */

/* What a callee returned, with the label in front of its sentence. */
static enum base_status labelled(const struct miner_entry *in, enum base_status status)
{
    return status != BASE_OK && in->error != NULL ? base_error_prefix(in->error, in->label)
                                                  : status;
}

enum base_status miner_set_faults(const struct miner_entry *in)
{
    char *list = in->collector->config->devnet_faults;
    size_t cap = sizeof in->collector->config->devnet_faults;
    if (strlen(list) + 1 + strlen(in->text) >= cap) {
        return base_error_set(in->error, BASE_E_LIMIT, "%s: the list has over %zu characters",
                              in->label, cap - 1);
    }
    base_text_add(list, cap, ",", in->text);
    return BASE_OK;
}

enum base_status miner_set_coin(const struct miner_entry *in)
{
    char names[200] = "";
    const char *list[32];
    size_t count = 0;
    const struct pool_coin *coin = pool_coin_find(in->text);
    if (coin != NULL && coin->why_not != NULL) {
        return base_error_set(in->error, BASE_E_UNSUPPORTED, "%s %s: %s", in->label, in->text,
                              coin->why_not);
    }
    if (coin != NULL) {
        in->collector->config->coin = coin;
        in->collector->config->coin_given = true;
        return BASE_OK;
    }
    for (size_t i = 0; pool_coin_at(i) != NULL && count < BASE_COUNT_OF(list); i++) {
        if (pool_coin_at(i)->why_not == NULL) {
            base_text_add(names, sizeof names, ", ", pool_coin_at(i)->name);
            list[count++] = pool_coin_at(i)->name;
        }
    }
    const char *near = miner_value_nearest(in->text, list, count);
    return base_error_set(in->error, BASE_E_NOT_FOUND, "%s: no coin \"%.40s\"%s%s%s; coins are: %s",
                          in->label, in->text, near != NULL ? " (did you mean " : "",
                          near != NULL ? near : "", near != NULL ? "?)" : "", names);
}

enum base_status miner_set_algo(const struct miner_entry *in)
{
    enum base_status status = miner_set_text(in);
    char *name = field(in);
    for (size_t i = 0; status == BASE_OK && name[i] != '\0'; i++) {
        name[i] = (char)tolower((unsigned char)name[i]);
    }
    return status;
}

enum base_status miner_set_url(const struct miner_entry *in)
{
    struct miner_config *config = in->collector->config;
    if (config->server_count == POOL_SERVERS_MAX) {
        return base_error_set(in->error, BASE_E_LIMIT, "%s: more than %d servers are named",
                              in->label, POOL_SERVERS_MAX);
    }
    struct pool_server server;
    memset(&server, 0, sizeof server);
    enum base_status status = pool_server_parse(&server, in->text, in->error);
    if (status == BASE_OK) {
        config->servers[config->server_count++] = server;
    }
    return labelled(in, status);
}

/* The server that a setting belongs to: the last one that its own layer named. */
static struct pool_server *last_server(struct miner_collector *collector)
{
    struct miner_config *config = collector->config;
    return config->server_count > collector->first_server
               ? &config->servers[config->server_count - 1]
               : NULL;
}

/* The same; NULL and a sentence where there is none. */
static struct pool_server *node_server(const struct miner_entry *in)
{
    struct pool_server *server = last_server(in->collector);
    if (server == NULL) {
        (void)base_error_set(in->error, BASE_E_STATE,
                             "%s belongs to a node; write it after the node's -o URL", in->label);
    }
    return server;
}

static enum base_status set_login(const struct miner_entry *in, enum miner_server_key key)
{
    struct pool_server *server = last_server(in->collector);
    struct miner_login *all = &in->collector->logins[key];
    char *to = server != NULL ? miner_server_login(server, key) : all->text;
    enum base_status status = put_text(to, POOL_LOGIN_MAX, 0, in);
    if (status == BASE_OK && server == NULL) {
        all->from = in->collector->layer;
    }
    return status;
}

enum base_status miner_set_user(const struct miner_entry *in)
{
    return set_login(in, MINER_SERVER_USER);
}

enum base_status miner_set_pass(const struct miner_entry *in)
{
    return set_login(in, MINER_SERVER_PASS);
}

static enum base_status check_proxy(const struct miner_entry *in)
{
    const char *scheme = strstr(in->text, "://");
    const char *port = strrchr(in->text, ':');
    bool socks = strncmp(in->text, "socks5://", 9) == 0 || strncmp(in->text, "socks5h://", 10) == 0;
    uint64_t number = 0;
    if (!socks || port == NULL || port[1] == '/' || port[-1] == '/' || port[-1] == '@' ||
        strchr(port, ']') != NULL) {
        bool bare = scheme == NULL && port != NULL && strchr(in->text, '@') == NULL;
        return base_error_set(in->error, BASE_E_FORMAT,
                              "%s: not a SOCKS5 proxy; write socks5://%.100s, or "
                              "socks5h://%.100s to let the proxy look up names, or none",
                              in->label, bare ? in->text : "host:port",
                              bare ? in->text : "host:port");
    }
    return miner_value_whole(&number, port + 1, 1, UINT16_MAX, "port of --proxy", in->error);
}

/* For the server before it, and the first of a layer for all that have none of their own: nothing
 * is to go past a proxy because of an order of words. */
enum base_status miner_set_proxy(const struct miner_entry *in)
{
    struct pool_server *server = last_server(in->collector);
    struct miner_login *all = &in->collector->logins[MINER_SERVER_PROXY];
    enum base_status status = strcmp(in->text, MINER_NO_PROXY) == 0 ? BASE_OK : check_proxy(in);
    if (status == BASE_OK && server != NULL) {
        status = put_text(server->proxy, sizeof server->proxy, 1, in);
    }
    bool first = all->from != in->collector->layer && strcmp(in->text, MINER_NO_PROXY) != 0;
    if (status == BASE_OK && (server == NULL || first)) {
        status = put_text(all->text, sizeof all->text, 1, in);
        all->from = in->collector->layer;
    }
    return status;
}

enum base_status miner_set_rest_port(const struct miner_entry *in)
{
    struct pool_server *server = node_server(in);
    uint64_t port = 0;
    if (server == NULL) {
        return BASE_E_STATE;
    }
    enum base_status status =
        miner_value_whole(&port, in->text, 1, UINT16_MAX, in->label, in->error);
    if (status == BASE_OK) {
        server->rest_port = (uint16_t)port;
    }
    return status;
}

/* The file need not be there yet: a node writes it when it starts. */
enum base_status miner_set_rpc_cookie(const struct miner_entry *in)
{
    struct pool_server *server = node_server(in);
    if (server == NULL) {
        return BASE_E_STATE;
    }
    return put_text(server->rpc_cookie, sizeof server->rpc_cookie, 1, in);
}

/* Names or numbers, without scheme and port, with commas between. */
enum base_status miner_set_redirect(const struct miner_entry *in)
{
    const char *text = in->text;
    struct pool_redirects *redirects = &in->collector->config->redirects;
    for (;;) {
        size_t size = strcspn(text, ",");
        if (size == 0 || size >= POOL_HOST_MAX ||
            strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:") <
                size) {
            return base_error_set(in->error, BASE_E_FORMAT,
                                  "%s: \"%.40s\" is no host; write a name such as "
                                  "eu.pool.example, without scheme and port",
                                  in->label, text);
        }
        if (redirects->count == POOL_REDIRECT_HOSTS_MAX) {
            return base_error_set(in->error, BASE_E_LIMIT, "%s: more than %d hosts are named",
                                  in->label, POOL_REDIRECT_HOSTS_MAX);
        }
        (void)snprintf(redirects->hosts[redirects->count++], POOL_HOST_MAX, "%.*s", (int)size,
                       text);
        if (text[size] == '\0') {
            return BASE_OK;
        }
        text += size + 1;
    }
}

/* SHA-256 in hex, colons allowed as openssl prints them. */
enum base_status miner_set_fingerprint(const struct miner_entry *in)
{
    char digits[65];
    size_t count = 0;
    bool ok = true;
    for (const char *at = in->text; *at != '\0' && ok; at++) {
        ok = *at == ':' || (isxdigit((unsigned char)*at) != 0 && count < 64);
        if (ok && *at != ':') {
            digits[count++] = (char)tolower((unsigned char)*at);
        }
    }
    if (!ok || count != 64) {
        return base_error_set(in->error, BASE_E_FORMAT,
                              "%s: no SHA-256 fingerprint; write the 64 hex digits that `openssl "
                              "x509 -fingerprint -sha256` prints (colons are fine)",
                              in->label);
    }
    digits[64] = '\0';
    memcpy(in->collector->config->tls_fingerprint, digits, sizeof digits);
    return BASE_OK;
}

enum base_status miner_set_threads(const struct miner_entry *in)
{
    struct miner_config *config = in->collector->config;
    uint64_t count = 0;
    if (strcmp(in->text, "auto") == 0 || strcmp(in->text, "all") == 0) {
        config->threads_rule = in->text[1] == 'l'                       ? MINER_THREADS_ALL
                               : config->command == MINER_COMMAND_BENCH ? MINER_THREADS_MEASURED
                                                                        : MINER_THREADS_CORES;
        config->threads = 0;
        return BASE_OK;
    }
    enum base_status status =
        miner_value_whole(&count, in->text, 0, MINER_LANES_MAX, in->label, in->error);
    if (status == BASE_OK) {
        config->threads_rule = MINER_THREADS_COUNT;
        config->threads = (unsigned)count;
    } else if (status == BASE_E_FORMAT) {
        return base_error_set(in->error, BASE_E_FORMAT,
                              "%s: \"%.40s\" is no number of lanes; write 0 to %d, auto (one a "
                              "core) or all (one a hardware thread)",
                              in->label, in->text, MINER_LANES_MAX);
    }
    return status;
}

enum base_status miner_set_affinity(const struct miner_entry *in)
{
    return miner_value_cpus(&in->collector->config->affinity, in->text, in->label, in->error);
}

enum base_status miner_set_opencl(const struct miner_entry *in)
{
    in->collector->config->opencl_given = true;
    return labelled(in, miner_picks_parse(&in->collector->config->opencl, in->text, in->error));
}

enum base_status miner_set_nonce_seed(const struct miner_entry *in)
{
    in->collector->config->nonce_seed_given = true;
    return miner_value_whole(&in->collector->config->nonce_seed, in->text, 0, UINT64_MAX, in->label,
                             in->error);
}

enum base_status miner_set_api(const struct miner_entry *in)
{
    struct miner_config *config = in->collector->config;
    enum base_status status = miner_value_listen(config->api_host, sizeof config->api_host,
                                                 &config->api_port, in->text, in->error);
    return labelled(in, status);
}

enum base_status miner_set_listen(const struct miner_entry *in)
{
    static const char scheme[] = "stratum+tcp://";
    struct miner_bridge_options *bridge = &in->collector->config->bridge;
    const char *text = in->text;
    if (bridge->listen_layer != in->collector->layer) {
        bridge->listen_layer = in->collector->layer;
        bridge->listen_count = 0;
    }
    if (bridge->listen_count == MINER_LISTENS_MAX) {
        return base_error_set(in->error, BASE_E_LIMIT, "%s: more than %d places are named",
                              in->label, MINER_LISTENS_MAX);
    }
    if (strncasecmp(text, scheme, sizeof scheme - 1) == 0) {
        text += sizeof scheme - 1;
    } else if (strstr(text, "://") != NULL) {
        return base_error_set(in->error, BASE_E_UNSUPPORTED,
                              "%s %.60s: write %sADDRESS:PORT or ADDRESS:PORT", in->label, text,
                              scheme);
    }
    struct miner_listen *listen = &bridge->listens[bridge->listen_count];
    enum base_status status =
        miner_value_listen(listen->host, sizeof listen->host, &listen->port, text, in->error);
    bridge->listen_count += status == BASE_OK;
    return labelled(in, status);
}

enum base_status miner_set_pay(const struct miner_entry *in)
{
    if (strcmp(in->text, "node") != 0 && strcmp(in->text, "workers") != 0) {
        return base_error_set(in->error, BASE_E_FORMAT, "%s %.32s: write node or workers",
                              in->label, in->text);
    }
    in->collector->config->bridge.pay_workers = strcmp(in->text, "workers") == 0;
    return BASE_OK;
}

enum base_status miner_set_screen(const struct miner_entry *in)
{
    if (strcmp(in->text, "live") != 0 && strcmp(in->text, "log") != 0) {
        return base_error_set(in->error, BASE_E_FORMAT, "%s %.32s: write live or log", in->label,
                              in->text);
    }
    in->collector->config->plain_log = strcmp(in->text, "log") == 0;
    return BASE_OK;
}
