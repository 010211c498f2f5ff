/* api_run.c: see api_run.h. */
#include "api_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WORDS_MAX = 32,
    STILL_MS = 400, /* a lane that hashes counts every few milliseconds */
    STILL_LOOKS = 300,
};

/* Next line of the log without its end; false at the end of the file. Byte by byte: a log is
 * short. */
static bool read_line(int fd, char *line, size_t cap)
{
    size_t size = 0;
    char byte = 0;
    while (read(fd, &byte, 1) == 1 && byte != '\n') {
        if (size + 1 < cap) {
            line[size++] = byte;
        }
    }
    line[size] = '\0';
    return byte == '\n';
}

static void *read_log(void *argument)
{
    struct api_run *run = argument;
    char line[2048];
    while (read_line(run->log_fd, line, sizeof line)) {
        if (strstr(line, "accepted: block") != NULL) {
            atomic_fetch_add(&run->accepted, 1);
        }
    }
    return NULL;
}

void api_run_start(struct api_run *run, char *program, const char *const words[])
{
    static char mine[] = "mine";
    static char api[] = "--api";
    static char where[] = "127.0.0.1:0";
    static char opencl[] = "--opencl=none";
    char *all[WORDS_MAX] = {program, mine, api, where, opencl};
    size_t count = 5;
    int pipes[2];
    char line[2048] = "";
    const char *found = NULL;
    posix_spawn_file_actions_t actions;
    extern char **environ;
    memset(run, 0, sizeof *run);
    for (size_t i = 0; words[i] != NULL && count + 1 < WORDS_MAX; i++) {
        all[count++] = (char *)(uintptr_t)words[i];
    }
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    (void)posix_spawn_file_actions_adddup2(&actions, pipes[1], STDERR_FILENO);
    (void)posix_spawn_file_actions_addclose(&actions, pipes[0]);
    assert_int_equal(posix_spawn(&run->pid, program, &actions, NULL, all, environ), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(pipes[1]);
    run->log_fd = pipes[0];
    while (found == NULL) {
        if (!read_line(run->log_fd, line, sizeof line)) {
            fail_msg("the program ended without an API; it said: %s", line);
        }
        found = strstr(line, "http://127.0.0.1:");
    }
    run->port = (uint16_t)strtoul(found + strlen("http://127.0.0.1:"), NULL, 10);
    assert_true(run->port > 0);
    assert_int_equal(pthread_create(&run->reader, NULL, read_log, run), 0);
}

int api_run_stop(struct api_run *run)
{
    int status = 0;
    (void)kill(run->pid, SIGINT);
    while (waitpid(run->pid, &status, 0) < 0) {
        assert_int_equal(errno, EINTR);
    }
    (void)pthread_join(run->reader, NULL);
    (void)close(run->log_fd);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int api_connect(const struct api_run *run)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(run->port)};
    struct timeval patience = {.tv_sec = 60};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

bool api_send(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, text, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        text += sent;
        size -= (size_t)sent;
    }
    return true;
}

int api_finish(struct api_reply *reply, int fd)
{
    size_t size = 0;
    ssize_t got = 1;
    while (got > 0 && size + 1 < sizeof reply->text) {
        got = recv(fd, reply->text + size, sizeof reply->text - 1 - size, 0);
        size += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd);
    reply->text[size] = '\0';
    reply->body = strstr(reply->text, "\r\n\r\n");
    reply->body = reply->body != NULL ? reply->body + 4 : reply->text + size;
    reply->code =
        strncmp(reply->text, "HTTP/1.1 ", 9) == 0 ? (int)strtol(reply->text + 9, NULL, 10) : 0;
    return reply->code;
}

int api_ask(struct api_reply *reply, const struct api_run *run, const char *method,
            const char *path, const char *headers)
{
    static char request[1 << 16];
    int size = snprintf(request, sizeof request,
                        "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%s\r\n", method,
                        path, headers);
    int fd = api_connect(run);
    assert_true(size > 0 && (size_t)size < sizeof request);
    (void)api_send(fd, request, (size_t)size); /* it may be refused half way */
    return api_finish(reply, fd);
}

json_t *api_get(const struct api_run *run, const char *path)
{
    static struct api_reply reply;
    json_error_t where;
    if (api_ask(&reply, run, "GET", path, "") != 200) {
        fail_msg("GET %s: %s", path, reply.text);
    }
    json_t *value = json_loads(reply.body, 0, &where);
    if (value == NULL) {
        fail_msg("GET %s: %s: %s", path, where.text, reply.body);
    }
    return value;
}

json_int_t api_hashes(const struct api_run *run)
{
    json_t *summary = api_get(run, "/api/v1/summary");
    json_int_t value = json_integer_value(json_object_get(summary, "hashes"));
    json_decref(summary);
    return value;
}

json_int_t api_wait_rest(const struct api_run *run)
{
    json_int_t seen = -1;
    for (unsigned i = 0; i < STILL_LOOKS; i++) {
        json_int_t now = api_hashes(run);
        if (now == seen) {
            return now;
        }
        seen = now;
        (void)poll(NULL, 0, STILL_MS);
    }
    fail_msg("lanes do not rest");
    return seen;
}
