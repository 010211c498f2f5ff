/* net_ergo.c: the development network of Ergo, see local_net.h. */
#include <inttypes.h>
#include <stdio.h>

#include "commands/local_net.h"
#include "ergonet/ergonet.h"

/* The reference computes elements one by one, without a table. */
static void hash_trial(uint8_t hit_be[32], const uint8_t trial[40], uint32_t height,
                       uint32_t reduced)
{
    struct kern_work work = {.height = height, .reduced = reduced};
    enum base_status status = miner_local_net_hash(hit_be, "autolykos2", &work, trial, NULL, 0);
    BASE_ASSERT(status == BASE_OK);
}

static enum base_status set_fault(void *user, const char *word, struct base_error *error)
{
    return pool_ergonet_fault_set(user, word, error);
}

static enum base_status start(void **net, const struct miner_config *config, bool local,
                              struct base_error *error)
{
    const struct pool_devnet_config *given = &config->devnet;
    struct pool_devnet_config standard;
    struct pool_ergonet_config made;
    struct pool_ergonet *started = NULL;
    enum base_status status = BASE_OK;
    pool_devnet_defaults(&standard);
    pool_ergonet_defaults(&made);
    made.hash = hash_trial;
    made.reduced = config->reduced;
    made.block_time_ms = given->block_time_ms;
    if (given->start_hashes != standard.start_hashes) {
        made.start_hashes = given->start_hashes;
    }
    made.share_hashes = given->pool_difficulty;
    made.seed = given->seed;
    if (config->api_key[0] != '\0') {
        (void)snprintf(made.api_key, sizeof made.api_key, "%.63s", config->api_key);
    }
    if (local) {
        made.pool_port = UINT16_MAX;
    } else {
        (void)snprintf(made.bind, sizeof made.bind, "%s", given->bind);
        made.rest_port = given->node_port;
        made.pool_port = given->pool_port;
        made.extranonce_bytes = given->extranonce_bytes;
        status = miner_local_net_faults(config, &made.faults, set_fault, error);
    }
    if (status == BASE_OK && config->devnet_dialect[0] != '\0') {
        status = pool_ergonet_dialect_find(&made.pool_dialect, config->devnet_dialect, error);
    }
    if (status == BASE_OK) {
        status = pool_ergonet_start(&started, &made, error);
    }
    *net = started;
    return status;
}

static void server(struct pool_server *server, void *net)
{
    server->scheme = POOL_DAEMON_HTTP;
    (void)snprintf(server->host, sizeof server->host, "127.0.0.1");
    server->port = pool_ergonet_rest_port(net);
}

static bool url(char text[256], void *net, size_t index, const char *host)
{
    const struct miner_net_port ports[] = {
        {"node   daemon+http://", pool_ergonet_rest_port(net), ""},
        {"pool   stratum+tcp://", pool_ergonet_pool_port(net), " -u ADDRESS.WORKER"},
    };
    return miner_local_net_url(text, ports, BASE_COUNT_OF(ports), index, host);
}

static void counts(struct miner_net_counts *counts, void *net)
{
    struct pool_ergonet_stats stats;
    pool_ergonet_stats(net, &stats);
    *counts = (struct miner_net_counts){
        .accepted = stats.accepted,
        .refused = stats.stale,
        .above_target = stats.wrong + stats.low,
        .duplicates = stats.duplicates,
        .malformed = stats.malformed,
    };
}

static void line(char text[512], void *net)
{
    struct pool_ergonet_stats stats;
    pool_ergonet_stats(net, &stats);
    (void)snprintf(text, 512,
                   "height %" PRIu64 ", blocks %" PRIu64 ", stale %" PRIu64 ", shares %" PRIu64
                   "/%" PRIu64 ", wrong %" PRIu64 ", connections %" PRIu64
                   ", a block takes %.3g hashes%s%.100s",
                   stats.height, stats.accepted, stats.stale, stats.shares_accepted,
                   stats.shares_accepted + stats.shares_refused + stats.shares_stale,
                   stats.wrong + stats.low + stats.duplicates + stats.malformed, stats.connections,
                   stats.hashes, stats.why[0] != '\0' ? "; last refusal: " : "", stats.why);
}

static json_t *json(void *net)
{
    struct pool_ergonet_stats stats;
    pool_ergonet_stats(net, &stats);
    return json_pack(
        "{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "height",
        (json_int_t)stats.height, "accepted", (json_int_t)stats.accepted, "stale",
        (json_int_t)stats.stale, "refused", (json_int_t)stats.refused, "foreign",
        (json_int_t)stats.foreign, "wrong", (json_int_t)stats.wrong, "low", (json_int_t)stats.low,
        "duplicates", (json_int_t)stats.duplicates, "malformed", (json_int_t)stats.malformed,
        "shares_accepted", (json_int_t)stats.shares_accepted, "shares_refused",
        (json_int_t)stats.shares_refused, "shares_stale", (json_int_t)stats.shares_stale,
        "foreign_extranonce", (json_int_t)stats.foreign_extranonce, "keyless",
        (json_int_t)stats.keyless, "connections", (json_int_t)stats.connections, "candidates",
        (json_int_t)stats.candidates);
}

static void stop(void *net)
{
    pool_ergonet_stop(net);
}

const struct miner_net_row miner_net_ergo = {
    .coin = "ergo",
    .what = "development network of Ergo",
    .start = start,
    .server = server,
    .url = url,
    .counts = counts,
    .line = line,
    .json = json,
    .stop = stop,
};
