/* test_kmdnet.c: the chain of Komodo's development network and its judge, without sockets: merkle
 * roots of tests/data/komodo.json; a good block, and each way in which it can be wrong with the
 * word that a real node has for it (komodo.md 5.4). The verifier is the test's own: a solution is
 * valid when its first byte is 1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "kmdnet/chain.h"
#include "vectors.h"

enum { TIME = 1790000000, SOLUTION = 36, LENGTH = 1 };
enum { HEAD = KMDNET_HEADER + LENGTH + SOLUTION };

static bool verify(const void *algo, uint8_t hash_be[32], const uint8_t *header,
                   const uint8_t *solution, size_t size, uint32_t height, uint32_t reduced)
{
    (void)algo;
    (void)hash_be;
    (void)header;
    (void)height;
    assert_true(size == SOLUTION && reduced == 48);
    return solution[0] == 1;
}

/* A chain whose next block has transactions, if any is wanted. */
static struct kmdnet_chain *chain_new(bool with_txs)
{
    struct kmdnet_tx txs[KMDNET_TXS];
    static const struct pool_net_config config = {
        .reduced = 48, .block_time_ms = 1000, .start_hashes = 2, .hash = verify};
    for (uint64_t seed = 1; seed < 100; seed++) {
        struct kmdnet_chain *chain = kmdnet_chain_new(seed, &config, 1000, TIME);
        assert_non_null(chain);
        if ((kmdnet_template_txs(txs, chain->tip) >= 2) == with_txs) {
            return chain;
        }
        kmdnet_chain_free(chain);
    }
    fail();
    return NULL;
}

/* Put a nonce in place that makes the hash meet the target, or miss it. */
static void solve(uint8_t *block, const uint8_t target_be[32], bool good)
{
    for (uint32_t nonce = 0; nonce < 1000; nonce++) {
        uint8_t hash[32];
        uint8_t hash_be[32];
        base_store_le32(block + KMDNET_NONCE, nonce);
        kmdnet_sha256d(hash, block, HEAD);
        kmdnet_reverse(hash_be, hash);
        if (base_target_meets(hash_be, target_be) == good) {
            return;
        }
    }
    fail();
}

/* The block of the template on the tip, solved. Returns its bytes. */
static size_t make_block(uint8_t block[KMDNET_BLOCK_MAX], struct kmdnet_template *from,
                         const struct kmdnet_chain *chain)
{
    kmdnet_template_make(from, chain, TIME);
    memset(block, 0, HEAD);
    memcpy(block, from->header, KMDNET_HEADER);
    block[KMDNET_HEADER] = SOLUTION;
    block[KMDNET_HEADER + LENGTH] = 1;
    size_t size = HEAD + kmdnet_template_tail(block + HEAD, from);
    solve(block, from->target_be, true);
    return size;
}

static void expect(struct kmdnet_chain *chain, const uint8_t *block, size_t size,
                   enum kmdnet_verdict verdict, const char *word)
{
    struct kmdnet_outcome outcome;
    kmdnet_judge(&outcome, chain, block, size, chain->tip->arrived_ms + 1000, TIME);
    if (outcome.verdict != verdict || strstr(outcome.word, word) == NULL) {
        fail_msg("verdict %d, \"%s\"; %d, \"%s\" is right", outcome.verdict, outcome.word, verdict,
                 word);
    }
}

static void test_merkle_roots(void **state)
{
    json_t *root = vectors_load_file(SHARDPICK_TEST_DATA "/komodo.json");
    const json_t *list = json_object_get(root, "merkle_roots");
    size_t tried = 0;
    (void)state;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const json_t *ids = json_object_get(one, "txids_display");
        size_t count = json_array_size(ids);
        uint8_t(*hashes)[32] = calloc(count + 1, 32);
        uint8_t made[32];
        uint8_t wanted[32];
        uint8_t shown[32];
        for (size_t j = 0; j < count; j++) {
            assert_int_equal(
                base_hex_decode_exact(shown, 32, json_string_value(json_array_get(ids, j))),
                BASE_OK);
            kmdnet_reverse(hashes[j], shown);
        }
        assert_int_equal(base_hex_decode_exact(shown, 32, vectors_text(one, "merkle_root_display")),
                         BASE_OK);
        kmdnet_reverse(wanted, shown);
        kmdnet_merkle(made, hashes, count);
        assert_memory_equal(made, wanted, 32);
        free(hashes);
        tried++;
    }
    assert_true(tried > 0);
    json_decref(root);
}

static void test_good_blocks(void **state)
{
    struct kmdnet_chain *chain = chain_new(true);
    uint8_t block[KMDNET_BLOCK_MAX];
    struct kmdnet_template from;
    (void)state;
    for (uint32_t i = 1; i < 40; i++) { /* both forms of coinbases, heights of one and two bytes */
        size_t size = make_block(block, &from, chain);
        expect(chain, block, size, KMDNET_TIP, "");
        assert_int_equal(chain->tip->height, i);
        expect(chain, block, size, KMDNET_DUPLICATE, "duplicate");
    }
    kmdnet_chain_free(chain);
}

static void test_side_block(void **state)
{
    struct kmdnet_chain *chain = chain_new(false);
    uint8_t block[KMDNET_BLOCK_MAX];
    struct kmdnet_template from;
    (void)state;
    size_t size = make_block(block, &from, chain);
    kmdnet_chain_foreign(chain, 1500, TIME);
    expect(chain, block, size, KMDNET_SIDE, "inconclusive");
    assert_int_equal(chain->tip->height, 1);
    assert_ptr_equal(kmdnet_chain_height(chain, 1), chain->tip);
    kmdnet_chain_free(chain);
}

/* One change at a time to a good block. A changed header is solved again. */
static void test_wrong_blocks(void **state)
{
    static const struct {
        size_t at;
        uint8_t flip;
        enum kmdnet_verdict verdict;
        const char *word;
    } rows[] = {
        {0, 7, KMDNET_INVALID, "version-too-low"}, /* 3 */
        {KMDNET_PARENT, 1, KMDNET_INVALID, "bad-prevblk"},
        {KMDNET_ROOT, 1, KMDNET_INVALID, "bad-txnmrklroot"},
        {KMDNET_SAPLING, 1, KMDNET_INVALID, "bad-sapling-root-in-block"},
        {KMDNET_BITS, 1, KMDNET_INVALID, "bad-diffbits"},
        {KMDNET_TIME + 3, 0x80, KMDNET_FUTURE, ""},
        {KMDNET_TIME + 3, 0x20, KMDNET_INVALID, "time-too-old"},
        {KMDNET_HEADER, 1, KMDNET_UNDECODED, ""},
        {KMDNET_HEADER + LENGTH, 1, KMDNET_BAD_SOLUTION, ""},
        {HEAD, 1, KMDNET_UNDECODED, ""},                   /* number of transactions */
        {HEAD + 30, 1, KMDNET_INVALID, "bad-txnmrklroot"}, /* inside the coinbase */
    };
    uint8_t block[KMDNET_BLOCK_MAX];
    struct kmdnet_template from;
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        struct kmdnet_chain *chain = chain_new(true);
        size_t size = make_block(block, &from, chain);
        block[rows[i].at] ^= rows[i].flip;
        if (rows[i].at < KMDNET_HEADER) {
            solve(block, from.target_be, true);
        }
        expect(chain, block, size, rows[i].verdict, rows[i].word);
        assert_int_equal(chain->tip->height, 0);
        kmdnet_chain_free(chain);
    }
    struct kmdnet_chain *chain = chain_new(true);
    size_t size = make_block(block, &from, chain);
    expect(chain, block, size - 1, KMDNET_UNDECODED, "");
    expect(chain, block, HEAD, KMDNET_UNDECODED, "");
    solve(block, from.target_be, false);
    expect(chain, block, size, KMDNET_ABOVE_TARGET, "");
    kmdnet_chain_free(chain);
}

/* Changes to the transactions, with the merkle root made anew. */
static void expect_template(struct kmdnet_template *from, struct kmdnet_chain *chain,
                            enum kmdnet_verdict verdict, const char *word)
{
    uint8_t block[KMDNET_BLOCK_MAX] = {0};
    uint8_t ids[1 + KMDNET_TXS][32];
    kmdnet_sha256d(from->coinbase.id, from->coinbase.bytes, from->coinbase.size);
    memcpy(ids[0], from->coinbase.id, 32);
    for (size_t i = 0; i < from->tx_count; i++) {
        memcpy(ids[1 + i], from->txs[i].id, 32);
    }
    kmdnet_merkle(from->header + KMDNET_ROOT, ids, 1 + from->tx_count);
    memcpy(block, from->header, KMDNET_HEADER);
    block[KMDNET_HEADER] = SOLUTION;
    block[KMDNET_HEADER + LENGTH] = 1;
    size_t size = HEAD + kmdnet_template_tail(block + HEAD, from);
    solve(block, from->target_be, true);
    expect(chain, block, size, verdict, word);
}

static void test_coinbase_rules(void **state)
{
    enum { VALUE = 4 + 1 + 36 + 1 + 2 + 4 + 1, SCRIPT = VALUE + 8 + 1, HEIGHT = 4 + 1 + 36 + 1 };
    struct kmdnet_template good;
    struct kmdnet_template bad;
    struct kmdnet_outcome outcome;
    struct kmdnet_chain *chain = chain_new(true);
    (void)state;
    kmdnet_template_make(&good, chain, TIME);
    assert_int_equal(base_load_le64(good.coinbase.bytes + VALUE), kmdnet_reward());
    bad = good;
    bad.coinbase.bytes[VALUE]++; /* a satoshi too much */
    expect_template(&bad, chain, KMDNET_INVALID, "bad-cb-amount");
    bad = good;
    bad.tx_count--; /* whose fee the coinbase still burns */
    expect_template(&bad, chain, KMDNET_INVALID, "bad-cb-amount");
    bad = good;
    bad.coinbase.bytes[HEIGHT]++;
    expect_template(&bad, chain, KMDNET_INVALID, "bad-cb-height");
    bad = good;
    bad.coinbase.bytes[10] = 1; /* the input spends something */
    expect_template(&bad, chain, KMDNET_INVALID, "bad-cb-missing");
    bad = good;
    base_store_le32(bad.coinbase.bytes + bad.coinbase.size - 4, TIME - 3700);
    expect_template(&bad, chain, KMDNET_INVALID, "bad-txns-locktime");
    bad = good;
    bad.txs[0].bytes[20] ^= 1; /* it spends something else */
    kmdnet_sha256d(bad.txs[0].id, bad.txs[0].bytes, bad.txs[0].size);
    expect_template(&bad, chain, KMDNET_INVALID, "bad-txns-inputs-missingorspent");
    bad = good;
    bad.txs[1] = bad.txs[0]; /* twice the same */
    expect_template(&bad, chain, KMDNET_INVALID, "bad-txns-inputs-missingorspent");
    bad = good;
    bad.coinbase.bytes[SCRIPT + 5] ^= 1; /* another payee is fine, and is counted */
    expect_template(&bad, chain, KMDNET_TIP, "");
    kmdnet_chain_free(chain);
    chain = chain_new(true);
    uint8_t block[KMDNET_BLOCK_MAX];
    size_t size = make_block(block, &good, chain);
    kmdnet_judge(&outcome, chain, block, size, 2000, TIME);
    assert_true(outcome.verdict == KMDNET_TIP && !outcome.own_payee);
    assert_int_equal(outcome.txs, good.tx_count);
    kmdnet_chain_free(chain);
}

/* Blocks that come too fast make the target harder, slow ones easier, up to the start's. */
static void test_targets(void **state)
{
    struct kmdnet_chain *chain = chain_new(true);
    uint8_t fast_be[32];
    uint8_t slow_be[32];
    uint64_t now_ms = 1000;
    (void)state;
    for (int i = 0; i < 20; i++) {
        kmdnet_chain_foreign(chain, now_ms += 100, TIME);
    }
    (void)kmdnet_chain_target(fast_be, chain, chain->tip);
    assert_true(base_target_compare(fast_be, chain->start_be) < 0);
    for (int i = 0; i < 12; i++) {
        kmdnet_chain_foreign(chain, now_ms += 5000, TIME);
    }
    (void)kmdnet_chain_target(slow_be, chain, chain->tip);
    assert_true(base_target_compare(slow_be, fast_be) > 0);
    for (int i = 0; i < 500; i++) {
        kmdnet_chain_foreign(chain, now_ms, TIME);
    }
    uint32_t bits = kmdnet_chain_target(fast_be, chain, chain->tip);
    assert_true(base_target_bits(fast_be) >= 220); /* it ends somewhere */
    assert_true((bits & 0x800000) == 0);
    kmdnet_chain_free(chain);
}

static void test_names(void **state)
{
    struct pool_net_config config;
    struct base_error error;
    (void)state;
    pool_net_defaults(&config, &pool_kmdnet);
    assert_int_equal(pool_net_fault_set(&config, "throw_away=3", &error), BASE_OK);
    assert_int_equal(pool_net_fault_set(&config, "no_peers", &error), BASE_OK);
    assert_int_equal(pool_net_fault_set(&config, "new_nonce1=7", &error), BASE_OK);
    assert_true(config.faults.throw_away == 3 && config.faults.no_peers == 1);
    assert_int_equal(config.faults.new_extranonce, 7);
    assert_int_equal(pool_net_fault_set(&config, "busy=", &error), BASE_E_FORMAT);
    assert_int_equal(pool_net_fault_set(&config, "busy=x", &error), BASE_E_FORMAT);
    assert_int_equal(pool_net_fault_set(&config, "nothing=1", &error), BASE_E_FORMAT);
    assert_non_null(strstr(error.text, "overtake"));
    assert_int_equal(pool_net_dialect_set(&config, "znomp", &error), BASE_OK);
    assert_int_equal(config.dialect, POOL_KMDNET_ZNOMP);
    assert_int_equal(pool_net_dialect_set(&config, "x", &error), BASE_E_FORMAT);
    assert_non_null(strstr(error.text, "difficulty"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merkle_roots),   cmocka_unit_test(test_good_blocks),
        cmocka_unit_test(test_side_block),     cmocka_unit_test(test_wrong_blocks),
        cmocka_unit_test(test_coinbase_rules), cmocka_unit_test(test_targets),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
