/* alephium_stratum.h: the private side of the pool protocol: its state, and what its three files
 * (alephium_stratum.c lines and answers, alephium_work.c jobs and targets, alephium_share.c shares)
 * do for each other. */
#ifndef POOL_ALEPHIUM_STRATUM_H
#define POOL_ALEPHIUM_STRATUM_H

#include "alephium/address.h"
#include "alephium/alephium_family.h"
#include "alephium/alephium_notify.h"
#include "protocol/stratum_peer.h"

enum { POOL_STRATUM_ID_SUGGEST = 4 }; /* request for a difficulty */

struct pool_stratum {
    struct pool_peer peer;                     /* first */
    bool published;                            /* a job went out on this connection */
    bool next_clean;                           /* AlephiumStratum: the next job voids the others */
    bool suggested;                            /* a difficulty was asked for */
    bool flood_told;                           /* the same, since shares come too fast */
    bool login_answered;                       /* or shown by an accepted share */
    char worker[POOL_ALEPHIUM_WORKER_MAX + 1]; /* for positional submits */
    char hello[64];                            /* protocol name a server answered, "" none */
    uint8_t extranonce[POOL_EXTRANONCE_MAX];
    size_t extranonce_size;
    bool has_target; /* by mining.set_target */
    uint8_t target_be[32];
    double difficulty;                                    /* by mining.set_difficulty; 0: never */
    double shown_difficulty;                              /* last one given out */
    const struct pool_job *current[POOL_ALEPHIUM_CHAINS]; /* owned; what is worth hashing */
    const struct pool_job *fresh[POOL_ALEPHIUM_CHAINS];   /* owned; to be published */
    bool fresh_clean;                                     /* fresh replaces all of current */
    struct pool_alephium_notice *waiting; /* owned; jobs without a target, or NULL */
    size_t waiting_count;
    uint64_t waiting_since_ms;
};

static inline struct pool_stratum *pool_stratum_of(struct pool_protocol *protocol)
{
    return (struct pool_stratum *)(void *)protocol;
}

/* ---- alephium_work.c ------------------------------------------------------------------------- */

/** mining.notify, set_extranonce, set_difficulty, set_target with these params. What makes no sense
 * is skipped with a warning; anything but BASE_OK closes the connection. */
BASE_MUST_CHECK enum base_status pool_stratum_notify(struct pool_stratum *stratum,
                                                     const json_t *params, uint64_t now_ms,
                                                     struct base_error *error);
BASE_MUST_CHECK enum base_status pool_stratum_extranonce(struct pool_stratum *stratum,
                                                         const json_t *params,
                                                         struct base_error *error);
BASE_MUST_CHECK enum base_status pool_stratum_difficulty(struct pool_stratum *stratum,
                                                         const json_t *params, uint64_t now_ms,
                                                         struct base_error *error);
BASE_MUST_CHECK enum base_status pool_stratum_target(struct pool_stratum *stratum,
                                                     const json_t *params, uint64_t now_ms,
                                                     struct base_error *error);

/** Jobs have waited for a target and none came: assume difficulty 1, with a warning. */
BASE_MUST_CHECK enum base_status pool_stratum_assume(struct pool_stratum *stratum, uint64_t now_ms,
                                                     struct base_error *error);

/** Publish; pool_protocol_ops.settle. */
BASE_MUST_CHECK enum base_status pool_stratum_settle(struct pool_protocol *protocol,
                                                     uint64_t now_ms, struct base_error *error);

/** Release the jobs of an array. */
void pool_stratum_drop(const struct pool_job *jobs[POOL_ALEPHIUM_CHAINS]);

/** True while the pool's newest work contains this job. */
bool pool_stratum_is_current(const struct pool_stratum *stratum, const struct pool_job *job);

/* ---- alephium_share.c ------------------------------------------------------------------------ */

/** pool_protocol_ops.submit. */
BASE_MUST_CHECK enum base_status pool_stratum_submit(struct pool_protocol *protocol,
                                                     struct pool_submission *submission,
                                                     uint64_t now_ms, struct base_error *error);

/** pool_protocol_ops.rate. */
BASE_MUST_CHECK enum base_status pool_stratum_rate(struct pool_protocol *protocol,
                                                   double hashes_per_s, uint64_t now_ms,
                                                   struct base_error *error);

/** An answer with this id came: if a share waits for it, give its verdict. */
void pool_stratum_share_answer(struct pool_stratum *stratum, uint64_t id, const json_t *result,
                               const json_t *problem);

#endif
