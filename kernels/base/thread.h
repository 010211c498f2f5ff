/* thread.h: scheduling of the calling thread. Not for starting threads: rooms do that. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <stdbool.h>

/** Ask the system to run the calling thread soon after it wakes, for threads that work for
 * microseconds and then sleep (a find on its way to the socket). Hashing threads keep every core
 * busy, and by default the system lets them finish their time slice of milliseconds first; a
 * thread with a short slice of its own goes before them. Takes no time from anybody, and needs no
 * privilege.
 * Returns: false where the system does not know this (Linux before 6.12 ignores it). */
bool base_thread_prompt(void);

#endif
