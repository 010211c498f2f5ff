/* komodo_notice.h: what a mining.notify of ZIP 301 says, and the job that it makes. Header bytes
 * are in wire order, which is how pools write them. Source: komodo.md 6.1 and 6.2. */
#ifndef POOL_KOMODO_NOTICE_H
#define POOL_KOMODO_NOTICE_H

#include <jansson.h>

#include "komodo/komodo.h"
#include "protocol/job.h"

/* Value. */
struct pool_komodo_notice {
    char id[POOL_JOB_ID_MAX + 1];
    bool id_is_number;
    uint8_t header[POOL_KOMODO_NONCE]; /* all before the nonce */
    uint8_t block_target_be[32];       /* as the header's bits say */
    bool clean;

    /* The caller's. */
    uint8_t target_be[32]; /* of shares; zero: not known yet */
    bool has_nonce1;       /* the connection's part of the nonce is known */
    uint8_t nonce1[POOL_KOMODO_NONCE_SIZE];
    size_t nonce1_size;
    uint64_t received_ms;
};

/** Read the params of a mining.notify: job, version, previous block, merkle root, Sapling root,
 * time, bits, clean, and perhaps parameters ("200_9") and personalisation ("ZcashPoW").
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence: the job is to be skipped; BASE_E_REFUSED with a
 *          sentence: the pool's jobs are for another proof of work. */
BASE_MUST_CHECK enum base_status pool_komodo_notice_read(struct pool_komodo_notice *notice,
                                                         const json_t *params,
                                                         struct base_error *error);

/** A job of a complete notice, for pool_login_publish. A share target below
 * the block's becomes the block's: no block is lost. NULL: no memory. */
struct pool_job_full *pool_komodo_notice_job(const struct pool_komodo_notice *notice);

#endif
