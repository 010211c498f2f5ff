/* devnet_cmd.c: `shardpick devnet`: the development network as a server that any miner can use. */
#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "commands/commands.h"
#include "commands/local_net.h"

static uint64_t sum(const uint64_t counts[16])
{
    uint64_t total = 0;
    for (size_t i = 0; i < 16; i++) {
        total += counts[i];
    }
    return total;
}

static void log_urls(const struct miner_host *host, const struct pool_devnet *devnet)
{
    const char *bind = host->config->devnet.bind;
    const char *open = strchr(bind, ':') != NULL ? "[" : ""; /* IPv6 addresses go in brackets */
    const char *close = open[0] != '\0' ? "]" : "";
    if (pool_devnet_node_port(devnet) != 0) {
        miner_log(host->log, MINER_LOG_INFO, "devnet", "node   daemon+tcp://%s%s%s:%u", open, bind,
                  close, pool_devnet_node_port(devnet));
    }
    if (pool_devnet_pool_port(devnet) != 0) {
        miner_log(host->log, MINER_LOG_INFO, "devnet", "pool   stratum+tcp://%s%s%s:%u -u %s", open,
                  bind, close, pool_devnet_pool_port(devnet), "ADDRESS.WORKER");
    }
    if (pool_devnet_rest_port(devnet) != 0) {
        miner_log(host->log, MINER_LOG_INFO, "devnet", "REST   http://%s%s%s:%u", open, bind, close,
                  pool_devnet_rest_port(devnet));
    }
}

static void log_stats(const struct miner_host *host, const struct pool_devnet_stats *stats)
{
    unsigned chains = 0;
    for (size_t i = 0; i < 16; i++) {
        chains += stats->accepted[i] > 0;
    }
    miner_log(host->log, MINER_LOG_INFO, "devnet",
              "blocks %" PRIu64 " on %u chains, uncles %" PRIu64 ", refused %" PRIu64
              ", shares %" PRIu64 "/%" PRIu64 ", wrong %" PRIu64 ", connections %" PRIu64,
              sum(stats->accepted), chains, sum(stats->uncles), sum(stats->refused),
              stats->shares_accepted, stats->shares_accepted + stats->shares_refused,
              stats->wrong_chain + stats->above_target + stats->unknown_template +
                  stats->duplicates + stats->malformed,
              stats->connections);
}

static json_t *list_json(const uint64_t counts[16])
{
    json_t *list = json_array();
    for (size_t i = 0; i < 16; i++) {
        (void)json_array_append_new(list, json_integer((json_int_t)counts[i]));
    }
    return list;
}

static json_t *stats_json(const struct pool_devnet_stats *stats, uint64_t seconds_ms)
{
    return json_pack(
        "{s:s, s:f, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "shardpick",
        SHARDPICK_VERSION, "seconds", (double)seconds_ms / 1e3, "accepted",
        list_json(stats->accepted), "uncles", list_json(stats->uncles), "refused",
        list_json(stats->refused), "heights", list_json(stats->heights), "wrong_chain",
        (json_int_t)stats->wrong_chain, "above_target", (json_int_t)stats->above_target,
        "unknown_template", (json_int_t)stats->unknown_template, "duplicates",
        (json_int_t)stats->duplicates, "malformed", (json_int_t)stats->malformed, "shares_accepted",
        (json_int_t)stats->shares_accepted, "shares_refused", (json_int_t)stats->shares_refused,
        "connections", (json_int_t)stats->connections);
}

/* Wait for a signal or the end of --duration, with a line of statistics now and then. */
static void serve(const struct miner_host *host, struct pool_devnet *devnet, uint64_t start_ms)
{
    const struct miner_config *config = host->config;
    struct pool_devnet_stats stats;
    uint64_t next_ms = start_ms + config->summary_interval_ms;
    uint64_t end_ms = config->duration_ms > 0 ? start_ms + config->duration_ms : UINT64_MAX;
    for (uint64_t now_ms = start_ms; now_ms < end_ms; now_ms = base_clock_ms()) {
        struct pollfd stop = {.fd = host->stop_fd, .events = POLLIN};
        if (now_ms >= next_ms) {
            pool_devnet_stats(devnet, &stats);
            log_stats(host, &stats);
            next_ms = now_ms + config->summary_interval_ms;
        }
        uint64_t wait_ms = (next_ms < end_ms ? next_ms : end_ms) - now_ms;
        if (poll(&stop, 1, (int)(wait_ms < 60000 ? wait_ms : 60000)) > 0) {
            return;
        }
    }
}

int miner_devnet_command(const struct miner_host *host)
{
    struct base_error error = {BASE_OK, ""};
    struct pool_devnet_config config;
    struct pool_devnet_stats stats;
    struct pool_devnet *devnet = NULL;
    uint64_t start_ms = base_clock_ms();

    miner_local_net_config(&config, host->config);
    enum base_status status = pool_devnet_start(&devnet, &config, &error);
    if (status != BASE_OK) {
        miner_log(host->log, MINER_LOG_ERROR, "devnet", "%s", error.text);
        return MINER_EXIT_FAILED;
    }
    log_urls(host, devnet);
    serve(host, devnet, start_ms);
    pool_devnet_stats(devnet, &stats);
    log_stats(host, &stats);
    pool_devnet_stop(devnet);
    if (host->config->json) {
        return miner_command_json(host, stats_json(&stats, base_clock_ms() - start_ms),
                                  MINER_EXIT_DONE);
    }
    return MINER_EXIT_DONE;
}
