/* rig.h: a mining run: an engine for each group of devices with an algorithm and servers of its
 * own, and what they share: log, faces, bounds, settings. Starts and stops them in order, watches
 * them, and puts new settings in force while they work. */
#ifndef MINER_RIG_H
#define MINER_RIG_H

#include "run/control.h"
#include "run/host.h"

/** Choose algorithm, kernel and devices, prepare everything; nothing runs yet.
 * In:      host       borrowed until miner_rig_free; its configuration is copied.
 * Out:     rig        NULL on error. Free: miner_rig_free.
 *          exit_code  on error: what the process should end with.
 * Returns: BASE_OK or what is wrong, with a sentence. */
BASE_MUST_CHECK enum base_status miner_rig_new(struct miner_rig **rig, int *exit_code,
                                               const struct miner_host *host,
                                               struct base_error *error);
/** NULL is fine. Does nothing where a thread was left in a driver. */
void miner_rig_free(struct miner_rig *rig);

/** Mine until the run is over, then stop all in order.
 * In:      own, own_count  servers to mine at instead of those of the settings; 0: those.
 *          faces, face_count  taken: started in this order, stopped in reverse. Entries may be
 *                             NULL.
 * Returns: the process's exit code; the reason was logged. */
int miner_rig_run(struct miner_rig *rig, const struct pool_server *own, size_t own_count,
                  struct miner_face *const faces[], size_t face_count);

#endif
