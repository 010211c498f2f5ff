/* alephium_rest.h: why an Alephium node refuses work, asked over its REST port (alephium.md 5): the
 * questions in their order, and one sentence made of the answers. No I/O. */
#ifndef POOL_ALEPHIUM_REST_H
#define POOL_ALEPHIUM_REST_H

#include "pool.h"

enum pool_rest_step {
    POOL_REST_CLIQUE,     /* /infos/self-clique on the REST port */
    POOL_REST_MINER_PORT, /* the same on the miner port: was it the REST port? */
    POOL_REST_ADDRESSES,  /* /miners/addresses */
    POOL_REST_VERSION,    /* /infos/version */
    POOL_REST_DONE,       /* text is ready */
};

/* One diagnosis. Value. */
struct pool_rest {
    const struct pool_server *server; /* borrowed */
    uint16_t rest_port;
    bool silent; /* the miner port says nothing: it may be the REST port */
    enum pool_rest_step step;
    char text[POOL_TEXT_MAX]; /* the sentence, once step is DONE */

    /* what the answers said so far */
    bool reached; /* the REST port answered like a node */
    bool ready;   /* selfReady */
    bool synced;
    bool addresses_asked;
    bool addresses_good; /* four, each of its group */
    bool fine;           /* DONE, and nothing was found that keeps miners away */
    uint16_t miner_port; /* 0: not said */
    char version[32];    /* printable; "" not said */
};

/** Begin; REST port as in pool.h (server->rest_port, or port + 2000). Only where the miner port was
 * silent is it asked as well: a real miner port would count the request as a broken frame. */
void pool_rest_init(struct pool_rest *rest, const struct pool_server *server, bool silent);

/** Path and port of the next question; NULL when DONE. */
const char *pool_rest_question(const struct pool_rest *rest, uint16_t *port);

/** Take an answer and go on. code is the HTTP status, 0: not reached. body is hostile. */
void pool_rest_answer(struct pool_rest *rest, long code, const char *body, size_t size);

#endif
