/* difficulty.c: how hard the next block of a development chain is. Integers only.
 *
 * Steady (a chain of 34 blocks and more): the work of the last 17 blocks (the sum of their
 * difficulties) over the time they took, times the wanted block time. Summing work instead of
 * scaling the last target keeps the loop stable without damping. The sum is made twice, over the
 * windows of all chains together and over this chain's window, and the mean of the two is taken:
 * chains stay together, and one that is hammered alone gets harder alone. From the chain's own tip
 * it may move by one step: as if the window had taken 16 % less or 8 % more time than wanted
 * (alephium.md 2). A chain that runs more than 17 blocks ahead of the others pays a flat 5 %.
 *
 * Young: the first block of every chain has the start difficulty. After that the work of all
 * chains since the first block of the network (of the last 8 block times at most), over that time,
 * decides; windows between blocks would say too much, for only lucky chains have one yet. The step
 * is a factor of 4, so a network that starts far from the hashrate settles within a few tens of
 * blocks. */
#include <string.h>

#include "base/target.h"
#include "devnet/chain.h"

enum { STEP_FASTER = 84, STEP_SLOWER = 108 };                  /* percent */
enum { FAST_FACTOR = 4, FAST_TIMES = 8, FAST_BLOCKS_MIN = 8 }; /* fewer blocks tell nothing */

static const uint64_t DIFFICULTY_MAX = UINT64_C(1) << 56; /* 2^60 hashes a block: out of reach */

/* Work and time of the newest blocks of a chain, or of several. */
struct window {
    unsigned __int128 work;
    uint64_t span_ms;
};

static const struct pool_devnet_block *block_at(const struct pool_devnet_chain *chain,
                                                uint64_t height)
{
    return &chain->history[height % POOL_DEVNET_HISTORY];
}

/* Add the last blocks, not the first one: nobody knows when its mining began. */
static void window_add(struct window *window, const struct pool_devnet_chain *chain)
{
    if (chain->height < 2) {
        return;
    }
    uint64_t first = chain->height > POOL_DEVNET_WINDOW ? chain->height - POOL_DEVNET_WINDOW : 1;
    for (uint64_t height = first + 1; height <= chain->height; height++) {
        window->work += block_at(chain, height)->difficulty;
    }
    window->span_ms +=
        block_at(chain, chain->height)->timestamp_ms - block_at(chain, first)->timestamp_ms;
}

static uint64_t limit(unsigned __int128 value, unsigned __int128 least, unsigned __int128 most)
{
    value = value > most ? most : value;
    value = value < least ? least : value;
    value = value > DIFFICULTY_MAX ? DIFFICULTY_MAX : value;
    return value > 0 ? (uint64_t)value : 1;
}

/* Difficulty at which blocks come in time, by this window. */
static unsigned __int128 estimate(const struct window *window, uint64_t block_time_ms)
{
    return window->work * block_time_ms / (window->span_ms > 0 ? window->span_ms : 1);
}

static uint64_t young_next(const struct pool_devnet_chains *chains,
                           const struct pool_devnet_chain *self, uint64_t time_ms)
{
    struct window all = {0};
    unsigned counted = 0;
    uint64_t base = block_at(self, self->height)->difficulty;
    uint64_t longest_ms = FAST_TIMES * chains->block_time_ms;
    uint64_t mark_ms = chains->first_found_ms;
    if (self->height == 0) {
        return chains->start_difficulty;
    }
    if (time_ms > longest_ms && time_ms - longest_ms > mark_ms) {
        mark_ms = time_ms - longest_ms;
    }
    for (unsigned i = 0; i < POOL_DEVNET_CHAINS; i++) {
        const struct pool_devnet_chain *other = &chains->chain[i];
        for (uint64_t back = 0; back < other->height && back < POOL_DEVNET_HISTORY; back++) {
            const struct pool_devnet_block *block = block_at(other, other->height - back);
            if (block->found_ms < mark_ms) {
                break;
            }
            all.work += block->difficulty;
            counted++;
        }
    }
    if (counted < FAST_BLOCKS_MIN && time_ms < mark_ms + longest_ms) {
        return base;
    }
    all.span_ms = time_ms > mark_ms ? POOL_DEVNET_CHAINS * (time_ms - mark_ms) : 1;
    return limit(estimate(&all, chains->block_time_ms), base / FAST_FACTOR,
                 (unsigned __int128)base * FAST_FACTOR);
}

uint64_t pool_devnet_difficulty_next(const struct pool_devnet_chains *chains, unsigned chain,
                                     uint64_t time_ms)
{
    const struct pool_devnet_chain *self = &chains->chain[chain];
    struct window all = {0};
    struct window own = {0};
    uint64_t height_sum = 0;
    if (self->height < POOL_DEVNET_FAST_BLOCKS) {
        return young_next(chains, self, time_ms);
    }
    for (unsigned i = 0; i < POOL_DEVNET_CHAINS; i++) {
        height_sum += chains->chain[i].height;
        window_add(&all, &chains->chain[i]);
    }
    window_add(&own, self);
    unsigned __int128 base = block_at(self, self->height)->difficulty;
    unsigned __int128 wanted =
        (estimate(&all, chains->block_time_ms) + estimate(&own, chains->block_time_ms)) / 2;
    uint64_t next = limit(wanted, base * 100 / STEP_SLOWER, base * 100 / STEP_FASTER);
    if (self->height > height_sum / POOL_DEVNET_CHAINS + POOL_DEVNET_WINDOW) {
        next += next / 20;
    }
    return next;
}

uint64_t pool_devnet_difficulty_of(const uint8_t target_be[32])
{
    uint8_t rest[33] = {0}; /* long division of 2^256, one bit a step; 33 bytes: below 2 * target */
    uint8_t divisor[33] = {0};
    memcpy(divisor + 1, target_be, 32);
    if (base_target_bits(target_be) == 0) {
        divisor[32] = 1;
    }
    uint64_t quotient = 0;
    for (unsigned bit = 0; bit <= 256; bit++) {
        unsigned carry = bit == 0; /* the only bit of 2^256 that is set is its first */
        for (int i = 32; i >= 0; i--) {
            carry |= (unsigned)rest[i] << 1;
            rest[i] = (uint8_t)carry;
            carry >>= 8;
        }
        if (quotient >> 63 != 0) {
            return UINT64_MAX;
        }
        quotient <<= 1;
        if (memcmp(rest, divisor, sizeof rest) >= 0) {
            unsigned borrow = 0;
            for (int i = 32; i >= 0; i--) {
                unsigned value = 256U + rest[i] - divisor[i] - borrow;
                rest[i] = (uint8_t)value;
                borrow = value < 256;
            }
            quotient |= 1;
        }
    }
    return quotient;
}

void pool_devnet_difficulty_target(uint8_t target_be[32], uint32_t *compact, uint64_t difficulty)
{
    base_target_ones(target_be, 256);
    base_target_divide(target_be, target_be, difficulty > 0 ? difficulty : 1);
    *compact = base_target_to_compact(target_be);
    enum base_status status = base_target_from_compact(target_be, *compact);
    BASE_ASSERT(status == BASE_OK); /* what to_compact wrote always fits */
}
