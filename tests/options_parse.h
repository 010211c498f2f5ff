/* options_parse.h: a command line to one configuration, for tests that look at nothing else. */
#ifndef OPTIONS_PARSE_H
#define OPTIONS_PARSE_H

#include "base/alloc.h"
#include "config/options.h"

/** As miner_options_load; groups and the origins of settings are dropped. */
static inline enum base_status options_parse(struct miner_config *config,
                                             enum miner_request *request, const char **topic,
                                             int argc, char *const *argv, const char *cache_dir,
                                             struct base_error *error)
{
    struct miner_settings *settings = base_alloc(1, sizeof *settings);
    if (settings == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for the settings");
    }
    enum base_status status =
        miner_options_load(settings, request, topic, argc, argv, cache_dir, error);
    *config = settings->config;
    base_free(settings);
    return status;
}

#endif
