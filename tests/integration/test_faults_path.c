/* test_faults_path.c: an address that vanishes from under an established connection. Two network
 * namespaces joined by a pair of virtual interfaces: the source in one, its first server in the
 * other. Then the server's address is taken away: nothing is acknowledged any more, nothing is
 * refused, no packet says so. Only the kernel's keep-alive and user timeout can tell. Needs root
 * and ip(8); skipped otherwise. Argument: the program. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "listen.h"
#include "program.h"

enum { SKIPPED = 77, NOTICED_MS = 10000 /* promise: a black hole is noticed so soon */ };

static const char *program; /* the built one */

struct world {
    int miner_ns;
    int server_ns;
};

/* Run ip(8) in a namespace. */
static bool ip_in(int ns_fd, const char *const *words)
{
    int status = 1;
    pid_t child = fork();
    if (child == 0) {
        if (setns(ns_fd, CLONE_NEWNET) == 0) {
            (void)execvp("ip", (char *const *)(uintptr_t)words);
        }
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

#define IP(ns, ...) ip_in(ns, (const char *const[]){"ip", __VA_ARGS__, NULL})

static int new_namespace(void)
{
    return unshare(CLONE_NEWNET) == 0 ? open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC) : -1;
}

/* Both ends with addresses; the calling thread ends in the miner's namespace. */
static bool make_world(struct world *world)
{
    char self[32];
    (void)snprintf(self, sizeof(self), "%d", (int)getpid());
    world->miner_ns = new_namespace();
    world->server_ns = new_namespace(); /* where this thread is now: "netns PID" means it */
    return world->miner_ns >= 0 && world->server_ns >= 0 &&
           IP(world->miner_ns, "link", "add", "near", "type", "veth", "peer", "name", "far") &&
           IP(world->miner_ns, "link", "set", "far", "netns", self) &&
           IP(world->miner_ns, "addr", "add", "10.77.0.1/24", "dev", "near") &&
           IP(world->miner_ns, "link", "set", "near", "up") &&
           IP(world->miner_ns, "link", "set", "lo", "up") &&
           IP(world->server_ns, "addr", "add", "10.77.0.2/24", "dev", "far") &&
           IP(world->server_ns, "link", "set", "far", "up");
}

static int listen_far(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(inet_pton(AF_INET, "10.77.0.2", &address.sin_addr), 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

/* find: one is on its way when the address vanishes, so that the user timeout counts, not the
 * keep-alive. The limits are the program's own. Returns whether the promise was kept. */
static bool vanish(const struct world *world, bool find)
{
    uint16_t far_port = 0;
    uint16_t near_port = 0;
    struct base_error error = {BASE_OK, ""};
    char url[64];
    assert_int_equal(setns(world->server_ns, CLONE_NEWNET), 0);
    int far = listen_far(&far_port);
    assert_int_equal(setns(world->miner_ns, CLONE_NEWNET), 0);
    int near = listen_socket(&near_port);
    struct listen_source *listen = listen_new();
    (void)snprintf(url, sizeof(url), "daemon+tcp://10.77.0.2:%u", far_port);
    assert_int_equal(pool_server_parse(&listen->config.servers[0], url, &error), BASE_OK);
    listen->config.server_count = 1;
    listen_add(listen, "daemon+tcp", near_port, "");
    listen->config.silence_timeout_ms = 60000; /* not what is tested here */
    listen_start(listen);
    int peer = listen_accept(far);
    listen_send_jobs(peer, 16, 100, 1);
    const struct listen_event *job = listen_wait(listen, POOL_EVENT_JOB);
    assert_int_equal(job->server, 0);
    assert_true(IP(world->server_ns, "addr", "del", "10.77.0.2/24", "dev", "far"));
    uint64_t start_ms = base_clock_ms();
    if (find) {
        listen_submit(listen, job->job, 1, 1);
    }
    const struct listen_event *gone =
        listen_wait_text(listen, POOL_EVENT_DISCONNECTED, "timed out");
    int second = listen_accept_open(near);
    listen_send_jobs(second, 16, 100, 2);
    const struct listen_event *next = listen_wait(listen, POOL_EVENT_JOB);
    while (next->server != 1) {
        next = listen_wait(listen, POOL_EVENT_JOB);
    }
    uint64_t noticed_ms = next->at_ms - start_ms;
    print_message("%llu ms: %s\n", (unsigned long long)noticed_ms, gone->text);
    listen_free(listen);
    (void)close(peer);
    (void)close(second);
    (void)close(far);
    (void)close(near);
    assert_true(IP(world->server_ns, "addr", "add", "10.77.0.2/24", "dev", "far"));
    return noticed_ms <= NOTICED_MS;
}

static void expect_in_time(const struct world *world, bool find)
{
    unsigned tries = 1;
    while (!vanish(world, find)) {
        assert_true(tries++ < LOOP_TRIES);
    }
}

static void test_idle_connection(void **state)
{
    expect_in_time(*state, false);
}

static void test_find_on_its_way(void **state)
{
    expect_in_time(*state, true);
}

/* --dead-peer-timeout as a user gives it: its limit stands in the sentence, and the next server
 * takes over. */
static void test_option(void **state)
{
    const struct world *world = *state;
    struct program_run run;
    uint16_t far_port = 0;
    uint16_t near_port = 0;
    char first[64];
    char second[64];
    assert_int_equal(setns(world->server_ns, CLONE_NEWNET), 0);
    int far = listen_far(&far_port);
    assert_int_equal(setns(world->miner_ns, CLONE_NEWNET), 0);
    int near = listen_socket(&near_port);
    (void)snprintf(first, sizeof(first), "daemon+tcp://10.77.0.2:%u", far_port);
    (void)snprintf(second, sizeof(second), "daemon+tcp://127.0.0.1:%u", near_port);
    program_start(&run, program,
                  (const char *const[]){"mine", "--opencl=none", "-o", first, "-o", second,
                                        "--job-timeout", "60", "--dead-peer-timeout", "1.5", NULL});
    int peer = listen_accept(far);
    listen_send_jobs(peer, 16, 100, 1);
    program_wait(&run, "connected: daemon+tcp://10.77.0.2");
    assert_true(IP(world->server_ns, "addr", "del", "10.77.0.2/24", "dev", "far"));
    program_wait(&run, "nothing was acknowledged for 1.5 s");
    int next = listen_accept_open(near);
    listen_send_jobs(next, 16, 100, 2);
    (void)snprintf(second, sizeof(second), "connected: daemon+tcp://127.0.0.1:%u", near_port);
    program_wait(&run, second);
    (void)program_stop(&run);
    (void)close(next);
    (void)close(peer);
    (void)close(near);
    (void)close(far);
    assert_true(IP(world->server_ns, "addr", "add", "10.77.0.2/24", "dev", "far"));
}

int main(int argc, char **argv)
{
    static struct world world;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_idle_connection, &world),
        cmocka_unit_test_prestate(test_find_on_its_way, &world),
        cmocka_unit_test_prestate(test_option, &world),
    };
    program = argc > 1 ? argv[1] : "shardpick";
    if (geteuid() != 0 || !make_world(&world)) {
        (void)printf("skipped: network namespaces and virtual interfaces need root and ip(8)\n");
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
