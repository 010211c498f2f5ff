/* config_file.c: the JSON file of -c, in which comments may stand. jansson reads it; every value
 * goes through the same checks as a word of the command line, with file and line in front of the
 * sentence. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "config/config_read.h"
#include "config/values.h"

enum {
    FILE_MAX = 1 << 20, /* bytes; a configuration of 16 servers has a few thousand */
    KEYS_MAX = 96,
};

#define UTF8_MARK "\xef\xbb\xbf" /* some editors put it before the text */

/* ---- lines ---------------------------------------------------------------------------------- */

const char *miner_config_label(char label[MINER_CONFIG_LABEL_MAX],
                               const struct miner_config_source *source,
                               const struct miner_place *place)
{
    unsigned line = miner_config_line(source->text, place);
    if (line > 0) {
        (void)snprintf(label, MINER_CONFIG_LABEL_MAX, "%.150s:%u: \"%.40s\"", source->path, line,
                       place->key);
    } else {
        (void)snprintf(label, MINER_CONFIG_LABEL_MAX, "%.150s: \"%.40s\"", source->path,
                       place->key);
    }
    return label;
}

/* ---- values --------------------------------------------------------------------------------- */

/* Text of a JSON value as the command line would hold it; NULL if the type is not what the option
 * takes. */
static const char *value_text(char *text, size_t cap, const struct miner_option *option,
                              const json_t *value)
{
    enum miner_json_kind kind = option->json;
    if (json_is_string(value) && (kind == MINER_JSON_TEXT || kind == MINER_JSON_EITHER)) {
        return json_string_value(value);
    }
    if (json_is_boolean(value) && kind == MINER_JSON_FLAG) {
        return json_is_true(value) ? "" : "false";
    }
    if (kind != MINER_JSON_NUMBER && kind != MINER_JSON_EITHER) {
        return NULL;
    }
    if (json_is_integer(value)) {
        (void)snprintf(text, cap, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return text;
    }
    if (json_is_real(value)) {
        (void)snprintf(text, cap, "%.17g", json_real_value(value));
        return text;
    }
    return NULL;
}

static const char *kind_name(enum miner_json_kind kind)
{
    static const char *const names[] = {
        [MINER_JSON_FLAG] = "true or false",
        [MINER_JSON_NUMBER] = "a number",
        [MINER_JSON_TEXT] = "a text in quotes",
        [MINER_JSON_EITHER] = "a number or a text in quotes",
    };
    return names[kind];
}

enum base_status miner_config_apply(struct miner_collector *collector,
                                    const struct miner_option *option, const char *label,
                                    const json_t *value, struct base_error *error)
{
    char number[40];
    const char *text = value_text(number, sizeof number, option, value);
    if (text == NULL) {
        return base_error_set(error, BASE_E_FORMAT, "%s must be %s", label,
                              kind_name(option->json));
    }
    return miner_option_apply(collector, option, label, text, error);
}

/* ---- keys ----------------------------------------------------------------------------------- */

enum base_status miner_config_unknown_key(const char *label, const char *key,
                                          const char *const *names, size_t count,
                                          struct base_error *error)
{
    const char *near = miner_value_nearest(key, names, count);
    return base_error_set(error, BASE_E_FORMAT,
                          "%s is no option%s%s%s; keys are the long names of options without the "
                          "dashes",
                          label, near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
                          near != NULL ? "\"?" : "");
}

/* Option of a key: this command's, else any command's, so that one file serves all of them. */
static const struct miner_option *option_of(const char *key, enum miner_command command)
{
    const struct miner_option *option = miner_option_find(key, command);
    return option != NULL ? option : miner_option_find(key, MINER_COMMAND_NONE);
}

static enum base_status read_key(struct miner_config_source *source, const char *key,
                                 const json_t *value, struct base_error *error)
{
    char label[MINER_CONFIG_LABEL_MAX];
    const char *names[KEYS_MAX];
    (void)miner_config_label(label, source, &(struct miner_place){NULL, key, 0});
    const struct miner_option *option = option_of(key, source->collector->config->command);
    if (option != NULL && (option->places & MINER_PLACE_FILE) != 0) {
        bool server_key = (option->places & MINER_PLACE_SERVER) != 0;
        return miner_config_apply(server_key && source->skip_servers ? &source->ignored
                                                                     : source->collector,
                                  option, label, value, error);
    }
    if (option != NULL) {
        return base_error_set(error, BASE_E_FORMAT, "%s belongs on the command line only", label);
    }
    size_t count = miner_option_names(names, KEYS_MAX - 3, MINER_PLACE_FILE);
    names[count++] = "servers";
    names[count++] = "devices";
    names[count++] = "groups";
    return miner_config_unknown_key(label, key, names, count, error);
}

/* The option of a key in an entry of "servers", or NULL. */
static const struct miner_option *server_option(const char *key)
{
    const struct miner_option *option = miner_option_find(key, MINER_COMMAND_MINE);
    return option != NULL && (option->places & MINER_PLACE_SERVER) != 0 ? option : NULL;
}

static enum base_status unknown_server_key(const char *label, const char *key,
                                           struct base_error *error)
{
    const char *names[KEYS_MAX];
    size_t count = miner_option_names(names, KEYS_MAX, MINER_PLACE_SERVER);
    return miner_config_unknown_key(label, key, names, count, error);
}

static enum base_status read_server(struct miner_config_source *source,
                                    const struct miner_place *in, json_t *entry,
                                    struct base_error *error)
{
    struct miner_collector *collector = source->skip_servers ? &source->ignored : source->collector;
    char label[MINER_CONFIG_LABEL_MAX];
    const char *key = NULL;
    json_t *value = NULL;

    (void)miner_config_label(label, source, in);
    if (!json_is_object(entry) || !json_is_string(json_object_get(entry, "url"))) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s: entry %zu must be an object with an \"url\"", label,
                              in->index + 1);
    }
    json_object_foreach(entry, key, value)
    {
        if (server_option(key) == NULL) {
            (void)miner_config_label(label, source, &(struct miner_place){in, key, 0});
            return unknown_server_key(label, key, error);
        }
    }
    /* In the order of the table, which has the url first: the others belong to it. */
    for (size_t i = 0; i < miner_option_count(); i++) {
        const struct miner_option *option = miner_option_at(i);
        value = json_object_get(entry, option->name);
        if (value == NULL || server_option(option->name) != option) {
            continue;
        }
        (void)miner_config_label(label, source, &(struct miner_place){in, option->name, 0});
        enum base_status status = miner_config_apply(collector, option, label, value, error);
        if (status != BASE_OK) {
            return status;
        }
    }
    return BASE_OK;
}

enum base_status miner_config_servers(struct miner_config_source *source,
                                      const struct miner_place *in, json_t *list,
                                      struct base_error *error)
{
    char label[MINER_CONFIG_LABEL_MAX];
    struct miner_place place = {in, "servers", 0};
    if (!json_is_array(list)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s must be a list: [{\"url\": ..., \"user\": ..., \"pass\": ...}]",
                              miner_config_label(label, source, &place));
    }
    struct miner_collector *collector = source->skip_servers ? &source->ignored : source->collector;
    struct miner_login all[MINER_SERVER_LOGINS]; /* what an entry says is for its server alone */
    memcpy(all, collector->logins, sizeof all);
    for (; place.index < json_array_size(list); place.index++) {
        enum base_status status =
            read_server(source, &place, json_array_get(list, place.index), error);
        if (status != BASE_OK) {
            return status;
        }
        memcpy(collector->logins, all, sizeof all);
    }
    return BASE_OK;
}

static enum base_status read_root(struct miner_config_source *source, json_t *root,
                                  struct base_error *error)
{
    enum base_status status = BASE_OK;
    const char *key = NULL;
    json_t *value = NULL;
    json_t *servers = json_object_get(root, "servers");
    json_t *url = json_object_get(root, "url");
    json_t *devices = json_object_get(root, "devices");

    if (servers != NULL && url != NULL) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%.150s: \"servers\" and \"url\" both name servers; put all of them "
                              "into \"servers\"",
                              source->path);
    }
    /* Top-level user and pass are for all servers, or belong to a top-level url. */
    if (url != NULL) {
        status = read_key(source, "url", url, error);
    }
    static const char *const last[] = {"rest-port", "rpc-cookie"}; /* belong to a server */
    json_object_foreach(root, key, value)
    {
        bool later = value == servers || value == url || value == devices ||
                     strcmp(key, "groups") == 0 || strcmp(key, last[0]) == 0 ||
                     strcmp(key, last[1]) == 0;
        if (status == BASE_OK && !later) {
            status = read_key(source, key, value, error);
        }
    }
    if (status == BASE_OK && servers != NULL) {
        status = miner_config_servers(source, NULL, servers, error);
    }
    if (status == BASE_OK && devices != NULL) {
        status = miner_config_devices(source, devices, error);
    }
    for (size_t i = 0; i < BASE_COUNT_OF(last) && status == BASE_OK; i++) {
        value = json_object_get(root, last[i]);
        status = value == NULL ? BASE_OK : read_key(source, last[i], value, error);
    }
    return status;
}

/* ---- the file ------------------------------------------------------------------------------- */

static enum base_status load(struct miner_config_file *file, struct base_error *error)
{
    const char *path = file->path;
    enum base_status status = BASE_OK;
    struct stat about;
    FILE *stream = fopen(path, "re");
    size_t size = 0;
    if (stream == NULL) {
        bool passes = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO;
        return base_error_set(error, passes ? BASE_E_IO : BASE_E_NOT_FOUND,
                              "--config %.200s: cannot be read: %s%s", path, strerror(errno),
                              passes ? "" : "; name a JSON file that exists");
    }
    file->regular = fstat(fileno(stream), &about) == 0 && S_ISREG(about.st_mode);
    file->text = base_alloc(FILE_MAX + 1, 1);
    if (file->text == NULL) {
        status = base_error_set(error, BASE_E_MEMORY, "no memory for --config %.200s", path);
        goto out;
    }
    errno = 0;
    size = fread(file->text, 1, FILE_MAX, stream);
    if (ferror(stream) != 0) {
        status = base_error_set(error, errno == EISDIR ? BASE_E_FORMAT : BASE_E_IO,
                                "--config %.200s: cannot be read: %s", path, strerror(errno));
    } else if (size == FILE_MAX) {
        status = base_error_set(error, BASE_E_LIMIT,
                                "--config %.200s: larger than %d bytes: is this the right file?",
                                path, FILE_MAX - 1);
    } else if (memchr(file->text, '\0', size) != NULL) {
        status = base_error_set(error, BASE_E_FORMAT,
                                "--config %.200s: holds zero bytes: is this the right file?", path);
    }
out:
    (void)fclose(stream);
    return status;
}

enum base_status miner_config_open(struct miner_config_file *file, const char *path,
                                   struct base_error *error)
{
    json_error_t where;
    *file = (struct miner_config_file){.path = path};
    enum base_status status = load(file, error);
    if (status != BASE_OK) {
        return status;
    }
    if (strncmp(file->text, UTF8_MARK, strlen(UTF8_MARK)) == 0) {
        memset(file->text, ' ', strlen(UTF8_MARK));
    }
    unsigned open_line = miner_config_blank_comments(file->text);
    if (open_line > 0) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%.150s:%u: the comment that begins here never ends; write */", path,
                              open_line);
    }
    file->root = json_loads(file->text, JSON_REJECT_DUPLICATES, &where);
    if (file->root == NULL) {
        bool utf8 = strstr(where.text, "decode byte") != NULL;
        return base_error_set(
            error, BASE_E_FORMAT, "%.150s:%d:%d: %.160s; %s", path, where.line, where.column,
            where.text, utf8 ? "save the file as UTF-8" : "write JSON: {\"option\": value, ...}");
    }
    if (!json_is_object(file->root)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%.150s:1: the file must hold one object: {\"option\": value, ...}",
                              path);
    }
    return BASE_OK;
}

void miner_config_close(struct miner_config_file *file)
{
    json_decref(file->root);
    base_free(file->text);
    *file = (struct miner_config_file){.path = file->path};
}

enum base_status miner_config_read(struct miner_collector *collector,
                                   const struct miner_config_file *file, bool skip_servers,
                                   struct base_error *error)
{
    struct miner_config *ignored = base_alloc(1, sizeof *ignored);
    if (ignored == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for --config %.200s", file->path);
    }
    struct miner_config_source source = {.path = file->path,
                                         .text = file->text,
                                         .collector = collector,
                                         .ignored = {.config = ignored},
                                         .skip_servers = skip_servers};
    enum base_status status = read_root(&source, file->root, error);
    base_free(ignored);
    return status;
}
