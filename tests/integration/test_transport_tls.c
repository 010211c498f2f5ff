/* test_transport_tls.c: the TLS matrix over loopback sockets: valid, unknown authority, expired,
 * wrong host, self-signed, pinned right and wrong, not verified, TLS 1.1 only, plain port; each has
 * its promised verdict and sentence. The same over IPv6 and through a man in the middle. Then
 * SOCKS5 with names looked up here and there, and servers that are not there. Keys and certificates
 * are made here, at test time. */
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "identity.h"
#include "listen.h"
#include "mitm.h"
#include "transport/tls.h"
#include "transport/transport.h"

enum {
    BULK = 100000, /* bytes the server sends: several TLS records */
    HANGS_UP = -1, /* in place of a version: closes after the hello */
};

/* One accepted connection, served by a thread. identity NULL: plain text. */
struct server {
    int fd;
    uint16_t port;
    const struct identity *identity;
    int newest_version; /* 0: any; HANGS_UP */
    char heard[6];      /* what the client said */
    pthread_t thread;
};

static void *serve(void *user)
{
    struct server *server = user;
    static char bulk[BULK];
    int peer = accept(server->fd, NULL, NULL);
    if (peer < 0) {
        return NULL;
    }
    memset(bulk, 'b', sizeof(bulk));
    if (server->newest_version == HANGS_UP) {
        (void)!read(peer, bulk, sizeof(bulk)); /* the hello */
        (void)close(peer);
        return NULL;
    }
    if (server->identity == NULL) {
        (void)!write(peer, "{\"id\":null}\n", 12);
        (void)shutdown(peer, SHUT_WR);
        while (read(peer, bulk, sizeof(bulk)) > 0) {
        }
        (void)close(peer);
        return NULL;
    }
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    (void)SSL_CTX_use_certificate(context, server->identity->certificate);
    (void)SSL_CTX_use_PrivateKey(context, server->identity->key);
    if (server->newest_version != 0) {
        SSL_CTX_set_security_level(context, 0);
        (void)SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
        (void)SSL_CTX_set_max_proto_version(context, server->newest_version);
    }
    SSL *ssl = SSL_new(context);
    (void)SSL_set_fd(ssl, peer);
    if (SSL_accept(ssl) == 1 && SSL_write(ssl, bulk, BULK) == BULK) {
        (void)SSL_read(ssl, server->heard, 5);
        (void)SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
    (void)close(peer);
    return NULL;
}

/* Wait for a link to become what it will be. */
static enum pool_link_state settle(struct pool_link *link)
{
    struct pool_wait wait = {.link = link};
    uint64_t until_ms = base_clock_ms() + LOOP_WAIT_MS;
    int never[2];
    assert_int_equal(pipe(never), 0);
    while (pool_link_state(link) == POOL_LINK_CONNECTING && base_clock_ms() < until_ms) {
        pool_transport_wait(&wait, 1, never[0], 1000);
    }
    (void)close(never[0]);
    (void)close(never[1]);
    return pool_link_state(link);
}

/* All the bulk, then an answer: the stream works in both directions. */
static void exchange(struct pool_link *link)
{
    struct pool_wait wait = {.link = link};
    size_t total = 0;
    int never[2];
    assert_int_equal(pipe(never), 0);
    while (total < BULK) {
        char bytes[8192];
        size_t got = 0;
        enum base_status status = pool_link_recv(link, bytes, sizeof(bytes), &got);
        if (status == BASE_E_AGAIN) {
            pool_transport_wait(&wait, 1, never[0], LOOP_WAIT_MS);
            continue;
        }
        assert_int_equal(status, BASE_OK);
        assert_int_equal(bytes[0], 'b');
        total += got;
    }
    size_t sent = 0;
    assert_int_equal(pool_link_send(link, "hello", 5, &sent), BASE_OK);
    assert_int_equal(sent, 5);
    (void)close(never[0]);
    (void)close(never[1]);
}

/* Any port of ::1; -1 where the machine has no IPv6. */
static int listen_on_ipv6(uint16_t *port)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 1) != 0) {
        (void)(fd >= 0 && close(fd));
        return -1;
    }
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin6_port);
    return fd;
}

/* Connect once to a host of this machine; says NULL means it must work, else that it must fail with
 * this in its sentence. Returns false where the host's kind of address does not exist here. */
static bool try_tls_at(const char *host, const struct identity *identity, int newest_version,
                       struct pool_transport_options options, const char *says)
{
    struct server server = {.identity = identity, .newest_version = newest_version};
    struct pool_link *link = NULL;
    struct base_error error = {BASE_OK, ""};
    bool ipv6 = strchr(host, ':') != NULL;
    server.fd = ipv6 ? listen_on_ipv6(&server.port) : listen_socket(&server.port);
    if (server.fd < 0) {
        return false;
    }
    assert_int_equal(pthread_create(&server.thread, NULL, serve, &server), 0);
    options.proxy = "";
    options.connect_timeout_ms = LOOP_WAIT_MS;
    options.dead_peer_ms = 8000;
    if (options.tls_ca_file == NULL) {
        options.tls_ca_file = "";
    }
    assert_int_equal(pool_link_open(&link, &options, host, server.port, true, &error), BASE_OK);
    enum pool_link_state state = settle(link);
    print_message("%s\n", state == POOL_LINK_FAILED ? pool_link_error(link)->text : "open");
    if (says == NULL) {
        assert_int_equal(state, POOL_LINK_OPEN);
        exchange(link);
    } else {
        assert_int_equal(state, POOL_LINK_FAILED);
        if (strstr(pool_link_error(link)->text, says) == NULL) {
            fail_msg("\"%s\" does not say \"%s\"", pool_link_error(link)->text, says);
        }
    }
    if (says == NULL) { /* the server reads our answer before it ends */
        (void)pthread_join(server.thread, NULL);
        assert_string_equal(server.heard, "hello");
        pool_link_close(link);
    } else {
        pool_link_close(link);
        (void)pthread_join(server.thread, NULL);
    }
    (void)close(server.fd);
    return true;
}

static void try_tls(const struct identity *identity, int newest_version,
                    struct pool_transport_options options, const char *says)
{
    assert_true(try_tls_at("127.0.0.1", identity, newest_version, options, says));
}

static void test_matrix(void **state)
{
    static const char here[] = "IP:127.0.0.1";
    struct identity authority = identity_new(NULL, -IDENTITY_DAY, IDENTITY_DAY, NULL);
    struct identity good = identity_new(here, -IDENTITY_DAY, IDENTITY_DAY, &authority);
    struct identity expired = identity_new(here, -2L * IDENTITY_DAY, -IDENTITY_DAY, &authority);
    struct identity other =
        identity_new("DNS:other.example", -IDENTITY_DAY, IDENTITY_DAY, &authority);
    struct identity self_signed = identity_new(here, -IDENTITY_DAY, IDENTITY_DAY, NULL);
    struct identity self_expired =
        identity_new("DNS:other.example", -2L * IDENTITY_DAY, -IDENTITY_DAY, NULL);
    char ca_file[IDENTITY_PATH];
    char hex[65];
    (void)state;
    identity_write(&authority, ca_file);
    struct pool_transport_options verify = {.tls_ca_file = ca_file};
    struct pool_transport_options system_store = {.tls_ca_file = NULL};
    struct pool_transport_options insecure = {.tls_insecure = true};
    struct pool_transport_options pinned = {.tls_pinned = true};

    try_tls(&good, 0, verify, NULL);
    try_tls(&good, 0, system_store, "authority that this machine does not know");
    try_tls(&expired, 0, verify, "has expired");
    try_tls(&other, 0, verify, "another name than 127.0.0.1");
    try_tls(&self_signed, 0, verify, "is self-signed");
    try_tls(&self_signed, 0, verify, identity_fingerprint(&self_signed, hex));
    try_tls(&self_signed, 0, insecure, NULL);
    unsigned size = 32;
    assert_int_equal(
        X509_digest(self_expired.certificate, EVP_sha256(), pinned.tls_fingerprint, &size), 1);
    try_tls(&self_expired, 0, pinned, NULL);
    try_tls(&good, 0, pinned, "not the pinned one");
    try_tls(&good, TLS1_1_VERSION, verify, "older than TLS 1.2");
    try_tls(NULL, 0, verify, "does not speak TLS; try -o stratum+tcp://127.0.0.1:");
    try_tls(NULL, HANGS_UP, verify, "closed the connection before it was encrypted");

    (void)unlink(ca_file);
    identity_free(&authority);
    identity_free(&good);
    identity_free(&expired);
    identity_free(&other);
    identity_free(&self_signed);
    identity_free(&self_expired);
}

/* A node that is asked over HTTP has another right URL than a pool. */
static void test_plain_node(void **state)
{
    const struct pool_tls_check check = {.pinned = false};
    struct base_error error = {BASE_OK, ""};
    (void)state;
    assert_true(pool_tls_explain(&check, &error, "node.example", 14022,
                                 "error:0A00010B:SSL routines::wrong version number", true, false,
                                 true));
    assert_string_equal(error.text, "node.example port 14022 does not speak TLS; try -o "
                                    "daemon+http://node.example:14022");
}

/* The same over IPv6: name checks are of the numeric address. */
static void test_ipv6(void **state)
{
    struct identity good = identity_new("IP:::1", -IDENTITY_DAY, IDENTITY_DAY, NULL);
    struct identity other = identity_new("IP:127.0.0.1", -IDENTITY_DAY, IDENTITY_DAY, NULL);
    struct pool_transport_options insecure = {.tls_insecure = true};
    struct pool_transport_options verify = {.tls_ca_file = NULL};
    struct pool_transport_options pinned = {.tls_pinned = true};
    unsigned size = 32;
    (void)state;
    bool there = try_tls_at("::1", &good, 0, insecure, NULL);
    if (there) {
        assert_int_equal(X509_digest(good.certificate, EVP_sha256(), pinned.tls_fingerprint, &size),
                         1);
        assert_true(try_tls_at("::1", &good, 0, pinned, NULL));
        assert_true(try_tls_at("::1", &other, 0, pinned, "not the pinned one"));
        assert_true(try_tls_at("::1", &good, 0, verify, "is self-signed"));
    }
    identity_free(&good);
    identity_free(&other);
    if (!there) {
        print_message("this machine has no ::1\n");
        skip();
    }
}

/* ---- somebody in between --------------------------------------------------------------------- */

/* A link to a TLS server through a man in the middle with these rules; the server's thread runs. */
static struct pool_link *open_through(struct server *server, struct mitm **mitm,
                                      const struct pool_transport_options *options,
                                      const struct mitm_rules *rules)
{
    struct pool_link *link = NULL;
    struct base_error error = {BASE_OK, ""};
    server->fd = listen_socket(&server->port);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
    *mitm = mitm_start(server->port, MITM_LINES);
    mitm_set(*mitm, rules);
    assert_int_equal(pool_link_open(&link, options, "127.0.0.1", mitm_port(*mitm), true, &error),
                     BASE_OK);
    return link;
}

static void close_through(struct server *server, struct mitm *mitm, struct pool_link *link)
{
    pool_link_close(link);
    mitm_stop(mitm);
    (void)pthread_join(server->thread, NULL);
    (void)close(server->fd);
}

static void test_through_the_middle(void **state)
{
    struct identity identity = identity_new("IP:127.0.0.1", -IDENTITY_DAY, IDENTITY_DAY, NULL);
    struct pool_transport_options pinned = {.proxy = "",
                                            .tls_ca_file = "",
                                            .tls_pinned = true,
                                            .connect_timeout_ms = LOOP_WAIT_MS,
                                            .dead_peer_ms = 8000};
    struct mitm_way_rules pieces = {.piece_bytes = 1000};
    struct mitm_way_rules flips = {.flip_every = 50};
    struct mitm_rules split = {.way = {pieces, pieces}};
    struct mitm_rules flip = {.way = {[MITM_TO_CLIENT] = flips}};
    struct mitm_rules hole = {.black_hole = true};
    struct server server = {.identity = &identity};
    struct mitm *mitm = NULL;
    unsigned size = 32;
    (void)state;
    assert_int_equal(X509_digest(identity.certificate, EVP_sha256(), pinned.tls_fingerprint, &size),
                     1);

    struct pool_link *link = open_through(&server, &mitm, &pinned, &split);
    assert_int_equal(settle(link), POOL_LINK_OPEN);
    exchange(link);
    close_through(&server, mitm, link);

    /* Bits that change on the way end the connection with a sentence; they never get through. */
    link = open_through(&server, &mitm, &pinned, &flip);
    assert_int_equal(settle(link), POOL_LINK_FAILED);
    assert_non_null(strstr(pool_link_error(link)->text, "TLS"));
    print_message("%s\n", pool_link_error(link)->text);
    close_through(&server, mitm, link);

    /* A handshake that never comes is bounded by the connect limit. */
    uint64_t start_ms = base_clock_ms();
    pinned.connect_timeout_ms = 2000;
    link = open_through(&server, &mitm, &pinned, &hole);
    assert_int_equal(settle(link), POOL_LINK_FAILED);
    assert_non_null(strstr(pool_link_error(link)->text, "within 2000 ms"));
    assert_true(base_clock_ms() - start_ms >= 1900);
    pool_link_close(link);
    mitm_stop(mitm);
    int nobody = loop_connect(server.port); /* ends the server's thread, which nobody has reached */
    (void)close(nobody);
    (void)pthread_join(server.thread, NULL);
    (void)close(server.fd);
    identity_free(&identity);
}

/* ---- proxies --------------------------------------------------------------------------------- */

/* A SOCKS5 proxy with password that speaks for one connection; the name goes to it unresolved, or
 * as an address of this machine. */
struct proxy {
    int fd;
    bool resolved; /* an address is expected */
    bool right;    /* everything the client said was as RFC 1928 and 1929 want it */
};

static void *proxy_serve(void *user)
{
    static const char greeting[] = "hello through the proxy";
    static const uint8_t login[] = {1, 3, 'b', 'o', 'b', 4, 'w', 'o', 'r', 'd'};
    struct proxy *proxy = user;
    uint8_t bytes[64];
    int peer = accept(proxy->fd, NULL, NULL);
    if (peer < 0 || recv(peer, bytes, 2, MSG_WAITALL) != 2) {
        return NULL;
    }
    bool right = bytes[0] == 5 && recv(peer, bytes + 2, bytes[1], MSG_WAITALL) == bytes[1];
    (void)!write(peer, "\x05\x02", 2); /* user and password, please */
    right = right && recv(peer, bytes, sizeof(login), MSG_WAITALL) == (ssize_t)sizeof(login) &&
            memcmp(bytes, login, sizeof(login)) == 0;
    (void)!write(peer, "\x01\x00", 2);
    /* CONNECT, address type name, "pool.invalid" port 20032 */
    if (proxy->resolved) { /* address type IPv4, 127.0.0.1, the same port */
        right = right && recv(peer, bytes, 10, MSG_WAITALL) == 10 &&
                memcmp(bytes, "\x05\x01\x00\x01\x7f\x00\x00\x01\x4e\x40", 10) == 0;
    } else {
        right = right && recv(peer, bytes, 5 + 12 + 2, MSG_WAITALL) == 19 &&
                memcmp(bytes, "\x05\x01\x00\x03\x0cpool.invalid\x4e\x40", 19) == 0;
    }
    (void)!write(peer, "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x01", 10);
    (void)!write(peer, greeting, sizeof(greeting));
    proxy->right = right;
    (void)!recv(peer, bytes, 1, 0); /* until the client closes */
    (void)close(peer);
    return NULL;
}

static void try_socks5(const char *scheme, const char *host, bool resolved)
{
    struct proxy proxy = {.fd = -1, .resolved = resolved};
    struct pool_link *link = NULL;
    struct base_error error = {BASE_OK, ""};
    uint16_t port = 0;
    pthread_t thread;
    char url[80];
    char bytes[64] = "";
    size_t got = 0;
    proxy.fd = listen_socket(&port);
    assert_int_equal(pthread_create(&thread, NULL, proxy_serve, &proxy), 0);
    (void)snprintf(url, sizeof(url), "%s://bob:word@127.0.0.1:%u", scheme, port);
    struct pool_transport_options options = {.proxy = url,
                                             .proxy_local = true,
                                             .tls_ca_file = "",
                                             .connect_timeout_ms = LOOP_WAIT_MS,
                                             .dead_peer_ms = 8000};
    assert_int_equal(pool_link_open(&link, &options, host, 20032, false, &error), BASE_OK);
    assert_int_equal(settle(link), POOL_LINK_OPEN);
    while (pool_link_recv(link, bytes, sizeof(bytes), &got) == BASE_E_AGAIN) {
        struct pool_wait wait = {.link = link};
        int never[2];
        assert_int_equal(pipe(never), 0);
        pool_transport_wait(&wait, 1, never[0], LOOP_WAIT_MS);
        (void)close(never[0]);
        (void)close(never[1]);
    }
    assert_string_equal(bytes, "hello through the proxy");
    pool_link_close(link);
    (void)pthread_join(thread, NULL);
    assert_true(proxy.right);
    (void)close(proxy.fd);
}

static void test_socks5(void **state)
{
    (void)state;
    try_socks5("socks5h", "pool.invalid", false); /* the proxy looks the name up */
    try_socks5("socks5", "127.0.0.1", true);      /* we do */
}

static enum pool_link_state connect_through(const char *proxy, bool proxy_local, uint16_t port,
                                            struct base_error *why)
{
    struct pool_transport_options options = {.proxy = proxy,
                                             .proxy_local = proxy_local,
                                             .tls_ca_file = "",
                                             .connect_timeout_ms = LOOP_WAIT_MS,
                                             .dead_peer_ms = 8000};
    struct pool_link *link = NULL;
    struct base_error error = {BASE_OK, ""};
    assert_int_equal(pool_link_open(&link, &options, "127.0.0.1", port, false, &error), BASE_OK);
    enum pool_link_state state = settle(link);
    *why = *pool_link_error(link);
    pool_link_close(link);
    return state;
}

/* A SOCKS5 proxy that answers one request with this code. */
struct refusing {
    int fd;
    uint8_t code;
};

static void *refuse(void *user)
{
    const struct refusing *proxy = user;
    uint8_t bytes[64];
    uint8_t answer[10] = {5, proxy->code, 0, 1};
    int peer = accept(proxy->fd, NULL, NULL);
    if (peer >= 0 && recv(peer, bytes, 2, MSG_WAITALL) == 2 &&
        recv(peer, bytes + 2, bytes[1], MSG_WAITALL) == bytes[1]) {
        (void)!write(peer, "\x05\x00", 2);
        (void)!recv(peer, bytes, 10, MSG_WAITALL);
        (void)!write(peer, answer, sizeof(answer));
        (void)!recv(peer, bytes, 1, 0); /* until the client closes */
    }
    (void)close(peer);
    return NULL;
}

/* Servers of this machine are connected to directly, whatever the proxy; where they are not, and
 * the proxy is at fault, the sentence says so, in words and not in codes. */
static void test_proxy_and_local(void **state)
{
    uint16_t port = 0;
    uint16_t dead_port = 0;
    struct base_error why = {BASE_OK, ""};
    struct refusing proxy = {.code = 5};
    pthread_t thread;
    char dead[40];
    char url[40];
    int fd = listen_socket(&port);
    int dead_fd = listen_socket(&dead_port);
    (void)state;
    (void)close(dead_fd); /* nobody listens there now */
    (void)snprintf(dead, sizeof(dead), "socks5h://127.0.0.1:%u", dead_port);
    assert_int_equal(connect_through(dead, false, port, &why), POOL_LINK_OPEN);
    assert_int_equal(connect_through(dead, true, port, &why), POOL_LINK_FAILED);
    assert_non_null(strstr(why.text, "the proxy cannot be reached"));
    (void)close(fd);

    proxy.fd = listen_socket(&port);
    assert_int_equal(pthread_create(&thread, NULL, refuse, &proxy), 0);
    (void)snprintf(url, sizeof(url), "socks5://127.0.0.1:%u", port);
    assert_int_equal(connect_through(url, true, 9, &why), POOL_LINK_FAILED);
    assert_non_null(strstr(why.text, "the proxy gives no way to 127.0.0.1 port 9"));
    assert_non_null(strstr(why.text, "connection refused"));
    (void)pthread_join(thread, NULL);
    (void)close(proxy.fd);
}

static void test_unreachable(void **state)
{
    struct pool_transport_options options = {
        .proxy = "", .tls_ca_file = "", .connect_timeout_ms = LOOP_WAIT_MS, .dead_peer_ms = 8000};
    struct pool_link *link = NULL;
    struct base_error error = {BASE_OK, ""};
    uint16_t port = 0;
    int fd = listen_socket(&port);
    (void)state;
    (void)close(fd); /* nobody listens there now */
    assert_int_equal(pool_link_open(&link, &options, "127.0.0.1", port, false, &error), BASE_OK);
    assert_int_equal(settle(link), POOL_LINK_FAILED);
    assert_non_null(strstr(pool_link_error(link)->text, "cannot be reached"));
    pool_link_close(link);
    assert_int_equal(pool_link_open(&link, &options, "no-such-host.invalid", 1, false, &error),
                     BASE_OK);
    assert_int_equal(settle(link), POOL_LINK_FAILED);
    assert_non_null(strstr(pool_link_error(link)->text, "no-such-host.invalid"));
    pool_link_close(link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix),      cmocka_unit_test(test_plain_node),
        cmocka_unit_test(test_ipv6),        cmocka_unit_test(test_through_the_middle),
        cmocka_unit_test(test_socks5),      cmocka_unit_test(test_proxy_and_local),
        cmocka_unit_test(test_unreachable),
    };
    struct base_error error = {BASE_OK, ""};
    (void)signal(SIGPIPE, SIG_IGN);
    if (pool_transport_start(&error) != BASE_OK) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pool_transport_stop();
    return failed;
}
