/* config_devices.c: "devices" of a configuration file: settings of single OpenCL devices. */
#include <stdio.h>
#include <string.h>

#include "config/config_read.h"
#include "config/values.h"

/* A number of a device. Constant. */
struct number_row {
    const char *key;
    size_t offset; /* of a uint32_t in struct miner_device_settings */
    uint32_t min;
    uint32_t max;
    const char *help;
};

static const struct number_row numbers[] = {
    {"temp-limit", offsetof(struct miner_device_settings, temp_limit_c), 30, 120,
     "as the option, for this device"},
    {"launch-ms", offsetof(struct miner_device_settings, launch_ms), 1, 1000,
     "time of one launch (20); shorter ones leave a desktop smoother"},
    {"local-size", offsetof(struct miner_device_settings, params.local_size), 1, 4096,
     "work items of a work group, instead of the tuned number"},
    {"per-item", offsetof(struct miner_device_settings, params.per_item), 1, 1U << 20,
     "nonces that one work item tries"},
    {"vector", offsetof(struct miner_device_settings, params.vector), 1, 16,
     "width of the vector type: 1, 2, 4, 8 or 16"},
    {"unroll", offsetof(struct miner_device_settings, params.unroll), 1, 2, "1 no, 2 yes"},
    {"multiply-add", offsetof(struct miner_device_settings, params.multiply_add), 1, 3,
     "additions through the multiplier: 1 none, 2 some, 3 most"},
};

static const struct number_row *find_number(const char *key)
{
    for (size_t i = 0; i < BASE_COUNT_OF(numbers); i++) {
        if (strcmp(numbers[i].key, key) == 0) {
            return &numbers[i];
        }
    }
    return NULL;
}

static enum base_status read_number(struct miner_device_settings *settings,
                                    const struct number_row *row, const char *label,
                                    const json_t *value, struct base_error *error)
{
    char text[32];
    uint64_t number = 0;
    if (!json_is_integer(value)) {
        return base_error_set(error, BASE_E_FORMAT, "%s must be a whole number of %u to %u", label,
                              row->min, row->max);
    }
    (void)snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    enum base_status status = miner_value_whole(&number, text, row->min, row->max, label, error);
    if (status != BASE_OK) {
        return status;
    }
    if (strcmp(row->key, "vector") == 0 && (number & (number - 1)) != 0) {
        return base_error_set(error, BASE_E_RANGE, "%s: %s is no width; write 1, 2, 4, 8 or 16",
                              label, text);
    }
    uint32_t small = (uint32_t)number;
    memcpy((char *)settings + row->offset, &small, sizeof small);
    return BASE_OK;
}

/* "device": which one. A device may have one entry. */
static enum base_status read_name(struct miner_device_settings *settings,
                                  const struct miner_config *config, const char *label,
                                  const json_t *value, struct base_error *error)
{
    struct miner_cl_selection selection;
    enum base_status status =
        miner_picks_parse(&selection, json_is_string(value) ? json_string_value(value) : "", error);
    if (status != BASE_OK || selection.mode != MINER_CL_LIST || selection.count != 1) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s must name one OpenCL device, such as \"0:0\" or "
                              "\"0000:65:00.0\", as `shardpick devices` prints them",
                              label);
    }
    settings->pick = selection.picks[0];
    for (size_t i = 0; i < config->device_count; i++) {
        if (miner_pick_same(&config->devices[i].pick, &settings->pick)) {
            return base_error_set(error, BASE_E_FORMAT,
                                  "%s: %s is named twice; put its settings into one entry", label,
                                  json_string_value(value));
        }
    }
    return BASE_OK;
}

static enum base_status read_device(struct miner_config_source *source,
                                    const struct miner_place *in, json_t *entry,
                                    struct base_error *error)
{
    struct miner_config *config = source->collector->config;
    struct miner_device_settings settings;
    char label[MINER_CONFIG_LABEL_MAX];
    const char *key = NULL;
    json_t *value = NULL;
    enum base_status status = BASE_OK;
    memset(&settings, 0, sizeof settings);
    (void)miner_config_label(label, source, in);
    if (!json_is_object(entry) || json_object_get(entry, "device") == NULL) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s: entry %zu must be an object with a \"device\"", label,
                              in->index + 1);
    }
    json_object_foreach(entry, key, value)
    {
        const struct number_row *row = find_number(key);
        (void)miner_config_label(label, source, &(struct miner_place){in, key, 0});
        if (strcmp(key, "device") == 0) {
            status = read_name(&settings, config, label, value, error);
        } else if (strcmp(key, "no-tune") == 0) {
            settings.no_tune = json_is_true(value);
            status = json_is_boolean(value)
                         ? BASE_OK
                         : base_error_set(error, BASE_E_FORMAT, "%s must be true or false", label);
        } else if (row != NULL) {
            status = read_number(&settings, row, label, value, error);
        } else {
            const char *names[BASE_COUNT_OF(numbers) + 2] = {"device", "no-tune"};
            for (size_t i = 0; i < BASE_COUNT_OF(numbers); i++) {
                names[i + 2] = numbers[i].key;
            }
            status = miner_config_unknown_key(label, key, names, BASE_COUNT_OF(names), error);
        }
        if (status != BASE_OK) {
            return status;
        }
    }
    config->devices[config->device_count++] = settings;
    return BASE_OK;
}

enum base_status miner_config_devices(struct miner_config_source *source, json_t *list,
                                      struct base_error *error)
{
    char label[MINER_CONFIG_LABEL_MAX];
    struct miner_place place = {NULL, "devices", 0};
    (void)miner_config_label(label, source, &place);
    if (!json_is_array(list)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s must be a list: [{\"device\": \"0:0\", \"temp-limit\": 80}]",
                              label);
    }
    if (json_array_size(list) > MINER_DEVICES_MAX) {
        return base_error_set(error, BASE_E_LIMIT, "%s: more than %d devices are named", label,
                              MINER_DEVICES_MAX);
    }
    for (; place.index < json_array_size(list); place.index++) {
        enum base_status status =
            read_device(source, &place, json_array_get(list, place.index), error);
        if (status != BASE_OK) {
            return status;
        }
    }
    return BASE_OK;
}

json_t *miner_config_devices_schema(void)
{
    json_t *properties = json_pack(
        "{s:{s:s,s:s},s:{s:s,s:s}}", "device", "type", "string", "description",
        "which one: platform:device or a PCI name, as `devices` prints them", "no-tune", "type",
        "boolean", "description", "do not tune this device when it is seen first");
    for (size_t i = 0; i < BASE_COUNT_OF(numbers); i++) {
        (void)json_object_set_new(properties, numbers[i].key,
                                  json_pack("{s:s,s:s,s:i,s:i}", "description", numbers[i].help,
                                            "type", "integer", "minimum", (int)numbers[i].min,
                                            "maximum", (int)numbers[i].max));
    }
    return json_pack("{s:s,s:s,s:i,s:{s:s,s:[s],s:b,s:o}}", "description",
                     "devices: settings of single OpenCL devices", "type", "array", "maxItems",
                     MINER_DEVICES_MAX, "items", "type", "object", "required", "device",
                     "additionalProperties", 0, "properties", properties);
}

const struct miner_device_settings *miner_config_device(const struct miner_config *config,
                                                        const struct kern_cl_info *info)
{
    for (size_t i = 0; i < config->device_count; i++) {
        if (miner_pick_names(&config->devices[i].pick, info)) {
            return &config->devices[i];
        }
    }
    return NULL;
}
