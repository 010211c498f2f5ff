/* frame.h: what a network fills in, and what it may call: the frame owns the thread, ports,
 * connections, the lines of the pool port, answers that are held back, and the counters. Everything
 * here belongs to the server thread; other threads get in only through the lock of serve. */
#ifndef POOL_NET_FRAME_H
#define POOL_NET_FRAME_H

#include "base/random.h"
#include "net/net.h"
#include "serve/serve.h"

enum {
    POOL_NET_PEERS_MAX = 256,
    POOL_NET_OUT_MAX = 4 << 20, /* bytes unsent of a connection */
    POOL_NET_LINE_MAX = 10240,  /* bytes of a line on the pool port */
    POOL_NET_HELD_MAX = 1024,   /* answers held back at once */
    POOL_NET_JOBS = 64,         /* pool jobs remembered; a job's slot is its id modulo this */
    POOL_NET_SHARES = 8192,     /* remembered, to tell duplicates */
    POOL_NET_NONCE_MAX = 32,
};

/* ---- what a network fills in ----------------------------------------------------------------- */

enum pool_net_refusal {
    POOL_NET_GOOD,
    POOL_NET_STALE,
    POOL_NET_DUPLICATE,
    POOL_NET_LOW,
    POOL_NET_UNAUTHORIZED,
    POOL_NET_NOT_SUBSCRIBED,
    POOL_NET_BAD_USER,
    POOL_NET_BAD_SHARE, /* not of the right form */
    POOL_NET_BAD_NONCE, /* likewise */
    POOL_NET_BAD_SOLUTION,
    POOL_NET_REFUSALS
};

struct pool_net_words {
    int code;
    const char *text;
};

/* How the pool port speaks; the network's header says which real pools do so. */
struct pool_net_dialect {
    const char *name;
    const struct pool_net_words *refusals; /* by enum pool_net_refusal */
    bool three;                            /* an error has a third member, null */
    bool says_false;                       /* the result of a refused request is false; else null */
    const char *subscribe_id;              /* id of the answer to subscribe; NULL: the request's */
};

/* A number by its name. */
struct pool_net_name {
    const char *name;
    size_t at; /* offset in struct pool_net_faults, or in struct pool_net_stats */
};

/* What a connection of the pool port was told with a job. */
struct pool_net_told {
    uint64_t job;
    uint8_t extranonce[POOL_NET_NONCE_MAX];
    uint8_t target_be[32];
};

struct pool_net_miner {
    bool subscribed;
    bool authorized;
    bool resumed; /* set by the network: jobs of the connection before count, too */
    char worker[160];
    uint8_t extranonce[POOL_NET_NONCE_MAX];   /* of the jobs to come */
    double hashes;                            /* expected of a share, likewise */
    uint8_t target_be[32];                    /* for the network: the one that was sent last */
    struct pool_net_told told[POOL_NET_JOBS]; /* by slot */
    struct pool_serve_vardiff vardiff;
    uint64_t good; /* shares */
    uint64_t jobs; /* sent */
};

/* A connection: the user pointer of its serve peer. */
struct pool_net_client {
    struct pool_serve_peer *peer;
    enum pool_net_port port;
    json_t *kept; /* owned; what the network keeps of it, or NULL. On the node's port no request is
                     read while there is something */
    uint64_t kept_due_ms;         /* for the network */
    struct pool_net_miner *miner; /* owned; pool port only */
};

struct pool_net_row {
    size_t size;       /* of the network's own struct, which begins with struct pool_net */
    const char *needs; /* the sentence for a configuration that does not fit */
    const char *busy;  /* body of an answer with code 503 */
    size_t body_max;   /* bytes of a request */
    size_t nonce_size; /* bytes */
    double start_hashes;
    uint32_t vardiff_share_ms;
    uint32_t extranonce_bytes;
    bool has_events;        /* the port of this kind */
    bool jobs_before_login; /* jobs follow subscribe, else authorize */
    bool resets_nonsense;   /* a connection that sends a line without an object is reset */
    bool extranonce_size;   /* mining.set_extranonce names the size of the rest, too */
    const struct pool_net_dialect *dialects;
    size_t dialect_count;
    const struct pool_net_name *faults; /* besides those of every network */
    size_t fault_count;
    const struct pool_net_name *counters; /* as pool_net_json shows them */
    size_t counter_count;

    /** True when the configuration fits; NULL: any does. */
    bool (*fits)(const struct pool_net_config *config);
    /** Make the chain; false: no memory. close frees it, and takes a network that was not opened.
     */
    bool (*open)(struct pool_net *net, uint64_t seed);
    void (*close)(struct pool_net *net);
    /** Set height and hashes of the counters. */
    void (*stats)(struct pool_net *net);
    /** A block of the other miner, and what follows from it. False: no memory. */
    bool (*foreign)(struct pool_net *net);
    /** Do what is due; notify_due: the frame is about to notify because of the time.
     * Returns when the next is due; UINT64_MAX: nothing. */
    uint64_t (*turn)(struct pool_net *net, bool notify_due);

    /** A request to the node, and a line on the port for events. */
    void (*http)(struct pool_net *net, struct pool_net_client *client,
                 const struct pool_serve_request *request);
    void (*line)(struct pool_net *net, struct pool_net_client *client, const char *line,
                 size_t size);

    /** Make the job of a slot; false: no memory. target_be: of a block. */
    bool (*job)(struct pool_net *net, size_t slot, uint8_t target_be[32]);
    /** True when the job of this slot is of what is current: a miner that comes may get it. */
    bool (*job_current)(const struct pool_net *net, size_t slot);
    /** Send a job and its share target. */
    void (*job_send)(struct pool_net *net, struct pool_net_client *client,
                     const struct pool_net_told *told, bool clean);
    /** Target of a share of so many hashes. NULL: 2^256 / hashes, never harder than a block's. */
    void (*target)(uint8_t target_be[32], const struct pool_net *net, size_t slot, double hashes);
    /** Result of subscribe; new. The miner's extranonce is given; it may be replaced. */
    json_t *(*subscribe)(struct pool_net *net, struct pool_net_client *client,
                         const json_t *params);
    /** False for a login with a wrong address; NULL: every name is taken. */
    bool (*user)(const struct pool_net *net, const char *user);
    /** Judge a share, and hand a block to the chain. Its job is remembered, its worker is logged
     * in. */
    enum pool_net_refusal (*share)(struct pool_net *net, struct pool_net_client *client,
                                   const struct pool_net_told *told, const json_t *params);
    /** A method that is none of subscribe, authorize, submit. NULL: no answer. */
    void (*other)(struct pool_net *net, struct pool_net_client *client, const json_t *root,
                  const char *method);
};

struct pool_net {
    struct pool_serve *serve;
    struct pool_net_config config; /* faults: may be changed under the lock */
    struct pool_net_stats stats;
    struct base_random random;
    uint16_t bound[POOL_NET_PORTS];
    uint64_t now_ms;  /* monotonic, set once a turn of the loop */
    uint64_t time_ms; /* since 1970, likewise */
    uint64_t foreign_due_ms;
    uint64_t notified_ms;
    uint64_t requests;
    uint64_t answers; /* to blocks and shares */
    struct pool_net_held {
        uint64_t client_id;
        uint64_t due_ms;
        char *bytes; /* owned */
        size_t size;
    } held[POOL_NET_HELD_MAX]; /* in the order of the answers */
    size_t held_count;
    uint64_t last_job;
    uint8_t job_targets_be[POOL_NET_JOBS][32]; /* of blocks */
    uint64_t extranonces;                      /* given out */
    uint8_t shares[POOL_NET_SHARES][32];       /* a ring */
    uint64_t share_count;
};

/* A row of the table of faults, and of the table of counters. */
#define POOL_NET_FAULT(name)                                                                       \
    {                                                                                              \
#name, offsetof(struct pool_net_faults, name)                                              \
    }
#define POOL_NET_COUNTER(name)                                                                     \
    {                                                                                              \
#name, offsetof(struct pool_net_stats, name)                                               \
    }

/* ---- net.c ----------------------------------------------------------------------------------- */

/** True for every n-th: number % n is 0. n 0: never. */
static inline bool pool_net_every(uint64_t number, uint32_t n)
{
    return n > 0 && number % n == 0;
}

/** The next connection of a port, from the *index-th of all on, which is 0 at first. NULL after the
 * last. */
struct pool_net_client *pool_net_client_next(const struct pool_net *net, enum pool_net_port port,
                                             size_t *index);

/** Note the reason of a refusal for the counters. */
void pool_net_why(struct pool_net *net, const char *text);

/* How much of a text is sent. */
enum pool_net_cut {
    POOL_NET_WHOLE,
    POOL_NET_GARBAGE, /* the first half, as if it were all of it */
    POOL_NET_HALF,    /* the first half, and then the connection ends */
};

/* An HTTP answer; borrowed. */
struct pool_net_reply {
    int code;
    const char *body;
    size_t size;
    enum pool_net_cut cut;
    bool is_verdict;  /* about a block: faults may hold or drop it */
    uint32_t wait_ms; /* such an answer comes so late */
};

void pool_net_http(struct pool_net *net, struct pool_net_client *client,
                   const struct pool_net_reply *reply);

/** Send json as a line; taken. is_verdict: an answer that faults may hold or drop. */
void pool_net_line(struct pool_net *net, struct pool_net_client *client, json_t *json,
                   bool is_verdict);

/** Send a verdict about a block or share: now, later, or a reset, as the faults say; not before
 * wait_ms have passed. */
void pool_net_verdict(struct pool_net *net, struct pool_net_client *client, const void *bytes,
                      size_t size, uint32_t wait_ms);

/* ---- poolport.c ------------------------------------------------------------------------------ */

/** Make a job of what is current and send it to all miners. */
void pool_net_notify(struct pool_net *net, bool clean);

/** A connection of the pool port came; false: no memory. */
bool pool_net_miner_open(struct pool_net *net, struct pool_net_client *client);
void pool_net_miner_line(struct pool_net *net, struct pool_net_client *client, const char *line,
                         size_t size);

/** A message that is no answer; params is taken. */
void pool_net_push(struct pool_net *net, struct pool_net_client *client, const char *method,
                   json_t *params);

/** mining.notify: whole, or as the faults garbage and half say. params is taken. _text: the whole
 * object as a text, borrowed. */
void pool_net_push_job(struct pool_net *net, struct pool_net_client *client, json_t *params);
void pool_net_push_job_text(struct pool_net *net, struct pool_net_client *client, const char *text);

/** An answer on the pool port. result is taken; ignored for a refusal. */
void pool_net_answer(struct pool_net *net, struct pool_net_client *client, const json_t *id,
                     json_t *result, enum pool_net_refusal refusal, bool is_verdict);

/** Bytes as a string of hex digits; 256 bytes at most. */
json_t *pool_net_hex(const uint8_t *bytes, size_t size);

/** Remember a share by what makes it one of a kind; false: it was there. */
bool pool_net_share_new(struct pool_net *net, const uint8_t key[32]);

#endif
