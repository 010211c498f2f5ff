/* mine_cmd.c: `shardpick mine`. */
#include "commands.h"

int miner_mine_command(const struct miner_host *host)
{
    miner_log(host->log, MINER_LOG_ERROR, "miner", "this build cannot mine yet");
    return MINER_EXIT_FAILED;
}
