/* nervos_block.c: from a template to a job, and from a nonce to the block that is handed in. Part
 * of solo mining, see nervos_node.h. Source: ckb.md 3 and 4. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "base/hex.h"
#include "nervos/ckb_hash.h"
#include "nervos/nervos_node.h"
#include "wire/json.h"

enum { KEPT = POOL_CKB_HEADER + 8 }; /* what a job keeps: header, then work_id */

enum base_status pool_ckb_job(struct pool_job_full **job, const struct pool_ckb_template *ckb,
                              uint32_t space, struct base_error *error)
{
    uint8_t kept[KEPT];
    memcpy(kept, ckb->header, POOL_CKB_HEADER);
    base_store_le64(kept + POOL_CKB_HEADER, ckb->work_id);
    struct pool_job_full *full = pool_job_new(kept, sizeof(kept));
    *job = full;
    if (full == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    pool_ckb_hash(full->job.header, ckb->header, POOL_CKB_HEADER);
    base_store_be32(full->job.header + POOL_CKB_NONCE_OFFSET, space);
    full->job.header_size = POOL_CKB_MESSAGE;
    full->job.nonce_offset = POOL_CKB_NONCE_OFFSET;
    full->job.nonce_size = POOL_CKB_NONCE;
    full->job.nonce_fixed = POOL_CKB_SPACE;
    full->job.chains = 1;
    full->job.height = ckb->height;
    full->job.solo = true;
    memcpy(full->job.target_be, ckb->target_be, 32);
    memcpy(full->job.block_target_be, ckb->target_be, 32);
    full->blob = pool_blob_ref(ckb->body);
    return BASE_OK;
}

void pool_ckb_block_hash(uint8_t hash[32], const struct pool_job *job, const uint8_t *nonce)
{
    struct base_blake2b sum;
    pool_ckb_hash_init(&sum);
    base_blake2b_update(&sum, pool_job_full(job)->txs, POOL_CKB_HEADER);
    base_blake2b_update(&sum, nonce, POOL_CKB_NONCE);
    base_blake2b_final(hash, &sum);
}

/* The header with this nonce, as JSON has it; NULL without memory. */
static json_t *header_json(const uint8_t *header, const uint8_t *nonce)
{
    static const struct {
        const char *name;
        size_t at;
        size_t size; /* 4 and 8: numbers */
    } members[] = {
        {"version", 0, 4},
        {"compact_target", POOL_CKB_COMPACT, 4},
        {"timestamp", POOL_CKB_TIME, 8},
        {"number", POOL_CKB_NUMBER, 8},
        {"epoch", POOL_CKB_EPOCH, 8},
        {"parent_hash", POOL_CKB_PARENT, 32},
        {"transactions_root", POOL_CKB_TXS_ROOT, 32},
        {"proposals_hash", POOL_CKB_PROPOSALS, 32},
        {"extra_hash", POOL_CKB_EXTRA, 32},
        {"dao", POOL_CKB_DAO, 32},
    };
    char text[67] = "0x";
    json_t *json = json_object();
    for (size_t i = 0; i < BASE_COUNT_OF(members); i++) {
        const uint8_t *at = header + members[i].at;
        if (members[i].size == 32) {
            base_hex_encode(text + 2, at, 32);
        } else {
            (void)snprintf(text, sizeof(text), "0x%" PRIx64,
                           members[i].size == 4 ? base_load_le32(at) : base_load_le64(at));
        }
        (void)json_object_set_new(json, members[i].name, json_string(text));
    }
    pool_ckb_nonce_text(text, nonce);
    (void)json_object_set_new(json, "nonce", json_string(text));
    return json;
}

/* The body is megabytes long and was JSON already: it takes the place of a member that no block
 * has. */
enum base_status pool_ckb_block_write(struct pool_buffer *body, const struct pool_job *job,
                                      const uint8_t *nonce)
{
    static const char place[] = "\"<body>\":null";
    const struct pool_job_full *full = pool_job_full(job);
    struct pool_buffer around;
    char work[24];
    (void)snprintf(work, sizeof(work), "%" PRIu64, base_load_le64(full->txs + POOL_CKB_HEADER));
    pool_buffer_init(&around);
    enum base_status status = pool_rpc_write(
        &around, "2.0", 0, "submit_block",
        json_pack("[s,{s:o,s:n}]", work, "header", header_json(full->txs, nonce), "<body>"));
    if (status == BASE_OK) {
        const char *text = (const char *)pool_buffer_data(&around);
        size_t size = pool_buffer_size(&around);
        const char *at = memmem(text, size, place, sizeof(place) - 1);
        BASE_ASSERT(at != NULL);
        const char *behind = at + sizeof(place) - 1;
        status = pool_buffer_append(body, text, (size_t)(at - text));
        if (status == BASE_OK) {
            status = pool_buffer_append(body, full->blob->bytes, full->blob->size);
        }
        if (status == BASE_OK) {
            status = pool_buffer_append(body, behind, (size_t)(text + size - behind));
        }
    }
    pool_buffer_deinit(&around);
    return status;
}
