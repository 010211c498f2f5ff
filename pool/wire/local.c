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
    if (IN6_IS_ADDR_V4MAPPED(address)) {
        uint32_t ipv4 = 0;
        memcpy(&ipv4, address->s6_addr + 12, sizeof(ipv4));
        return is_local_ipv4(ntohl(ipv4));
    }
    return IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_UNSPECIFIED(address) ||
           IN6_IS_ADDR_LINKLOCAL(address) || (address->s6_addr[0] & 0xfe) == 0xfc;
}

static bool is_local_name(const char *name)
{
    static const char *const tops[] = {"localhost", "local", "lan", "internal", "home.arpa"};
    size_t size = strlen(name);
    if (strchr(name, '.') == NULL) {
        return true;
    }
    for (size_t i = 0; i < BASE_COUNT_OF(tops); i++) {
        size_t tail = strlen(tops[i]);
        if (size > tail && name[size - tail - 1] == '.' &&
            strcasecmp(name + size - tail, tops[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool pool_host_is_local(const char *host)
{
    char bare[64];
    struct in_addr ipv4;
    struct in6_addr ipv6;
    (void)snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(host, "%"), host); /* without a zone */
    if (inet_pton(AF_INET, bare, &ipv4) == 1) {
        return is_local_ipv4(ntohl(ipv4.s_addr));
    }
    if (inet_pton(AF_INET6, bare, &ipv6) == 1) {
        return is_local_ipv6(&ipv6);
    }
    return is_local_name(host);
}
