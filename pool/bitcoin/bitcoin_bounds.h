/* bitcoin_bounds.h: maxima that a pool or node of the Bitcoin family is granted, beside those of
 * wire/bounds.h, with unit and reason. */
#ifndef POOL_BITCOIN_BOUNDS_H
#define POOL_BITCOIN_BOUNDS_H

enum {
    /* Pools: each half of a coinbase, bytes (stratum.md 9.5). Merkle branches: a block of 4 MB
       needs 16. */
    POOL_V1_COINBASE_MAX = 10000,
    POOL_V1_BRANCHES_MAX = 32,

    /* getblocktemplate: bytes of an answer (a full block of 4 MB is 8 MB of hex, its 16 000
     * transactions about 5 MB of JSON around it), JSON values in it, transactions (the smallest
     * weighs 240 of 4 000 000), raw bytes of all of them. */
    POOL_GBT_ANSWER_MAX = 32 << 20,
    POOL_GBT_VALUES_MAX = 600000,
    POOL_GBT_TXS_MAX = 20000,
    POOL_GBT_RAW_MAX = 8 << 20,
};

#endif
