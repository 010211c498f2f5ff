/* local.h: hosts of this machine and of private networks. */
#ifndef POOL_LOCAL_H
#define POOL_LOCAL_H

#include <stdbool.h>

/** True for a host that only this machine or its own network can mean: loopback, link-local and
 * private addresses (RFC 1918, RFC 4193), names without a dot and names under localhost, local,
 * lan, internal and home.arpa. Nothing is looked up. In: host  name, IPv4, or IPv6 without
 * brackets. */
bool pool_host_is_local(const char *host);

/** True for a host that only this machine can mean: localhost, names under it, loopback addresses.
 * Nothing is looked up. In: host  as above. */
bool pool_host_is_loopback(const char *host);

#endif
