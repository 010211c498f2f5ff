/* bridge_cmd.c: `shardpick bridge`: a run whose work is hashed by other miners. The faces are those
 * of mining. */
#include "base/alloc.h"
#include "commands/commands.h"
#include "commands/first_aid.h"
#include "faces/screen.h"
#include "faces/service.h"
#include "faces/status.h"
#include "faces/summary.h"
#include "http/api.h"
#include "run/rig.h"

static int conclude(struct miner_rig *rig, const struct miner_host *host, int exit_code)
{
    struct miner_snapshot *snapshot = miner_snapshot_take(rig);
    enum base_status status = snapshot != NULL ? BASE_OK : BASE_E_MEMORY;
    if (snapshot != NULL) {
        miner_summary_log(host->log, snapshot, NULL);
    }
    if (snapshot != NULL && host->config->json) {
        status = miner_summary_json(snapshot, NULL, host->out);
    }
    base_free(snapshot);
    return status == BASE_OK || exit_code != MINER_EXIT_DONE ? exit_code : MINER_EXIT_FAILED;
}

static int serve(struct miner_rig *rig, const struct miner_host *host,
                 struct miner_terminal *terminal, struct base_error *error)
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
    return conclude(rig, host, miner_rig_run(rig, NULL, 0, faces, BASE_COUNT_OF(faces)));
}

int miner_bridge_command(const struct miner_host *host, struct miner_terminal *terminal)
{
    struct base_error error = {BASE_OK, ""};
    struct miner_rig *rig = NULL;
    int exit_code = MINER_EXIT_FAILED;
    struct miner_config *config = base_alloc(1, sizeof *config);
    struct miner_host serving = *host;
    if (config == NULL) {
        (void)base_error_set(&error, BASE_E_MEMORY, "no memory to start");
        goto out;
    }
    *config = *host->config; /* without lanes */
    config->threads_rule = MINER_THREADS_COUNT;
    config->threads = 0;
    config->opencl.mode = MINER_CL_NONE;
    serving.config = config;
    serving.words = NULL; /* settings are not read again */
    if (miner_rig_new(&rig, &exit_code, &serving, &error) == BASE_OK) {
        exit_code = serve(rig, &serving, terminal, &error);
    }
out:
    if (error.status != BASE_OK) {
        miner_log(host->log, MINER_LOG_ERROR, "bridge", "%s", error.text);
    }
    miner_rig_free(rig);
    base_free(config);
    return exit_code;
}
