/* server.h: what the files of the running development network share: the server, its connections,
 * and who calls whom. Everything here belongs to the server thread; other threads get in only
 * through the lock, which that thread holds whenever it is not waiting in poll(). */
#ifndef POOL_DEVNET_SERVER_H
#define POOL_DEVNET_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "devnet/chain.h"
#include "devnet/devnet.h"
#include "serve/serve.h"

enum {
    POOL_DEVNET_PEERS_MAX = 1024,          /* connections of node and pool port together */
    POOL_DEVNET_IN_MAX = 65536,            /* bytes: a frame that a client may send */
    POOL_DEVNET_OUT_MAX = 4 * 1024 * 1024, /* bytes unsent: a reader this slow is dropped */
    POOL_DEVNET_LINE_MAX = 10240,          /* bytes unconsumed on the pool port (6.1) */
    POOL_DEVNET_DISCARD_MAX = 100000000,   /* bytes after a malformed frame (4.7) */
    POOL_DEVNET_HELD_MAX = 4096,           /* answers held back at once */
    POOL_DEVNET_ANSWER_MAX = 512,          /* bytes of one answer */
};

enum client_kind { CLIENT_NODE, CLIENT_POOL };

struct node_sets; /* node.c: sets sent before, for the fault `older_set` */

/* A connection as the protocols see it: the user pointer of its serve peer. */
struct client {
    struct pool_serve_peer *peer;
    enum client_kind kind;
    bool silent;     /* nothing more is sent (fault `half`) */
    bool discarding; /* a malformed frame came: nothing that follows is read (4.7) */
    uint64_t discarded;
    uint64_t pushes;
    struct poolport_miner *miner; /* pool port only */
    struct node_sets *sets;       /* node port, with the fault `older_set`; else NULL */
};

/* An answer that the fault `hold_answers_ms` keeps back. */
struct held {
    uint64_t client_id;
    uint64_t due_ms;
    size_t size;
    uint8_t bytes[POOL_DEVNET_ANSWER_MAX];
};

struct poolport;
struct poolport_miner;
struct MHD_Daemon;

struct pool_devnet {
    struct pool_serve *serve;
    struct pool_devnet_config config; /* faults: may be changed under the lock */
    struct pool_devnet_chains *chains;
    struct pool_devnet_stats stats;
    struct base_random random;
    struct held *held; /* ring in order of due time */
    size_t held_first;
    size_t held_count;
    struct poolport *poolport;
    struct MHD_Daemon *rest;
    char addresses[POOL_DEVNET_GROUPS][64]; /* miner addresses, "" unset */
    uint16_t node_port;
    uint16_t rest_port;
    uint16_t pool_port;
    uint64_t now_ms;      /* monotonic, set once a turn of the loop */
    uint64_t time_ms;     /* Unix time, likewise */
    uint64_t pushed_ms;   /* last push of the node port */
    uint64_t notified_ms; /* last push of the pool port */
    uint64_t answers;     /* given so far, for the fault that swallows some */
    bool push_waits;
};

/* ---- loop.c -------------------------------------------------------------------------------- */

/** Callbacks of the loop; user is the server. begin sets the two clocks: now_ms is base_clock_ms.
 */
void pool_devnet_begin(void *user, uint64_t now_ms);
uint32_t pool_devnet_end(void *user, uint64_t now_ms);

/** What the two ports do with their connections; user is the server. */
extern const struct pool_serve_service pool_devnet_node_service;
extern const struct pool_serve_service pool_devnet_pool_service;

/** The next connection of a port, from the *index-th of all on, which is 0 at first. NULL after the
 * last. */
struct client *pool_devnet_client_next(const struct pool_devnet *devnet, enum client_kind kind,
                                       size_t *index);

/** Queue bytes, unless the fault `half` silenced the connection. */
void pool_devnet_send(struct client *client, const void *bytes, size_t size);

/** Send an answer: now, later, or never, as the faults say. One over POOL_DEVNET_ANSWER_MAX bytes
 * is never held back. */
void pool_devnet_answer(struct pool_devnet *devnet, struct client *client, const void *bytes,
                        size_t size);

/** Judge a message (nonce and header), count it, and ask for a push when the chain grew. */
void pool_devnet_judge(struct pool_devnet_outcome *outcome, struct pool_devnet *devnet,
                       const uint8_t message[POOL_DEVNET_MESSAGE_SIZE]);

/** True when a push may go out at all. */
bool pool_devnet_pushes(const struct pool_devnet *devnet, const struct client *client);

/* ---- fault.c ------------------------------------------------------------------------------- */

enum spoil {
    SPOIL_NONE,
#define X(name, text) SPOIL_##name,
    POOL_DEVNET_SPOIL_MAP(X)
#undef X
};

/** How the next push to this connection is to be spoiled. */
enum spoil pool_devnet_spoil(const struct pool_devnet *devnet, const struct client *client);

/** Send size bytes of the same value, however many. */
void pool_devnet_send_fill(struct client *client, uint8_t value, size_t size);

/* ---- node.c -------------------------------------------------------------------------------- */

/** A connection to the miner API came; false: it is reset. */
bool pool_devnet_node_open(struct pool_devnet *devnet, struct client *client);

/** Handle the whole frames in its input. */
void pool_devnet_node_input(struct pool_devnet *devnet, struct client *client);

/** Send the sets of the fault `older_set` that are due.
 * Returns: milliseconds until the next is due; UINT32_MAX: none waits. */
uint32_t pool_devnet_node_turn(struct pool_devnet *devnet, struct client *client);

/** The connection ends. */
void pool_devnet_node_close(struct client *client);

/** Send the current set of jobs. */
void pool_devnet_node_push(struct pool_devnet *devnet, struct client *client);

/* ---- rest.c -------------------------------------------------------------------------------- */

BASE_MUST_CHECK enum base_status pool_devnet_rest_start(struct pool_devnet *devnet, int listen_fd,
                                                        struct base_error *error);
void pool_devnet_rest_stop(struct pool_devnet *devnet);

/** Do what is due. */
void pool_devnet_rest_turn(struct pool_devnet *devnet);

/** Milliseconds until the next turn is due without input; UINT32_MAX: never. */
uint32_t pool_devnet_rest_wait_ms(struct pool_devnet *devnet);

/* ---- poolport.c ---------------------------------------------------------------------------- */

BASE_MUST_CHECK enum base_status pool_devnet_poolport_start(struct pool_devnet *devnet);
void pool_devnet_poolport_stop(struct pool_devnet *devnet);

/** A miner connected; false: there is no memory for it. */
bool pool_devnet_poolport_open(struct pool_devnet *devnet, struct client *client);
void pool_devnet_poolport_close(struct client *client);

/** Handle the whole lines in its input. */
void pool_devnet_poolport_input(struct pool_devnet *devnet, struct client *client);

/** Make new pool jobs of the current templates and notify every miner. */
void pool_devnet_poolport_push(struct pool_devnet *devnet);

#endif
