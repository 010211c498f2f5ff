/* config_text.h: the text of a configuration file: comments, which JSON does not know, and the
 * lines on which its keys stand, which jansson does not keep. */
#ifndef MINER_CONFIG_TEXT_H
#define MINER_CONFIG_TEXT_H

#include <stddef.h>

/** Overwrite comments with spaces: // and # to the end of the line, slash star to star slash. What
 * is inside strings stays; so do lines and columns.
 * In/out:  text  NUL-ended.
 * Returns: 0; or the line (from 1) on which a comment begins that never ends. */
unsigned miner_config_blank_comments(char *text);

/* Where a key stands: in the file's object, or in an entry of a list that stands somewhere. */
struct miner_place {
    const struct miner_place *in; /* the list whose entry holds the key; NULL: the file's object */
    const char *key;
    size_t index; /* of a list's entry, where another place is in this one */
};

/** Line (from 1) of a key, 0 if it is not there.
 * In: text  valid JSON without comments, NUL-ended. */
unsigned miner_config_line(const char *text, const struct miner_place *place);

#endif
