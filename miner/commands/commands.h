/* commands.h: the commands of the program, one file each (mine_cmd.c, devices_cmd.c ...). Each
 * returns the process's exit code (run/host.h); only main.c ends the process. */
#ifndef MINER_COMMANDS_H
#define MINER_COMMANDS_H

#include "machine/machine_json.h"
#include "run/host.h"

struct miner_cl_devices; /* machine/cl_devices.h */
struct miner_terminal;   /* faces/terminal.h */

/** terminal: for the live screen to take, borrowed; NULL: no live screen. */
int miner_mine_command(const struct miner_host *host, struct miner_terminal *terminal);
int miner_bridge_command(const struct miner_host *host, struct miner_terminal *terminal);
int miner_devices_command(const struct miner_host *host);
int miner_selftest_command(const struct miner_host *host);
int miner_tune_command(const struct miner_host *host);
int miner_devnet_command(const struct miner_host *host);
int miner_doctor_command(const struct miner_host *host);
int miner_replay_command(const struct miner_host *host);
int miner_bench_command(const struct miner_host *host);

/** Find the OpenCL devices of --opencl, as miner_cl_devices_init; the log says what went wrong.
 * Returns: MINER_EXIT_DONE; MINER_EXIT_NO_DEVICE one that is named is not there, the others are
 *          in the list; MINER_EXIT_FAILED. miner_cl_devices_deinit in any case. */
int miner_command_devices(const struct miner_host *host, struct miner_cl_devices *devices,
                          bool with_cpus);

/** Print the object of --json and give it back.
 * Returns: code; MINER_EXIT_FAILED where it could not be written, which the log says. */
int miner_command_json(const struct miner_host *host, json_t *take_object, int code);

#endif
