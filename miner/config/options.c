/* options.c: words of the command line to settings, settings to a configuration. Our own parser,
 * because getopt takes any beginning of an option's name for the option, permutes words, and
 * cannot say what would have been right. */
#include "config/options.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "config/elsewhere.h"
#include "config/values.h"

enum { NAMES_MAX = 96, LABEL_MAX = 48 };

/* One option as it was written. */
struct setting {
    const struct miner_option *option;
    const char *text; /* borrowed from argv; "" for flags */
    char label[LABEL_MAX];
};

/* The command line, taken apart. */
struct line {
    enum miner_command command;
    struct setting *settings; /* at most one a word, and every flag once; owned */
    size_t count;
    const char *config_file; /* NULL: none */
    const char *file;        /* of replay, borrowed from argv; NULL: none yet */
    int argc;                /* the words */
    char *const *argv;
    int at; /* the word that is read */
    bool help;
    bool version;
    bool urls; /* -o was given */
};

/* ---- wrong words ---------------------------------------------------------------------------- */

static enum base_status unknown_command(const char *word, struct base_error *error)
{
    const char *names[20];
    size_t count = miner_command_count();
    for (size_t i = 0; i < count; i++) {
        names[i] = miner_command_at(i)->name;
    }
    names[count++] = "config";
    names[count++] = "completion";
    names[count++] = "help";
    const char *near = miner_value_nearest(word, names, count);
    if (word[0] == '-') {
        return base_error_set(error, BASE_E_FORMAT,
                              "no command before %.40s; write `shardpick mine %.40s ...`", word,
                              word);
    }
    return base_error_set(error, BASE_E_FORMAT,
                          "no command \"%.40s\"%s%s%s; commands are mine, bench, devices, "
                          "selftest, tune, devnet, doctor, bridge, replay, config, completion (see "
                          "`shardpick --help`)",
                          word, near != NULL ? " (did you mean " : "", near != NULL ? near : "",
                          near != NULL ? "?)" : "");
}

/* Commands that have an option, as "mine, devnet". */
static void commands_with(char *text, size_t cap, const char *name)
{
    text[0] = '\0';
    for (size_t i = 0; i < miner_command_count(); i++) {
        if (miner_option_find(name, miner_command_at(i)->command) != NULL) {
            base_text_add(text, cap, ", ", miner_command_at(i)->name);
        }
    }
}

static enum base_status unknown_option(const char *name, enum miner_command command,
                                       struct base_error *error)
{
    const char *names[NAMES_MAX];
    char others[100];
    size_t count = 0;
    const char *of = miner_command_name(command);
    if (miner_option_find(name, MINER_COMMAND_NONE) != NULL) {
        commands_with(others, sizeof others, name);
        return base_error_set(error, BASE_E_FORMAT, "--%s is no option of `%s`; it belongs to: %s",
                              name, of, others);
    }
    for (const struct miner_option *option = NULL;
         (option = miner_option_next(option, command)) != NULL && count < NAMES_MAX;) {
        names[count++] = option->name;
    }
    const char *here = miner_option_elsewhere(name);
    if (here != NULL) {
        return base_error_set(error, BASE_E_FORMAT,
                              "no option --%.40s; here it is %s (see `shardpick %s -h`)", name,
                              here, of);
    }
    const char *near = miner_value_nearest(name, names, count);
    return base_error_set(error, BASE_E_FORMAT, "no option --%.40s%s%s%s (see `shardpick %s -h`)",
                          name, near != NULL ? "; did you mean --" : "", near != NULL ? near : "",
                          near != NULL ? "?" : "", of);
}

/* ---- taking words apart --------------------------------------------------------------------- */

static const struct miner_option *find_letter(char letter, enum miner_command command)
{
    const struct miner_option *option = miner_option_next(NULL, command);
    while (option != NULL && option->letter != letter) {
        option = miner_option_next(option, command);
    }
    return option;
}

/* True when a word is an option of this command rather than somebody's value. */
static bool is_option(const char *word, enum miner_command command)
{
    if (word[0] != '-' || word[1] == '\0') {
        return false;
    }
    if (word[1] != '-') {
        return word[2] == '\0' && find_letter(word[1], command) != NULL;
    }
    char name[LABEL_MAX];
    size_t size = strcspn(word + 2, "=");
    (void)snprintf(name, sizeof name, "%.*s", (int)(size < sizeof name ? size : sizeof name - 1),
                   word + 2);
    return miner_option_find(name, command) != NULL;
}

static bool was_given(const struct line *line, const char *name)
{
    for (size_t i = 0; i < line->count; i++) {
        if (strcmp(line->settings[i].option->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void keep(struct line *line, const struct miner_option *option, const char *text,
                 const char *label)
{
    struct setting *setting = &line->settings[line->count];
    if (strcmp(option->name, "help") == 0) {
        line->help = true;
    } else if (strcmp(option->name, "version") == 0) {
        line->version = true;
    } else if (strcmp(option->name, "config") == 0) {
        line->config_file = text;
    } else if (option->argument != NULL || !was_given(line, option->name)) {
        line->urls = line->urls || strcmp(option->name, "url") == 0;
        setting->option = option;
        setting->text = text;
        (void)snprintf(setting->label, sizeof setting->label, "%s", label);
        line->count++;
    }
}

/* Keep an option with its value: what is attached, else the next word. */
static enum base_status take_value(struct line *line, const struct miner_option *option,
                                   const char *label, const char *attached,
                                   struct base_error *error)
{
    const char *text = attached;
    if (text == NULL && line->at + 1 < line->argc &&
        !is_option(line->argv[line->at + 1], line->command)) {
        text = line->argv[++line->at];
    }
    if (text == NULL) {
        return base_error_set(error, BASE_E_FORMAT, "%s needs a value: %s %s", label, label,
                              option->argument);
    }
    keep(line, option, text, label);
    return BASE_OK;
}

static enum base_status take_long(struct line *line, struct base_error *error)
{
    char name[LABEL_MAX - 2];
    char label[LABEL_MAX];
    const char *word = line->argv[line->at] + 2;
    const char *equals = strchr(word, '=');
    size_t size = strcspn(word, "=");

    (void)snprintf(name, sizeof name, "%.*s", (int)(size < sizeof name ? size : sizeof name - 1),
                   word);
    (void)snprintf(label, sizeof label, "--%s", name);
    const struct miner_option *option = miner_option_find(name, line->command);
    if (option == NULL) {
        return unknown_option(name, line->command, error);
    }
    if (option->argument == NULL && equals != NULL) {
        return base_error_set(error, BASE_E_FORMAT, "%s takes no value; write %s alone", label,
                              label);
    }
    if (option->argument != NULL) {
        return take_value(line, option, label, equals != NULL ? equals + 1 : NULL, error);
    }
    keep(line, option, "", label);
    return BASE_OK;
}

/* "-q", "-t4", "-t 4", and flags in one word: "-qh". */
static enum base_status take_letters(struct line *line, struct base_error *error)
{
    const char *word = line->argv[line->at];
    for (size_t i = 1; word[i] != '\0'; i++) {
        char label[3] = {'-', word[i], '\0'};
        const struct miner_option *option = find_letter(word[i], line->command);
        const char *here = miner_option_elsewhere(label + 1);
        if (option == NULL && here != NULL && i == 1) {
            return base_error_set(error, BASE_E_FORMAT,
                                  "no option %s; here it is %s (see `shardpick %s -h`)", label,
                                  here, miner_command_name(line->command));
        }
        if (option == NULL) {
            return base_error_set(error, BASE_E_FORMAT, "no option %.40s (see `shardpick %s -h`)%s",
                                  i == 1 && strlen(word) > 2 ? word : label,
                                  miner_command_name(line->command),
                                  strlen(word) > 2 ? "; long options begin with two dashes" : "");
        }
        if (option->argument != NULL) {
            return take_value(line, option, label, word[i + 1] != '\0' ? word + i + 1 : NULL,
                              error);
        }
        keep(line, option, "", label);
    }
    return BASE_OK;
}

static enum base_status take_words(struct line *line, struct base_error *error)
{
    enum base_status status = BASE_OK;
    for (; line->at < line->argc && status == BASE_OK; line->at++) {
        const char *word = line->argv[line->at];
        if (word[0] == '-' && word[1] == '-' && word[2] != '\0') {
            status = take_long(line, error);
        } else if (word[0] == '-' && word[1] != '-' && word[1] != '\0') {
            status = take_letters(line, error);
        } else if (line->command == MINER_COMMAND_REPLAY && line->file == NULL) {
            line->file = word;
        } else {
            status = base_error_set(error, BASE_E_FORMAT,
                                    "\"%.40s\" is no option of `%s`; options begin with -, values "
                                    "follow theirs (a server: -o %.40s)",
                                    word, miner_command_name(line->command),
                                    strstr(word, "://") != NULL ? word : "URL");
        }
    }
    return status;
}

/* ---- the command ---------------------------------------------------------------------------- */

static enum base_status take_completion(enum miner_request *request, const char **topic, int argc,
                                        char *const *argv, struct base_error *error)
{
    static const char *const topics[] = {"bash", "zsh", "fish", "man", "schema"};
    if (argc == 3 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0)) {
        *request = MINER_REQUEST_HELP;
        return BASE_OK;
    }
    for (size_t i = 0; argc == 3 && i < BASE_COUNT_OF(topics); i++) {
        if (strcmp(argv[2], topics[i]) == 0) {
            *request = MINER_REQUEST_COMPLETION;
            *topic = argv[2];
            return BASE_OK;
        }
    }
    return base_error_set(
        error, BASE_E_FORMAT,
        "completion: write `shardpick completion bash`, zsh, fish, man or schema");
}

/* The first word: a command, help, or what asks for neither. *done is set when that is all. */
static enum base_status take_command(struct miner_config *config, enum miner_request *request,
                                     const char **topic, bool *done, int argc, char *const *argv,
                                     struct base_error *error)
{
    const char *word = argc > 1 ? argv[1] : "--help";
    *done = true;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        *request = MINER_REQUEST_HELP;
        if (argc > 2 && strcmp(word, "help") == 0) {
            config->command = miner_command_find(argv[2]);
            if (strcmp(argv[2], "config") == 0 || strcmp(argv[2], "completion") == 0) {
                return BASE_OK; /* in the program's help */
            }
            return config->command != MINER_COMMAND_NONE ? BASE_OK
                                                         : unknown_command(argv[2], error);
        }
        return BASE_OK;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        *request = MINER_REQUEST_VERSION;
        return BASE_OK;
    }
    if (strcmp(word, "completion") == 0) {
        return take_completion(request, topic, argc, argv, error);
    }
    if (strcmp(word, "config") == 0) {
        bool help = argc == 3 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
        *request = help ? MINER_REQUEST_HELP : MINER_REQUEST_CONFIG;
        return help || (argc > 2 && strcmp(argv[2], "--print") == 0)
                   ? BASE_OK
                   : base_error_set(error, BASE_E_FORMAT,
                                    "config: write `shardpick config --print` and then the options "
                                    "of mine, such as -c FILE");
    }
    config->command = miner_command_find(word);
    if (config->command == MINER_COMMAND_NONE) {
        return unknown_command(word, error);
    }
    *done = false;
    return BASE_OK;
}

/* ---- settings to configuration -------------------------------------------------------------- */

/* Options that contradict each other, and options that mean nothing without another. Only what
 * stands in one command line: a file's value is overridden, not contradicted. */
static enum base_status check_pairs(const struct line *line, struct base_error *error)
{
    static const struct {
        const char *one;
        const char *other;
        const char *why;
    } pairs[] = {
        {"quiet", "verbose", "one wants less in the log, the other more"},
        {"tls-insecure", "tls-fingerprint", "one accepts any certificate, the other just one"},
        {"url", "block-time", "the block time is the development network's, -o names a server"},
        {"json", "csv", "each is another output format"},
        {"json", "markdown", "each is another output format"},
        {"csv", "markdown", "each is another output format"},
        {"background", "json", "the object is for standard output, which is closed then"},
        {"kernels", "cpu-kernel", "one measures every kernel, the other just one"},
        {"hashes", "seconds", "one fixes the work, the other the time"},
        {"hashes", "compare", "fixed work has no repeated windows to compare; compare timed runs"},
    };
    for (size_t i = 0; i < BASE_COUNT_OF(pairs); i++) {
        if (was_given(line, pairs[i].one) && was_given(line, pairs[i].other)) {
            return base_error_set(error, BASE_E_STATE,
                                  "--%s and --%s contradict each other (%s); leave one out",
                                  pairs[i].one, pairs[i].other, pairs[i].why);
        }
    }
    if (line->command == MINER_COMMAND_BENCH && was_given(line, "seed") &&
        !was_given(line, "hashes")) {
        return base_error_set(error, BASE_E_STATE,
                              "--seed belongs to fixed work; add --hashes N or leave it out");
    }
    return BASE_OK;
}

static enum base_status apply_line(struct miner_collector *collector, const struct line *line,
                                   struct base_error *error)
{
    enum base_status status = BASE_OK;
    if (was_given(line, "quiet") || was_given(line, "verbose")) {
        collector->config->quiet = false; /* of the file */
        collector->config->verbose = false;
    }
    for (size_t i = 0; i < line->count && status == BASE_OK; i++) {
        const struct setting *setting = &line->settings[i];
        status =
            miner_option_apply(collector, setting->option, setting->label, setting->text, error);
    }
    return status;
}

void miner_collector_begin(struct miner_collector *collector, enum miner_layer layer)
{
    collector->layer = layer;
    collector->first_server = collector->config->server_count;
}

void miner_collector_give_login(struct miner_collector *collector, size_t server,
                                enum miner_server_key key)
{
    char *to = miner_server_login(&collector->config->servers[server], key);
    memcpy(to, collector->logins[key].text, POOL_LOGIN_MAX);
    if (collector->trace != NULL) {
        collector->trace->servers[server][key] = collector->trace->logins[key];
    }
}

void miner_collector_end(struct miner_collector *collector)
{
    for (size_t i = 0; i < collector->first_server; i++) {
        for (enum miner_server_key key = 0; key < MINER_SERVER_LOGINS; key++) {
            if (collector->logins[key].from == collector->layer) {
                miner_collector_give_login(collector, i, key);
            }
        }
    }
    collector->first_server = 0;
}

/* File, environment and command line, each over the ones before it. file is NULL where there is
 * none. */
static enum base_status read_layers(struct miner_collector *collector, const struct line *line,
                                    const struct miner_config_file *file, struct base_error *error)
{
    enum base_status status = BASE_OK;
    if (file != NULL) {
        miner_collector_begin(collector, MINER_LAYER_FILE);
        status = miner_config_read(collector, file, line->urls || miner_config_environment_urls(),
                                   error);
        miner_collector_end(collector);
    }
    if (status == BASE_OK) {
        miner_collector_begin(collector, MINER_LAYER_ENVIRONMENT);
        status = miner_config_environment(collector, line->urls, error);
        miner_collector_end(collector);
    }
    if (status == BASE_OK) {
        miner_collector_begin(collector, MINER_LAYER_LINE);
        status = apply_line(collector, line, error);
        miner_collector_end(collector);
    }
    if (status == BASE_OK && file != NULL && collector->groups != NULL &&
        collector->config->command == MINER_COMMAND_MINE) {
        status = miner_config_read_groups(collector, file, error);
    }
    return status;
}

/* Open the file that the command line or the environment names, and read all layers. */
static enum base_status read_all(struct miner_collector *collector, const struct line *line,
                                 struct base_error *error)
{
    struct miner_config_file file = {.path = NULL};
    const char *path =
        line->config_file != NULL ? line->config_file : miner_config_environment_file();
    if (path == NULL) {
        return read_layers(collector, line, NULL, error);
    }
    if (strcmp(path, "-") == 0) {
        path = "/dev/stdin";
    }
    enum base_status status = miner_config_open(&file, path, error);
    (void)snprintf(collector->trace->file, sizeof collector->trace->file, "%s", path);
    collector->trace->once = !file.regular;
    if (status == BASE_OK) {
        status = read_layers(collector, line, &file, error);
    }
    miner_config_close(&file);
    return status;
}

/* The one word of replay that is no option. */
static enum base_status take_file(struct miner_config *config, const char *file,
                                  struct base_error *error)
{
    if (file == NULL || file[0] == '\0') {
        return base_error_set(error, BASE_E_FORMAT,
                              "replay needs a recording; write `shardpick replay FILE` (mine "
                              "--record FILE makes one)");
    }
    if (strlen(file) >= sizeof config->replay_file) {
        return base_error_set(error, BASE_E_LIMIT, "the file's name is longer than %d characters",
                              MINER_PATH_MAX - 1);
    }
    (void)snprintf(config->replay_file, sizeof config->replay_file, "%s", file);
    return BASE_OK;
}

/* Words from argv[first] on, and the file they name, to a checked configuration. */
static enum base_status read_words(struct miner_collector *collector, enum miner_request *request,
                                   int first, int argc, char *const *argv, struct base_error *error)
{
    struct line line = {
        .command = collector->config->command, .argc = argc, .argv = argv, .at = first};
    enum base_status status = BASE_OK;
    line.settings = base_alloc((size_t)argc + miner_option_count(), sizeof *line.settings);
    if (line.settings == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for the command line");
    }
    status = take_words(&line, error);
    if (status == BASE_OK && (line.help || line.version)) {
        *request = line.help ? MINER_REQUEST_HELP : MINER_REQUEST_VERSION;
        goto out;
    }
    if (status == BASE_OK) {
        status = check_pairs(&line, error);
    }
    if (status == BASE_OK) {
        status = read_all(collector, &line, error);
    }
    if (status == BASE_OK && line.command == MINER_COMMAND_REPLAY) {
        status = take_file(collector->config, line.file, error);
    }
    if (status == BASE_OK && !(collector->groups != NULL && collector->groups->count > 0)) {
        status = miner_config_finish(collector, error);
    }
out:
    base_free(line.settings);
    return status;
}

/* Defaults, and a collector for what is read over them. */
static struct miner_collector begin(struct miner_settings *settings, const char *cache_dir)
{
    memset(settings, 0, sizeof *settings);
    miner_config_defaults(&settings->config, cache_dir);
    return (struct miner_collector){
        .config = &settings->config, .trace = &settings->trace, .groups = &settings->groups};
}

enum base_status miner_options_load(struct miner_settings *settings, enum miner_request *request,
                                    const char **topic, int argc, char *const *argv,
                                    const char *cache_dir, struct base_error *error)
{
    struct miner_collector collector = begin(settings, cache_dir);
    bool done = false;
    *request = MINER_REQUEST_RUN;
    *topic = "";
    enum base_status status =
        take_command(&settings->config, request, topic, &done, argc, argv, error);
    if (status != BASE_OK || done) {
        return status;
    }
    return read_words(&collector, request, 2, argc, argv, error);
}

enum base_status miner_options_trace(struct miner_settings *settings, int argc, char *const *argv,
                                     const char *cache_dir, struct base_error *error)
{
    struct miner_collector collector = begin(settings, cache_dir);
    enum miner_request ignored = MINER_REQUEST_RUN;
    settings->config.command = MINER_COMMAND_MINE;
    return read_words(&collector, &ignored, 3, argc, argv, error);
}
