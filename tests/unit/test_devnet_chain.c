/* test_devnet_chain.c: the rules of the development network with simulated time and a hash that is
 * the nonce: header layout, templates, submissions, uncles, the cache, difficulty. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/target.h"
#include "devnet/chain.h"

static const uint64_t START_MS = UINT64_C(1752573600000);

/* The nonce is the hash's front, its last byte the hash's last: every test picks its hashes. */
static void nonce_is_hash(uint8_t hash[32], const uint8_t *message)
{
    memset(hash, 0, 32);
    memcpy(hash, message, POOL_DEVNET_NONCE_SIZE);
    hash[31] = message[POOL_DEVNET_NONCE_SIZE - 1];
}

static struct pool_devnet_chains *new_chains(double start_hashes)
{
    struct pool_devnet_chains *chains =
        pool_devnet_chains_new(7, 8000, start_hashes, START_MS, nonce_is_hash);
    assert_non_null(chains);
    return chains;
}

/* A message for a template whose hash is `number` in bytes 8..15 and belongs to `chain`. */
static void fill_message(uint8_t message[POOL_DEVNET_MESSAGE_SIZE],
                         const struct pool_devnet_template *template, uint64_t number,
                         unsigned chain)
{
    memset(message, 0, POOL_DEVNET_NONCE_SIZE);
    base_store_be64(message + 8, number);
    message[POOL_DEVNET_NONCE_SIZE - 1] = (uint8_t)chain;
    memcpy(message + POOL_DEVNET_NONCE_SIZE, template->header, POOL_DEVNET_HEADER_SIZE);
}

static enum pool_devnet_verdict submit_at(struct pool_devnet_chains *chains, const uint8_t *message,
                                          uint64_t time_ms)
{
    struct pool_devnet_outcome outcome;
    pool_devnet_chains_submit(&outcome, chains, message, time_ms);
    return outcome.verdict;
}

static enum pool_devnet_verdict submit(struct pool_devnet_chains *chains, const uint8_t *message)
{
    return submit_at(chains, message, START_MS);
}

/* Find a block of a chain from its current template. */
static void find_block(struct pool_devnet_chains *chains, unsigned chain, uint64_t number)
{
    uint8_t message[POOL_DEVNET_MESSAGE_SIZE];
    fill_message(message, pool_devnet_chains_template(chains, chain), number, chain);
    assert_int_equal(submit(chains, message), POOL_DEVNET_ACCEPTED);
}

static void headers_follow_the_layout(void **state)
{
    (void)state;
    struct pool_devnet_chains *chains = new_chains(0x1p20);
    for (unsigned i = 0; i < 3; i++) { /* some blocks, so that tips differ from genesis */
        for (unsigned chain = 0; chain < 16; chain += 1 + i) {
            find_block(chains, chain, 100 * i + chain);
        }
        pool_devnet_chains_refresh(chains, START_MS + 1000ULL * (i + 1), 1);
    }
    for (unsigned chain = 0; chain < 16; chain++) {
        const struct pool_devnet_template *template = pool_devnet_chains_template(chains, chain);
        const uint8_t *header = template->header;
        unsigned from = chain / 4;
        unsigned dep = 0;
        assert_int_equal(header[0], 0);
        assert_int_equal(header[1], 7);
        for (unsigned group = 0; group < 4; group++) {
            if (group != from) {
                const struct pool_devnet_chain *intra = &chains->chain[5UL * group];
                assert_memory_equal(
                    header + 2 + 32UL * dep++,
                    pool_devnet_chains_block(chains, 5 * group, intra->height)->hash, 32);
            }
        }
        assert_int_equal(dep, 3);
        for (unsigned to = 0; to < 4; to++) {
            unsigned own = 4 * from + to;
            assert_memory_equal(
                header + 2 + 32UL * (3 + to),
                pool_devnet_chains_block(chains, own, chains->chain[own].height)->hash, 32);
        }
        /* The parent is dep 3 + to, and belongs to this chain. */
        assert_int_equal(header[2 + 32 * (3 + chain % 4) + 31] & 15, chain);
        assert_true(base_load_be64(header + 290) > START_MS);
        uint8_t target[32];
        assert_int_equal(base_target_from_compact(target, base_load_be32(header + 298)), BASE_OK);
        assert_memory_equal(target, template->target_be, 32);
        for (unsigned other = 0; other < chain; other++) {
            assert_memory_not_equal(header + 258,
                                    pool_devnet_chains_template(chains, other)->header + 258, 32);
        }
    }
    pool_devnet_chains_free(chains);
}

static void submissions_are_judged_in_the_nodes_order(void **state)
{
    (void)state;
    struct pool_devnet_chains *chains = new_chains(0x1p20); /* difficulty 2^16 */
    const struct pool_devnet_template *template = pool_devnet_chains_template(chains, 6);
    uint8_t good[POOL_DEVNET_MESSAGE_SIZE];
    uint8_t other[POOL_DEVNET_MESSAGE_SIZE];
    fill_message(good, template, 1, 6);

    memcpy(other, good, sizeof other);
    other[24 + 258] ^= 1; /* unknown template, although the hash is of the wrong chain, too */
    other[23] = 7;
    assert_int_equal(submit(chains, other), POOL_DEVNET_UNKNOWN);

    memcpy(other, good, sizeof other);
    other[23] = 7; /* wrong chain goes before above target */
    other[0] = 0xff;
    assert_int_equal(submit(chains, other), POOL_DEVNET_WRONG_CHAIN);
    assert_int_equal(submit(chains, other), POOL_DEVNET_DUPLICATE);
    other[23] = 6;
    assert_int_equal(submit(chains, other), POOL_DEVNET_ABOVE_TARGET);

    /* The target itself is good enough: its low bytes are zero but for the chain, so take the
     * largest number below it that ends in the chain. */
    memcpy(other, good, sizeof other);
    memcpy(other, template->target_be, 24);
    other[23] = 6;
    uint8_t hash[32];
    nonce_is_hash(hash, other);
    assert_int_equal(submit(chains, other), base_target_meets(hash, template->target_be)
                                                ? POOL_DEVNET_ACCEPTED
                                                : POOL_DEVNET_ABOVE_TARGET);

    template = pool_devnet_chains_template(chains, 9);
    fill_message(good, template, 5, 9);
    assert_int_equal(submit(chains, good), POOL_DEVNET_ACCEPTED);
    assert_int_equal(submit(chains, good), POOL_DEVNET_DUPLICATE);
    fill_message(other, template, 4, 9);
    assert_int_equal(submit(chains, other), POOL_DEVNET_USED);
    assert_int_equal(chains->chain[9].height, 1);
    pool_devnet_chains_free(chains);
}

static void a_rolled_timestamp_finds_the_template_and_fails(void **state)
{
    (void)state;
    struct pool_devnet_chains *chains = new_chains(0x1p20);
    uint8_t message[POOL_DEVNET_MESSAGE_SIZE];
    fill_message(message, pool_devnet_chains_template(chains, 3), 1, 3);
    message[24 + 297] ^= 1;
    assert_int_equal(submit(chains, message), POOL_DEVNET_TIMESTAMP);
    message[24 + 297] ^= 1; /* the template went with it */
    assert_int_equal(submit(chains, message), POOL_DEVNET_USED);
    assert_int_equal(chains->chain[3].height, 0);
    pool_devnet_chains_free(chains);
}

static void superseded_templates_earn_as_uncles_for_seven_heights(void **state)
{
    (void)state;
    struct pool_devnet_chains *chains = new_chains(16);
    uint8_t late[10][POOL_DEVNET_MESSAGE_SIZE];
    find_block(chains, 1, 9999); /* templates are refreshed by age after the first block only */
    pool_devnet_chains_refresh(chains, START_MS + 1, 0);
    for (unsigned i = 0; i < 10; i++) {
        /* Two templates for the same height: the second gives the block. */
        fill_message(late[i], pool_devnet_chains_template(chains, 1), 1000 + i, 1);
        pool_devnet_chains_refresh(chains, START_MS + 10000ULL * (i + 1), 1);
        find_block(chains, 1, i);
        pool_devnet_chains_refresh(chains, START_MS + 10000ULL * (i + 1) + 10, 0);
    }
    assert_int_equal(chains->chain[1].height, 11);
    /* The next block has height 12: templates of heights 5..11 are 1..7 heights older. */
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(submit(chains, late[i]),
                         i + 2 >= 5 ? POOL_DEVNET_UNCLE : POOL_DEVNET_STALE);
    }
    assert_int_equal(submit(chains, late[9]), POOL_DEVNET_DUPLICATE);
    assert_int_equal(chains->chain[1].height, 11);
    pool_devnet_chains_free(chains);
}

static void the_cache_forgets_first_in_first_out(void **state)
{
    (void)state;
    struct pool_devnet_chains *chains = new_chains(16);
    uint8_t first[POOL_DEVNET_MESSAGE_SIZE];
    uint8_t second[POOL_DEVNET_MESSAGE_SIZE];
    find_block(chains, 2, 9999); /* templates are refreshed by age after the first block only */
    assert_int_equal(pool_devnet_chains_refresh(chains, START_MS + 1, 0), 1);
    fill_message(first, pool_devnet_chains_template(chains, 2), 1, 2);
    assert_int_equal(pool_devnet_chains_refresh(chains, START_MS + 10, 5), 1);
    fill_message(second, pool_devnet_chains_template(chains, 2), 2, 2);
    for (unsigned i = 0; i < 99; i++) { /* 101 templates now */
        assert_int_equal(pool_devnet_chains_refresh(chains, START_MS + 20 + 10ULL * i, 5), 1);
    }
    assert_int_equal(submit(chains, first), POOL_DEVNET_UNKNOWN);
    assert_int_equal(submit(chains, second), POOL_DEVNET_ACCEPTED);
    pool_devnet_chains_free(chains);
}

static void blocks_make_the_right_templates_stale(void **state)
{
    (void)state;
    struct pool_devnet_chains *chains = new_chains(16);
    find_block(chains, 1, 1); /* 0 -> 1: its own template only */
    assert_int_equal(pool_devnet_chains_refresh(chains, START_MS + 1, 0), 1);
    find_block(chains, 5, 2); /* 1 -> 1: the same for an intra-group block */
    assert_int_equal(pool_devnet_chains_refresh(chains, START_MS + 2, 0), 1);
    assert_int_equal(pool_devnet_chains_refresh(chains, START_MS + 3, 0), 0);
    /* By age, only the two chains with a block. */
    assert_int_equal(pool_devnet_chains_refresh(chains, START_MS + 1000, 5), 2);
    pool_devnet_chains_free(chains);
}

static void timestamps_grow_when_the_clock_stands(void **state)
{
    (void)state;
    struct pool_devnet_chains *chains = new_chains(16);
    uint64_t last = 0;
    for (unsigned i = 0; i < 5; i++) {
        uint64_t now = pool_devnet_chains_template(chains, 0)->timestamp_ms;
        assert_true(now > last);
        last = now;
        find_block(chains, 0, i);
        pool_devnet_chains_refresh(chains, START_MS - 100, 0); /* it even goes back */
    }
    pool_devnet_chains_free(chains);
}

static void questions_about_blocks(void **state)
{
    (void)state;
    struct pool_devnet_chains *chains = new_chains(16);
    for (unsigned i = 0; i < POOL_DEVNET_HISTORY + 3; i++) {
        find_block(chains, 8, i);
        pool_devnet_chains_refresh(chains, START_MS + 8000ULL * (i + 1), 0);
        chains->chain[8].cache[chains->chain[8].cache_next].height = 0;
    }
    uint64_t tip = chains->chain[8].height;
    assert_int_equal(tip, POOL_DEVNET_HISTORY + 3);
    assert_null(pool_devnet_chains_block(chains, 8, tip + 1));
    assert_null(pool_devnet_chains_block(chains, 8, tip - POOL_DEVNET_HISTORY));
    const struct pool_devnet_block *block = pool_devnet_chains_block(chains, 8, tip - 4000);
    assert_non_null(block);
    assert_true(pool_devnet_chains_is_main(chains, block->hash));
    uint8_t hash[32] = {0xff};
    hash[31] = 8;
    assert_false(pool_devnet_chains_is_main(chains, hash));
    pool_devnet_chains_free(chains);
}

/* ---- difficulty ---------------------------------------------------------------------------- */

static void difficulty_equals_the_vectors(void **state)
{
    (void)state;
    json_t *root = json_load_file(SHARDPICK_TEST_DATA "/alephium.json", 0, NULL);
    assert_non_null(root);
    size_t index = 0;
    json_t *item = NULL;
    unsigned compared = 0;
    json_array_foreach(json_object_get(json_object_get(root, "difficultyHashrate"), "cases"), index,
                       item)
    {
        uint8_t bits[4];
        uint8_t target[32];
        char decimal[32];
        const char *text = json_string_value(json_object_get(item, "bits"));
        if (text == NULL) {
            continue; /* the last one is a remark */
        }
        assert_int_equal(base_hex_decode_exact(bits, 4, text), BASE_OK);
        assert_int_equal(base_target_from_compact(target, base_load_be32(bits)), BASE_OK);
        (void)snprintf(decimal, sizeof decimal, "%llu",
                       (unsigned long long)pool_devnet_difficulty_of(target));
        assert_string_equal(decimal, json_string_value(json_object_get(item, "difficulty")));
        compared++;
    }
    assert_true(compared >= 5);
    json_decref(root);
    uint8_t zero[32] = {0};
    assert_true(pool_devnet_difficulty_of(zero) == UINT64_MAX);
}

/* Mine for some simulated time: each chain's blocks come after exponential times, as hashing finds
 * them, the hashrate being spread evenly over `mined` chains. Pushes every 250 ms. Returns the mean
 * time between blocks of a mined chain over the last `counted` ms. */
static double mine(struct pool_devnet_chains *chains, double hashrate, unsigned mined,
                   uint64_t *now_ms, uint64_t duration_ms, uint64_t counted_ms)
{
    struct base_random random = {99};
    uint64_t number = *now_ms;
    uint64_t end_ms = *now_ms + duration_ms;
    uint64_t blocks = 0;
    for (; *now_ms < end_ms; *now_ms += 250) {
        for (unsigned chain = 0; chain < mined; chain++) {
            const struct pool_devnet_template *template =
                pool_devnet_chains_template(chains, chain);
            double hashes = hashrate / mined * 0.25;
            double chance = -expm1(-hashes / (16.0 * (double)template->difficulty));
            if ((double)(base_random_next(&random) >> 11) * 0x1p-53 < chance) {
                uint8_t message[POOL_DEVNET_MESSAGE_SIZE];
                fill_message(message, template, 0, chain);
                base_store_be64(message + 16, ++number << 8 | chain);
                assert_int_equal(submit_at(chains, message, *now_ms), POOL_DEVNET_ACCEPTED);
                blocks += *now_ms >= end_ms - counted_ms;
            }
        }
        pool_devnet_chains_refresh(chains, *now_ms, 4000);
    }
    return (double)counted_ms * mined / (double)blocks;
}

static void difficulty_settles_from_far_below(void **state)
{
    (void)state;
    struct pool_devnet_chains *chains = new_chains(0x1p20);
    uint64_t now_ms = START_MS;
    /* 20 GH/s: a block should take 10^10 hashes, ten thousand times the start. */
    (void)mine(chains, 20e9, 16, &now_ms, 120000, 60000);
    uint64_t young = 0;
    for (unsigned i = 0; i < 16; i++) {
        young = chains->chain[i].height > young ? chains->chain[i].height : young;
    }
    assert_true(young < 70); /* "a few tens of blocks" */
    double mean_ms = mine(chains, 20e9, 16, &now_ms, 3600000, 3000000);
    assert_true(mean_ms > 7400 && mean_ms < 8600);
    pool_devnet_chains_free(chains);
}

/* What a user sees first: at any hashrate every chain gives blocks within half a minute, and the
 * difficulty neither stays behind nor shoots past. */
static void the_first_half_minute_covers_all_chains(void **state)
{
    (void)state;
    const double hashrates[] = {5e6, 20e6, 100e6, 4e9};
    for (unsigned i = 0; i < BASE_COUNT_OF(hashrates); i++) {
        struct pool_devnet_chains *chains = new_chains(0x1p20);
        uint64_t now_ms = START_MS;
        (void)mine(chains, hashrates[i], 16, &now_ms, 30000, 15000);
        unsigned covered = 0;
        for (unsigned chain = 0; chain < 16; chain++) {
            covered += chains->chain[chain].height > 0;
        }
        assert_int_equal(covered, 16);
        double mean_ms = mine(chains, hashrates[i], 16, &now_ms, 60000, 60000);
        assert_true(mean_ms > 5000 && mean_ms < 12000);
        pool_devnet_chains_free(chains);
    }
}

static void difficulty_follows_the_hashrate_down_and_up(void **state)
{
    (void)state;
    struct pool_devnet_chains *chains = new_chains(0x1p24);
    uint64_t now_ms = START_MS;
    (void)mine(chains, 20e6, 16, &now_ms, 1200000, 60000);
    (void)mine(chains, 5e6, 16, &now_ms, 1200000, 60000);
    double slow_ms = mine(chains, 5e6, 16, &now_ms, 2000000, 2000000);
    assert_true(slow_ms > 7300 && slow_ms < 8700);
    (void)mine(chains, 40e6, 16, &now_ms, 600000, 60000);
    double fast_ms = mine(chains, 40e6, 16, &now_ms, 2000000, 2000000);
    assert_true(fast_ms > 7300 && fast_ms < 8700);
    pool_devnet_chains_free(chains);
}

static void hammering_one_chain_makes_that_chain_harder(void **state)
{
    (void)state;
    struct pool_devnet_chains *chains = new_chains(0x1p20);
    uint64_t now_ms = START_MS;
    (void)mine(chains, 20e6, 16, &now_ms, 1200000, 60000);
    double even = (double)pool_devnet_chains_template(chains, 0)->difficulty;
    double mean_ms = mine(chains, 20e6, 1, &now_ms, 1200000, 600000);
    assert_true((double)pool_devnet_chains_template(chains, 0)->difficulty > 5 * even);
    assert_true((double)pool_devnet_chains_template(chains, 9)->difficulty < 2 * even);
    assert_true(mean_ms > 1000); /* not a flood */
    pool_devnet_chains_free(chains);
}

static void steady_steps_are_bounded(void **state)
{
    (void)state;
    struct pool_devnet_chains *chains = new_chains(0x1p24);
    uint64_t now_ms = START_MS;
    (void)mine(chains, 20e6, 16, &now_ms, 1200000, 60000);
    for (unsigned i = 0; i < 40; i++) { /* everybody finds a block at once, time stands still */
        for (unsigned chain = 0; chain < 16; chain++) {
            find_block(chains, chain, 1 + i);
        }
        pool_devnet_chains_refresh(chains, ++now_ms, 0);
        for (unsigned chain = 0; chain < 16; chain++) {
            uint64_t tip = chains->chain[chain].history[chains->chain[chain].height].difficulty;
            uint64_t next = pool_devnet_chains_template(chains, chain)->difficulty;
            assert_true(i < 20 || (double)next > 1.18 * (double)tip); /* 1 / 0.84, nearly */
            assert_true((double)next < 1.20 * (double)tip);
        }
    }
    pool_devnet_chains_free(chains);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_follow_the_layout),
        cmocka_unit_test(submissions_are_judged_in_the_nodes_order),
        cmocka_unit_test(a_rolled_timestamp_finds_the_template_and_fails),
        cmocka_unit_test(superseded_templates_earn_as_uncles_for_seven_heights),
        cmocka_unit_test(the_cache_forgets_first_in_first_out),
        cmocka_unit_test(blocks_make_the_right_templates_stale),
        cmocka_unit_test(timestamps_grow_when_the_clock_stands),
        cmocka_unit_test(questions_about_blocks),
        cmocka_unit_test(difficulty_equals_the_vectors),
        cmocka_unit_test(difficulty_settles_from_far_below),
        cmocka_unit_test(the_first_half_minute_covers_all_chains),
        cmocka_unit_test(difficulty_follows_the_hashrate_down_and_up),
        cmocka_unit_test(hammering_one_chain_makes_that_chain_harder),
        cmocka_unit_test(steady_steps_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
