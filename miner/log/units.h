/* units.h: numbers as people read them on a terminal. */
#ifndef MINER_UNITS_H
#define MINER_UNITS_H

#include <stddef.h>
#include <stdint.h>

/** Bytes with a binary unit, four significant digits at most: "480 MiB", "1.5 GiB", "48 KiB".
 * text is NUL-ended; returns it. */
char *miner_unit_bytes(char *text, size_t cap, uint64_t bytes);

/** A count with a decimal prefix: "18.62 M", "3.51 G", "940.0". text is NUL-ended; returns
 * it. */
char *miner_unit_count(char *text, size_t cap, double value);

/** A span of time: "0.40 s", "12 s", "4.5 min", "3.2 h", "12 d", "3.1 years"; "-" for what is not
 * finite. text is NUL-ended; returns it. */
char *miner_unit_span(char *text, size_t cap, double seconds);

/** What a unit counts, for sentences: "hashes", "solutions". */
const char *miner_unit_noun(const char *unit);

/** "1 core", "2 cores". text is NUL-ended; returns it. */
char *miner_unit_plural(char *text, size_t cap, uint64_t count, const char *noun);

#endif
