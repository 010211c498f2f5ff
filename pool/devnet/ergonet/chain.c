/* chain.c: see chain.h. */
#include "ergonet/chain.h"

#include <string.h>

#include "base/alloc.h"
#include "base/blake2b.h"
#include "base/endian.h"
#include "base/target.h"

enum {
    VERSION = 2,    /* of headers: Autolykos 2 with its shortest header */
    AVERAGED = 8,   /* blocks whose times say how fast the network is */
    STEP = 2,       /* a block's difficulty changes by this factor at most */
    MANTISSA = 3,   /* bytes of nBits behind the size */
    STATE_ROOT = 33 /* bytes */
};

const uint8_t ergonet_key[ERGONET_POINT] = {0x02, 0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac,
                                            0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07, 0x02,
                                            0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2,
                                            0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98};

/* ---- numbers ----------------------------------------------------------------------------------
 */

/* Order of secp256k1. */
static const uint8_t q_be[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};

void ergonet_target(uint8_t b_be[32], uint64_t difficulty)
{
    base_target_divide(b_be, q_be, difficulty);
}

/* Size byte and three bytes of mantissa, whose first bit is a sign and never set. */
uint32_t ergonet_nbits(uint64_t difficulty)
{
    unsigned size = 0;
    while (size < 8 && difficulty >> 8 * size != 0) {
        size++;
    }
    uint64_t mantissa = size <= MANTISSA ? difficulty << 8 * (MANTISSA - size)
                                         : difficulty >> 8 * (size - MANTISSA);
    if ((mantissa & 0x800000) != 0) {
        mantissa >>= 8;
        size++;
    }
    return size << 24 | (uint32_t)mantissa;
}

static uint64_t difficulty_of(uint32_t nbits)
{
    unsigned size = nbits >> 24;
    uint64_t mantissa = nbits & 0x7fffff;
    return size <= MANTISSA ? mantissa >> 8 * (MANTISSA - size) : mantissa << 8 * (size - MANTISSA);
}

char *ergonet_decimal(char text[ERGONET_DECIMAL], const uint8_t number_be[32])
{
    uint8_t rest[32];
    char digits[ERGONET_DECIMAL];
    size_t count = 0;
    memcpy(rest, number_be, sizeof rest);
    do {
        unsigned carry = 0;
        for (size_t i = 0; i < sizeof rest; i++) {
            carry = carry << 8 | rest[i];
            rest[i] = (uint8_t)(carry / 10);
            carry %= 10;
        }
        digits[count++] = (char)('0' + carry);
    } while (base_target_bits(rest) > 0);
    for (size_t i = 0; i < count; i++) {
        text[i] = digits[count - 1 - i];
    }
    text[count] = '\0';
    return text;
}

/* ---- headers ----------------------------------------------------------------------------------
 */

static void put(struct ergonet_candidate *to, const void *bytes, size_t size)
{
    memcpy(to->header + to->header_size, bytes, size);
    to->header_size += size;
}

static void put_random(struct ergonet_candidate *to, struct base_random *random, size_t size)
{
    base_random_bytes(random, to->header + to->header_size, size);
    to->header_size += size;
}

/* Seven bits a byte, least significant first; the top bit says that more follow. */
static void put_vlq(struct ergonet_candidate *to, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        to->header[to->header_size++] = (uint8_t)(0x80 | (value & 0x7f));
    }
    to->header[to->header_size++] = (uint8_t)value;
}

/* Roots are random: what they stand for does not exist here. */
static void write_header(struct ergonet_candidate *to, struct base_random *random,
                         const uint8_t parent[32])
{
    static const uint8_t votes_and_length[4] = {0};
    uint8_t nbits[4];
    base_store_be32(nbits, ergonet_nbits(to->difficulty));
    to->header_size = 0;
    to->header[to->header_size++] = VERSION;
    put(to, parent, 32);
    put_random(to, random, 32); /* AD proofs */
    put_random(to, random, 32); /* transactions */
    put_random(to, random, STATE_ROOT);
    put_vlq(to, to->time_ms);
    put_random(to, random, 32); /* extension */
    put(to, nbits, sizeof nbits);
    put_vlq(to, to->height);
    put(to, votes_and_length, sizeof votes_and_length);
    base_blake2b(to->msg, 32, NULL, to->header, to->header_size);
}

/* ---- difficulty -------------------------------------------------------------------------------
 */

/* Of the block after the tip: the hashrate of the last blocks, times the wanted time. */
static uint64_t next_difficulty(const struct ergonet_chain *chain)
{
    const struct ergonet_block *tip = chain->tip;
    uint32_t first = chain->config->start_height;
    uint32_t count = tip->from.height + 1 - first;
    count = count < AVERAGED ? count : AVERAGED;
    double current = (double)tip->from.difficulty;
    if (count < 2) {
        return tip->from.difficulty;
    }
    double work = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct ergonet_block *block = ergonet_chain_height(chain, tip->from.height - i);
        work += block->foreign ? 0 : (double)block->from.difficulty;
    }
    const struct ergonet_block *before = ergonet_chain_height(chain, tip->from.height - count);
    double took_ms = (double)(tip->arrived_ms - before->arrived_ms) + 1;
    double next = work / took_ms * chain->config->block_time_ms;
    next = next > STEP * current ? STEP * current : next < current / STEP ? current / STEP : next;
    next = next < 1 ? 1 : next > 0x1p60 ? 0x1p60 : next;
    return difficulty_of(ergonet_nbits((uint64_t)next));
}

/* ---- candidates -------------------------------------------------------------------------------
 */

void ergonet_chain_remake(struct ergonet_chain *chain, uint64_t time_ms)
{
    struct ergonet_candidate *now = &chain->now;
    if (now->serial != 0) {
        chain->before = *now;
    }
    *now = (struct ergonet_candidate){
        .serial = ++chain->last_serial,
        .height = chain->tip->from.height + 1,
        .difficulty = next_difficulty(chain),
        .time_ms = time_ms > chain->tip->from.time_ms ? time_ms : chain->tip->from.time_ms + 1,
    };
    ergonet_target(now->b_be, now->difficulty);
    write_header(now, &chain->random, chain->tip->id);
    chain->past[now->serial % ERGONET_PAST] = *now;
}

const struct ergonet_candidate *ergonet_chain_candidate(struct ergonet_chain *chain,
                                                        uint64_t time_ms)
{
    if (chain->now.serial == 0 ||
        (chain->solved.from.serial == 0 && chain->now.height != chain->tip->from.height + 1)) {
        ergonet_chain_remake(chain, time_ms);
    }
    return &chain->now;
}

void ergonet_chain_drop(struct ergonet_chain *chain)
{
    chain->now.serial = 0;
    chain->before.serial = 0;
}

/* ---- blocks -----------------------------------------------------------------------------------
 */

static void finish_block(struct ergonet_block *block, const struct ergonet_candidate *from,
                         const uint8_t nonce[ERGONET_NONCE])
{
    struct base_blake2b hash;
    block->from = *from;
    memcpy(block->nonce, nonce, ERGONET_NONCE);
    base_blake2b_init(&hash, 32, NULL);
    base_blake2b_update(&hash, from->header, from->header_size);
    base_blake2b_update(&hash, ergonet_key, sizeof ergonet_key);
    base_blake2b_update(&hash, nonce, ERGONET_NONCE);
    base_blake2b_final(block->id, &hash);
}

static void add_block(struct ergonet_chain *chain, const struct ergonet_block *block,
                      uint64_t now_ms)
{
    struct ergonet_block *at = &chain->blocks[block->from.height % ERGONET_BLOCKS];
    *at = *block;
    at->arrived_ms = now_ms;
    chain->tip = at;
    chain->solved.from.serial = 0;
}

bool ergonet_solves(const struct ergonet_chain *chain, const struct ergonet_candidate *candidate,
                    const uint8_t nonce[ERGONET_NONCE], const uint8_t b_be[32])
{
    uint8_t trial[40];
    uint8_t hit_be[32];
    memcpy(trial, candidate->msg, 32);
    memcpy(trial + 32, nonce, ERGONET_NONCE);
    const struct pool_net_config *config = chain->config;
    return config->hash(config->algo, hit_be, trial, NULL, 0, candidate->height, config->reduced) &&
           base_target_compare(hit_be, b_be) < 0;
}

bool ergonet_chain_was_good(const struct ergonet_chain *chain, const uint8_t nonce[ERGONET_NONCE])
{
    for (size_t i = 0; i < ERGONET_PAST; i++) {
        const struct ergonet_candidate *past = &chain->past[i];
        if (past->serial != 0 && ergonet_solves(chain, past, nonce, past->b_be)) {
            return true;
        }
    }
    return false;
}

enum ergonet_verdict ergonet_chain_solve(struct ergonet_chain *chain,
                                         const uint8_t nonce[ERGONET_NONCE], uint64_t now_ms)
{
    const struct ergonet_candidate *now = &chain->now;
    const struct ergonet_candidate *before = &chain->before;
    if (chain->solved.from.serial != 0 || now->serial == 0) {
        return ERGONET_ALREADY;
    }
    const struct ergonet_candidate *solved = NULL;
    if (ergonet_solves(chain, now, nonce, now->b_be)) {
        solved = now;
    } else if (before->serial == 0) {
        return ERGONET_NO_ANSWER;
    } else if (ergonet_solves(chain, before, nonce, before->b_be)) {
        solved = before;
    }
    if (solved == NULL || solved->height != chain->tip->from.height + 1) {
        ergonet_chain_drop(chain);
        return solved == NULL ? ERGONET_INVALID : ERGONET_STALE;
    }
    finish_block(&chain->solved, solved, nonce);
    chain->apply_ms = now_ms + chain->config->apply_ms;
    return ERGONET_SOLVED;
}

bool ergonet_chain_apply(struct ergonet_chain *chain, uint64_t now_ms)
{
    if (chain->solved.from.serial == 0 || now_ms < chain->apply_ms) {
        return false;
    }
    add_block(chain, &chain->solved, now_ms);
    return true;
}

void ergonet_chain_foreign(struct ergonet_chain *chain, uint64_t now_ms, uint64_t time_ms)
{
    struct ergonet_block block = {.foreign = true};
    uint8_t nonce[ERGONET_NONCE];
    chain->solved.from.serial = 0;
    base_random_bytes(&chain->random, nonce, sizeof nonce);
    finish_block(&block, ergonet_chain_candidate(chain, time_ms), nonce);
    add_block(chain, &block, now_ms);
}

const struct ergonet_block *ergonet_chain_height(const struct ergonet_chain *chain, uint32_t height)
{
    const struct ergonet_block *block = &chain->blocks[height % ERGONET_BLOCKS];
    return block->from.serial != 0 && block->from.height == height ? block : NULL;
}

const struct ergonet_block *ergonet_chain_find(const struct ergonet_chain *chain,
                                               const uint8_t id[32])
{
    for (size_t i = 0; i < ERGONET_BLOCKS; i++) {
        if (chain->blocks[i].from.serial != 0 && memcmp(chain->blocks[i].id, id, 32) == 0) {
            return &chain->blocks[i];
        }
    }
    return NULL;
}

struct ergonet_chain *ergonet_chain_new(const struct pool_net_config *config, uint64_t seed,
                                        uint64_t now_ms, uint64_t time_ms)
{
    static const uint8_t zero[32] = {0};
    struct ergonet_block first = {.arrived_ms = now_ms};
    struct ergonet_chain *chain = base_alloc(1, sizeof *chain);
    if (chain == NULL) {
        return NULL;
    }
    chain->config = config;
    chain->random.state = seed;
    struct ergonet_candidate from = {
        .serial = ++chain->last_serial,
        .height = config->start_height - 1,
        .difficulty = difficulty_of(ergonet_nbits((uint64_t)config->start_hashes)),
        .time_ms = time_ms - 1,
    };
    write_header(&from, &chain->random, zero);
    finish_block(&first, &from, zero);
    add_block(chain, &first, now_ms);
    return chain;
}

void ergonet_chain_free(struct ergonet_chain *chain)
{
    base_free(chain);
}
