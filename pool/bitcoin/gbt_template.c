/* gbt_template.c: the answer of getblocktemplate into values. A pure function; the JSON is not to
 * be trusted. Part of solo mining, see gbt.h. Source: digibyte.md 4, 7.3 and 8. */
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "bitcoin/gbt.h"
#include "protocol/output.h"
#include "wire/json.h"

enum {
    COMMITMENT_HEAD = 6, /* OP_RETURN, push of 36, aa21a9ed */
    COMMITMENT_SIZE = 38,
};

static const uint8_t commitment_head[COMMITMENT_HEAD] = {0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed};

/* Rules with a '!' change what a valid block is: one that is not known must not be mined under. */
static enum base_status check_rules(const json_t *rules, struct base_error *error)
{
    size_t index = 0;
    const json_t *rule = NULL;
    json_array_foreach(rules, index, rule)
    {
        char shown[64];
        const char *name = json_string_value(rule);
        if (name != NULL && name[0] == '!' && strcmp(name, "!segwit") != 0) {
            return base_error_set(error, BASE_E_UNSUPPORTED,
                                  "the node wants its miners to know the rule \"%s\", which this "
                                  "version of Shardpick does not: look for a newer one",
                                  pool_printable(shown, sizeof(shown), name, strlen(name)));
        }
    }
    return BASE_OK;
}

static enum base_status read_numbers(struct pool_gbt_template *gbt, const json_t *result,
                                     struct base_error *error)
{
    uint8_t told_be[32];
    uint8_t bits[4];
    uint32_t mintime = 0;
    const char *bits_text = json_string_value(json_object_get(result, "bits"));
    const char *target = json_string_value(json_object_get(result, "target"));
    const json_t *version = json_object_get(result, "version");
    const json_t *value = json_object_get(result, "coinbasevalue");
    const json_t *key = json_object_get(result, "odokey");
    if (!json_is_integer(version) || json_integer_value(version) < INT32_MIN ||
        json_integer_value(version) > UINT32_MAX) {
        return pool_gbt_unusable(error, "version");
    }
    gbt->version = (uint32_t)json_integer_value(version);
    if (!pool_gbt_read_hash(gbt->base.parent, json_object_get(result, "previousblockhash"))) {
        return pool_gbt_unusable(error, "previousblockhash");
    }
    if (!pool_gbt_read_u32(&gbt->time, json_object_get(result, "curtime"))) {
        return pool_gbt_unusable(error, "curtime");
    }
    if (pool_gbt_read_u32(&mintime, json_object_get(result, "mintime")) && mintime > gbt->time) {
        gbt->time = mintime;
    }
    if (!json_is_integer(value) || !pool_json_u64(value, 10, &gbt->value)) {
        return pool_gbt_unusable(error, "coinbasevalue");
    }
    if (!pool_json_u64(json_object_get(result, "height"), 10, &gbt->height) ||
        gbt->height > INT32_MAX) {
        return pool_gbt_unusable(error, "height");
    }
    if (bits_text == NULL || base_hex_decode_exact(bits, sizeof(bits), bits_text) != BASE_OK) {
        return pool_gbt_unusable(error, "bits");
    }
    gbt->bits = base_load_be32(bits);
    if (pool_v1_compact(gbt->target_be, gbt->bits) != BASE_OK ||
        (target != NULL && (base_hex_decode_exact(told_be, 32, target) != BASE_OK ||
                            memcmp(told_be, gbt->target_be, 32) != 0))) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the node's template has bits %08x and another target", gbt->bits);
    }
    gbt->has_key = pool_json_u64(key, 10, &gbt->key);
    if (key != NULL && (!gbt->has_key || gbt->key > gbt->time)) {
        return pool_gbt_unusable(error, "odokey");
    }
    return BASE_OK;
}

/* ---- transactions ---------------------------------------------------------------------------- */

/* One transaction: raw bytes at *used, its two hashes. */
static enum base_status read_transaction(struct pool_gbt_template *gbt, size_t *used,
                                         uint8_t txid[32], uint8_t wtxid[32], const json_t *json,
                                         struct base_error *error)
{
    uint8_t told[32];
    const json_t *data = json_object_get(json, "data");
    const json_t *hash = json_object_get(json, "hash");
    size_t size = 0;
    if (!json_is_string(data) || json_string_length(data) == 0 ||
        base_hex_decode(gbt->raw->bytes + *used, gbt->raw->size - *used, &size,
                        json_string_value(data), json_string_length(data)) != BASE_OK) {
        return pool_gbt_unusable(error, "data of a transaction");
    }
    if (pool_v1_sha256d(wtxid, gbt->raw->bytes + *used, size) != BASE_OK) {
        return base_error_set(error, BASE_E_MEMORY, "no memory to hash a transaction");
    }
    *used += size;
    if (!pool_gbt_read_hash(txid, json_object_get(json, "txid"))) {
        return pool_gbt_unusable(error, "txid of a transaction");
    }
    if (hash != NULL && (!pool_gbt_read_hash(told, hash) || memcmp(told, wtxid, 32) != 0)) {
        return base_error_set(
            error, BASE_E_FORMAT,
            "a transaction of the node's template does not have the hash that the "
            "template says");
    }
    return BASE_OK;
}

/* Commitment to the witnesses, where the node gives none (digibyte.md 8, 3). */
static enum base_status make_commitment(struct pool_gbt_template *gbt, uint8_t (*wtxids)[32],
                                        struct base_error *error)
{
    uint8_t branch[POOL_V1_BRANCHES_MAX][32];
    uint8_t both[64] = {0}; /* root of zeros and wtxids; the reserved value, zeros */
    size_t count = 0;
    memcpy(gbt->commitment, commitment_head, COMMITMENT_HEAD);
    gbt->commitment_size = COMMITMENT_SIZE;
    if (pool_gbt_branch(branch, &count, wtxids, gbt->tx_count) != BASE_OK ||
        pool_v1_merkle(both, (const uint8_t(*)[32])branch, count) != BASE_OK ||
        pool_v1_sha256d(gbt->commitment + COMMITMENT_HEAD, both, sizeof(both)) != BASE_OK) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a witness commitment");
    }
    return BASE_OK;
}

static enum base_status read_commitment(struct pool_gbt_template *gbt, const json_t *told,
                                        uint8_t (*wtxids)[32], bool witness,
                                        struct base_error *error)
{
    if (json_is_string(told)) {
        if (base_hex_decode(gbt->commitment, sizeof(gbt->commitment), &gbt->commitment_size,
                            json_string_value(told), json_string_length(told)) != BASE_OK ||
            gbt->commitment_size == 0) {
            return pool_gbt_unusable(error, "default_witness_commitment");
        }
        return BASE_OK;
    }
    return witness ? make_commitment(gbt, wtxids, error) : BASE_OK;
}

static enum base_status read_transactions(struct pool_gbt_template *gbt, const json_t *result,
                                          struct base_error *error)
{
    const json_t *list = json_object_get(result, "transactions");
    const json_t *json = NULL;
    uint8_t(*txids)[32] = NULL; /* and behind them as many wtxids */
    size_t index = 0;
    size_t digits = 0;
    size_t used = 0;
    bool witness = false;
    enum base_status status = BASE_OK;
    gbt->tx_count = json_array_size(list);
    if (!json_is_array(list) || gbt->tx_count > POOL_GBT_TXS_MAX) {
        return pool_gbt_unusable(error, "list of transactions");
    }
    json_array_foreach(list, index, json)
    {
        digits += json_string_length(json_object_get(json, "data"));
    }
    if (digits / 2 > POOL_GBT_RAW_MAX) {
        return base_error_set(error, BASE_E_LIMIT,
                              "the node's template has %zu bytes of transactions; %d are possible",
                              digits / 2, POOL_GBT_RAW_MAX);
    }
    gbt->raw = pool_blob_new(digits / 2);
    txids = base_alloc(2 * gbt->tx_count + 1, 32);
    if (gbt->raw == NULL || txids == NULL) {
        status = base_error_set(error, BASE_E_MEMORY, "no memory for a template");
        goto out;
    }
    uint8_t(*wtxids)[32] = txids + gbt->tx_count;
    json_array_foreach(list, index, json)
    {
        status = read_transaction(gbt, &used, txids[index], wtxids[index], json, error);
        if (status != BASE_OK) {
            goto out;
        }
        witness = witness || memcmp(txids[index], wtxids[index], 32) != 0;
    }
    status = read_commitment(gbt, json_object_get(result, "default_witness_commitment"), wtxids,
                             witness, error);
    if (status == BASE_OK &&
        pool_gbt_branch(gbt->branch, &gbt->branch_count, txids, gbt->tx_count) != BASE_OK) {
        status = base_error_set(error, BASE_E_MEMORY, "no memory for a merkle tree");
    }
out:
    base_free(txids);
    return status;
}

/* ---- all of it ------------------------------------------------------------------------------- */

enum base_status pool_gbt_template_read(struct pool_gbt_template **made, const json_t *result,
                                        struct base_error *error)
{
    struct pool_gbt_template *gbt = NULL;
    *made = NULL;
    if (!json_is_object(result)) {
        return base_error_set(error, BASE_E_FORMAT, "the node's answer is no block template");
    }
    enum base_status status = check_rules(json_object_get(result, "rules"), error);
    if (status != BASE_OK) {
        return status;
    }
    gbt = base_alloc(1, sizeof(*gbt));
    if (gbt == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a template");
    }
    status = read_numbers(gbt, result, error);
    if (status == BASE_OK &&
        !pool_gbt_read_poll_id(gbt->base.poll_id, json_object_get(result, "longpollid"))) {
        status = pool_gbt_unusable(error, "longpollid");
    }
    if (status == BASE_OK) {
        status = read_transactions(gbt, result, error);
    }
    if (status != BASE_OK) {
        pool_gbt_template_free(gbt);
        return status;
    }
    *made = gbt;
    return BASE_OK;
}

void pool_gbt_template_free(struct pool_gbt_template *gbt)
{
    if (gbt != NULL) {
        pool_blob_unref(gbt->raw);
        base_free(gbt);
    }
}
