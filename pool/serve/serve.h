/* serve.h: the listening side of a protocol: ports, connections, one event loop on one thread.
 * Accepts, reads and writes without blocking, within the limits given, and hands input to the
 * service of its port. Knows no coin and no message; lines, frames and share difficulty that all
 * servers need are here, too. Used by the development networks and by the bridge.
 *
 * Threads: the loop has a thread of its own and a lock, which it holds whenever it does not wait
 * for events. All callbacks run on that thread with the lock held. Functions on peers may be called
 * from callbacks, or on any thread between pool_serve_lock and pool_serve_unlock. */
#ifndef POOL_SERVE_H
#define POOL_SERVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct pool_serve;
struct pool_serve_peer; /* one connection */

/* What a connection may use. */
struct pool_serve_limits {
    size_t peers;             /* connections at once; one more is closed when it comes */
    size_t peers_per_address; /* likewise, from one IP address; 0: no such limit */
    size_t in_bytes;          /* input that the service has not consumed; more: reset */
    size_t out_bytes;         /* output that the peer has not taken; more: reset */
    uint32_t stall_ms;        /* a peer that takes nothing of its output for so long is reset; 0:
                                 no such limit. Looked at once a second */
};

/* What a port does with its connections. */
struct pool_serve_service {
    /** A connection came. Returns false when it cannot be served: it is reset, without close. */
    bool (*open)(void *user, struct pool_serve_peer *peer);
    /** There is new input: see pool_serve_input. */
    void (*input)(void *user, struct pool_serve_peer *peer);
    /** The connection ends; the peer is freed after this call. */
    void (*close)(void *user, struct pool_serve_peer *peer);
};

struct pool_serve_config {
    struct pool_serve_limits limits;
    /** Each turn of the loop begins: events are handled after it. now_ms is base_clock_ms. */
    void (*begin)(void *user, uint64_t now_ms);
    /** All events of the turn are handled. Returns milliseconds until the loop must turn again
     * without an event; UINT32_MAX: never. */
    uint32_t (*end)(void *user, uint64_t now_ms);
    void *user;
};

/** A server without ports; nothing runs yet.
 * Out:     serve  NULL on error. Free: pool_serve_stop.
 * Returns: BASE_OK; BASE_E_MEMORY; BASE_E_IO with a sentence. */
BASE_MUST_CHECK enum base_status pool_serve_new(struct pool_serve **serve,
                                                const struct pool_serve_config *config,
                                                struct base_error *error);

/** Listen on a port. Before pool_serve_start.
 * Out:     bound_port  the port; useful when port is 0 (any free one).
 * In:      host        an IP address in text.
 *          what        the port's name for messages ("pool port").
 *          service     constant data. user is handed to its functions.
 * Returns: BASE_OK; BASE_E_ARG the host is no IP address; BASE_E_IO the port is taken or may not be
 *          used; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_serve_listen(struct pool_serve *serve, uint16_t *bound_port,
                                                   const char *host, uint16_t port,
                                                   const char *what,
                                                   const struct pool_serve_service *service,
                                                   void *user, struct base_error *error);

/** Open a listening socket, for a server that has a loop of its own (see pool_serve_watch).
 * Out: fd  the caller's to close; -1 on error. The rest as pool_serve_listen. */
BASE_MUST_CHECK enum base_status pool_serve_socket(int *fd, uint16_t *bound_port, const char *host,
                                                   uint16_t port, const char *what,
                                                   struct base_error *error);

/** Turn the loop when fd is readable; begin or end of the config then look after it. Before
 * pool_serve_start. fd stays the caller's and outlives the server. */
BASE_MUST_CHECK enum base_status pool_serve_watch(struct pool_serve *serve, int fd,
                                                  struct base_error *error);

/** Start the thread. */
BASE_MUST_CHECK enum base_status pool_serve_start(struct pool_serve *serve,
                                                  struct base_error *error);

/** End the thread and close every connection (close is called for each) and port, for good. Also of
 * a server that was never started, and a second time. */
void pool_serve_quit(struct pool_serve *serve);

/** The same, and free. NULL is fine. */
void pool_serve_stop(struct pool_serve *serve);

void pool_serve_lock(struct pool_serve *serve);
void pool_serve_unlock(struct pool_serve *serve);

/** Make the loop turn soon. Any thread, with or without the lock. */
void pool_serve_wake(struct pool_serve *serve);

/** Connections now, and the i-th of them (0 <= i < count). The order changes between turns only. */
size_t pool_serve_peer_count(const struct pool_serve *serve);
struct pool_serve_peer *pool_serve_peer_at(const struct pool_serve *serve, size_t index);

/* ---- one connection ------------------------------------------------------------------------ */

/** A pointer of the service, NULL at first. */
void *pool_serve_peer_user(const struct pool_serve_peer *peer);
void pool_serve_peer_set_user(struct pool_serve_peer *peer, void *user);

/** Number of the connection, 1 for the first; never used twice. */
uint64_t pool_serve_peer_id(const struct pool_serve_peer *peer);

/** base_clock_ms of the moment it came. */
uint64_t pool_serve_peer_since_ms(const struct pool_serve_peer *peer);

/** The remote IP address in text; lives as long as the peer. */
const char *pool_serve_peer_host(const struct pool_serve_peer *peer);

/** Queue bytes; they leave at the end of the turn. A peer over its limit is reset. Does nothing on
 * a connection that ends. */
void pool_serve_send(struct pool_serve_peer *peer, const void *bytes, size_t size);

/** Let this connection queue so many bytes more than the limits say. */
void pool_serve_allow_more(struct pool_serve_peer *peer, size_t bytes);

/** End the connection when its output is sent, or at once and with a reset. */
void pool_serve_close(struct pool_serve_peer *peer);
void pool_serve_reset(struct pool_serve_peer *peer);

/** True after either. */
bool pool_serve_ends(const struct pool_serve_peer *peer);

/* ---- input: all of it, line by line, or frame by frame -------------------------------------- */

/** The input that was not consumed yet; valid until the callback returns or input is consumed. */
const uint8_t *pool_serve_input(const struct pool_serve_peer *peer, size_t *size);

/** Consume the first size bytes of it. */
void pool_serve_consume(struct pool_serve_peer *peer, size_t size);

/** Take the next line: bytes up to a line feed, without it. Not NUL-ended; may be empty.
 * Out:     line, size  valid until the callback returns or the next call on this peer.
 * In:      max         bytes of a line, at most.
 * Returns: BASE_OK; BASE_E_AGAIN no whole line is there; BASE_E_LIMIT the line is too long: nothing
 *          is consumed, and the connection is best ended. */
BASE_MUST_CHECK enum base_status pool_serve_line(struct pool_serve_peer *peer, const char **line,
                                                 size_t *size, size_t max);

/** Take the next frame: a length (4 bytes, big-endian) and as many bytes, its body.
 * Out, In, Returns: as pool_serve_line, for the body. */
BASE_MUST_CHECK enum base_status pool_serve_frame(struct pool_serve_peer *peer,
                                                  const uint8_t **body, size_t *size, size_t max);

/* ---- input: HTTP requests -------------------------------------------------------------------- */

/* A request; borrowed texts without NUL, valid as those of pool_serve_line. */
struct pool_serve_request {
    const char
        *head; /* request line and headers, each line with its CR LF; starts with the method */
    size_t head_size;
    size_t method_size;
    const char *path;
    size_t path_size;
    const char *body;
    size_t body_size;
};

/** Take the next HTTP/1.1 request with all of its body.
 * In:      body_max  bytes of a body, at most.
 * Returns: BASE_OK; BASE_E_AGAIN it is not all there; BASE_E_LIMIT head or body is too long;
 *          BASE_E_FORMAT it is no request, or its body has no length. After the last two nothing is
 *          consumed, and the connection is best ended. */
BASE_MUST_CHECK enum base_status pool_serve_http(struct pool_serve_peer *peer,
                                                 struct pool_serve_request *request,
                                                 size_t body_max);

/** A header's value by its name, in any case; NULL: there is none. */
const char *pool_serve_http_header(const struct pool_serve_request *request, const char *name,
                                   size_t *size);

/** Queue an answer. type: its media type. */
void pool_serve_http_answer(struct pool_serve_peer *peer, int code, const char *type,
                            const char *body, size_t size);

/* ---- share difficulty that follows a client -------------------------------------------------- */

struct pool_serve_vardiff_config {
    uint32_t share_ms;          /* wanted time between two shares of a client */
    uint32_t look_ms;           /* least time between two changes; UINT32_MAX: never change */
    unsigned tolerance_percent; /* how far the rate may be off before it is changed */
};

/* Of one client. */
struct pool_serve_vardiff {
    uint64_t looked_ms; /* when the difficulty was last looked at */
    uint64_t shares;    /* accepted since then */
};

void pool_serve_vardiff_init(struct pool_serve_vardiff *vardiff, uint64_t now_ms);

/** A share was accepted.
 * Returns: what the difficulty should be multiplied with; 1: it stays. Above 0, finite. */
double pool_serve_vardiff_share(struct pool_serve_vardiff *vardiff,
                                const struct pool_serve_vardiff_config *config, uint64_t now_ms);

/* ---- settings by name ------------------------------------------------------------------------ */

/** Set one number by "name=number" ("name" alone: 1; nine digits at most).
 * In:      values, names, count  values[i] belongs to names[i]
 *          what                  they are, for the sentence ("fault")
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence that lists the names. */
BASE_MUST_CHECK enum base_status pool_serve_number(uint32_t *const *values,
                                                   const char *const *names, size_t count,
                                                   const char *what, const char *text,
                                                   struct base_error *error);

/** Index of a name. Returns: BASE_OK; BASE_E_FORMAT with a sentence that lists the names. */
BASE_MUST_CHECK enum base_status pool_serve_choice(size_t *index, const char *const *names,
                                                   size_t count, const char *what, const char *text,
                                                   struct base_error *error);

#endif
