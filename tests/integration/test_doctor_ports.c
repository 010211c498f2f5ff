/* test_doctor_ports.c: the examination of ports that give no work: those for other nodes, nodes
 * that start or lock their interface, pools that are quiet or hang up, closed ones. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen.h"
#include "rpc_server.h"
#include "tools/doctor.h"

static const char alph[] = "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr";
static const char dgb[] = "D596YFweJQuHY1BbjazZYmAbt8jJPbKehC";

/* A port that does one thing to everybody, in a thread of its own. */
struct port {
    const char *greeting; /* sent to who connects; NULL: none */
    size_t greeting_size;
    unsigned jobs;      /* a frame with jobs of so many chains is sent to who connects */
    const char *answer; /* to whatever comes, once; NULL: none */
    bool hangs_up;      /* before a word */
    bool wants_peers;   /* closes when anything comes */

    const char *host; /* NULL: 127.0.0.1 */
    uint16_t number;  /* 0: any */

    int fd;
    pthread_t thread;
    int stop[2];
};

static bool greet(const struct port *port, int peer)
{
    if (port->hangs_up) {
        return false;
    }
    if (port->greeting != NULL) {
        (void)!write(peer, port->greeting, port->greeting_size);
    }
    if (port->jobs > 0) {
        listen_send_jobs(peer, port->jobs, 7, 1);
    }
    return true;
}

/* False: close it. */
static bool serve(const struct port *port, int peer)
{
    char bytes[4096];
    ssize_t got = recv(peer, bytes, sizeof bytes, 0);
    if (got > 0 && port->answer != NULL) {
        (void)!send(peer, port->answer, strlen(port->answer), MSG_NOSIGNAL);
        return false;
    }
    return got > 0 && !port->wants_peers;
}

static void *run(void *user)
{
    enum { PEERS_MAX = 30 };
    struct port *port = user;
    struct pollfd fds[PEERS_MAX + 2] = {{.fd = port->stop[0], .events = POLLIN},
                                        {.fd = port->fd, .events = POLLIN}};
    nfds_t count = 2;
    while (poll(fds, count, -1) > 0 && fds[0].revents == 0) {
        for (nfds_t i = 2; i < count; i++) {
            if (fds[i].revents != 0 && !serve(port, fds[i].fd)) {
                (void)close(fds[i].fd);
                fds[i--] = fds[--count];
            }
        }
        if (fds[1].revents != 0 && count < PEERS_MAX + 2) {
            int peer = accept(port->fd, NULL, NULL);
            if (greet(port, peer)) {
                fds[count++] = (struct pollfd){.fd = peer, .events = POLLIN};
            } else {
                (void)close(peer);
            }
        }
    }
    for (nfds_t i = 2; i < count; i++) {
        (void)close(fds[i].fd);
    }
    return NULL;
}

static void port_start(struct port *port)
{
    port->fd = listen_socket_at(port->host != NULL ? port->host : "127.0.0.1", &port->number);
    assert_int_equal(pipe(port->stop), 0);
    assert_int_equal(pthread_create(&port->thread, NULL, run, port), 0);
}

static void port_stop(struct port *port)
{
    (void)close(port->stop[1]);
    (void)pthread_join(port->thread, NULL);
    (void)close(port->stop[0]);
    (void)close(port->fd);
}

static struct pool_report examine_at(const char *host, const char *coin, const char *scheme,
                                     uint16_t number, const char *user)
{
    static struct pool_config config;
    struct pool_report report;
    struct base_error error = {BASE_OK, ""};
    char url[128];
    memset(&config, 0, sizeof config);
    config.coin = pool_coin_find(coin);
    config.server_count = 1;
    config.first_job_timeout_ms = 1500;
    (void)snprintf(url, sizeof url, "%s://%s:%u", scheme, host, number);
    assert_int_equal(pool_server_parse(&config.servers[0], url, &error), BASE_OK);
    config.servers[0].rest_port = 1; /* nobody's */
    (void)snprintf(config.servers[0].user, POOL_LOGIN_MAX, "%s", user);
    assert_int_equal(pool_doctor_run(&report, &config, 0, &error), BASE_OK);
    return report;
}

static struct pool_report examine(const char *coin, const char *scheme, uint16_t number,
                                  const char *user)
{
    return examine_at("127.0.0.1", coin, scheme, number, user);
}

static void expect(const struct pool_report *report, const char *name,
                   enum pool_check_result result, const char *part)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct pool_check *check = &report->checks[i];
        if (strcmp(check->name, name) == 0) {
            if (check->result != result || strstr(check->text, part) == NULL) {
                fail_msg("%s is %s: %s", name, pool_check_word(check->result), check->text);
            }
            return;
        }
    }
    fail_msg("there is no check %s", name);
}

static void expect_url(const struct pool_report *report, const char *scheme, uint16_t number)
{
    char url[128];
    (void)snprintf(url, sizeof url, "%s://127.0.0.1:%u", scheme, number);
    assert_string_equal(report->url, url);
}

/* Ports for other nodes are told from those for miners, and the usual URL is named. */
static void test_peers(void **state)
{
    struct port v1 = {.greeting = "V1\0\0\0\7", .greeting_size = 6};
    struct port core = {.wants_peers = true};
    (void)state;
    port_start(&v1);
    struct pool_report report = examine("alephium", "daemon+tcp", v1.number, "");
    expect(&report, "protocol", POOL_CHECK_PROBLEM, "begins with V1");
    expect(&report, "other", POOL_CHECK_SKIPPED, "daemon+tcp://127.0.0.1:10973");
    report = examine("alephium", "stratum+tcp", v1.number, alph);
    expect(&report, "protocol", POOL_CHECK_PROBLEM, "begins with V1");
    port_stop(&v1);

    port_start(&core);
    report = examine("digibyte", "daemon+http", core.number, dgb);
    expect(&report, "protocol", POOL_CHECK_PROBLEM, "other nodes (P2P)");
    expect(&report, "other", POOL_CHECK_SKIPPED, "daemon+http://127.0.0.1:14022");
    port_stop(&core);
}

/* Where the coin's usual port gives work, that is the URL. Nobody else listens at the address. */
static void test_usual_port_works(void **state)
{
    char host[16];
    char url[64];
    unsigned pid = (unsigned)getpid();
    (void)snprintf(host, sizeof host, "127.%u.%u.%u", 64 + (pid >> 14) % 128, (pid >> 7) % 128,
                   2 + pid % 128);
    struct port peers = {.host = host, .wants_peers = true};
    struct port usual = {.host = host, .number = 10973, .jobs = 16};
    (void)state;
    port_start(&peers);
    port_start(&usual);
    struct pool_report report = examine_at(host, "alephium", "daemon+tcp", peers.number, "");
    assert_false(report.works);
    expect(&report, "other", POOL_CHECK_OK, "and gives work");
    (void)snprintf(url, sizeof url, "daemon+tcp://%s:10973", host);
    assert_string_equal(report.url, url);
    port_stop(&usual);
    port_stop(&peers);
}

static void test_hangs_up(void **state)
{
    struct port ban = {.hangs_up = true};
    (void)state;
    port_start(&ban);
    struct pool_report report = examine("digibyte", "stratum+tcp", ban.number, dgb);
    expect(&report, "protocol", POOL_CHECK_PROBLEM, "a ban of this address");
    port_stop(&ban);
    report = examine("digibyte", "stratum+tcp", ban.number, dgb);
    expect(&report, "connect", POOL_CHECK_PROBLEM, "connection refused");
}

/* It has said enough to be known, and gives no work for the while that an examination takes. */
static void test_quiet_pool(void **state)
{
    static const char line[] =
        "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[1]}\n";
    struct port pool = {.greeting = line, .greeting_size = sizeof line - 1};
    (void)state;
    port_start(&pool);
    struct pool_report report = examine("alephium", "stratum+tcp", pool.number, alph);
    assert_false(report.works);
    expect(&report, "protocol", POOL_CHECK_OK, "a pool");
    expect(&report, "work", POOL_CHECK_PROBLEM, "no job within");
    expect(&report, "login", POOL_CHECK_OK, "nothing looks odd");
    expect_url(&report, "stratum+tcp", pool.number);
    port_stop(&pool);
}

static void test_clique(void **state)
{
    struct port node = {.jobs = 8};
    (void)state;
    port_start(&node);
    struct pool_report report = examine("alephium", "daemon+tcp", node.number, "");
    assert_true(report.works);
    expect(&report, "work", POOL_CHECK_OK, "jobs for 8 chains: a node of a clique");
    port_stop(&node);
}

/* A REST port that wants a key is there. */
static void test_locked(void **state)
{
    struct port rest = {.answer = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 28\r\n\r\n"
                                  "{\"detail\":\"Missing api key\"}"};
    (void)state;
    port_start(&rest);
    struct pool_report report = examine("alephium", "stratum+tcp", rest.number, alph);
    expect(&report, "other", POOL_CHECK_SKIPPED, "the REST port of an Alephium node");
    port_stop(&rest);
}

static void on_call(void *user, const struct rpc_call *call, const char *method,
                    const json_t *params)
{
    (void)user;
    (void)params;
    if (strcmp(method, "getblockchaininfo") == 0) {
        rpc_answer(call,
                   json_pack("{s:s,s:i,s:i,s:b}", "chain", "regtest", "blocks", 5, "headers", 9,
                             "initialblockdownload", 1),
                   0, "");
    } else {
        rpc_answer(call, json_null(), -28, "Loading block index...");
    }
}

/* A node that starts is a node, at whatever URL it was asked; its network is not the address's. */
static void test_starting_node(void **state)
{
    struct rpc_server node = {.on_call = on_call};
    (void)state;
    rpc_server_start(&node);
    struct pool_report report = examine("digibyte", "daemon+http", node.port, dgb);
    assert_false(report.works);
    expect(&report, "protocol", POOL_CHECK_OK, "a node");
    expect(&report, "work", POOL_CHECK_PROBLEM, "still starting");
    expect(&report, "network", POOL_CHECK_PROBLEM, "on \"regtest\"");
    expect(&report, "synced", POOL_CHECK_PROBLEM, "block 5 of 9");
    expect_url(&report, "daemon+http", node.port);
    report = examine("digibyte", "daemon+tcp", node.port, "");
    assert_false(report.works);
    expect_url(&report, "daemon+http", node.port);
    report = examine("komodo", "stratum+tcp", node.port, "rig");
    expect_url(&report, "daemon+http", node.port);
    rpc_server_stop(&node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_port_works), cmocka_unit_test(test_peers),
        cmocka_unit_test(test_hangs_up),         cmocka_unit_test(test_quiet_pool),
        cmocka_unit_test(test_clique),           cmocka_unit_test(test_locked),
        cmocka_unit_test(test_starting_node),
    };
    return cmocka_run_group_tests_name("doctor_ports", tests, NULL, NULL);
}
