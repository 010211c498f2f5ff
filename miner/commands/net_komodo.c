/* net_komodo.c: the development network of Komodo, see local_net.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands/local_net.h"
#include "kern.h"
#include "kmdnet/kmdnet.h"

/* The verifier of kernels/equihash, which is plain code in the order of the definition: the one
 * thing that the network and the miner have in common. */
static bool verify(const uint8_t header[140], const uint8_t *solution, size_t size,
                   uint32_t reduced)
{
    const struct kern_algo *algo = kern_algo_find("equihash");
    struct kern_work work;
    uint8_t hash_be[32];
    BASE_ASSERT(algo != NULL);
    memset(&work, 0, sizeof work);
    work.header_size = algo->header_size;
    work.reduced = reduced;
    memcpy(work.header, header, algo->header_size);
    return algo->hash(hash_be, &work, solution, size) == BASE_OK;
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
    const struct {
        const char *before;
        uint16_t port;
        const char *behind;
    } rows[] = {
        {"node   daemon+http://", pool_kmdnet_rpc_port(net), ""},
        {"pool   stratum+tcp://", pool_kmdnet_pool_port(net), " -u ADDRESS.WORKER"},
    };
    text[0] = '\0';
    if (index < BASE_COUNT_OF(rows) && rows[index].port != 0) {
        (void)snprintf(text, 256, "%s%s:%u%s", rows[index].before, host, rows[index].port,
                       rows[index].behind);
    }
    return index < BASE_COUNT_OF(rows);
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
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"height", stats.height},
        {"accepted", stats.accepted},
        {"stale", stats.stale},
        {"thrown_away", stats.thrown_away},
        {"foreign", stats.foreign},
        {"own_payee", stats.own_payee},
        {"transactions", stats.txs},
        {"duplicates", stats.duplicates},
        {"bad_solution", stats.bad_solution},
        {"above_target", stats.above_target},
        {"invalid", stats.invalid},
        {"malformed", stats.malformed},
        {"shares_accepted", stats.shares_accepted},
        {"shares_refused", stats.shares_refused},
        {"shares_stale", stats.shares_stale},
        {"resumed", stats.resumed},
        {"connections", stats.connections},
        {"templates", stats.templates},
        {"polls", stats.polls},
    };
    json_t *made = json_object();
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        (void)json_object_set_new(made, rows[i].name, json_integer((json_int_t)rows[i].value));
    }
    return made;
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
