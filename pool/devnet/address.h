/* address.h: as much of Alephium addresses as a server needs: is it an ordinary one, and of which
 * group. Facts: alephium.md 7 and 6.9. */
#ifndef POOL_DEVNET_ADDRESS_H
#define POOL_DEVNET_ADDRESS_H

#include <stddef.h>

#include "base/status.h"

/** Group 0..3 of a P2PKH address, or -1 when text (size characters, need not end in NUL) is
 * none. */
int pool_devnet_address_group(const char *text, size_t size);

/** True when a pool worker name holds an ordinary address: before its first dot or after its last
 * one, with a worker part of at most 32 characters, or alone. */
bool pool_devnet_address_worker(const char *worker);

#endif
