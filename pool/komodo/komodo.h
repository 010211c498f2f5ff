/* komodo.h: the private side of mining at a node of Komodo or one of its smart chains: what a
 * template says, how a block is made of it, whom it pays. komodo_template.c (the answer into
 * values), komodo_block.c (header, block), komodo_address.c (addresses), komodo_node.c (requests,
 * for the machine of template_node.h). Hashes are in wire order. Source: komodo.md 2, 5 and 7,
 * which names the node's source files. */
#ifndef POOL_KOMODO_H
#define POOL_KOMODO_H

#include <jansson.h>

#include "bitcoin/gbt_parts.h"
#include "bitcoin/v1_header.h"
#include "protocol/coin.h"
#include "protocol/template_node.h"

/* Header, bytes (komodo.md 2). */
enum {
    POOL_KOMODO_HEADER = 140, /* without the solution and its length */
    POOL_KOMODO_PARENT = 4,
    POOL_KOMODO_ROOT = 36,
    POOL_KOMODO_SAPLING = 68,
    POOL_KOMODO_TIME = 100,
    POOL_KOMODO_BITS = 104,
    POOL_KOMODO_NONCE = 108,
    POOL_KOMODO_NONCE_SIZE = 32,
    POOL_KOMODO_NONCE_OURS = 8, /* leading bytes that this room sets: no two jobs have the same */
    POOL_KOMODO_VERSION = 4,    /* the only one that a miner can make */
};

enum {
    POOL_KOMODO_COINBASE_MAX = 10000, /* bytes; real ones have 100 to 1000 */
    POOL_KOMODO_LENGTH_MAX = 3,       /* bytes of a solution's length */
};

/* One answer of getblocktemplate, with the coinbase that is mined. Constant once read. */
struct pool_komodo_template {
    struct pool_template base; /* first; parent in header order, poll_id is the longpollid */
    uint32_t version;
    uint32_t bits;
    uint32_t time; /* for the header: curtime, but never before mintime */
    uint64_t height;
    uint8_t sapling_root[32];
    uint8_t root[32];           /* merkle root */
    uint8_t target_be[32];      /* the template's, which may be harder than bits */
    size_t tx_count;            /* without the coinbase */
    struct pool_blob *coinbase; /* a reference */
    struct pool_blob *raw;      /* a reference: all other transactions in order */
};

/* ---- komodo_template.c ----------------------------------------------------------------------- */

/** Read the result of getblocktemplate. Everything is bounded and checked: sizes, hex, hashes of
 * the raw transactions, target against bits.
 * In:      payee  script that takes the place of output 0's; NULL: the coinbase stays as it is
 * Out:     made   the caller frees it; NULL on error.
 * Returns: BASE_OK; BASE_E_FORMAT, BASE_E_LIMIT, BASE_E_UNSUPPORTED (a version that we do not know,
 *          or a coinbase whose payee cannot be exchanged) with a sentence; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_komodo_template_read(struct pool_komodo_template **made,
                                                           const json_t *result,
                                                           const struct pool_script *payee,
                                                           struct base_error *error);

/** NULL is fine. */
void pool_komodo_template_free(struct pool_komodo_template *from);

/* ---- komodo_block.c -------------------------------------------------------------------------- */

/** A job of this template; space is the first bytes of its nonce, little-endian. Ids, times and
 * flags are the caller's.
 * Returns: BASE_OK; BASE_E_MEMORY with a sentence. */
BASE_MUST_CHECK enum base_status pool_komodo_job(struct pool_job_full **job,
                                                 const struct pool_komodo_template *from,
                                                 uint64_t space, struct base_error *error);

/** Write a submission's solution behind its length. Returns their bytes together. */
size_t pool_komodo_put_solution(uint8_t bytes[POOL_KOMODO_LENGTH_MAX + POOL_SOLUTION_MAX],
                                const struct pool_submission *submission);

/** Append the block that a submission makes of its job, as hexadecimal digits.
 * Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_komodo_block_hex(struct pool_buffer *hex,
                                                       const struct pool_submission *submission);

/** Hash of that block's header and solution, in wire order: how the next block names it. Returns:
 * BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_komodo_block_hash(uint8_t hash[32],
                                                        const struct pool_submission *submission);

/** Id of that block as explorers show it. */
BASE_MUST_CHECK enum base_status pool_komodo_block_id(char id[65],
                                                      const struct pool_submission *submission);

/* ---- komodo_address.c ------------------------------------------------------------------------ */

/** Output script for a transparent address: P2PKH or P2SH. What may be a private key is refused
 * without being repeated in the sentence.
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence; BASE_E_REFUSED it has the length of a private
 * key. */
BASE_MUST_CHECK enum base_status pool_komodo_payout(struct pool_script *script, const char *address,
                                                    struct base_error *error);

#endif
