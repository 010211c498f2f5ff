/* test_faults_dns.c: names that do not resolve, and a name server that never answers. In a mount
 * and network namespace of its own, where /etc/resolv.conf names a socket of this test. Needs root;
 * skipped otherwise. */
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "listen.h"

enum {
    SKIPPED = 77,
    DNS_PORT = 53,
    NEXT_MS = 2000, /* promise: the next server's job */
    STOP_MS = 2000, /* a name server that hangs must not hold the program's end */
};

static bool etc_is_bound; /* see private_mounts */

/* Mounts of this process stay its own. In a chroot, "/" is no mount point whose propagation could
 * be changed: then /etc is mounted onto itself, and this mount is made private. */
static bool private_mounts(void)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0) {
        return true;
    }
    etc_is_bound = mount("/etc", "/etc", NULL, MS_BIND, NULL) == 0;
    return etc_is_bound && mount(NULL, "/etc", NULL, MS_PRIVATE, NULL) == 0;
}

/* A resolv.conf that names 127.0.0.1, seen by this process only; loopback is up. Without such a
 * file on this machine, 127.0.0.1 is asked anyway (resolv.conf(5)). */
static bool make_world(void)
{
    static const char text[] = "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n";
    struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};
    char path[] = "/tmp/shardpick-resolv-XXXXXX";
    int file = mkstemp(path);
    int fd = -1;
    bool good = file >= 0 && write(file, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1 &&
                fchmod(file, 0644) == 0 && unshare(CLONE_NEWNS | CLONE_NEWNET) == 0 &&
                private_mounts() &&
                (access("/etc/resolv.conf", F_OK) != 0 ||
                 mount(path, "/etc/resolv.conf", NULL, MS_BIND, NULL) == 0);
    if (file >= 0) {
        (void)close(file);
        (void)unlink(path);
    }
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)snprintf(request.ifr_name, sizeof(request.ifr_name), "lo");
    good = good && fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return good;
}

static int name_server(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(DNS_PORT)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* Wait for one question; answer that there is no such name, if wanted. */
static void take_question(int fd, bool answer)
{
    uint8_t packet[512];
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    assert_true(loop_readable(fd, LOOP_WAIT_MS));
    ssize_t got = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &size);
    assert_true(got > 12);
    if (answer) {
        packet[2] |= 0x80; /* an answer */
        packet[3] = 0x83;  /* recursion available, no such name */
        assert_true(sendto(fd, packet, (size_t)got, 0, (struct sockaddr *)&from, size) == got);
    }
}

/* Returns whether both promises were kept. */
static bool resolve_with(bool answer)
{
    uint16_t port = 0;
    int dns = name_server();
    int server = listen_socket(&port);
    struct listen_source *listen = listen_new();
    struct base_error error = {BASE_OK, ""};
    assert_int_equal(pool_server_parse(&listen->config.servers[0],
                                       "daemon+tcp://node.example.com:10973", &error),
                     BASE_OK);
    listen->config.server_count = 1;
    listen->config.backoff_min_ms = 60000; /* asked once */
    listen->config.backoff_max_ms = 60000;
    listen_add(listen, "daemon+tcp", port, "");
    uint64_t start_ms = base_clock_ms();
    listen_start(listen);
    take_question(dns, answer); /* one for IPv4 and one for IPv6, in any order */
    take_question(dns, answer);
    if (answer) {
        (void)listen_wait_text(listen, POOL_EVENT_DISCONNECTED, "cannot be resolved");
    }
    int peer = listen_accept(server);
    listen_send_jobs(peer, 16, 100, 1);
    const struct listen_event *job = listen_wait(listen, POOL_EVENT_JOB);
    assert_int_equal(job->server, 1);
    uint64_t next_ms = job->at_ms - start_ms;
    start_ms = base_clock_ms();
    listen_free(listen);
    uint64_t stop_ms = base_clock_ms() - start_ms;
    print_message("next server's job after %llu ms, the end after %llu ms\n",
                  (unsigned long long)next_ms, (unsigned long long)stop_ms);
    (void)close(peer);
    (void)close(server);
    (void)close(dns);
    return next_ms <= NEXT_MS && stop_ms <= STOP_MS;
}

static void expect_in_time(bool answer)
{
    unsigned tries = 1;
    while (!resolve_with(answer)) {
        assert_true(tries++ < LOOP_TRIES);
    }
}

static void test_no_such_name(void **state)
{
    (void)state;
    expect_in_time(true);
}

static void test_name_server_hangs(void **state)
{
    (void)state;
    expect_in_time(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_such_name),
        cmocka_unit_test(test_name_server_hangs),
    };
    if (geteuid() != 0 || !make_world()) {
        (void)printf("skipped: a resolv.conf of the test's own needs root and namespaces\n");
        return SKIPPED;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)fflush(NULL);
    if (etc_is_bound) {
        (void)umount2("/etc", MNT_DETACH);
    }
    _exit(failed); /* the resolver's thread of the hanging lookup is libcurl's, and still waits */
}
