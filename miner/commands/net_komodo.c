/* net_komodo.c: the development network of Komodo, see local_net.h. */
#include <inttypes.h>
#include <stdio.h>

#include "commands/local_net.h"
#include "kmdnet/kmdnet.h"

static bool verify(const uint8_t header[140], const uint8_t *solution, size_t size,
                   uint32_t reduced)
{
    struct kern_work work = {.reduced = reduced};
    uint8_t hash_be[32];
    return miner_local_net_hash(hash_be, "equihash", &work, header, solution, size) == BASE_OK;
}

static enum base_status set_fault(void *user, const char *word, struct base_error *error)
{
    return pool_kmdnet_fault_set(user, word, error);
}

static enum base_status start(void **net, const struct miner_config *config, bool local,
                              struct base_error *error)
{
    const struct pool_devnet_config *given = &config->devnet;
    struct pool_devnet_config standard;
    struct pool_kmdnet_config made;
    struct pool_kmdnet *started = NULL;
    enum base_status status = BASE_OK;
    pool_devnet_defaults(&standard);
    pool_kmdnet_defaults(&made);
    made.verify = verify;
    made.reduced = config->reduced;
    made.block_time_ms = given->block_time_ms;
    if (given->start_hashes != standard.start_hashes) {
        made.start_solutions = given->start_hashes;
    }
    made.share_solutions = given->pool_difficulty;
    made.seed = given->seed;
    if (local) {
        made.pool_port = UINT16_MAX;
    } else {
        (void)snprintf(made.bind, sizeof made.bind, "%s", given->bind);
        made.rpc_port = given->node_port;
        made.pool_port = given->pool_port;
        made.nonce1_bytes = given->extranonce_bytes;
        status = miner_local_net_faults(config, &made.faults, set_fault, error);
    }
    if (status == BASE_OK && config->devnet_dialect[0] != '\0') {
        status = pool_kmdnet_dialect_find(&made.pool_dialect, config->devnet_dialect, error);
    }
    if (status == BASE_OK) {
        status = pool_kmdnet_start(&started, &made, error);
    }
    *net = started;
    return status;
}

static void server(struct pool_server *server, void *net)
{
    server->scheme = POOL_DAEMON_HTTP;
    (void)snprintf(server->host, sizeof server->host, "127.0.0.1");
    server->port = pool_kmdnet_rpc_port(net);
}

static bool url(char text[256], void *net, size_t index, const char *host)
{
    const struct miner_net_port ports[] = {
        {"node   daemon+http://", pool_kmdnet_rpc_port(net), ""},
        {"pool   stratum+tcp://", pool_kmdnet_pool_port(net), " -u ADDRESS.WORKER"},
    };
    return miner_local_net_url(text, ports, BASE_COUNT_OF(ports), index, host);
}

static uint64_t wrong(const struct pool_kmdnet_stats *stats)
{
    return stats->bad_solution + stats->above_target + stats->invalid;
}

static void counts(struct miner_net_counts *counts, void *net)
{
    struct pool_kmdnet_stats stats;
    pool_kmdnet_stats(net, &stats);
    *counts = (struct miner_net_counts){
        .accepted = stats.accepted,
        .refused = stats.stale,
        .above_target = wrong(&stats),
        .duplicates = stats.duplicates,
        .malformed = stats.malformed,
    };
}

static void line(char text[512], void *net)
{
    struct pool_kmdnet_stats stats;
    pool_kmdnet_stats(net, &stats);
    (void)snprintf(text, 512,
                   "height %" PRIu64 ", blocks %" PRIu64 " with %" PRIu64 " transactions, stale "
                   "%" PRIu64 ", shares %" PRIu64 "/%" PRIu64 ", wrong %" PRIu64
                   ", connections %" PRIu64 ", a block takes %.3g solutions%s%.100s",
                   stats.height, stats.accepted, stats.txs, stats.stale, stats.shares_accepted,
                   stats.shares_accepted + stats.shares_refused + stats.shares_stale,
                   wrong(&stats) + stats.duplicates + stats.malformed, stats.connections,
                   stats.solutions, stats.why[0] != '\0' ? "; last refusal: " : "", stats.why);
}

static json_t *json(void *net)
{
    struct pool_kmdnet_stats stats;
    pool_kmdnet_stats(net, &stats);
    return json_pack(
        "{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "height",
        (json_int_t)stats.height, "accepted", (json_int_t)stats.accepted, "stale",
        (json_int_t)stats.stale, "thrown_away", (json_int_t)stats.thrown_away, "foreign",
        (json_int_t)stats.foreign, "own_payee", (json_int_t)stats.own_payee, "transactions",
        (json_int_t)stats.txs, "duplicates", (json_int_t)stats.duplicates, "bad_solution",
        (json_int_t)stats.bad_solution, "above_target", (json_int_t)stats.above_target, "invalid",
        (json_int_t)stats.invalid, "malformed", (json_int_t)stats.malformed, "shares_accepted",
        (json_int_t)stats.shares_accepted, "shares_refused", (json_int_t)stats.shares_refused,
        "shares_stale", (json_int_t)stats.shares_stale, "resumed", (json_int_t)stats.resumed,
        "connections", (json_int_t)stats.connections, "templates", (json_int_t)stats.templates,
        "polls", (json_int_t)stats.polls);
}

static void stop(void *net)
{
    pool_kmdnet_stop(net);
}

const struct miner_net_row miner_net_komodo = {
    .coin = "komodo",
    .what = "development network of Komodo",
    .start = start,
    .server = server,
    .url = url,
    .counts = counts,
    .line = line,
    .json = json,
    .stop = stop,
};
