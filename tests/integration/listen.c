/* listen.c: see listen.h. */
#include "listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/endian.h"

static void on_event(void *user, const struct pool_event *event)
{
    struct listen_source *listen = user;
    (void)pthread_mutex_lock(&listen->lock);
    if (listen->count < LISTEN_EVENTS_MAX) {
        struct listen_event *copy = &listen->events[listen->count++];
        copy->kind = event->kind;
        (void)snprintf(copy->text, sizeof(copy->text), "%s", event->text);
        copy->job = event->job == NULL ? NULL : pool_job_ref(event->job);
        copy->verdict = event->verdict;
        copy->block = event->found != NULL;
        copy->tag = event->tag;
        copy->delay_ns = event->delay_ns;
        copy->difficulty = event->difficulty;
        copy->found = event->found != NULL ? *event->found : (struct pool_block){.number = 0};
        copy->answered = event->answered;
        copy->served = event->served;
        copy->wait_ms = event->wait_ms;
        copy->server = event->server;
        copy->at_ms = base_clock_ms();
    }
    (void)pthread_cond_broadcast(&listen->changed);
    (void)pthread_mutex_unlock(&listen->lock);
}

struct listen_source *listen_new(void)
{
    struct listen_source *listen = calloc(1, sizeof(*listen));
    pthread_condattr_t monotonic;
    assert_non_null(listen);
    (void)pthread_mutex_init(&listen->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&listen->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    listen->config = (struct pool_config){
        .coin = pool_coin_find("alephium"),
        .agent = "shardpick/test",
        .backoff_min_ms = 20,
        .backoff_max_ms = 100,
        .ban_backoff_ms = 200,
        .look_ms = 10,
        .jitter_seed = 1,
        .on_event = on_event,
        .user = listen,
    };
    return listen;
}

void listen_add(struct listen_source *listen, const char *scheme, uint16_t port, const char *user)
{
    char url[64];
    struct base_error error = {BASE_OK, ""};
    struct pool_server *server = &listen->config.servers[listen->config.server_count++];
    (void)snprintf(url, sizeof(url), "%s://127.0.0.1:%u", scheme, port);
    assert_int_equal(pool_server_parse(server, url, &error), BASE_OK);
    (void)snprintf(server->user, sizeof(server->user), "%s", user);
    (void)snprintf(server->pass, sizeof(server->pass), "x");
}

void listen_start(struct listen_source *listen)
{
    struct base_error error = {BASE_OK, ""};
    if (pool_source_start(&listen->source, &listen->config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
}

void listen_free(struct listen_source *listen)
{
    pool_source_stop(listen->source, 0);
    for (size_t i = 0; i < listen->count; i++) {
        pool_job_unref(listen->events[i].job);
    }
    (void)pthread_cond_destroy(&listen->changed);
    (void)pthread_mutex_destroy(&listen->lock);
    free(listen);
}

const struct listen_event *listen_wait_text(struct listen_source *listen, enum pool_event_kind kind,
                                            const char *part)
{
    const struct listen_event *found = NULL;
    struct timespec until;
    int result = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOP_WAIT_MS / 1000;
    (void)pthread_mutex_lock(&listen->lock);
    while (found == NULL && result == 0) {
        while (found == NULL && listen->seen < listen->count) {
            const struct listen_event *event = &listen->events[listen->seen++];
            if (event->kind == kind && strstr(event->text, part) != NULL) {
                found = event;
            }
        }
        if (found == NULL) {
            result = pthread_cond_timedwait(&listen->changed, &listen->lock, &until);
        }
    }
    if (found == NULL) {
        for (size_t i = 0; i < listen->count; i++) {
            print_message("event %d: %s\n", (int)listen->events[i].kind, listen->events[i].text);
        }
    }
    (void)pthread_mutex_unlock(&listen->lock);
    if (found == NULL) {
        fail_msg("no event of kind %d with \"%s\" came", (int)kind, part);
    }
    return found;
}

const struct listen_event *listen_wait(struct listen_source *listen, enum pool_event_kind kind)
{
    return listen_wait_text(listen, kind, "");
}

size_t listen_count(struct listen_source *listen, enum pool_event_kind kind)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&listen->lock);
    for (size_t i = 0; i < listen->count; i++) {
        count += listen->events[i].kind == kind;
    }
    (void)pthread_mutex_unlock(&listen->lock);
    return count;
}

void listen_submit(struct listen_source *listen, const struct pool_job *job, uint64_t value,
                   uint64_t tag)
{
    struct pool_find find = {.job = job, .tag = tag, .found_ns = base_clock_ns()};
    uint8_t message[POOL_HEADER_MAX];
    memcpy(message, job->header, job->header_size);
    base_store_be64(message + 16, value);
    memcpy(find.nonce, message, 24);
    loop_nonce_is_hash(find.hash_be, message);
    assert_int_equal(pool_source_submit(listen->source, &find), BASE_OK);
}

static int bound_socket(const struct sockaddr_in *address)
{
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    assert_int_equal(bind(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
    return fd;
}

int listen_socket_at(const char *host, uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t size = sizeof(address);
    assert_int_equal(inet_pton(AF_INET, host, &address.sin_addr), 1);
    if (*port == 0) {
        int keeper = bound_socket(&address); /* until the program ends */
        assert_int_equal(getsockname(keeper, (struct sockaddr *)&address, &size), 0);
        *port = ntohs(address.sin_port);
    }
    int fd = bound_socket(&address);
    assert_int_equal(listen(fd, 64), 0);
    return fd;
}

int listen_socket(uint16_t *port)
{
    return listen_socket_at("127.0.0.1", port);
}

int listen_accept_open(int fd)
{
    for (;;) {
        char byte = 0;
        int peer = listen_accept(fd);
        if (!loop_readable(peer, 0) || recv(peer, &byte, 1, MSG_PEEK) > 0) {
            return peer;
        }
        (void)close(peer);
    }
}

int listen_accept(int fd)
{
    assert_true(loop_readable(fd, LOOP_WAIT_MS));
    int peer = accept(fd, NULL, NULL);
    assert_true(peer >= 0);
    return peer;
}

void listen_reset(int fd)
{
    struct linger now = {1, 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    (void)close(fd);
}

void listen_send_jobs(int fd, unsigned count, uint32_t height, uint8_t mark)
{
    enum { JOB = 12 + 302 + 5 + 37 + 4 };
    uint8_t frame[10 + 16 * JOB] = {0};
    assert_true(count <= 16);
    base_store_be32(frame, 6 + count * JOB);
    frame[4] = 1;
    base_store_be32(frame + 6, count);
    for (unsigned i = 0; i < count; i++) {
        uint8_t *job = frame + 10 + (size_t)i * JOB;
        base_store_be32(job, i / 4);
        base_store_be32(job + 4, i % 4);
        base_store_be32(job + 8, 302);
        job[13] = 7;
        job[14] = mark;
        base_store_be32(job + 12 + 302, 1);
        base_store_be32(job + 12 + 307, 33);
        memset(job + 12 + 302 + 5 + 5, 0xff, 32);
        base_store_be32(job + JOB - 4, height);
    }
    loop_send(fd, frame, 10 + count * JOB);
}

void listen_send_v1_work(int fd, const char *height, unsigned difficulty)
{
    static const char parent[] = "1111111111111111111111111111111111111111111111111111111111111111";
    char work[1024];
    int size = snprintf(
        work, sizeof(work),
        "{\"id\":1,\"result\":[[],\"aabbccdd\",4],\"error\":null}\n"
        "{\"id\":2,\"result\":true,\"error\":null}\n"
        "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[%u]}\n"
        "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"%s\",\"%s\","
        "\"01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff0c03%"
        "s08"
        "\",\"ffffffff010000000000000000015100000000\",[],\"20000202\",\"1d00ffff\",\"66000000\","
        "true]}\n",
        difficulty, height, parent, height);
    loop_send(fd, work, (size_t)size);
}
