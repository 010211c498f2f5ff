/* first_aid.h: when the very first connection of a run fails, the doctor looks once at that server,
 * on a thread of its own, and its verdict becomes one or two lines of the log. Nothing waits for
 * it: whoever leaves it behind is not told any more. */
#ifndef MINER_FIRST_AID_H
#define MINER_FIRST_AID_H

#include "log/log.h"
#include "pool.h"

struct miner_first_aid;

/** Begin to examine a server of this configuration (copied), for at most POOL_DOCTOR_MS. log is
 * used until miner_first_aid_leave. Returns NULL where there is no memory or no thread: then
 * nothing is said. */
struct miner_first_aid *miner_first_aid_begin(struct miner_log *log,
                                              const struct pool_config *config, size_t server);

/** No line comes after this. Never waits for the network; the memory is given back when the thread
 * ends. NULL is fine. Threads: any. */
void miner_first_aid_leave(struct miner_first_aid *aid);

#endif
