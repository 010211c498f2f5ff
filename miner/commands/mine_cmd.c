/* mine_cmd.c: `shardpick mine`: mines where -o says, or on a development network that it starts in
 * this process and connects to as to any node. Chooses the list of faces that show the run. */
#include <string.h>

#include "base/alloc.h"
#include "commands/commands.h"
#include "commands/first_aid.h"
#include "commands/local_net.h"
#include "faces/screen.h"
#include "faces/service.h"
#include "faces/status.h"
#include "faces/summary.h"
#include "http/api.h"
#include "run/rig.h"
#include "run/search.h"

/* A development network in this process: what runs, and its row. net NULL: none runs. */
struct own_net {
    const struct miner_net_row *row;
    void *net;
};

static enum base_status start_net(struct own_net *own, struct pool_server *server,
                                  const struct miner_host *host, struct base_error *error)
{
    char name[POOL_HOST_MAX + 32];
    enum base_status status = miner_local_net_find(&own->row, host->config->coin, error);
    if (status == BASE_OK) {
        status = own->row->start(&own->net, host->config, true, error);
    }
    if (status != BASE_OK) {
        return status;
    }
    memset(server, 0, sizeof *server);
    own->row->server(server, own->net);
    miner_log(host->log, MINER_LOG_INFO, "devnet", "no -o given: mining a %s in this process (%s)",
              own->row->what, pool_server_name(name, sizeof name, server));
    return BASE_OK;
}

/* Report the result of the run. */
static int conclude(struct miner_rig *rig, const struct miner_host *host, const struct own_net *own,
                    int exit_code)
{
    struct miner_net_counts counts;
    const struct miner_net_counts *known = own->net != NULL ? &counts : NULL;
    struct miner_snapshot *snapshot = miner_snapshot_take(rig);
    enum base_status status = snapshot != NULL ? BASE_OK : BASE_E_MEMORY;
    if (own->net != NULL) {
        own->row->counts(&counts, own->net);
    }
    if (snapshot != NULL) {
        miner_summary_log(host->log, snapshot, known);
    }
    if (snapshot != NULL && host->config->json) {
        status = miner_summary_json(snapshot, known, host->out);
    }
    base_free(snapshot);
    if (status != BASE_OK) {
        miner_log(host->log, MINER_LOG_ERROR, "miner", "the summary cannot be written");
        return exit_code != MINER_EXIT_DONE ? exit_code : MINER_EXIT_FAILED;
    }
    return exit_code;
}

static int mine(struct miner_rig *rig, const struct miner_host *host,
                struct miner_terminal *terminal, const struct pool_server *own, size_t own_count,
                struct base_error *error)
{
    struct miner_face *api = NULL;
    if (miner_api_new(&api, host->config, host->log, error) != BASE_OK) {
        return MINER_EXIT_FAILED;
    }
    struct miner_face *const faces[] = {
        miner_service_new(host->log), miner_screen_new(host->config, host->log, terminal),
        miner_status_new(host->log),  api,
        miner_first_aid_new(host),
    };
    return miner_rig_run(rig, own, own_count, faces, BASE_COUNT_OF(faces));
}

/* The whole command, with a search for devices or none. */
static int command(const struct miner_host *host, struct miner_terminal *terminal)
{
    struct base_error error = {BASE_OK, ""};
    struct miner_rig *rig = NULL;
    struct own_net own = {NULL, NULL};
    struct pool_server server;
    int exit_code = MINER_EXIT_FAILED;
    if (miner_rig_new(&rig, &exit_code, host, &error) != BASE_OK) {
        goto out;
    }
    if (host->config->server_count == 0) {
        exit_code = MINER_EXIT_FAILED;
        if (start_net(&own, &server, host, &error) != BASE_OK) {
            exit_code = error.status == BASE_E_UNSUPPORTED || error.status == BASE_E_FORMAT
                            ? MINER_EXIT_USAGE
                            : exit_code;
            goto out;
        }
    }
    exit_code = mine(rig, host, terminal, &server, own.net != NULL ? 1 : 0, &error);
    exit_code = error.status == BASE_OK ? conclude(rig, host, &own, exit_code) : exit_code;
out:
    if (error.status != BASE_OK) {
        miner_log(host->log, MINER_LOG_ERROR, "miner", "%s", error.text);
    }
    if (own.net != NULL) {
        own.row->stop(own.net);
    }
    miner_rig_free(rig);
    return exit_code;
}

int miner_mine_command(const struct miner_host *host, struct miner_terminal *terminal)
{
    struct base_error error = {BASE_OK, ""};
    struct miner_host with_search = *host;
    if (miner_search_start(&with_search.search, host, &error) != BASE_OK) {
        miner_log(host->log, MINER_LOG_ERROR, "opencl", "%s", error.text);
        return MINER_EXIT_FAILED;
    }
    int exit_code = command(&with_search, terminal);
    if (!miner_search_end(with_search.search)) {
        return exit_code | MINER_EXIT_AT_ONCE;
    }
    if ((exit_code & MINER_EXIT_AT_ONCE) == 0) {
        miner_search_free(with_search.search);
    }
    return exit_code;
}
