/* bridge_run.c: see bridge_run.h. */
#include "bridge_run.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen.h"
#include "loop.h"

static bool answers(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool good = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    (void)close(fd);
    return good;
}

static void *go(void *user)
{
    mine_run_go(user);
    return NULL;
}

void bridge_run_init(struct bridge_run *bridge)
{
    mine_run_init(&bridge->run);
    bridge->run.config.command = MINER_COMMAND_BRIDGE;
    bridge->port = 0;
    (void)close(listen_socket(&bridge->port)); /* nobody else's from now on */
    struct miner_listen *listen = &bridge->run.config.bridge.listens[0];
    (void)snprintf(listen->host, sizeof listen->host, "127.0.0.1");
    listen->port = bridge->port;
    bridge->run.config.bridge.listen_count = 1;
}

void bridge_run_start(struct bridge_run *bridge)
{
    assert_int_equal(pthread_create(&bridge->thread, NULL, go, &bridge->run), 0);
    LOOP_UNTIL(answers(bridge->port));
}

void bridge_run_stop(struct bridge_run *bridge)
{
    mine_run_stop(&bridge->run);
    (void)pthread_join(bridge->thread, NULL);
    assert_int_equal(bridge->run.exit_code, MINER_EXIT_DONE);
}

void bridge_run_deinit(struct bridge_run *bridge)
{
    mine_run_deinit(&bridge->run);
}
