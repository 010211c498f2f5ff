/* net_single.c: the development networks of coins with one chain, see local_net.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ckbnet/ckbnet.h"
#include "commands/local_net.h"
#include "ergonet/ergonet.h"
#include "kern.h"
#include "kmdnet/kmdnet.h"

/* algo: the algorithm's name. */
static bool hash(const void *algo, uint8_t hash_be[32], const uint8_t *header,
                 const uint8_t *solution, size_t solution_size, uint32_t height, uint32_t reduced)
{
    struct kern_work work = {.height = height, .reduced = reduced};
    return miner_local_net_hash(hash_be, algo, &work, header, solution, solution_size) == BASE_OK;
}

static enum base_status set_fault(void *user, const char *word, struct base_error *error)
{
    return pool_net_fault_set(user, word, error);
}

/* As in local_net.h, for the network of this row. key: what its node asks for. */
static enum base_status start(void **net, const struct miner_config *config, bool local,
                              const struct pool_net_row *row, const char *algo, const char *key,
                              struct base_error *error)
{
    const struct pool_devnet_config *given = &config->devnet;
    struct pool_devnet_config standard;
    struct pool_net_config made;
    struct pool_net *started = NULL;
    enum base_status status = BASE_OK;
    pool_devnet_defaults(&standard);
    pool_net_defaults(&made, row);
    made.hash = hash;
    made.algo = algo;
    made.reduced = config->reduced;
    made.block_time_ms = given->block_time_ms;
    if (given->start_hashes != standard.start_hashes) {
        made.start_hashes = given->start_hashes;
    }
    made.share_hashes = given->pool_difficulty;
    made.seed = given->seed;
    (void)snprintf(made.key, sizeof made.key, "%.127s", key);
    if (local) {
        made.ports[POOL_NET_POOL] = UINT16_MAX;
        made.ports[POOL_NET_EVENTS] = UINT16_MAX;
    } else {
        (void)snprintf(made.bind, sizeof made.bind, "%s", given->bind);
        made.ports[POOL_NET_NODE] = given->node_port;
        made.ports[POOL_NET_POOL] = given->pool_port;
        made.ports[POOL_NET_EVENTS] = given->rest_port;
        made.extranonce_bytes = given->extranonce_bytes;
        status = miner_local_net_faults(config, &made, set_fault, error);
    }
    if (status == BASE_OK && config->devnet_dialect[0] != '\0') {
        status = pool_net_dialect_set(&made, config->devnet_dialect, error);
    }
    if (status == BASE_OK) {
        status = pool_net_start(&started, &made, error);
    }
    *net = started;
    return status;
}

static void server(struct pool_server *server, void *net)
{
    server->scheme = POOL_DAEMON_HTTP;
    (void)snprintf(server->host, sizeof server->host, "127.0.0.1");
    server->port = pool_net_port(net, POOL_NET_NODE);
}

static bool url(char text[256], void *net, size_t index, const char *host)
{
    const struct miner_net_port ports[POOL_NET_PORTS] = {
        [POOL_NET_NODE] = {"node   daemon+http://", pool_net_port(net, POOL_NET_NODE), ""},
        [POOL_NET_POOL] = {"pool   stratum+tcp://", pool_net_port(net, POOL_NET_POOL),
                           " -u ADDRESS.WORKER"},
        [POOL_NET_EVENTS] = {"events of new tips (JSON-RPC by lines)   ",
                             pool_net_port(net, POOL_NET_EVENTS), ""},
    };
    return miner_local_net_url(text, ports, BASE_COUNT_OF(ports), index, host);
}

static uint64_t wrong(const struct pool_net_stats *stats)
{
    return stats->bad_solution + stats->above_target + stats->invalid;
}

static void counts(struct miner_net_counts *counts, void *net)
{
    struct pool_net_stats stats;
    pool_net_stats(net, &stats);
    *counts = (struct miner_net_counts){
        .accepted = stats.accepted,
        .refused = stats.stale,
        .above_target = wrong(&stats),
        .duplicates = stats.duplicates,
        .malformed = stats.malformed,
    };
}

static void line_of(char text[512], void *net, const char *tries)
{
    struct pool_net_stats stats;
    char txs[48] = "";
    char uncles[32] = "";
    pool_net_stats(net, &stats);
    if (stats.txs > 0) {
        (void)snprintf(txs, sizeof txs, " with %" PRIu64 " transactions", stats.txs);
    }
    if (stats.uncles > 0) {
        (void)snprintf(uncles, sizeof uncles, ", uncles %" PRIu64, stats.uncles);
    }
    (void)snprintf(text, 512,
                   "height %" PRIu64 ", blocks %" PRIu64 "%s%s, stale %" PRIu64 ", shares %" PRIu64
                   "/%" PRIu64 ", wrong %" PRIu64 ", connections %" PRIu64
                   ", a block takes %.3g %s%s%.200s",
                   stats.height, stats.accepted, txs, uncles, stats.stale, stats.shares_accepted,
                   stats.shares_accepted + stats.shares_refused + stats.shares_stale,
                   wrong(&stats) + stats.duplicates + stats.malformed, stats.connections,
                   stats.hashes, tries, stats.why[0] != '\0' ? "; last refusal: " : "", stats.why);
}

static void line(char text[512], void *net)
{
    line_of(text, net, "hashes");
}

static void line_solutions(char text[512], void *net)
{
    line_of(text, net, "solutions");
}

static json_t *json(void *net)
{
    return pool_net_json(net);
}

static void stop(void *net)
{
    pool_net_stop(net);
}

/* ---- the rows ----------------------------------------------------------------------------------
 */

static enum base_status start_komodo(void **net, const struct miner_config *config, bool local,
                                     struct base_error *error)
{
    return start(net, config, local, &pool_kmdnet, "equihash", "", error);
}

const struct miner_net_row miner_net_komodo = {
    .coin = "komodo",
    .what = "development network of Komodo",
    .start = start_komodo,
    .server = server,
    .url = url,
    .counts = counts,
    .line = line_solutions,
    .json = json,
    .stop = stop,
};

static enum base_status start_nervos(void **net, const struct miner_config *config, bool local,
                                     struct base_error *error)
{
    return start(net, config, local, &pool_ckbnet, "eaglesong", "", error);
}

const struct miner_net_row miner_net_nervos = {
    .coin = "nervos",
    .what = "development network of Nervos CKB",
    .start = start_nervos,
    .server = server,
    .url = url,
    .counts = counts,
    .line = line,
    .json = json,
    .stop = stop,
};

static enum base_status start_ergo(void **net, const struct miner_config *config, bool local,
                                   struct base_error *error)
{
    return start(net, config, local, &pool_ergonet, "autolykos2", config->api_key, error);
}

const struct miner_net_row miner_net_ergo = {
    .coin = "ergo",
    .what = "development network of Ergo",
    .start = start_ergo,
    .server = server,
    .url = url,
    .counts = counts,
    .line = line,
    .json = json,
    .stop = stop,
};
