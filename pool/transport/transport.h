/* transport.h: the only place that does network I/O: byte streams over TCP and TLS, through SOCKS5
 * where wanted, and single HTTP requests, all by libcurl. Nothing blocks but pool_transport_wait.
 * Knows no protocol. A link belongs to one thread. */
#ifndef POOL_TRANSPORT_H
#define POOL_TRANSPORT_H

#include "pool.h"
#include "transport/request.h"
#include "transport/resolve.h"
#include "wire/bounds.h"

/* How to connect. Borrowed: must outlive the links. */
struct pool_transport_options {
    const char *proxy;       /* socks5://[user:pass@]host:port, socks5h:// ; "" none */
    bool proxy_local;        /* it is also for hosts of local.h */
    const char *tls_ca_file; /* "" system store */
    bool tls_insecure;       /* verify nothing */
    bool tls_pinned;         /* the certificate must have this fingerprint; chain and name are
                                then not asked for */
    uint8_t tls_fingerprint[32];
    const struct pool_addresses *last; /* addresses that are tried only when no other one of the
                                          name connects; NULL: none. Not asked for with a proxy */
    const struct pool_redirects *redirects; /* hosts that an HTTP answer may send us to */
    uint32_t connect_timeout_ms;            /* name, proxy, TCP and TLS together */
    uint32_t dead_peer_ms; /* a peer that acknowledges nothing for so long is dead */
};

struct pool_link;
struct pool_channel;

enum { POOL_IDLE_MAX = 4 }; /* as many as one server is asked at once */

/* Connections that requests have left open for the next ones to the same server. Zero at first; the
 * links that use it are closed before. */
struct pool_idle {
    struct pool_channel *channels[POOL_IDLE_MAX]; /* owned */
    size_t count;
};

/** Close them all. */
void pool_idle_close(struct pool_idle *idle);

enum {
    POOL_LINKS_MAX = 32
}; /* links in one wait: four a session, a diagnosis, a look at a block */

enum pool_link_state {
    POOL_LINK_CONNECTING,
    POOL_LINK_OPEN,   /* stream: send and receive */
    POOL_LINK_DONE,   /* HTTP: the answer is there */
    POOL_LINK_FAILED, /* pool_link_error says why */
};

/** Process-wide set-up of libcurl; counted, so every start has its stop. Any thread. */
BASE_MUST_CHECK enum base_status pool_transport_start(struct base_error *error);
void pool_transport_stop(void);

/** Begin to connect a stream (tls: with TLS). Returns BASE_OK, BASE_E_MEMORY, BASE_E_UNSUPPORTED
 * (this libcurl lacks what the options ask for). Close: pool_link_close. */
BASE_MUST_CHECK enum base_status pool_link_open(struct pool_link **link,
                                                const struct pool_transport_options *options,
                                                const char *host, uint16_t port, bool tls,
                                                struct base_error *error);

/** Begin an HTTP request, over a connection of idle where one is there, and leave it there
 * afterwards. Where a kept connection ends before the answer, libcurl sends the request again over
 * another one, unless it is one to be sent once. Redirects are followed where redirect.h and this
 * room's README allow it, else they fail the link. Returns as pool_link_open. In: idle  NULL: a
 * connection for this request alone */
BASE_MUST_CHECK enum base_status pool_link_request(struct pool_link **link,
                                                   const struct pool_transport_options *options,
                                                   struct pool_idle *idle, const char *host,
                                                   uint16_t port, bool tls,
                                                   const struct pool_request *request,
                                                   struct base_error *error);

/** Close at once; never waits, not even for a name server. NULL is fine. */
void pool_link_close(struct pool_link *link);

enum pool_link_state pool_link_state(const struct pool_link *link);

/** Why it failed, in one sentence. */
const struct base_error *pool_link_error(const struct pool_link *link);

/** Receive what is there.
 * Returns: BASE_OK with *got 1..cap; BASE_E_AGAIN nothing there; BASE_E_CLOSED the peer closed;
 *          BASE_E_IO broken, see pool_link_error. */
BASE_MUST_CHECK enum base_status pool_link_recv(struct pool_link *link, void *bytes, size_t cap,
                                                size_t *got);

/** Send what fits. Returns: BASE_OK with *sent 1..size; BASE_E_AGAIN; BASE_E_CLOSED; BASE_E_IO. */
BASE_MUST_CHECK enum base_status pool_link_send(struct pool_link *link, const void *bytes,
                                                size_t size, size_t *sent);

/** HTTP answer of a link that is DONE. body is NUL-ended, borrowed until the link is closed. */
void pool_link_answer(const struct pool_link *link, long *code, const char **body, size_t *size);

/** A request that is DONE leaves its connection to later ones; the answer stays. */
void pool_link_leave(struct pool_link *link);

/* What a link learned on its way. */
struct pool_link_facts {
    char address[64];  /* the peer's, or the one that was tried last, as numbers; "" not known */
    bool connected;    /* TCP stands, or stood */
    bool reused;       /* HTTP: over a kept connection, no other one was made */
    double connect_ms; /* TCP handshake alone: one round trip; 0 not known */
    double tls_ms;     /* TLS handshake alone; 0 none */
    int64_t date_s;    /* HTTP: Date of the answer, seconds since 1970; 0 none */
};

/** Facts of a link that is OPEN or DONE (what is known of one that FAILED). */
void pool_link_facts(const struct pool_link *link, struct pool_link_facts *facts);

/* One link to wait for. */
struct pool_wait {
    struct pool_link *link;
    bool want_send; /* in: wake up when it can send */
    bool readable;  /* out: try to receive (or it broke) */
};

/** Wait until a link is ready or changes its state, wake_fd becomes readable, or timeout_ms pass.
 * Drives connecting links and HTTP requests. Does not drain wake_fd.
 * In: count 0..POOL_LINKS_MAX links. */
void pool_transport_wait(struct pool_wait *waits, size_t count, int wake_fd, uint64_t timeout_ms);

#endif
