/* nervos_template.c: the answer of get_block_template into values. A pure function; the JSON is not
 * to be trusted. Part of solo mining, see nervos_node.h. Source: ckb.md 3 and 4. */
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "nervos/ckb_hash.h"
#include "nervos/nervos_node.h"

enum { PROPOSAL = 10 }; /* bytes of a short id */

static enum base_status bad(struct base_error *error, const char *what)
{
    return base_error_set(error, BASE_E_FORMAT, "the node's template has no usable %s", what);
}

static enum base_status no_memory(struct base_error *error)
{
    return base_error_set(error, BASE_E_MEMORY, "no memory for a template");
}

/* ---- numbers --------------------------------------------------------------------------------- */

static enum base_status read_head(struct pool_ckb_template *ckb, const json_t *result,
                                  struct base_error *error)
{
    static const struct {
        const char *name;
        size_t size;
    } numbers[] = {
        {"version", 4}, {"compact_target", 4}, {"current_time", 8}, {"number", 8}, {"epoch", 8}};
    uint8_t *to = ckb->header;
    for (size_t i = 0; i < BASE_COUNT_OF(numbers); i++) {
        uint8_t bytes[8];
        uint64_t value = 0;
        size_t size = numbers[i].size;
        if (!pool_ckb_number(&value, json_object_get(result, numbers[i].name)) ||
            (size < 8 && value >> 8 * size != 0)) {
            return bad(error, numbers[i].name);
        }
        base_store_le64(bytes, value);
        memcpy(to, bytes, size);
        to += size;
    }
    if (!pool_ckb_bytes(ckb->header + POOL_CKB_PARENT, 32,
                        json_object_get(result, "parent_hash"))) {
        return bad(error, "parent_hash");
    }
    if (!pool_ckb_bytes(ckb->header + POOL_CKB_DAO, 32, json_object_get(result, "dao"))) {
        return bad(error, "dao");
    }
    if (!pool_ckb_number(&ckb->work_id, json_object_get(result, "work_id"))) {
        return bad(error, "work_id");
    }
    memcpy(ckb->base.parent, ckb->header + POOL_CKB_PARENT, 32);
    ckb->height = base_load_le64(ckb->header + POOL_CKB_NUMBER);
    uint32_t compact = base_load_le32(ckb->header + POOL_CKB_COMPACT);
    static const uint8_t zero[32] = {0};
    if (compact >> 24 > 32 || base_target_from_compact(ckb->target_be, compact) != BASE_OK ||
        memcmp(ckb->target_be, zero, sizeof(zero)) == 0) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the node's template has compact_target %08x, which is no target",
                              compact);
    }
    return BASE_OK;
}

/* ---- hashes of parts ------------------------------------------------------------------------- */

static enum base_status read_proposals(struct pool_ckb_template *ckb, const json_t *list,
                                       struct base_error *error)
{
    struct base_blake2b hash;
    size_t count = json_array_size(list);
    if (!json_is_array(list)) {
        return bad(error, "proposals");
    }
    pool_ckb_hash_init(&hash);
    for (size_t i = 0; i < count; i++) {
        uint8_t id[PROPOSAL];
        if (!pool_ckb_bytes(id, sizeof(id), json_array_get(list, i))) {
            return bad(error, "proposals");
        }
        base_blake2b_update(&hash, id, sizeof(id));
    }
    if (count > 0) {
        base_blake2b_final(ckb->header + POOL_CKB_PROPOSALS, &hash);
    }
    return BASE_OK;
}

/* Hash of the uncles and of the extension. bare: uncles as a block has them, without what else the
 * template says of them. */
static enum base_status read_extra(struct pool_ckb_template *ckb, json_t *bare,
                                   const json_t *result, struct base_error *error)
{
    const json_t *uncles = json_object_get(result, "uncles");
    const json_t *extension = json_object_get(result, "extension");
    uint8_t *extra = ckb->header + POOL_CKB_EXTRA;
    uint8_t bytes[POOL_NERVOS_EXTENSION_MAX];
    uint8_t digest[32];
    struct base_blake2b hash;
    size_t size = 0;
    size_t count = json_array_size(uncles);
    if (!json_is_array(uncles) || count > POOL_NERVOS_UNCLES_MAX) {
        return bad(error, "uncles");
    }
    pool_ckb_hash_init(&hash);
    for (size_t i = 0; i < count; i++) {
        uint8_t header[POOL_CKB_HEADER + POOL_CKB_NONCE];
        json_t *uncle = json_array_get(uncles, i);
        json_t *head = json_object_get(uncle, "header");
        json_t *proposals = json_object_get(uncle, "proposals");
        if (!pool_ckb_header_read(header, head) || !json_is_array(proposals)) {
            return bad(error, "uncles");
        }
        pool_ckb_hash(digest, header, sizeof(header));
        base_blake2b_update(&hash, digest, sizeof(digest));
        if (json_array_append_new(
                bare, json_pack("{s:O,s:O}", "header", head, "proposals", proposals)) != 0) {
            return no_memory(error);
        }
    }
    if (count > 0) {
        base_blake2b_final(extra, &hash);
    }
    if (extension == NULL || json_is_null(extension)) {
        return BASE_OK;
    }
    if (!pool_ckb_bytes_upto(bytes, sizeof(bytes), &size, extension) || size == 0) {
        return bad(error, "extension");
    }
    pool_ckb_hash(digest, bytes, size);
    pool_ckb_hash_pair(extra, extra, digest);
    return BASE_OK;
}

/* ---- the cellbase ---------------------------------------------------------------------------- */

/* Say whom the node pays, and put our own lock there. cellbase is ours to change. */
static enum base_status read_witness(struct pool_ckb_template *ckb, json_t *cellbase,
                                     const struct pool_ckb_lock *payee, struct base_error *error)
{
    json_t *witnesses = json_object_get(cellbase, "witnesses");
    const json_t *text = json_array_get(witnesses, 0);
    const char *digits = json_string_value(text);
    size_t cap = json_string_length(text) / 2;
    const uint8_t *message = NULL;
    size_t size = 0;
    size_t message_size = 0;
    struct pool_buffer made;
    if (digits == NULL || json_array_size(witnesses) != 1 || cap > POOL_NERVOS_WITNESS_MAX) {
        return bad(error, "cellbase: it has not one witness");
    }
    uint8_t *witness = base_alloc(cap + 1, 1);
    if (witness == NULL) {
        return no_memory(error);
    }
    pool_buffer_init(&made);
    enum base_status status = BASE_E_FORMAT;
    if (pool_ckb_bytes_upto(witness, cap, &size, text)) {
        status = pool_ckb_witness_read(&ckb->assembler, &ckb->assembler_long, &message,
                                       &message_size, witness, size);
    }
    if (status != BASE_OK) {
        status = bad(error, "cellbase: its witness is no lock and message");
    } else if (payee != NULL) {
        status = pool_ckb_witness_write(&made, payee, message, message_size);
        size = pool_buffer_size(&made);
        char *hex = status == BASE_OK ? base_alloc(2 * size + 3, 1) : NULL;
        if (hex != NULL) {
            memcpy(hex, "0x", 2);
            base_hex_encode(hex + 2, pool_buffer_data(&made), size);
            status =
                json_array_set_new(witnesses, 0, json_string(hex)) == 0 ? BASE_OK : BASE_E_MEMORY;
        }
        status = hex == NULL || status != BASE_OK ? no_memory(error) : BASE_OK;
        base_free(hex);
    }
    pool_buffer_deinit(&made);
    base_free(witness);
    return status;
}

/* ---- transactions ---------------------------------------------------------------------------- */

static enum base_status read_tx(uint8_t hash[32], uint8_t witness_hash[32], const json_t *entry,
                                const json_t *data, size_t index, struct base_error *error)
{
    uint8_t told[32];
    enum base_status status = pool_ckb_tx_hashes(hash, witness_hash, data);
    if (status == BASE_E_MEMORY) {
        return no_memory(error);
    }
    if (status != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT,
                              "transaction %zu of the node's template cannot be read", index);
    }
    if (!pool_ckb_bytes(told, sizeof(told), json_object_get(entry, "hash")) ||
        memcmp(told, hash, sizeof(told)) != 0) {
        return base_error_set(error, BASE_E_FORMAT,
                              "transaction %zu of the node's template does not have the hash that "
                              "the node names",
                              index);
    }
    return BASE_OK;
}

/* Hash all transactions, cellbase first, into the root. all: their data, as a block has them. */
static enum base_status read_txs(struct pool_ckb_template *ckb, json_t *all, const json_t *result,
                                 const struct pool_ckb_lock *payee, struct base_error *error)
{
    const json_t *list = json_object_get(result, "transactions");
    const json_t *entry = json_object_get(result, "cellbase");
    json_t *cellbase = json_deep_copy(json_object_get(entry, "data"));
    size_t count = json_array_size(list) + 1;
    uint8_t roots[2][32];
    if (!json_is_array(list) || !json_is_object(cellbase) || count > POOL_NERVOS_TXS_MAX) {
        json_decref(cellbase);
        return bad(error, "cellbase or transactions");
    }
    ckb->tx_count = count;
    uint8_t(*nodes)[32] = base_alloc(2 * (2 * count - 1), 32);
    if (nodes == NULL || json_array_append_new(all, cellbase) != 0) {
        base_free(nodes);
        return no_memory(error);
    }
    uint8_t(*leaves)[32] = nodes + (count - 1);
    uint8_t(*witness_nodes)[32] = nodes + (2 * count - 1);
    uint8_t(*witness_leaves)[32] = witness_nodes + (count - 1);
    enum base_status status = read_witness(ckb, cellbase, payee, error);
    if (status == BASE_OK) {
        status = read_tx(leaves[0], witness_leaves[0], entry, cellbase, 0, error);
    }
    for (size_t i = 1; i < count && status == BASE_OK; i++) {
        entry = json_array_get(list, i - 1);
        json_t *data = json_object_get(entry, "data");
        status = read_tx(leaves[i], witness_leaves[i], entry, data, i, error);
        if (status == BASE_OK && json_array_append(all, data) != 0) {
            status = no_memory(error);
        }
    }
    if (status == BASE_OK) {
        pool_ckb_merkle(roots[0], nodes, count);
        pool_ckb_merkle(roots[1], witness_nodes, count);
        pool_ckb_hash_pair(ckb->header + POOL_CKB_TXS_ROOT, roots[0], roots[1]);
    }
    base_free(nodes);
    return status;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* The members of a block behind its header, as text without braces. */
static enum base_status keep_body(struct pool_ckb_template *ckb, const json_t *uncles,
                                  const json_t *txs, const json_t *result, struct base_error *error)
{
    const json_t *extension = json_object_get(result, "extension");
    json_t *body = json_pack("{s:O,s:O,s:O}", "uncles", uncles, "transactions", txs, "proposals",
                             json_object_get(result, "proposals"));
    struct pool_buffer text;
    pool_buffer_init(&text);
    if (body != NULL && extension != NULL && !json_is_null(extension)) {
        (void)json_object_set(body, "extension", (json_t *)(uintptr_t)extension);
    }
    enum base_status status = pool_json_append(&text, body);
    size_t size = pool_buffer_size(&text);
    ckb->body = status == BASE_OK ? pool_blob_new(size - 2) : NULL;
    if (ckb->body != NULL) {
        memcpy(ckb->body->bytes, pool_buffer_data(&text) + 1, size - 2);
    }
    pool_buffer_deinit(&text);
    return ckb->body != NULL ? BASE_OK : no_memory(error);
}

enum base_status pool_ckb_template_read(struct pool_ckb_template **made, const json_t *result,
                                        const struct pool_ckb_lock *payee, struct base_error *error)
{
    *made = NULL;
    if (!json_is_object(result)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the node's answer to get_block_template is no template");
    }
    struct pool_ckb_template *ckb = base_alloc(1, sizeof(*ckb));
    json_t *uncles = json_array();
    json_t *txs = json_array();
    enum base_status status =
        ckb == NULL || uncles == NULL || txs == NULL ? no_memory(error) : BASE_OK;
    status = status == BASE_OK ? read_head(ckb, result, error) : status;
    status = status == BASE_OK ? read_proposals(ckb, json_object_get(result, "proposals"), error)
                               : status;
    status = status == BASE_OK ? read_extra(ckb, uncles, result, error) : status;
    status = status == BASE_OK ? read_txs(ckb, txs, result, payee, error) : status;
    status = status == BASE_OK ? keep_body(ckb, uncles, txs, result, error) : status;
    json_decref(uncles);
    json_decref(txs);
    if (status != BASE_OK) {
        pool_ckb_template_free(ckb);
        return status;
    }
    *made = ckb;
    return BASE_OK;
}

void pool_ckb_template_free(struct pool_ckb_template *ckb)
{
    if (ckb != NULL) {
        pool_blob_unref(ckb->body);
        base_free(ckb);
    }
}
