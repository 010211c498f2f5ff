/* gbt_parts.h: pieces of getblocktemplate that are the same for every coin whose nodes come from
 * Bitcoin's: members of a template, the coinbase's branch, blocks as hexadecimal digits, and what a
 * node's errors and refusals mean. Hashes are in wire order unless their name says "shown". Source:
 * digibyte.md 4, 7.2, 8 and 9. */
#ifndef POOL_GBT_PARTS_H
#define POOL_GBT_PARTS_H

#include <jansson.h>

#include "bitcoin/bitcoin_bounds.h"
#include "protocol/algo.h"
#include "protocol/lookup.h"
#include "protocol/rpc.h"

/** 64 digits as they are displayed, into wire order. False: hash is as it was. */
bool pool_gbt_read_hash(uint8_t hash[32], const json_t *json);

/** An integer below 2^32. False: *value is 0. */
bool pool_gbt_read_u32(uint32_t *value, const json_t *json);

/** A longpollid; NULL or another kind of value: "". False: too long, or with a NUL. */
bool pool_gbt_read_poll_id(char id[POOL_POLL_ID_MAX + 1], const json_t *json);

/** "no usable WHAT" as BASE_E_FORMAT. */
enum base_status pool_gbt_unusable(struct base_error *error, const char *what);

/** Branch by which the first leaf of a merkle tree is folded to its root.
 * In:      hashes  the other leaves, in order; overwritten
 * Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_gbt_branch(uint8_t branch[POOL_V1_BRANCHES_MAX][32],
                                                 size_t *branch_count, uint8_t (*hashes)[32],
                                                 size_t count);

/** Put the number of a block's transactions (at most POOL_GBT_TXS_MAX + 1), a "compact size".
 * Returns: bytes, 1 or 3. */
size_t pool_gbt_put_count(uint8_t bytes[3], size_t count);

/** Append bytes as hexadecimal digits. Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_gbt_put_hex(struct pool_buffer *hex, const uint8_t *bytes,
                                                  size_t size);

/* What became of a block: gbt_lookup.c. */
extern const struct pool_lookup_ops pool_gbt_lookup;

/** A hash as explorers show it. */
void pool_gbt_show_hash(char shown[65], const uint8_t hash[32]);

/** What a node's error to getblocktemplate means and what to do about it.
 * Returns: the status it stands for (BASE_E_STATE: not yet). */
enum base_status pool_gbt_explain(const struct pool_rpc_answer *rpc, const struct pool_algo *algo,
                                  struct base_error *error);

/** Why a block was refused: the node's word in a sentence.
 * In:      word  result of submitblock or of a proposal, printable.
 * Returns: its class. */
enum pool_verdict pool_gbt_refusal(char text[POOL_TEXT_MAX], const char *word);

#endif
