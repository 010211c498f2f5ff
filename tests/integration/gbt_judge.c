/* gbt_judge.c: see gbt_judge.h. */
#include "gbt_judge.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"

enum { OUTPUTS_MAX = 16, WITNESS_ITEM = 32 };

/* Reading with bounds; bad stays once set. */
struct reader {
    const uint8_t *bytes;
    size_t size;
    size_t at;
    bool bad;
};

/* One transaction, as far as blocks are judged by it. */
struct tx {
    size_t start;
    size_t end;
    size_t body;      /* inputs and outputs: begins behind version (and marker) */
    size_t body_end;  /* in front of witnesses or lock time */
    bool witness;     /* has a marker */
    bool coinbase;    /* one input, from nowhere */
    size_t script_at; /* of the first input */
    size_t script_size;
    size_t output_count;
    struct {
        uint64_t value;
        size_t script_at;
        size_t script_size;
    } outputs[OUTPUTS_MAX];
    size_t witness_items; /* of the first input */
    size_t item_at;       /* the first of them */
    size_t item_size;
};

void gbt_sha256d(uint8_t hash[32], const void *bytes, size_t size)
{
    (void)EVP_Digest(bytes, size, hash, NULL, EVP_sha256(), NULL);
    (void)EVP_Digest(hash, 32, hash, NULL, EVP_sha256(), NULL);
}

static const uint8_t *take(struct reader *from, size_t size)
{
    if (from->bad || size > from->size - from->at) {
        from->bad = true;
        return NULL;
    }
    from->at += size;
    return from->bytes + from->at - size;
}

static uint64_t take_number(struct reader *from, size_t size)
{
    const uint8_t *bytes = take(from, size);
    uint64_t value = 0;
    for (size_t i = 0; bytes != NULL && i < size; i++) {
        value |= (uint64_t)bytes[i] << (8 * i);
    }
    return value;
}

static size_t take_size(struct reader *from)
{
    uint64_t first = take_number(from, 1);
    if (first < 0xfd) {
        return (size_t)first;
    }
    return (size_t)take_number(from, first == 0xfd ? 2 : first == 0xfe ? 4 : 8);
}

static void take_witness(struct reader *from, struct tx *tx, size_t inputs)
{
    for (size_t i = 0; i < inputs && !from->bad; i++) {
        size_t items = take_size(from);
        if (i == 0) {
            tx->witness_items = items;
        }
        for (size_t j = 0; j < items && !from->bad; j++) {
            size_t size = take_size(from);
            if (i == 0 && j == 0) {
                tx->item_at = from->at;
                tx->item_size = size;
            }
            (void)take(from, size);
        }
    }
}

static void take_tx(struct reader *from, struct tx *tx)
{
    static const uint8_t nowhere[32] = {0};
    memset(tx, 0, sizeof *tx);
    tx->start = from->at;
    (void)take_number(from, 4);
    if (!from->bad && from->size - from->at >= 2 && from->bytes[from->at] == 0) {
        tx->witness = true;
        from->bad = take_number(from, 2) != 0x0100;
    }
    tx->body = from->at;
    size_t inputs = take_size(from);
    for (size_t i = 0; i < inputs && !from->bad; i++) {
        const uint8_t *previous = take(from, 32);
        uint64_t index = take_number(from, 4);
        size_t size = take_size(from);
        if (i == 0) {
            tx->coinbase = inputs == 1 && previous != NULL && index == UINT32_MAX &&
                           memcmp(previous, nowhere, 32) == 0;
            tx->script_at = from->at;
            tx->script_size = size;
        }
        (void)take(from, size);
        (void)take_number(from, 4);
    }
    tx->output_count = take_size(from);
    for (size_t i = 0; i < tx->output_count && !from->bad; i++) {
        uint64_t value = take_number(from, 8);
        size_t size = take_size(from);
        if (i < OUTPUTS_MAX) {
            tx->outputs[i].value = value;
            tx->outputs[i].script_at = from->at;
            tx->outputs[i].script_size = size;
        }
        (void)take(from, size);
    }
    tx->body_end = from->at;
    if (tx->witness) {
        take_witness(from, tx, inputs);
    }
    (void)take_number(from, 4);
    tx->end = from->at;
    from->bad = from->bad || tx->output_count > OUTPUTS_MAX;
}

/* Hash without marker and witnesses. */
static void txid_of(uint8_t hash[32], const uint8_t *bytes, const struct tx *tx)
{
    size_t body = tx->body_end - tx->body;
    uint8_t *plain = malloc(body + 8);
    memcpy(plain, bytes + tx->start, 4);
    memcpy(plain + 4, bytes + tx->body, body);
    memcpy(plain + 4 + body, bytes + tx->end - 4, 4);
    gbt_sha256d(hash, plain, body + 8);
    free(plain);
}

/* Root of a whole tree, level by level. */
static void merkle_root(uint8_t root[32], uint8_t (*leaves)[32], size_t count)
{
    uint8_t level[GBT_JUDGE_TXS + 1][32];
    memcpy(level, leaves, count * 32);
    while (count > 1) {
        if (count % 2 == 1) {
            memcpy(level[count], level[count - 1], 32);
            count++;
        }
        for (size_t i = 0; i < count / 2; i++) {
            uint8_t both[64];
            memcpy(both, level[2 * i], 32);
            memcpy(both + 32, level[2 * i + 1], 32);
            gbt_sha256d(level[i], both, sizeof both);
        }
        count /= 2;
    }
    memcpy(root, level[0], 32);
}

/* hash <= target, both as little-endian numbers (digibyte.md 4). */
static bool meets(struct kern_table **table, const struct gbt_rules *rules,
                  const uint8_t header[80])
{
    struct kern_work work = {.header_size = 80, .height = rules->height};
    uint8_t hash_be[32];
    uint8_t target_be[32] = {0};
    unsigned exponent = rules->bits >> 24;
    memcpy(work.header, header, 80);
    for (unsigned i = 0; i < 3; i++) {
        if (exponent > i && exponent - i <= 32) {
            target_be[32 - exponent + i] = (uint8_t)(rules->bits >> (16 - 8 * i));
        }
    }
    if (rules->epoch_s != 0) {
        uint32_t time = base_load_le32(header + 68);
        work.epoch = time - time % rules->epoch_s;
        if (*table != NULL && (*table)->key != work.epoch) {
            kern_table_free(*table);
            *table = NULL;
        }
        if (*table == NULL && kern_table_build(table, rules->algo, &work) != BASE_OK) {
            return false;
        }
        work.table = *table;
    }
    return kern_hash(hash_be, rules->algo, &work, base_load_le32(header + 76), NULL, 0) ==
               BASE_OK &&
           memcmp(hash_be, target_be, 32) <= 0;
}

/* The height as the beginning of a coinbase's script must have it (digibyte.md 8, 1). */
static bool begins_with_height(const uint8_t *script, size_t size, uint64_t height)
{
    uint8_t want[10];
    size_t used = 0;
    if (height >= 1 && height <= 16) {
        want[used++] = (uint8_t)(0x50 + height);
    } else {
        uint64_t left = height;
        while (left > 0) {
            want[++used] = (uint8_t)left;
            left >>= 8;
        }
        if (used > 0 && want[used] >= 0x80) {
            want[++used] = 0;
        }
        want[0] = (uint8_t)used;
        used++;
    }
    return size >= used && memcmp(script, want, used) == 0;
}

/* ---- parts of a judgement -------------------------------------------------------------------- */

static const char *judge_header(const struct gbt_rules *rules, const uint8_t header[80])
{
    uint32_t version = base_load_le32(header);
    uint32_t time = base_load_le32(header + 68);
    if (memcmp(header + 4, rules->prevhash, 32) != 0) {
        return rules->proposal ? "inconclusive-not-best-prevblk" : "prev-blk-not-found";
    }
    if (base_load_le32(header + 72) != rules->bits) {
        return "bad-diffbits";
    }
    if (time <= rules->median_time) {
        return "time-too-old";
    }
    if (time > rules->now + 7200) {
        return "time-too-new";
    }
    if ((version & 0xf00) != rules->algo_bits) {
        return "algo-inactive";
    }
    return (int32_t)version < 0x20000000 ? "bad-version" : NULL;
}

/* The last output of the coinbase that commits to witnesses; count of outputs: none. */
static size_t commitment_of(const uint8_t *bytes, const struct tx *coinbase)
{
    size_t found = coinbase->output_count;
    for (size_t i = 0; i < coinbase->output_count; i++) {
        if (coinbase->outputs[i].script_size >= 38 &&
            memcmp(bytes + coinbase->outputs[i].script_at, "\x6a\x24\xaa\x21\xa9\xed", 6) == 0) {
            found = i;
        }
    }
    return found;
}

static const char *judge_witness(struct gbt_block *block, const struct gbt_rules *rules,
                                 const uint8_t *bytes, const struct tx *txs, uint8_t (*wtxids)[32])
{
    const struct tx *coinbase = &txs[0];
    size_t output = commitment_of(bytes, coinbase);
    uint8_t both[64];
    uint8_t want[32];
    bool any = false;
    for (size_t i = 0; i < block->tx_count; i++) {
        any = any || txs[i].witness;
    }
    if (output == coinbase->output_count) {
        return any ? "unexpected-witness" : NULL;
    }
    block->repaired = !coinbase->witness && !rules->proposal;
    if (!block->repaired && (coinbase->witness_items != 1 || coinbase->item_size != WITNESS_ITEM)) {
        return "bad-witness-nonce-size";
    }
    memset(wtxids[0], 0, 32);
    merkle_root(both, wtxids, block->tx_count);
    memset(both + 32, 0, 32);
    if (!block->repaired) {
        memcpy(both + 32, bytes + coinbase->item_at, 32);
    }
    gbt_sha256d(want, both, sizeof both);
    return memcmp(bytes + coinbase->outputs[output].script_at + 6, want, 32) == 0
               ? NULL
               : "bad-witness-merkle-match";
}

static void describe(struct gbt_block *block, const uint8_t *bytes, const struct tx *coinbase)
{
    block->paid = 0;
    for (size_t i = 0; i < coinbase->output_count; i++) {
        block->paid += coinbase->outputs[i].value;
    }
    block->first_paid = coinbase->outputs[0].value;
    block->script_size = coinbase->outputs[0].script_size;
    if (block->script_size <= GBT_JUDGE_SCRIPT) {
        memcpy(block->script, bytes + coinbase->outputs[0].script_at, block->script_size);
    }
    block->coinbase_script_size = coinbase->script_size;
    memcpy(block->coinbase_script, bytes + coinbase->script_at, coinbase->script_size);
}

const char *gbt_judge(struct gbt_block *block, struct kern_table **table,
                      const struct gbt_rules *rules, const uint8_t *bytes, size_t size)
{
    struct reader from = {.bytes = bytes, .size = size};
    struct tx txs[GBT_JUDGE_TXS];
    uint8_t wtxids[GBT_JUDGE_TXS][32];
    uint8_t root[32];
    memset(block, 0, sizeof *block);
    const uint8_t *header = take(&from, 80);
    block->tx_count = take_size(&from);
    if (from.bad || block->tx_count > GBT_JUDGE_TXS) {
        return "decode";
    }
    for (size_t i = 0; i < block->tx_count; i++) {
        take_tx(&from, &txs[i]);
        if (from.bad) {
            return "decode";
        }
        txid_of(block->txids[i], bytes, &txs[i]);
        gbt_sha256d(wtxids[i], bytes + txs[i].start, txs[i].end - txs[i].start);
    }
    if (from.at != size) {
        return "decode";
    }
    if (block->tx_count == 0 || !txs[0].coinbase) {
        return "no coinbase";
    }
    memcpy(block->header, header, 80);
    gbt_sha256d(block->id, header, 80);
    bool known_algo = (base_load_le32(header) & 0xf00) == rules->algo_bits;
    if (!rules->proposal && known_algo && !meets(table, rules, header)) {
        return "high-hash";
    }
    merkle_root(root, block->txids, block->tx_count);
    if (memcmp(root, header + 36, 32) != 0) {
        return "bad-txnmrklroot";
    }
    if (txs[0].script_size < 2 || txs[0].script_size > 100) {
        return "bad-cb-length";
    }
    describe(block, bytes, &txs[0]);
    const char *word = judge_header(rules, header);
    if (word == NULL && rules->check_height &&
        !begins_with_height(block->coinbase_script, block->coinbase_script_size, rules->height)) {
        word = "bad-cb-height";
    }
    if (word == NULL) {
        word = judge_witness(block, rules, bytes, txs, wtxids);
    }
    if (word == NULL && block->paid > rules->value) {
        word = "bad-cb-amount";
    }
    return word;
}
