/* config_print.c: settings as `config --print` shows them, and the schema of configuration files.
 * Both come out of the table of options. */
#include <jansson.h>
#include <string.h>

#include "base/alloc.h"
#include "config/config_read.h"
#include "config/help.h"
#include "config/options.h"
#include "config/setters.h"

#define MASK "********"

static bool is_secret(const struct miner_option *option)
{
    return strcmp(option->name, "api-key") == 0 || strcmp(option->name, "api-token") == 0;
}

/* The default of an option, as a user would write it; "": it has none. */
static void default_text(char *text, size_t cap, const struct miner_option *option,
                         const struct miner_config *defaults)
{
    static const struct {
        const char *name;
        const char *text;
    } words[] = {{"threads", "auto"}, {"opencl", "all"}, {"coin", "alephium"}, {"screen", "live"}};
    const char *field = (const char *)defaults + option->offset;
    double number = 0;
    uint64_t u64 = 0;
    uint32_t u32 = 0;
    text[0] = '\0';
    for (size_t i = 0; i < BASE_COUNT_OF(words); i++) {
        if (strcmp(words[i].name, option->name) == 0) {
            (void)snprintf(text, cap, "%s", words[i].text);
        }
    }
    if (option->apply == miner_set_text || option->apply == miner_set_readable) {
        (void)snprintf(text, cap, "%s", field);
        return;
    }
    bool time = option->apply == miner_set_time;
    if ((option->apply == miner_set_whole || time) && option->size == sizeof u64) {
        memcpy(&u64, field, sizeof u64);
        number = (double)u64;
    } else if (option->apply == miner_set_whole || time) {
        memcpy(&u32, field, sizeof u32);
        number = u32;
    } else if (option->apply == miner_set_real) {
        memcpy(&number, field, sizeof number);
    } else {
        return;
    }
    if (number >= option->min && number > 0) {
        (void)snprintf(text, cap, "%.15g", time ? number / 1000 : number);
    }
}

/* A text as JSON. One that is no UTF-8 cannot be written there. Free: json_decref. */
static json_t *text_json(const char *text)
{
    json_t *value = json_string(text);
    return value != NULL ? value : json_string("?");
}

/* The same; NULL for "". */
static json_t *given_json(const char *text)
{
    return text[0] != '\0' ? text_json(text) : NULL;
}

/* A proxy with a login in it is not shown. */
static json_t *proxy_json(const char *text)
{
    return strchr(text, '@') != NULL ? json_string(MASK) : given_json(text);
}

/* An option's value as a file holds it, from its text. Free: json_decref. */
static json_t *value_json(const struct miner_option *option, const char *text)
{
    if (option->json == MINER_JSON_FLAG) {
        return json_boolean(strcmp(text, "false") != 0);
    }
    if (is_secret(option)) {
        return json_string(MASK);
    }
    json_t *number =
        option->json != MINER_JSON_TEXT ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    if (json_is_number(number)) {
        return number;
    }
    json_decref(number);
    return text_json(text);
}

/* One line: "key": value, // where it came from. Takes value. */
static void print_member(FILE *out, const char *indent, const char *key, json_t *value, bool more,
                         const struct miner_origin *origin)
{
    static const char *const layers[] = {
        [MINER_LAYER_DEFAULT] = "default",
        [MINER_LAYER_FILE] = "file: ",
        [MINER_LAYER_ENVIRONMENT] = "environment: ",
        [MINER_LAYER_LINE] = "command line: ",
    };
    (void)fprintf(out, "%s\"%s\": ", indent, key);
    (void)json_dumpf(value, out, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    (void)fprintf(out, "%s // %s%s\n", more ? "," : "", layers[origin->layer], origin->from);
    json_decref(value);
}

/* An option with the text that was given, or its default. */
static void print_row(FILE *out, const struct miner_option *option, const char *text,
                      const struct miner_origin *origin)
{
    bool flag = option->json == MINER_JSON_FLAG;
    if (origin->layer == MINER_LAYER_DEFAULT && flag) {
        text = "false";
    } else if (origin->layer == MINER_LAYER_DEFAULT && text[0] == '\0') {
        (void)fprintf(out, "    // \"%s\": not set\n", option->name);
        return;
    }
    print_member(out, "    ", option->name, value_json(option, text), true, origin);
}

/* One server: what it has, a line each. */
static void print_server(FILE *out, const struct miner_trace *trace, size_t index,
                         const struct pool_server *server)
{
    char name[POOL_HOST_MAX + 32];
    const struct {
        const char *name;
        json_t *value; /* NULL: not there */
        enum miner_server_key key;
    } rows[] = {
        {"url", text_json(pool_server_name(name, sizeof name, server)), MINER_SERVER_URL},
        {"user", given_json(server->user), MINER_SERVER_USER},
        {"pass", server->pass[0] != '\0' ? json_string(MASK) : NULL, MINER_SERVER_PASS},
        {"proxy", proxy_json(server->proxy), MINER_SERVER_PROXY},
        {"rest-port", server->rest_port != 0 ? json_integer(server->rest_port) : NULL,
         MINER_SERVER_REST_PORT},
        {"rpc-cookie", given_json(server->rpc_cookie), MINER_SERVER_RPC_COOKIE},
    };
    size_t left = 0;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        left += rows[i].value != NULL;
    }
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        if (rows[i].value != NULL) {
            print_member(out, "            ", rows[i].name, rows[i].value, --left > 0,
                         &trace->servers[index][rows[i].key]);
        }
    }
}

static void print_servers(FILE *out, const struct miner_config *config,
                          const struct miner_trace *trace)
{
    (void)fprintf(out, "    \"servers\": [%s\n",
                  config->server_count == 0 ? " // default: the development network, in the process"
                                            : "");
    for (size_t i = 0; i < config->server_count; i++) {
        (void)fputs("        {\n", out);
        print_server(out, trace, i, &config->servers[i]);
        (void)fprintf(out, "        }%s\n", i + 1 < config->server_count ? "," : "");
    }
    (void)fputs("    ]\n", out);
}

/* Groups of devices in short, as comments: only a file can hold them. */
static void print_groups(FILE *out, const struct miner_groups *groups, const char *file)
{
    for (size_t i = 0; i < groups->count; i++) {
        const struct miner_config *config = &groups->configs[i];
        char name[POOL_HOST_MAX + 32] = "the development network";
        if (config->server_count > 0) {
            (void)pool_server_name(name, sizeof name, &config->servers[0]);
        }
        (void)fprintf(out,
                      "    // group \"%s\": %s with %s at %s; %u threads, opencl %s; file: %s\n",
                      config->group, config->coin->name, config->algo, name, config->threads,
                      config->opencl.mode == MINER_CL_ALL    ? "all"
                      : config->opencl.mode == MINER_CL_NONE ? "none"
                                                             : "as listed",
                      file);
    }
}

enum base_status miner_config_print(FILE *out, int argc, char *const *argv, const char *cache_dir,
                                    struct base_error *error)
{
    struct miner_settings *settings = base_alloc(1, sizeof *settings);
    struct miner_config *defaults = base_alloc(1, sizeof *defaults);
    enum base_status status = BASE_E_MEMORY;
    if (settings == NULL || defaults == NULL) {
        status = base_error_set(error, BASE_E_MEMORY, "no memory for the settings");
        goto out;
    }
    status = miner_options_trace(settings, argc, argv, cache_dir, error);
    if (status != BASE_OK) {
        goto out;
    }
    const struct miner_trace *trace = &settings->trace;
    miner_config_defaults(defaults, cache_dir);
    (void)fputs("// Settings of `shardpick mine`, and where each came from. Passwords, keys and "
                "tokens are not shown.\n{\n",
                out);
    for (size_t i = 0; i < miner_option_count() && i < MINER_TRACE_ROWS; i++) {
        const struct miner_option *option = miner_option_at(i);
        char text[MINER_PATH_MAX];
        if (!miner_option_of(option, MINER_COMMAND_MINE) || option->apply == NULL ||
            (option->places & MINER_PLACE_SERVER) != 0) {
            continue;
        }
        bool given = trace->rows[i].origin.layer != MINER_LAYER_DEFAULT;
        default_text(text, sizeof text, option, defaults);
        print_row(out, option, given ? trace->rows[i].text : text, &trace->rows[i].origin);
    }
    print_groups(out, &settings->groups, trace->file);
    print_servers(out, &settings->config, trace);
    (void)fputs("}\n", out);
    if (settings->config.warning[0] != '\0') {
        (void)fprintf(out, "// warning: %s\n", settings->config.warning);
    }
out:
    base_free(settings);
    base_free(defaults);
    return status;
}

/* ---- schema ---------------------------------------------------------------------------------- */

/* The type of an option's value, and its range where the file holds the option's own unit. */
static void add_type(json_t *property, const struct miner_option *option)
{
    static const char *const names[] = {[MINER_JSON_FLAG] = "boolean",
                                        [MINER_JSON_NUMBER] = "number",
                                        [MINER_JSON_TEXT] = "string"};
    bool whole = option->apply == miner_set_whole;
    if (option->json == MINER_JSON_EITHER) {
        (void)json_object_set_new(property, "type", json_pack("[s,s]", "number", "string"));
        return;
    }
    (void)json_object_set_new(property, "type",
                              json_string(whole ? "integer" : names[option->json]));
    if (whole || option->apply == miner_set_real) {
        (void)json_object_set_new(property, "minimum", json_real(option->min));
        (void)json_object_set_new(property, "maximum", json_real(option->max));
    }
}

json_t *miner_config_option_schema(const struct miner_option *option)
{
    json_t *property = json_pack("{s:s}", "description", option->help);
    if (property != NULL) {
        add_type(property, option);
    }
    return property;
}

void miner_schema_print(FILE *out)
{
    json_t *properties = json_object();
    json_t *server = json_object();
    for (size_t i = 0; i < miner_option_count(); i++) {
        const struct miner_option *option = miner_option_at(i);
        bool first = miner_option_find(option->name, MINER_COMMAND_NONE) == option;
        if ((option->places & MINER_PLACE_FILE) != 0 && first) {
            (void)json_object_set_new(properties, option->name, miner_config_option_schema(option));
        }
        if ((option->places & MINER_PLACE_SERVER) != 0) {
            (void)json_object_set_new(server, option->name, miner_config_option_schema(option));
        }
    }
    (void)json_object_set_new(
        properties, "servers",
        json_pack("{s:s,s:s,s:i,s:{s:s,s:[s],s:b,s:O}}", "description",
                  "servers: the first that works serves, later ones are fail-overs", "type",
                  "array", "maxItems", POOL_SERVERS_MAX, "items", "type", "object", "required",
                  "url", "additionalProperties", 0, "properties", server));
    (void)json_object_set_new(properties, "devices", miner_config_devices_schema());
    (void)json_object_set_new(properties, "groups",
                              miner_config_groups_schema(json_object_get(properties, "servers")));
    json_t *root = json_pack(
        "{s:s,s:s,s:s,s:s,s:b,s:O}", "$schema", "https://json-schema.org/draft/2020-12/schema",
        "title", "Configuration of shardpick", "description",
        "What `shardpick COMMAND -c FILE` reads. Comments may stand in the file: //, # and /* */.",
        "type", "object", "additionalProperties", 0, "properties", properties);
    if (root != NULL) {
        (void)json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        (void)fputc('\n', out);
    }
    json_decref(root);
    json_decref(server);
    json_decref(properties);
}
