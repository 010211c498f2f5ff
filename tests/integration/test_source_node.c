/* test_source_node.c: a source against nodes on loopback sockets: the development network, and a
 * server that the test plays by hand to misbehave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/endian.h"
#include "listen.h"

static struct pool_devnet *start_devnet(unsigned version)
{
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    struct base_error error = {BASE_OK, ""};
    pool_devnet_defaults(&config);
    config.node_version = version;
    config.start_hashes = 16;
    config.push_interval_ms = 20;
    config.seed = 11;
    config.hash = loop_nonce_is_hash;
    if (pool_devnet_start(&devnet, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    return devnet;
}

/* A block on every chain of the development network, each accepted. */
static void mine_every_chain(unsigned version)
{
    struct pool_devnet *devnet = start_devnet(version);
    struct listen_source *listen = listen_new();
    struct pool_devnet_stats stats;
    const struct pool_job *jobs[16] = {NULL};
    listen_add(listen, "daemon+tcp", pool_devnet_node_port(devnet), "");
    listen_start(listen);
    const struct listen_event *connected = listen_wait(listen, POOL_EVENT_CONNECTED);
    assert_non_null(strstr(connected->text, version == 1 ? "version 1" : "version 0"));
    for (size_t i = 0; i < 16; i++) {
        const struct listen_event *event = listen_wait(listen, POOL_EVENT_JOB);
        jobs[event->job->chain] = event->job;
        assert_int_equal(event->job->clean, i == 0);
    }
    for (uint64_t chain = 0; chain < 16; chain++) {
        assert_non_null(jobs[chain]);
        listen_submit(listen, jobs[chain], 0x100 + chain, chain);
    }
    for (size_t i = 0; i < 16; i++) {
        const struct listen_event *event = listen_wait(listen, POOL_EVENT_VERDICT);
        assert_int_equal(event->verdict, POOL_ACCEPTED);
        assert_true(event->block);
        assert_int_equal(event->job->chain, event->tag);
    }
    assert_int_equal(listen_count(listen, POOL_EVENT_SENT), 16);
    pool_devnet_stats(devnet, &stats);
    for (size_t chain = 0; chain < 16; chain++) {
        assert_int_equal(stats.accepted[chain], 1);
    }
    assert_int_equal(stats.malformed + stats.wrong_chain + stats.above_target + stats.duplicates,
                     0);
    listen_free(listen);
    pool_devnet_stop(devnet);
}

static void test_devnet_version_1(void **state)
{
    (void)state;
    mine_every_chain(1);
}

static void test_devnet_version_0(void **state)
{
    (void)state;
    mine_every_chain(0);
}

/* A node that the test plays, and a source that mines at it. */
struct node {
    int server; /* listening */
    int peer;   /* the source's connection */
    struct listen_source *listen;
};

static void node_open(struct node *node)
{
    uint16_t port = 0;
    node->server = listen_socket(&port);
    node->listen = listen_new();
    listen_add(node->listen, "daemon+tcp", port, "");
}

static void node_meet(struct node *node)
{
    listen_start(node->listen);
    node->peer = listen_accept(node->server);
}

static void node_close(struct node *node)
{
    (void)close(node->peer);
    listen_free(node->listen);
    (void)close(node->server);
}

/* Reset, and back: reconnects, publishes a clean set, sends what was found meanwhile. */
static void test_reset_and_return(void **state)
{
    uint16_t port = 0;
    int server = listen_socket(&port);
    struct listen_source *listen = listen_new();
    uint8_t frame[337];
    (void)state;
    listen_add(listen, "daemon+tcp", port, "");
    listen_start(listen);
    int peer = listen_accept(server);
    listen_send_jobs(peer, 16, 100, 1);
    const struct listen_event *job = listen_wait(listen, POOL_EVENT_JOB);
    listen_reset(peer);
    const struct listen_event *gone = listen_wait(listen, POOL_EVENT_DISCONNECTED);
    assert_true(gone->wait_ms > 0 && gone->served && gone->answered);
    listen_submit(listen, job->job, 77, 5);
    peer = listen_accept(server);
    listen_send_jobs(peer, 16, 101, 2);
    const struct listen_event *again = listen_wait(listen, POOL_EVENT_JOB);
    assert_true(again->job->clean);
    assert_true(again->job->connection > job->job->connection);
    loop_receive(peer, frame, sizeof(frame)); /* the find of the old connection */
    assert_int_equal(base_load_be64(frame + 10 + 16), 77);
    assert_memory_equal(frame + 10 + 24, job->job->header + 24, 302);
    listen_free(listen);
    assert_int_equal(loop_wait_end(peer), 0);
    (void)close(peer);
    (void)close(server);
}

/* Each kind of garbage: one line that says what, a reconnect, and mining goes on. */
static void test_garbage(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *says;
    } cases[] = {
        {"\x7f\xff\xff\xff\x01\x00", 6, "limit"},
        {"\x80\x00\x00\x00\x01\x00", 6, "limit"},
        {"\x00\x00\x00\x06\x02\x00\x00\x00\x00\x00", 10, "version 2"},
        {"\x00\x00\x00\x06\x01\x07\x00\x00\x00\x00", 10, "message type 7"},
        {"\x00\x00\x00\x00", 4, "too few"},
        {"{\"id\":null}\n", 12, "pool port"},
        {"HTTP/1.1 400 Bad Request\r\n\r\n", 28, "REST port"},
        {"\xde\xad\xbe\xef\xde\xad\xbe\xef", 8, "limit"},
    };
    uint16_t port = 0;
    int server = listen_socket(&port);
    struct listen_source *listen = listen_new();
    (void)state;
    listen_add(listen, "daemon+tcp", port, "");
    listen_start(listen);
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        int peer = listen_accept(server);
        loop_send(peer, cases[i].bytes, cases[i].size);
        (void)listen_wait_text(listen, POOL_EVENT_DISCONNECTED, cases[i].says);
        (void)loop_wait_end(peer);
        (void)close(peer);
    }
    int peer = listen_accept(server);
    listen_send_jobs(peer, 16, 100, 1);
    (void)listen_wait(listen, POOL_EVENT_CONNECTED);
    assert_int_equal(listen_count(listen, POOL_EVENT_DISCONNECTED), BASE_COUNT_OF(cases));
    (void)close(peer);
    listen_free(listen);
    (void)close(server);
}

/* Half a frame and then nothing: the time limit for the first job ends it. */
static void test_half_a_frame(void **state)
{
    struct node node;
    (void)state;
    node_open(&node);
    node.listen->config.first_job_timeout_ms = 100;
    node_meet(&node);
    loop_send(node.peer, "\x00\x00\x16\x56\x01\x00\x00", 7);
    (void)listen_wait_text(node.listen, POOL_EVENT_DISCONNECTED, "no job for");
    node_close(&node);
}

/* Silence after jobs: reconnect; with no server left, the work in hand is dropped in time. */
static void test_silence_then_no_jobs(void **state)
{
    struct node node;
    (void)state;
    node_open(&node);
    node.listen->config.silence_timeout_ms = 100;
    node.listen->config.keep_jobs_ms = 150;
    node.listen->config.backoff_min_ms = 60000;
    node.listen->config.backoff_max_ms = 60000;
    node_meet(&node);
    listen_send_jobs(node.peer, 1, 100, 1);
    (void)listen_wait(node.listen, POOL_EVENT_JOB);
    const struct listen_event *gone =
        listen_wait_text(node.listen, POOL_EVENT_DISCONNECTED, "no job for");
    const struct listen_event *drop = listen_wait(node.listen, POOL_EVENT_NO_JOBS);
    assert_true(drop->at_ms - gone->at_ms >= 140);
    node_close(&node);
}

/* Every find that was taken has its verdict when stop returns. */
static void test_stop_gives_every_verdict(void **state)
{
    struct node node;
    (void)state;
    node_open(&node);
    node_meet(&node);
    listen_send_jobs(node.peer, 16, 100, 1);
    const struct listen_event *job = listen_wait(node.listen, POOL_EVENT_JOB);
    for (uint64_t i = 0; i < 100; i++) {
        listen_submit(node.listen, job->job, i, i);
    }
    pool_source_stop(node.listen->source, 50);
    node.listen->source = NULL;
    assert_int_equal(listen_count(node.listen, POOL_EVENT_VERDICT), 100);
    node_close(&node);
}

/* A node that resets its miners is asked why over REST, and the answer is a sentence. */
static void refused_because(uint32_t not_synced, uint32_t no_addresses, const char *says)
{
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    struct base_error error = {BASE_OK, ""};
    struct listen_source *listen = listen_new();
    pool_devnet_defaults(&config);
    config.faults.not_synced = not_synced;
    config.faults.no_addresses = no_addresses;
    config.hash = loop_nonce_is_hash;
    if (pool_devnet_start(&devnet, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    listen_add(listen, "daemon+tcp", pool_devnet_node_port(devnet), "");
    listen->config.servers[0].rest_port = pool_devnet_rest_port(devnet);
    listen_start(listen);
    (void)listen_wait_text(listen, POOL_EVENT_WARNING, says);
    listen_free(listen);
    pool_devnet_stop(devnet);
}

static void test_why_refused(void **state)
{
    (void)state;
    refused_because(1, 0, "not synced");
    refused_because(0, 1, "no miner addresses");
}

/* A node that loses its sync while it is mined at keeps the connection and says nothing: it is
 * asked over REST, and what it says is said. */
static void test_sync_lost(void **state)
{
    struct pool_devnet *devnet = start_devnet(1);
    struct listen_source *listen = listen_new();
    struct pool_devnet_faults faults = {.sync_lost = 1};
    (void)state;
    listen->config.ask_after_ms = 100;
    listen->config.silence_timeout_ms = 60000;
    listen_add(listen, "daemon+tcp", pool_devnet_node_port(devnet), "");
    listen->config.servers[0].rest_port = pool_devnet_rest_port(devnet);
    listen_start(listen);
    const struct listen_event *job = listen_wait(listen, POOL_EVENT_JOB);
    pool_devnet_set_faults(devnet, &faults);
    (void)listen_wait_text(listen, POOL_EVENT_INFO, "gives no templates since");
    (void)listen_wait_text(listen, POOL_EVENT_WARNING, "not synced and has no peers");
    faults.sync_lost = 0;
    pool_devnet_set_faults(devnet, &faults);
    listen_submit(listen, job->job, 0x100 + job->job->chain, 1); /* the next push comes with it */
    (void)listen_wait_text(listen, POOL_EVENT_INFO, "gives templates again, after");
    assert_int_equal(listen_count(listen, POOL_EVENT_DISCONNECTED), 0);
    listen_free(listen);
    pool_devnet_stop(devnet);
}

/* A synced node without blocks is asked, too, and that is no reason to warn. */
static void test_nobody_finds_a_block(void **state)
{
    struct pool_devnet *devnet = start_devnet(1);
    struct listen_source *listen = listen_new();
    (void)state;
    listen->config.ask_after_ms = 100;
    listen->config.silence_timeout_ms = 60000;
    listen_add(listen, "daemon+tcp", pool_devnet_node_port(devnet), "");
    listen->config.servers[0].rest_port = pool_devnet_rest_port(devnet);
    listen_start(listen);
    (void)listen_wait(listen, POOL_EVENT_JOB);
    (void)listen_wait_text(listen, POOL_EVENT_INFO, "says that it is synced: maybe nobody finds");
    assert_int_equal(listen_count(listen, POOL_EVENT_WARNING), 0);
    listen_free(listen);
    pool_devnet_stop(devnet);
}

/* The next BLOCK event with this fate. */
static const struct pool_block *wait_fate(struct listen_source *listen, enum pool_fate fate)
{
    for (;;) {
        const struct listen_event *event = listen_wait(listen, POOL_EVENT_BLOCK);
        if (event->found.fate == fate) {
            return &event->found;
        }
    }
}

/* No answer to a block: the node is asked for it before it counts, and later what became of it. */
static void test_block_without_an_answer(void **state)
{
    struct pool_devnet *devnet = start_devnet(1);
    struct listen_source *listen = listen_new();
    struct pool_devnet_faults faults = {.drop_answers = 1};
    (void)state;
    listen->config.answer_timeout_ms = 50;
    listen->config.silence_timeout_ms = 60000;
    listen_add(listen, "daemon+tcp", pool_devnet_node_port(devnet), "");
    listen->config.servers[0].rest_port = pool_devnet_rest_port(devnet);
    pool_devnet_set_faults(devnet, &faults);
    listen_start(listen);
    const struct pool_job *job = listen_wait(listen, POOL_EVENT_JOB)->job;
    listen_submit(listen, job, 0x100 + job->chain, 1);
    const struct listen_event *verdict = listen_wait(listen, POOL_EVENT_VERDICT);
    assert_int_equal(verdict->verdict, POOL_ACCEPTED);
    assert_true(verdict->block);
    assert_non_null(strstr(verdict->text, "no answer within"));
    assert_non_null(strstr(verdict->text, "the node has the block"));
    const struct pool_block *block = &verdict->found;
    assert_int_equal(block->fate, POOL_FATE_OPEN);
    assert_true(block->watched);
    assert_int_equal(block->chain, job->chain);
    assert_int_equal(block->height, job->height);
    assert_int_equal(strlen(block->id), 64);
    block = wait_fate(listen, POOL_FATE_IN_CHAIN);
    assert_int_equal(block->confirmations, 1);
    listen_free(listen);
    pool_devnet_stop(devnet);
}

/* The same where the node does not have it: it counts as unanswered. */
static void test_block_that_is_lost(void **state)
{
    struct pool_devnet *devnet = start_devnet(1);
    struct listen_source *listen = listen_new();
    struct pool_devnet_faults faults = {.drop_answers = 1};
    (void)state;
    listen->config.answer_timeout_ms = 50;
    listen->config.silence_timeout_ms = 60000;
    listen_add(listen, "daemon+tcp", pool_devnet_node_port(devnet), "");
    listen->config.servers[0].rest_port = pool_devnet_rest_port(devnet);
    pool_devnet_set_faults(devnet, &faults);
    listen_start(listen);
    const struct pool_job *job = listen_wait(listen, POOL_EVENT_JOB)->job;
    listen_submit(listen, job, 0x100 + (job->chain + 1) % 16, 1); /* a hash of another chain */
    const struct listen_event *verdict = listen_wait(listen, POOL_EVENT_VERDICT);
    assert_int_equal(verdict->verdict, POOL_UNANSWERED);
    assert_non_null(strstr(verdict->text, "the node does not have the block"));
    assert_int_equal(verdict->found.number, 0); /* names no block */
    assert_int_equal(listen_count(listen, POOL_EVENT_BLOCK), 0);
    listen_free(listen);
    pool_devnet_stop(devnet);
}

/* The next job of a chain. */
static const struct pool_job *wait_job(struct listen_source *listen, uint32_t chain)
{
    for (;;) {
        const struct listen_event *event = listen_wait(listen, POOL_EVENT_JOB);
        if (event->job->chain == chain) {
            return event->job;
        }
    }
}

/* Confirmations are followed until there are ten. */
static void test_confirmations(void **state)
{
    struct pool_devnet *devnet = start_devnet(1);
    struct listen_source *listen = listen_new();
    (void)state;
    listen->config.silence_timeout_ms = 60000;
    listen_add(listen, "daemon+tcp", pool_devnet_node_port(devnet), "");
    listen->config.servers[0].rest_port = pool_devnet_rest_port(devnet);
    listen_start(listen);
    const struct pool_job *first = listen_wait(listen, POOL_EVENT_JOB)->job;
    for (unsigned i = 0; i < 10; i++) {
        const struct pool_job *job = i == 0 ? first : wait_job(listen, first->chain);
        listen_submit(listen, job, 0x1000 + 0x10 * i + first->chain, i);
    }
    const struct pool_block *block = NULL;
    do {
        block = wait_fate(listen, POOL_FATE_IN_CHAIN);
    } while (block->height != first->height || block->watched);
    assert_true(block->confirmations >= 10);
    listen_free(listen);
    pool_devnet_stop(devnet);
}

/* Two templates of one height: the block of the later one is there first. */
static void test_uncle(void **state)
{
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    struct base_error error = {BASE_OK, ""};
    struct listen_source *listen = listen_new();
    (void)state;
    loop_devnet_config(&config);
    config.refresh_ms = 1;
    config.seed = 11;
    assert_int_equal(pool_devnet_start(&devnet, &config, &error), BASE_OK);
    listen->config.silence_timeout_ms = 60000;
    listen_add(listen, "daemon+tcp", pool_devnet_node_port(devnet), "");
    listen->config.servers[0].rest_port = pool_devnet_rest_port(devnet);
    listen_start(listen);
    const struct pool_job *first = wait_job(listen, 6);
    const struct pool_job *other = wait_job(listen, 7);
    listen_submit(listen, first, 0x106, 1);
    const struct pool_job *older = wait_job(listen, 6);
    listen_submit(listen, other, 0x107, 2); /* with the push that follows 6 is renewed, too */
    const struct pool_job *newer = wait_job(listen, 6);
    assert_int_equal(newer->height, older->height);
    listen_submit(listen, newer, 0x2006, 3);
    listen_submit(listen, older, 0x3006, 4);
    const struct pool_block *block = wait_fate(listen, POOL_FATE_UNCLE);
    assert_int_equal(block->chain, 6);
    assert_int_equal(block->height, older->height);
    assert_false(block->watched);
    listen_free(listen);
    pool_devnet_stop(devnet);
}

/* The REST port given as miner port: silence there, and then the right URL. */
static void test_rest_port_as_miner_port(void **state)
{
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    struct base_error error = {BASE_OK, ""};
    struct listen_source *listen = listen_new();
    uint16_t closed = 0;
    (void)state;
    (void)close(listen_socket(&closed)); /* nobody listens there */
    pool_devnet_defaults(&config);
    config.hash = loop_nonce_is_hash;
    assert_int_equal(pool_devnet_start(&devnet, &config, &error), BASE_OK);
    listen->config.first_job_timeout_ms = 100;
    listen_add(listen, "daemon+tcp", pool_devnet_rest_port(devnet), "");
    listen->config.servers[0].rest_port = closed;
    listen_start(listen);
    const struct listen_event *event =
        listen_wait_text(listen, POOL_EVENT_WARNING, "REST port, not its miner port");
    char url[64];
    (void)snprintf(url, sizeof(url), "daemon+tcp://127.0.0.1:%u", pool_devnet_node_port(devnet));
    assert_non_null(strstr(event->text, url));
    listen_free(listen);
    pool_devnet_stop(devnet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_devnet_version_1),
        cmocka_unit_test(test_devnet_version_0),
        cmocka_unit_test(test_reset_and_return),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_half_a_frame),
        cmocka_unit_test(test_silence_then_no_jobs),
        cmocka_unit_test(test_stop_gives_every_verdict),
        cmocka_unit_test(test_why_refused),
        cmocka_unit_test(test_rest_port_as_miner_port),
        cmocka_unit_test(test_sync_lost),
        cmocka_unit_test(test_nobody_finds_a_block),
        cmocka_unit_test(test_block_without_an_answer),
        cmocka_unit_test(test_block_that_is_lost),
        cmocka_unit_test(test_confirmations),
        cmocka_unit_test(test_uncle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
