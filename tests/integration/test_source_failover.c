/* test_source_failover.c: several servers: dead ones, silent ones, the way back to the first, and
 * where finds go meanwhile. The test plays every server by hand. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/endian.h"
#include "listen.h"

/* Begin to connect to 127.0.0.1:port without waiting for the outcome. */
static int connect_later(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)connect(fd, (struct sockaddr *)&address, sizeof(address));
    return fd;
}

/* Two node servers; the source starts with the first. */
struct pair {
    uint16_t ports[2];
    int servers[2];
    struct listen_source *listen;
};

static void pair_open(struct pair *pair)
{
    pair->listen = listen_new();
    for (size_t i = 0; i < 2; i++) {
        pair->ports[i] = 0;
        pair->servers[i] = listen_socket(&pair->ports[i]);
        listen_add(pair->listen, "daemon+tcp", pair->ports[i], "");
    }
}

/* The same, started: a server that failed is tried again after 5 ms. */
static void pair_open_eager(struct pair *pair)
{
    pair_open(pair);
    pair->listen->config.backoff_min_ms = 5;
    pair->listen->config.backoff_max_ms = 5;
    listen_start(pair->listen);
}

static void pair_close(struct pair *pair)
{
    listen_free(pair->listen);
    for (size_t i = 0; i < 2; i++) {
        if (pair->servers[i] >= 0) {
            (void)close(pair->servers[i]);
        }
    }
}

/* Returns how long there was no work of any server. */
static uint64_t reset_to_the_next_and_back(void)
{
    struct pair pair;
    uint8_t frame[337];
    pair_open(&pair);
    listen_start(pair.listen);
    int first = listen_accept(pair.servers[0]);
    listen_send_jobs(first, 16, 100, 1);
    const struct listen_event *job0 = listen_wait(pair.listen, POOL_EVENT_JOB);
    assert_int_equal(job0->server, 0);

    (void)close(pair.servers[0]); /* the first dies with everything it has */
    pair.servers[0] = -1;
    listen_reset(first);
    const struct listen_event *gone = listen_wait(pair.listen, POOL_EVENT_DISCONNECTED);
    assert_int_equal(gone->server, 0);
    int second = listen_accept_open(pair.servers[1]);
    listen_send_jobs(second, 16, 100, 2);
    const struct listen_event *job1 = listen_wait(pair.listen, POOL_EVENT_JOB);
    assert_int_equal(job1->server, 1);
    assert_true(job1->job->clean);
    uint64_t idle_ms = job1->at_ms - gone->at_ms;

    /* a find of the dead server waits; the backup's goes out at once, to the backup */
    listen_submit(pair.listen, job0->job, 10, 0);
    listen_submit(pair.listen, job1->job, 11, 1);
    loop_receive(second, frame, sizeof(frame));
    assert_int_equal(base_load_be64(frame + 10 + 16), 11);

    /* the first comes back: it is probed, gives a job, and only then takes over */
    pair.servers[0] = listen_socket(&pair.ports[0]);
    first = listen_accept(pair.servers[0]);
    listen_send_jobs(second, 16, 101, 3); /* meanwhile the backup's jobs still count */
    const struct listen_event *still = listen_wait(pair.listen, POOL_EVENT_JOB);
    assert_int_equal(still->server, 1);
    listen_send_jobs(first, 16, 102, 4);
    const struct listen_event *back = listen_wait(pair.listen, POOL_EVENT_CONNECTED);
    assert_int_equal(back->server, 0);
    const struct listen_event *job2 = listen_wait(pair.listen, POOL_EVENT_JOB);
    assert_int_equal(job2->server, 0);
    assert_true(job2->job->clean);
    loop_receive(first, frame, sizeof(frame)); /* the find that waited */
    assert_int_equal(base_load_be64(frame + 10 + 16), 10);

    /* the backup is left only after its find was answered, or in time */
    uint8_t answer[47] = {0, 0, 0, 43, 1, 1};
    uint8_t message[POOL_HEADER_MAX] = {0};
    base_store_be64(message + 16, 11);
    loop_nonce_is_hash(answer + 14, message);
    answer[46] = 1;
    loop_send(second, answer, sizeof(answer));
    const struct listen_event *verdict = listen_wait(pair.listen, POOL_EVENT_VERDICT);
    assert_int_equal(verdict->tag, 1);
    assert_int_equal(verdict->verdict, POOL_ACCEPTED);
    assert_int_equal(loop_wait_end(second), 0);
    assert_int_equal(listen_count(pair.listen, POOL_EVENT_NO_JOBS), 0);
    (void)close(first);
    (void)close(second);
    pair_close(&pair);
    return idle_ms;
}

/* Promise: two seconds after a reset the next server's work is hashed. */
static void test_reset_goes_to_the_next_and_back(void **state)
{
    unsigned tries = 1;
    (void)state;
    while (reset_to_the_next_and_back() >= 2000) {
        assert_true(tries++ < LOOP_TRIES);
    }
}

static void test_silent_first_server(void **state)
{
    struct pair pair;
    (void)state;
    pair_open(&pair);
    pair.listen->config.first_job_timeout_ms = 100;
    listen_start(pair.listen);
    int first = listen_accept(pair.servers[0]); /* accepted, and then nothing */
    (void)listen_wait_text(pair.listen, POOL_EVENT_DISCONNECTED, "no job for");
    int second = listen_accept_open(pair.servers[1]);
    listen_send_jobs(second, 16, 100, 2);
    assert_int_equal(listen_wait(pair.listen, POOL_EVENT_CONNECTED)->server, 1);
    (void)close(first);
    (void)close(second);
    pair_close(&pair);
}

/* A listening socket whose queue is full drops connection attempts: a black hole. */
static void test_black_hole(void **state)
{
    enum { FILL = 64 };
    struct pair pair;
    int fill[FILL];
    (void)state;
    pair_open(&pair);
    pair.listen->config.connect_timeout_ms = 300;
    assert_int_equal(listen(pair.servers[0], 0), 0);
    for (size_t i = 0; i < FILL; i++) {
        fill[i] = connect_later(pair.ports[0]);
    }
    uint64_t start_ms = base_clock_ms();
    listen_start(pair.listen);
    (void)listen_wait_text(pair.listen, POOL_EVENT_DISCONNECTED, "no connection to");
    int second = listen_accept_open(pair.servers[1]);
    listen_send_jobs(second, 16, 100, 2);
    const struct listen_event *job = listen_wait(pair.listen, POOL_EVENT_JOB);
    assert_int_equal(job->server, 1);
    assert_true(job->at_ms - start_ms < 10000);
    for (size_t i = 0; i < FILL; i++) {
        (void)close(fill[i]);
    }
    (void)close(second);
    pair_close(&pair);
}

/* Each server is reached through the proxy that was given for it. */
static void test_each_has_its_proxy(void **state)
{
    struct pair pair;
    (void)state;
    pair_open(&pair);
    pair.listen->config.proxy_local = true;
    for (size_t i = 0; i < 2; i++) { /* the sockets are the proxies'; nobody else listens */
        struct pool_server *server = &pair.listen->config.servers[i];
        (void)snprintf(server->proxy, sizeof(server->proxy), "socks5://127.0.0.1:%u",
                       pair.ports[i]);
        server->port = 9;
    }
    listen_start(pair.listen);
    for (size_t i = 0; i < 2; i++) {
        uint8_t version = 0;
        int peer = listen_accept(pair.servers[i]);
        loop_receive(peer, &version, 1);
        assert_int_equal(version, 5);
        listen_reset(peer);
    }
    pair_close(&pair);
}

/* Hand in finds for a job until `count` were refused by the peer. */
static void refuse(struct pair *pair, int peer, const struct pool_job *job, uint64_t count,
                   uint64_t *serial)
{
    for (uint64_t i = 0; i < count; i++) {
        uint8_t frame[337];
        uint8_t answer[47] = {0, 0, 0, 43, 1, 1};
        *serial += 1;
        listen_submit(pair->listen, job, *serial * 256, *serial);
        loop_receive(peer, frame, sizeof(frame));
        loop_nonce_is_hash(answer + 14, frame + 10);
        loop_send(peer, answer, sizeof(answer));
        assert_int_equal(listen_wait(pair->listen, POOL_EVENT_VERDICT)->verdict, POOL_REFUSED);
    }
}

/* The next job of a height. */
static const struct listen_event *job_of(struct pair *pair, uint64_t height)
{
    const struct listen_event *job = listen_wait(pair->listen, POOL_EVENT_JOB);
    while (job->job->height != height) {
        job = listen_wait(pair->listen, POOL_EVENT_JOB);
    }
    return job;
}

/* N finds refused in a row: fresh work is awaited; N more: a fresh connection; N more: the next
 * server, while the first one waits as one that is banned. */
static void test_refusals_in_a_row(void **state)
{
    struct pair pair;
    uint64_t serial = 0;
    (void)state;
    pair_open(&pair);
    pair.listen->config.reject_limit = 3;
    pair.listen->config.ban_backoff_ms = 60000;
    listen_start(pair.listen);
    int first = listen_accept(pair.servers[0]);
    listen_send_jobs(first, 16, 100, 1);
    const struct listen_event *job = job_of(&pair, 100);
    refuse(&pair, first, job->job, 3, &serial);
    (void)listen_wait_text(pair.listen, POOL_EVENT_WARNING, "fresh work awaited");
    (void)listen_wait(pair.listen, POOL_EVENT_NO_JOBS);
    refuse(&pair, first, job->job, 3, &serial); /* of work before: says nothing any more */
    listen_send_jobs(first, 16, 101, 2);
    job = job_of(&pair, 101);
    refuse(&pair, first, job->job, 3, &serial);
    (void)listen_wait_text(pair.listen, POOL_EVENT_DISCONNECTED, "connecting anew");
    int again = listen_accept(pair.servers[0]);
    listen_send_jobs(again, 16, 102, 3);
    job = job_of(&pair, 102);
    refuse(&pair, again, job->job, 3, &serial);
    (void)listen_wait_text(pair.listen, POOL_EVENT_DISCONNECTED, "last 3 submissions");
    int second = listen_accept_open(pair.servers[1]);
    listen_send_jobs(second, 16, 103, 4);
    assert_int_equal(job_of(&pair, 103)->server, 1);
    assert_false(loop_readable(pair.servers[0], 200)); /* another failure waits 100 ms at most */
    (void)close(first);
    (void)close(again);
    (void)close(second);
    pair_close(&pair);
}

/* One that is accepted in between begins the count anew. */
static void test_refusals_with_a_good_one(void **state)
{
    struct pair pair;
    uint64_t serial = 0;
    uint8_t frame[337];
    uint8_t answer[47] = {0, 0, 0, 43, 1, 1};
    (void)state;
    pair_open(&pair);
    pair.listen->config.reject_limit = 3;
    listen_start(pair.listen);
    int first = listen_accept(pair.servers[0]);
    listen_send_jobs(first, 16, 100, 1);
    const struct listen_event *job = job_of(&pair, 100);
    refuse(&pair, first, job->job, 2, &serial);
    listen_submit(pair.listen, job->job, 77ULL * 256, 77);
    loop_receive(first, frame, sizeof(frame));
    loop_nonce_is_hash(answer + 14, frame + 10);
    answer[46] = 1;
    loop_send(first, answer, sizeof(answer));
    assert_int_equal(listen_wait(pair.listen, POOL_EVENT_VERDICT)->verdict, POOL_ACCEPTED);
    refuse(&pair, first, job->job, 2, &serial);
    assert_int_equal(listen_count(pair.listen, POOL_EVENT_WARNING), 0);
    (void)close(first);
    pair_close(&pair);
}

/* The first server is up again, but on an old chain: its work is not taken before it has caught up.
 */
static void test_first_server_with_old_work(void **state)
{
    struct pair pair;
    (void)state;
    pair_open_eager(&pair);
    int first = listen_accept(pair.servers[0]);
    listen_send_jobs(first, 16, 100, 1);
    (void)job_of(&pair, 100);
    listen_reset(first);
    while (!loop_readable(pair.servers[1], 1)) { /* the first may be tried again before */
        if (loop_readable(pair.servers[0], 0)) {
            listen_reset(listen_accept(pair.servers[0]));
        }
    }
    int second = listen_accept_open(pair.servers[1]);
    listen_send_jobs(second, 16, 110, 2);
    assert_int_equal(job_of(&pair, 110)->server, 1);
    first = listen_accept(pair.servers[0]);
    listen_send_jobs(first, 16, 100, 3);
    (void)listen_wait_text(pair.listen, POOL_EVENT_INFO, "10 blocks behind");
    listen_send_jobs(second, 16, 111, 4);
    assert_int_equal(job_of(&pair, 111)->server, 1);
    listen_send_jobs(first, 16, 112, 5);
    assert_int_equal(job_of(&pair, 112)->server, 0);
    (void)close(first);
    (void)close(second);
    pair_close(&pair);
}

/* Twenty changes of server: none hangs, and no find is judged twice. */
static void test_many_changes(void **state)
{
    struct pair pair;
    (void)state;
    pair_open_eager(&pair);
    uint64_t finds = 0;
    for (uint8_t round = 1; round <= 20; round++) {
        int peer = listen_accept(pair.servers[0]);
        listen_send_jobs(peer, 16, 100, round);
        const struct listen_event *job = listen_wait(pair.listen, POOL_EVENT_JOB);
        while (job->job->header[26] != round) {
            job = listen_wait(pair.listen, POOL_EVENT_JOB);
        }
        listen_submit(pair.listen, job->job, round, finds++);
        listen_reset(peer);
        /* the backup may be asked meanwhile: drain its queue */
        while (loop_readable(pair.servers[1], 0)) {
            listen_reset(listen_accept(pair.servers[1]));
        }
    }
    pool_source_stop(pair.listen->source, 0);
    pair.listen->source = NULL;
    assert_int_equal(listen_count(pair.listen, POOL_EVENT_VERDICT), finds);
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reset_goes_to_the_next_and_back),
        cmocka_unit_test(test_silent_first_server),
        cmocka_unit_test(test_black_hole),
        cmocka_unit_test(test_each_has_its_proxy),
        cmocka_unit_test(test_refusals_in_a_row),
        cmocka_unit_test(test_refusals_with_a_good_one),
        cmocka_unit_test(test_first_server_with_old_work),
        cmocka_unit_test(test_many_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
