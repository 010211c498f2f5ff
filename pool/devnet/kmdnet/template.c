/* template.c: what the block after a parent may be: coinbase, transactions, roots; and the JSON in
 * which a node tells it. Every second block has a coinbase of version 4, with a group id, as those
 * of the main network; the others have one of version 1. Source: komodo.md 5.2, 5.3 and 5.6. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "kmdnet/chain.h"

/* The node's key: the generator of secp256k1, as in the recorded templates of a real node. */
static const uint8_t payee[1 + KMDNET_SCRIPT] = {
    0x23, 0x21, 0x02, 0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55,
    0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07, 0x02, 0x9b, 0xfc, 0xdb, 0x2d,
    0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98, 0xac};

const uint8_t *kmdnet_payee(void)
{
    return payee;
}

uint64_t kmdnet_reward(void)
{
    return 100000000; /* 1 KMD: KIP-0002 */
}

/* ---- bytes ------------------------------------------------------------------------------------
 */

static void put(struct kmdnet_tx *tx, const void *bytes, size_t size)
{
    BASE_ASSERT(size <= KMDNET_TX_MAX - tx->size);
    memcpy(tx->bytes + tx->size, bytes, size);
    tx->size += size;
}

static void put_number(struct kmdnet_tx *tx, uint64_t number, size_t size)
{
    uint8_t bytes[8];
    base_store_le64(bytes, number);
    put(tx, bytes, size);
}

/* Version and, in version 4, its group id; then one input that spends from. */
static void put_input(struct kmdnet_tx *tx, bool grouped, const uint8_t from[36],
                      const uint8_t *script, size_t script_size)
{
    put_number(tx, grouped ? 0x80000004 : 1, 4);
    if (grouped) {
        put_number(tx, 0x892f2085, 4);
    }
    put_number(tx, 1, 1);
    put(tx, from, 36);
    put_number(tx, script_size, 1);
    put(tx, script, script_size);
    put_number(tx, 0xffffffff, 4);
}

/* Lock time and, in version 4, expiry, balance and three empty lists. */
static void put_end(struct kmdnet_tx *tx, bool grouped, uint32_t lock_time)
{
    static const uint8_t rest[4 + 8 + 3] = {0};
    put_number(tx, lock_time, 4);
    if (grouped) {
        put(tx, rest, sizeof rest);
    }
    kmdnet_sha256d(tx->id, tx->bytes, tx->size);
}

/* A push of the height, as BIP 34 has it. */
static size_t put_height(uint8_t script[8], uint32_t height)
{
    size_t size = height < 0x80 ? 1 : height < 0x8000 ? 2 : 3;
    if (height <= 16) {
        script[0] = height == 0 ? 0 : (uint8_t)(0x50 + height);
        script[1] = 0; /* a script has two bytes at least */
        return 2;
    }
    script[0] = (uint8_t)size;
    base_store_le32(script + 1, height);
    return 1 + size;
}

static void make_coinbase(struct kmdnet_tx *tx, uint32_t height, uint64_t fees, uint32_t time)
{
    static const uint8_t burn[] = {1, 0x6a}; /* OP_RETURN: fees are burnt, KIP-0003 */
    uint8_t nowhere[36] = {0};
    uint8_t script[8];
    bool grouped = height % 2 == 0;
    memset(nowhere + 32, 0xff, 4);
    memset(tx, 0, sizeof *tx);
    put_input(tx, grouped, nowhere, script, put_height(script, height));
    put_number(tx, fees > 0 ? 2 : 1, 1);
    put_number(tx, kmdnet_reward(), 8);
    put(tx, payee, sizeof payee);
    if (fees > 0) {
        put_number(tx, fees, 8);
        put(tx, burn, sizeof burn);
    }
    put_end(tx, grouped, time);
}

/* ---- what follows from the parent -------------------------------------------------------------
 */

size_t kmdnet_template_txs(struct kmdnet_tx txs[KMDNET_TXS], const struct kmdnet_block *parent)
{
    size_t count = parent->hash[0] % (KMDNET_TXS + 1);
    memset(txs, 0, KMDNET_TXS * sizeof txs[0]);
    for (size_t i = 0; i < count; i++) {
        uint8_t from[36] = {(uint8_t)i};
        kmdnet_sha256d(from + 4, parent->hash, sizeof parent->hash);
        put_input(&txs[i], i % 2 == 0, from, from, parent->hash[1 + i] % 30);
        put_number(&txs[i], 1, 1);
        put_number(&txs[i], 5000, 8);
        put(&txs[i], payee, sizeof payee);
        put_end(&txs[i], i % 2 == 0, 0);
        txs[i].fee = 1000 * (i + 1);
    }
    return count;
}

void kmdnet_template_sapling(uint8_t root[32], const struct kmdnet_block *parent)
{
    uint8_t bytes[32];
    memcpy(bytes, parent->hash, sizeof bytes);
    bytes[0] ^= 0xff;
    kmdnet_sha256d(root, bytes, sizeof bytes);
}

void kmdnet_merkle(uint8_t root[32], uint8_t (*ids)[32], size_t count)
{
    for (; count > 1; count = (count + 1) / 2) {
        for (size_t i = 0; i < count; i += 2) {
            uint8_t pair[64];
            memcpy(pair, ids[i], 32);
            memcpy(pair + 32, ids[i + 1 < count ? i + 1 : i], 32);
            kmdnet_sha256d(ids[i / 2], pair, sizeof pair);
        }
    }
    memcpy(root, ids[0], 32);
}

/* ---- the template -----------------------------------------------------------------------------
 */

void kmdnet_template_make(struct kmdnet_template *made, const struct kmdnet_chain *chain,
                          uint32_t time)
{
    const struct kmdnet_block *parent = chain->tip;
    uint8_t ids[1 + KMDNET_TXS][32];
    uint64_t fees = 0;
    memset(made, 0, sizeof *made);
    made->parent = parent->serial;
    made->height = parent->height + 1;
    made->mintime = kmdnet_chain_median(chain, parent) + 1;
    made->bits = kmdnet_chain_target(made->target_be, chain, parent);
    made->tx_count = kmdnet_template_txs(made->txs, parent);
    time = time < made->mintime ? made->mintime : time;
    for (size_t i = 0; i < made->tx_count; i++) {
        fees += made->txs[i].fee;
        memcpy(ids[1 + i], made->txs[i].id, 32);
    }
    make_coinbase(&made->coinbase, made->height, fees, time);
    memcpy(ids[0], made->coinbase.id, 32);
    base_store_le32(made->header, 4);
    memcpy(made->header + KMDNET_PARENT, parent->hash, 32);
    kmdnet_merkle(made->header + KMDNET_ROOT, ids, 1 + made->tx_count);
    kmdnet_template_sapling(made->header + KMDNET_SAPLING, parent);
    base_store_le32(made->header + KMDNET_TIME, time);
    base_store_le32(made->header + KMDNET_BITS, made->bits);
}

static void show(char text[65], const uint8_t hash[32])
{
    uint8_t shown[32];
    kmdnet_reverse(shown, hash);
    base_hex_encode(text, shown, 32);
}

static json_t *tx_json(const struct kmdnet_tx *tx)
{
    char data[2 * KMDNET_TX_MAX + 1];
    char id[65];
    base_hex_encode(data, tx->bytes, tx->size);
    show(id, tx->id);
    return json_pack("{s:s,s:s,s:[],s:I,s:i}", "data", data, "hash", id, "depends", "fee",
                     (json_int_t)tx->fee, "sigops", 1);
}

json_t *kmdnet_template_json(const struct kmdnet_template *from, const char *poll_id)
{
    char parent[65];
    char sapling[65];
    char target[65];
    char bits[16];
    json_t *coinbase = tx_json(&from->coinbase);
    json_t *txs = json_array();
    show(parent, from->header + KMDNET_PARENT);
    show(sapling, from->header + KMDNET_SAPLING);
    base_hex_encode(target, from->target_be, 32);
    (void)snprintf(bits, sizeof bits, "%08x", from->bits);
    (void)json_object_set_new(coinbase, "coinbasevalue", json_integer((json_int_t)kmdnet_reward()));
    (void)json_object_set_new(coinbase, "required", json_true());
    for (size_t i = 0; i < from->tx_count; i++) {
        (void)json_array_append_new(txs, tx_json(&from->txs[i]));
    }
    return json_pack("{s:[s],s:i,s:s,s:s,s:o,s:o,s:s,s:s,s:I,s:[s,s,s],s:s,s:i,s:i,s:I,s:s,s:I}",
                     "capabilities", "proposal", "version", 4, "previousblockhash", parent,
                     "finalsaplingroothash", sapling, "transactions", txs, "coinbasetxn", coinbase,
                     "longpollid", poll_id, "target", target, "mintime", (json_int_t)from->mintime,
                     "mutable", "time", "transactions", "prevblock", "noncerange",
                     "00000000ffffffff", "sigoplimit", 60000, "sizelimit", 2000000, "curtime",
                     (json_int_t)base_load_le32(from->header + KMDNET_TIME), "bits", bits, "height",
                     (json_int_t)from->height);
}

size_t kmdnet_template_tail(uint8_t tail[KMDNET_TAIL_MAX], const struct kmdnet_template *from)
{
    size_t size = 1 + from->coinbase.size;
    tail[0] = (uint8_t)(1 + from->tx_count);
    memcpy(tail + 1, from->coinbase.bytes, from->coinbase.size);
    for (size_t i = 0; i < from->tx_count; i++) {
        memcpy(tail + size, from->txs[i].bytes, from->txs[i].size);
        size += from->txs[i].size;
    }
    return size;
}
