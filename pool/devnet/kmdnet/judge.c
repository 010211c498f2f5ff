/* judge.c: blocks that are handed in, judged whole and in the node's order: encoding, solution,
 * hash, time, version, parent, bits, merkle root, Sapling root, coinbase, transactions. The words
 * are the node's. Source: komodo.md 3.5, 5.4 to 5.6. */
#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "base/target.h"
#include "kmdnet/chain.h"

enum {
    TXS_MAX = 16,      /* of a block that is handed in */
    LOCK_AGE_S = 3600, /* a lock time that is a time may be so much older than the block */
    LOCK_IS_TIME = 500000000,
    DUST = 5000, /* outputs from the third on have so many satoshi at least */
};

/* Bytes, read from the front. */
struct reader {
    const uint8_t *bytes;
    size_t size;
    size_t at;
    bool bad;
};

/* What is judged of a transaction. */
struct tx {
    uint8_t id[32];
    uint64_t outputs; /* sum, satoshi */
    size_t output_count;
    uint64_t first_value;
    const uint8_t *first_script; /* of output 0 */
    size_t first_size;
    bool dust; /* an output from the third on has too little and is no OP_RETURN */
    bool from_nowhere;
    const uint8_t *input_script;
    size_t input_size;
    uint32_t lock_time;
};

static const uint8_t *take(struct reader *from, size_t size)
{
    static const uint8_t nothing[64] = {0};
    if (from->bad || size > from->size - from->at) {
        from->bad = true;
        return nothing;
    }
    from->at += size;
    return from->bytes + from->at - size;
}

static size_t take_count(struct reader *from)
{
    uint8_t first = *take(from, 1);
    if (first < 0xfd) {
        return first;
    }
    if (first != 0xfd) {
        from->bad = true; /* nothing here is so long */
        return 0;
    }
    const uint8_t *bytes = take(from, 2);
    size_t count = bytes[0] | (size_t)bytes[1] << 8;
    from->bad = from->bad || count < 0xfd;
    return count;
}

/* A counted script. Returns where it begins. */
static const uint8_t *take_script(struct reader *from, size_t *size)
{
    *size = take_count(from);
    if (from->bad || *size > from->size - from->at) {
        from->bad = true;
        *size = 0;
    }
    return take(from, *size);
}

static void take_outputs(struct reader *from, struct tx *tx)
{
    tx->output_count = take_count(from);
    for (size_t i = 0; i < tx->output_count && !from->bad; i++) {
        size_t size = 0;
        uint64_t value = base_load_le64(take(from, 8));
        const uint8_t *script = take_script(from, &size);
        tx->outputs += value;
        if (i == 0) {
            tx->first_value = value;
            tx->first_script = script;
            tx->first_size = size;
        }
        tx->dust = tx->dust || (i >= 2 && value < DUST && (size == 0 || script[0] != 0x6a));
    }
}

static void take_tx(struct reader *from, struct tx *tx)
{
    static const uint8_t nowhere[32] = {0};
    size_t begin = from->at;
    memset(tx, 0, sizeof *tx);
    uint32_t version = base_load_le32(take(from, 4));
    bool grouped = version >> 31 != 0;
    if (grouped && base_load_le32(take(from, 4)) != 0x892f2085) {
        from->bad = true;
    }
    size_t inputs = take_count(from);
    for (size_t i = 0; i < inputs && !from->bad; i++) {
        tx->from_nowhere = memcmp(take(from, 36), nowhere, 32) == 0 && inputs == 1;
        tx->input_script = take_script(from, &tx->input_size);
        (void)take(from, 4);
    }
    take_outputs(from, tx);
    tx->lock_time = base_load_le32(take(from, 4));
    if (grouped) {
        (void)take(from, 4 + 8); /* expiry, balance */
        for (size_t i = 0; i < 3; i++) {
            from->bad = from->bad || take_count(from) != 0; /* nothing shielded here */
        }
    }
    if (!from->bad) {
        kmdnet_sha256d(tx->id, from->bytes + begin, from->at - begin);
    }
}

/* ---- rules -------------------------------------------------------------------------------------
 */

/* The beginning of a coinbase's script: a push of the height. */
static bool tells_height(const struct tx *coinbase, uint32_t height)
{
    const uint8_t *script = coinbase->input_script;
    if (coinbase->input_size < 2 || coinbase->input_size > 100) {
        return false;
    }
    if (height <= 16) {
        return script[0] == (height == 0 ? 0 : 0x50 + height);
    }
    uint32_t told = 0;
    for (size_t i = 0; i < script[0] && i < 4 && 1 + i < coinbase->input_size; i++) {
        told |= (uint32_t)script[1 + i] << 8 * i;
    }
    return told == height;
}

static bool pays_node(const struct tx *coinbase)
{
    const uint8_t *own = kmdnet_payee();
    return coinbase->first_size == own[0] &&
           memcmp(coinbase->first_script, own + 1, coinbase->first_size) == 0;
}

/* NULL: the transactions are good. */
static const char *judge_txs(struct kmdnet_outcome *outcome, const struct kmdnet_block *parent,
                             const uint8_t *header, const struct tx *txs, size_t count)
{
    struct kmdnet_tx allowed[KMDNET_TXS];
    size_t allowed_count = kmdnet_template_txs(allowed, parent);
    uint64_t fees = 0;
    size_t at = 0;
    const struct tx *coinbase = &txs[0];
    uint32_t time = base_load_le32(header + KMDNET_TIME);
    if (!coinbase->from_nowhere) {
        return "bad-cb-missing";
    }
    if (!tells_height(coinbase, parent->height + 1)) {
        return "bad-cb-height";
    }
    for (size_t i = 1; i < count; i++, at++) { /* some of the allowed ones, in their order */
        while (at < allowed_count && memcmp(allowed[at].id, txs[i].id, 32) != 0) {
            at++;
        }
        if (at == allowed_count) {
            return "bad-txns-inputs-missingorspent";
        }
        fees += allowed[at].fee;
    }
    if (coinbase->first_value > kmdnet_reward() || coinbase->outputs > kmdnet_reward() + fees) {
        return "bad-cb-amount";
    }
    if (coinbase->dust) {
        return "bad-txns-dust-vout";
    }
    if (coinbase->lock_time >= LOCK_IS_TIME && coinbase->lock_time + LOCK_AGE_S < time) {
        return "bad-txns-locktime";
    }
    outcome->own_payee = !pays_node(coinbase);
    outcome->txs = count - 1;
    return NULL;
}

/* NULL: the block is good for this parent. */
static const char *judge_contents(struct kmdnet_outcome *outcome, const struct kmdnet_chain *chain,
                                  const struct kmdnet_block *parent, const uint8_t *header,
                                  const struct tx *txs, size_t count)
{
    uint8_t ids[TXS_MAX][32];
    uint8_t hash[32];
    uint8_t target_be[32];
    for (size_t i = 0; i < count; i++) {
        memcpy(ids[i], txs[i].id, 32);
    }
    kmdnet_merkle(hash, ids, count);
    if (memcmp(header + KMDNET_ROOT, hash, 32) != 0) {
        return "bad-txnmrklroot";
    }
    if (base_load_le32(header + KMDNET_BITS) != kmdnet_chain_target(target_be, chain, parent)) {
        return "bad-diffbits";
    }
    if (base_load_le32(header + KMDNET_TIME) <= kmdnet_chain_median(chain, parent)) {
        return "time-too-old";
    }
    kmdnet_template_sapling(hash, parent);
    if (memcmp(header + KMDNET_SAPLING, hash, 32) != 0) {
        return "bad-sapling-root-in-block";
    }
    return judge_txs(outcome, parent, header, txs, count);
}

/* ---- blocks ------------------------------------------------------------------------------------
 */

static void refuse(struct kmdnet_outcome *outcome, enum kmdnet_verdict verdict, const char *word)
{
    outcome->verdict = verdict;
    (void)snprintf(outcome->word, sizeof outcome->word, "%s", word);
}

/* Solution, hash and time: what the node throws away without a word. False: it does. */
static bool judge_work(struct kmdnet_outcome *outcome, const struct kmdnet_chain *chain,
                       const uint8_t *header, const uint8_t *solution, size_t size, uint32_t time)
{
    uint8_t target_be[32];
    uint8_t hash_be[32];
    const struct pool_net_config *config = chain->config;
    if (!config->hash(config->algo, hash_be, header, solution, size, 0, config->reduced)) {
        refuse(outcome, KMDNET_BAD_SOLUTION, "CheckEquihashSolution(): invalid solution");
        return false;
    }
    kmdnet_reverse(hash_be, outcome->hash); /* the network's own, whatever was handed in */
    if (base_target_from_compact(target_be, base_load_le32(header + KMDNET_BITS)) != BASE_OK ||
        !base_target_meets(hash_be, target_be)) {
        refuse(outcome, KMDNET_ABOVE_TARGET, "the hash is above the target");
        return false;
    }
    if (base_load_le32(header + KMDNET_TIME) > time + KMDNET_FUTURE_S) {
        refuse(outcome, KMDNET_FUTURE, "the time is too far ahead");
        return false;
    }
    return true;
}

/* Read the transactions. False: the block cannot be decoded. */
static bool read_txs(struct reader *from, struct tx txs[TXS_MAX], size_t *count)
{
    *count = take_count(from);
    if (*count == 0 || *count > TXS_MAX) {
        return false;
    }
    for (size_t i = 0; i < *count && !from->bad; i++) {
        take_tx(from, &txs[i]);
    }
    return !from->bad && from->at == from->size;
}

void kmdnet_judge(struct kmdnet_outcome *outcome, struct kmdnet_chain *chain, const uint8_t *block,
                  size_t size, uint64_t now_ms, uint32_t time)
{
    struct reader from = {block, size, 0, false};
    struct tx txs[TXS_MAX];
    size_t count = 0;
    memset(outcome, 0, sizeof *outcome);
    const uint8_t *header = take(&from, KMDNET_HEADER);
    size_t solution_size = take_count(&from);
    const uint8_t *solution = take(&from, solution_size);
    size_t head = from.at;
    if (from.bad || solution_size != kmdnet_solution_size(chain->config->reduced) ||
        !read_txs(&from, txs, &count)) {
        refuse(outcome, KMDNET_UNDECODED, "Block decode failed");
        return;
    }
    kmdnet_sha256d(outcome->hash, block, head);
    if (kmdnet_chain_find(chain, outcome->hash) != NULL) {
        refuse(outcome, KMDNET_DUPLICATE, "duplicate");
        return;
    }
    if (!judge_work(outcome, chain, header, solution, solution_size, time)) {
        return;
    }
    const struct kmdnet_block *parent = kmdnet_chain_find(chain, header + KMDNET_PARENT);
    const char *word = base_load_le32(header) != 4 ? "version-too-low"
                       : parent == NULL
                           ? "bad-prevblk"
                           : judge_contents(outcome, chain, parent, header, txs, count);
    if (word != NULL) {
        refuse(outcome, KMDNET_INVALID, word);
        return;
    }
    struct kmdnet_block made = {.parent = parent->serial,
                                .height = parent->height + 1,
                                .time = base_load_le32(header + KMDNET_TIME),
                                .arrived_ms = now_ms};
    memcpy(made.hash, outcome->hash, 32);
    (void)kmdnet_chain_target(made.target_be, chain, parent);
    bool tip = kmdnet_chain_add(chain, &made) == chain->tip;
    refuse(outcome, tip ? KMDNET_TIP : KMDNET_SIDE, tip ? "" : "inconclusive");
}
