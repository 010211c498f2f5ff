/* net_nervos.c: the development network of Nervos CKB, see local_net.h. */
#include <inttypes.h>
#include <stdio.h>

#include "ckbnet/ckbnet.h"
#include "commands/local_net.h"

static void hash_message(uint8_t hash_be[32], const uint8_t message[48])
{
    struct kern_work work = {.height = 0};
    enum base_status status = miner_local_net_hash(hash_be, "eaglesong", &work, message, NULL, 0);
    BASE_ASSERT(status == BASE_OK);
}

static enum base_status set_fault(void *user, const char *word, struct base_error *error)
{
    return pool_ckbnet_fault_set(user, word, error);
}

static enum base_status start(void **net, const struct miner_config *config, bool local,
                              struct base_error *error)
{
    const struct pool_devnet_config *given = &config->devnet;
    struct pool_ckbnet_config made;
    struct pool_ckbnet *started = NULL;
    enum base_status status = BASE_OK;
    pool_ckbnet_defaults(&made);
    made.hash = hash_message;
    made.block_time_ms = given->block_time_ms;
    made.start_hashes = given->start_hashes;
    made.share_hashes = given->pool_difficulty;
    made.seed = given->seed;
    if (local) {
        made.tcp_port = UINT16_MAX;
        made.pool_port = UINT16_MAX;
    } else {
        (void)snprintf(made.bind, sizeof made.bind, "%s", given->bind);
        made.rpc_port = given->node_port;
        made.tcp_port = given->rest_port;
        made.pool_port = given->pool_port;
        made.extranonce_bytes = given->extranonce_bytes;
        status = miner_local_net_faults(config, &made.faults, set_fault, error);
    }
    if (status == BASE_OK && config->devnet_dialect[0] != '\0') {
        status = pool_ckbnet_dialect_find(&made.pool_dialect, config->devnet_dialect, error);
    }
    if (status == BASE_OK) {
        status = pool_ckbnet_start(&started, &made, error);
    }
    *net = started;
    return status;
}

static void server(struct pool_server *server, void *net)
{
    server->scheme = POOL_DAEMON_HTTP;
    (void)snprintf(server->host, sizeof server->host, "127.0.0.1");
    server->port = pool_ckbnet_rpc_port(net);
}

static bool url(char text[256], void *net, size_t index, const char *host)
{
    const struct miner_net_port ports[] = {
        {"node   daemon+http://", pool_ckbnet_rpc_port(net), ""},
        {"pool   stratum+tcp://", pool_ckbnet_pool_port(net), " -u ADDRESS.WORKER"},
        {"events of new tips (JSON-RPC by lines)   ", pool_ckbnet_tcp_port(net), ""},
    };
    return miner_local_net_url(text, ports, BASE_COUNT_OF(ports), index, host);
}

static void counts(struct miner_net_counts *counts, void *net)
{
    struct pool_ckbnet_stats stats;
    pool_ckbnet_stats(net, &stats);
    *counts = (struct miner_net_counts){
        .accepted = stats.accepted,
        .refused = stats.stale,
        .above_target = stats.above_target + stats.invalid,
        .duplicates = stats.duplicates,
        .malformed = stats.malformed,
    };
}

static void line(char text[512], void *net)
{
    struct pool_ckbnet_stats stats;
    pool_ckbnet_stats(net, &stats);
    (void)snprintf(
        text, 512,
        "height %" PRIu64 ", blocks %" PRIu64 " with %" PRIu64 " transactions, uncles "
        "%" PRIu64 ", stale %" PRIu64 ", shares %" PRIu64 "/%" PRIu64 ", wrong %" PRIu64
        ", connections %" PRIu64 ", a block takes %.3g hashes%s%.200s",
        stats.height, stats.accepted, stats.txs, stats.uncles, stats.stale, stats.shares_accepted,
        stats.shares_accepted + stats.shares_refused + stats.shares_stale,
        stats.above_target + stats.invalid + stats.duplicates + stats.malformed, stats.connections,
        stats.hashes, stats.why[0] != '\0' ? "; last refusal: " : "", stats.why);
}

static json_t *json(void *net)
{
    struct pool_ckbnet_stats stats;
    pool_ckbnet_stats(net, &stats);
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}",
                     "height", (json_int_t)stats.height, "accepted", (json_int_t)stats.accepted,
                     "stale", (json_int_t)stats.stale, "uncles", (json_int_t)stats.uncles,
                     "foreign", (json_int_t)stats.foreign, "own_lock", (json_int_t)stats.own_lock,
                     "paid", (json_int_t)stats.paid, "transactions", (json_int_t)stats.txs,
                     "duplicates", (json_int_t)stats.duplicates, "above_target",
                     (json_int_t)stats.above_target, "invalid", (json_int_t)stats.invalid,
                     "malformed", (json_int_t)stats.malformed, "shares_accepted",
                     (json_int_t)stats.shares_accepted, "shares_refused",
                     (json_int_t)stats.shares_refused, "shares_stale",
                     (json_int_t)stats.shares_stale, "connections", (json_int_t)stats.connections,
                     "templates", (json_int_t)stats.templates, "events", (json_int_t)stats.events);
}

static void stop(void *net)
{
    pool_ckbnet_stop(net);
}

const struct miner_net_row miner_net_nervos = {
    .coin = "nervos",
    .what = "development network of Nervos CKB",
    .start = start,
    .server = server,
    .url = url,
    .counts = counts,
    .line = line,
    .json = json,
    .stop = stop,
};
