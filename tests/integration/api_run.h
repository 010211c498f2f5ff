/* api_run.h: the built program with its HTTP interface on, and a client that sends bytes as they
 * are. Requests go over real sockets; answers are read to their end. */
#ifndef TESTS_API_RUN_H
#define TESTS_API_RUN_H

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { API_REPLY_MAX = 1 << 18 };

/* A running `shardpick mine --api 127.0.0.1:0`. */
struct api_run {
    pid_t pid;
    int log_fd; /* its standard error */
    uint16_t port;
    pthread_t reader;     /* of the log, from the port's line on */
    atomic_uint accepted; /* lines about accepted finds so far */
};

/* One answer. */
struct api_reply {
    int code; /* 0: the connection was closed without one */
    char *body;
    char text[API_REPLY_MAX]; /* headers and body */
};

/** Start the program with more words, and wait for its port. Fails the test if it ends before. */
void api_run_start(struct api_run *run, char *program, const char *const words[]);

/** Press Ctrl-C and wait. Returns the exit code. */
int api_run_stop(struct api_run *run);

/** Connected socket. */
int api_connect(const struct api_run *run);

/** Send all bytes; false if the peer closed. */
bool api_send(int fd, const char *text, size_t size);

/** Read to the end and close. Returns reply->code. */
int api_finish(struct api_reply *reply, int fd);

/** One request: METHOD PATH, more header lines ("" or ending with CRLF each), no body. */
int api_ask(struct api_reply *reply, const struct api_run *run, const char *method,
            const char *path, const char *headers);

/** JSON of a GET that must answer 200. The caller owns it. */
json_t *api_get(const struct api_run *run, const char *path);

/** Hashes so far. */
json_int_t api_hashes(const struct api_run *run);

/** Wait until all lanes rest: they finish what they had taken, and no more hashes are counted.
 * Returns hashes so far. Fails the test when they go on. */
json_int_t api_wait_rest(const struct api_run *run);

#endif
