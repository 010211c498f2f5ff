/* clock.h: the monotonic clock, in the two units used here. Kernels do not call it; protocols get
 * the time as an argument. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/** Nanoseconds of CLOCK_MONOTONIC: never goes back, no relation to the date. */
uint64_t base_clock_ns(void);

/** Milliseconds of the same clock. */
uint64_t base_clock_ms(void);

/** Processor time that the calling thread has used, in nanoseconds. */
uint64_t base_clock_thread_ns(void);

#endif
