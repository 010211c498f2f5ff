/* mine_cmd.c: `shardpick mine`: mines where -o says, or on a development network that it starts in
 * this process and connects to as to any node. */
#include <stdio.h>
#include <string.h>

#include "commands/local_net.h"
#include "faces/summary.h"
#include "run/rig.h"

static enum base_status start_devnet(struct pool_devnet **devnet, struct pool_server *server,
                                     const struct miner_host *host, struct base_error *error)
{
    struct pool_devnet_config config;
    enum base_status status = BASE_OK;
    *devnet = NULL;
    if (strcmp(host->config->coin->name, "alephium") != 0) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "the development network is for alephium; give a server for %s with "
                              "-o URL",
                              host->config->coin->title);
    }
    miner_local_net_config(&config, host->config);
    status = pool_devnet_start(devnet, &config, error);
    if (status != BASE_OK) {
        return status;
    }
    memset(server, 0, sizeof *server);
    server->scheme = POOL_DAEMON_TCP;
    (void)snprintf(server->host, sizeof server->host, "127.0.0.1");
    server->port = pool_devnet_node_port(*devnet);
    server->rest_port = pool_devnet_rest_port(*devnet);
    miner_log(host->log, MINER_LOG_INFO, "devnet",
              "no -o given: mining a development network of 16 chains in this process "
              "(daemon+tcp://127.0.0.1:%u)",
              server->port);
    return BASE_OK;
}

/* Log and print the result of the run. */
static int conclude(const struct miner_rig *rig, struct pool_devnet *devnet, int exit_code)
{
    struct pool_devnet_stats stats;
    const struct pool_devnet_stats *known = NULL;
    struct miner_engine *engines[MINER_GROUPS_MAX] = {NULL};
    if (devnet != NULL) {
        pool_devnet_stats(devnet, &stats);
        known = &stats;
    }
    for (size_t i = 0; i < rig->count; i++) {
        engines[i] = rig->groups[i].engine;
        miner_summary_log(engines[i], known);
    }
    const struct miner_host *host = rig->groups[0].engine->host;
    if (host->config->json &&
        miner_summary_json(engines, rig->count, known, host->out) != BASE_OK) {
        miner_log(host->log, MINER_LOG_ERROR, "miner", "the summary cannot be written");
        return exit_code != MINER_EXIT_DONE ? exit_code : MINER_EXIT_FAILED;
    }
    return exit_code;
}

int miner_mine_command(const struct miner_host *host)
{
    struct base_error error = {BASE_OK, ""};
    struct miner_rig *rig = NULL;
    struct pool_devnet *devnet = NULL;
    struct pool_server own;
    int exit_code = MINER_EXIT_FAILED;
    if (miner_rig_new(&rig, &exit_code, host, &error) != BASE_OK) {
        goto out;
    }
    if (host->config->server_count == 0) {
        exit_code = MINER_EXIT_FAILED;
        if (start_devnet(&devnet, &own, host, &error) != BASE_OK) {
            exit_code = error.status == BASE_E_UNSUPPORTED ? MINER_EXIT_USAGE : exit_code;
            goto out;
        }
    }
    exit_code = miner_rig_run(rig, &own, devnet != NULL ? 1 : 0);
    exit_code = conclude(rig, devnet, exit_code);
out:
    if (error.status != BASE_OK) {
        miner_log(host->log, MINER_LOG_ERROR, "miner", "%s", error.text);
    }
    pool_devnet_stop(devnet);
    miner_rig_free(rig);
    return exit_code;
}
