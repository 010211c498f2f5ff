/* alephium_codec.c: see alephium_codec.h. Every field is read through a cursor that cannot leave
 * the frame. */
#include "alephium/alephium_codec.h"

#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/target.h"

/* What is left of a frame body. */
struct cursor {
    const uint8_t *bytes;
    size_t left;
};

static bool take(struct cursor *cursor, const uint8_t **bytes, size_t size)
{
    if (cursor->left < size) {
        return false;
    }
    *bytes = cursor->bytes;
    cursor->bytes += size;
    cursor->left -= size;
    return true;
}

static bool take_u32(struct cursor *cursor, uint32_t *value)
{
    const uint8_t *bytes = NULL;
    *value = 0;
    if (!take(cursor, &bytes, 4)) {
        return false;
    }
    *value = base_load_be32(bytes);
    return true;
}

/* Length (4 bytes) and that many bytes. */
static bool take_blob(struct cursor *cursor, const uint8_t **bytes, size_t *size)
{
    uint32_t length = 0;
    *size = 0;
    if (!take_u32(cursor, &length) || !take(cursor, bytes, length)) {
        return false;
    }
    *size = length;
    return true;
}

static bool take_job(struct cursor *cursor, struct pool_alephium_raw_job *job, unsigned version)
{
    *job = (struct pool_alephium_raw_job){0};
    return take_u32(cursor, &job->from_group) && take_u32(cursor, &job->to_group) &&
           take_blob(cursor, &job->header, &job->header_size) &&
           take_blob(cursor, &job->txs, &job->txs_size) &&
           take_blob(cursor, &job->target, &job->target_size) &&
           (version == 0 || take_u32(cursor, &job->height));
}

static enum base_status decode_jobs(struct pool_alephium_message *message, struct cursor *cursor,
                                    unsigned version, struct base_error *error)
{
    uint32_t count = 0;
    message->kind = POOL_ALEPHIUM_JOBS;
    if (!take_u32(cursor, &count)) {
        return base_error_set(error, BASE_E_FORMAT, "a Jobs frame ends before its job count");
    }
    if (count > POOL_ALEPHIUM_JOBS_MAX) {
        return base_error_set(error, BASE_E_FORMAT,
                              "a Jobs frame announces %u jobs, the most "
                              "there can be is %d",
                              count, POOL_ALEPHIUM_JOBS_MAX);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!take_job(cursor, &message->jobs[i], version)) {
            return base_error_set(error, BASE_E_FORMAT,
                                  "job %u of %u runs past the end of its frame", i + 1, count);
        }
    }
    message->job_count = count;
    return BASE_OK;
}

static enum base_status decode_result(struct pool_alephium_message *message, struct cursor *cursor,
                                      unsigned version, struct base_error *error)
{
    const uint8_t *hash = NULL;
    const uint8_t *flag = NULL;
    message->kind = POOL_ALEPHIUM_RESULT;
    if (!take_u32(cursor, &message->result_from) || !take_u32(cursor, &message->result_to) ||
        (version == 1 && !take(cursor, &hash, 32)) || !take(cursor, &flag, 1)) {
        return base_error_set(error, BASE_E_FORMAT, "a SubmitResult frame is too short");
    }
    if (*flag > 1) {
        return base_error_set(error, BASE_E_FORMAT,
                              "a SubmitResult frame says neither yes (1) nor no (0) but %u", *flag);
    }
    if (hash != NULL) {
        memcpy(message->result_hash, hash, 32);
    }
    message->result_accepted = *flag == 1;
    return BASE_OK;
}

enum base_status pool_alephium_decode(struct pool_alephium_message *message, const uint8_t *body,
                                      size_t size, unsigned version, struct base_error *error)
{
    struct cursor cursor = {body, size};
    const uint8_t *front = NULL;
    enum base_status status = BASE_OK;
    message->job_count = 0;
    message->result_from = 0;
    message->result_to = 0;
    memset(message->result_hash, 0, 32);
    message->result_accepted = false;
    message->kind = POOL_ALEPHIUM_JOBS;
    if (version == 1 && !take(&cursor, &front, 1)) {
        return base_error_set(error, BASE_E_FORMAT, "a frame is empty");
    }
    if (version == 1 && *front != 1) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the node speaks mining protocol version %u; this miner knows "
                              "versions 0 and 1 (nodes up to v4): update the miner",
                              *front);
    }
    if (!take(&cursor, &front, 1)) {
        return base_error_set(error, BASE_E_FORMAT, "a frame is too short for its message type");
    }
    if (*front == 0) {
        status = decode_jobs(message, &cursor, version, error);
    } else if (*front == 1) {
        status = decode_result(message, &cursor, version, error);
    } else {
        message->kind = POOL_ALEPHIUM_OTHER;
        message->other_type = *front;
        return BASE_OK;
    }
    if (status == BASE_OK && cursor.left != 0) {
        return base_error_set(error, BASE_E_FORMAT, "%zu bytes are left over in a frame",
                              cursor.left);
    }
    return status;
}

enum base_status pool_alephium_target(uint8_t target_be[32], const uint8_t *bytes, size_t size)
{
    static const uint8_t zero[32] = {0};
    memset(target_be, 0, 32);
    if (size == 0 || (bytes[0] & 0x80) != 0) {
        return BASE_E_FORMAT;
    }
    enum base_status status = base_target_from_bytes(target_be, bytes, size);
    if (status == BASE_OK && memcmp(target_be, zero, 32) == 0) {
        return BASE_E_RANGE;
    }
    return status;
}

enum base_status pool_alephium_job(struct pool_job_full **full,
                                   const struct pool_alephium_template *from,
                                   struct base_error *error)
{
    *full = NULL;
    if (from->from_group >= POOL_ALEPHIUM_GROUPS || from->to_group >= POOL_ALEPHIUM_GROUPS) {
        return base_error_set(error, BASE_E_FORMAT, "chain %u,%u does not exist (groups are 0..3)",
                              from->from_group, from->to_group);
    }
    if (from->header_size != POOL_ALEPHIUM_HEADER) {
        return base_error_set(error, BASE_E_FORMAT,
                              "chain %u,%u: the header has %zu bytes, 302 are right for 4 groups",
                              from->from_group, from->to_group, from->header_size);
    }
    if (from->header[0] != 0x00 || from->header[1] != 0x07) {
        return base_error_set(error, BASE_E_FORMAT,
                              "chain %u,%u: the header begins with %02x %02x instead of 00 07",
                              from->from_group, from->to_group, from->header[0], from->header[1]);
    }
    BASE_ASSERT(from->extranonce_size <= POOL_EXTRANONCE_MAX);
    struct pool_job_full *made = pool_job_new(from->txs, from->txs_size);
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    struct pool_job *job = &made->job;
    job->chain = POOL_ALEPHIUM_GROUPS * from->from_group + from->to_group;
    job->chains = POOL_ALEPHIUM_CHAINS;
    if (from->extranonce_size > 0) {
        memcpy(job->header, from->extranonce, from->extranonce_size);
    }
    memcpy(job->header + POOL_ALEPHIUM_NONCE, from->header, POOL_ALEPHIUM_HEADER);
    job->header_size = POOL_ALEPHIUM_MESSAGE;
    job->nonce_size = POOL_ALEPHIUM_NONCE;
    job->nonce_fixed = from->extranonce_size;
    memcpy(job->target_be, from->target_be, 32);
    job->height = from->height;
    /* The compact target in the header is the block's (alephium.md 3.5); one above 256 bits gives
     * zero: unknown. */
    (void)!base_target_from_compact(job->block_target_be,
                                    base_load_be32(from->header + POOL_ALEPHIUM_HEADER - 4));
    *full = made;
    return BASE_OK;
}

bool pool_alephium_same_work(const struct pool_job *a, const struct pool_job *b)
{
    return a->chain == b->chain && a->nonce_fixed == b->nonce_fixed &&
           a->header_size == b->header_size && memcmp(a->header, b->header, a->header_size) == 0 &&
           memcmp(a->target_be, b->target_be, 32) == 0;
}

enum base_status pool_alephium_encode_submit(struct pool_buffer *out, const struct pool_job *job,
                                             const uint8_t nonce[24], unsigned version)
{
    const struct pool_job_full *full = pool_job_full(job);
    size_t blob = (size_t)POOL_ALEPHIUM_MESSAGE + full->txs_size;
    size_t front = version == 1 ? 6 : 5; /* length, version where there is one, type */
    size_t size = front + 4 + blob;
    uint8_t *frame = base_alloc(1, size);
    if (frame == NULL) {
        return BASE_E_MEMORY;
    }
    base_store_be32(frame, (uint32_t)(size - 4));
    if (version == 1) {
        frame[4] = 1;
    }
    frame[front - 1] = 0; /* SubmitBlock */
    base_store_be32(frame + front, (uint32_t)blob);
    uint8_t *at = frame + front + 4;
    memcpy(at, nonce, POOL_ALEPHIUM_NONCE);
    memcpy(at + POOL_ALEPHIUM_NONCE, job->header + POOL_ALEPHIUM_NONCE, POOL_ALEPHIUM_HEADER);
    if (full->txs_size > 0) {
        memcpy(at + POOL_ALEPHIUM_MESSAGE, full->txs, full->txs_size);
    }
    enum base_status status = pool_buffer_append(out, frame, size);
    base_free(frame);
    return status;
}
