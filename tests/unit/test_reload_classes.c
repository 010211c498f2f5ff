/* test_reload_classes.c: what a change of each option in the file needs while `mine` runs, for
 * every row of the table: the list it is told in, whether a new engine is made, and whether the new
 * value or the former one is in force afterwards. docs/config.md says the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reload_rows.h"
#include "run/reload.h"

static char path[] = "/tmp/shardpick-classes-XXXXXX";

static int set_up(void **state)
{
    int fd = mkstemp(path);
    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return remove(path);
}

/* The settings that `mine -c FILE` has with this text in the file. Free: free. */
static struct miner_settings *load(const char *text)
{
    static char words[4][8] = {"miner", "mine", "-c", ""};
    char *argv[] = {words[0], words[1], words[2], path};
    struct miner_settings *settings = calloc(1, sizeof *settings);
    enum miner_request request = MINER_REQUEST_HELP;
    struct base_error error = {BASE_OK, ""};
    const char *topic = NULL;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
    if (miner_options_load(settings, &request, &topic, 4, argv, "/cache", &error) != BASE_OK) {
        fail_msg("%s: %s", text, error.text);
    }
    return settings;
}

/* The algorithm of a coin follows the coin. */
static const char *more_of(const char *name, bool second)
{
    return strcmp(name, "algo") == 0 && second ? "\"coin\": \"digibyte\"," : "";
}

static struct miner_settings *load_row(const struct reload_row *row, bool second)
{
    const char *value = second ? row->second : row->first;
    char text[512] = "{}";
    if (value != NULL) {
        (void)snprintf(text, sizeof text, "{%s \"%s\": %s}", more_of(row->name, second), row->name,
                       value);
    }
    return load(text);
}

static bool lists(const char *list, const char *name)
{
    const char *at = strstr(list, name);
    size_t size = strlen(name);
    while (at != NULL && ((at > list && at[-1] != ' ') || (at[size] != ',' && at[size] != '\0'))) {
        at = strstr(at + 1, name);
    }
    return at != NULL;
}

static void test_every_row(void **state)
{
    size_t walked = 0;
    (void)state;
    for (size_t i = 0; i < miner_option_count(); i++) {
        const struct miner_option *option = miner_option_at(i);
        struct miner_changes changes;
        if (!reload_row_wanted(option)) {
            continue;
        }
        const struct reload_row *row = reload_row_find(option->name);
        if (row == NULL) {
            fail_msg("%s: a new option needs a row in tests/reload_rows.c", option->name);
            return;
        }
        struct miner_settings *before = load_row(row, false);
        struct miner_settings *same = load_row(row, false);
        struct miner_settings *now = load_row(row, true);
        struct miner_settings *wanted = load_row(row, true);
        miner_changes_find(&changes, same, before);
        assert_false(changes.engine);
        assert_string_equal(changes.applied, "");
        assert_string_equal(changes.waiting, "");
        miner_changes_find(&changes, now, before);
        bool starts = option->reload == MINER_RELOAD_START;
        if (lists(changes.waiting, row->name) != starts ||
            lists(changes.applied, row->name) == starts ||
            changes.engine != (option->reload == MINER_RELOAD_ENGINE)) {
            fail_msg("%s: in force: %s; waiting: %s; engine %d", row->name, changes.applied,
                     changes.waiting, changes.engine);
        }
        assert_true(
            miner_option_same(option, &now->config, starts ? &before->config : &wanted->config));
        assert_false(miner_option_same(option, &before->config, &wanted->config));
        walked++;
        free(before);
        free(same);
        free(now);
        free(wanted);
    }
    assert_true(walked > 35);
}

/* The table of docs/config.md names every option in the row of its class. */
static void test_documentation(void **state)
{
    static const char *const how[] = {[MINER_RELOAD_START] = "need a new start",
                                      [MINER_RELOAD_LIVE] = "| at once |",
                                      [MINER_RELOAD_ENGINE] = "| new lanes and a new connection"};
    (void)state;
    for (size_t i = 0; i < miner_option_count(); i++) {
        const struct miner_option *option = miner_option_at(i);
        char quoted[64];
        char line[2048];
        bool found = false;
        if (!reload_row_wanted(option)) {
            continue;
        }
        (void)snprintf(quoted, sizeof quoted, "`%s`", option->name);
        FILE *file = fopen(SHARDPICK_DOCS "/config.md", "r");
        assert_non_null(file);
        while (fgets(line, sizeof line, file) != NULL) {
            found = found || (line[0] == '|' && strstr(line, quoted) != NULL &&
                              strstr(line, how[option->reload]) != NULL);
        }
        (void)fclose(file);
        if (!found) {
            fail_msg("docs/config.md: %s is not in the row \"%s\"", option->name,
                     how[option->reload]);
        }
    }
}

#define SERVERS "\"servers\": [{\"url\": \"daemon+tcp://127.0.0.1:%d\"}]"
#define GROUP(name, threads, cpus, port)                                                           \
    "{\"name\": \"" name "\", \"threads\": " threads ", \"cpu-affinity\": \"" cpus                 \
    "\", \"servers\": [{\"url\": \"daemon+tcp://127.0.0.1:" port "\"}]}"

static struct miner_changes compare(const char *former, const char *latter,
                                    struct miner_settings **now)
{
    struct miner_changes changes;
    struct miner_settings *before = load(former);
    *now = load(latter);
    miner_changes_find(&changes, *now, before);
    free(before);
    return changes;
}

static void test_servers_and_devices(void **state)
{
    struct miner_settings *now = NULL;
    char one[128];
    char two[128];
    (void)state;
    (void)snprintf(one, sizeof one, "{" SERVERS "}", 1001);
    (void)snprintf(two, sizeof two, "{" SERVERS "}", 1002);
    struct miner_changes changes = compare(one, two, &now);
    assert_string_equal(changes.applied, "servers");
    assert_true(changes.engine && now->config.servers[0].port == 1002);
    free(now);
    changes = compare(one, "{}", &now); /* the development network starts with the program */
    assert_string_equal(changes.waiting, "servers");
    assert_true(!changes.engine && now->config.server_count == 1);
    free(now);
    changes = compare("{}", "{\"devices\": [{\"device\": \"0:0\", \"launch-ms\": 5}]}", &now);
    assert_string_equal(changes.applied, "devices");
    assert_true(changes.engine && now->config.device_count == 1);
    free(now);
}

static void test_groups(void **state)
{
    static const char one[] = "{\"groups\": [" GROUP("a", "1", "0", "1001") ", " GROUP(
        "b", "1", "1", "1002") "], \"watchdog\": 30, \"nonce-seed\": 1}";
    static const char other[] = "{\"groups\": [" GROUP("a", "1", "0", "1001") ", " GROUP(
        "b", "1", "1", "1003") "], \"watchdog\": 30, \"nonce-seed\": 1}";
    static const char renamed[] = "{\"groups\": [" GROUP("c", "1", "0", "1001") ", " GROUP(
        "b", "1", "1", "1003") "], \"watchdog\": 31, \"nonce-seed\": 2}";
    struct miner_settings *now = NULL;
    (void)state;
    struct miner_changes changes = compare(one, one, &now);
    assert_string_equal(changes.applied, "");
    assert_string_equal(changes.waiting, "");
    free(now);
    changes = compare(one, other, &now);
    assert_string_equal(changes.applied, "groups");
    assert_true(changes.engine && now->groups.configs[1].servers[0].port == 1003);
    free(now);
    /* Groups stay; what is alike in all of them is new, or waits, in each. */
    changes = compare(one, renamed, &now);
    assert_string_equal(changes.applied, "watchdog");
    assert_string_equal(changes.waiting, "groups, nonce-seed");
    assert_false(changes.engine);
    assert_string_equal(now->groups.configs[0].group, "a");
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(now->groups.configs[i].watchdog_ms, 31000);
        assert_int_equal(now->groups.configs[i].nonce_seed, 1);
    }
    assert_int_equal(now->groups.configs[1].servers[0].port, 1002);
    free(now);
    changes = compare("{\"threads\": 2, \"watchdog\": 30}", renamed, &now);
    assert_string_equal(changes.waiting, "groups, nonce-seed");
    assert_string_equal(changes.applied, "watchdog");
    assert_int_equal(now->groups.count, 0);
    assert_int_equal(now->config.threads, 2);
    free(now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_documentation),
        cmocka_unit_test(test_servers_and_devices),
        cmocka_unit_test(test_groups),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
