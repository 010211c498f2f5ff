/* gbt_parts.h: pieces of getblocktemplate that are the same for every coin whose nodes come from
 * Bitcoin's: members of a template, the coinbase's branch, blocks as hexadecimal digits, what a
 * node's errors and refusals mean, and whether its chain has a block. Hashes are in wire order
 * unless their name says "shown". Source: digibyte.md 4, 7.2, 8 and 9. */
#ifndef POOL_GBT_PARTS_H
#define POOL_GBT_PARTS_H

#include <jansson.h>

#include "bitcoin/bitcoin_bounds.h"
#include "protocol/algo.h"
#include "protocol/inquiry.h"
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

/** What such a node says of itself: network and state of its chain. The first compares the network
 * with that of a DigiByte address in -u. */
extern const struct pool_inquiry_ops pool_gbt_info;
extern const struct pool_inquiry_ops pool_gbt_info_any;

/** Why a block was refused: the node's word in a sentence.
 * In:      word  result of submitblock or of a proposal, printable.
 * Returns: its class. */
enum pool_verdict pool_gbt_refusal(char text[POOL_TEXT_MAX], const char *word);

/** True when this answer says that the node is still starting and has not looked at the request. */
bool pool_gbt_is_starting(const struct pool_answer *answer, const struct pool_server *server);

/* ---- gbt_verdict.c --------------------------------------------------------------------------- */

/* A block of which submitblock's answer does not tell whether the node's chain has it. The lookup's
 * id is set by the family before pool_gbt_judge, the rest by that. */
struct pool_gbt_doubt {
    struct pool_lookup lookup;
    bool duplicate; /* the answer was "duplicate", on a second try */
};

typedef enum pool_verdict (*pool_gbt_refusal_fn)(char text[POOL_TEXT_MAX], const char *word);

/** Judge submitblock's answer. null is no acceptance: nodes give it also to blocks that they throw
 * away (komodo.md 5.4); "duplicate" on a second try may mean a block of a branch.
 * In/out:  doubt
 * Out:     text     the verdict in words
 *          unclear  true: the chain must be asked; POOL_UNANSWERED
 *          word     the node's word, printable; "" without one
 * In:      refusal  what the words of this family's nodes mean */
enum pool_verdict pool_gbt_judge(struct pool_gbt_doubt *doubt, char text[POOL_TEXT_MAX],
                                 bool *unclear, char word[POOL_TEXT_MAX],
                                 const struct pool_submission *submission,
                                 const struct pool_answer *answer, const struct pool_server *server,
                                 pool_gbt_refusal_fn refusal);

/** Write the request that asks the node's chain for the block. Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_gbt_ask_chain(struct pool_gbt_doubt *doubt,
                                                    struct pool_request *request,
                                                    struct pool_buffer *body);

/** Judge by its answer. POOL_UNANSWERED: the node does not say. */
enum pool_verdict pool_gbt_judge_chain(struct pool_gbt_doubt *doubt, char text[POOL_TEXT_MAX],
                                       const struct pool_answer *answer);

#endif
