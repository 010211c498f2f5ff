/* frequency.h: clock frequency of the core under the calling thread, measured by instructions:
 * works in virtual machines, which show no counter and no file with it. */
#ifndef BENCH_FREQUENCY_H
#define BENCH_FREQUENCY_H

/** Core clock in hertz, from a chain of additions of which each waits for the one before and takes
 * one cycle. Takes about 0.3 ms; the fastest of a few tries counts, so an interruption does not
 * matter. 0 on processors for which no such chain is written. */
double bench_frequency_hz(void);

#endif
