/* loop.h: what tests over loopback sockets need: a blocking client with time limits, and a hash
 * that is the nonce, so that a test picks its hashes. Fails the test on any error. */
#ifndef TESTS_LOOP_H
#define TESTS_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "devnet/devnet.h"

enum { LOOP_WAIT_MS = 120000 }; /* only a fault takes that long, however busy the machine is */

/* A program that keeps a time does so again and again, however often a busy machine makes it late:
 * a measured time is within its limit once in so many tries. */
enum { LOOP_TRIES = 5 };

/** Connect to 127.0.0.1:port. The caller closes. */
int loop_connect(uint16_t port);

/** Send everything. */
void loop_send(int fd, const void *bytes, size_t size);

/** Receive exactly size bytes. */
void loop_receive(int fd, void *bytes, size_t size);

/** Receive one line; the newline is replaced by NUL. */
void loop_receive_line(int fd, char *line, size_t cap);

/** True when something can be received within wait_ms (an end of file counts). */
bool loop_readable(int fd, int wait_ms);

/** Wait for the end: 0 for an orderly close, the errno for another (ECONNRESET). Drops data. */
int loop_wait_end(int fd);

/** The nonce is the hash's front, its last byte the hash's last: tests pick hash and chain. */
void loop_nonce_is_hash(uint8_t hash[32], const uint8_t *message);

/** Settings of a development network whose pool and node give work often, and finds at once. */
void loop_devnet_config(struct pool_devnet_config *config);

/** Poll until the condition holds (checked every few milliseconds), or fail the test. */
#define LOOP_UNTIL(condition)                                                                      \
    do {                                                                                           \
        int loop_left = LOOP_WAIT_MS / 2;                                                          \
        while (!(condition) && loop_left-- > 0) {                                                  \
            loop_pause();                                                                          \
        }                                                                                          \
        assert_true(condition);                                                                    \
    } while (0)

/** Two milliseconds. */
void loop_pause(void);

#endif
