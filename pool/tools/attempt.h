/* attempt.h: one try to mine at a URL, for a diagnosis: a session with the real protocol that ends
 * with the first job or with the reason why there is none. Nothing is hashed or submitted. */
#ifndef POOL_ATTEMPT_H
#define POOL_ATTEMPT_H

#include "source/session.h"

/* Zeroed before pool_attempt_open but for linger_ms; then its outcome may be read at any time. */
struct pool_attempt {
    uint32_t linger_ms; /* it ends so long after the first job: pools judge a login later */
    const struct pool_family *family;
    struct pool_server server;
    struct pool_memory memory;
    struct pool_session *session; /* owned; NULL: not begun, or over */
    uint64_t next_job_id;
    bool connected; /* the link stood */
    bool heard;     /* a byte was received */
    bool ready;     /* the protocol was recognised, with its dialect */
    bool known;     /* when it is over: the protocol was recognised, though maybe without work: a
                       pool that has set a difficulty, a node that answers why not */
    bool failed;    /* error says why */
    uint64_t opened_ns;
    double job_ms;       /* from the begin to the first job */
    unsigned jobs;       /* that came */
    uint32_t chains;     /* set of those with work */
    unsigned job_chains; /* of the coin, as the first job says */
    uint64_t end_ms;     /* with a job: it ends then */
    int64_t header_ms;   /* time in the first job's header, ms since 1970; 0 not known */
    int64_t seen_ms;     /* this machine's clock then */
    char dialect[128];
    char warning[POOL_TEXT_MAX]; /* the last one of the protocol; "" none */
    struct pool_link_facts facts;
    struct base_error error;
};

/** Begin. config and options are borrowed until it is over; so is the attempt itself. */
void pool_attempt_open(struct pool_attempt *attempt, const struct pool_config *config,
                       const struct pool_transport_options *options,
                       const struct pool_server *server);

/** Run attempts side by side until each is over or the clock is until_ms; those that are not over
 * then have failed in silence. At most 8. */
void pool_attempts_run(struct pool_attempt *attempts, size_t count, uint64_t until_ms);

/** True when a job came. */
bool pool_attempt_works(const struct pool_attempt *attempt);

/** True when the server was reached and refused what it was asked for. */
bool pool_attempt_refused(const struct pool_attempt *attempt);

#endif
