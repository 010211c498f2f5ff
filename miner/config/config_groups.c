/* config_groups.c: "groups" of a configuration file: devices that hash an algorithm of their own
 * for servers of their own. Each group is a configuration: the settings of the file outside of
 * groups, of the environment and of the command line, overridden by the keys of the group. */
#include <stdio.h>
#include <string.h>

#include "config/config_read.h"
#include "config/values.h"

enum { NAMES_MAX = 32 };

/* The option of a key in an entry of "groups", or NULL. With groups, these may not be given in
 * stronger places. */
static const struct miner_option *group_option(const char *key)
{
    const struct miner_option *option = miner_option_find(key, MINER_COMMAND_MINE);
    return option != NULL && (option->places & MINER_PLACE_GROUP) != 0 ? option : NULL;
}

/* Refuse options of a group that the environment or the command line gives: they would be for all
 * groups. */
static enum base_status check_stronger(const struct miner_collector *collector,
                                       struct base_error *error)
{
    for (size_t i = 0; collector->trace != NULL && i < miner_option_count(); i++) {
        const struct miner_option *option = miner_option_at(i);
        const struct miner_origin *origin = &collector->trace->rows[i].origin;
        bool ours = (option->places & MINER_PLACE_GROUP) != 0 || strcmp(option->name, "url") == 0;
        if (i < MINER_TRACE_ROWS && ours && origin->layer > MINER_LAYER_FILE) {
            return base_error_set(
                error, BASE_E_STATE,
                "%.60s and the groups of %.150s contradict each other: each group "
                "has its own %s; leave one out",
                origin->from, collector->trace->file, option->name);
        }
    }
    return BASE_OK;
}

static enum base_status read_name(struct miner_config *config, const char *label,
                                  const json_t *value, struct base_error *error)
{
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    size_t size = strlen(text);
    bool good = size > 0 && size < sizeof config->group;
    for (size_t i = 0; i < size && good; i++) {
        good = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.",
                      text[i]) != NULL;
    }
    if (!good) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s must be a text of 1 to %zu letters, digits, - _ or .", label,
                              sizeof config->group - 1);
    }
    memcpy(config->group, text, size + 1);
    return BASE_OK;
}

static enum base_status read_keys(struct miner_config_source *source, const struct miner_place *in,
                                  json_t *entry, struct base_error *error)
{
    char label[MINER_CONFIG_LABEL_MAX];
    const char *key = NULL;
    json_t *value = NULL;
    enum base_status status = BASE_OK;
    json_object_foreach(entry, key, value)
    {
        (void)miner_config_label(label, source, &(struct miner_place){in, key, 0});
        if (strcmp(key, "name") == 0) {
            status = read_name(source->collector->config, label, value, error);
        } else if (group_option(key) != NULL) {
            status = miner_config_apply(source->collector, group_option(key), label, value, error);
        } else if (strcmp(key, "servers") != 0) {
            const char *names[NAMES_MAX + 2];
            size_t count = miner_option_names(names, NAMES_MAX, MINER_PLACE_GROUP);
            names[count++] = "name";
            names[count++] = "servers";
            status = miner_config_unknown_key(label, key, names, count, error);
        }
        if (status != BASE_OK) {
            return status;
        }
    }
    value = json_object_get(entry, "servers");
    return value != NULL ? miner_config_servers(source, in, value, error) : BASE_OK;
}

static enum base_status read_group(struct miner_config_source *source, struct miner_config *config,
                                   const struct miner_collector *general,
                                   const struct miner_place *in, json_t *entry,
                                   struct base_error *error)
{
    char label[MINER_CONFIG_LABEL_MAX];
    struct miner_collector collector = {.config = config, .layer = MINER_LAYER_FILE};
    memcpy(collector.logins, general->logins, sizeof collector.logins);
    (void)miner_config_label(label, source, in);
    if (!json_is_object(entry)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s: entry %zu must be an object with an \"algo\", \"servers\", and "
                              "\"threads\" or \"opencl\"",
                              label, in->index + 1);
    }
    *config = *general->config;
    config->threads_rule = MINER_THREADS_COUNT; /* a group uses what it names */
    config->threads = 0;
    config->opencl = (struct miner_cl_selection){.mode = MINER_CL_NONE};
    if (json_object_get(entry, "servers") != NULL) {
        config->server_count = 0;
    }
    if (json_object_get(entry, "coin") != NULL) {
        config->algo[0] = '\0'; /* the coin's first, unless it is named */
    }
    collector.first_server = config->server_count;
    source->collector = &collector;
    enum base_status status = read_keys(source, in, entry, error);
    source->collector = NULL;
    miner_collector_end(&collector);
    if (status != BASE_OK) {
        return status;
    }
    status = miner_config_finish(&collector, error);
    if (status == BASE_OK && config->server_count == 0) {
        status = base_error_set(error, BASE_E_STATE, "it has no server; write \"servers\"");
    }
    if (status == BASE_OK && config->opencl.mode == MINER_CL_NONE &&
        config->threads_rule == MINER_THREADS_COUNT && config->threads == 0) {
        status = base_error_set(error, BASE_E_STATE,
                                "it has nothing to hash on; write \"threads\" or \"opencl\"");
    }
    if (config->group[0] == '\0') {
        memcpy(config->group, config->algo, sizeof config->group);
    }
    char entry_label[MINER_CONFIG_LABEL_MAX + 32];
    (void)snprintf(entry_label, sizeof entry_label, "%s: entry %zu", label, in->index + 1);
    return status == BASE_OK ? BASE_OK : base_error_prefix(error, entry_label);
}

static bool has_lanes(const struct miner_config *config)
{
    return config->threads_rule != MINER_THREADS_COUNT || config->threads > 0;
}

/* Why two groups contradict each other, or NULL. */
static const char *quarrel(const struct miner_config *a, const struct miner_config *b)
{
    bool cores = has_lanes(a) && has_lanes(b);
    bool shared = !a->affinity.given || !b->affinity.given;
    for (size_t i = 0; i < BASE_COUNT_OF(a->affinity.bits); i++) {
        shared = shared || (a->affinity.bits[i] & b->affinity.bits[i]) != 0;
    }
    if (strcmp(a->group, b->group) == 0) {
        return "have the same name; give each a \"name\" of its own";
    }
    if (cores && shared) {
        return "would share processors; give each a \"cpu-affinity\" of its own";
    }
    if (a->opencl.mode == MINER_CL_NONE || b->opencl.mode == MINER_CL_NONE) {
        return NULL;
    }
    if (a->opencl.mode == MINER_CL_ALL || b->opencl.mode == MINER_CL_ALL) {
        return "would share OpenCL devices; list those of each in its \"opencl\"";
    }
    for (size_t i = 0; i < a->opencl.count; i++) {
        for (size_t j = 0; j < b->opencl.count; j++) {
            if (miner_pick_same(&a->opencl.picks[i], &b->opencl.picks[j])) {
                return "name the same OpenCL device; give it to one of them";
            }
        }
    }
    return NULL;
}

static enum base_status check_quarrels(const struct miner_groups *groups, const char *label,
                                       struct base_error *error)
{
    for (size_t i = 0; i < groups->count; i++) {
        for (size_t j = i + 1; j < groups->count; j++) {
            const char *why = quarrel(&groups->configs[i], &groups->configs[j]);
            if (why != NULL) {
                return base_error_set(error, BASE_E_STATE, "%s: entries %zu and %zu %s", label,
                                      i + 1, j + 1, why);
            }
        }
    }
    return BASE_OK;
}

static enum base_status read_list(struct miner_config_source *source,
                                  struct miner_collector *general, json_t *list,
                                  struct base_error *error)
{
    char label[MINER_CONFIG_LABEL_MAX];
    struct miner_groups *groups = general->groups;
    struct miner_place place = {NULL, "groups", 0};
    (void)miner_config_label(label, source, &place);
    if (!json_is_array(list) || json_array_size(list) == 0) {
        return base_error_set(
            error, BASE_E_FORMAT,
            "%s must be a list: [{\"algo\": ..., \"servers\": [...], \"threads\": "
            "...}, ...]",
            label);
    }
    if (json_array_size(list) > MINER_GROUPS_MAX) {
        return base_error_set(error, BASE_E_LIMIT, "%s: more than %d groups", label,
                              MINER_GROUPS_MAX);
    }
    enum base_status status = check_stronger(general, error);
    for (; place.index < json_array_size(list) && status == BASE_OK; place.index++) {
        status = read_group(source, &groups->configs[place.index], general, &place,
                            json_array_get(list, place.index), error);
    }
    groups->count = json_array_size(list);
    return status == BASE_OK ? check_quarrels(groups, label, error) : status;
}

enum base_status miner_config_read_groups(struct miner_collector *collector,
                                          const struct miner_config_file *file,
                                          struct base_error *error)
{
    json_t *list = json_object_get(file->root, "groups");
    collector->groups->count = 0;
    if (list == NULL) {
        return BASE_OK;
    }
    struct miner_config_source source = {.path = file->path, .text = file->text};
    enum base_status status = read_list(&source, collector, list, error);
    if (status == BASE_OK) {
        *collector->config = collector->groups->configs[0];
    }
    return status;
}

json_t *miner_config_groups_schema(json_t *servers)
{
    json_t *properties = json_pack("{s:{s:s,s:s},s:O}", "name", "type", "string", "description",
                                   "as logs and interfaces call it (the algorithm's, if left out)",
                                   "servers", servers);
    const char *names[NAMES_MAX];
    size_t count = miner_option_names(names, NAMES_MAX, MINER_PLACE_GROUP);
    for (size_t i = 0; i < count; i++) {
        (void)json_object_set_new(properties, names[i],
                                  miner_config_option_schema(group_option(names[i])));
    }
    return json_pack("{s:s,s:s,s:i,s:{s:s,s:b,s:o}}", "description",
                     "groups: devices that hash an algorithm of their own for servers of their own",
                     "type", "array", "maxItems", MINER_GROUPS_MAX, "items", "type", "object",
                     "additionalProperties", 0, "properties", properties);
}
