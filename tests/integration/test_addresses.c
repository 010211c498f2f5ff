/* test_addresses.c: a server's name with two addresses, of which the first accepts connections and
 * gives no work: the second is tried before the first again, lines name the address, and the first
 * still serves once the second is gone. The names are the test's own: it stands in for the C
 * library's getaddrinfo. */
#include <arpa/inet.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen.h"

enum { ADDRESSES = 2 };

static const char name[] = "pool.example";
static const char *const numbers[ADDRESSES] = {"127.0.0.2", "127.0.0.3"};

/* In this order always, as RFC 6724 sorts them. The C library's freeaddrinfo frees each link and
 * its name by free(3), and the address with the link. */
__attribute__((visibility("default"))) int getaddrinfo(const char *host, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **list)
{
    struct addrinfo **at = list;
    uint16_t port = service == NULL ? 0 : (uint16_t)strtoul(service, NULL, 10);
    *list = NULL;
    if (host == NULL || strcmp(host, name) != 0) {
        return EAI_NONAME;
    }
    for (size_t i = 0; i < ADDRESSES; i++) {
        struct addrinfo *made = calloc(1, sizeof *made + sizeof(struct sockaddr_in));
        assert_non_null(made);
        struct sockaddr_in *address = (struct sockaddr_in *)(void *)(made + 1);
        address->sin_family = AF_INET;
        address->sin_port = htons(port);
        assert_int_equal(inet_pton(AF_INET, numbers[i], &address->sin_addr), 1);
        made->ai_family = AF_INET;
        made->ai_socktype = hints == NULL ? SOCK_STREAM : hints->ai_socktype;
        made->ai_protocol = IPPROTO_TCP;
        made->ai_addrlen = sizeof *address;
        made->ai_addr = (struct sockaddr *)(void *)address;
        *at = made;
        at = &made->ai_next;
    }
    return 0;
}

__attribute__((visibility("default"))) void freeaddrinfo(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;
        free(list);
        list = next;
    }
}

/* Listening sockets at one port of all addresses. */
static void open_all(int fds[ADDRESSES], uint16_t *port)
{
    *port = 0;
    for (size_t i = 0; i < ADDRESSES; i++) {
        fds[i] = listen_socket_at(numbers[i], port);
    }
}

static struct listen_source *start(uint16_t port, uint32_t first_job_ms)
{
    struct listen_source *source = listen_new();
    struct base_error error = {BASE_OK, ""};
    char url[64];
    (void)snprintf(url, sizeof url, "stratum+tcp://%s:%u", name, port);
    source->config.coin = pool_coin_find("digibyte");
    source->config.algo = "sha256d";
    assert_int_equal(pool_server_parse(&source->config.servers[0], url, &error), BASE_OK);
    (void)snprintf(source->config.servers[0].user, sizeof source->config.servers[0].user, "%s",
                   "D596YFweJQuHY1BbjazZYmAbt8jJPbKehC.rig");
    source->config.server_count = 1;
    source->config.first_job_timeout_ms = first_job_ms;
    source->config.silence_timeout_ms = 60000;
    listen_start(source);
    return source;
}

static void expect_address(const struct listen_event *event, size_t index)
{
    char part[32];
    (void)snprintf(part, sizeof part, "(%s)", numbers[index]);
    if (strstr(event->text, part) == NULL) {
        fail_msg("no %s in: %s", part, event->text);
    }
}

/* The first address is silent, or hangs up; then the second is gone, and the first one works. */
static void test_first_gives_no_work(void **state)
{
    (void)state;
    for (int silent = 0; silent < 2; silent++) {
        int fds[ADDRESSES];
        uint16_t port = 0;
        open_all(fds, &port);
        /* The second has as long to give work as the first is waited for. */
        struct listen_source *source = start(port, silent ? 4000 : 60000);
        int first = listen_accept(fds[0]);
        if (!silent) {
            (void)close(first);
        }
        expect_address(listen_wait(source, POOL_EVENT_DISCONNECTED), 0);
        int second = listen_accept(fds[1]);
        listen_send_v1_work(second, "010000", 1);
        expect_address(listen_wait(source, POOL_EVENT_CONNECTED), 1);
        (void)close(fds[1]);
        (void)close(second);
        expect_address(listen_wait(source, POOL_EVENT_DISCONNECTED), 1);
        int third = listen_accept(fds[0]); /* the one that is left */
        listen_send_v1_work(third, "020000", 1);
        expect_address(listen_wait(source, POOL_EVENT_CONNECTED), 0);
        listen_free(source);
        (void)close(third);
        (void)close(fds[0]);
        if (silent) {
            (void)close(first);
        }
    }
}

/* An address that has given a job is as good as the others again, when the miner is sent to the
 * same name once more. */
static void test_a_job_makes_good(void **state)
{
    static const char away[] = "{\"id\":null,\"method\":\"client.reconnect\",\"params\":[]}\n";
    int fds[ADDRESSES];
    uint16_t port = 0;
    (void)state;
    open_all(fds, &port);
    (void)close(fds[1]); /* nobody listens at the second yet */
    struct listen_source *source = start(port, 60000);
    (void)close(listen_accept(fds[0]));
    expect_address(listen_wait(source, POOL_EVENT_DISCONNECTED), 0);
    int first = listen_accept(fds[0]);
    listen_send_v1_work(first, "010000", 1);
    expect_address(listen_wait(source, POOL_EVENT_CONNECTED), 0);
    fds[1] = listen_socket_at(numbers[1], &port);
    loop_send(first, away, sizeof away - 1);
    int again = listen_accept(fds[0]);
    listen_send_v1_work(again, "020000", 1);
    expect_address(listen_wait(source, POOL_EVENT_CONNECTED), 0);
    listen_free(source);
    (void)close(first);
    (void)close(again);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

/* Both give no work: they take turns. */
static void test_both_give_no_work(void **state)
{
    int fds[ADDRESSES];
    uint16_t port = 0;
    (void)state;
    open_all(fds, &port);
    struct listen_source *source = start(port, 60000);
    for (size_t i = 0; i < 4; i++) {
        (void)close(listen_accept(fds[i % ADDRESSES]));
        expect_address(listen_wait(source, POOL_EVENT_DISCONNECTED), i % ADDRESSES);
    }
    listen_free(source);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_gives_no_work),
        cmocka_unit_test(test_a_job_makes_good),
        cmocka_unit_test(test_both_give_no_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
