/* test_source_blocks.c: what becomes of blocks that a node has taken, asked over its REST port. The
 * test plays both ports of an Alephium node by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen.h"

enum { HEIGHT = 100 };

struct node {
    int server;
    int rest;
    int peer;
    const struct pool_job *job; /* of chain 0 */
    struct listen_source *listen;
    uint64_t finds;
};

static void node_open(struct node *node)
{
    uint16_t port = 0;
    uint16_t rest_port = 0;
    *node = (struct node){.listen = listen_new()};
    node->server = listen_socket(&port);
    node->rest = listen_socket(&rest_port);
    node->listen->config.silence_timeout_ms = 60000;
    listen_add(node->listen, "daemon+tcp", port, "");
    node->listen->config.servers[0].rest_port = rest_port;
    listen_start(node->listen);
    node->peer = listen_accept(node->server);
    listen_send_jobs(node->peer, 1, HEIGHT, 1);
    node->job = listen_wait(node->listen, POOL_EVENT_JOB)->job;
}

static void node_close(struct node *node)
{
    listen_free(node->listen);
    (void)close(node->peer);
    (void)close(node->server);
    (void)close(node->rest);
}

/* A find of chain 0 that the node accepts. Returns what is said of the block then. */
static const struct pool_block *take_block(struct node *node)
{
    uint8_t frame[337];
    uint8_t answer[47] = {0, 0, 0, 43, 1, 1, [46] = 1};
    node->finds++;
    listen_submit(node->listen, node->job, node->finds * 256, node->finds);
    loop_receive(node->peer, frame, sizeof(frame));
    loop_nonce_is_hash(answer + 14, frame + 10);
    loop_send(node->peer, answer, sizeof(answer));
    assert_int_equal(listen_wait(node->listen, POOL_EVENT_VERDICT)->verdict, POOL_ACCEPTED);
    return &listen_wait(node->listen, POOL_EVENT_BLOCK)->found;
}

/* One question over REST, and its answer. */
static void rest(const struct node *node, const char *asks, int code, const char *body)
{
    char first[512];
    char line[512];
    char answer[512];
    int peer = listen_accept(node->rest);
    loop_receive_line(peer, first, sizeof(first));
    if (strstr(first, asks) == NULL) {
        fail_msg("no %s in: %s", asks, first);
    }
    do {
        loop_receive_line(peer, line, sizeof(line));
    } while (line[0] != '\0' && line[0] != '\r');
    int size = snprintf(answer, sizeof(answer), "HTTP/1.1 %d Word\r\nContent-Length: %zu\r\n\r\n%s",
                        code, strlen(body), body);
    loop_send(peer, answer, (size_t)size);
    (void)close(peer);
}

/* The answers to one look at a block that is in the main chain, or in no chain. Returns what is
 * said of the block then. */
static const struct pool_block *look_in_chain(const struct node *node, const char *tip)
{
    rest(node, "/is-block-in-main-chain", 200, "true");
    rest(node, "/chain-info", 200, tip);
    return &listen_wait(node->listen, POOL_EVENT_BLOCK)->found;
}

static const struct pool_block *look_orphaned(const struct node *node)
{
    rest(node, "/is-block-in-main-chain", 200, "false");
    rest(node, "/blockflow/headers/", 200, "{}");
    rest(node, "/main-chain-block-by-ghost-uncle/", 404, "");
    rest(node, "/chain-info", 200, "{\"currentHeight\":108}"); /* too late to become an uncle */
    return &listen_wait(node->listen, POOL_EVENT_BLOCK)->found;
}

/* One look that does not find the block in the chain is not believed; two in a row are, and the
 * block is not asked for any more. */
static void test_orphaned_when_two_looks_say_so(void **state)
{
    struct node node;
    (void)state;
    node_open(&node);
    assert_true(take_block(&node)->watched);
    const struct pool_block *block = look_orphaned(&node);
    assert_int_equal(block->fate, POOL_FATE_OPEN);
    assert_true(block->watched);
    block = look_in_chain(&node, "{\"currentHeight\":100}");
    assert_int_equal(block->fate, POOL_FATE_IN_CHAIN);
    assert_int_equal(block->confirmations, 1);
    block = look_orphaned(&node);
    assert_int_equal(block->fate, POOL_FATE_IN_CHAIN);
    assert_int_equal(block->confirmations, 1);
    assert_true(block->watched);
    block = look_orphaned(&node);
    assert_int_equal(block->fate, POOL_FATE_ORPHANED);
    assert_int_equal(block->confirmations, 0);
    assert_false(block->watched);
    char id[POOL_BLOCK_ID_MAX];
    (void)snprintf(id, sizeof(id), "%s", take_block(&node)->id);
    rest(&node, id, 404, ""); /* the next question is about the next block */
    node_close(&node);
}

static void test_ten_confirmations_are_enough(void **state)
{
    struct node node;
    (void)state;
    node_open(&node);
    (void)take_block(&node);
    const struct pool_block *block = look_in_chain(&node, "{\"currentHeight\":108}");
    assert_int_equal(block->confirmations, 9);
    assert_true(block->watched);
    block = look_in_chain(&node, "{\"currentHeight\":109}");
    assert_int_equal(block->confirmations, 10);
    assert_false(block->watched);
    node_close(&node);
}

/* A REST port that does not answer is left alone: blocks that follow are not asked for. */
static void test_node_that_cannot_be_asked(void **state)
{
    struct node node;
    (void)state;
    node_open(&node);
    (void)close(node.rest);
    node.rest = -1;
    const struct pool_block *block = take_block(&node);
    assert_true(block->watched);
    (void)listen_wait_text(node.listen, POOL_EVENT_INFO,
                           "does not say what became of a block; it is not asked for 10 minutes");
    block = &listen_wait(node.listen, POOL_EVENT_BLOCK)->found;
    assert_int_equal(block->fate, POOL_FATE_OPEN);
    assert_false(block->watched);
    assert_false(take_block(&node)->watched);
    node_close(&node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orphaned_when_two_looks_say_so),
        cmocka_unit_test(test_ten_confirmations_are_enough),
        cmocka_unit_test(test_node_that_cannot_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
