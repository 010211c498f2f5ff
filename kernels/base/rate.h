/* rate.h: hashrates as people read them. */
#ifndef BASE_RATE_H
#define BASE_RATE_H

#include <stddef.h>

/** "12.34 MH/s", "340.0 kSol/s": two decimals below 100, else one.
 * In: unit  "H" or "Sol". text is NUL-ended; returns it. */
char *base_rate_text(char *text, size_t cap, double rate, const char *unit);

#endif
