/* ckb_hash.h: the hash of everything in CKB but the proof of work: BLAKE2b (RFC 7693) with a digest
 * of 32 bytes, no key and the personalization "ckb-default-hash". Source: ckb.md 1. */
#ifndef POOL_CKB_HASH_H
#define POOL_CKB_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/blake2b.h"

/** Begin a hash that is fed in parts, by base_blake2b_add. */
void pool_ckb_hash_init(struct base_blake2b *hash);

/** All at once. digest may overlap bytes. */
void pool_ckb_hash(uint8_t digest[32], const void *bytes, size_t size);

/** Hash of two hashes, one behind the other. parent may be one of them. */
void pool_ckb_hash_pair(uint8_t parent[32], const uint8_t left[32], const uint8_t right[32]);

/** Root of the complete binary Merkle tree (RFC 0006): node i = hash(node 2i+1, node 2i+2), leaves
 * at the end. No leaves: 32 zero bytes; one leaf is its own root.
 * In/out:  nodes  room for 2 * count - 1; the last count are the leaves in order. */
void pool_ckb_merkle(uint8_t root[32], uint8_t (*nodes)[32], size_t count);

#endif
