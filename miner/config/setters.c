/* setters.c: see setters.h. */
#include "config/setters.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "config/picks.h"
#include "config/values.h"

/* ---- fields of one kind --------------------------------------------------------------------- */

static void *field(const struct miner_target *target, const struct miner_option *option)
{
    return (char *)target->config + option->offset;
}

enum base_status miner_set_true(struct miner_target *target, const struct miner_option *option,
                                const char *label, const char *text, struct base_error *error)
{
    (void)label;
    (void)text;
    (void)error;
    *(bool *)field(target, option) = true;
    return BASE_OK;
}

enum base_status miner_set_false(struct miner_target *target, const struct miner_option *option,
                                 const char *label, const char *text, struct base_error *error)
{
    (void)label;
    (void)text;
    (void)error;
    *(bool *)field(target, option) = false;
    return BASE_OK;
}

/* Put a printable text of at least `least` characters into room bytes, and zeros behind it, so that
 * equal settings are equal bytes. argument is what to write instead of nothing. */
static enum base_status put_text(char *to, size_t room, size_t least, const char *argument,
                                 const char *label, const char *text, struct base_error *error)
{
    size_t size = strlen(text);
    if (size < least && size == 0) {
        return base_error_set(error, BASE_E_FORMAT, "%s is empty; write %s", label, argument);
    }
    if (size < least) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s is shorter than %zu characters; write something longer", label,
                              least);
    }
    if (size >= room) {
        return base_error_set(error, BASE_E_LIMIT,
                              "%s is longer than %zu characters; write something shorter", label,
                              room - 1);
    }
    for (size_t i = 0; i < size; i++) {
        if (iscntrl((unsigned char)text[i])) {
            return base_error_set(error, BASE_E_FORMAT,
                                  "%s holds a control character at position %zu; write plain text",
                                  label, i + 1);
        }
    }
    memset(to, 0, room);
    memcpy(to, text, size);
    return BASE_OK;
}

enum base_status miner_set_text(struct miner_target *target, const struct miner_option *option,
                                const char *label, const char *text, struct base_error *error)
{
    return put_text(field(target, option), option->size, (size_t)option->min, option->argument,
                    label, text, error);
}

/* Store a number in a member of four or eight bytes. */
static void put_number(struct miner_target *target, const struct miner_option *option,
                       uint64_t value)
{
    uint32_t small = (uint32_t)value;
    BASE_ASSERT(option->size == sizeof small || option->size == sizeof value);
    memcpy(field(target, option), option->size == sizeof small ? (void *)&small : (void *)&value,
           option->size);
}

enum base_status miner_set_whole(struct miner_target *target, const struct miner_option *option,
                                 const char *label, const char *text, struct base_error *error)
{
    uint64_t value = 0;
    /* doubles cannot say these two exactly */
    uint64_t max = option->max >= 0x1p64   ? UINT64_MAX
                   : option->max >= 0x1p63 ? INT64_MAX
                                           : (uint64_t)option->max;
    enum base_status status =
        miner_value_whole(&value, text, (uint64_t)option->min, max, label, error);
    if (status == BASE_OK) {
        put_number(target, option, value);
    }
    return status;
}

enum base_status miner_set_real(struct miner_target *target, const struct miner_option *option,
                                const char *label, const char *text, struct base_error *error)
{
    return miner_value_real(field(target, option), text, option->min, option->max, label, error);
}

enum base_status miner_set_time(struct miner_target *target, const struct miner_option *option,
                                const char *label, const char *text, struct base_error *error)
{
    uint64_t value = 0;
    enum base_status status =
        miner_value_time(&value, text, (uint64_t)option->min, (uint64_t)option->max, label, error);
    if (status == BASE_OK) {
        put_number(target, option, value);
    }
    return status;
}

/* Port to listen on: "off", 0 (any free one) or a number. */
enum base_status miner_set_listen_port(struct miner_target *target,
                                       const struct miner_option *option, const char *label,
                                       const char *text, struct base_error *error)
{
    uint64_t value = UINT16_MAX;
    enum base_status status = BASE_OK;
    if (strcmp(text, "off") != 0) {
        status = miner_value_whole(&value, text, 0, UINT16_MAX - 1, label, error);
    }
    if (status == BASE_OK) {
        *(uint16_t *)field(target, option) = (uint16_t)value;
    }
    return status;
}

/* A file that must be there and readable. */
enum base_status miner_set_readable(struct miner_target *target, const struct miner_option *option,
                                    const char *label, const char *text, struct base_error *error)
{
    enum base_status status = miner_set_text(target, option, label, text, error);
    if (status == BASE_OK && access(text, R_OK) != 0) {
        status = base_error_set(error, BASE_E_NOT_FOUND,
                                "%s: %.200s cannot be read: %s; name a file that exists", label,
                                text, strerror(errno));
    }
    return status;
}

/* ---- options of their own kind -------------------------------------------------------------- */

/* Put the label in front of the sentence of a callee. */
static enum base_status labelled(struct base_error *error, const char *label)
{
    char prefix[64];
    (void)snprintf(prefix, sizeof prefix, "%.60s", label);
    return base_error_prefix(error, prefix);
}

enum base_status miner_set_dialect(struct miner_target *target, const struct miner_option *option,
                                   const char *label, const char *text, struct base_error *error)
{
    (void)option;
    enum base_status status =
        pool_devnet_dialect_find(&target->config->devnet.pool_dialect, text, error);
    return status == BASE_OK ? BASE_OK : labelled(error, label);
}

enum base_status miner_set_faults(struct miner_target *target, const struct miner_option *option,
                                  const char *label, const char *text, struct base_error *error)
{
    enum base_status status = BASE_OK;
    (void)option;
    while (status == BASE_OK) {
        char word[64];
        size_t size = strcspn(text, ",");
        (void)snprintf(word, sizeof word, "%.*s", size < sizeof word ? (int)size : 63, text);
        status = pool_devnet_fault_set(&target->config->devnet.faults, word, error);
        if (text[size] == '\0') {
            break;
        }
        text += size + 1;
    }
    return status == BASE_OK ? BASE_OK : labelled(error, label);
}

enum base_status miner_set_coin(struct miner_target *target, const struct miner_option *option,
                                const char *label, const char *text, struct base_error *error)
{
    char names[200] = "";
    const char *list[32];
    size_t count = 0;
    (void)option;
    const struct pool_coin *coin = pool_coin_find(text);
    if (coin != NULL && coin->why_not != NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED, "%s %s: %s", label, text, coin->why_not);
    }
    if (coin != NULL) {
        target->config->coin = coin;
        target->config->coin_given = true;
        return BASE_OK;
    }
    for (size_t i = 0; pool_coin_at(i) != NULL && count < BASE_COUNT_OF(list); i++) {
        if (pool_coin_at(i)->why_not == NULL) {
            base_text_add(names, sizeof names, ", ", pool_coin_at(i)->name);
            list[count++] = pool_coin_at(i)->name;
        }
    }
    const char *near = miner_value_nearest(text, list, count);
    return base_error_set(error, BASE_E_NOT_FOUND, "%s: no coin \"%.40s\"%s%s%s; coins are: %s",
                          label, text, near != NULL ? " (did you mean " : "",
                          near != NULL ? near : "", near != NULL ? "?)" : "", names);
}

enum base_status miner_set_url(struct miner_target *target, const struct miner_option *option,
                               const char *label, const char *text, struct base_error *error)
{
    struct miner_config *config = target->config;
    (void)option;
    if (config->server_count == POOL_SERVERS_MAX) {
        return base_error_set(error, BASE_E_LIMIT, "%s: more than %d servers are named", label,
                              POOL_SERVERS_MAX);
    }
    struct pool_server server;
    memset(&server, 0, sizeof server);
    enum base_status status = pool_server_parse(&server, text, error);
    if (status != BASE_OK) {
        return error != NULL ? base_error_prefix(error, label) : status;
    }
    config->servers[config->server_count++] = server;
    return BASE_OK;
}

/* The server that a setting belongs to: the last one that its own layer named. */
static struct pool_server *last_server(struct miner_target *target)
{
    struct miner_config *config = target->config;
    return config->server_count > target->first_server ? &config->servers[config->server_count - 1]
                                                       : NULL;
}

/* The same; NULL and a sentence where there is none. */
static struct pool_server *node_server(struct miner_target *target, const char *label,
                                       struct base_error *error)
{
    struct pool_server *server = last_server(target);
    if (server == NULL) {
        (void)base_error_set(error, BASE_E_STATE,
                             "%s belongs to a node; write it after the node's -o URL", label);
    }
    return server;
}

static enum base_status set_login(struct miner_target *target, enum miner_server_key key,
                                  const char *label, const char *text, struct base_error *error)
{
    struct pool_server *server = last_server(target);
    struct miner_login *all = &target->logins[key];
    enum base_status status = put_text(server != NULL ? miner_server_login(server, key) : all->text,
                                       POOL_LOGIN_MAX, 0, "", label, text, error);
    if (status == BASE_OK && server == NULL) {
        all->from = target->layer;
    }
    return status;
}

enum base_status miner_set_user(struct miner_target *target, const struct miner_option *option,
                                const char *label, const char *text, struct base_error *error)
{
    (void)option;
    return set_login(target, MINER_SERVER_USER, label, text, error);
}

enum base_status miner_set_pass(struct miner_target *target, const struct miner_option *option,
                                const char *label, const char *text, struct base_error *error)
{
    (void)option;
    return set_login(target, MINER_SERVER_PASS, label, text, error);
}

enum base_status miner_set_rest_port(struct miner_target *target, const struct miner_option *option,
                                     const char *label, const char *text, struct base_error *error)
{
    struct pool_server *server = node_server(target, label, error);
    uint64_t port = 0;
    (void)option;
    if (server == NULL) {
        return BASE_E_STATE;
    }
    enum base_status status = miner_value_whole(&port, text, 1, UINT16_MAX, label, error);
    if (status == BASE_OK) {
        server->rest_port = (uint16_t)port;
    }
    return status;
}

/* The file need not be there yet: a node writes it when it starts. */
enum base_status miner_set_rpc_cookie(struct miner_target *target,
                                      const struct miner_option *option, const char *label,
                                      const char *text, struct base_error *error)
{
    struct pool_server *server = node_server(target, label, error);
    if (server == NULL) {
        return BASE_E_STATE;
    }
    return put_text(server->rpc_cookie, sizeof server->rpc_cookie, 1, option->argument, label, text,
                    error);
}

/* Names or numbers, without scheme and port, with commas between. */
enum base_status miner_set_redirect(struct miner_target *target, const struct miner_option *option,
                                    const char *label, const char *text, struct base_error *error)
{
    struct pool_redirects *redirects = &target->config->redirects;
    (void)option;
    for (;;) {
        size_t size = strcspn(text, ",");
        if (size == 0 || size >= POOL_HOST_MAX ||
            strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:") <
                size) {
            return base_error_set(error, BASE_E_FORMAT,
                                  "%s: \"%.40s\" is no host; write a name such as "
                                  "eu.pool.example, without scheme and port",
                                  label, text);
        }
        if (redirects->count == POOL_REDIRECT_HOSTS_MAX) {
            return base_error_set(error, BASE_E_LIMIT, "%s: more than %d hosts are named", label,
                                  POOL_REDIRECT_HOSTS_MAX);
        }
        (void)snprintf(redirects->hosts[redirects->count++], POOL_HOST_MAX, "%.*s", (int)size,
                       text);
        if (text[size] == '\0') {
            return BASE_OK;
        }
        text += size + 1;
    }
}

enum base_status miner_set_proxy(struct miner_target *target, const struct miner_option *option,
                                 const char *label, const char *text, struct base_error *error)
{
    bool socks = strncmp(text, "socks5://", 9) == 0 || strncmp(text, "socks5h://", 10) == 0;
    const char *port = strrchr(text, ':');
    uint64_t number = 0;
    if (!socks || port == NULL || port[1] == '/' || port[-1] == '/' || port[-1] == '@' ||
        strchr(port, ']') != NULL) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s: not a SOCKS5 proxy; write socks5://host:port, or "
                              "socks5h://host:port to let the proxy look up names",
                              label);
    }
    enum base_status status =
        miner_value_whole(&number, port + 1, 1, UINT16_MAX, "port of --proxy", error);
    return status == BASE_OK ? miner_set_text(target, option, label, text, error) : status;
}

/* SHA-256 in hex, colons allowed as openssl prints them. */
enum base_status miner_set_fingerprint(struct miner_target *target,
                                       const struct miner_option *option, const char *label,
                                       const char *text, struct base_error *error)
{
    char digits[65];
    size_t count = 0;
    bool ok = true;
    (void)option;
    for (const char *at = text; *at != '\0' && ok; at++) {
        ok = *at == ':' || (isxdigit((unsigned char)*at) != 0 && count < 64);
        if (ok && *at != ':') {
            digits[count++] = (char)tolower((unsigned char)*at);
        }
    }
    if (!ok || count != 64) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s: no SHA-256 fingerprint; write the 64 hex digits that `openssl "
                              "x509 -fingerprint -sha256` prints (colons are fine)",
                              label);
    }
    digits[64] = '\0';
    memcpy(target->config->tls_fingerprint, digits, sizeof digits);
    return BASE_OK;
}

enum base_status miner_set_threads(struct miner_target *target, const struct miner_option *option,
                                   const char *label, const char *text, struct base_error *error)
{
    struct miner_config *config = target->config;
    uint64_t count = 0;
    (void)option;
    if (strcmp(text, "auto") == 0 || strcmp(text, "all") == 0) {
        config->threads_rule = text[1] == 'l'                           ? MINER_THREADS_ALL
                               : config->command == MINER_COMMAND_BENCH ? MINER_THREADS_MEASURED
                                                                        : MINER_THREADS_CORES;
        config->threads = 0;
        return BASE_OK;
    }
    enum base_status status = miner_value_whole(&count, text, 0, MINER_LANES_MAX, label, error);
    if (status == BASE_OK) {
        config->threads_rule = MINER_THREADS_COUNT;
        config->threads = (unsigned)count;
    } else if (status == BASE_E_FORMAT) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s: \"%.40s\" is no number of lanes; write 0 to %d, auto (one a "
                              "core) or all (one a hardware thread)",
                              label, text, MINER_LANES_MAX);
    }
    return status;
}

enum base_status miner_set_affinity(struct miner_target *target, const struct miner_option *option,
                                    const char *label, const char *text, struct base_error *error)
{
    (void)option;
    return miner_value_cpus(&target->config->affinity, text, label, error);
}

enum base_status miner_set_opencl(struct miner_target *target, const struct miner_option *option,
                                  const char *label, const char *text, struct base_error *error)
{
    (void)option;
    target->config->opencl_given = true;
    enum base_status status = miner_picks_parse(&target->config->opencl, text, error);
    return status != BASE_OK && error != NULL ? base_error_prefix(error, label) : status;
}

enum base_status miner_set_nonce_seed(struct miner_target *target,
                                      const struct miner_option *option, const char *label,
                                      const char *text, struct base_error *error)
{
    (void)option;
    target->config->nonce_seed_given = true;
    return miner_value_whole(&target->config->nonce_seed, text, 0, UINT64_MAX, label, error);
}

enum base_status miner_set_api(struct miner_target *target, const struct miner_option *option,
                               const char *label, const char *text, struct base_error *error)
{
    struct miner_config *config = target->config;
    (void)option;
    enum base_status status = miner_value_listen(config->api_host, sizeof config->api_host,
                                                 &config->api_port, text, error);
    return status == BASE_OK ? BASE_OK : labelled(error, label);
}

enum base_status miner_set_screen(struct miner_target *target, const struct miner_option *option,
                                  const char *label, const char *text, struct base_error *error)
{
    (void)option;
    if (strcmp(text, "live") != 0 && strcmp(text, "log") != 0) {
        return base_error_set(error, BASE_E_FORMAT, "%s %.32s: write live or log", label, text);
    }
    target->config->plain_log = strcmp(text, "log") == 0;
    return BASE_OK;
}
