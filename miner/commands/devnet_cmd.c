/* devnet_cmd.c: `shardpick devnet`: a coin's development network as a server that any miner can
 * use. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "commands/commands.h"
#include "commands/local_net.h"
#include "faces/json.h"

static void log_urls(const struct miner_host *host, const struct miner_net_row *row, void *net)
{
    const char *bind = host->config->devnet.bind;
    bool brackets = strchr(bind, ':') != NULL; /* IPv6 addresses have them in URLs */
    char address[80];
    char text[256];
    (void)snprintf(address, sizeof address, "%s%s%s", brackets ? "[" : "", bind,
                   brackets ? "]" : "");
    for (size_t i = 0; row->url(text, net, i, address); i++) {
        if (text[0] != '\0') {
            miner_log(host->log, MINER_LOG_INFO, "devnet", "%s", text);
        }
    }
}

static void log_line(const struct miner_host *host, const struct miner_net_row *row, void *net)
{
    char text[512];
    row->line(text, net);
    miner_log(host->log, MINER_LOG_INFO, "devnet", "%s", text);
}

/* Wait for a signal or the end of --duration, with a line of counters now and then. */
static void serve(const struct miner_host *host, const struct miner_net_row *row, void *net,
                  uint64_t start_ms)
{
    const struct miner_config *config = host->config;
    uint64_t next_ms = start_ms + config->summary_interval_ms;
    uint64_t end_ms = config->duration_ms > 0 ? start_ms + config->duration_ms : UINT64_MAX;
    for (uint64_t now_ms = start_ms; now_ms < end_ms; now_ms = base_clock_ms()) {
        struct pollfd stop = {.fd = host->stop_fd, .events = POLLIN};
        if (now_ms >= next_ms) {
            log_line(host, row, net);
            next_ms = now_ms + config->summary_interval_ms;
        }
        uint64_t wait_ms = (next_ms < end_ms ? next_ms : end_ms) - now_ms;
        if (poll(&stop, 1, (int)(wait_ms < 60000 ? wait_ms : 60000)) > 0) {
            return;
        }
    }
}

static int end(const struct miner_host *host, const struct miner_net_row *row, void *net,
               uint64_t start_ms)
{
    double seconds = (double)(base_clock_ms() - start_ms) / 1e3;
    log_line(host, row, net);
    if (!host->config->json) {
        return MINER_EXIT_DONE;
    }
    json_t *head = json_pack("{s:s, s:f}", "shardpick", SHARDPICK_VERSION, "seconds", seconds);
    return miner_command_json(host, miner_json_join(head, row->json(net)), MINER_EXIT_DONE);
}

int miner_devnet_command(const struct miner_host *host)
{
    struct base_error error = {BASE_OK, ""};
    const struct miner_net_row *row = NULL;
    void *net = NULL;
    uint64_t start_ms = base_clock_ms();
    enum base_status status = miner_local_net_find(&row, host->config->coin, &error);
    if (status == BASE_OK) {
        status = row->start(&net, host->config, false, &error);
    }
    if (status != BASE_OK) {
        miner_log(host->log, MINER_LOG_ERROR, "devnet", "%s", error.text);
        return status == BASE_E_UNSUPPORTED || status == BASE_E_FORMAT ? MINER_EXIT_USAGE
                                                                       : MINER_EXIT_FAILED;
    }
    log_urls(host, row, net);
    serve(host, row, net, start_ms);
    int exit_code = end(host, row, net, start_ms);
    row->stop(net);
    return exit_code;
}
