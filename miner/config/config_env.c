/* config_env.c: settings from the environment, for containers and services: SHARDPICK_THREADS=4 is
 * --threads 4, SHARDPICK_API_TOKEN keeps a secret off the command line. Every value goes through
 * the same checks as a word of the command line. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/options.h"
#include "config/setters.h"
#include "config/values.h"

#define PREFIX "SHARDPICK_"

enum { VARIABLE_MAX = 64, NAMES_MAX = 128 };

/* "SHARDPICK_API_TOKEN" for "api-token". */
static void variable_name(char text[VARIABLE_MAX], const char *option)
{
    (void)snprintf(text, VARIABLE_MAX, PREFIX "%s", option);
    for (char *at = text; *at != '\0'; at++) {
        *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
    }
}

/* Value of an option's variable; NULL when there is none, or an empty one: composers of containers
 * pass on as empty what is not set. */
static const char *variable_value(char name[VARIABLE_MAX], const char *option)
{
    variable_name(name, option);
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *miner_config_environment_file(void)
{
    char name[VARIABLE_MAX];
    return variable_value(name, "config");
}

bool miner_config_environment_urls(void)
{
    char name[VARIABLE_MAX];
    return variable_value(name, "url") != NULL;
}

/* "" for a flag that is set, "false" for one that is not. Written as people and YAML write them: in
 * any case, with blanks around. */
static enum base_status flag_text(const char **text, const char *label, const char *value,
                                  struct base_error *error)
{
    static const char *const yes[] = {"1", "true", "yes", "on", "y", "t"};
    static const char *const no[] = {"0", "false", "no", "off", "n", "f"};
    const char *word = value + strspn(value, " \t\r\n");
    size_t size = strlen(word);
    while (size > 0 && isspace((unsigned char)word[size - 1])) {
        size--;
    }
    for (size_t i = 0; i < BASE_COUNT_OF(yes); i++) {
        bool is_yes = strlen(yes[i]) == size && strncasecmp(word, yes[i], size) == 0;
        bool is_no = strlen(no[i]) == size && strncasecmp(word, no[i], size) == 0;
        if (is_yes || is_no) {
            *text = is_yes ? "" : "false";
            return BASE_OK;
        }
    }
    return base_error_set(error, BASE_E_FORMAT, "%s: \"%.40s\" is neither yes nor no; write 1 or 0",
                          label, value);
}

/* One option, if its variable is set. */
static enum base_status read_option(struct miner_collector *collector,
                                    const struct miner_option *option, struct base_error *error)
{
    char name[VARIABLE_MAX];
    const char *text = variable_value(name, option->name);
    enum base_status status = BASE_OK;
    if (text == NULL) {
        return BASE_OK;
    }
    if (option->json == MINER_JSON_FLAG) {
        status = flag_text(&text, name, text, error);
    }
    return status == BASE_OK ? miner_option_apply(collector, option, name, text, error) : status;
}

/* Warn of a variable whose name is nearly an option's. Others are left alone: a Kubernetes service
 * named shardpick gives its neighbours SHARDPICK_SERVICE_HOST and so on. */
static void warn_of_near_names(struct miner_config *config)
{
    char variables[NAMES_MAX][VARIABLE_MAX];
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < miner_option_count() && count < NAMES_MAX; i++) {
        variable_name(variables[count], miner_option_at(i)->name);
        names[count] = variables[count];
        count++;
    }
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
        char word[VARIABLE_MAX];
        size_t size = strcspn(*entry, "=");
        bool known = size >= sizeof word;
        if (strncmp(*entry, PREFIX, strlen(PREFIX)) != 0 || known) {
            continue;
        }
        (void)snprintf(word, sizeof word, "%.*s", (int)size, *entry);
        for (size_t i = 0; i < count && !known; i++) {
            known = strcmp(word, names[i]) == 0;
        }
        const char *near = known ? NULL : miner_value_nearest(word, names, count);
        if (near != NULL) {
            miner_config_warn(config,
                              "the environment holds %s, which is no option: did you mean %s?",
                              word, near);
        }
    }
}

enum base_status miner_config_environment(struct miner_collector *collector, bool skip_urls,
                                          struct base_error *error)
{
    enum base_status status = BASE_OK;
    char name[VARIABLE_MAX];
    if (variable_value(name, "quiet") != NULL || variable_value(name, "verbose") != NULL) {
        collector->config->quiet = false; /* of the file */
        collector->config->verbose = false;
    }
    /* The table has url first: logins that follow belong to it. */
    for (const struct miner_option *option = NULL;
         status == BASE_OK &&
         (option = miner_option_next(option, collector->config->command)) != NULL;) {
        bool skipped = skip_urls && option->apply == miner_set_url;
        if (!skipped && option->apply != NULL) { /* SHARDPICK_CONFIG was read before */
            status = read_option(collector, option, error);
        }
    }
    warn_of_near_names(collector->config);
    return status;
}
