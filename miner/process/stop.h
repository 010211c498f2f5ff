/* stop.h: SIGINT and SIGTERM as a descriptor to wait on, and the guarantee that the program ends: a
 * second signal, or ten seconds after the first one, end it at once. SIGHUP as another descriptor:
 * "read the settings again"; without settings to read, and when the terminal is gone, it stops the
 * program like the others. A signal that was ignored when the program began never stops it. */
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

/** The program has stopped in time: end the thread. NULL is fine. */
void miner_stop_free(struct miner_stop *stop);

#endif
