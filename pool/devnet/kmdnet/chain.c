/* chain.c: see chain.h. */
#include "kmdnet/chain.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/target.h"

enum {
    WINDOW = 8,          /* blocks whose pace sets the next target */
    DOWN_PERMILLE = 840, /* limits of one step of the target */
    UP_PERMILLE = 1320,
};

void kmdnet_sha256d(uint8_t hash[32], const void *bytes, size_t size)
{
    int done = EVP_Digest(bytes, size, hash, NULL, EVP_sha256(), NULL) == 1 &&
               EVP_Digest(hash, 32, hash, NULL, EVP_sha256(), NULL) == 1;
    BASE_ASSERT(done);
}

void kmdnet_reverse(uint8_t to[32], const uint8_t from[32])
{
    for (size_t i = 0; i < 32; i++) {
        to[i] = from[31 - i];
    }
}

size_t kmdnet_solution_size(uint32_t reduced)
{
    return reduced == 96 ? 68 : reduced == 48 ? 36 : KMDNET_SOLUTION_MAX;
}

/* ---- targets --------------------------------------------------------------------------------- */

/* Compact form with a sign bit that is never set (komodo.md 3.5); the target loses its low bytes.
 */
static uint32_t round_target(uint8_t target_be[32])
{
    uint32_t bits = base_target_to_compact(target_be);
    if ((bits & 0x800000) != 0) {
        bits = ((bits >> 24) + 1) << 24 | (bits & 0xffffff) >> 8;
    }
    enum base_status status = base_target_from_compact(target_be, bits);
    BASE_ASSERT(status == BASE_OK);
    return bits;
}

uint32_t kmdnet_chain_target(uint8_t target_be[32], const struct kmdnet_chain *chain,
                             const struct kmdnet_block *parent)
{
    const struct kmdnet_block *first = parent;
    uint64_t steps = 0;
    while (steps < WINDOW && kmdnet_chain_at(chain, first->parent) != NULL) {
        first = kmdnet_chain_at(chain, first->parent);
        steps++;
    }
    memcpy(target_be, parent->target_be, 32);
    if (steps >= 2) {
        uint64_t wanted_ms = steps * chain->config->block_time_ms;
        uint64_t permille = (parent->arrived_ms - first->arrived_ms) * 1000 / wanted_ms;
        permille = permille < DOWN_PERMILLE ? DOWN_PERMILLE : permille;
        permille = permille > UP_PERMILLE ? UP_PERMILLE : permille;
        base_target_divide(target_be, target_be, 1000);
        base_target_multiply(target_be, target_be, permille);
    }
    if (base_target_compare(target_be, chain->easiest_be) > 0) {
        memcpy(target_be, chain->easiest_be, 32);
    }
    if (base_target_compare(target_be, chain->hardest_be) < 0) {
        memcpy(target_be, chain->hardest_be, 32);
    }
    return round_target(target_be);
}

static int by_value(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;
    return (*x > *y) - (*x < *y);
}

uint32_t kmdnet_chain_median(const struct kmdnet_chain *chain, const struct kmdnet_block *parent)
{
    uint32_t times[KMDNET_MEDIAN];
    size_t count = 0;
    for (const struct kmdnet_block *at = parent; at != NULL && count < KMDNET_MEDIAN;
         at = kmdnet_chain_at(chain, at->parent)) {
        times[count++] = at->time;
    }
    qsort(times, count, sizeof times[0], by_value);
    return times[count / 2];
}

/* ---- blocks ---------------------------------------------------------------------------------- */

const struct kmdnet_block *kmdnet_chain_at(const struct kmdnet_chain *chain, uint64_t serial)
{
    const struct kmdnet_block *block = &chain->blocks[serial % KMDNET_BLOCKS];
    return serial != 0 && block->serial == serial ? block : NULL;
}

const struct kmdnet_block *kmdnet_chain_find(const struct kmdnet_chain *chain,
                                             const uint8_t hash[32])
{
    for (size_t i = 0; i < KMDNET_BLOCKS; i++) {
        if (chain->blocks[i].serial != 0 && memcmp(chain->blocks[i].hash, hash, 32) == 0) {
            return &chain->blocks[i];
        }
    }
    return NULL;
}

const struct kmdnet_block *kmdnet_chain_height(const struct kmdnet_chain *chain, uint32_t height)
{
    const struct kmdnet_block *at = chain->tip;
    while (at != NULL && at->height > height) {
        at = kmdnet_chain_at(chain, at->parent);
    }
    return at != NULL && at->height == height ? at : NULL;
}

const struct kmdnet_block *kmdnet_chain_add(struct kmdnet_chain *chain, struct kmdnet_block *block)
{
    block->serial = ++chain->last_serial;
    struct kmdnet_block *kept = &chain->blocks[block->serial % KMDNET_BLOCKS];
    *kept = *block;
    if (chain->tip == NULL || kept->height > chain->tip->height) {
        chain->tip = kept;
    }
    return kept;
}

void kmdnet_chain_foreign(struct kmdnet_chain *chain, uint64_t now_ms, uint32_t time)
{
    uint32_t median = kmdnet_chain_median(chain, chain->tip);
    struct kmdnet_block block = {.parent = chain->tip->serial,
                                 .height = chain->tip->height + 1,
                                 .time = time > median ? time : median + 1,
                                 .arrived_ms = now_ms};
    (void)kmdnet_chain_target(block.target_be, chain, chain->tip);
    base_random_bytes(&chain->random, block.hash, sizeof block.hash);
    (void)kmdnet_chain_add(chain, &block);
}

struct kmdnet_chain *kmdnet_chain_new(uint64_t seed, const struct pool_net_config *config,
                                      uint64_t now_ms, uint32_t time)
{
    static const uint8_t limit_be[32] = {0x0f, 0x0f, 0x0f}; /* the coin's easiest target */
    struct kmdnet_chain *chain = base_alloc(1, sizeof *chain);
    if (chain == NULL) {
        return NULL;
    }
    chain->random.state = seed;
    chain->config = config;
    base_target_ones(chain->start_be, 256);
    base_target_divide(chain->start_be, chain->start_be, (uint64_t)config->start_hashes);
    (void)round_target(chain->start_be);
    memcpy(chain->easiest_be, limit_be, 32);
    if (base_target_compare(chain->start_be, chain->easiest_be) > 0) {
        memcpy(chain->easiest_be, chain->start_be, 32);
    }
    base_target_divide(chain->hardest_be, chain->start_be, UINT64_C(1) << 32);
    struct kmdnet_block genesis = {.time = time - 1, .arrived_ms = now_ms};
    memcpy(genesis.target_be, chain->start_be, 32);
    base_random_bytes(&chain->random, genesis.hash, sizeof genesis.hash);
    (void)kmdnet_chain_add(chain, &genesis);
    return chain;
}

void kmdnet_chain_free(struct kmdnet_chain *chain)
{
    base_free(chain);
}
