/* text.h: lists of names as sentences write them. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

/** Append a word to a NUL-ended list: "a", then "a, b". What does not fit into cap bytes is cut
 * off. In: between  stands between two words: ", " or " ". */
void base_text_add(char *list, size_t cap, const char *between, const char *word);

#endif
