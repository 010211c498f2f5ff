/* program.c: see program.h. */
#include "program.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop.h"

enum { WORDS_MAX = 32 };

void program_start(struct program_run *run, const char *program, const char *const words[])
{
    const char *all[WORDS_MAX + 1] = {program};
    int pipes[2];
    posix_spawn_file_actions_t actions;
    extern char **environ;
    memset(run, 0, sizeof *run);
    for (size_t i = 0; words[i] != NULL; i++) {
        assert_true(i + 1 < WORDS_MAX);
        all[i + 1] = words[i];
    }
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    (void)posix_spawn_file_actions_adddup2(&actions, pipes[1], STDERR_FILENO);
    (void)posix_spawn_file_actions_addclose(&actions, pipes[0]);
    assert_int_equal(
        posix_spawn(&run->pid, program, &actions, NULL, (char *const *)(uintptr_t)all, environ), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(pipes[1]);
    run->log_fd = pipes[0];
}

/* A whole line behind what was seen, with this in it. */
static bool look(struct program_run *run, const char *part)
{
    char *line = run->log + run->seen;
    char *end = NULL;
    while ((end = strchr(line, '\n')) != NULL) {
        *end = '\0';
        bool found = strstr(line, part) != NULL;
        *end = '\n';
        line = end + 1;
        run->seen = (size_t)(line - run->log);
        if (found) {
            return true;
        }
    }
    return false;
}

void program_wait(struct program_run *run, const char *part)
{
    uint64_t until_ms = base_clock_ms() + LOOP_WAIT_MS;
    while (!look(run, part)) {
        ssize_t got = 0;
        size_t room = sizeof run->log - 1 - run->size;
        uint64_t now_ms = base_clock_ms();
        if (now_ms < until_ms && loop_readable(run->log_fd, (int)(until_ms - now_ms))) {
            got = read(run->log_fd, run->log + run->size, room);
        }
        if (got <= 0) { /* it ended, or says other things for so long: no program outlives a test */
            (void)kill(run->pid, SIGKILL);
            (void)waitpid(run->pid, NULL, 0);
            fail_msg("no \"%s\" in: %s", part, run->log);
        }
        run->size += (size_t)got;
        run->log[run->size] = '\0';
    }
}

int program_stop(struct program_run *run)
{
    int status = 0;
    (void)kill(run->pid, SIGINT);
    while (waitpid(run->pid, &status, 0) < 0) {
        assert_int_equal(errno, EINTR);
    }
    (void)close(run->log_fd);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
