/* template.c: what get_block_template gives, the block that is made of it, and the blocks of the
 * other miner; see chain.h. Facts: ckb.md 4, "get_block_template" and "The cellbase". */
#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "ckbnet/chain.h"

static const char version_text[] = " 0.210.0 ( ) ckbnet"; /* behind four bytes of version bits */

/* CellbaseWitness(lock, message) as a JSON text. */
static json_t *witness_json(const uint8_t *lock, size_t lock_size)
{
    struct ckbnet_bytes bytes = {0};
    uint8_t head[12];
    size_t message = 4 + sizeof version_text - 1;
    uint8_t count[4];
    static const uint8_t bits[4] = {0};
    base_store_le32(head, (uint32_t)(12 + lock_size + 4 + message));
    base_store_le32(head + 4, 12);
    base_store_le32(head + 8, (uint32_t)(12 + lock_size));
    base_store_le32(count, (uint32_t)message);
    ckbnet_bytes_add(&bytes, head, 12);
    ckbnet_bytes_add(&bytes, lock, lock_size);
    ckbnet_bytes_add(&bytes, count, 4);
    ckbnet_bytes_add(&bytes, bits, 4);
    ckbnet_bytes_add(&bytes, version_text, sizeof version_text - 1);
    json_t *json = bytes.failed ? NULL : ckbnet_hex_json(bytes.at, bytes.size);
    ckbnet_bytes_free(&bytes);
    return json;
}

/* A lock's molecule as JSON. */
static json_t *lock_json(const uint8_t *lock, size_t lock_size)
{
    static const char *const types[] = {"data", "type", "data1", "", "data2"};
    size_t size = 0;
    const uint8_t *code = ckbnet_table_part(&size, lock, lock_size, 3, 0);
    const uint8_t *type = ckbnet_table_part(&size, lock, lock_size, 3, 1);
    const uint8_t *args = ckbnet_table_part(&size, lock, lock_size, 3, 2);
    return json_pack("{s:o,s:s,s:o}", "code_hash", ckbnet_hex_json(code, 32), "hash_type",
                     types[type[0] % 5], "args", ckbnet_hex_json(args + 4, size - 4));
}

static json_t *cellbase_json(const struct ckbnet_next *next, const uint8_t *lock, size_t lock_size)
{
    char number[24];
    char capacity[24];
    json_t *outputs = json_array();
    json_t *data = json_array();
    if (next->paid != NULL) {
        (void)json_array_append_new(
            outputs,
            json_pack("{s:s,s:o,s:n}", "capacity", ckbnet_number_text(capacity, next->capacity),
                      "lock", lock_json(next->paid->lock, next->paid->lock_size), "type"));
        (void)json_array_append_new(data, json_string("0x"));
    }
    return json_pack("{s:s,s:[],s:[],s:[{s:s,s:{s:s,s:s}}],s:o,s:o,s:[o]}", "version", "0x0",
                     "cell_deps", "header_deps", "inputs", "since",
                     ckbnet_number_text(number, next->number), "previous_output", "tx_hash",
                     "0x0000000000000000000000000000000000000000000000000000000000000000", "index",
                     "0xffffffff", "outputs", outputs, "outputs_data", data, "witnesses",
                     witness_json(lock, lock_size));
}

/* A transaction as templates show it. */
static json_t *tx_entry(const uint8_t hash[32], json_t *data, bool cellbase)
{
    json_t *entry =
        json_pack("{s:o,s:o,s:n}", "hash", ckbnet_hex_json(hash, 32), "data", data, "cycles");
    if (!cellbase) {
        (void)json_object_set_new(entry, "required", json_false());
        (void)json_object_set_new(entry, "depends", json_null());
        (void)json_object_set_new(entry, "cycles", json_string("0x219"));
    }
    return entry;
}

static json_t *uncles_json(const struct ckbnet_chain *chain)
{
    const struct ckbnet_block *uncles[CKBNET_UNCLES];
    size_t count = ckbnet_chain_uncles(uncles, chain, chain->tip);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *ids = json_array();
        for (size_t k = 0; k < uncles[i]->proposed_count; k++) {
            const struct ckbnet_tx *tx = ckbnet_chain_tx(chain, uncles[i]->proposed[k]);
            if (tx != NULL) {
                (void)json_array_append_new(ids, ckbnet_hex_json(tx->hash, 10));
            }
        }
        (void)json_array_append_new(list, json_pack("{s:o,s:b,s:o,s:o}", "hash",
                                                    ckbnet_hex_json(uncles[i]->hash, 32),
                                                    "required", 0, "proposals", ids, "header",
                                                    ckbnet_header_json(uncles[i]->header, NULL)));
    }
    return list;
}

static json_t *make_template(const struct ckbnet_chain *chain, uint64_t work_id, bool bare,
                             uint64_t time_ms, const uint8_t *lock, size_t lock_size)
{
    const struct ckbnet_tx *txs[CKBNET_PER_BLOCK];
    struct ckbnet_next next;
    char text[CKBNET_TEXT_MAX];
    char number[5][24];
    uint8_t hash[32];
    uint8_t whole[32];
    uint64_t occupied = 0;
    json_t *proposals = json_array();
    json_t *list = json_array();
    size_t count = bare ? 0 : ckbnet_chain_proposals(txs, chain, chain->tip);
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(proposals, ckbnet_hex_json(txs[i]->hash, 10));
    }
    count = bare ? 0 : ckbnet_chain_commits(txs, chain, chain->tip);
    for (size_t i = 0; i < count; i++) {
        occupied += txs[i]->occupied;
        (void)json_array_append_new(list, tx_entry(txs[i]->hash, json_incref(txs[i]->json), false));
    }
    ckbnet_chain_next(&next, chain, chain->tip, occupied);
    json_t *cellbase = cellbase_json(&next, lock, lock_size);
    if (cellbase == NULL || !ckbnet_tx_hashes(hash, whole, text, cellbase)) {
        json_decref(cellbase);
        json_decref(proposals);
        json_decref(list);
        return NULL;
    }
    time_ms = time_ms > chain->tip->time_ms ? time_ms : chain->tip->time_ms + 1;
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:s,s:o,s:o}", "version",
                     "0x0", "compact_target", ckbnet_number_text(number[0], next.compact),
                     "current_time", ckbnet_number_text(number[1], time_ms), "number",
                     ckbnet_number_text(number[2], next.number), "epoch",
                     ckbnet_number_text(number[3], next.epoch), "parent_hash",
                     ckbnet_hex_json(chain->tip->hash, 32), "cycles_limit", "0x2540be400",
                     "bytes_limit", "0x91c08", "uncles_count_limit", "0x2", "uncles",
                     bare ? json_array() : uncles_json(chain), "transactions", list, "proposals",
                     proposals, "cellbase", tx_entry(hash, cellbase, true), "work_id",
                     ckbnet_number_text(number[4], work_id), "dao", ckbnet_hex_json(next.dao, 32),
                     "extension", ckbnet_hex_json(next.extension, CKBNET_EXTENSION));
}

json_t *ckbnet_template(const struct ckbnet_chain *chain, uint64_t work_id, bool bare,
                        uint64_t time_ms)
{
    return make_template(chain, work_id, bare, time_ms, chain->own_lock, chain->own_lock_size);
}

json_t *ckbnet_template_block(uint8_t pow_hash[32], uint8_t target_be[32],
                              const json_t *block_template)
{
    static const char *const same[] = {"version", "compact_target", "number",
                                       "epoch",   "parent_hash",    "dao"};
    char text[CKBNET_TEXT_MAX];
    struct ckbnet_roots roots;
    struct ckbnet_bytes bytes = {0};
    size_t index = 0;
    json_t *entry = NULL;
    json_t *header = json_object();
    json_t *txs = json_array();
    json_t *uncles = json_array();
    (void)json_array_append(txs,
                            json_object_get(json_object_get(block_template, "cellbase"), "data"));
    json_array_foreach(json_object_get(block_template, "transactions"), index, entry)
    {
        (void)json_array_append(txs, json_object_get(entry, "data"));
    }
    json_array_foreach(json_object_get(block_template, "uncles"), index, entry)
    {
        (void)json_array_append_new(uncles, json_pack("{s:O,s:O}", "header",
                                                      json_object_get(entry, "header"), "proposals",
                                                      json_object_get(entry, "proposals")));
    }
    json_t *block =
        json_pack("{s:o,s:o,s:o,s:O,s:O}", "header", header, "uncles", uncles, "transactions", txs,
                  "proposals", json_object_get(block_template, "proposals"), "extension",
                  json_object_get(block_template, "extension"));
    for (size_t i = 0; i < BASE_COUNT_OF(same); i++) {
        (void)json_object_set(header, same[i], json_object_get(block_template, same[i]));
    }
    (void)json_object_set(header, "timestamp", json_object_get(block_template, "current_time"));
    (void)json_object_set_new(header, "nonce", json_string("0x0"));
    bool made = block != NULL && ckbnet_roots(&roots, text, block);
    if (made) {
        (void)json_object_set_new(header, "transactions_root",
                                  ckbnet_hex_json(roots.transactions, 32));
        (void)json_object_set_new(header, "proposals_hash", ckbnet_hex_json(roots.proposals, 32));
        (void)json_object_set_new(header, "extra_hash", ckbnet_hex_json(roots.extra, 32));
        made = ckbnet_encode(&bytes, text, &ckbnet_header, header) && !bytes.failed &&
               base_target_from_compact(target_be, base_load_le32(bytes.at + 4)) == BASE_OK;
    }
    if (made) {
        ckbnet_hash(pow_hash, bytes.at, CKBNET_RAW_HEADER);
    }
    ckbnet_bytes_free(&bytes);
    if (!made) {
        json_decref(block);
        return NULL;
    }
    return block;
}

/* The chain is the authority on its own blocks: the other miner needs no proof of work. */
const struct ckbnet_block *ckbnet_chain_foreign(struct ckbnet_chain *chain, uint64_t time_ms)
{
    char text[CKBNET_TEXT_MAX];
    uint8_t pow_hash[32];
    uint8_t target_be[32];
    struct ckbnet_bytes bytes = {0};
    struct ckbnet_block block;
    const struct ckbnet_block *kept = NULL;
    uint8_t lock[CKBNET_LOCK_MAX];
    size_t size = chain->own_lock_size;
    memcpy(lock, chain->own_lock, size);
    base_random_bytes(&chain->random, lock + size - 20, 20);
    json_t *given = make_template(chain, 0, true, time_ms, lock, size);
    json_t *json = given != NULL ? ckbnet_template_block(pow_hash, target_be, given) : NULL;
    memset(&block, 0, sizeof block);
    if (json != NULL &&
        ckbnet_encode(&bytes, text, &ckbnet_header, json_object_get(json, "header")) &&
        !bytes.failed) {
        memcpy(block.header, bytes.at, CKBNET_HEADER);
        base_random_bytes(&chain->random, block.header + CKBNET_RAW_HEADER, 16);
        ckbnet_hash(block.hash, block.header, CKBNET_HEADER);
        block.parent = chain->tip->serial;
        memcpy(block.lock, lock, size);
        block.lock_size = size;
        kept = ckbnet_chain_add(chain, &block);
    }
    ckbnet_bytes_free(&bytes);
    json_decref(json);
    json_decref(given);
    return kept;
}
