/* komodo_block.c: from a template to a job and a block. Pure; see komodo.h. Source: komodo.md 2,
 * 5.3 and 5.4. */
#include <string.h>

#include "base/endian.h"
#include "komodo/komodo.h"

enum { COUNT_MAX = 3 /* bytes of the number of transactions */ };

static void put_header(uint8_t header[POOL_KOMODO_HEADER], const struct pool_komodo_template *from,
                       uint64_t space)
{
    memset(header, 0, POOL_KOMODO_HEADER);
    base_store_le32(header, from->version);
    memcpy(header + POOL_KOMODO_PARENT, from->base.parent, 32);
    memcpy(header + POOL_KOMODO_ROOT, from->root, 32);
    memcpy(header + POOL_KOMODO_SAPLING, from->sapling_root, 32);
    base_store_le32(header + POOL_KOMODO_TIME, from->time);
    base_store_le32(header + POOL_KOMODO_BITS, from->bits);
    base_store_le64(header + POOL_KOMODO_NONCE, space);
}

enum base_status pool_komodo_job(struct pool_job_full **made,
                                 const struct pool_komodo_template *from, uint64_t space,
                                 struct base_error *error)
{
    uint8_t tail[COUNT_MAX + POOL_KOMODO_COINBASE_MAX + POOL_SCRIPT_MAX];
    size_t size = pool_gbt_put_count(tail, from->tx_count + 1);
    BASE_ASSERT(from->coinbase->size <= sizeof(tail) - size);
    memcpy(tail + size, from->coinbase->bytes, from->coinbase->size);
    *made = NULL;
    struct pool_job_full *full = pool_job_new(tail, size + from->coinbase->size);
    if (full == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    struct pool_job *job = &full->job;
    full->blob = pool_blob_ref(from->raw);
    put_header(job->header, from, space);
    job->chains = 1;
    job->header_size = POOL_KOMODO_HEADER;
    job->nonce_offset = POOL_KOMODO_NONCE;
    job->nonce_size = POOL_KOMODO_NONCE_SIZE;
    job->nonce_fixed = POOL_KOMODO_NONCE_OURS;
    memcpy(job->target_be, from->target_be, 32);
    memcpy(job->block_target_be, from->target_be, 32);
    job->height = from->height;
    job->solo = true;
    *made = full;
    return BASE_OK;
}

size_t pool_komodo_put_solution(uint8_t bytes[POOL_KOMODO_LENGTH_MAX + POOL_SOLUTION_MAX],
                                const struct pool_submission *submission)
{
    BASE_ASSERT(submission->solution_size <= POOL_SOLUTION_MAX);
    size_t length = pool_gbt_put_count(bytes, submission->solution_size);
    if (submission->solution_size > 0) {
        memcpy(bytes + length, submission->solution, submission->solution_size);
    }
    return length + submission->solution_size;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

/* Header, length of the solution, solution. Returns their size. */
static size_t head_of(
    uint8_t bytes[POOL_KOMODO_HEADER + POOL_KOMODO_LENGTH_MAX + POOL_SOLUTION_MAX],
    const struct pool_submission *submission)
{
    const struct pool_job *job = submission->job;
    memcpy(bytes, job->header, POOL_KOMODO_HEADER);
    memcpy(bytes + POOL_KOMODO_NONCE, submission->nonce, POOL_KOMODO_NONCE_SIZE);
    return POOL_KOMODO_HEADER + pool_komodo_put_solution(bytes + POOL_KOMODO_HEADER, submission);
}

enum base_status pool_komodo_block_hex(struct pool_buffer *hex,
                                       const struct pool_submission *submission)
{
    const struct pool_job_full *full = pool_job_full(submission->job);
    uint8_t head[POOL_KOMODO_HEADER + POOL_KOMODO_LENGTH_MAX + POOL_SOLUTION_MAX];
    enum base_status status = pool_gbt_put_hex(hex, head, head_of(head, submission));
    if (status == BASE_OK) {
        status = pool_gbt_put_hex(hex, full->txs, full->txs_size);
    }
    if (status == BASE_OK && full->blob != NULL) {
        status = pool_gbt_put_hex(hex, full->blob->bytes, full->blob->size);
    }
    return status;
}

enum base_status pool_komodo_block_hash(uint8_t hash[32], const struct pool_submission *submission)
{
    uint8_t head[POOL_KOMODO_HEADER + POOL_KOMODO_LENGTH_MAX + POOL_SOLUTION_MAX];
    return pool_v1_sha256d(hash, head, head_of(head, submission));
}

enum base_status pool_komodo_block_id(char id[65], const struct pool_submission *submission)
{
    uint8_t hash[32];
    enum base_status status = pool_komodo_block_hash(hash, submission);
    id[0] = '\0';
    if (status == BASE_OK) {
        pool_gbt_show_hash(id, hash);
    }
    return status;
}
