/* commands.h: the commands of the program, one file each (mine_cmd.c, devices_cmd.c ...). Each
 * returns the process's exit code (run/host.h); only main.c ends the process. */
#ifndef MINER_COMMANDS_H
#define MINER_COMMANDS_H

#include "run/host.h"

struct miner_terminal; /* faces/terminal.h */

/** terminal: for the live screen to take, borrowed; NULL: no live screen. */
int miner_mine_command(const struct miner_host *host, struct miner_terminal *terminal);
int miner_devices_command(const struct miner_host *host);
int miner_selftest_command(const struct miner_host *host);
int miner_tune_command(const struct miner_host *host);
int miner_devnet_command(const struct miner_host *host);
int miner_doctor_command(const struct miner_host *host);
int miner_replay_command(const struct miner_host *host);
int miner_bench_command(const struct miner_host *host);

#endif
