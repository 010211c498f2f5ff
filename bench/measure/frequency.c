/* frequency.c: cycles counted by a chain of dependent additions. Register to register, because the
 * newest x86 cores fold additions of constants at no cost (Intel Golden Cove, in the renamer). */
#include "measure/frequency.h"

#include <stdint.h>

#include "base/clock.h"

enum {
    CHAIN = 100,  /* additions written out */
    LOOPS = 1500, /* 150,000 cycles: about 50 us, long against the clock's resolution */
    TRIES = 6,
};

/* One run of the chain; returns its number of additions, 0 where there is none. */
static uint64_t run_chain(void)
{
#if defined(__x86_64__)
    uint64_t sum = 1;
    uint64_t step = 3;
    for (unsigned i = 0; i < LOOPS; i++) {
        __asm__ volatile(".rept 100\n\tadd %1, %0\n\t.endr" : "+r"(sum) : "r"(step) : "cc");
    }
    return (uint64_t)CHAIN * LOOPS;
#elif defined(__aarch64__)
    uint64_t sum = 1;
    uint64_t step = 3;
    for (unsigned i = 0; i < LOOPS; i++) {
        __asm__ volatile(".rept 100\n\tadd %0, %0, %1\n\t.endr" : "+r"(sum) : "r"(step));
    }
    return (uint64_t)CHAIN * LOOPS;
#else
    return 0;
#endif
}

double bench_frequency_hz(void)
{
    double best = 0;
    for (unsigned i = 0; i < TRIES; i++) {
        uint64_t start_ns = base_clock_ns();
        uint64_t cycles = run_chain();
        uint64_t ns = base_clock_ns() - start_ns;
        if (cycles > 0 && ns > 0) {
            double hz = (double)cycles * 1e9 / (double)ns;
            best = hz > best ? hz : best;
        }
    }
    return best;
}
