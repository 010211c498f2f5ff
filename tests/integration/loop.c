/* loop.c: see loop.h. */
#include "loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

int loop_connect(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

void loop_send(int fd, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    while (size > 0) {
        ssize_t sent = send(fd, from, size, MSG_NOSIGNAL);
        assert_true(sent > 0);
        from += sent;
        size -= (size_t)sent;
    }
}

bool loop_readable(int fd, int wait_ms)
{
    struct pollfd polled = {fd, POLLIN, 0};
    return poll(&polled, 1, wait_ms) == 1;
}

void loop_receive(int fd, void *bytes, size_t size)
{
    uint8_t *to = bytes;
    while (size > 0) {
        assert_true(loop_readable(fd, LOOP_WAIT_MS));
        ssize_t got = recv(fd, to, size, 0);
        assert_true(got > 0);
        to += got;
        size -= (size_t)got;
    }
}

void loop_receive_line(int fd, char *line, size_t cap)
{
    size_t size = 0;
    while (size < cap) { /* look first, then take no more than this line */
        assert_true(loop_readable(fd, LOOP_WAIT_MS));
        ssize_t seen = recv(fd, line + size, cap - size, MSG_PEEK);
        assert_true(seen > 0);
        char *end = memchr(line + size, '\n', (size_t)seen);
        size_t take = end != NULL ? (size_t)(end - (line + size)) + 1 : (size_t)seen;
        loop_receive(fd, line + size, take);
        size += take;
        if (end != NULL) {
            *end = '\0';
            return;
        }
    }
    fail_msg("line too long");
}

int loop_wait_end(int fd)
{
    char bytes[4096];
    for (;;) {
        assert_true(loop_readable(fd, LOOP_WAIT_MS));
        ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        if (got <= 0) {
            return got == 0 ? 0 : errno;
        }
    }
}

void loop_nonce_is_hash(uint8_t hash[32], const uint8_t *message)
{
    memset(hash, 0, 32);
    memcpy(hash, message, 24);
    hash[31] = message[23];
}

void loop_pause(void)
{
    (void)poll(NULL, 0, 2);
}

void loop_devnet_config(struct pool_devnet_config *config)
{
    pool_devnet_defaults(config);
    config->start_hashes = 1e6;
    config->pool_difficulty = 1e-6;
    config->pool_notify_ms = 20;
    config->push_interval_ms = 20;
    config->vardiff_look_ms = UINT32_MAX;
    config->seed = 3;
    config->hash = loop_nonce_is_hash;
}
