/* nervos_address.h: CKB addresses: a lock script and the kind of network, in bech32m (full, since
 * 2021) or bech32 (short, and full of 2019; both deprecated and still in use). Source: ckb.md 7. */
#ifndef POOL_NERVOS_ADDRESS_H
#define POOL_NERVOS_ADDRESS_H

#include "nervos/molecule.h"
#include "protocol/coin.h"

enum { POOL_CKB_ADDRESS_MAX = 160 }; /* characters with NUL, for the longest args we take */

/* What an address says. Value. */
struct pool_ckb_address {
    bool mainnet; /* prefix ckb; false: ckt, of every other network */
    struct pool_ckb_lock lock;
};

/** Read an address of text_size characters.
 * Returns: BASE_OK; BASE_E_FORMAT, BASE_E_LIMIT (args that are too long to be paid to) with a
 * sentence. */
BASE_MUST_CHECK enum base_status pool_ckb_address_read(struct pool_ckb_address *address,
                                                       const char *text, size_t text_size,
                                                       struct base_error *error);

/** Write the full form. Returns text. */
char *pool_ckb_address_write(char text[POOL_CKB_ADDRESS_MAX],
                             const struct pool_ckb_address *address);

/** Between an address and the script of a coin's row: network (1: main), then code hash, hash type
 * and args. Size 0: none. pool_ckb_from_script returns false for none. */
void pool_ckb_to_script(struct pool_script *script, const struct pool_ckb_address *address);
bool pool_ckb_from_script(struct pool_ckb_address *address, const struct pool_script *script);

#endif
