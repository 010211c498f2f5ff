/* judge.c: blocks that are handed in, judged as a node judges them, in its order and with its
 * texts; see chain.h. Facts: ckb.md 4, 10.1 to 10.4 and 10.11 to 10.13. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "ckbnet/chain.h"

static const uint8_t zero32[32];

/* ---- roots of a body ---------------------------------------------------------------------------
 */

bool ckbnet_tx_hashes(uint8_t raw[32], uint8_t whole[32], char text[CKBNET_TEXT_MAX],
                      const json_t *tx)
{
    struct ckbnet_bytes bytes = {0};
    size_t size = 0;
    (void)snprintf(text, CKBNET_TEXT_MAX, "no memory");
    bool good = ckbnet_encode(&bytes, text, &ckbnet_transaction, tx) && !bytes.failed;
    if (good) {
        const uint8_t *part = ckbnet_table_part(&size, bytes.at, bytes.size, 2, 0);
        ckbnet_hash(raw, part, size);
        ckbnet_hash(whole, bytes.at, bytes.size);
    }
    ckbnet_bytes_free(&bytes);
    return good;
}

/* Root of the subtree at a node of the complete binary tree of count leaves (RFC 0006), by its
 * definition. At most 13 deep: a request has no room for more leaves. */
static void subtree(uint8_t root[32], const uint8_t (*leaves)[32], size_t count, size_t node)
{
    uint8_t pair[64];
    if (node >= count - 1) {
        memcpy(root, leaves[node - (count - 1)], 32);
        return;
    }
    subtree(pair, leaves, count, 2 * node + 1);
    subtree(pair + 32, leaves, count, 2 * node + 2);
    ckbnet_hash(root, pair, sizeof pair);
}

static bool transactions_root(uint8_t root[32], char text[CKBNET_TEXT_MAX], const json_t *txs)
{
    size_t count = json_array_size(txs);
    uint8_t pair[64] = {0};
    if (count > 0) {
        uint8_t(*leaves)[32] = base_alloc(2 * count, 32);
        bool good = leaves != NULL;
        (void)snprintf(text, CKBNET_TEXT_MAX, "no memory");
        for (size_t i = 0; i < count && good; i++) {
            good = ckbnet_tx_hashes(leaves[i], leaves[count + i], text, json_array_get(txs, i));
        }
        if (good) {
            subtree(pair, (const uint8_t(*)[32])leaves, count, 0);
            subtree(pair + 32, (const uint8_t(*)[32])(leaves + count), count, 0);
        }
        base_free(leaves);
        if (!good) {
            return false;
        }
    }
    ckbnet_hash(root, pair, sizeof pair);
    return true;
}

/* Hash of all uncles' hashes, and of the extension where there is one. */
static bool extra_hash(uint8_t extra[32], char text[CKBNET_TEXT_MAX], const json_t *block)
{
    struct ckbnet_bytes bytes = {0};
    struct ckbnet_bytes hashes = {0};
    const json_t *extension = json_object_get(block, "extension");
    uint8_t pair[64] = {0};
    size_t index = 0;
    json_t *uncle = NULL;
    bool good = true;
    json_array_foreach(json_object_get(block, "uncles"), index, uncle)
    {
        bytes.size = 0;
        good =
            good && ckbnet_encode(&bytes, text, &ckbnet_header, json_object_get(uncle, "header"));
        if (good && !bytes.failed) {
            uint8_t digest[32];
            ckbnet_hash(digest, bytes.at, bytes.size);
            ckbnet_bytes_add(&hashes, digest, 32);
        }
    }
    if (good && hashes.size > 0) {
        ckbnet_hash(pair, hashes.at, hashes.size);
    }
    memcpy(extra, pair, 32);
    if (good && extension != NULL && !json_is_null(extension)) {
        bytes.size = 0;
        good = ckbnet_encode(&bytes, text, &ckbnet_text_bytes, extension);
        if (good && !bytes.failed) {
            ckbnet_hash(pair + 32, bytes.at + 4, bytes.size - 4);
            ckbnet_hash(extra, pair, sizeof pair);
        }
    }
    good = good && !bytes.failed && !hashes.failed;
    ckbnet_bytes_free(&bytes);
    ckbnet_bytes_free(&hashes);
    return good;
}

bool ckbnet_roots(struct ckbnet_roots *roots, char text[CKBNET_TEXT_MAX], const json_t *block)
{
    struct ckbnet_bytes ids = {0};
    const json_t *proposals = json_object_get(block, "proposals");
    memset(roots, 0, sizeof *roots);
    for (size_t i = 0; i < json_array_size(proposals); i++) {
        uint8_t id[10];
        const char *digits = json_string_value(json_array_get(proposals, i));
        if (digits == NULL || base_hex_decode_exact(id, sizeof id, digits + 2) != BASE_OK) {
            (void)snprintf(text, CKBNET_TEXT_MAX, "proposal");
            ckbnet_bytes_free(&ids);
            return false;
        }
        ckbnet_bytes_add(&ids, id, sizeof id);
    }
    if (ids.size > 0) {
        ckbnet_hash(roots->proposals, ids.at, ids.size);
    }
    bool good =
        !ids.failed &&
        transactions_root(roots->transactions, text, json_object_get(block, "transactions")) &&
        extra_hash(roots->extra, text, block);
    ckbnet_bytes_free(&ids);
    return good;
}

/* ---- header ------------------------------------------------------------------------------------
 */

__attribute__((format(printf, 2, 3))) static enum ckbnet_verdict invalid(
    struct ckbnet_outcome *outcome, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it was started above */
    (void)vsnprintf(outcome->text, sizeof outcome->text, format, args);
    va_end(args);
    return CKBNET_INVALID;
}

static enum ckbnet_verdict judge_nonce(const struct ckbnet_chain *chain,
                                       struct ckbnet_outcome *outcome,
                                       const uint8_t header[CKBNET_HEADER])
{
    uint8_t message[48];
    uint8_t hash_be[32];
    uint8_t target_be[32];
    ckbnet_hash(message, header, CKBNET_RAW_HEADER);
    memcpy(message + 32, header + CKBNET_RAW_HEADER, 16);
    ckbnet_hash_pow(hash_be, chain, message);
    if (base_target_from_compact(target_be, base_load_le32(header + 4)) == BASE_OK &&
        memcmp(target_be, zero32, 32) != 0 && base_target_meets(hash_be, target_be)) {
        return CKBNET_TIP;
    }
    (void)invalid(outcome, "Header(Pow(InvalidNonce: please set logger.filter to "
                           "\"info,ckb-pow=debug\" for detailed PoW verification information))");
    return CKBNET_BAD_NONCE;
}

static void epoch_text(char text[40], uint64_t epoch)
{
    (void)snprintf(text, 40, "%u(%u/%u)", (unsigned)(epoch & 0xffffff),
                   (unsigned)ckbnet_epoch_index(epoch), (unsigned)ckbnet_epoch_length(epoch));
}

static enum ckbnet_verdict judge_header(const struct ckbnet_chain *chain,
                                        struct ckbnet_outcome *outcome,
                                        const struct ckbnet_block *parent,
                                        const struct ckbnet_next *next, const uint8_t *header,
                                        uint64_t now_ms)
{
    uint64_t number = base_load_le64(header + 16);
    uint64_t epoch = base_load_le64(header + 24);
    uint64_t time_ms = base_load_le64(header + 8);
    uint64_t least_ms = ckbnet_chain_median_ms(chain, parent) + 1;
    uint32_t compact = base_load_le32(header + 4);
    char texts[2][40];
    epoch_text(texts[0], epoch);
    epoch_text(texts[1], base_load_le64(parent->header + 24));
    if (number != next->number) {
        return invalid(outcome,
                       "Header(Number(NumberError(expected: %" PRIu64 ", actual: %" PRIu64 ")))",
                       next->number, number);
    }
    if (ckbnet_epoch_index(epoch) >= ckbnet_epoch_length(epoch)) {
        return invalid(outcome, "Header(Epoch(Malformed(value: %s)))", texts[0]);
    }
    if (epoch != next->epoch) {
        return invalid(outcome, "Header(Epoch(NonContinuous(current: %s, parent: %s)))", texts[0],
                       texts[1]);
    }
    if (time_ms < least_ms) {
        return invalid(outcome,
                       "Header(Timestamp(BlockTimeTooOld(min: %" PRIu64 ", actual: %" PRIu64 ")))",
                       least_ms, time_ms);
    }
    if (time_ms > now_ms + CKBNET_FUTURE_MS) {
        return invalid(outcome,
                       "Header(Timestamp(BlockTimeTooNew(max: %" PRIu64 ", actual: %" PRIu64 ")))",
                       now_ms + CKBNET_FUTURE_MS, time_ms);
    }
    if (compact != next->compact) {
        return invalid(outcome, "Header(Epoch(TargetMismatch(expected: %x, actual: %x)))",
                       next->compact, compact);
    }
    return CKBNET_TIP;
}

/* ---- body --------------------------------------------------------------------------------------
 */

static size_t hex_bytes(uint8_t *bytes, size_t cap, const json_t *json)
{
    size_t size = 0;
    const char *text = json_string_value(json);
    if (text == NULL || base_hex_decode(bytes, cap, &size, text + 2, strlen(text) - 2) != BASE_OK) {
        return 0;
    }
    return size;
}

static enum ckbnet_verdict judge_extension(struct ckbnet_outcome *outcome,
                                           const struct ckbnet_next *next, const json_t *extension)
{
    static const char reason[] = "(No reason provided)";
    uint8_t bytes[96];
    if (extension == NULL || json_is_null(extension)) {
        return invalid(outcome, "Block(NoBlockExtension%s)", reason);
    }
    size_t size = json_string_length(extension) / 2 - 1;
    if (size == 0) {
        return invalid(outcome, "Block(EmptyBlockExtension%s)", reason);
    }
    if (size > sizeof bytes) {
        return invalid(outcome, "Block(ExceededMaximumBlockExtensionBytes%s)", reason);
    }
    if (size < CKBNET_EXTENSION) {
        return invalid(outcome, "Block(InvalidBlockExtension%s)", reason);
    }
    (void)hex_bytes(bytes, sizeof bytes, extension);
    if (memcmp(bytes, next->extension, CKBNET_EXTENSION) != 0) {
        return invalid(outcome, "Block(InvalidChainRoot%s)", reason);
    }
    return CKBNET_TIP;
}

static enum ckbnet_verdict judge_uncles(struct ckbnet_block *made, struct ckbnet_outcome *outcome,
                                        const struct ckbnet_chain *chain,
                                        const struct ckbnet_block *parent, const json_t *uncles)
{
    char text[CKBNET_TEXT_MAX];
    size_t count = json_array_size(uncles);
    if (count > CKBNET_UNCLES) {
        return invalid(outcome, "Block(Uncles(OverCount(max: 2, actual: %zu)))", count);
    }
    for (size_t i = 0; i < count; i++) {
        struct ckbnet_bytes bytes = {0};
        uint8_t *hash = made->uncles[made->uncle_count];
        bool good = ckbnet_encode(&bytes, text, &ckbnet_header,
                                  json_object_get(json_array_get(uncles, i), "header"));
        if (good && !bytes.failed) {
            ckbnet_hash(hash, bytes.at, bytes.size);
        }
        ckbnet_bytes_free(&bytes);
        if (i == 1 && memcmp(made->uncles[0], hash, 32) == 0) {
            base_hex_encode(text, hash, 32);
            return invalid(outcome, "Block(Uncles(Duplicate(Byte32(0x%s))))", text);
        }
        const struct ckbnet_block *uncle = ckbnet_chain_find(chain, hash);
        if (uncle == NULL || !ckbnet_chain_uncle_fits(chain, parent, uncle)) {
            return invalid(outcome, "Block(Uncles(DescendantLimit))");
        }
        made->uncle_count++;
    }
    return CKBNET_TIP;
}

/* The witness: exactly one, a lock and a message. */
static enum ckbnet_verdict judge_witness(struct ckbnet_block *made, struct ckbnet_outcome *outcome,
                                         const struct ckbnet_chain *chain, const json_t *witnesses)
{
    const json_t *text = json_array_get(witnesses, 0);
    size_t cap = json_string_length(text) / 2;
    size_t lock_size = 0;
    size_t size = 0;
    size_t code_size = 0;
    if (json_array_size(witnesses) != 1) {
        return invalid(outcome, "Block(Cellbase(InvalidQuantity))");
    }
    uint8_t *witness = base_alloc(cap + 1, 1);
    if (witness == NULL) {
        return CKBNET_NO_MEMORY;
    }
    size_t witness_size = hex_bytes(witness, cap, text);
    const uint8_t *lock = ckbnet_table_part(&lock_size, witness, witness_size, 2, 0);
    const uint8_t *message = ckbnet_table_part(&size, witness, witness_size, 2, 1);
    bool good = lock != NULL && message != NULL && size >= 4 && base_load_le32(message) == size - 4;
    const uint8_t *code = good ? ckbnet_table_part(&code_size, lock, lock_size, 3, 0) : NULL;
    const uint8_t *type = good ? ckbnet_table_part(&size, lock, lock_size, 3, 1) : NULL;
    good = code != NULL && code_size == 32 && size == 1 &&
           (type[0] <= 2 || type[0] == 4); /* data, type, data1, data2 */
    const uint8_t *args = good ? ckbnet_table_part(&size, lock, lock_size, 3, 2) : NULL;
    good = args != NULL && size >= 4 && base_load_le32(args) == size - 4;
    if (good && lock_size <= sizeof made->lock) {
        memcpy(made->lock, lock, lock_size);
        made->lock_size = lock_size;
    }
    outcome->own_lock = good && (lock_size != chain->own_lock_size ||
                                 memcmp(lock, chain->own_lock, lock_size) != 0);
    base_free(witness);
    return good ? CKBNET_TIP : invalid(outcome, "Block(Cellbase(InvalidWitness))");
}

/* What the cellbase must be but for its witness: its output is the reward of the block 11 before.
 */
static enum ckbnet_verdict judge_cellbase(struct ckbnet_outcome *outcome,
                                          const struct ckbnet_next *next, const json_t *cellbase)
{
    char number[24];
    char text[CKBNET_TEXT_MAX];
    const json_t *inputs = json_object_get(cellbase, "inputs");
    const json_t *input = json_array_get(inputs, 0);
    const json_t *point = json_object_get(input, "previous_output");
    const char *since = json_string_value(json_object_get(input, "since"));
    const char *index = json_string_value(json_object_get(point, "index"));
    const json_t *outputs = json_object_get(cellbase, "outputs");
    const json_t *output = json_array_get(outputs, 0);
    uint8_t hash[32];
    if (json_array_size(inputs) != 1 || index == NULL || strcmp(index, "0xffffffff") != 0 ||
        hex_bytes(hash, 32, json_object_get(point, "tx_hash")) != 32 ||
        memcmp(hash, zero32, 32) != 0) {
        return invalid(outcome, "Block(Cellbase(InvalidInput))");
    }
    if (since == NULL || strcmp(since, ckbnet_number_text(number, next->number)) != 0) {
        return invalid(outcome, "Block(Cellbase(InvalidInput))");
    }
    if (json_array_size(outputs) > 1 ||
        json_array_size(json_object_get(cellbase, "outputs_data")) != json_array_size(outputs)) {
        return invalid(outcome, "Block(Cellbase(InvalidOutputQuantity))");
    }
    if (next->paid == NULL) {
        return output == NULL ? CKBNET_TIP
                              : invalid(outcome, "Block(Cellbase(InvalidRewardTarget))");
    }
    const char *capacity = json_string_value(json_object_get(output, "capacity"));
    if (capacity == NULL || strcmp(capacity, ckbnet_number_text(number, next->capacity)) != 0) {
        return invalid(outcome, "Block(Cellbase(InvalidRewardAmount))");
    }
    if (!json_is_null(json_object_get(output, "type"))) {
        return invalid(outcome, "Block(Cellbase(InvalidTypeScript))");
    }
    struct ckbnet_bytes lock = {0};
    bool same = ckbnet_encode(&lock, text, &ckbnet_script, json_object_get(output, "lock")) &&
                !lock.failed && lock.size == next->paid->lock_size &&
                memcmp(lock.at, next->paid->lock, lock.size) == 0;
    ckbnet_bytes_free(&lock);
    return same ? CKBNET_TIP : invalid(outcome, "Block(Cellbase(InvalidRewardTarget))");
}

/* Proposals and transactions. Out: occupied  what the transactions occupy. */
static enum ckbnet_verdict judge_txs(struct ckbnet_block *made, uint64_t *occupied,
                                     struct ckbnet_outcome *outcome,
                                     const struct ckbnet_chain *chain,
                                     const struct ckbnet_block *parent, const json_t *block)
{
    const struct ckbnet_tx *ripe[CKBNET_PER_BLOCK];
    const json_t *txs = json_object_get(block, "transactions");
    const json_t *proposals = json_object_get(block, "proposals");
    char text[CKBNET_TEXT_MAX];
    size_t ripe_count = ckbnet_chain_commits(ripe, chain, parent);
    *occupied = 0;
    for (size_t i = 0; i < json_array_size(proposals); i++) {
        uint8_t id[10];
        size_t k = 0;
        (void)hex_bytes(id, sizeof id, json_array_get(proposals, i));
        while (k < CKBNET_TXS &&
               (chain->txs[k].serial == 0 || memcmp(chain->txs[k].hash, id, sizeof id) != 0)) {
            k++;
        }
        if (k < CKBNET_TXS && made->proposed_count < CKBNET_PER_BLOCK) {
            made->proposed[made->proposed_count++] = chain->txs[k].serial;
        }
    }
    for (size_t i = 1; i < json_array_size(txs); i++) {
        uint8_t hash[32];
        uint8_t whole[32];
        size_t k = 0;
        if (!ckbnet_tx_hashes(hash, whole, text, json_array_get(txs, i))) {
            return CKBNET_NO_MEMORY;
        }
        while (k < ripe_count && memcmp(ripe[k]->hash, hash, 32) != 0) {
            k++;
        }
        if (k == ripe_count) {
            return invalid(outcome, "Block(Commit(Invalid))");
        }
        *occupied += ripe[k]->occupied;
        made->committed[made->committed_count++] = ripe[k]->serial;
        ripe[k] = ripe[--ripe_count]; /* each once */
    }
    outcome->txs = made->committed_count;
    return CKBNET_TIP;
}

static enum ckbnet_verdict judge_body(struct ckbnet_block *made, struct ckbnet_outcome *outcome,
                                      const struct ckbnet_chain *chain,
                                      const struct ckbnet_block *parent, const json_t *block)
{
    const json_t *cellbase = json_array_get(json_object_get(block, "transactions"), 0);
    struct ckbnet_next next;
    uint64_t occupied = 0;
    enum ckbnet_verdict verdict =
        judge_uncles(made, outcome, chain, parent, json_object_get(block, "uncles"));
    if (verdict == CKBNET_TIP) {
        verdict = judge_txs(made, &occupied, outcome, chain, parent, block);
    }
    ckbnet_chain_next(&next, chain, parent, occupied);
    if (verdict == CKBNET_TIP) {
        verdict = judge_witness(made, outcome, chain, json_object_get(cellbase, "witnesses"));
    }
    if (verdict == CKBNET_TIP) {
        verdict = judge_cellbase(outcome, &next, cellbase);
    }
    if (verdict == CKBNET_TIP) {
        verdict = judge_extension(outcome, &next, json_object_get(block, "extension"));
    }
    if (verdict == CKBNET_TIP && memcmp(made->header + 160, next.dao, 32) != 0) {
        verdict = invalid(outcome, "Block(InvalidDAO(No reason provided))");
    }
    return verdict;
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

/* The block's form, and its header with the roots that its body has. */
static enum ckbnet_verdict read_block(uint8_t header[CKBNET_HEADER], struct ckbnet_outcome *outcome,
                                      const json_t *json)
{
    struct ckbnet_bytes bytes = {0};
    struct ckbnet_roots roots;
    char text[CKBNET_TEXT_MAX] = "no memory";
    enum ckbnet_verdict verdict = CKBNET_MALFORMED;
    if (ckbnet_encode(&bytes, text, &ckbnet_block, json) && ckbnet_roots(&roots, text, json)) {
        bytes.size = 0;
        verdict = ckbnet_encode(&bytes, text, &ckbnet_header, json_object_get(json, "header")) &&
                          !bytes.failed
                      ? CKBNET_TIP
                      : CKBNET_NO_MEMORY;
    }
    if (verdict == CKBNET_TIP) {
        memcpy(header, bytes.at, CKBNET_HEADER);
        memcpy(header + 64, roots.transactions, 32);
        memcpy(header + 96, roots.proposals, 32);
        memcpy(header + 128, roots.extra, 32);
    } else {
        (void)snprintf(outcome->text, sizeof outcome->text, "%s", text);
    }
    ckbnet_bytes_free(&bytes);
    return verdict;
}

void ckbnet_judge(struct ckbnet_outcome *outcome, struct ckbnet_chain *chain, const json_t *block,
                  uint64_t time_ms)
{
    struct ckbnet_block made;
    struct ckbnet_next next;
    memset(outcome, 0, sizeof *outcome);
    memset(&made, 0, sizeof made);
    outcome->verdict = read_block(made.header, outcome, block);
    if (outcome->verdict != CKBNET_TIP) {
        return;
    }
    ckbnet_hash(made.hash, made.header, CKBNET_HEADER);
    memcpy(outcome->hash, made.hash, 32);
    if (ckbnet_chain_find(chain, made.hash) != NULL) {
        outcome->verdict = CKBNET_DUPLICATE;
        return;
    }
    outcome->verdict = judge_nonce(chain, outcome, made.header);
    if (outcome->verdict != CKBNET_TIP) {
        return;
    }
    const struct ckbnet_block *parent = ckbnet_chain_find(chain, made.header + 32);
    if (parent == NULL) {
        char hex[65];
        base_hex_encode(hex, made.header + 32, 32);
        outcome->verdict = invalid(
            outcome, "Block(UnknownParent(UnknownParentError(parent_hash: Byte32(0x%s))))", hex);
        return;
    }
    ckbnet_chain_next(&next, chain, parent, 0);
    outcome->verdict = judge_header(chain, outcome, parent, &next, made.header, time_ms);
    if (outcome->verdict == CKBNET_TIP) {
        outcome->verdict = judge_body(&made, outcome, chain, parent, block);
    }
    if (outcome->verdict == CKBNET_TIP) {
        made.parent = parent->serial;
        outcome->verdict =
            ckbnet_chain_add(chain, &made) == chain->tip ? CKBNET_TIP : CKBNET_BRANCH;
    }
}
