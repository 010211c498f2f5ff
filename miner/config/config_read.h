/* config_read.h: shared by the readers of a configuration file: config_file.c (the file and its
 * servers), config_devices.c (single devices), config_groups.c (groups). */
#ifndef MINER_CONFIG_READ_H
#define MINER_CONFIG_READ_H

#include <jansson.h>

#include "config/config_text.h"
#include "config/options.h"

enum { MINER_CONFIG_LABEL_MAX = 256 };

/* The file while it is read. */
struct miner_config_source {
    const char *path;
    const char *text; /* whole file without comments, NUL-ended */
    struct miner_collector *collector;
    struct miner_collector ignored; /* receives servers that the command line replaces */
    bool skip_servers;
};

/** What a sentence about a key begins with: "rig.json:7: \"threads\"", without the line where it is
 * not known. Returns label. */
const char *miner_config_label(char label[MINER_CONFIG_LABEL_MAX],
                               const struct miner_config_source *source,
                               const struct miner_place *place);

/** Say that a key is none of these names, and which one may have been meant. */
enum base_status miner_config_unknown_key(const char *label, const char *key,
                                          const char *const *names, size_t count,
                                          struct base_error *error);

/** Check a value as the option's and put it into the collector. */
BASE_MUST_CHECK enum base_status miner_config_apply(struct miner_collector *collector,
                                                    const struct miner_option *option,
                                                    const char *label, const json_t *value,
                                                    struct base_error *error);

/** Read the list "servers" of the object at `in`. */
BASE_MUST_CHECK enum base_status miner_config_servers(struct miner_config_source *source,
                                                      const struct miner_place *in, json_t *list,
                                                      struct base_error *error);

/** Read the list "devices". */
BASE_MUST_CHECK enum base_status miner_config_devices(struct miner_config_source *source,
                                                      json_t *list, struct base_error *error);

/** Schema of that list; NULL without memory. The caller owns it. */
json_t *miner_config_devices_schema(void);

/** Schema of one option's value, and of "groups"; servers is the schema of theirs. */
json_t *miner_config_option_schema(const struct miner_option *option);
json_t *miner_config_groups_schema(json_t *servers);

#endif
