/* redirect.c: see redirect.h. "Same registrable domain" is what the Public Suffix List says, by
 * libpsl: the last two labels would make one site of all of co.uk. */
#include "transport/redirect.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#ifdef POOL_WITH_PSL
#include <libpsl.h>
#endif

/* Lower case, without the dot at the end that makes a name absolute. False where it is no host. */
static bool normal(char to[POOL_HOST_MAX], const char *host)
{
    size_t size = strlen(host);
    if (size > 1 && host[size - 1] == '.') {
        size--;
    }
    if (size == 0 || size >= POOL_HOST_MAX || host[0] == '.' || host[0] == '-') {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)host[i];
        if (!isalnum(c) && c != '.' && c != '-' && c != '_' && c != ':') {
            return false;
        }
        to[i] = (char)tolower(c);
    }
    to[size] = '\0';
    return true;
}

/* Numeric address in bytes; size 0: it is a name. */
static size_t numeric(uint8_t bytes[16], const char *host)
{
    if (inet_pton(AF_INET, host, bytes) == 1) {
        return 4;
    }
    return inet_pton(AF_INET6, host, bytes) == 1 ? 16 : 0;
}

static bool same_domain(const char *a, const char *b)
{
#ifdef POOL_WITH_PSL
    /* The list inside the library: no file to find, nothing fetched. Not a part of a name: the
     * borders are labels. */
    const psl_ctx_t *list = psl_builtin();
    const char *domain_a = list != NULL ? psl_registrable_domain(list, a) : NULL;
    const char *domain_b = list != NULL ? psl_registrable_domain(list, b) : NULL;
    return domain_a != NULL && domain_b != NULL && strcmp(domain_a, domain_b) == 0;
#else
    (void)a;
    (void)b;
    return false;
#endif
}

enum base_status pool_redirect_check(const char *home, const char *host,
                                     const struct pool_redirects *allowed, struct base_error *error)
{
    char from[POOL_HOST_MAX];
    char to[POOL_HOST_MAX];
    char listed[POOL_HOST_MAX];
    uint8_t from_bytes[16];
    uint8_t to_bytes[16];
    if (!normal(to, host) || !normal(from, home)) {
        return base_error_set(error, BASE_E_FORMAT, "that is no host name");
    }
    if (strcmp(from, to) == 0) {
        return BASE_OK;
    }
    for (size_t i = 0; allowed != NULL && i < allowed->count; i++) {
        if (normal(listed, allowed->hosts[i]) && strcmp(listed, to) == 0) {
            return BASE_OK;
        }
    }
    size_t from_size = numeric(from_bytes, from);
    size_t to_size = numeric(to_bytes, to);
    if (from_size > 0 && from_size == to_size && memcmp(from_bytes, to_bytes, to_size) == 0) {
        return BASE_OK;
    }
    if (from_size == 0 && to_size == 0 && strchr(to, ':') == NULL && same_domain(from, to)) {
        return BASE_OK;
    }
    return base_error_set(error, BASE_E_REFUSED,
                          "%.80s does not belong to %.80s (--allow-redirect %.80s would allow it)",
                          to, from, to);
}
