/* stop.h: SIGINT and SIGTERM as a descriptor to wait on, and the promise that the program ends: who
 * asks twice, or waits for too long, is obeyed at once. SIGHUP as another one: "read the settings
 * again"; but when it says that our terminal is gone, it stops like the others. */
#ifndef MINER_STOP_H
#define MINER_STOP_H

#include "base/status.h"

enum { MINER_STOP_PATIENCE_MS = 10000 }; /* after the first signal; then the process is ended */

struct miner_stop;

/** Called on the guard's thread when stopping takes too long or is asked for again; must end the
 * process. why is a sentence. */
typedef void (*miner_give_up_fn)(void *user, const char *why);

/** Block these signals for the calling thread and all it makes from now on, and start the thread
 * that receives them. No handler runs anywhere.
 * In:      reloads  SIGHUP asks for the settings to be read again; false: it stops, too.
 * Returns: BASE_OK; BASE_E_IO; BASE_E_MEMORY. *stop is NULL on error. */
BASE_MUST_CHECK enum base_status miner_stop_new(struct miner_stop **stop, bool reloads,
                                                miner_give_up_fn give_up, void *user,
                                                struct base_error *error);

/** Readable from the first signal on. Never read it. Borrowed. */
int miner_stop_fd(const struct miner_stop *stop);

/** An eventfd that is raised by SIGHUP; to be read. Borrowed. */
int miner_stop_reload_fd(const struct miner_stop *stop);

/** The program has stopped in time. NULL is fine. */
void miner_stop_free(struct miner_stop *stop);

#endif
