/* screen_look.h: what the live screen follows over time, and what its keys do. */
#ifndef MINER_SCREEN_LOOK_H
#define MINER_SCREEN_LOOK_H

#include "faces/screen_draw.h"
#include "run/control.h"

/** Note what changed since the last call; about once a second. */
void miner_screen_follow(struct miner_screen_past *past, const struct miner_snapshot *snapshot,
                         const struct miner_snapshot_group *group);

/** One key of the person at the terminal: writes to the log, pauses or resumes, or asks the process
 * to stop. Unknown keys do nothing. */
void miner_screen_key(struct miner_rig *rig, struct miner_log *log,
                      const struct miner_snapshot_group *group, int key);

#endif
