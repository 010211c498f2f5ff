/* gbt_block.c: from a template to a coinbase, a job and a block. Pure; every size is known before a
 * byte is written. Part of solo mining, see gbt.h. Source: digibyte.md 2 and 8. */
#include <string.h>

#include "base/endian.h"
#include "bitcoin/gbt.h"

enum {
    TX_VERSION = 2,
    OP_1 = 0x51,
};

/* Bytes on their way into a coinbase. */
struct writer {
    uint8_t *bytes;
    size_t size;
};

static void put(struct writer *to, const void *bytes, size_t size)
{
    BASE_ASSERT(to->size + size <= POOL_GBT_COINBASE_MAX);
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

static void put_byte(struct writer *to, unsigned value)
{
    uint8_t byte = (uint8_t)value;
    put(to, &byte, 1);
}

static void put_u32(struct writer *to, uint32_t value)
{
    uint8_t bytes[4];
    base_store_le32(bytes, value);
    put(to, bytes, sizeof(bytes));
}

static void put_output(struct writer *to, uint64_t value, const uint8_t *script, size_t size)
{
    uint8_t bytes[8];
    base_store_le64(bytes, value);
    put(to, bytes, sizeof(bytes));
    put_byte(to, (unsigned)size); /* scripts are shorter than 253 bytes: one byte of length */
    put(to, script, size);
}

/* The height as a number of a script: OP_0, OP_1 to OP_16, or the fewest little-endian bytes whose
 * top bit is clear (BIP 34). */
static void put_height(struct writer *to, uint64_t height)
{
    uint8_t bytes[9];
    size_t size = 0;
    if (height <= 16) {
        put_byte(to, height == 0 ? 0 : OP_1 + (unsigned)height - 1);
        return;
    }
    for (; height > 0; height >>= 8) {
        bytes[size++] = (uint8_t)height;
    }
    if ((bytes[size - 1] & 0x80) != 0) {
        bytes[size++] = 0;
    }
    put_byte(to, (unsigned)size);
    put(to, bytes, size);
}

static const uint8_t zero[32] = {0};

/* The form with a witness, from the plain one. */
static void put_full(struct pool_gbt_coinbase *coinbase, bool commits)
{
    struct writer full = {coinbase->full, 0};
    put(&full, coinbase->plain, 4);
    if (commits) {
        put(&full, "\x00\x01", 2); /* marker and flag */
    }
    put(&full, coinbase->plain + 4, coinbase->plain_size - 8);
    if (commits) {
        put(&full, "\x01\x20", 2); /* one item of 32 bytes: the reserved value */
        put(&full, zero, sizeof(zero));
    }
    put_u32(&full, 0);
    coinbase->full_size = full.size;
}

void pool_gbt_coinbase(struct pool_gbt_coinbase *coinbase, const struct pool_gbt_template *gbt,
                       const struct pool_script *payee, const char *text,
                       const uint8_t extranonce[POOL_GBT_EXTRANONCE])
{
    uint8_t script_bytes[POOL_GBT_COINBASE_MAX];
    struct writer script = {script_bytes, 0};
    struct writer plain = {coinbase->plain, 0};
    size_t text_size = text == NULL ? 0 : strlen(text);
    bool commits = gbt->commitment_size > 0;
    put_height(&script, gbt->height);
    put_byte(&script, POOL_GBT_EXTRANONCE);
    size_t extranonce_at = script.size;
    put(&script, extranonce, POOL_GBT_EXTRANONCE);
    if (text_size > 0) {
        put_byte(&script, (unsigned)text_size); /* below 76: a length is its own opcode */
        put(&script, text, text_size);
    }
    BASE_ASSERT(script.size <= POOL_GBT_COINBASE_SCRIPT);

    put_u32(&plain, TX_VERSION);
    put_byte(&plain, 1); /* one input, from nowhere */
    put(&plain, zero, sizeof(zero));
    put_u32(&plain, UINT32_MAX);
    put_byte(&plain, (unsigned)script.size);
    coinbase->extranonce_at = plain.size + extranonce_at;
    put(&plain, script.bytes, script.size);
    put_u32(&plain, UINT32_MAX); /* sequence */
    put_byte(&plain, commits ? 2 : 1);
    coinbase->payee_at = plain.size + 8;
    put_output(&plain, gbt->value, payee->bytes, payee->size);
    if (commits) {
        put_output(&plain, 0, gbt->commitment, gbt->commitment_size);
    }
    put_u32(&plain, 0);
    coinbase->plain_size = plain.size;
    put_full(coinbase, commits);
}

const struct pool_gbt_pieces *pool_gbt_pieces(const struct pool_job *job)
{
    const struct pool_blob *blob = pool_job_full(job)->pieces;
    return blob != NULL ? (const struct pool_gbt_pieces *)(const void *)blob->bytes : NULL;
}

void pool_gbt_coinbase_again(struct pool_gbt_coinbase *coinbase,
                             const struct pool_gbt_pieces *pieces,
                             const uint8_t extranonce[POOL_GBT_EXTRANONCE], const uint8_t *payee,
                             size_t payee_size)
{
    const struct pool_gbt_coinbase *from = &pieces->coinbase;
    size_t rest_at = from->payee_at + 1 + from->plain[from->payee_at];
    *coinbase = *from;
    if (payee_size > 0) {
        struct writer plain = {coinbase->plain, from->payee_at};
        put_byte(&plain, (unsigned)payee_size);
        put(&plain, payee, payee_size);
        put(&plain, from->plain + rest_at, from->plain_size - rest_at);
        coinbase->plain_size = plain.size;
    }
    memcpy(coinbase->plain + coinbase->extranonce_at, extranonce, POOL_GBT_EXTRANONCE);
    put_full(coinbase, pieces->commits);
}

size_t pool_gbt_block_front(uint8_t bytes[POOL_GBT_COINBASE_MAX], size_t tx_count,
                            const struct pool_gbt_coinbase *coinbase)
{
    struct writer front = {bytes, pool_gbt_put_count(bytes, tx_count + 1)};
    put(&front, coinbase->full, coinbase->full_size);
    return front.size;
}

/* Keep what a client's coinbase is made of. */
static bool keep_pieces(struct pool_job_full *full, const struct pool_gbt_template *gbt,
                        const struct pool_gbt_coinbase *coinbase)
{
    full->pieces = pool_blob_new(sizeof(struct pool_gbt_pieces));
    if (full->pieces == NULL) {
        return false;
    }
    struct pool_gbt_pieces *pieces = (void *)full->pieces->bytes;
    pieces->coinbase = *coinbase;
    pieces->commits = gbt->commitment_size > 0;
    memcpy(pieces->branch, gbt->branch, sizeof(pieces->branch));
    pieces->branch_count = gbt->branch_count;
    pieces->tx_count = gbt->tx_count;
    return true;
}

enum base_status pool_gbt_job(struct pool_job_full **made, const struct pool_gbt_template *gbt,
                              const struct pool_script *payee, const char *text,
                              uint64_t extranonce, struct base_error *error)
{
    struct pool_gbt_coinbase coinbase;
    uint8_t front[POOL_GBT_COINBASE_MAX];
    uint8_t extranonce_le[POOL_GBT_EXTRANONCE];
    uint8_t root[32];
    *made = NULL;
    base_store_le64(extranonce_le, extranonce);
    pool_gbt_coinbase(&coinbase, gbt, payee, text, extranonce_le);
    size_t front_size = pool_gbt_block_front(front, gbt->tx_count, &coinbase);
    struct pool_job_full *full = pool_job_new(front, front_size);
    if (full == NULL || !keep_pieces(full, gbt, &coinbase) ||
        pool_v1_sha256d(root, coinbase.plain, coinbase.plain_size) != BASE_OK ||
        pool_v1_merkle(root, gbt->branch, gbt->branch_count) != BASE_OK) {
        pool_job_unref(full == NULL ? NULL : &full->job);
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    struct pool_job *job = &full->job;
    full->blob = pool_blob_ref(gbt->raw);
    pool_v1_header(job->header, gbt->version, gbt->base.parent, root, gbt->time, gbt->bits);
    job->chains = 1;
    job->header_size = POOL_V1_HEADER;
    job->nonce_offset = POOL_V1_NONCE;
    job->nonce_size = POOL_V1_NONCE_SIZE;
    memcpy(job->target_be, gbt->target_be, 32);
    memcpy(job->block_target_be, gbt->target_be, 32);
    job->height = gbt->height;
    job->solo = true;
    *made = full;
    return BASE_OK;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static void header_of(uint8_t header[POOL_V1_HEADER], const struct pool_job *job,
                      const uint8_t *nonce)
{
    memcpy(header, job->header, POOL_V1_HEADER);
    memcpy(header + job->nonce_offset, nonce, job->nonce_size);
}

enum base_status pool_gbt_block_hex(struct pool_buffer *hex, const struct pool_job *job,
                                    const uint8_t *nonce)
{
    const struct pool_job_full *full = pool_job_full(job);
    uint8_t header[POOL_V1_HEADER];
    header_of(header, job, nonce);
    enum base_status status = pool_gbt_put_hex(hex, header, sizeof(header));
    if (status == BASE_OK) {
        status = pool_gbt_put_hex(hex, full->txs, full->txs_size);
    }
    if (status == BASE_OK && full->blob != NULL) {
        status = pool_gbt_put_hex(hex, full->blob->bytes, full->blob->size);
    }
    return status;
}

enum base_status pool_gbt_block_hash(uint8_t hash[32], const struct pool_job *job,
                                     const uint8_t *nonce)
{
    uint8_t header[POOL_V1_HEADER];
    header_of(header, job, nonce);
    return pool_v1_sha256d(hash, header, sizeof(header)) == BASE_OK ? BASE_OK : BASE_E_MEMORY;
}

enum base_status pool_gbt_block_id(char id[65], const struct pool_job *job, const uint8_t *nonce)
{
    uint8_t hash[32];
    id[0] = '\0';
    if (pool_gbt_block_hash(hash, job, nonce) != BASE_OK) {
        return BASE_E_MEMORY;
    }
    pool_gbt_show_hash(id, hash);
    return BASE_OK;
}
