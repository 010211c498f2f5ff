/* test_program.c: the built program as a user runs it: exit codes, what goes to which stream, the
 * JSON that other programs read, help and manual page that name every option.
 * Argument: the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/options.h"

enum { WORDS_MAX = 24, TEXT_CAP = 1 << 18 };

static char *program;
static char out_text[TEXT_CAP]; /* of the last run */
static char error_text[TEXT_CAP];

static void read_all(char *text, FILE *file)
{
    rewind(file);
    size_t size = fread(text, 1, TEXT_CAP - 1, file);
    text[size] = '\0';
    (void)fclose(file);
}

/* Start the program with the words of a line; its standard output and error go to the files. */
static pid_t start(const char *line, FILE *out, FILE *error)
{
    static char copy[4096];
    char *words[WORDS_MAX] = {program};
    int count = 1;
    pid_t pid = 0;
    posix_spawn_file_actions_t actions;
    extern char **environ;
    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *at = copy; *at != '\0' && count < WORDS_MAX - 1;) {
        words[count++] = at;
        at += strcspn(at, " ");
        if (*at != '\0') {
            *at++ = '\0';
        }
    }
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    (void)posix_spawn_file_actions_adddup2(&actions, fileno(out), STDOUT_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, fileno(error), STDERR_FILENO);
    assert_int_equal(posix_spawn(&pid, program, &actions, NULL, words, environ), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    return pid;
}

/* Exit code of a process; 128 + signal if one ended it. */
static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        assert_int_equal(errno, EINTR);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(const char *line)
{
    FILE *out = tmpfile();
    FILE *error = tmpfile();
    assert_true(out != NULL && error != NULL);
    int code = wait_for(start(line, out, error));
    read_all(out_text, out);
    read_all(error_text, error);
    return code;
}

static json_t *run_json(const char *line)
{
    json_error_t where;
    int code = run(line);
    if (code != 0) {
        fail_msg("%s: exit %d: %s", line, code, error_text);
    }
    json_t *object = json_loads(out_text, 0, &where); /* one object and nothing else */
    if (object == NULL || !json_is_object(object)) {
        fail_msg("%s: %s: %s", line, where.text, out_text);
    }
    return object;
}

/* The member at a path of keys, which must be there. */
static json_t *member(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    if (value == NULL) {
        fail_msg("no \"%s\" in %s", key, out_text);
    }
    return value;
}

static json_int_t number(json_t *object, const char *key)
{
    json_t *value = member(object, key);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static const char *string(json_t *object, const char *key)
{
    json_t *value = member(object, key);
    assert_true(json_is_string(value));
    return json_string_value(value);
}

static void test_wrong_usage(void **state)
{
    static const struct {
        const char *line;
        const char *piece;
    } rows[] = {
        {"", "usage: shardpick COMMAND"},
        {"mien", "did you mean mine"},
        {"-o daemon+tcp://127.0.0.1:1", "shardpick mine -o"},
        {"mine --thread 1", "did you mean --threads"},
        {"mine -t -4", "0 to 1024"},
        {"mine -o foo", "stratum+tcp://foo for a pool"},
        {"mine -o stratum+tcp://127.0.0.1:99999 -u x", "65535"},
        {"mine -o stratum+tcp://127.0.0.1:1 -u .rig", "--user"},
        {"mine -o stratum+tcp://127.0.0.1:1", "-u ADDRESS.WORKER"},
        {"mine --coin cardano", "proof of stake"},
        {"mine -c /nonexistent/rig.json", "/nonexistent/rig.json"},
        {"mine --log-file /nonexistent/folder/log", "/nonexistent/folder/log"},
        {"mine --cpu-affinity 1000", "no hardware thread 1000"},
        {"devices --duration 3", "mine, devnet"},
        {"devnet --node-port 99999", "65534"},
        {"bench --nonsense", "--nonsense"},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        int code = run(rows[i].line);
        if (code != 2 || out_text[0] != '\0' || strstr(error_text, rows[i].piece) == NULL) {
            fail_msg("\"%s\": exit %d, \"%s\" on standard output, \"%s\" on standard error",
                     rows[i].line, code, out_text, error_text);
        }
        const char *newline = strchr(error_text, '\n'); /* one sentence, or the help */
        assert_non_null(newline);
        assert_true(newline[1] == '\0' || rows[i].line[0] == '\0');
    }
}

/* In a child: become the parent of a process 1 of a namespace of its own that runs `bench`, send it
 * a signal once it measures, and exit with 0 when that ended it; 77 where there are no namespaces.
 */
static int run_as_first(int signal)
{
    int ends[2];
    int status = 0;
    char byte = 0;
    if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0 && unshare(CLONE_NEWPID) != 0) {
        return 77;
    }
    if (pipe(ends) != 0) {
        return 1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[1]);
        (void)execl(program, program, "bench", "-a", "alephium", "--device", "cpu", "-t", "1",
                    "--seconds", "86400", (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        return 77;
    }
    if (read(ends[0], &byte, 1) != 1) { /* it says what it measures */
        return 1;
    }
    (void)kill(pid, signal);
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
                   WEXITSTATUS(status) == 128 + signal
               ? 0
               : 1;
}

/* The kernel ignores signals without a handler for process 1, which a container's program is. */
static void test_first_process(void **state)
{
    static const int signals[] = {SIGTERM, SIGINT};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(signals); i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            _exit(run_as_first(signals[i]));
        }
        int code = wait_for(pid);
        if (code == 77) {
            skip();
        }
        assert_int_equal(code, 0);
    }
}

/* A port that is in use may be free in a moment: a failure at run time, which supervisors try
 * again, and not a wrong configuration. */
static void test_port_in_use(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    char line[128];
    (void)state;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(line, sizeof line, "mine -t 1 --opencl none --duration 1 --api %u",
                   ntohs(address.sin_port));
    assert_int_equal(run(line), 1);
    assert_non_null(strstr(error_text, "--api"));
    assert_non_null(strstr(error_text, "in use"));
    (void)close(fd);
}

/* --cpu-kernel alone leaves out the devices; --opencl beside it asks for them. */
static void test_selftest_devices(void **state)
{
    static const char *const lines[] = {
        "selftest -a alephium --json --cpu-kernel portable",
        "selftest -a alephium --json --cpu-kernel portable --opencl all"};
    size_t devices[2] = {0, 0};
    size_t index = 0;
    json_t *entry = NULL;
    bool absent = false;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        json_t *object = run_json(lines[i]);
        json_array_foreach(member(object, "results"), index, entry)
        {
            devices[i] += strcmp(string(entry, "kernel"), "opencl") == 0;
        }
        absent = json_is_string(member(object, "opencl_absent"));
        json_decref(object);
    }
    assert_int_equal(devices[0], 0);
    assert_true(absent || devices[1] > 0);
}

static void test_devices_json(void **state)
{
    (void)state;
    json_t *object = run_json("devices --json");
    json_t *machine = member(object, "machine");
    json_t *lanes = member(object, "lanes");
    json_t *entry = NULL;
    size_t index = 0;
    cpu_set_t set;
    assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
    assert_true(string(object, "shardpick")[0] != '\0');
    assert_true(string(machine, "processor")[0] != '\0' && string(machine, "system")[0] != '\0');
    assert_true(number(machine, "packages") >= 1 && number(machine, "numa_nodes") >= 1);
    assert_true(number(machine, "cores") >= number(machine, "cores_allowed"));
    assert_int_equal(number(machine, "threads_allowed"), CPU_COUNT(&set));
    assert_true(json_is_boolean(member(machine, "smt")));
    assert_true(json_is_array(member(machine, "caches")));
    assert_true(json_is_array(member(machine, "features")));
    assert_int_equal(json_array_size(member(lanes, "places")), CPU_COUNT(&set));
    assert_true(number(lanes, "default") >= 1);

    bool alephium = false;
    json_array_foreach(member(object, "algorithms"), index, entry)
    {
        json_t *kernel = NULL;
        size_t k = 0;
        bool chosen_runs = false;
        json_array_foreach(member(entry, "kernels"), k, kernel)
        {
            chosen_runs =
                chosen_runs || (json_is_true(member(kernel, "usable")) &&
                                strcmp(string(kernel, "name"), string(entry, "kernel")) == 0);
        }
        assert_true(chosen_runs);
        alephium = alephium || strcmp(string(entry, "name"), "alephium") == 0;
    }
    assert_true(alephium);
    json_array_foreach(member(member(object, "opencl"), "devices"), index, entry)
    {
        assert_true(string(entry, "select")[0] != '\0' && string(entry, "kind")[0] != '\0');
        assert_true(json_is_true(member(entry, "usable")) || string(entry, "why_not")[0] != '\0');
        /* PoCL's and every GPU's list is not empty. */
        assert_true(json_is_false(member(entry, "usable")) ||
                    json_array_size(member(entry, "extensions")) > 0);
    }
    json_decref(object);
}

static void test_devices_text(void **state)
{
    (void)state;
    assert_int_equal(run("devices"), 0);
    assert_non_null(strstr(out_text, "hardware thread"));
    assert_non_null(strstr(out_text, "alephium"));
    assert_non_null(strstr(out_text, "OpenCL"));
    assert_null(strchr(out_text, '\033'));
    assert_int_equal(run("devices --opencl none"), 0);
    assert_non_null(strstr(out_text, "not asked"));
    assert_int_equal(run("devices --opencl 900:0"), 3);
    assert_non_null(strstr(error_text, "--opencl"));
}

/* The program sees the affinity mask it is started with. */
static void test_affinity(void **state)
{
    cpu_set_t before;
    cpu_set_t one;
    unsigned first = 0;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    while (!CPU_ISSET(first, &before)) {
        first++;
    }
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    json_t *object = run_json("devices --json --opencl none");
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
    assert_int_equal(number(member(object, "machine"), "threads_allowed"), 1);
    assert_int_equal(number(member(object, "lanes"), "default"), 1);
    json_t *place = json_array_get(member(member(object, "lanes"), "places"), 0);
    assert_int_equal(number(place, "cpu"), first);
    json_decref(object);
}

static void test_selftest(void **state)
{
    json_t *entry = NULL;
    size_t index = 0;
    json_int_t passed = 0;
    (void)state;
    json_t *object = run_json("selftest --json -a alephium --cache-dir=");
    assert_true(json_is_true(member(object, "ok")));
    assert_int_equal(number(object, "failed"), 0);
    json_array_foreach(member(object, "results"), index, entry)
    {
        assert_string_equal(string(entry, "algorithm"), "alephium");
        passed += strcmp(string(entry, "result"), "passed") == 0;
    }
    assert_true(passed >= 1);
    assert_int_equal(passed, number(object, "passed"));
    json_decref(object);

    assert_int_equal(run("selftest -a alephium --cpu-kernel portable --opencl none"), 0);
    assert_non_null(strstr(out_text, "1 passed, 0 failed, 0 skipped"));
    assert_int_equal(run("selftest --opencl 900:0"), 3);
    assert_non_null(strstr(error_text, "--opencl"));
}

/* On the first CPU-type device, where there is one. */
static void test_tune(void **state)
{
    char line[128] = "";
    json_t *entry = NULL;
    size_t index = 0;
    (void)state;
    json_t *object = run_json("devices --json");
    json_array_foreach(member(member(object, "opencl"), "devices"), index, entry)
    {
        if (line[0] == '\0' && json_is_true(member(entry, "usable")) &&
            strcmp(string(entry, "kind"), "cpu") == 0) {
            (void)snprintf(line, sizeof line,
                           "tune --json -a alephium --opencl %s --budget 0.1 "
                           "--cache-dir=",
                           string(entry, "select"));
        }
    }
    json_decref(object);
    assert_int_equal(run("tune --opencl none"), 3);
    assert_non_null(strstr(error_text, "nothing to tune"));
    if (line[0] == '\0') {
        print_message("no CPU-type OpenCL device here: nothing tuned\n");
        return;
    }
    object = run_json(line);
    entry = json_array_get(member(object, "results"), 0);
    assert_non_null(entry);
    assert_true(json_number_value(member(entry, "hashrate")) > 0.0);
    assert_true(number(entry, "tried") >= 1);
    assert_true(json_is_false(member(entry, "kept"))); /* no folder to keep it in */
    assert_true(number(member(entry, "params"), "local_size") >= 1);
    json_decref(object);
}

static void test_help(void **state)
{
    char line[64];
    char piece[64];
    (void)state;
    assert_int_equal(run("--help"), 0);
    for (size_t i = 0; i < miner_command_count(); i++) {
        const struct miner_command_row *row = miner_command_at(i);
        assert_int_equal(run("--help"), 0);
        assert_non_null(strstr(out_text, row->name));
        (void)snprintf(line, sizeof line, "%s --help", row->name);
        assert_int_equal(run(line), 0);
        assert_string_equal(error_text, "");
        for (size_t j = 0; j < miner_option_count(); j++) {
            const struct miner_option *option = miner_option_at(j);
            (void)snprintf(piece, sizeof piece, "--%s", option->name);
            if ((option->commands >> row->command & 1) != 0 && strstr(out_text, piece) == NULL) {
                fail_msg("%s does not mention %s", line, piece);
            }
        }
        for (const char *at = out_text; *at != '\0'; at += strcspn(at, "\n") + 1) {
            bool fits = row->command == MINER_COMMAND_BENCH || strcspn(at, "\n") <= 80;
            assert_true(fits);
        }
    }
    assert_int_equal(run("--version"), 0);
    assert_ptr_equal(strstr(out_text, "shardpick "), out_text);
}

/* docs/shardpick.1 is what the program prints, so that it names every option. */
static void test_manual(void **state)
{
    static char page[TEXT_CAP];
    (void)state;
    FILE *file = fopen(SHARDPICK_MANUAL, "re");
    assert_non_null(file);
    read_all(page, file);
    assert_int_equal(run("completion man"), 0);
    if (strcmp(page, out_text) != 0) {
        fail_msg("docs/shardpick.1 is old; run: shardpick completion man > docs/shardpick.1");
    }
    for (size_t i = 0; i < miner_option_count(); i++) {
        char piece[64] = "\\-\\-";
        const char *name = miner_option_at(i)->name;
        for (size_t size = 4; *name != '\0' && size < sizeof piece - 3; name++) {
            piece[size++] = '\\';
            size -= *name != '-';
            piece[size++] = *name;
            piece[size] = '\0';
        }
        if (strstr(page, piece) == NULL) {
            fail_msg("the manual page lacks %s", piece);
        }
    }
}

/* The kept file is what the program prints, and it names every option that a file can hold. */
static void test_schema(void **state)
{
    static char kept[TEXT_CAP];
    (void)state;
    FILE *file = fopen(SHARDPICK_SCHEMA, "re");
    assert_non_null(file);
    read_all(kept, file);
    json_t *schema = run_json("completion schema");
    if (strcmp(kept, out_text) != 0) {
        fail_msg("docs/config.schema.json is old; run: shardpick completion schema > it");
    }
    json_t *properties = member(schema, "properties");
    for (size_t i = 0; i < miner_option_count(); i++) {
        const struct miner_option *option = miner_option_at(i);
        json_t *property = json_object_get(properties, option->name);
        assert_int_equal(property != NULL, option->apply != NULL);
        if (property != NULL) {
            assert_string_not_equal(string(property, "description"), "");
            assert_non_null(json_object_get(property, "type"));
        }
    }
    json_t *server = member(member(member(properties, "servers"), "items"), "properties");
    assert_int_equal(json_object_size(server), 6);
    json_decref(schema);
}

/* The settings as `config --print` shows them: each with its origin, no secret; and they are a
 * configuration file themselves. */
static void test_config_print(void **state)
{
    static const char *const pieces[] = {
        "\"threads\": 3, // command line: -t\n",
        ("\"connect-timeout\": \"1m\", // file: " SHARDPICK_RIG ":8\n"),
        "\"summary-interval\": 10, // default\n",
        "\"no-color\": true, // file: ",
        "\"tls-insecure\": false, // default\n",
        "// \"duration\": not set\n",
        "\"api-key\": \"********\", // file: ",
        ("\"url\": \"stratum+tcp://pool.example:20032\", // file: " SHARDPICK_RIG ":5\n"),
        "\"user\": \"12sxfxraVoU8",
        "\"pass\": \"********\" // environment: SHARDPICK_PASS\n",
        "\"api-token\": \"********\", // environment: SHARDPICK_API_TOKEN\n",
        "\"until-blocks\": 5, // environment: SHARDPICK_UNTIL_BLOCKS\n",
        "SHARDPICK_THREAD, which is no option: did you mean SHARDPICK_THREADS?",
    };
    static const char *const variables[][2] = {
        {"SHARDPICK_THREADS", "7"},
        {"SHARDPICK_THREAD", "7"},
        {"SHARDPICK_PASS", "secret of the environment"},
        {"SHARDPICK_API_TOKEN", "secret-of-the-environment"},
        {"SHARDPICK_UNTIL_BLOCKS", "5"},
        {"SHARDPICK_DURATION", ""}, /* empty: absent */
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(variables); i++) {
        assert_int_equal(setenv(variables[i][0], variables[i][1], 1), 0);
    }
    assert_int_equal(run("config --print -c " SHARDPICK_RIG " -t 3"), 0);
    for (size_t i = 0; i < BASE_COUNT_OF(variables); i++) {
        assert_int_equal(unsetenv(variables[i][0]), 0);
    }
    for (size_t i = 0; i < BASE_COUNT_OF(pieces); i++) {
        if (strstr(out_text, pieces[i]) == NULL) {
            fail_msg("no %s in:\n%s", pieces[i], out_text);
        }
    }
    assert_null(strstr(out_text, "secret"));
    char path[] = "/tmp/shardpick-settings-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, out_text, strlen(out_text)), (ssize_t)strlen(out_text));
    (void)close(fd);
    char line[128];
    (void)snprintf(line, sizeof line, "config --print -c %s", path);
    int code = run(line);
    (void)unlink(path);
    if (code != 0 || strstr(out_text, "\"threads\": 3, // file: ") == NULL) {
        fail_msg("%s%s", error_text, out_text);
    }
    assert_int_equal(run("config --print --thread 3"), 2);
    assert_int_equal(run("config"), 2);
}

static void test_completions(void **state)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(shells); i++) {
        char line[32];
        (void)snprintf(line, sizeof line, "completion %s", shells[i]);
        assert_int_equal(run(line), 0);
        for (size_t j = 0; j < miner_option_count(); j++) {
            if (strstr(out_text, miner_option_at(j)->name) == NULL) {
                fail_msg("%s lacks %s", line, miner_option_at(j)->name);
            }
        }
    }
}

static void test_devnet(void **state)
{
    (void)state;
    json_t *object = run_json("devnet --duration 0.3 --json --node-port 0 --rest-port 0 "
                              "--pool-port 0 --summary-interval 0.1");
    assert_int_equal(json_array_size(member(object, "accepted")), 16);
    assert_int_equal(number(object, "malformed"), 0);
    assert_non_null(strstr(error_text, "daemon+tcp://127.0.0.1:"));
    assert_non_null(strstr(error_text, "blocks 0"));
    json_decref(object);
}

/* SIGTERM ends the server in good order: closing statistics, exit 0. */
static void test_devnet_signal(void **state)
{
    int ends[2];
    char line[512] = "";
    FILE *out = tmpfile();
    json_error_t where;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    FILE *writer = fdopen(ends[1], "w");
    FILE *reader = fdopen(ends[0], "r");
    assert_true(out != NULL && writer != NULL && reader != NULL);
    pid_t pid = start("devnet --json --node-port 0 --rest-port off --pool-port off", out, writer);
    (void)fclose(writer);
    while (strstr(line, "daemon+tcp://") == NULL) { /* it serves now */
        assert_non_null(fgets(line, sizeof line, reader));
    }
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(wait_for(pid), 0);
    read_all(out_text, out);
    (void)fclose(reader);
    json_t *object = json_loads(out_text, 0, &where);
    assert_non_null(object);
    json_decref(object);
}

static void test_full_output(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "we");
    FILE *error = tmpfile();
    if (full == NULL || error == NULL) {
        print_message("no /dev/full here\n");
        skip();
    }
    int code = wait_for(start("devices --json --opencl none", full, error));
    read_all(error_text, error);
    (void)fclose(full);
    assert_int_equal(code, 1);
    assert_non_null(strstr(error_text, "standard output"));
}

/* Understood; given up by the client; cut off; none at all. */
static void test_replay(void **state)
{
    static const char given_up[] =
        "{\"recording\":1,\"coin\":\"alephium\",\"algo\":\"\"}\n"
        "{\"ms\":1,\"kind\":\"open\",\"connection\":1,\"url\":\"daemon+tcp://n:1\",\"server\":0,"
        "\"agent\":\"a\",\"shy\":false,\"plain\":false,\"extranonce2\":0,\"version_mask\":0,"
        "\"counters\":0,\"next_job\":0}\n"
        "{\"ms\":2,\"kind\":\"received\",\"connection\":1,\"hex\":\"7fffffff\"}\n";
    char path[] = "/tmp/shardpick_replay_XXXXXX";
    char line[128];
    int file = mkstemp(path);
    (void)state;
    assert_true(file >= 0);
    (void)snprintf(line, sizeof line, "replay %s", path);
    assert_int_equal(run(line), 2);
    assert_non_null(strstr(error_text, "this is no recording"));
    assert_int_equal(run("replay " SHARDPICK_RIG), 2); /* some other file */
    assert_non_null(strstr(error_text, "this is no recording"));
    assert_string_equal(out_text, "");
    assert_int_equal(write(file, given_up, sizeof given_up - 1), sizeof given_up - 1);
    assert_int_equal(run(line), 1);
    assert_non_null(strstr(out_text, "gives up"));
    assert_int_equal(write(file, "{\"ms\"", 5), 5);
    assert_int_equal(run(line), 2);
    assert_non_null(strstr(error_text, "cut off"));
    (void)close(file);
    (void)unlink(path);
    assert_int_equal(run("replay"), 2);
    json_t *counts = run_json("replay --json " SHARDPICK_RECORDING);
    assert_int_equal(number(counts, "jobs"), 32);
    assert_int_equal(number(counts, "finds"), 4);
    json_decref(counts);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_usage),
        cmocka_unit_test(test_devices_json),
        cmocka_unit_test(test_devices_text),
        cmocka_unit_test(test_affinity),
        cmocka_unit_test(test_selftest),
        cmocka_unit_test(test_tune),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_manual),
        cmocka_unit_test(test_schema),
        cmocka_unit_test(test_config_print),
        cmocka_unit_test(test_first_process),
        cmocka_unit_test(test_port_in_use),
        cmocka_unit_test(test_selftest_devices),
        cmocka_unit_test(test_completions),
        cmocka_unit_test(test_devnet),
        cmocka_unit_test(test_devnet_signal),
        cmocka_unit_test(test_full_output),
        cmocka_unit_test(test_replay),
    };
    if (argc < 2) {
        return 1;
    }
    program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
