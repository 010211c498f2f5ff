/* api_request.c: see api_request.h. */
#include "http/api_request.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *path;
    enum miner_api_route route;
    enum miner_api_allow allow;
} routes[] = {
    {"/", MINER_API_PAGE, MINER_API_READS},
    {"/app.css", MINER_API_STYLE, MINER_API_READS},
    {"/app.js", MINER_API_SCRIPT, MINER_API_READS},
    {"/icon.svg", MINER_API_ICON, MINER_API_READS},
    {"/metrics", MINER_API_METRICS, MINER_API_READS},
    {"/api/v1/summary", MINER_API_SUMMARY, MINER_API_READS},
    {"/api/v1/devices", MINER_API_DEVICES, MINER_API_READS},
    {"/api/v1/chains", MINER_API_CHAINS, MINER_API_READS},
    {"/api/v1/workers", MINER_API_WORKERS, MINER_API_READS},
    {"/api/v1/events", MINER_API_EVENTS, MINER_API_READS},
    {"/api/v1/pause", MINER_API_PAUSE, MINER_API_CHANGES},
    {"/api/v1/resume", MINER_API_RESUME, MINER_API_CHANGES},
    {"/api/v1/reload", MINER_API_RELOAD, MINER_API_CHANGES},
    {"/1/summary", MINER_API_XMRIG_1, MINER_API_READS},
    {"/2/summary", MINER_API_XMRIG_2, MINER_API_READS},
    {"/mmpos", MINER_API_MMPOS, MINER_API_READS},
};

enum miner_api_route miner_api_route_find(const char *path, enum miner_api_allow *allow)
{
    *allow = MINER_API_READS;
    for (size_t i = 0; i < BASE_COUNT_OF(routes); i++) {
        if (strcmp(routes[i].path, path) == 0) {
            *allow = routes[i].allow;
            return routes[i].route;
        }
    }
    return MINER_API_NOWHERE;
}

/* True for "" and ":" with one to five digits. */
static bool is_port(const char *text)
{
    size_t digits = 0;
    if (*text == '\0') {
        return true;
    }
    if (*text != ':') {
        return false;
    }
    digits = strspn(text + 1, "0123456789");
    return digits >= 1 && digits <= 5 && text[1 + digits] == '\0';
}

bool miner_api_host_is_ours(const char *host, bool loopback)
{
    char name[INET6_ADDRSTRLEN + 1];
    struct in6_addr address;
    if (host == NULL || !loopback) {
        return true;
    }
    bool bracket = host[0] == '[';
    size_t size = bracket ? strcspn(host, "]") : strcspn(host, ":");
    const char *from = host + bracket;
    size_t name_size = size - bracket;
    const char *port = host + size + (bracket && host[size] == ']');
    if (size == 0 || name_size >= sizeof name || (bracket && host[size] != ']') || !is_port(port)) {
        return false;
    }
    memcpy(name, from, name_size);
    name[name_size] = '\0';
    if (bracket) {
        return inet_pton(AF_INET6, name, &address) == 1;
    }
    return strcasecmp(name, "localhost") == 0 || inet_pton(AF_INET, name, &address) == 1;
}

bool miner_api_token_is_right(const char *header, const char *token)
{
    static const char scheme[] = "Bearer ";
    size_t size = strlen(token);
    if (header == NULL || size == 0 || strncasecmp(header, scheme, sizeof scheme - 1) != 0) {
        return false;
    }
    const char *given = header + sizeof scheme - 1;
    /* The time may depend on the length, not on the characters. */
    return strlen(given) == size && CRYPTO_memcmp(given, token, size) == 0;
}

enum base_status miner_api_since(uint64_t *since, const char *text, struct base_error *error)
{
    *since = 0;
    if (text == NULL) {
        return BASE_OK;
    }
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits] != '\0') {
        return base_error_set(error, BASE_E_FORMAT,
                              "since is not a number; write `next` of an earlier answer");
    }
    *since = strtoull(text, NULL, 10);
    return BASE_OK;
}
