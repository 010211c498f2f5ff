/* test_blocks.c: the last blocks of ours: what is known of each, how many are kept, and what an
 * engine takes over from the one before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "numbers/blocks.h"

static struct pool_block block_of(uint64_t number, enum pool_fate fate)
{
    return (struct pool_block){
        .number = number, .id = "ab", .height = 100 + number, .fate = fate, .watched = true};
}

static void test_notes(void **state)
{
    struct miner_blocks blocks = {.count = 0};
    (void)state;
    for (uint64_t number = 1; number <= MINER_BLOCKS_KEPT + 2; number++) {
        struct pool_block block = block_of(number, POOL_FATE_OPEN);
        assert_int_equal(miner_blocks_note(&blocks, &block, (double)number), POOL_FATE_OPEN);
    }
    assert_int_equal(blocks.count, MINER_BLOCKS_KEPT);
    assert_int_equal(blocks.list[0].block.number, 3); /* the oldest ones are gone */
    struct pool_block more = block_of(5, POOL_FATE_IN_CHAIN);
    more.confirmations = 2;
    assert_int_equal(miner_blocks_note(&blocks, &more, 99), POOL_FATE_OPEN);
    more.fate = POOL_FATE_ORPHANED;
    assert_int_equal(miner_blocks_note(&blocks, &more, 99), POOL_FATE_IN_CHAIN);
    assert_int_equal(blocks.count, MINER_BLOCKS_KEPT);
    assert_int_equal(blocks.list[2].block.fate, POOL_FATE_ORPHANED);
    assert_true(blocks.list[2].time_s == 5); /* when it was taken */
}

static void test_inherits(void **state)
{
    struct miner_blocks older = {.count = 0};
    struct miner_blocks blocks = {.count = 0};
    (void)state;
    for (uint64_t number = 1; number <= MINER_BLOCKS_KEPT; number++) {
        struct pool_block block = block_of(number, POOL_FATE_OPEN);
        (void)miner_blocks_note(&older, &block, (double)number);
    }
    struct pool_block fresh = block_of(1, POOL_FATE_OPEN); /* numbers of another source */
    (void)miner_blocks_note(&blocks, &fresh, 50);
    miner_blocks_inherit(&blocks, &older);
    assert_int_equal(blocks.count, MINER_BLOCKS_KEPT);
    assert_int_equal(blocks.list[0].block.height, 102);
    assert_false(blocks.list[0].block.watched);
    assert_true(blocks.list[MINER_BLOCKS_KEPT - 1].block.watched);
    fresh.fate = POOL_FATE_IN_CHAIN; /* finds its own */
    (void)miner_blocks_note(&blocks, &fresh, 60);
    assert_int_equal(blocks.count, MINER_BLOCKS_KEPT);
    assert_int_equal(blocks.list[MINER_BLOCKS_KEPT - 1].block.fate, POOL_FATE_IN_CHAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_inherits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
