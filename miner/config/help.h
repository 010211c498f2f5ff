/* help.h: texts made from the table of options: help, manual page, shell completions. */
#ifndef MINER_HELP_H
#define MINER_HELP_H

#include <stdio.h>

#include "config/config.h"

/** Help of the program, or of one command. */
void miner_help_print(FILE *out, enum miner_command command);

/** Print the settings that `mine` would have with these words (argv[0..2] are the program, "config"
 * and "--print"), as a configuration file whose comments tell where each came from. Secrets are
 * masked.
 * Returns: as miner_options_load; nothing is printed on error. */
BASE_MUST_CHECK enum base_status miner_config_print(FILE *out, int argc, char *const *argv,
                                                    const char *cache_dir,
                                                    struct base_error *error);

/** The JSON schema of configuration files. */
void miner_schema_print(FILE *out);

/** "bash", "zsh", "fish": a completion script; "man": the manual page in roff; "schema": the JSON
 * schema of configuration files. */
void miner_completion_print(FILE *out, const char *topic, const char *version);

#endif
