/* inherited.h: what a process inherits from its parent and cannot rely on: open descriptors,
 * blocked and ignored signals, the special rules of process 1. Called at the very start, before any
 * thread. */
#ifndef MINER_INHERITED_H
#define MINER_INHERITED_H

#include <stdbool.h>

/** Open /dev/null for each of the descriptors 0 to 2 that is closed. Otherwise the next file,
 * socket or event descriptor gets that number, and what is meant for standard error is written into
 * it. */
void miner_inherited_descriptors(void);

/** Unblock all signals, and have children waited for as usual.
 * In: end  as process 1 of a container only: called by INT and TERM, which the kernel would ignore
 *          there; must end the process. Async-signal context. */
void miner_inherited_signals(void (*end)(int signal));

/** True when this process was started with the signal ignored, as nohup does with HUP and a shell
 * with INT for its background jobs. It stays ignored then. */
bool miner_inherited_ignores(int signal);

#endif
