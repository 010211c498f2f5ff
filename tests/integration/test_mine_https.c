/* test_mine_https.c: `mine --coin digibyte` at a node behind TLS (daemon+https://): blocks are
 * found and taken with the authority given, or the certificate pinned; without either nothing is
 * asked. Certificates are made here. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gbt_run.h"
#include "tls_front.h"

enum { BLOCKS = 3 };

struct scene {
    struct identity authority;
    struct identity identity; /* the server's */
    struct gbt_node *node;
    struct tls_front *front;
    struct mine_run run;
};

/* A run at the TLS port in front of a node. */
static void begin(struct scene *scene)
{
    char url[96];
    scene->authority = identity_new(NULL, -IDENTITY_DAY, IDENTITY_DAY, NULL);
    scene->identity = identity_new("IP:127.0.0.1", -IDENTITY_DAY, IDENTITY_DAY, &scene->authority);
    scene->node = gbt_run_node(GBT_RUN_SKEIN);
    scene->node->login = "alice:s3cret";
    gbt_run_ready(&scene->run, scene->node, BLOCKS);
    scene->front = tls_front_start(&scene->identity, scene->node->rpc.port);
    scene->run.config.server_count = 0;
    (void)snprintf(url, sizeof url, "daemon+https://alice:s3cret@127.0.0.1:%u",
                   tls_front_port(scene->front));
    mine_run_server(&scene->run, url, gbt_run_address);
}

static void end(struct scene *scene)
{
    tls_front_stop(scene->front);
    identity_free(&scene->identity);
    identity_free(&scene->authority);
    free(scene->node);
}

/* Mine, and have every connection come through TLS. */
static void mine(struct scene *scene)
{
    gbt_run_go(&scene->run, scene->node);
    assert_true(scene->node->accepted >= BLOCKS);
    assert_int_equal(scene->node->rpc.refused_logins, 0);
    assert_true(scene->node->rpc.connects > 0);
    assert_true(tls_front_taken(scene->front) >= scene->node->rpc.connects);
    end(scene);
}

static void test_authority(void **state)
{
    struct scene scene;
    char ca_file[IDENTITY_PATH];
    (void)state;
    begin(&scene);
    identity_write(&scene.authority, ca_file);
    (void)snprintf(scene.run.config.tls_ca_file, sizeof scene.run.config.tls_ca_file, "%s",
                   ca_file);
    mine(&scene);
    (void)unlink(ca_file);
}

static void test_fingerprint(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    (void)identity_fingerprint(&scene.identity, scene.run.config.tls_fingerprint);
    mine(&scene);
}

/* A certificate that nobody vouches for: no handshake is completed, so no login is shown. */
static void test_stranger(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    scene.run.config.connect_timeout_ms = 500;
    mine_run_go(&scene.run);
    assert_int_equal(scene.run.exit_code, MINER_EXIT_NO_SERVER);
    gbt_node_stop(scene.node);
    assert_int_equal(scene.node->rpc.requests, 0);
    mine_run_deinit(&scene.run);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_authority),
        cmocka_unit_test(test_fingerprint),
        cmocka_unit_test(test_stranger),
    };
    (void)signal(SIGPIPE, SIG_IGN); /* as the program does; the front's OpenSSL writes, too */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
