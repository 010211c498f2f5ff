/* url.h: server URLs into values, given what the coins' nodes are like. No network. */
#ifndef POOL_URL_H
#define POOL_URL_H

#include "pool.h"

/* How a coin's nodes are written in URLs. Value. */
struct pool_url_node {
    enum pool_scheme scheme;
    uint16_t port;      /* usual one; 0: the coin has no nodes that can be mined at */
    bool port_optional; /* it is the same on every network, so a URL may leave it out */
    const char *title;  /* of the coin */
};

/** pool_server_parse with what it has to know of coins.
 * In: nodes  count of them; for default ports and for sentences. */
BASE_MUST_CHECK enum base_status pool_url_parse(struct pool_server *server, const char *url,
                                                const struct pool_url_node *nodes, size_t count,
                                                struct base_error *error);

#endif
