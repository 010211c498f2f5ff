/* poolshare.c: what the pool port does with a share: the checks in the official order, the share
 * targets, and the difficulty that follows a miner. Facts: alephium.md 6.4 and 6.5. */
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "devnet/address.h"
#include "devnet/poolport.h"

enum { TOLERANCE = 30 }; /* percent that the share rate may be off before vardiff acts */

const char *poolport_code_text(enum poolport_code code)
{
    static const char *const texts[] = {
#define X(name, text) text,
        POOLPORT_CODE_MAP(X)
#undef X
    };
    size_t index = (size_t)code - POOLPORT_JOB_NOT_FOUND;
    BASE_ASSERT(index < BASE_COUNT_OF(texts));
    return texts[index];
}

void poolport_share_target(uint8_t target_be[32], const struct pool_devnet_config *config,
                           uint64_t units)
{
    /* floor((2^(256 - zeros) - 1) * 1024 / units); the product may need more than 256 bits, so
     * with fewer than 10 zeros the multiplication saturates, as near as a target can come. */
    base_target_ones(target_be, 256 - config->pool_zeros);
    base_target_multiply(target_be, target_be, POOLPORT_UNITS);
    base_target_divide(target_be, target_be, units);
}

uint64_t poolport_share_units(double difficulty)
{
    double units = difficulty * POOLPORT_UNITS;
    if (!(units >= 1)) {
        return 1;
    }
    if (units >= 0x1p53) {
        return UINT64_C(1) << 53;
    }
    uint64_t whole = (uint64_t)units;
    return whole + ((double)whole < units);
}

bool poolport_share_step(struct poolport_miner *miner)
{
    if (miner->wanted_units == miner->units) {
        return false;
    }
    miner->previous_units = miner->units;
    miner->units = miner->wanted_units;
    return true;
}

/* Vardiff, after an accepted share: only miners that find shares are ever changed. Never so hard
 * that a block of the network would not be a share. */
static void steer(struct pool_devnet *devnet, struct poolport_miner *miner)
{
    const struct pool_serve_vardiff_config vardiff = {
        .share_ms = devnet->config.vardiff_share_ms,
        .look_ms = devnet->config.vardiff_look_ms,
        .tolerance_percent = TOLERANCE,
    };
    double factor = pool_serve_vardiff_share(&miner->vardiff, &vardiff, devnet->now_ms);
    if (factor < 1 || factor > 1) {
        uint64_t most = pool_devnet_chains_difficulty(devnet->chains) * POOLPORT_UNITS >>
                        devnet->config.pool_zeros;
        uint64_t units = poolport_share_units((double)miner->units / POOLPORT_UNITS * factor);
        units = units > most ? most : units;
        miner->wanted_units = units > 0 ? units : 1;
    }
}

static struct poolport_job *find_job(struct poolport *port, const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;
    uint32_t id = 0;
    for (size_t i = 0; i < size; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *digit = size <= 4 ? strchr(digits, text[i]) : NULL;
        if (digit == NULL) {
            return NULL;
        }
        id = id << 4 | (uint32_t)(digit - digits) % 16;
    }
    for (size_t i = 0; id != 0 && i < POOLPORT_JOBS; i++) {
        if (port->jobs[i].id == id) {
            return &port->jobs[i];
        }
    }
    return NULL;
}

/* Remember a nonce of a job; false when it was there. Without memory it is not remembered. */
static bool new_nonce(struct poolport_job *job, const uint8_t nonce[POOL_DEVNET_NONCE_SIZE])
{
    size_t kept = job->nonce_count < POOLPORT_NONCES ? job->nonce_count : POOLPORT_NONCES;
    for (size_t i = 0; i < kept; i++) {
        if (memcmp(job->nonces[i], nonce, POOL_DEVNET_NONCE_SIZE) == 0) {
            return false;
        }
    }
    if (kept == job->nonce_cap && kept < POOLPORT_NONCES) {
        size_t cap = kept > 0 ? 2 * kept : 16;
        void *grown = base_realloc(job->nonces, cap, POOL_DEVNET_NONCE_SIZE);
        if (grown == NULL) {
            return true;
        }
        job->nonces = grown;
        job->nonce_cap = cap;
    }
    memcpy(job->nonces[job->nonce_count % POOLPORT_NONCES], nonce, POOL_DEVNET_NONCE_SIZE);
    job->nonce_count++;
    return true;
}

/* Whole nonce of a share; false when it is not 24 bytes, or not this miner's. */
static bool read_nonce(uint8_t nonce[POOL_DEVNET_NONCE_SIZE], struct pool_devnet *devnet,
                       const struct poolport_miner *miner, const struct poolport_job *job,
                       const struct poolport_share *share)
{
    size_t fixed = share->nonce_tail_only ? miner->extranonce_size : 0;
    memcpy(nonce, miner->extranonce, fixed);
    if (share->nonce == NULL || base_hex_decode_exact(nonce + fixed, POOL_DEVNET_NONCE_SIZE - fixed,
                                                      share->nonce) != BASE_OK) {
        return false;
    }
    if (job->serial > miner->extranonce_serial &&
        memcmp(nonce, miner->extranonce, miner->extranonce_size) != 0) {
        devnet->stats.foreign_extranonce++;
        return devnet->config.pool_lax;
    }
    return true;
}

static enum poolport_code judge(struct pool_devnet *devnet, struct poolport_miner *miner,
                                const struct poolport_share *share)
{
    uint8_t message[POOL_DEVNET_MESSAGE_SIZE];
    uint8_t hash[32];
    uint8_t target[32];
    struct poolport_job *job = find_job(devnet->poolport, share->job_id);
    if (job == NULL) {
        return POOLPORT_JOB_NOT_FOUND;
    }
    if (share->chain_given && (share->from != job->chain / POOL_DEVNET_GROUPS ||
                               share->to != job->chain % POOL_DEVNET_GROUPS)) {
        return POOLPORT_INVALID_CHAIN;
    }
    if (share->worker == NULL || !pool_devnet_address_worker(share->worker)) {
        return POOLPORT_INVALID_WORKER;
    }
    if (!read_nonce(message, devnet, miner, job, share)) {
        return POOLPORT_INVALID_NONCE;
    }
    if (!new_nonce(job, message)) {
        return POOLPORT_DUPLICATE;
    }
    memcpy(message + POOL_DEVNET_NONCE_SIZE, job->header, sizeof job->header);
    devnet->config.hash(hash, message);
    bool block = base_target_meets(hash, job->block_target_be);
    poolport_share_target(target, &devnet->config, miner->units);
    bool good = block || base_target_meets(hash, target);
    if (!good && miner->previous_units > 0) {
        poolport_share_target(target, &devnet->config, miner->previous_units);
        good = base_target_meets(hash, target);
    }
    if (!good) {
        return POOLPORT_LOW_DIFFICULTY;
    }
    if (pool_devnet_chain_of(hash) != job->chain) {
        return POOLPORT_WRONG_CHAIN;
    }
    if (block) {
        struct pool_devnet_outcome outcome;
        pool_devnet_judge(&outcome, devnet, message);
    }
    return POOLPORT_ACCEPTED;
}

enum poolport_code poolport_share_take(struct pool_devnet *devnet, struct client *client,
                                       const struct poolport_share *share)
{
    enum poolport_code code = judge(devnet, client->miner, share);
    uint32_t skim = devnet->config.faults.skim;
    if (code == POOLPORT_ACCEPTED && skim > 0 && ++client->miner->good % skim == 0) {
        code = POOLPORT_JOB_NOT_FOUND;
    }
    if (code == POOLPORT_ACCEPTED) {
        devnet->stats.shares_accepted++;
        steer(devnet, client->miner);
    } else {
        devnet->stats.shares_refused++;
        devnet->stats.shares_code[code - POOLPORT_JOB_NOT_FOUND]++;
    }
    return code;
}
