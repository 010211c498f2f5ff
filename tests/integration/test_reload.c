/* test_reload.c: the built program reads its settings again while it mines as fast as it can at a
 * development network here: whatever changes and however it is asked for, the network's counts and
 * the program's are the same in the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api_run.h"
#include "base/clock.h"
#include "devnet/devnet.h"
#include "mine_run.h"
#include "reload_rows.h"

enum {
    WAIT_MS = 60000, /* for an event that must come */
    LINE_CAP = 2048,
    ROUNDS = 9, /* reloads while it mines */
    FINDS = 4,  /* accepted blocks between two of them */
};

#define TOKEN "a-long-enough-token"

/* The program, its log line by line, and what it prints at the end. */
struct miner {
    pid_t pid;
    int log_fd;
    FILE *out;
    char line[LINE_CAP];
    struct api_run api; /* its port */
};

static char *program;
static char folder[] = "/tmp/shardpick-reload-XXXXXX";
static char file[64];
static struct pool_devnet *devnet;
static struct api_reply reply;

static int set_up(void **state)
{
    struct base_error error;
    struct pool_devnet_config config;
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    (void)snprintf(file, sizeof file, "%s/rig.json", folder);
    pool_devnet_defaults(&config);
    config.hash = mine_run_hash;
    config.start_hashes = 20000; /* blocks all the time */
    config.block_time_ms = 1000; /* of each of 16 chains; with less, blocks of a busy machine, which
                                    hands in fewer, become so easy that it cannot send all finds */
    config.push_interval_ms = 5;
    return pool_devnet_start(&devnet, &config, &error) == BASE_OK ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    pool_devnet_stop(devnet);
    (void)unlink(file);
    return rmdir(folder);
}

/* A new file in the place of the old one, as editors do it. */
__attribute__((format(printf, 1, 2))) static void write_settings(const char *format, ...)
{
    char fresh[80];
    va_list arguments;
    (void)snprintf(fresh, sizeof fresh, "%s.new", file);
    FILE *out = fopen(fresh, "we");
    assert_non_null(out);
    va_start(arguments, format);
    assert_true(vfprintf(out, format, arguments) > 0);
    va_end(arguments);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(rename(fresh, file), 0);
}

/* Settings with so many threads, and one of two lists of servers. */
static void write_rig(unsigned threads, bool two_servers, const char *more)
{
    unsigned port = pool_devnet_node_port(devnet);
    char second[64] = "";
    if (two_servers) {
        (void)snprintf(second, sizeof second, ",\n {\"url\": \"daemon+tcp://127.0.0.1:%u\"}", port);
    }
    write_settings("{// a rig\n \"servers\": [{\"url\": \"daemon+tcp://127.0.0.1:%u\"}%s],\n"
                   " \"threads\": %u, \"api-token\": \"" TOKEN "\"%s}\n",
                   port, second, threads, more);
}

/* Read the log up to a line that holds this. */
static void wait_line(struct miner *miner, const char *part)
{
    size_t size = 0;
    uint64_t end_ms = base_clock_ms() + WAIT_MS;
    for (;;) {
        struct pollfd polled = {.fd = miner->log_fd, .events = POLLIN};
        char byte = 0;
        if (base_clock_ms() >= end_ms || poll(&polled, 1, WAIT_MS) != 1 ||
            read(miner->log_fd, &byte, 1) != 1) {
            fail_msg("the log never said \"%s\"; last: %s", part, miner->line);
        }
        if (byte != '\n') {
            miner->line[size] = byte;
            size += size + 2 < sizeof miner->line;
            continue;
        }
        miner->line[size] = '\0';
        size = 0;
        if (strstr(miner->line, part) != NULL) {
            return;
        }
    }
}

static void start_with(struct miner *miner, char *const argv[])
{
    int pipes[2];
    memset(miner, 0, sizeof *miner);
    miner->out = tmpfile();
    assert_non_null(miner->out);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    miner->pid = fork();
    assert_true(miner->pid >= 0);
    if (miner->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing behind */
        (void)dup2(fileno(miner->out), STDOUT_FILENO);
        (void)dup2(pipes[1], STDERR_FILENO);
        (void)!chdir(folder);
        (void)execv(program, argv);
        _exit(127);
    }
    (void)close(pipes[1]);
    miner->log_fd = pipes[0];
}

#define WORD(text) (char *)(uintptr_t)(text)

static void start(struct miner *miner)
{
    char *const argv[] = {program,
                          WORD("mine"),
                          WORD("-c"),
                          file,
                          WORD("--json"),
                          WORD("--opencl"),
                          WORD("none"),
                          WORD("--api"),
                          WORD("127.0.0.1:0"),
                          WORD("--cache-dir"),
                          WORD(""),
                          NULL};
    start_with(miner, argv);
    wait_line(miner, "http://127.0.0.1:");
    miner->api.port =
        (uint16_t)strtoul(strstr(miner->line, "127.0.0.1:") + strlen("127.0.0.1:"), NULL, 10);
}

static void wait_finds(struct miner *miner, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        wait_line(miner, "accepted: ");
    }
}

/* Press Ctrl-C; the closing object. The caller frees it. */
static json_t *finish(struct miner *miner)
{
    int status = 0;
    static char rest[1 << 16]; /* the log's end, to be shown if the program fails */
    size_t size = 0;
    ssize_t got = 1;
    assert_int_equal(kill(miner->pid, SIGINT), 0);
    while (got > 0) {
        if (size > sizeof rest / 2) {
            memmove(rest, rest + sizeof rest / 2, size -= sizeof rest / 2);
        }
        got = read(miner->log_fd, rest + size, sizeof rest - 1 - size);
        size += got > 0 ? (size_t)got : 0;
    }
    rest[size] = '\0';
    assert_int_equal(waitpid(miner->pid, &status, 0), miner->pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail_msg("the program ended with status %x:\n%s", (unsigned)status, rest);
    }
    (void)close(miner->log_fd);
    rewind(miner->out);
    json_t *summary = json_loadf(miner->out, 0, NULL);
    (void)fclose(miner->out);
    assert_non_null(summary);
    return summary;
}

static uint64_t number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value)) {
        fail_msg("no number %s", key);
    }
    return (uint64_t)json_integer_value(value);
}

static int ask_reload(const struct miner *miner, const char *headers)
{
    return api_ask(&reply, &miner->api, "POST", "/api/v1/reload", headers);
}

static const char token[] = "Authorization: Bearer " TOKEN "\r\n";

/* Sum of a list's members of this name. */
static uint64_t sum_of(const json_t *summary, const char *list, const char *key)
{
    uint64_t sum = 0;
    size_t index = 0;
    const json_t *entry = NULL;
    json_array_foreach(json_object_get(summary, list), index, entry)
    {
        sum += number(entry, key);
    }
    return sum;
}

/* What the network counted since `before` is what the program says. */
static void compare(const json_t *summary, const struct pool_devnet_stats *before)
{
    struct pool_devnet_stats now;
    uint64_t accepted = 0;
    uint64_t refused = 0;
    pool_devnet_stats(devnet, &now);
    for (size_t i = 0; i < 16; i++) {
        accepted += now.accepted[i] + now.uncles[i] - before->accepted[i] - before->uncles[i];
        refused += now.refused[i] - before->refused[i];
    }
    /* Where the machine has much else to do, a find may come so late that its template has been
     * pushed out of the network's cache: refused like other late ones. */
    refused += now.unknown_template - before->unknown_template;
    if (now.wrong_chain + now.above_target + now.wrong_timestamp + now.duplicates + now.malformed >
        0) {
        fail_msg("wrong: chain %u, target %u, time %u, repeated %u, malformed %u",
                 (unsigned)now.wrong_chain, (unsigned)now.above_target,
                 (unsigned)now.wrong_timestamp, (unsigned)now.duplicates, (unsigned)now.malformed);
    }
    assert_int_equal(number(summary, "accepted"), accepted);
    assert_int_equal(number(summary, "stale") + number(summary, "rejected"), refused);
    assert_int_equal(number(summary, "found"), accepted + refused);
    assert_int_equal(number(summary, "unanswered") + number(summary, "not_sent"), 0);
    assert_int_equal(number(summary, "duplicates") + number(summary, "invalid_on_device"), 0);
    assert_int_equal(sum_of(summary, "per_chain", "accepted"), accepted);
    assert_int_equal(sum_of(summary, "per_device", "finds_lost"), 0);
    assert_int_equal(sum_of(summary, "per_device", "hashes"), number(summary, "hashes"));
    assert_int_equal(sum_of(summary, "per_chain", "hashes"), number(summary, "hashes"));
}

/* Devices and servers change, in every way there is to say so; nothing is lost or counted twice. */
static void test_under_load(void **state)
{
    struct miner miner;
    struct pool_devnet_stats before;
    (void)state;
    pool_devnet_stats(devnet, &before);
    write_rig(1, false, "");
    start(&miner);
    wait_finds(&miner, FINDS);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        unsigned threads = 1 + i % 2;
        write_rig(threads, i % 3 == 0, i % 4 == 0 ? ", \"nice\": 1" : "");
        if (i % 3 == 1) {
            assert_int_equal(kill(miner.pid, SIGHUP), 0);
        } else if (i % 3 == 2) {
            assert_int_equal(ask_reload(&miner, token), 202);
        } /* else: the file itself */
        wait_line(&miner, "settings read again (");
        assert_non_null(strstr(miner.line, "threads"));
        assert_non_null(strstr(miner.line, " in force"));
        wait_finds(&miner, FINDS);
    }
    json_t *summary = finish(&miner);
    compare(summary, &before);
    assert_true(number(summary, "accepted") >= (uint64_t)(ROUNDS + 1) * FINDS);
    json_decref(summary);
}

/* Wrong settings change nothing, say why, and do not stand in the way of right ones. */
static void test_wrong_settings(void **state)
{
    struct miner miner;
    struct pool_devnet_stats before;
    (void)state;
    pool_devnet_stats(devnet, &before);
    write_rig(1, false, "");
    start(&miner);
    wait_finds(&miner, FINDS);
    write_rig(1, false, ",\n \"thread\": 2");
    wait_line(&miner, "nothing changed: ");
    assert_non_null(strstr(miner.line, "rig.json:4: \"thread\""));
    assert_non_null(strstr(miner.line, "did you mean \"threads\"?"));
    assert_int_equal(ask_reload(&miner, ""), 401);
    assert_int_equal(ask_reload(&miner, token), 422);
    assert_non_null(strstr(reply.body, "rig.json:4: "));
    wait_finds(&miner, FINDS);
    /* Right words, but no such processor: found out when the lanes are made. */
    write_rig(1, false, ",\n \"cpu-affinity\": \"1023\"");
    wait_line(&miner, "nothing changed: ");
    wait_finds(&miner, FINDS);
    write_rig(2, false, "");
    wait_line(&miner, "threads in force");
    wait_finds(&miner, FINDS);
    json_t *summary = finish(&miner);
    compare(summary, &before);
    json_decref(summary);
}

/* What needs no new lanes is in force at once; what needs a new start is said. */
static void test_live_settings(void **state)
{
    struct miner miner;
    struct pool_devnet_stats before;
    struct pool_devnet_stats after;
    (void)state;
    pool_devnet_stats(devnet, &before);
    write_rig(1, false, "");
    start(&miner);
    wait_finds(&miner, FINDS);
    write_rig(1, false, ", \"verbose\": true, \"summary-interval\": 0.1");
    wait_line(&miner, "verbose, summary-interval in force");
    wait_line(&miner, "10s/60s/15m");
    write_rig(1, false, ", \"verbose\": true, \"log-file\": \"/nowhere/log\", \"nonce-seed\": 5");
    wait_line(&miner, "summary-interval in force");
    wait_line(&miner, "nonce-seed, log-file: in force after a new start of the program only");
    write_rig(1, false, "");
    wait_line(&miner, "verbose in force");
    assert_int_equal(ask_reload(&miner, token), 202);
    wait_line(&miner, "nothing is different");
    pool_devnet_stats(devnet, &after);
    assert_int_equal(after.connections, before.connections + 1); /* the first one still */
    json_t *summary = finish(&miner);
    compare(summary, &before);
    json_decref(summary);
}

/* Options that are in force at once really are: the token of the HTTP interface, and a bound that
 * has been reached already. */
static void test_live_effects(void **state)
{
    static const char other[] = "Authorization: Bearer another-long-token\r\n";
    static const char rig[] = "{\"servers\": [{\"url\": \"daemon+tcp://127.0.0.1:%u\"}],\n"
                              " \"threads\": 1, \"api-token\": \"another-long-token\"%s}\n";
    struct miner miner;
    int status = 0;
    (void)state;
    write_rig(1, false, "");
    start(&miner);
    wait_finds(&miner, FINDS);
    write_settings(rig, pool_devnet_node_port(devnet), "");
    wait_line(&miner, "api-token in force");
    assert_int_equal(ask_reload(&miner, token), 401);
    assert_int_equal(ask_reload(&miner, other), 202);
    wait_line(&miner, "nothing is different");
    write_settings(rig, pool_devnet_node_port(devnet), ", \"until-blocks\": 1");
    wait_line(&miner, "until-blocks in force");
    while (read(miner.log_fd, miner.line, sizeof miner.line) > 0) {
    }
    assert_int_equal(waitpid(miner.pid, &status, 0), miner.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    (void)close(miner.log_fd);
    (void)fclose(miner.out);
}

/* Write settings with so many threads to another path in the folder. */
static void write_to(const char *name, unsigned threads)
{
    char path[96];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    (void)fprintf(out, "{\"servers\": [{\"url\": \"daemon+tcp://127.0.0.1:%u\"}], \"threads\": %u}",
                  pool_devnet_node_port(devnet), threads);
    assert_int_equal(fclose(out), 0);
}

static char *path_of(char path[96], const char *name)
{
    (void)snprintf(path, 96, "%s/%s", folder, name);
    return path;
}

/* Changes that give no event in the folder that was watched at the start: a link on the way to the
 * file leads to another folder, which is then replaced by a new one. */
static void test_other_folders(void **state)
{
    static const char *const files[] = {"v1/rig.json", "old/rig.json", "v2/rig.json"};
    static const char *const folders[] = {"v1", "old", "v2"};
    char path[96];
    char other[96];
    char config[96];
    char *const argv[] = {program,
                          WORD("mine"),
                          WORD("-c"),
                          path_of(config, "current/rig.json"),
                          WORD("--opencl"),
                          WORD("none"),
                          WORD("--cache-dir"),
                          WORD(""),
                          NULL};
    struct miner miner;
    int status = 0;
    (void)state;
    assert_int_equal(mkdir(path_of(path, "v1"), 0700), 0);
    assert_int_equal(mkdir(path_of(path, "v2"), 0700), 0);
    assert_int_equal(symlink("v1", path_of(path, "current")), 0);
    write_to("v1/rig.json", 1);
    write_to("v2/rig.json", 2);
    start_with(&miner, argv);
    wait_finds(&miner, 1);
    assert_int_equal(symlink("v2", path_of(path, "fresh")), 0);
    assert_int_equal(rename(path, path_of(other, "current")), 0);
    wait_line(&miner, "(the file has changed): threads in force");
    assert_int_equal(rename(path_of(path, "v2"), path_of(other, "old")), 0);
    assert_int_equal(mkdir(path_of(path, "v2"), 0700), 0);
    write_to("v2/rig.json", 1);
    wait_line(&miner, "(the file has changed): threads in force");
    assert_int_equal(kill(miner.pid, SIGTERM), 0);
    while (read(miner.log_fd, other, sizeof other) > 0) {
    }
    assert_int_equal(waitpid(miner.pid, &status, 0), miner.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    (void)close(miner.log_fd);
    (void)fclose(miner.out);
    (void)unlink(path_of(path, "current"));
    for (size_t i = 0; i < 3; i++) {
        (void)unlink(path_of(path, files[i]));
        (void)rmdir(path_of(path, folders[i]));
    }
}

/* Settings of a rig, and one option besides; NULL: none. */
static void write_option(const char *name, const char *value)
{
    static const char *const base[][2] = {
        {"threads", "1"}, {"opencl", "\"none\""}, {"cache-dir", "\"\""}, {"json", "true"}};
    char rest[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < sizeof base / sizeof base[0]; i++) {
        bool given = name != NULL && strcmp(base[i][0], name) == 0;
        if (!given) {
            used += (size_t)snprintf(rest + used, sizeof rest - used, ",\n \"%s\": %s", base[i][0],
                                     base[i][1]);
        }
    }
    write_settings("{\"servers\": [{\"url\": \"daemon+tcp://127.0.0.1:%u\"}]%s%s%s%s%s}\n",
                   pool_devnet_node_port(devnet), rest, name != NULL ? ",\n \"" : "",
                   name != NULL ? name : "", name != NULL ? "\": " : "", name != NULL ? value : "");
}

/* Options that a rig at this network cannot take, and quiet, after which the log says nothing. */
static bool is_walked(const struct miner_option *option)
{
    static const char *const others[] = {"coin", "algo", "quiet"};
    bool walked = reload_row_wanted(option);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        walked = walked && strcmp(option->name, others[i]) != 0;
    }
    return walked;
}

/* Every row of the table in turn: the log says what its class says, and a new connection is made
 * for those that need a new engine and for no others. */
static void test_every_option(void **state)
{
    char *const argv[] = {program, WORD("mine"), WORD("-c"), file, NULL};
    const struct miner_option *last = NULL;
    struct miner miner;
    struct pool_devnet_stats before;
    struct pool_devnet_stats after;
    uint64_t engines = 1;
    (void)state;
    pool_devnet_stats(devnet, &before);
    write_option(NULL, NULL);
    start_with(&miner, argv);
    wait_finds(&miner, 1);
    for (size_t i = 0; i < miner_option_count(); i++) {
        const struct miner_option *option = miner_option_at(i);
        const struct reload_row *row = reload_row_find(option->name);
        char said[128];
        if (!is_walked(option)) {
            continue;
        }
        assert_non_null(row);
        bool starts = option->reload == MINER_RELOAD_START;
        bool last_starts = last != NULL && last->reload == MINER_RELOAD_START;
        engines += option->reload == MINER_RELOAD_ENGINE ||
                   (last != NULL && last->reload == MINER_RELOAD_ENGINE);
        /* the base has json, which the test reads at the end */
        write_option(row->name, strcmp(row->name, "json") == 0 ? row->first : row->second);
        bool alone = starts || last == NULL || last_starts; /* else "last, option in force" */
        (void)snprintf(said, sizeof said, "%s%s%s", alone ? "): " : "", row->name,
                       starts ? ": in force after a new start of the program only" : " in force");
        wait_line(&miner, said);
        last = option;
    }
    wait_finds(&miner, 1);
    json_t *summary = finish(&miner);
    pool_devnet_stats(devnet, &after);
    assert_int_equal(after.connections - before.connections, engines);
    compare(summary, &before);
    json_decref(summary);
    for (size_t i = 0; i < 2; i++) {
        char path[80];
        (void)snprintf(path, sizeof path, "%s/%s", folder, i == 0 ? "two.rec" : "two.rec.2");
        (void)unlink(path);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_under_load),    cmocka_unit_test(test_wrong_settings),
        cmocka_unit_test(test_live_settings), cmocka_unit_test(test_live_effects),
        cmocka_unit_test(test_every_option),  cmocka_unit_test(test_other_folders),
    };
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s PROGRAM\n", argv[0]);
        return 2;
    }
    program = argv[1];
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
