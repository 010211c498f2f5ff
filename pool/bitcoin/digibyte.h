/* digibyte.h: what of DigiByte is not the Bitcoin family's: its algorithms, and what its addresses
 * and logins look like. Source: digibyte.md 1, 3, 6.1, 11. */
#ifndef POOL_DIGIBYTE_H
#define POOL_DIGIBYTE_H

#include <stddef.h>

#include "base/status.h"
#include "protocol/algo.h"
#include "protocol/coin.h"

/* In the order of the coin's algorithms; ended by one without name. */
extern const struct pool_algo pool_digibyte_algos[];

/* What an address pays to. Value. */
struct pool_digibyte_payee {
    bool test;           /* of a test network */
    bool script_hash;    /* base58: P2SH instead of P2PKH */
    int witness;         /* version of the witness program, 0..16; -1: base58 */
    uint8_t payload[40]; /* hash or witness program */
    size_t payload_size; /* bytes: 20, or 2..40 for witness programs */
};

/** Check one address (text_size characters): base58 P2PKH and P2SH, or bech32.
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence that says what is wrong. */
BASE_MUST_CHECK enum base_status pool_digibyte_address(struct pool_digibyte_payee *payee,
                                                       const char *text, size_t text_size,
                                                       struct base_error *error);

/** Output script for an address that blocks of our own pay: P2PKH, P2SH, witness versions 0 and 1.
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence: no address, or one that cannot be spent from
 *          safely (later witness versions have no rules yet). */
BASE_MUST_CHECK enum base_status pool_digibyte_payout(struct pool_script *script,
                                                      const char *address,
                                                      struct base_error *error);

/** Look at a pool's user: ADDRESS or ADDRESS.WORKER; or a user name of a pool that keeps accounts,
 * which is everything that does not look like an address.
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence: it looks like an address and is none;
 * BASE_E_REFUSED it looks like a private key. */
BASE_MUST_CHECK enum base_status pool_digibyte_login(const char *user, struct base_error *error);

#endif
