/* net_ergo.c: the development network of Ergo, see local_net.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands/local_net.h"
#include "ergonet/ergonet.h"
#include "kern.h"

/* The reference of kernels/autolykos2, which computes elements one by one: the one thing that the
 * network and the miner have in common. */
static void hash_trial(uint8_t hit_be[32], const uint8_t trial[40], uint32_t height,
                       uint32_t reduced)
{
    const struct kern_algo *algo = kern_algo_find("autolykos2");
    struct kern_work work;
    BASE_ASSERT(algo != NULL);
    memset(&work, 0, sizeof work);
    work.header_size = algo->header_size;
    work.height = height;
    work.reduced = reduced;
    memcpy(work.header, trial, algo->header_size);
    enum base_status status = algo->hash(hit_be, &work, NULL, 0);
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
    const struct {
        const char *before;
        uint16_t port;
        const char *behind;
    } rows[] = {
        {"node   daemon+http://", pool_ergonet_rest_port(net), ""},
        {"pool   stratum+tcp://", pool_ergonet_pool_port(net), " -u ADDRESS.WORKER"},
    };
    text[0] = '\0';
    if (index < BASE_COUNT_OF(rows) && rows[index].port != 0) {
        (void)snprintf(text, 256, "%s%s:%u%s", rows[index].before, host, rows[index].port,
                       rows[index].behind);
    }
    return index < BASE_COUNT_OF(rows);
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
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"height", stats.height},
        {"accepted", stats.accepted},
        {"stale", stats.stale},
        {"refused", stats.refused},
        {"foreign", stats.foreign},
        {"wrong", stats.wrong},
        {"low", stats.low},
        {"duplicates", stats.duplicates},
        {"malformed", stats.malformed},
        {"shares_accepted", stats.shares_accepted},
        {"shares_refused", stats.shares_refused},
        {"shares_stale", stats.shares_stale},
        {"foreign_extranonce", stats.foreign_extranonce},
        {"keyless", stats.keyless},
        {"connections", stats.connections},
        {"candidates", stats.candidates},
    };
    json_t *made = json_object();
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        (void)json_object_set_new(made, rows[i].name, json_integer((json_int_t)rows[i].value));
    }
    return made;
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
