/* local.c: see local.h. */
#include "wire/local.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"

static bool is_local_ipv4(uint32_t address)
{
    static const struct {
        uint32_t net;
        uint32_t mask;
    } nets[] = {
        {0x00000000, 0xffffffff}, /* this machine */
        {0x7f000000, 0xff000000}, {0x0a000000, 0xff000000}, {0xac100000, 0xfff00000},
        {0xc0a80000, 0xffff0000}, {0xa9fe0000, 0xffff0000},
    };
    for (size_t i = 0; i < BASE_COUNT_OF(nets); i++) {
        if ((address & nets[i].mask) == nets[i].net) {
            return true;
        }
    }
    return false;
}

static bool is_local_ipv6(const struct in6_addr *address)
{
    return IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_UNSPECIFIED(address) ||
           IN6_IS_ADDR_LINKLOCAL(address) || (address->s6_addr[0] & 0xfe) == 0xfc;
}

/* The name, or its end behind a dot, is top. */
static bool is_under(const char *name, const char *top)
{
    size_t size = strlen(name);
    size_t tail = strlen(top);
    return size >= tail && strcasecmp(name + size - tail, top) == 0 &&
           (size == tail || name[size - tail - 1] == '.');
}

static bool is_local_name(const char *name)
{
    static const char *const tops[] = {"localhost", "local", "lan", "internal", "home.arpa"};
    bool local = strchr(name, '.') == NULL;
    for (size_t i = 0; i < BASE_COUNT_OF(tops); i++) {
        local = local || (is_under(name, tops[i]) && strcasecmp(name, tops[i]) != 0);
    }
    return local;
}

enum kind { NAME, IPV4, IPV6 };

/* What a host is; an IPv6 address that holds one of IPv4 is that. Zones are left out. */
static enum kind read_host(uint32_t *ipv4, struct in6_addr *ipv6, const char *host)
{
    char bare[64];
    (void)snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(host, "%"), host);
    if (inet_pton(AF_INET, bare, ipv4) == 1) {
        *ipv4 = ntohl(*ipv4);
        return IPV4;
    }
    if (inet_pton(AF_INET6, bare, ipv6) != 1) {
        return NAME;
    }
    if (IN6_IS_ADDR_V4MAPPED(ipv6)) {
        memcpy(ipv4, ipv6->s6_addr + 12, sizeof(*ipv4));
        *ipv4 = ntohl(*ipv4);
        return IPV4;
    }
    return IPV6;
}

bool pool_host_is_local(const char *host)
{
    uint32_t ipv4 = 0;
    struct in6_addr ipv6;
    switch (read_host(&ipv4, &ipv6, host)) {
    case IPV4:
        return is_local_ipv4(ipv4);
    case IPV6:
        return is_local_ipv6(&ipv6);
    default:
        return is_local_name(host);
    }
}

bool pool_host_is_loopback(const char *host)
{
    uint32_t ipv4 = 0;
    struct in6_addr ipv6;
    switch (read_host(&ipv4, &ipv6, host)) {
    case IPV4:
        return ipv4 >> 24 == 127 || ipv4 == 0;
    case IPV6:
        return IN6_IS_ADDR_LOOPBACK(&ipv6) || IN6_IS_ADDR_UNSPECIFIED(&ipv6);
    default:
        return is_under(host, "localhost");
    }
}
