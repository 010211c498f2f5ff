/* help.h: texts made from the table of options: help, manual page, shell completions. */
#ifndef MINER_HELP_H
#define MINER_HELP_H

#include <stdio.h>

#include "config.h"

/** Help of the program, or of one command. `bench` has its own. */
void miner_help_print(FILE *out, enum miner_command command);

/** "bash", "zsh", "fish": a completion script; "man": the manual page in roff. */
void miner_completion_print(FILE *out, const char *topic, const char *version);

#endif
