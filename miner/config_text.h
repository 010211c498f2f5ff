/* config_text.h: comments in a configuration file, which JSON does not know. */
#ifndef MINER_CONFIG_TEXT_H
#define MINER_CONFIG_TEXT_H

/** Overwrite comments with spaces: // and # to the end of the line, slash star to star slash. What
 * is inside strings stays; so do lines and columns.
 * In/out:  text  NUL-ended.
 * Returns: 0; or the line (from 1) on which a comment begins that never ends. */
unsigned miner_config_blank_comments(char *text);

#endif
