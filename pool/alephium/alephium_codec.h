/* alephium_codec.h: Alephium's miner API as bytes and values (alephium.md 3, 4.3, 4.4), and the
 * making of a job from a header and a target, which pools need too. No state, no I/O. */
#ifndef POOL_ALEPHIUM_CODEC_H
#define POOL_ALEPHIUM_CODEC_H

#include "protocol/job.h"
#include "wire/frame.h"

enum {
    /* Frames, bytes after the length field. Sixteen version 1 jobs are 5.7 kB; version 0 jobs carry
     * whole transaction lists (alephium.md 4.7). */
    POOL_ALEPHIUM_FRAME_V1_MAX = 1 << 20,
    POOL_ALEPHIUM_FRAME_V0_MAX = POOL_FRAME_MAX,
    /* Jobs in one frame or notify. A node has 16 chains; pools sent 1 or 16. */
    POOL_ALEPHIUM_JOBS_MAX = 64,

    POOL_ALEPHIUM_GROUPS = 4,
    POOL_ALEPHIUM_CHAINS = 16,
    POOL_ALEPHIUM_NONCE = 24,        /* bytes, in front of the header */
    POOL_ALEPHIUM_HEADER = 302,      /* bytes of headerBlob with 4 groups (alephium.md 3.2) */
    POOL_ALEPHIUM_MESSAGE = 326,     /* nonce and headerBlob: what is hashed */
    POOL_ALEPHIUM_UNCLE_HEIGHTS = 7, /* a late block may be this much older (alephium.md 2) */
    POOL_ALEPHIUM_NODE_PORT = 10973, /* miner port of a node (alephium.md 4.1) */
    POOL_ALEPHIUM_REST_OFFSET =
        2000, /* from it to the REST port, on every network (alephium.md 5) */
};

/* One job as it lies in a frame, structure checked, values not. Borrows from the frame. */
struct pool_alephium_raw_job {
    uint32_t from_group;
    uint32_t to_group;
    const uint8_t *header;
    size_t header_size;
    const uint8_t *txs;
    size_t txs_size;
    const uint8_t *target; /* signed, most significant byte first */
    size_t target_size;
    uint32_t height; /* 0 in version 0 */
};

enum pool_alephium_message_kind {
    POOL_ALEPHIUM_JOBS,
    POOL_ALEPHIUM_RESULT,
    POOL_ALEPHIUM_OTHER, /* a type that is not known: to be skipped, its frame says how long it is
                          */
};

/* A frame from a node. */
struct pool_alephium_message {
    enum pool_alephium_message_kind kind;
    unsigned other_type; /* OTHER */
    size_t job_count;
    struct pool_alephium_raw_job jobs[POOL_ALEPHIUM_JOBS_MAX];
    uint32_t result_from; /* groups of the hash, not checked: 0..2^32-1 */
    uint32_t result_to;
    uint8_t result_hash[32]; /* zero in version 0 */
    bool result_accepted;
};

/** Decode one frame body. The whole frame is checked before anything of it is used.
 * In:      version  0 or 1
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence: the stream can no longer be trusted. */
BASE_MUST_CHECK enum base_status pool_alephium_decode(struct pool_alephium_message *message,
                                                      const uint8_t *body, size_t size,
                                                      unsigned version, struct base_error *error);

/** Target field of a Job: signed big-endian integer (alephium.md 4.3).
 * Returns: BASE_OK; BASE_E_FORMAT empty or negative; BASE_E_LIMIT over 256 bits; BASE_E_RANGE zero,
 *          which no hash can meet. */
BASE_MUST_CHECK enum base_status pool_alephium_target(uint8_t target_be[32], const uint8_t *bytes,
                                                      size_t size);

/* What a job is made of, from a node or a pool. */
struct pool_alephium_template {
    uint32_t from_group; /* any value: checked */
    uint32_t to_group;
    const uint8_t *header;
    size_t header_size;
    const uint8_t *txs;
    size_t txs_size;
    uint8_t target_be[32];
    const uint8_t *extranonce;
    size_t extranonce_size; /* 0..POOL_EXTRANONCE_MAX */
    uint64_t height;
};

/** Make a job: groups, header size and front are checked. The caller fills ids, label and flags.
 * Out:     full  one reference; NULL on error
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence, for a warning (skip the job); BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_alephium_job(struct pool_job_full **full,
                                                   const struct pool_alephium_template *from,
                                                   struct base_error *error);

/** True when two jobs ask for the same hashes: same message, target and nonce prefix. */
bool pool_alephium_same_work(const struct pool_job *a, const struct pool_job *b);

/** SubmitBlock frame for a find, appended to out (alephium.md 4.3, 4.4).
 * Returns: BASE_OK, BASE_E_MEMORY (out unchanged). */
BASE_MUST_CHECK enum base_status pool_alephium_encode_submit(struct pool_buffer *out,
                                                             const struct pool_job *job,
                                                             const uint8_t nonce[24],
                                                             unsigned version);

#endif
