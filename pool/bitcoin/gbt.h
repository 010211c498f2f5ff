/* gbt.h: the private side of solo mining by getblocktemplate: what a node's template says, how a
 * block is made of it, and what its files do for each other: gbt_template.c (the answer into
 * values), gbt_block.c (coinbase, merkle root, block), gbt_rpc.c (JSON-RPC and the node's refusals
 * in words), gbt_node.c (requests, and work), gbt_submit.c (blocks). Source: digibyte.md 2, 3, 7
 * to 9. */
#ifndef POOL_GBT_H
#define POOL_GBT_H

#include <jansson.h>

#include "bitcoin/v1_header.h"
#include "protocol/coin.h"
#include "protocol/job.h"
#include "protocol/output.h"
#include "wire/frame.h"

enum {
    POOL_GBT_EXTRANONCE = 8,       /* bytes of ours in a coinbase */
    POOL_GBT_COINBASE_MAX = 512,   /* bytes; a script of 100 and two outputs need 400 */
    POOL_GBT_COINBASE_SCRIPT = 100 /* bytes at most (digibyte.md 8) */
};

/* ---- gbt_template.c -------------------------------------------------------------------------- */

/* One answer of getblocktemplate. Constant once read. */
struct pool_gbt_template {
    uint32_t version;
    uint32_t bits;
    uint32_t time; /* for the header: curtime, but never before mintime */
    uint64_t height;
    uint64_t value; /* of the coinbase, smallest units */
    uint64_t key;   /* odokey; where has_key */
    bool has_key;
    uint8_t prevhash[32]; /* in header order */
    uint8_t target_be[32];
    uint8_t commitment[POOL_GBT_SCRIPT_MAX];  /* output script of the witness commitment */
    size_t commitment_size;                   /* 0: no transaction has a witness */
    char longpoll[POOL_GBT_LONGPOLL_MAX + 1]; /* "" the node offers no long poll */
    uint8_t branch[POOL_V1_BRANCHES_MAX][32]; /* of the coinbase, raw digests */
    size_t branch_count;
    size_t tx_count;       /* without the coinbase */
    struct pool_blob *raw; /* a reference: all transactions in order */
    uint64_t received_ms;  /* set by the caller */
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

/** Branch by which the first leaf of a merkle tree is folded to its root.
 * In/out:  hashes  the other leaves, in order; overwritten.
 * Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_gbt_branch(uint8_t (*branch)[32], size_t *branch_count,
                                                 uint8_t (*hashes)[32], size_t count);

/* ---- gbt_block.c ----------------------------------------------------------------------------- */

/* A coinbase in both forms. Value. */
struct pool_gbt_coinbase {
    uint8_t plain[POOL_GBT_COINBASE_MAX]; /* without witness: what the txid is of */
    size_t plain_size;
    uint8_t full[POOL_GBT_COINBASE_MAX]; /* as it stands in the block */
    size_t full_size;
};

/** Make a coinbase: height, extranonce and text in its script; the whole value to one output; the
 * witness commitment in a second one where there is one.
 * In:      text  printable, shorter than POOL_COINBASE_TEXT_MAX; "" none. */
void pool_gbt_coinbase(struct pool_gbt_coinbase *coinbase, const struct pool_gbt_template *gbt,
                       const struct pool_script *payee, const char *text,
                       const uint8_t extranonce[POOL_GBT_EXTRANONCE]);

/** A job of this template with this extranonce: header without nonce, target, and everything that
 * a block needs. Ids, series and flags are the caller's.
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

/** Id of that block as explorers show it. */
BASE_MUST_CHECK enum base_status pool_gbt_block_id(char id[65], const struct pool_job *job,
                                                   const uint8_t *nonce);

/* ---- gbt_rpc.c ------------------------------------------------------------------------------- */

/* A JSON-RPC answer, taken apart. */
struct pool_rpc_answer {
    json_t *root;         /* owned; NULL: no answer in JSON */
    const json_t *result; /* borrowed; JSON null too */
    bool failed;          /* the error member says so */
    int64_t code;         /* of the error */
    char message[POOL_TEXT_MAX];
};

/** Take an answer apart. A refused login, no JSON, an answer of another kind of server and a
 * request that got no answer are errors; the node's own error member is not. Out:     rpc  the
 * caller calls json_decref(rpc->root) in any case. Returns: BASE_OK; BASE_E_REFUSED the login was
 * refused; BASE_E_FORMAT, BASE_E_LIMIT, and what the transport said, with a sentence. */
BASE_MUST_CHECK enum base_status pool_rpc_read(struct pool_rpc_answer *rpc,
                                               const struct pool_answer *answer,
                                               const struct pool_server *server, size_t values_max,
                                               struct base_error *error);

/** What a node's error to getblocktemplate means and what to do about it.
 * Returns: the status it stands for (BASE_E_STATE: not yet). */
enum base_status pool_rpc_explain(const struct pool_rpc_answer *rpc, const struct pool_lane *lane,
                                  struct base_error *error);

/** True when an older node refuses the algorithm as a second parameter (digibyte.md 7.2). */
bool pool_rpc_one_parameter(const struct pool_rpc_answer *rpc);

/** Why a block was refused: the node's word in a sentence.
 * In:      word  result of submitblock or of a proposal, printable.
 * Returns: its class. */
enum pool_verdict pool_gbt_refusal(char text[POOL_TEXT_MAX], const char *word);

/* ---- the state machine: gbt_node.c ----------------------------------------------------------- */

/* Places of its requests. */
enum {
    POOL_GBT_CALL_TEMPLATE,
    POOL_GBT_CALL_POLL, /* the same with a longpollid: answered when the tip changes */
    POOL_GBT_CALL_SUBMIT,
    POOL_GBT_CALL_EXPLAIN, /* the refused block as a proposal, because some nodes say only "invalid"
                            */
    POOL_GBT_CALLS,
};

struct pool_gbt {
    struct pool_protocol protocol; /* first */
    struct pool_outlet outlet;
    struct pool_script payee;
    struct pool_gbt_template *current; /* owned or NULL: what is hashed */
    struct pool_gbt_template *fresh;   /* owned or NULL: to be published */
    const struct pool_job *job;        /* owned or NULL: newest one */
    struct pool_pending pending;       /* sent, or being explained; one at most */
    uint64_t next_id;                  /* of requests */
    uint64_t series;                   /* templates of the same previous block */
    uint64_t refresh_ms;               /* next template; UINT64_MAX: one is asked for */
    uint64_t poll_ms; /* next long poll; UINT64_MAX: one is out, or there is none */
    uint64_t asked_ms[POOL_GBT_CALLS];      /* 0: not out */
    char polled[POOL_GBT_LONGPOLL_MAX + 1]; /* id of the long poll that is out, or was */
    bool one_parameter;                     /* the node takes no algorithm */
    bool again; /* what the template call will tell may be old: ask once more */
    bool deaf;  /* a new tip was seen by asking while a long poll was out */
    bool ready;
    bool won; /* a block of ours is on top of current: what else is found there is late */
};

static inline struct pool_gbt *pool_gbt_of(struct pool_protocol *protocol)
{
    return (struct pool_gbt *)(void *)protocol;
}

/** Send a request; answered by pool_protocol_ops.answer.
 * Returns: BASE_OK; what kept it from beginning, with a sentence. */
BASE_MUST_CHECK enum base_status pool_gbt_call(struct pool_gbt *gbt, unsigned place,
                                               const void *bytes, size_t size, uint32_t time_ms,
                                               size_t answer_max, uint64_t now_ms,
                                               struct base_error *error);

/** Ask for a template now; while one is asked for, once more after its answer. Returns as
 * pool_gbt_call. */
BASE_MUST_CHECK enum base_status pool_gbt_ask_template(struct pool_gbt *gbt, uint64_t now_ms,
                                                       struct base_error *error);

/* ---- gbt_submit.c ---------------------------------------------------------------------------- */

/** pool_protocol_ops.submit: one block at a time. */
BASE_MUST_CHECK enum base_status pool_gbt_submit(struct pool_protocol *protocol,
                                                 struct pool_submission *submission,
                                                 uint64_t now_ms, struct base_error *error);

/** The answer to submitblock, and to the proposal that follows a bare "invalid". No reason there
 * means that what proposals do not check is wrong: the proof of work. Returns as pool_gbt_call. */
BASE_MUST_CHECK enum base_status pool_gbt_submitted(struct pool_gbt *gbt,
                                                    const struct pool_answer *answer,
                                                    uint64_t now_ms, struct base_error *error);
BASE_MUST_CHECK enum base_status pool_gbt_explained(struct pool_gbt *gbt,
                                                    const struct pool_answer *answer,
                                                    uint64_t now_ms, struct base_error *error);

#endif
