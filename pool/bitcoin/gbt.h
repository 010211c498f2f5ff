/* gbt.h: the private side of solo mining by getblocktemplate: what a node's template says, how a
 * block is made of it, and what its files do for each other: gbt_template.c (the answer into
 * values), gbt_block.c (coinbase, merkle root, block), gbt_words.c (refusals in words), gbt_node.c
 * (requests, for the machine of template_node.h). What other coins' nodes have in common with it is
 * in gbt_parts.h. Source: digibyte.md 2, 3, 7 to 9. */
#ifndef POOL_GBT_H
#define POOL_GBT_H

#include <jansson.h>

#include "bitcoin/gbt_parts.h"
#include "bitcoin/v1_header.h"
#include "protocol/coin.h"
#include "protocol/rpc.h"
#include "protocol/template_node.h"

enum {
    POOL_GBT_EXTRANONCE = 8,       /* bytes of ours in a coinbase */
    POOL_GBT_COINBASE_MAX = 512,   /* bytes; a script of 100 and two outputs need 400 */
    POOL_GBT_COINBASE_SCRIPT = 100 /* bytes at most (digibyte.md 8) */
};

/* ---- gbt_template.c -------------------------------------------------------------------------- */

/* One answer of getblocktemplate. Constant once read. */
struct pool_gbt_template {
    struct pool_template base; /* first; parent in header order, poll_id is the longpollid */
    uint32_t version;
    uint32_t bits;
    uint32_t time; /* for the header: curtime, but never before mintime */
    uint64_t height;
    uint64_t value; /* of the coinbase, smallest units */
    uint64_t key;   /* odokey; where has_key */
    bool has_key;
    uint8_t target_be[32];
    uint8_t commitment[POOL_SCRIPT_MAX];      /* output script of the witness commitment */
    size_t commitment_size;                   /* 0: no transaction has a witness */
    uint8_t branch[POOL_V1_BRANCHES_MAX][32]; /* of the coinbase, raw digests */
    size_t branch_count;
    size_t tx_count;       /* without the coinbase */
    struct pool_blob *raw; /* a reference: all transactions in order */
};

/** Read the result of getblocktemplate. Everything is bounded and checked: sizes, hex, hashes of
 * the raw transactions, target against bits.
 * Out:     made  the caller frees it; NULL on error.
 * Returns: BASE_OK; BASE_E_FORMAT, BASE_E_LIMIT, BASE_E_UNSUPPORTED (a rule that a miner must know
 *          and we do not) with a sentence; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_gbt_template_read(struct pool_gbt_template **made,
                                                        const json_t *result,
                                                        struct base_error *error);

/** NULL is fine. */
void pool_gbt_template_free(struct pool_gbt_template *gbt);

/* ---- gbt_block.c ----------------------------------------------------------------------------- */

/* A coinbase in both forms. Value. */
struct pool_gbt_coinbase {
    uint8_t plain[POOL_GBT_COINBASE_MAX]; /* without witness: what the txid is of */
    size_t plain_size;
    uint8_t full[POOL_GBT_COINBASE_MAX]; /* as it stands in the block */
    size_t full_size;
    size_t extranonce_at; /* in plain */
    size_t payee_at;      /* in plain: the length of the first output's script, one byte */
};

/* What a job's coinbase and merkle root were made of, so that a client's can be: pool_job_full's
 * pieces. Value. */
struct pool_gbt_pieces {
    struct pool_gbt_coinbase coinbase;
    bool commits;
    uint8_t branch[POOL_V1_BRANCHES_MAX][32];
    size_t branch_count;
    size_t tx_count; /* without the coinbase */
};

/** Those of a job; NULL: it has none. */
const struct pool_gbt_pieces *pool_gbt_pieces(const struct pool_job *job);

/** The coinbase with another extranonce, and another payee where payee_size is not 0. */
void pool_gbt_coinbase_again(struct pool_gbt_coinbase *coinbase,
                             const struct pool_gbt_pieces *pieces,
                             const uint8_t extranonce[POOL_GBT_EXTRANONCE], const uint8_t *payee,
                             size_t payee_size);

/** What stands between header and transactions of a block with this coinbase.
 * Returns: bytes written, at most POOL_GBT_COINBASE_MAX. */
size_t pool_gbt_block_front(uint8_t bytes[POOL_GBT_COINBASE_MAX], size_t tx_count,
                            const struct pool_gbt_coinbase *coinbase);

/** Make a coinbase: height, extranonce and text in its script; the whole value to one output; the
 * witness commitment in a second one where there is one.
 * In:      text  printable, shorter than POOL_COINBASE_TEXT_MAX; "" none. */
void pool_gbt_coinbase(struct pool_gbt_coinbase *coinbase, const struct pool_gbt_template *gbt,
                       const struct pool_script *payee, const char *text,
                       const uint8_t extranonce[POOL_GBT_EXTRANONCE]);

/** A job of this template with this extranonce: header without nonce, target, and everything that
 * a block needs. Ids, times and flags are the caller's.
 * Returns: BASE_OK; BASE_E_MEMORY with a sentence. */
BASE_MUST_CHECK enum base_status pool_gbt_job(struct pool_job_full **job,
                                              const struct pool_gbt_template *gbt,
                                              const struct pool_script *payee, const char *text,
                                              uint64_t extranonce, struct base_error *error);

/** Append the block that this nonce makes of a job, as hexadecimal digits.
 * Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_gbt_block_hex(struct pool_buffer *hex,
                                                    const struct pool_job *job,
                                                    const uint8_t *nonce);

/** Hash of that block's header, in header order: how the next block names it. Returns: BASE_OK;
 * BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_gbt_block_hash(uint8_t hash[32], const struct pool_job *job,
                                                     const uint8_t *nonce);

/** Id of that block as explorers show it. */
BASE_MUST_CHECK enum base_status pool_gbt_block_id(char id[65], const struct pool_job *job,
                                                   const uint8_t *nonce);

/* ---- gbt_words.c ----------------------------------------------------------------------------- */

/** True when an older node refuses the algorithm as a second parameter (digibyte.md 7.2). */
bool pool_gbt_one_parameter(const struct pool_rpc_answer *rpc);

#endif
