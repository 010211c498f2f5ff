/* nervos_node.h: solo mining at a CKB node: a template of get_block_template, the job that it
 * makes, the block that a nonce makes of a job, and what a node's refusals mean. The nonce is the
 * only thing that changes in a job, so its pow hash is computed once. Source: ckb.md 3, 4, 10. */
#ifndef POOL_NERVOS_NODE_H
#define POOL_NERVOS_NODE_H

#include "nervos/nervos_address.h"
#include "protocol/job.h"
#include "protocol/lookup.h"
#include "protocol/rpc.h"
#include "protocol/template_node.h"

enum {
    POOL_CKB_MESSAGE = 48, /* bytes that are hashed: pow hash, nonce */
    POOL_CKB_NONCE_OFFSET = 32,
    POOL_CKB_SPACE = 4, /* first bytes of a solo job's nonce: another value for each job */
};

/* A template. Constant once read. */
struct pool_ckb_template {
    struct pool_template base; /* first; no poll_id */
    uint8_t header[POOL_CKB_HEADER];
    uint8_t target_be[32];
    uint64_t work_id;
    uint64_t height;
    size_t tx_count;                /* with the cellbase */
    struct pool_ckb_lock assembler; /* whom the node's own settings pay */
    bool assembler_long;            /* its args are longer than we show */
    struct pool_blob *body;         /* a reference: members of the block behind its header, as
                                       JSON: "uncles":..,"transactions":.. */
};

/** Read the result of get_block_template. Everything is bounded and checked: sizes, hex, hashes of
 * transactions against their data, the target.
 * In:      payee  goes into the cellbase's witness; NULL: the witness stays as the node made it
 * Out:     made   the caller frees it; NULL on error
 * Returns: BASE_OK; BASE_E_FORMAT, BASE_E_LIMIT with a sentence; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_ckb_template_read(struct pool_ckb_template **made,
                                                        const json_t *result,
                                                        const struct pool_ckb_lock *payee,
                                                        struct base_error *error);

/** NULL is fine. */
void pool_ckb_template_free(struct pool_ckb_template *ckb);

/* ---- nervos_node.c -------------------------------------------------------------------------- */

/** The state machine of a node that is asked. told: new tips are told (pool_template_node_changed),
 * so that polling may be slow. NULL without memory. */
struct pool_protocol *pool_ckb_node_open(const struct pool_protocol_setup *setup, bool told);

/* ---- nervos_block.c -------------------------------------------------------------------------- */

/** A job of this template; space: first bytes of its nonces. Ids, times and flags are the caller's.
 * Returns: BASE_OK; BASE_E_MEMORY with a sentence. */
BASE_MUST_CHECK enum base_status pool_ckb_job(struct pool_job_full **job,
                                              const struct pool_ckb_template *ckb, uint32_t space,
                                              struct base_error *error);

/** Append the request of submit_block with the block that this nonce makes of a job.
 * Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_ckb_block_write(struct pool_buffer *body,
                                                      const struct pool_job *job,
                                                      const uint8_t *nonce);

/** Hash of that block's header: its id, and the parent hash of the next one. Of a solo job. */
void pool_ckb_block_hash(uint8_t hash[32], const struct pool_job *job, const uint8_t *nonce);

/* ---- nervos_lookup.c ------------------------------------------------------------------------- */

/* What became of a block. */
extern const struct pool_lookup_ops pool_nervos_lookup;

/* ---- nervos_words.c -------------------------------------------------------------------------- */

/** What a node's error to get_block_template means and what to do about it.
 * Returns: the status it stands for. */
enum base_status pool_ckb_explain(const struct pool_rpc_answer *rpc, struct base_error *error);

/** Why a block was refused: the node's error in a sentence. Returns: its class. */
enum pool_verdict pool_ckb_refusal(char text[POOL_TEXT_MAX], const struct pool_rpc_answer *rpc);

#endif
