/* server.h: what the files of the running development network share: the server, its connections,
 * and who calls whom. Everything here belongs to the server thread; other threads get in only
 * through the lock, which that thread holds whenever it is not waiting in poll(). */
#ifndef POOL_DEVNET_SERVER_H
#define POOL_DEVNET_SERVER_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "devnet/chain.h"
#include "devnet/devnet.h"

enum {
    POOL_DEVNET_PEERS_MAX = 1024,          /* connections of node and pool port together */
    POOL_DEVNET_IN_MAX = 65536,            /* bytes: a frame that a client may send */
    POOL_DEVNET_OUT_MAX = 4 * 1024 * 1024, /* bytes unsent: a reader this slow is dropped */
    POOL_DEVNET_LINE_MAX = 10240,          /* bytes unconsumed on the pool port (6.1) */
    POOL_DEVNET_DISCARD_MAX = 100000000,   /* bytes after a malformed frame (4.7) */
    POOL_DEVNET_HELD_MAX = 4096,           /* answers held back at once */
    POOL_DEVNET_ANSWER_MAX = 512,          /* bytes of one answer */
};

enum peer_kind { PEER_NODE, PEER_POOL };

/* One connection. Freed only by the event loop, after `closing` was set. */
struct peer {
    int fd;
    enum peer_kind kind;
    uint64_t id; /* never used twice */
    uint64_t since_ms;
    bool closing;  /* close when the output is gone */
    bool aborting; /* close at once, with a reset */
    bool mute;     /* sends nothing more (fault `half`) */
    bool deaf;     /* a malformed frame came: nothing that follows is read (4.7) */
    uint64_t discarded;
    uint64_t pushes;
    uint8_t *in;
    size_t in_size;
    uint8_t *out;
    size_t out_begin; /* out[out_begin..out_end) is unsent */
    size_t out_end;
    size_t out_cap;
    size_t out_limit;             /* POOL_DEVNET_OUT_MAX; more for one who gets a big fault */
    struct poolport_miner *miner; /* pool port only */
};

/* An answer that the fault `hold_answers_ms` keeps back. */
struct held {
    uint64_t peer_id;
    uint64_t due_ms;
    size_t size;
    uint8_t bytes[POOL_DEVNET_ANSWER_MAX];
};

struct poolport;
struct poolport_miner;
struct MHD_Daemon;

struct pool_devnet {
    struct pool_devnet_config config; /* faults: may be changed under the lock */
    struct pool_devnet_chains *chains;
    struct pool_devnet_stats stats;
    struct base_random random;
    struct peer *peers[POOL_DEVNET_PEERS_MAX];
    size_t peer_count;
    uint64_t next_peer_id;
    struct held *held; /* ring in order of due time */
    size_t held_first;
    size_t held_count;
    struct poolport *poolport;
    struct MHD_Daemon *rest;
    char addresses[POOL_DEVNET_GROUPS][64]; /* miner addresses, "" unset */
    int node_fd;                            /* listening sockets; -1: off */
    int pool_fd;
    int rest_fd; /* epoll descriptor of the REST server */
    int wake_fd;
    uint16_t node_port;
    uint16_t rest_port;
    uint16_t pool_port;
    uint64_t now_ms;      /* monotonic, set once a turn of the loop */
    uint64_t time_ms;     /* Unix time, likewise */
    uint64_t pushed_ms;   /* last push of the node port */
    uint64_t notified_ms; /* last push of the pool port */
    uint64_t answers;     /* given so far, for the fault that swallows some */
    bool push_waits;
    bool stopping;
    pthread_mutex_t lock;
    pthread_t thread;
};

/* ---- peer.c -------------------------------------------------------------------------------- */

/** Take a connected, non-blocking socket. Returns NULL when there is no memory (fd is closed). */
struct peer *pool_devnet_peer_new(int fd, enum peer_kind kind);
void pool_devnet_peer_free(struct peer *peer);

/** Queue bytes; a peer that does not read them in time is dropped. */
void pool_devnet_peer_send(struct peer *peer, const void *bytes, size_t size);

/** Write what the socket takes. */
void pool_devnet_peer_flush(struct peer *peer);

/** Read what is there (a bounded amount a turn). Returns false when the peer is gone. */
bool pool_devnet_peer_read(struct peer *peer);

/** Forget the first size bytes of the input. */
void pool_devnet_peer_consume(struct peer *peer, size_t size);

/* ---- loop.c -------------------------------------------------------------------------------- */

/** The thread: user is the server. Runs until `stopping` is set. */
void *pool_devnet_run(void *user);

/** Read both clocks. */
void pool_devnet_set_clocks(struct pool_devnet *devnet);

/** Send an answer: now, later, or never, as the faults say. One over POOL_DEVNET_ANSWER_MAX bytes
 * is never held back. */
void pool_devnet_answer(struct pool_devnet *devnet, struct peer *peer, const void *bytes,
                        size_t size);

/** Judge a message (nonce and header), count it, and ask for a push when the chain grew. */
void pool_devnet_judge(struct pool_devnet_outcome *outcome, struct pool_devnet *devnet,
                       const uint8_t message[POOL_DEVNET_MESSAGE_SIZE]);

/** True when a push may go out at all. */
bool pool_devnet_pushes(const struct pool_devnet *devnet, const struct peer *peer);

/* ---- fault.c ------------------------------------------------------------------------------- */

enum spoil {
    SPOIL_NONE,
#define X(name, text) SPOIL_##name,
    POOL_DEVNET_SPOIL_MAP(X)
#undef X
};

/** How the next push to this peer is to be spoiled. */
enum spoil pool_devnet_spoil(const struct pool_devnet *devnet, const struct peer *peer);

/** Send size bytes of the same value, however many. */
void pool_devnet_send_fill(struct peer *peer, uint8_t value, size_t size);

/* ---- node.c -------------------------------------------------------------------------------- */

/** A connection to the miner API came. */
void pool_devnet_node_open(struct pool_devnet *devnet, struct peer *peer);

/** Handle the whole frames in its input. */
void pool_devnet_node_input(struct pool_devnet *devnet, struct peer *peer);

/** Send the current set of jobs. */
void pool_devnet_node_push(struct pool_devnet *devnet, struct peer *peer);

/* ---- rest.c -------------------------------------------------------------------------------- */

BASE_MUST_CHECK enum base_status pool_devnet_rest_start(struct pool_devnet *devnet, int listen_fd,
                                                        struct base_error *error);
void pool_devnet_rest_stop(struct pool_devnet *devnet);

/** Do what is due. */
void pool_devnet_rest_turn(struct pool_devnet *devnet);

/** Milliseconds until the next turn is due without input; -1: never. */
int pool_devnet_rest_wait_ms(struct pool_devnet *devnet);

/* ---- poolport.c ---------------------------------------------------------------------------- */

BASE_MUST_CHECK enum base_status pool_devnet_poolport_start(struct pool_devnet *devnet);
void pool_devnet_poolport_stop(struct pool_devnet *devnet);

/** A miner connected; peer->aborting is set when there is no memory for it. */
void pool_devnet_poolport_open(struct pool_devnet *devnet, struct peer *peer);
void pool_devnet_poolport_close(struct peer *peer);

/** Handle the whole lines in its input. */
void pool_devnet_poolport_input(struct pool_devnet *devnet, struct peer *peer);

/** Make new pool jobs of the current templates and notify every miner. */
void pool_devnet_poolport_push(struct pool_devnet *devnet);

#endif
