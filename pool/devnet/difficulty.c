/* difficulty.c: how hard the next block of a development chain is. Integers only.
 *
 * The estimate: the work of the last W blocks (sum of their difficulties) over the time they took
 * gives difficulty per millisecond, times the wanted block time gives the next difficulty. Summing
 * work instead of scaling the last target keeps the loop stable without damping.
 * It is made twice, over the windows of all chains together and over this chain's window, and the
 * mean of the two is taken: chains stay together, and one that is hammered alone gets harder alone.
 * From the chain's own tip it may move by one step: as if the window had taken 16 % less or 8 %
 * more time than wanted (alephium.md 2). A chain that runs more than W blocks ahead of the others
 * pays a flat 5 % on top.
 * While a chain is young the step is a factor of 4 and the window 8 blocks, so that a network
 * started far from the hashrate settles within a few tens of blocks.
 *
 * The genesis block is no mark of time: nobody knows when the first miner came. */
#include <string.h>

#include "base/target.h"
#include "chain.h"

enum { FAST_WINDOW = 8, FAST_FACTOR = 4, STEP_FASTER = 84, STEP_SLOWER = 108 }; /* percent */

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

/* Add the last `blocks` blocks above height 1. False when there are none. */
static bool window_add(struct window *window, const struct pool_devnet_chain *chain,
                       uint64_t blocks)
{
    if (chain->height < 2) {
        return false;
    }
    uint64_t first = chain->height > blocks ? chain->height - blocks : 1;
    for (uint64_t height = first + 1; height <= chain->height; height++) {
        window->work += block_at(chain, height)->difficulty;
    }
    window->span_ms +=
        block_at(chain, chain->height)->timestamp_ms - block_at(chain, first)->timestamp_ms;
    return true;
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

uint64_t pool_devnet_difficulty_next(const struct pool_devnet_chains *chains, unsigned chain)
{
    const struct pool_devnet_chain *self = &chains->chain[chain];
    bool fast = self->height < POOL_DEVNET_FAST_BLOCKS;
    uint64_t blocks = fast ? FAST_WINDOW : POOL_DEVNET_WINDOW;
    struct window all = {0};
    struct window own = {0};
    unsigned __int128 tips = 0;
    unsigned counted = 0;
    uint64_t height_sum = 0;
    for (unsigned i = 0; i < POOL_DEVNET_CHAINS; i++) {
        const struct pool_devnet_chain *other = &chains->chain[i];
        height_sum += other->height;
        if (window_add(&all, other, blocks)) {
            tips += block_at(other, other->height)->difficulty;
            counted++;
        }
    }
    if (counted == 0) {
        return chains->start_difficulty;
    }
    unsigned __int128 base = tips / counted;
    unsigned __int128 wanted = estimate(&all, chains->block_time_ms);
    if (window_add(&own, self, blocks)) {
        base = block_at(self, self->height)->difficulty;
        wanted = (wanted + estimate(&own, chains->block_time_ms)) / 2;
    }
    uint64_t next = fast ? limit(wanted, base / FAST_FACTOR, base * FAST_FACTOR)
                         : limit(wanted, base * 100 / STEP_SLOWER, base * 100 / STEP_FASTER);
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
