/* stratum_v1.h: the private side of the Bitcoin-family pool protocol: its state, and what its files
 * (stratum_v1.c lines and answers, stratum_v1_notice.c what a notify says, stratum_v1_work.c jobs,
 * targets and rolling, stratum_v1_share.c shares) do for each other. Source: stratum.md 1 to 6. */
#ifndef POOL_STRATUM_V1_H
#define POOL_STRATUM_V1_H

#include "bitcoin/bitcoin_bounds.h"
#include "bitcoin/bitcoin_family.h"
#include "bitcoin/v1_header.h"
#include "protocol/job.h"
#include "protocol/stratum_login.h"

enum { POOL_V1_ROLL_MAX_S = 300 }; /* a job's time is moved by no more than this */

/* A template: what a notify said, and what the pool had told before it. Owned; see
 * pool_v1_notice_free. */
struct pool_v1_notice {
    char id[POOL_JOB_ID_MAX + 1];
    uint8_t prevhash[32]; /* in header order */
    uint8_t *coinbase;    /* owned; coinb1, extranonce1, room for extranonce2, coinb2 */
    size_t coinbase_size;
    size_t head_size; /* of coinb1 */
    size_t tail_size; /* of coinb2 */
    size_t extranonce2_at;
    uint8_t extranonce1[POOL_EXTRANONCE1_MAX];
    size_t extranonce1_size; /* bytes */
    size_t extranonce2_size; /* 0: the coinbase is not put together yet */
    uint8_t branch[POOL_V1_BRANCHES_MAX][32];
    size_t branch_count;
    uint32_t version;
    uint32_t nbits;
    uint32_t ntime;
    bool clean;
    bool announced;        /* a job of it was published */
    uint8_t target_be[32]; /* of shares; zero: not known yet */
    uint8_t block_target_be[32];
    uint32_t epoch_s; /* length of an epoch; 0: the algorithm has none */
    uint64_t height;
    uint64_t received_ms;
    uint64_t base;    /* extranonce2 of variant 0 */
    uint64_t variant; /* next one */
};

struct pool_v1 {
    struct pool_peer peer; /* first */
    bool flood_told;       /* a difficulty was asked for, since shares come too fast */
    bool has_difficulty;
    uint8_t target_be[32];
    size_t extranonce2_size;
    uint32_t epoch_s;               /* learned from a pool's keys; 0: not yet */
    struct pool_v1_notice *current; /* owned or NULL: what is being hashed; peer.job is of it */
    struct pool_v1_notice *fresh;   /* owned or NULL: to be published */
    bool owed; /* current is used up: another variant is due when its time comes */
};

static inline struct pool_v1 *pool_v1_of(struct pool_protocol *protocol)
{
    return (struct pool_v1 *)(void *)protocol;
}

/* ---- stratum_v1_notice.c --------------------------------------------------------------------- */

/** Read the params of a mining.notify.
 * Out:     notice  the caller frees it; NULL on error. No extranonce in place yet.
 * Returns: BASE_OK; BASE_E_FORMAT or BASE_E_LIMIT with a sentence: the job is to be skipped;
 *          BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_v1_notice_read(struct pool_v1_notice **notice,
                                                     const json_t *params,
                                                     struct base_error *error);

/** Put the connection's extranonce1 and the size of extranonce2 into the coinbase.
 * Returns: BASE_OK; BASE_E_MEMORY with a sentence. */
BASE_MUST_CHECK enum base_status pool_v1_notice_extranonce(struct pool_v1_notice *notice,
                                                           const uint8_t *extranonce1, size_t size,
                                                           size_t extranonce2_size,
                                                           struct base_error *error);

/** True when both give the same headers but for the time. */
bool pool_v1_notice_same(const struct pool_v1_notice *a, const struct pool_v1_notice *b);

/** Coinbase with this extranonce2, merkle root, header with this time.
 * In/out:  notice  its coinbase is written to
 * Returns: BASE_OK; BASE_E_MEMORY with a sentence. */
BASE_MUST_CHECK enum base_status pool_v1_notice_header(uint8_t header[POOL_V1_HEADER],
                                                       struct pool_v1_notice *notice,
                                                       const uint8_t *extranonce2, uint32_t ntime,
                                                       struct base_error *error);

/** NULL is fine. */
void pool_v1_notice_free(struct pool_v1_notice *notice);

/* ---- stratum_v1_work.c ----------------------------------------------------------------------- */

/** mining.notify with this whole message; set_difficulty, set_target with these params. What makes
 * no sense is skipped with a warning; anything but BASE_OK closes the connection. */
BASE_MUST_CHECK enum base_status pool_v1_notify(struct pool_v1 *v1, const json_t *message,
                                                uint64_t now_ms, struct base_error *error);
void pool_v1_difficulty(struct pool_v1 *v1, const json_t *params);
void pool_v1_set_target(struct pool_v1 *v1, const json_t *params);

/** pool_peer_ops.take_size: the size of extranonce2; one that is missing stays as it was. */
BASE_MUST_CHECK enum base_status pool_v1_take_size(struct pool_protocol *protocol,
                                                   const json_t *json, struct base_error *error);

/** pool_protocol_ops.settle and refill. */
BASE_MUST_CHECK enum base_status pool_v1_settle(struct pool_protocol *protocol, uint64_t now_ms,
                                                struct base_error *error);
BASE_MUST_CHECK enum base_status pool_v1_refill(struct pool_protocol *protocol,
                                                const struct pool_job *job, uint64_t now_ms,
                                                struct base_error *error);

/** Go on with what waits for time: a template without difficulty, a variant that is due. And when
 * that is; UINT64_MAX: never. */
BASE_MUST_CHECK enum base_status pool_v1_work_tick(struct pool_v1 *v1, uint64_t now_ms,
                                                   struct base_error *error);
uint64_t pool_v1_work_due_ms(const struct pool_v1 *v1);

/* ---- stratum_v1_share.c ---------------------------------------------------------------------- */

/** pool_protocol_ops.submit. */
BASE_MUST_CHECK enum base_status pool_v1_submit(struct pool_protocol *protocol,
                                                struct pool_submission *submission, uint64_t now_ms,
                                                struct base_error *error);

/** pool_protocol_ops.rate. */
BASE_MUST_CHECK enum base_status pool_v1_rate(struct pool_protocol *protocol, double hashes_per_s,
                                              uint64_t now_ms, struct base_error *error);

/** pool_peer_ops.share_params. */
json_t *pool_v1_share_params(const struct pool_protocol *protocol,
                             const struct pool_submission *submission);

#endif
