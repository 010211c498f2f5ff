/* molecule.h: CKB's serialization (RFC 0008), as far as a miner needs it: transactions and headers
 * from JSON into the bytes that are hashed, and the witness of a cellbase both ways. Numbers are
 * little-endian; the JSON is not to be trusted. Source: ckb.md 3 and 4. */
#ifndef POOL_MOLECULE_H
#define POOL_MOLECULE_H

#include <jansson.h>

#include "base/status.h"
#include "nervos/nervos_bounds.h"
#include "wire/frame.h"

enum {
    POOL_CKB_HEADER = 192, /* bytes of a raw header, without nonce; offsets in it: */
    POOL_CKB_COMPACT = 4,
    POOL_CKB_TIME = 8, /* ms */
    POOL_CKB_NUMBER = 16,
    POOL_CKB_EPOCH = 24,
    POOL_CKB_PARENT = 32,
    POOL_CKB_TXS_ROOT = 64,
    POOL_CKB_PROPOSALS = 96,
    POOL_CKB_EXTRA = 128,
    POOL_CKB_DAO = 160,
    POOL_CKB_NONCE = 16, /* bytes */
};

/* A lock script. Value. */
struct pool_ckb_lock {
    uint8_t code_hash[32];
    uint8_t hash_type; /* data 0, type 1, data1 2, data2 4 */
    uint8_t args[POOL_NERVOS_ARGS_MAX];
    size_t args_size; /* bytes */
};

/** "0x" and digits without leading zeros. Returns: true and *value on success. */
bool pool_ckb_number(uint64_t *value, const json_t *json);

/** "0x" and exactly 2 * size digits. */
bool pool_ckb_bytes(uint8_t *bytes, size_t size, const json_t *json);

/** "0x" and at most 2 * cap digits. Out: size  bytes. */
bool pool_ckb_bytes_upto(uint8_t *bytes, size_t cap, size_t *size, const json_t *json);

/** Hashes of a transaction: of its raw part, and of all of it.
 * Returns: BASE_OK; BASE_E_FORMAT a member is missing or none of its kind; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_ckb_tx_hashes(uint8_t hash[32], uint8_t witness_hash[32],
                                                    const json_t *tx);

/** A header with its nonce, as an uncle has one: the bytes that its block hash is of. Returns:
 * false when a member is missing or none of its kind. */
bool pool_ckb_header_read(uint8_t header[POOL_CKB_HEADER + POOL_CKB_NONCE], const json_t *json);

/** The nonce as JSON has it: the number whose little-endian bytes it is, without leading zeros.
 * text has room for 35 characters. */
void pool_ckb_nonce_text(char text[35], const uint8_t nonce[POOL_CKB_NONCE]);

/* ---- the cellbase's witness ------------------------------------------------------------------ */

/** Take CellbaseWitness(lock, message) apart.
 * Out:     lock          of a script whose args are longer than we write, args_size is 0 and
 *                        *long_args true
 *          message, message_size  borrowed from witness
 * Returns: BASE_OK; BASE_E_FORMAT. */
BASE_MUST_CHECK enum base_status pool_ckb_witness_read(struct pool_ckb_lock *lock, bool *long_args,
                                                       const uint8_t **message,
                                                       size_t *message_size, const uint8_t *witness,
                                                       size_t size);

/** Append such a witness. Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_ckb_witness_write(struct pool_buffer *out,
                                                        const struct pool_ckb_lock *lock,
                                                        const uint8_t *message,
                                                        size_t message_size);

#endif
