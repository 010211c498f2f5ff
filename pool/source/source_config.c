/* source_config.c: see source_config.h. */
#include "source/source_config.h"

#include <string.h>

#include "base/hex.h"
#include "protocol/coin.h"

static void fill(uint32_t *value, uint32_t default_value)
{
    if (*value == 0) {
        *value = default_value;
    }
}

static enum base_status check_server(const struct pool_config *config,
                                     const struct pool_server *server, struct base_error *error)
{
    char name[POOL_HOST_MAX + 32];
    (void)pool_server_name(name, sizeof(name), server);
    if (server->host[0] == '\0' || server->port == 0) {
        return base_error_set(error, BASE_E_FORMAT, "a server has no host or no port");
    }
    enum base_status status = pool_server_fits(config->coin, server, error);
    if (status != BASE_OK) {
        return status;
    }
    status = pool_user_check(config->coin, server, error);
    if (status != BASE_OK) {
        (void)base_error_prefix(error, name);
    }
    return status;
}

static enum base_status check_tls(const struct pool_config *config, uint8_t fingerprint[32],
                                  struct base_error *error)
{
    if (config->tls_fingerprint[0] != '\0' &&
        base_hex_decode_exact(fingerprint, 32, config->tls_fingerprint) != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the TLS fingerprint \"%s\" is not 64 hexadecimal digits (SHA-256 of "
                              "the certificate)",
                              config->tls_fingerprint);
    }
    return BASE_OK;
}

static enum base_status check_proxy(const char *proxy, struct base_error *error)
{
    if (proxy[0] != '\0' && strncmp(proxy, "socks5://", 9) != 0 &&
        strncmp(proxy, "socks5h://", 10) != 0) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the proxy must be socks5://host:port (names resolved here) or "
                              "socks5h://host:port (names resolved by the proxy)");
    }
    return BASE_OK;
}

enum base_status pool_source_options(struct pool_config *config,
                                     struct pool_transport_options options[POOL_SERVERS_MAX],
                                     struct base_error *error)
{
    uint8_t fingerprint[32] = {0};
    bool several = config->server_count > 1;
    fill(&config->connect_timeout_ms, several ? 5000 : 10000);
    fill(&config->dead_peer_ms, 8000);
    fill(&config->backoff_min_ms, 1000);
    fill(&config->backoff_max_ms, 30000);
    fill(&config->ban_backoff_ms, 60000);
    fill(&config->look_ms, 5000);
    fill(&config->keep_jobs_ms, 30000);
    fill(&config->reject_limit, 10);
    fill(&config->behind_max, 2);
    enum base_status status = check_tls(config, fingerprint, error);
    for (size_t i = 0; i < config->server_count && status == BASE_OK; i++) {
        options[i] = (struct pool_transport_options){
            .proxy = config->servers[i].proxy,
            .proxy_local = config->proxy_local,
            .tls_ca_file = config->tls_ca_file,
            .tls_insecure = config->tls_insecure,
            .tls_pinned = config->tls_fingerprint[0] != '\0',
            .redirects = &config->redirects,
            .connect_timeout_ms = config->connect_timeout_ms,
            .dead_peer_ms = config->dead_peer_ms,
        };
        memcpy(options[i].tls_fingerprint, fingerprint, sizeof(fingerprint));
        status = check_proxy(options[i].proxy, error);
    }
    return status;
}

enum base_status pool_source_config(struct pool_config *config,
                                    struct pool_transport_options options[POOL_SERVERS_MAX],
                                    const struct pool_config *from, struct base_error *error)
{
    *config = *from;
    if (config->coin == NULL || config->on_event == NULL || config->server_count == 0 ||
        config->server_count > POOL_SERVERS_MAX) {
        return base_error_set(error, BASE_E_FORMAT, "give a coin and 1 to %d servers",
                              POOL_SERVERS_MAX);
    }
    if (config->coin->why_not != NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED, "%s cannot be mined: %s",
                              config->coin->title, config->coin->why_not);
    }
    const struct pool_algo *algo = NULL;
    enum base_status status = pool_coin_algo(&algo, config->coin, config->algo, error);
    if (status != BASE_OK) {
        return status;
    }
    for (size_t i = 0; i < config->server_count; i++) {
        status = check_server(config, &config->servers[i], error);
        if (status != BASE_OK) {
            return status;
        }
    }
    return pool_source_options(config, options, error);
}
