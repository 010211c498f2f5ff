/* host.h: the other side of a pool's protocol: how a family's dialect of stratum is spoken to
 * clients. The bridge (bridge/) has the connections, jobs, difficulties and books; what a line says
 * is the family's. Pure: no socket, no clock. Source: bridge.md 3 to 5. */
#ifndef POOL_HOST_H
#define POOL_HOST_H

#include <jansson.h>

#include "protocol/algo.h"
#include "protocol/job.h"
#include "wire/frame.h"

/* What may be wrong with a share. Each family has codes and words of its own. */
enum pool_host_fault {
    POOL_HOST_GOOD,
    POOL_HOST_NO_JOB,       /* unknown, or too old */
    POOL_HOST_OTHER_JOB,    /* the share names another chain than its job */
    POOL_HOST_MALFORMED,    /* a nonce of the wrong size, a member that is missing */
    POOL_HOST_DUPLICATE,    /* */
    POOL_HOST_LOW,          /* the hash is above the share target */
    POOL_HOST_WRONG_CHAIN,  /* the hash belongs to another chain */
    POOL_HOST_UNAUTHORIZED, /* no login, or a wrong password */
    POOL_HOST_FAULTS
};

/* What a share is answered with. Constant. */
struct pool_host_code {
    int code;
    const char *text;
};

/* A client as far as its family looks at it. */
struct pool_host_client {
    uint8_t prefix[POOL_EXTRANONCE1_MAX]; /* bytes of the nonce space that are this client's: those
                                             that belong to a pool above us, then ours */
    size_t prefix_size;
    char session[17];               /* hexadecimal digits */
    uint8_t payee[POOL_SCRIPT_MAX]; /* output script that its blocks pay */
    size_t payee_size;              /* bytes; 0: whom the source's jobs pay */
};

/* A share as a line brings it. Texts are borrowed from the line. */
struct pool_host_share {
    const char *job;    /* NULL: missing */
    const char *worker; /* NULL: missing */
    bool has_chain;     /* the line names a chain */
    uint32_t chain;
    uint8_t nonce[POOL_NONCE_MAX]; /* whole, as hashed */
    bool foreign;                  /* it does not begin with the client's prefix */
    uint8_t extranonce2[POOL_EXTRANONCE_MAX];
    size_t extranonce2_size; /* bytes */
    uint32_t time;           /* of the header, where the client may choose it */
    uint8_t solution[POOL_SOLUTION_MAX];
    size_t solution_size; /* bytes; 0 for plain hashes */
};

struct pool_host_ops {
    const char *title; /* of the dialect, for the log */
    struct pool_host_code codes[POOL_HOST_FAULTS];
    size_t prefix_bytes;  /* of ours in front of a client's nonces */
    uint32_t replaced_ms; /* a job is good for so long after another one took its place, */
    uint32_t void_ms;     /* and so long after a clean one did */
    bool target_in_job;   /* a job says its share target: it is sent again when that changes */
    bool pays;            /* a client's blocks can pay an address of its own */
    bool rotates;         /* one job a line, of one chain: clients take turns at the chains */

    /** Why this work cannot be served, in a sentence; NULL: it can. pool: it comes from one. */
    const char *(*refuses)(bool pool);

    /** Hashes (solutions) a second of a small device: for the first difficulty. */
    double (*small_rate)(const struct pool_algo *algo);

    /** Hashes (solutions) expected for a share of difficulty 1. */
    double (*unit)(const struct pool_algo *algo);

    /** Share target of a difficulty above 0; at most 2^256-1, at least 1. */
    void (*target)(uint8_t target_be[32], double difficulty, const struct pool_algo *algo);

    /** Result of mining.subscribe. NULL: no memory. */
    json_t *(*subscribed)(const struct pool_host_client *client);

    /** Result of a request that only this family's clients send; NULL: it is none. */
    json_t *(*answer)(const char *method);

    /** Append the line that tells the client's prefix anew; NULL: it cannot be told.
     * Returns, like the next two: BASE_OK; BASE_E_MEMORY. */
    enum base_status (*put_prefix)(struct pool_buffer *out, const struct pool_host_client *client);

    /** Append the line that tells difficulty or target. */
    enum base_status (*put_difficulty)(struct pool_buffer *out, double difficulty,
                                       const uint8_t target_be[32]);

    /** Append the line that tells a job. It depends on the client's payee, and on nothing else of
     * the client. clean: what the client has is void. */
    enum base_status (*put_job)(struct pool_buffer *out, const struct pool_job *job, const char *id,
                                const struct pool_host_client *client, const uint8_t target_be[32],
                                bool clean);

    /** Read params of mining.submit. Returns: GOOD or MALFORMED; job is set wherever it is named.
     */
    enum pool_host_fault (*read_share)(struct pool_host_share *share, const json_t *params,
                                       const struct pool_host_client *client);

    /** Make the message that a share hashes, without the nonce. NULL: the job's header is it.
     * Returns: BASE_OK; BASE_E_RANGE the share's time is not allowed; BASE_E_MEMORY. */
    enum base_status (*place)(uint8_t header[POOL_HEADER_MAX], const struct pool_job *job,
                              const struct pool_host_client *client,
                              const struct pool_host_share *share);

    /** The job that hands such a share in, as place has put it: one reference, NULL without memory.
     * NULL: the job itself. */
    const struct pool_job *(*job_of_share)(const struct pool_job *job,
                                           const struct pool_host_client *client,
                                           const struct pool_host_share *share);
};

#endif
