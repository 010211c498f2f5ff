/* test_limits.c: --try-timeout and --job-timeout as a user gives them: the built program with two
 * servers, the first of which takes no connection, or falls silent. The sentence names the limit
 * that was set, and the second server's work is taken. (--dead-peer-timeout: test_faults_path.c.)
 * Argument: the program. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen.h"
#include "program.h"

static const char *program;

/* A node that gives work of which nothing is ever found. */
static struct pool_devnet *start_second(char url[64])
{
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    struct base_error error = {BASE_OK, ""};
    pool_devnet_defaults(&config);
    config.start_hashes = 1e15;
    config.hash = loop_nonce_is_hash;
    if (pool_devnet_start(&devnet, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    (void)snprintf(url, 64, "daemon+tcp://127.0.0.1:%u", pool_devnet_node_port(devnet));
    return devnet;
}

/* The first server is left with this sentence, and the second one serves. */
static void expect(struct program_run *run, const char *sentence, const char *second)
{
    char connected[96];
    (void)snprintf(connected, sizeof(connected), "connected: %s", second);
    program_wait(run, sentence);
    program_wait(run, connected);
    (void)program_stop(run);
}

/* A listening socket whose queue is full: the kernel drops what else wants to connect, as a black
 * hole does. */
static void test_try_timeout(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    struct program_run run;
    char first[64];
    char second[64];
    int hole = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)state;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(hole, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(hole, 0), 0);
    assert_int_equal(getsockname(hole, (struct sockaddr *)&address, &size), 0);
    int filler = loop_connect(ntohs(address.sin_port));
    struct pool_devnet *devnet = start_second(second);
    (void)snprintf(first, sizeof(first), "daemon+tcp://127.0.0.1:%u", ntohs(address.sin_port));
    program_start(&run, program,
                  (const char *const[]){"mine", "--opencl=none", "-o", first, "-o", second,
                                        "--try-timeout", "0.3", NULL});
    expect(&run, "within 300 ms", second);
    pool_devnet_stop(devnet);
    (void)close(filler);
    (void)close(hole);
}

/* A node that gives work once, acknowledges what it is sent, and says nothing more. */
static void test_job_timeout(void **state)
{
    struct program_run run;
    char first[64];
    char second[64];
    uint16_t port = 0;
    int quiet = listen_socket(&port);
    (void)state;
    struct pool_devnet *devnet = start_second(second);
    (void)snprintf(first, sizeof(first), "daemon+tcp://127.0.0.1:%u", port);
    program_start(&run, program,
                  (const char *const[]){"mine", "--opencl=none", "-o", first, "-o", second,
                                        "--job-timeout", "1.3", NULL});
    int peer = listen_accept(quiet);
    listen_send_jobs(peer, 16, 100, 1);
    program_wait(&run, "connected: daemon+tcp");
    expect(&run, "connected, but no job for 1.3 s", second);
    pool_devnet_stop(devnet);
    (void)close(peer);
    (void)close(quiet);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_try_timeout),
        cmocka_unit_test(test_job_timeout),
    };
    program = argc > 1 ? argv[1] : "shardpick";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
