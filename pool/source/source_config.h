/* source_config.h: checks a source's configuration and fills in its defaults. */
#ifndef POOL_SOURCE_CONFIG_H
#define POOL_SOURCE_CONFIG_H

#include "protocol/protocol.h"
#include "transport/transport.h"

/** Copy from to config with every default in place, and make transport options that borrow from
 * config, one a server. Returns as pool_source_start. */
BASE_MUST_CHECK enum base_status pool_source_config(
    struct pool_config *config, struct pool_transport_options options[POOL_SERVERS_MAX],
    const struct pool_config *from, struct base_error *error);

/** The second half of it: defaults, proxy and TLS; servers and logins are not looked at. config is
 * filled in place. */
BASE_MUST_CHECK enum base_status pool_source_options(
    struct pool_config *config, struct pool_transport_options options[POOL_SERVERS_MAX],
    struct base_error *error);

#endif
