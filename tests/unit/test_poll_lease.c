/* test_poll_lease.c: one long poll a node: within this process, and against another program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "source/poll_lease.h"

/* A server of this test run's own: others may run it at the same time. */
static struct pool_server server_of(const char *name)
{
    struct pool_server server = {.scheme = POOL_DAEMON_HTTP, .port = 14022};
    (void)snprintf(server.host, sizeof(server.host), "%s.%ld.example", name, (long)getpid());
    return server;
}

static bool woken(int fd)
{
    uint64_t count = 0;
    return read(fd, &count, sizeof(count)) == sizeof(count);
}

static void test_within_a_process(void **state)
{
    struct pool_server server = server_of("within");
    struct pool_server elsewhere = server_of("elsewhere");
    int first_fd = eventfd(0, EFD_NONBLOCK);
    int second_fd = eventfd(0, EFD_NONBLOCK);
    struct pool_poll_lease *first = pool_poll_lease_open(&server, first_fd);
    struct pool_poll_lease *second = pool_poll_lease_open(&server, second_fd);
    struct pool_poll_lease *third = pool_poll_lease_open(&elsewhere, first_fd);
    (void)state;
    assert_int_equal(pool_poll_lease_turn(first, 1000), POOL_POLL_OURS);
    assert_int_equal(pool_poll_lease_turn(second, 1000), POOL_POLL_TOLD);
    assert_int_equal(pool_poll_lease_turn(third, 1000), POOL_POLL_OURS);
    pool_poll_lease_announce(second); /* it does not poll */
    assert_false(woken(first_fd));
    pool_poll_lease_announce(first);
    assert_true(woken(second_fd));
    assert_false(woken(first_fd));
    assert_int_equal(pool_poll_lease_turn(second, 1000), POOL_POLL_NEWS);
    assert_int_equal(pool_poll_lease_turn(second, 1000), POOL_POLL_TOLD);
    pool_poll_lease_close(first);
    assert_true(woken(second_fd)); /* to take the long poll */
    assert_int_equal(pool_poll_lease_turn(second, 1000), POOL_POLL_OURS);
    pool_poll_lease_close(second);
    pool_poll_lease_close(third);
    (void)close(first_fd);
    (void)close(second_fd);
}

static void test_another_program(void **state)
{
    struct pool_server server = server_of("another");
    struct pool_poll_lease *ours = pool_poll_lease_open(&server, -1);
    int ready[2];
    int done[2];
    char byte = 0;
    (void)state;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(done), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct pool_poll_lease *theirs = pool_poll_lease_open(&server, -1);
        bool took = pool_poll_lease_turn(theirs, 1000) == POOL_POLL_OURS;
        (void)!write(ready[1], took ? "y" : "n", 1);
        (void)!read(done[0], &byte, 1);
        _exit(0); /* the system takes the name back */
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(pool_poll_lease_turn(ours, 1000), POOL_POLL_OTHERS);
    assert_int_equal(write(done[1], "x", 1), 1);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(pool_poll_lease_turn(ours, 1999), POOL_POLL_OTHERS);
    assert_int_equal(pool_poll_lease_turn(ours, 2000), POOL_POLL_OURS);
    pool_poll_lease_close(ours);
    for (int i = 0; i < 2; i++) {
        (void)close(ready[i]);
        (void)close(done[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_within_a_process),
        cmocka_unit_test(test_another_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
