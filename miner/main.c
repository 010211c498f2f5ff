/* main.c: from the command line to a command and its exit code; the only file that may end the
 * process. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "commands/commands.h"
#include "config/help.h"
#include "config/options.h"
#include "faces/terminal.h"
#include "process/inherited.h"
#include "process/stop.h"

/* Default folder for caches: $XDG_CACHE_HOME/shardpick, else ~/.cache/shardpick, else none. */
static void find_cache_dir(char *text, size_t cap)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int size = 0;
    text[0] = '\0';
    if (cache != NULL && cache[0] == '/') {
        size = snprintf(text, cap, "%s/shardpick", cache);
    } else if (home != NULL && home[0] == '/') {
        size = snprintf(text, cap, "%s/.cache/shardpick", home);
    }
    if (size < 0 || (size_t)size >= cap) {
        text[0] = '\0';
    }
}

/* The guard ends the process: nothing may be waited for any more, not even the log. */
static void give_up(void *user, const char *why)
{
    miner_terminal_restore(user);
    (void)dprintf(STDERR_FILENO, "shardpick: %s\n", why);
    _exit(MINER_EXIT_FAILED);
}

/* As process 1, a signal ends a command that does not wait for it. */
static void end_by_signal(int signal)
{
    _exit(128 + signal);
}

static enum base_status open_log(struct miner_log **log, const struct miner_config *config,
                                 struct base_error *error)
{
    struct miner_log_config log_config = {
        .stream = config->syslog ? NULL : stderr,
        .syslog = config->syslog,
        .color = config->color,
        .file = config->log_file,
        .level = miner_host_log_level(config),
    };
    return miner_log_new(log, &log_config, error);
}

static int run(const struct miner_host *host, struct miner_terminal *terminal)
{
    static int (*const commands[MINER_COMMAND_COUNT])(const struct miner_host *) = {
        [MINER_COMMAND_BENCH] = miner_bench_command,
        [MINER_COMMAND_DEVICES] = miner_devices_command,
        [MINER_COMMAND_SELFTEST] = miner_selftest_command,
        [MINER_COMMAND_TUNE] = miner_tune_command,
        [MINER_COMMAND_DEVNET] = miner_devnet_command,
        [MINER_COMMAND_DOCTOR] = miner_doctor_command,
        [MINER_COMMAND_REPLAY] = miner_replay_command,
    };
    if (host->config->command == MINER_COMMAND_MINE) {
        return miner_mine_command(host, terminal);
    }
    if (host->config->command == MINER_COMMAND_BRIDGE) {
        return miner_bridge_command(host, terminal);
    }
    BASE_ASSERT(commands[host->config->command] != NULL);
    return commands[host->config->command](host);
}

/* What was found odd in the settings; the first group's are the general ones. */
static void warn(struct miner_log *log, const struct miner_settings *settings)
{
    const char *general = settings->config.warning;
    if (general[0] != '\0') {
        miner_log(log, MINER_LOG_WARNING, "config", "%s", general);
    }
    for (size_t i = 1; i < settings->groups.count; i++) {
        const struct miner_config *config = &settings->groups.configs[i];
        if (strcmp(config->warning, general) != 0) {
            miner_log(log, MINER_LOG_WARNING, "config", "group \"%s\": %s", config->group,
                      config->warning);
        }
    }
}

static int fail(const struct base_error *error, int code)
{
    (void)fprintf(stderr, "shardpick: %s\n", error->text);
    return code;
}

/* Leave the terminal: a child goes on, and this process ends. Relative file names stay good.
 * Returns: true in the child; false in a process that is to end with *code. */
static bool leave_terminal(int *code)
{
    struct base_error error = {BASE_OK, ""};
    pid_t child = fork();
    if (child < 0) {
        (void)base_error_set(&error, BASE_E_STATE, "--background: %s", strerror(errno));
        *code = fail(&error, MINER_EXIT_FAILED);
        return false;
    }
    if (child > 0) {
        (void)fprintf(stderr, "shardpick: runs in the background as process %d\n", (int)child);
        *code = MINER_EXIT_DONE;
        return false;
    }
    (void)setsid();
    int null = open("/dev/null", O_RDWR);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO && null >= 0; fd++) {
        (void)dup2(null, fd);
    }
    if (null > STDERR_FILENO) {
        (void)close(null);
    }
    return true;
}

/* Prepare what a command needs, run it, and free everything. */
static int run_command(const struct miner_words *words)
{
    struct base_error error = {BASE_OK, ""};
    const struct miner_config *config = &words->settings->config;
    struct miner_topology *topology = NULL;
    struct miner_log *log = NULL;
    struct miner_stop *stop = NULL;
    struct miner_terminal terminal = {.taken = false};
    int code = MINER_EXIT_FAILED;
    if (config->background && !leave_terminal(&code)) {
        return code;
    }
    /* Without a settings file to read again, or a log file that may be rotated, SIGHUP ends the
     * program as it does by default. */
    const struct miner_trace *trace = &words->settings->trace;
    bool reloads = config->command == MINER_COMMAND_MINE &&
                   ((trace->file[0] != '\0' && !trace->once) || config->log_file[0] != '\0');
    bool stoppable =
        config->command == MINER_COMMAND_MINE || config->command == MINER_COMMAND_DEVNET ||
        config->command == MINER_COMMAND_TUNE || config->command == MINER_COMMAND_REPLAY ||
        config->command == MINER_COMMAND_BRIDGE;

    /* Before the first thread: signals that are blocked here are blocked in all of them. */
    if (stoppable && miner_stop_new(&stop, reloads, give_up, &terminal, &error) != BASE_OK) {
        return fail(&error, MINER_EXIT_FAILED);
    }
    (void)setlocale(LC_CTYPE, ""); /* whether the terminal speaks UTF-8; nothing else */
    if (open_log(&log, config, &error) != BASE_OK) {
        code = fail(&error, error.status == BASE_E_IO ? MINER_EXIT_USAGE : MINER_EXIT_FAILED);
        goto out;
    }
    enum base_status status = miner_topology_new(&topology, &config->affinity, NULL, &error);
    if (status != BASE_OK) {
        code = fail(&error, status == BASE_E_RANGE ? MINER_EXIT_USAGE : MINER_EXIT_FAILED);
        goto out;
    }
    warn(log, words->settings);
    if (miner_topology_machine(topology)->note[0] != '\0') {
        miner_log(log, MINER_LOG_WARNING, "machine", "%s", miner_topology_machine(topology)->note);
    }
    struct miner_host host = {
        .config = config,
        .topology = topology,
        .log = log,
        .out = stdout,
        .features = base_cpu_detect(),
        .words = words,
        .reload_fd = stop != NULL ? miner_stop_reload_fd(stop) : -1,
        .stop_fd = stop != NULL ? miner_stop_fd(stop) : -1,
    };
    code = run(&host, &terminal);
out:
    miner_log_free(log);
    miner_stop_free(stop);
    if ((code & MINER_EXIT_AT_ONCE) != 0) {
        (void)fflush(stdout);
        _exit(code & ~MINER_EXIT_AT_ONCE);
    }
    miner_topology_free(topology);
    return code;
}

int main(int argc, char **argv)
{
    struct base_error error = {BASE_OK, ""};
    struct miner_settings *settings = base_alloc(1, sizeof *settings);
    enum miner_request request = MINER_REQUEST_RUN;
    const char *topic = NULL;
    char cache_dir[MINER_PATH_MAX];
    int code = MINER_EXIT_DONE;

    miner_inherited_descriptors();
    miner_inherited_signals(end_by_signal);
    (void)signal(SIGPIPE, SIG_IGN); /* a closed socket or pipe is reported as an error */
    (void)signal(SIGXFSZ, SIG_IGN); /* and so is a file that must not grow */
    if (argc < 2) {
        miner_help_print(stderr, MINER_COMMAND_NONE);
        code = MINER_EXIT_USAGE;
        goto out;
    }
    find_cache_dir(cache_dir, sizeof cache_dir);
    enum base_status status =
        settings != NULL
            ? miner_options_load(settings, &request, &topic, argc, argv, cache_dir, &error)
            : base_error_set(&error, BASE_E_MEMORY, "no memory to start");
    if (status != BASE_OK) {
        bool passes = status == BASE_E_MEMORY || status == BASE_E_IO; /* a state of the system */
        code = fail(&error, passes ? MINER_EXIT_FAILED : MINER_EXIT_USAGE);
        goto out;
    }
    switch (request) {
    case MINER_REQUEST_HELP:
        miner_help_print(stdout, settings->config.command);
        break;
    case MINER_REQUEST_VERSION:
        (void)printf("shardpick %s (%s)\n", SHARDPICK_VERSION, __VERSION__);
        break;
    case MINER_REQUEST_COMPLETION:
        miner_completion_print(stdout, topic, SHARDPICK_VERSION);
        break;
    case MINER_REQUEST_CONFIG:
        if (miner_config_print(stdout, argc, argv, cache_dir, &error) != BASE_OK) {
            code = fail(&error, MINER_EXIT_USAGE);
        }
        break;
    case MINER_REQUEST_RUN:
        code = run_command(&(struct miner_words){argc, argv, cache_dir, settings});
        break;
    }
    if (fflush(stdout) != 0 && code == MINER_EXIT_DONE) {
        (void)base_error_set(&error, BASE_E_IO, "standard output: %s", strerror(errno));
        code = fail(&error, MINER_EXIT_FAILED);
    }
out:
    base_free(settings);
    return code;
}
