/* net_alephium.c: Alephium's development network, see local_net.h. */
#include <inttypes.h>
#include <stdio.h>

#include "commands/local_net.h"
#include "devnet/devnet.h"

static void hash_message(uint8_t hash[32], const uint8_t *message)
{
    struct kern_work work = {.height = 0};
    enum base_status status = miner_local_net_hash(hash, "alephium", &work, message, NULL, 0);
    BASE_ASSERT(status == BASE_OK);
}

static enum base_status set_fault(void *user, const char *word, struct base_error *error)
{
    return pool_devnet_fault_set(user, word, error);
}

static enum base_status start(void **net, const struct miner_config *config, bool local,
                              struct base_error *error)
{
    struct pool_devnet_config devnet = config->devnet;
    struct pool_devnet *started = NULL;
    enum base_status status = BASE_OK;
    devnet.hash = hash_message;
    if (local) {
        (void)snprintf(devnet.bind, sizeof devnet.bind, "127.0.0.1");
        devnet.node_port = 0;
        devnet.rest_port = 0;
        devnet.pool_port = UINT16_MAX;
    } else {
        status = miner_local_net_faults(config, &devnet.faults, set_fault, error);
    }
    if (status == BASE_OK && config->devnet_dialect[0] != '\0') {
        status = pool_devnet_dialect_find(&devnet.pool_dialect, config->devnet_dialect, error);
    }
    if (status == BASE_OK) {
        status = pool_devnet_start(&started, &devnet, error);
    }
    *net = started;
    return status;
}

static void server(struct pool_server *server, void *net)
{
    server->scheme = POOL_DAEMON_TCP;
    (void)snprintf(server->host, sizeof server->host, "127.0.0.1");
    server->port = pool_devnet_node_port(net);
    server->rest_port = pool_devnet_rest_port(net);
}

static bool url(char text[256], void *net, size_t index, const char *host)
{
    const struct miner_net_port ports[] = {
        {"node   daemon+tcp://", pool_devnet_node_port(net), ""},
        {"pool   stratum+tcp://", pool_devnet_pool_port(net), " -u ADDRESS.WORKER"},
        {"REST   http://", pool_devnet_rest_port(net), ""},
    };
    return miner_local_net_url(text, ports, BASE_COUNT_OF(ports), index, host);
}

static uint64_t sum(const uint64_t counts[16])
{
    uint64_t total = 0;
    for (size_t i = 0; i < 16; i++) {
        total += counts[i];
    }
    return total;
}

static void counts(struct miner_net_counts *counts, void *net)
{
    struct pool_devnet_stats stats;
    pool_devnet_stats(net, &stats);
    *counts = (struct miner_net_counts){
        .accepted = sum(stats.accepted),
        .uncles = sum(stats.uncles),
        .refused = sum(stats.refused),
        .wrong_chain = stats.wrong_chain,
        .above_target = stats.above_target,
        .duplicates = stats.duplicates,
        .malformed = stats.malformed,
    };
}

static void line(char text[512], void *net)
{
    struct pool_devnet_stats stats;
    unsigned chains = 0;
    pool_devnet_stats(net, &stats);
    for (size_t i = 0; i < 16; i++) {
        chains += stats.accepted[i] > 0;
    }
    (void)snprintf(text, 512,
                   "blocks %" PRIu64 " on %u chains, uncles %" PRIu64 ", refused %" PRIu64
                   ", shares %" PRIu64 "/%" PRIu64 ", wrong %" PRIu64 ", connections %" PRIu64,
                   sum(stats.accepted), chains, sum(stats.uncles), sum(stats.refused),
                   stats.shares_accepted, stats.shares_accepted + stats.shares_refused,
                   stats.wrong_chain + stats.above_target + stats.unknown_template +
                       stats.duplicates + stats.malformed,
                   stats.connections);
}

static json_t *list_json(const uint64_t values[16])
{
    json_t *list = json_array();
    for (size_t i = 0; i < 16; i++) {
        (void)json_array_append_new(list, json_integer((json_int_t)values[i]));
    }
    return list;
}

static json_t *json(void *net)
{
    struct pool_devnet_stats stats;
    pool_devnet_stats(net, &stats);
    return json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "accepted",
                     list_json(stats.accepted), "uncles", list_json(stats.uncles), "refused",
                     list_json(stats.refused), "heights", list_json(stats.heights), "wrong_chain",
                     (json_int_t)stats.wrong_chain, "above_target", (json_int_t)stats.above_target,
                     "unknown_template", (json_int_t)stats.unknown_template, "duplicates",
                     (json_int_t)stats.duplicates, "malformed", (json_int_t)stats.malformed,
                     "shares_accepted", (json_int_t)stats.shares_accepted, "shares_refused",
                     (json_int_t)stats.shares_refused, "connections",
                     (json_int_t)stats.connections);
}

static void stop(void *net)
{
    pool_devnet_stop(net);
}

const struct miner_net_row miner_net_alephium = {
    .coin = "alephium",
    .what = "development network of 16 chains",
    .start = start,
    .server = server,
    .url = url,
    .counts = counts,
    .line = line,
    .json = json,
    .stop = stop,
};
