/* text.h: lists of names as sentences write them; characters of text from elsewhere. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

/** Append a word to a NUL-ended list: "a", then "a, b". What does not fit into cap bytes is cut
 * off. In: between  stands between two words: ", " or " ". */
void base_text_add(char *list, size_t cap, const char *between, const char *word);

/** Bytes of the printable UTF-8 character that text (size bytes) begins with; 0: it begins with
 * none: a control character, one that turns the direction of writing, or no UTF-8. */
size_t base_text_utf8(const char *text, size_t size);

#endif
