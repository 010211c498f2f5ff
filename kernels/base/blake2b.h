/* blake2b.h: BLAKE2b (RFC 7693; personalisation: the BLAKE2 paper, 2.8) in plain words, without key
 * and salt: for references, for what is done once a job, and for what is hashed beside the proof of
 * work (addresses, transactions, headers). Not for hot loops: the vector form is
 * prim/blake2b_body.h, which starts from a state of this one. Words are little-endian. OpenSSL 3.0
 * has neither digests of another size than 64 nor a personalisation without a key. */
#ifndef BASE_BLAKE2B_H
#define BASE_BLAKE2B_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BASE_BLAKE2B_BLOCK = 128,   /* bytes of a message block */
    BASE_BLAKE2B_MAX = 64,      /* bytes of the longest digest */
    BASE_BLAKE2B_PERSONAL = 16, /* bytes of a personalisation */
};

/** Initial hash value (RFC 7693, 2.6). */
extern const uint64_t base_blake2b_iv[8];

/** A hash in progress. A plain value: a copy continues on its own, so that messages with a common
 * beginning hash that beginning once. */
struct base_blake2b {
    uint64_t h[8];                    /* chaining value after the blocks compressed so far */
    uint64_t compressed_bytes;        /* message bytes in those blocks; a multiple of 128 */
    uint8_t held[BASE_BLAKE2B_BLOCK]; /* the bytes behind them: 1..128, 0 only at the start. The
                                         last block is compressed by _final alone */
    size_t held_size;                 /* bytes used in held */
    size_t hash_size;                 /* bytes of the digest */
};

/** Begin a hash.
 * Out: state      any memory.
 * In:  hash_size  1..64 bytes; part of the parameter block, so a longer digest is not a
 *                 continuation of a shorter one.
 *      personal   16 bytes, or NULL for zeros. */
void base_blake2b_init(struct base_blake2b *state, size_t hash_size, const uint8_t *personal);

/** Append size bytes; message may be NULL when size is 0. */
void base_blake2b_update(struct base_blake2b *state, const void *message, size_t size);

/** Finish. Out: hash, hash_size bytes as told to _init. The state must not be used afterwards. */
void base_blake2b_final(uint8_t *hash, struct base_blake2b *state);

/** All of the above for one message, which hash may overlap. */
void base_blake2b(uint8_t *hash, size_t hash_size, const uint8_t *personal, const void *message,
                  size_t size);

/** One application of the compression function F (RFC 7693, 3.2). h: chaining value, in and out.
 * m: message words as host integers. byte_count: message bytes up to and with this block, without
 * padding; the 64 high bits of the counter are 0. last: this is the last block. */
void base_blake2b_compress(uint64_t h[8], const uint64_t m[16], uint64_t byte_count, bool last);

#endif
