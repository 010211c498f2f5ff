/* poll_lease.h: one long poll a node, for all sessions that mine at it: a node has few threads
 * (four by default), and every long poll holds one until the next block. Sessions of this process
 * know each other, and the one that polls tells the others of new blocks. Other programs on this
 * machine are recognised by a name that they hold (an abstract socket; nothing is ever sent over
 * it). Any thread. */
#ifndef POOL_POLL_LEASE_H
#define POOL_POLL_LEASE_H

#include "protocol/protocol.h"

struct pool_poll_lease;

/** Join those at this server. wake_fd: eventfd that is written when there are news for this one.
 * Returns NULL without memory. Release: pool_poll_lease_close. */
struct pool_poll_lease *pool_poll_lease_open(const struct pool_server *server, int wake_fd);

/** Whose turn it is at now_ms: takes the long poll if nobody has it. Another program is asked about
 * once a second. NULL: POOL_POLL_OURS. */
enum pool_poll_turn pool_poll_lease_turn(struct pool_poll_lease *lease, uint64_t now_ms);

/** There is a new block: tell the others in this process. Does nothing unless this one polls. */
void pool_poll_lease_announce(struct pool_poll_lease *lease);

/** Leave. The next one that asks may take the long poll. NULL is fine. */
void pool_poll_lease_close(struct pool_poll_lease *lease);

#endif
