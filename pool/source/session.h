/* session.h: one connection to one server: a link, the protocol on it, and the bytes in between;
 * or, for a protocol over HTTP, its requests, each with a link of its own, and the connections that
 * they leave open for each other. Knows neither the other
 * servers nor the threads. */
#ifndef POOL_SESSION_H
#define POOL_SESSION_H

#include "protocol/family.h"
#include "record/record.h"
#include "transport/transport.h"
#include "wire/frame.h"

struct pool_poll_lease;

enum pool_session_role {
    POOL_SESSION_CANDIDATE, /* has given no job yet */
    POOL_SESSION_SERVING,   /* its jobs are being hashed */
    POOL_SESSION_LEAVING,   /* replaced: stays until its last finds are answered */
};

enum { POOL_SESSION_GAPS = 32 };

struct pool_session {
    struct pool_link *link;                  /* owned; NULL over HTTP */
    struct pool_link *calls[POOL_CALLS_MAX]; /* over HTTP: owned; NULL: no such request */
    struct pool_idle idle;                   /* over HTTP: connections for the next requests */
    const struct pool_transport_options *options;
    struct pool_protocol *protocol; /* owned; NULL until the link is open */
    const struct pool_service *service;
    const struct pool_protocol_ops *ops; /* the service's */
    struct pool_protocol_setup setup;
    struct pool_buffer out;                   /* for the peer, not sent yet */
    struct pool_poll_lease *lease;            /* owned; NULL until a long poll is wanted */
    int wake_fd;                              /* eventfd of the thread that runs this; 0: none, and
                                                 every session has its own long poll */
    struct pool_recorder *recorder;           /* borrowed; NULL: nothing is recorded */
    struct pool_buffer unrecorded;            /* the peer's line that is not complete yet */
    struct pool_rpc_login login;              /* of the last request that was recorded: a node that
                                                 still answers an older one has the same login */
    const struct pool_submission *submitting; /* during submit, until it is recorded */
    unsigned server;
    uint16_t port; /* it was opened to */
    enum pool_session_role role;
    bool quiet;          /* tried while another server serves: its failure is not shown */
    bool ready;          /* the protocol found its dialect */
    bool heard;          /* at least one byte was received */
    bool more;           /* the last round stopped before the link was empty */
    uint16_t moved_port; /* the peer has sent us elsewhere; 0: no */
    uint32_t moved_wait_ms;
    char moved_host[POOL_HOST_MAX];
    uint64_t opened_ms;                  /* connecting began */
    uint64_t connected_ms;               /* link open, or the first answer over HTTP; 0 before */
    uint64_t job_ms;                     /* last usable job; 0 none yet */
    uint32_t gaps_ms[POOL_SESSION_GAPS]; /* between jobs, a ring */
    size_t gap_count;                    /* ever seen */
    uint64_t asked_ms; /* the server was asked why it gives no jobs any more; 0: it gives some */
    uint64_t behind;   /* CANDIDATE: so many blocks older than the serving one's is its last job */
    bool again;        /* it is closed to be opened again at once */
    bool refusing;     /* it is closed because it refuses every find */
    uint64_t first_job_ms;        /* 0 none yet */
    double rate;                  /* hashes a second, as the protocol was told last; 0: not yet */
    uint64_t leave_ms;            /* LEAVING: closed at the latest then */
    struct pool_link_facts facts; /* over HTTP: of the last request that made a connection */
    char dialect[128];
    /** Outputs of the protocol but SEND. */
    enum base_status (*on_output)(void *user, struct pool_session *session,
                                  const struct pool_output *output);
    void *user;
};

/** Begin to connect; setup's output and user are set here, and its time limit for answers where it
 * is 0. Returns as pool_link_open. */
BASE_MUST_CHECK enum base_status pool_session_open(struct pool_session **session,
                                                   const struct pool_transport_options *options,
                                                   const struct pool_service *service,
                                                   const struct pool_protocol_setup *setup,
                                                   uint16_t port, uint64_t now_ms,
                                                   struct base_error *error);

/** What to wait for: as many places as POOL_CALLS_MAX. Returns how many were used. */
size_t pool_session_waits(struct pool_session *session, struct pool_wait *waits);

/** True when pool_session_run must be called without waiting: a link is open and its protocol not
 * begun, or has failed, or has more bytes to read. */
bool pool_session_hurries(const struct pool_session *session);

/** Address and times of the connection. */
void pool_session_facts(const struct pool_session *session, struct pool_link_facts *facts);

/** Do what the link is ready for: start, receive, settle, send. Anything but BASE_OK: close it.
 * In: readable  of the link; requests over HTTP know it themselves. */
BASE_MUST_CHECK enum base_status pool_session_run(struct pool_session *session, bool readable,
                                                  uint64_t now_ms, struct base_error *error);

/** Hand a find to the protocol and write it. Returns as pool_protocol_ops.submit. */
BASE_MUST_CHECK enum base_status pool_session_submit(struct pool_session *session,
                                                     struct pool_submission *submission,
                                                     uint64_t now_ms, struct base_error *error);

/** pool_protocol_ops.tick of the protocol; BASE_OK before there is one. */
BASE_MUST_CHECK enum base_status pool_session_tick(struct pool_session *session, uint64_t now_ms,
                                                   struct base_error *error);

/** pool_protocol_ops.refill of the protocol. */
BASE_MUST_CHECK enum base_status pool_session_refill(struct pool_session *session,
                                                     const struct pool_job *job, uint64_t now_ms,
                                                     struct base_error *error);

/** pool_protocol_ops.rate of the protocol, at first and where it has changed by a quarter. 0: not
 * known. */
BASE_MUST_CHECK enum base_status pool_session_rate(struct pool_session *session,
                                                   double hashes_per_s, uint64_t now_ms,
                                                   struct base_error *error);

/** Close and free; the protocol's pending submissions come out first. NULL is fine. */
void pool_session_close(struct pool_session *session);

#endif
