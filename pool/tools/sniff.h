/* sniff.h: what a port does when it is connected to and sent nothing: it sends bytes by itself, it
 * waits, or it closes the connection. */
#ifndef POOL_SNIFF_H
#define POOL_SNIFF_H

#include "transport/transport.h"

enum { POOL_SNIFF_BYTES = 16 };

/* Value. */
struct pool_sniff {
    bool connected;
    bool closed; /* the peer closed the connection */
    size_t size;
    uint8_t bytes[POOL_SNIFF_BYTES]; /* the first that came */
};

/** Connect without TLS and listen until a byte comes, the peer closes the connection, or the clock
 * is until_ms. Blocks. */
void pool_sniff_run(struct pool_sniff *sniff, const struct pool_transport_options *options,
                    const char *host, uint16_t port, uint64_t until_ms);

#endif
