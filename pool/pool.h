/* pool.h: nodes and pools as the rest of Shardpick sees them: sources of jobs that take finds. One
 * event thread a source; everything about sockets, protocols and fail-over is behind it. Includes
 * nothing of kernels/ but base/: an algorithm is a name here. */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/target.h"

enum {
    POOL_HEADER_MAX = 512,
    POOL_NONCE_MAX = 32,
    POOL_SOLUTION_MAX = 1408,
    POOL_CHAINS_MAX = 16,
    POOL_SERVERS_MAX = 16,
    POOL_HOST_MAX = 256,         /* characters with NUL: a DNS name has 253 at most */
    POOL_LOGIN_MAX = 256,        /* characters with NUL: user or password */
    POOL_COOKIE_MAX = 512,       /* characters with NUL: name of a file */
    POOL_PATH_MAX = 128,         /* characters with NUL of a path in a URL */
    POOL_COINBASE_TEXT_MAX = 65, /* characters with NUL: a coinbase's script has 100 bytes in all */
    POOL_REDIRECT_HOSTS_MAX = 8,
    POOL_TEXT_MAX = 512, /* characters with NUL of any one-line text from a peer */
};

/* ---- coins ------------------------------------------------------------------------------- */

/* What --coin names. Constant. */
struct pool_coin {
    const char *name;         /* "alephium" */
    const char *title;        /* "Alephium" */
    const char *const *algos; /* names for kern_algo_find, default first; NULL-ended; empty
                                 for coins that cannot be mined */
    const char *why_not;      /* NULL, or why this coin cannot be mined (proof of stake) */
    double block_s;           /* between two blocks of one chain and algorithm, as the network aims
                                 at; 0: they do not tell its hashrate */
};

/** Coin by name or common ticker ("alph"), or NULL. All: index 0.. until NULL. */
const struct pool_coin *pool_coin_find(const char *name);
const struct pool_coin *pool_coin_at(size_t index);

/** Check that a pool's login can be sent: printable, without blanks, not empty, no private key.
 * What it means is for the pool to judge: an address, an account, an e-mail address, an address of
 * another coin. Returns: BASE_OK; BASE_E_FORMAT with a sentence; BASE_E_REFUSED it looks like a
 * private key; BASE_E_UNSUPPORTED the coin cannot be mined. */
BASE_MUST_CHECK enum base_status pool_login_check(const struct pool_coin *coin, const char *user,
                                                  struct base_error *error);

/** Look whether a login that can be sent is what the coin's pools usually want ("ADDRESS.WORKER"
 * and "WORKER.ADDRESS" are both taken where they take them), for a warning. Out:     group  of the
 * address where the coin has groups, else 0. May be NULL. Returns: BASE_OK; BASE_E_FORMAT with a
 * sentence that says what looks odd. */
BASE_MUST_CHECK enum base_status pool_login_look(const struct pool_coin *coin, const char *user,
                                                 unsigned *group, struct base_error *error);

/** Check an address of a coin that blocks of our own are to pay: one whose network and kind we can
 * write an output for, and nothing else.
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence; BASE_E_UNSUPPORTED the payee is set
 *          in the node. */
BASE_MUST_CHECK enum base_status pool_payout_check(const struct pool_coin *coin,
                                                   const char *address, struct base_error *error);

/* ---- servers ----------------------------------------------------------------------------- */

enum pool_scheme {
    POOL_STRATUM_TCP,  /* stratum+tcp:// (also stratum://, tcp://, stratum1+tcp://) */
    POOL_STRATUM_TLS,  /* stratum+ssl:// (also stratum+tls://, stratum+tcps://, ssl://) */
    POOL_DAEMON_TCP,   /* daemon+tcp://: port for miners of a node that sends frames */
    POOL_DAEMON_HTTP,  /* daemon+http:// */
    POOL_DAEMON_HTTPS, /* daemon+https:// */
};

/* One -o with its -u and -p. Value. */
struct pool_server {
    enum pool_scheme scheme;
    char host[POOL_HOST_MAX];  /* name, IPv4, or IPv6 without brackets */
    uint16_t port;             /* host integer, 1..65535 */
    char user[POOL_LOGIN_MAX]; /* pool: login; JSON-RPC node: address that a block pays */
    char pass[POOL_LOGIN_MAX];
    char rpc_user[POOL_LOGIN_MAX];    /* JSON-RPC node: its login, from user:pass@ of the URL; "" */
    char rpc_pass[POOL_LOGIN_MAX];    /* none */
    char rpc_cookie[POOL_COOKIE_MAX]; /* JSON-RPC node: file with its login; "" none */
    char path[POOL_PATH_MAX];         /* HTTP node: in front of the path of each request, as
                                         "/wallet/miner"; may be secret; "" none */
    char proxy[POOL_LOGIN_MAX];       /* socks5://, socks5h://; "" none */
    uint16_t rest_port; /* port of a node's HTTP interface, to ask why it gives no work; 0: the
                           usual one beside its port for miners */
};

/** Parse a URL into scheme, host, port (and user:pass@ and path where given). Blanks around it and
 * a fragment ("#xnsub") are left out.
 * Out:     server  all zero but for what the URL says.
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence that quotes the text and says what is right. */
BASE_MUST_CHECK enum base_status pool_server_parse(struct pool_server *server, const char *url,
                                                   struct base_error *error);

/** True when this coin gives work over such a URL. Returns: BASE_OK; BASE_E_UNSUPPORTED with a
 * sentence that says what would be right. */
BASE_MUST_CHECK enum base_status pool_server_fits(const struct pool_coin *coin,
                                                  const struct pool_server *server,
                                                  struct base_error *error);

/** True for a pool, false for a node of one's own. */
static inline bool pool_server_is_pool(const struct pool_server *server)
{
    return server->scheme == POOL_STRATUM_TCP || server->scheme == POOL_STRATUM_TLS;
}

/** True where TLS is spoken. */
static inline bool pool_server_is_encrypted(const struct pool_server *server)
{
    return server->scheme == POOL_STRATUM_TLS || server->scheme == POOL_DAEMON_HTTPS;
}

/* What -u means to a server. */
enum pool_user_kind {
    POOL_USER_NONE,           /* nothing: the node's own settings say whom its blocks pay */
    POOL_USER_LOGIN,          /* a pool's login */
    POOL_USER_PAYEE,          /* the address that a block pays */
    POOL_USER_PAYEE_OPTIONAL, /* the same; without one the node's own settings say whom */
};

/** What -u means to a server of this coin; NONE also where the coin has no such servers. */
enum pool_user_kind pool_server_user(const struct pool_coin *coin,
                                     const struct pool_server *server);

/** Check a server's user as far as that is possible without asking the server: pool_login_check or
 * pool_payout_check, or nothing. */
BASE_MUST_CHECK enum base_status pool_user_check(const struct pool_coin *coin,
                                                 const struct pool_server *server,
                                                 struct base_error *error);

/** "stratum+tcp://host:port", without login. text is NUL-ended; returns it. */
char *pool_server_name(char *text, size_t cap, const struct pool_server *server);

/* ---- jobs -------------------------------------------------------------------------------- */

/* One job: immutable once handed over, reference counted, safe to read from any thread. */
struct pool_job {
    uint64_t id;                     /* unique within its source, increasing */
    uint64_t connection;             /* which connection it came over, increasing */
    uint32_t chain;                  /* 0..chains-1 */
    uint32_t chains;                 /* shard chains of the coin */
    uint8_t header[POOL_HEADER_MAX]; /* message to hash; nonce bytes: the pool's part is in place,
                                        ours says nothing */
    size_t header_size;
    size_t nonce_offset;         /* first nonce byte in header */
    size_t nonce_size;           /* bytes */
    size_t nonce_fixed;          /* leading nonce bytes that belong to the pool (extranonce) */
    uint8_t target_be[32];       /* share target: a find is worth sending when hash <= target; see
                                    also pool_job_has_easy_blocks */
    uint8_t block_target_be[32]; /* a find at or below it is a block; zero if unknown */
    uint64_t height;             /* 0 if unknown */
    uint64_t epoch;              /* algorithm's epoch selector, 0 if none */
    uint32_t reduced;            /* smaller size of the algorithm (kern_work.reduced), or 0 */
    uint64_t counters;           /* so many of our counters may be used, from the first one on; 0:
                                    all that the algorithm has */
    uint64_t received_ms;        /* base_clock_ms when it arrived */
    bool solo;      /* one template gives one block: rest after a find (alephium.md 4.6) */
    bool clean;     /* everything handed out earlier, for other chains too, is void: drop it. True
                       for the first job of a connection and for each new set of a pool */
    bool refill;    /* the template of the job before with another nonce space: nothing to tell */
    char label[64]; /* for the log: the pool's job id, "" for nodes; printable */
};

/** Add a reference and return the same job; drop one. NULL is fine for unref. */
const struct pool_job *pool_job_ref(const struct pool_job *job);
void pool_job_unref(const struct pool_job *job);

/** True where a hash may be a block and no share: the block target is the easier one (a test
 * network, a pool's difficulty above the network's). Such a find is worth sending, too, until the
 * job has given its block: one job gives one. */
static inline bool pool_job_has_easy_blocks(const struct pool_job *job)
{
    /* An unknown block target is zero, the hardest one. */
    return !job->solo && base_target_compare(job->block_target_be, job->target_be) > 0;
}

/* ---- finds ------------------------------------------------------------------------------- */

/* How a submission was judged; text for people. */
#define POOL_VERDICT_MAP(X)                                                                        \
    X(ACCEPTED, "accepted")                                                                        \
    X(STALE, "stale: the job was superseded")                                                      \
    X(DUPLICATE, "duplicate")                                                                      \
    X(LOW_DIFFICULTY, "low difficulty")                                                            \
    X(WRONG_CHAIN, "wrong chain")                                                                  \
    X(UNAUTHORIZED, "worker or address not accepted")                                              \
    X(MALFORMED, "malformed submission")                                                           \
    X(REFUSED, "refused without a reason")                                                         \
    X(UNANSWERED, "no answer")                                                                     \
    X(NOT_SENT, "not sent: the job's connection is gone")

enum pool_verdict {
#define X(name, text) POOL_##name,
    POOL_VERDICT_MAP(X)
#undef X
        POOL_VERDICT_COUNT
};

/** Text of a verdict. Never NULL. */
const char *pool_verdict_text(enum pool_verdict verdict);

/* A verified find to submit. Value; job is borrowed during the call. */
struct pool_find {
    const struct pool_job *job;
    uint8_t nonce[POOL_NONCE_MAX]; /* whole nonce, job->nonce_size bytes as hashed */
    uint8_t hash_be[32];
    const uint8_t *solution; /* NULL for plain hashes; copied by the source */
    size_t solution_size;
    uint64_t found_ns; /* base_clock_ns when the lane saw it */
    uint64_t tag;      /* the caller's: comes back with the verdict (device number) */
};

/* ---- blocks ------------------------------------------------------------------------------ */

enum {
    POOL_BLOCK_ID_MAX = 67
}; /* characters with NUL: 64 digits, where the coin has it after 0x */

/* What became of a block; text for people. */
#define POOL_FATE_MAP(X)                                                                           \
    X(OPEN, "not known yet")                                                                       \
    X(IN_CHAIN, "in the chain")                                                                    \
    X(UNCLE, "an uncle")                                                                           \
    X(ORPHANED, "orphaned")

enum pool_fate {
#define X(name, text) POOL_FATE_##name,
    POOL_FATE_MAP(X)
#undef X
        POOL_FATE_COUNT
};

/** Text of a fate. Never NULL. */
const char *pool_fate_text(enum pool_fate fate);

/* A block of ours that a server has taken. Value. */
struct pool_block {
    uint64_t number;            /* unique within its source, increasing */
    char id[POOL_BLOCK_ID_MAX]; /* as explorers know it; "" not known, or not yet */
    uint32_t chain;
    uint64_t height; /* 0 if unknown */
    enum pool_fate fate;
    uint64_t confirmations; /* IN_CHAIN: 1: it is the tip; else 0 */
    bool watched;           /* a node is asked what becomes of it, and has not said the last word */
};

/* ---- source ------------------------------------------------------------------------------ */

enum pool_event_kind {
    POOL_EVENT_CONNECTING,   /* text: server */
    POOL_EVENT_CONNECTED,    /* text: server and dialect */
    POOL_EVENT_DISCONNECTED, /* text: reason; wait_ms */
    POOL_EVENT_JOB,          /* job: replaces the chain's current one; with job->clean, all jobs */
    POOL_EVENT_NO_JOBS,      /* work of this source must stop: every server gone too long */
    POOL_EVENT_SENT,         /* a find went to the socket: delay_ns from found_ns */
    POOL_EVENT_VERDICT,      /* verdict, job, hash_be, tag, text: reason, delay_ns, found */
    POOL_EVENT_BLOCK,        /* found: more is known of one that a VERDICT named */
    POOL_EVENT_DIFFICULTY,   /* difficulty */
    POOL_EVENT_INFO,         /* text, for the log */
    POOL_EVENT_WARNING,      /* text, for the log: something the user should look at */
};

/* Valid during the callback only. */
struct pool_event {
    enum pool_event_kind kind;
    const char *text;           /* one line, printable, "" if none; never a secret */
    const struct pool_job *job; /* borrowed: pool_job_ref to keep; NULL where it does not apply */
    enum pool_verdict verdict;
    const struct pool_block *found; /* BLOCK; VERDICT: the block that an accepted find gave, which
                                       met the block target as the first one of its job (every
                                       accepted solo find did); else NULL */
    const uint8_t *hash_be;
    uint64_t tag;
    uint64_t delay_ns; /* SENT: find to socket; VERDICT: sent to answered */
    double difficulty;
    unsigned server;  /* index into the config's servers */
    bool answered;    /* DISCONNECTED: the server had said something */
    bool served;      /* DISCONNECTED: the server had given a job */
    uint32_t wait_ms; /* DISCONNECTED: until it is tried again */
};

/** Called on the source's event thread; must return quickly (well under 1 ms). */
typedef void (*pool_event_fn)(void *user, const struct pool_event *event);

/* Hosts that a server may redirect to besides its own domain. Value. */
struct pool_redirects {
    size_t count;
    char hosts[POOL_REDIRECT_HOSTS_MAX][POOL_HOST_MAX];
};

/* Copied by pool_source_start. Zero means the default written behind each field. */
struct pool_config {
    const struct pool_coin *coin;
    const char *algo; /* NULL: the coin's first */
    struct pool_server servers[POOL_SERVERS_MAX];
    size_t server_count;
    char agent[64];           /* "shardpick/0.1.0" */
    bool proxy_local;         /* a server's proxy is also for loopback and private addresses */
    char tls_ca_file[512];    /* "" system store */
    char tls_fingerprint[65]; /* SHA-256 of the certificate in hex; "" none */
    bool tls_insecure;
    struct pool_redirects redirects;
    char api_key[128];                          /* for a node's HTTP interface; "" none */
    char coinbase_text[POOL_COINBASE_TEXT_MAX]; /* for blocks of our own; "" none */
    uint32_t connect_timeout_ms;   /* 10000; 5000 where there is another server to go to */
    uint32_t first_job_timeout_ms; /* connected without a job: next server; by the family */
    uint32_t silence_timeout_ms;   /* no job: reconnect; by the family, less where there is another
                                      server (source/README.md) */
    uint32_t ask_after_ms;         /* no job: ask the node why; by the family */
    uint32_t answer_timeout_ms;    /* no answer to a submission; by the family */
    uint32_t template_wait_ms;     /* for a template over HTTP; 0: by the family, and twice as long
                                      after each time that was too short, 2 minutes at most */
    uint32_t dead_peer_ms;         /* 8000: a peer that acknowledges nothing at all (TCP keep-alive
                                      and user timeout): connection given up */
    uint32_t backoff_min_ms;       /* 1000: first wait after a failure; doubles */
    uint32_t backoff_max_ms;       /* 30000 */
    uint32_t ban_backoff_ms;       /* 60000: a pool that closes before its first byte: first wait,
                                      doubles up to ten times as much (alephium.md 8) */
    uint32_t look_ms;              /* 5000: a node is asked so long after a block what became of it;
                                      then at intervals of six times as much */
    uint32_t keep_jobs_ms;         /* 30000: with no server at all, jobs in hand are worth hashing
                                      for so long; then NO_JOBS */
    uint32_t reject_limit;         /* 10: so many refusals in a row (stale ones do not count), and
                                      fresh work is awaited; so many again: reconnect; again: next
                                      server */
    uint32_t behind_max;           /* 2: a server whose work is more blocks of a chain older than
                                      that in hand is not changed to. UINT32_MAX where servers are
                                      networks of their own */
    uint64_t jitter_seed;          /* 0: from the operating system */
    uint32_t reduced;              /* every job's (pool_job.reduced), or 0 */
    bool multiply_difficulty;      /* Ergo's pools: a share's target is that of its job, times the
                                      last mining.set_difficulty */
    char record_file[512];         /* new file that the sessions are recorded to; "" none */
    uint64_t counters_per_job;     /* nonces of a header before the next extranonce; 0: all that it
                                      has. Small ones are for tests */
    pool_event_fn on_event;
    void *user;
};

struct pool_source;

/** Start the event thread; connecting begins at once.
 * Returns: BASE_OK; BASE_E_UNSUPPORTED a server's scheme does not fit the coin; BASE_E_FORMAT bad
 *          login; BASE_E_MEMORY; BASE_E_IO no thread. */
BASE_MUST_CHECK enum base_status pool_source_start(struct pool_source **source,
                                                   const struct pool_config *config,
                                                   struct base_error *error);

/** Hand a verified find over; wakes the event thread. Any thread; never waits for the network.
 * Every find that is taken gets exactly one VERDICT event, before pool_source_stop returns at the
 * latest.
 * Returns: BASE_OK taken; BASE_E_FULL too many finds without verdict, or stopping; BASE_E_MEMORY.
 *          Unless it is BASE_OK, nothing was taken. */
BASE_MUST_CHECK enum base_status pool_source_submit(struct pool_source *source,
                                                    const struct pool_find *find);

/** Most of this job's counters are given out: ask for the same template with a fresh nonce space,
 * which comes as a JOB event marked refill unless the job was superseded meanwhile. Once a job is
 * enough; protocols whose nonces never run out do nothing. Any thread; never waits for the network.
 */
void pool_source_refill(struct pool_source *source, const struct pool_job *job);

/** So many hashes (or solutions) a second were measured lately: a pool may be asked for a
 * difficulty that fits. Any thread; never waits. 0: not known. */
void pool_source_set_rate(struct pool_source *source, double hashes_per_s);

/** Send what is queued, wait up to drain_ms for answers, close, end the thread, free. NULL is
 * fine. */
void pool_source_stop(struct pool_source *source, uint32_t drain_ms);

#endif
