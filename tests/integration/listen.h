/* listen.h: the miner's side of tests over sockets: a source whose events are collected, and a
 * listening socket that the test itself serves (the source has a thread of its own). Nothing
 * sleeps: waits end with the event, or fail the test after LOOP_WAIT_MS. */
#ifndef TESTS_LISTEN_H
#define TESTS_LISTEN_H

#include <pthread.h>

#include "loop.h"
#include "pool.h"

enum { LISTEN_EVENTS_MAX = 4096 };

/* A copy of one event. job is a reference of ours. */
struct listen_event {
    enum pool_event_kind kind;
    char text[POOL_TEXT_MAX + 128];
    const struct pool_job *job;
    enum pool_verdict verdict;
    bool block;
    uint64_t tag;
    uint64_t delay_ns;
    double difficulty;
    struct pool_block found; /* BLOCK */
    unsigned server;
    bool answered; /* DISCONNECTED, with the next two */
    bool served;
    uint32_t wait_ms;
    uint64_t at_ms; /* base_clock_ms */
};

struct listen_source {
    struct pool_config config;
    struct pool_source *source;
    pthread_mutex_t lock; /* guards events and count */
    pthread_cond_t changed;
    struct listen_event events[LISTEN_EVENTS_MAX];
    size_t count;
    size_t seen; /* the test's own: events before this were waited for */
};

/** Settings with short times; add servers, then start. */
struct listen_source *listen_new(void);

/** Add a server by URL; user may be "". */
void listen_add(struct listen_source *listen, const char *scheme, uint16_t port, const char *user);

void listen_start(struct listen_source *listen);

/** Stop (drain 0), release everything. */
void listen_free(struct listen_source *listen);

/** Wait for the next event of a kind at or after *from (may be NULL: from where the last wait
 * ended); returns it (valid until listen_free) and moves on behind it. */
const struct listen_event *listen_wait(struct listen_source *listen, enum pool_event_kind kind);

/** Wait for an event of a kind whose text contains part. */
const struct listen_event *listen_wait_text(struct listen_source *listen, enum pool_event_kind kind,
                                            const char *part);

/** Events of a kind so far. */
size_t listen_count(struct listen_source *listen, enum pool_event_kind kind);

/** Submit a find: nonce of the job's prefix and then value, big-endian, in its last 8 bytes; the
 * hash is what loop_nonce_is_hash would say. */
void listen_submit(struct listen_source *listen, const struct pool_job *job, uint64_t value,
                   uint64_t tag);

/** Listening socket on an address of this machine, or on 127.0.0.1 (port 0: any; else that one). A
 * port that was any is nobody else's until the program ends: when the socket is closed, nobody
 * listens there, and it can be opened again. */
int listen_socket_at(const char *host, uint16_t *port);
int listen_socket(uint16_t *port);

/** Accept the next connection that the other side has not closed: on a busy machine a second server
 * is tried beside a slow first one, and let go. */
int listen_accept_open(int fd);

/** Accept one connection. */
int listen_accept(int fd);

/** Close with RST. */
void listen_reset(int fd);

/** Send one Jobs frame (version 1) of `count` jobs: chains 0.., heights height, first dep byte
 * mark, target 2^256-1 in 33 bytes. */
void listen_send_jobs(int fd, unsigned count, uint32_t height, uint8_t mark);

/** All that a pool of the Bitcoin family says until there is work, for sha256d of DigiByte, with a
 * network difficulty of 1. height: 3 bytes, least significant first, as digits; also the job's
 * name. */
void listen_send_v1_work(int fd, const char *height, unsigned difficulty);

#endif
