/* nervos_bounds.h: maxima that a CKB node or pool is granted, beside those of wire/bounds.h, with
 * unit and reason. */
#ifndef POOL_NERVOS_BOUNDS_H
#define POOL_NERVOS_BOUNDS_H

enum {
    /* get_block_template: bytes of an answer (a block has 597 000 bytes at most, which is 1.2 MB of
     * hex and less than twice that with the JSON around it), JSON values in it, transactions (the
     * smallest with an input and an output has over 200 bytes), uncles (consensus: 2). */
    POOL_NERVOS_ANSWER_MAX = 8 << 20,
    POOL_NERVOS_VALUES_MAX = 200000,
    POOL_NERVOS_TXS_MAX = 8192,
    POOL_NERVOS_UNCLES_MAX = 16,

    /* Bytes of an extension (RFC 0031: 96) and of the cellbase's witness: lock and message. */
    POOL_NERVOS_EXTENSION_MAX = 96,
    POOL_NERVOS_WITNESS_MAX = 64 << 10,

    /* Args of a lock that a block may pay, bytes. Usual locks have 20 to 22. A large lock costs
     * more capacity than a reward has and would lose it (ckb.md 10.11). */
    POOL_NERVOS_ARGS_MAX = 46,
};

#endif
