/* thread.h: starting threads, waking them, waiting for a condition up to a time, scheduling.
 * Kernels do not start threads; rooms do. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/** Start a thread with all signals blocked: they go to the threads that ask for them.
 * Returns: 0, or the error number of pthread_create. */
int base_thread_start(pthread_t *thread, void *(*run)(void *user), void *user);

/** Wait for a thread to end, or for so long.
 * Returns: true when it has ended: it is joined. */
bool base_thread_join(pthread_t thread, uint32_t wait_ms);

/** Initialise a condition for base_thread_wait. End: pthread_cond_destroy. */
void base_thread_condition(pthread_cond_t *condition);

/** Wait until the condition is signalled or base_clock_ms() is until_ms; may return early, as
 * pthread_cond_wait. The caller holds the lock.
 * Returns: false when the time is up. */
bool base_thread_wait(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t until_ms);

/** Raise an event: fd is an eventfd. Raising it again before it is taken changes nothing.
 * Threads: any. */
void base_event_raise(int fd);

/** Take it: it is no longer raised. Waits until it is raised unless fd has EFD_NONBLOCK.
 * Returns: false when it was not raised, or the wait was interrupted (errno is EINTR). */
bool base_event_take(int fd);

/** Ask the system to run the calling thread soon after it wakes, for threads that work for
 * microseconds and then sleep (a find on its way to the socket). Hashing threads keep every core
 * busy, and by default the system lets them finish their time slice of milliseconds first; a
 * thread with a short slice of its own goes before them. Takes no time from anybody, and needs no
 * privilege.
 * Returns: false where the system does not know this (Linux before 6.12 ignores it). */
bool base_thread_prompt(void);

#endif
