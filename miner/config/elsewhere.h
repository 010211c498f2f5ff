/* elsewhere.h: options as other miners name them, for sentences about words that are none here. */
#ifndef MINER_ELSEWHERE_H
#define MINER_ELSEWHERE_H

/** What to write instead of an option of another miner: "--url URL". NULL: none is known.
 * In: name  without dashes; one letter for short options. */
const char *miner_option_elsewhere(const char *name);

#endif
