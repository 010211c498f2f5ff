/* screen.h: the live screen of a mining run on a terminal: a panel above the event log, and keys.
 * One thread of its own does all of it, so that a terminal that stands still holds nobody up.
 * screen_draw.h says how it looks; screen_look.c gathers the numbers. */
#ifndef MINER_SCREEN_H
#define MINER_SCREEN_H

#include "faces/screen_draw.h"
#include "run/engine.h"

struct miner_rig;
struct miner_screen;

/** True when a live screen is wanted and possible: standard input, output and error are one
 * terminal that can move its cursor, this process has it to itself, and neither --json, -q nor
 * --screen log was given. */
bool miner_screen_possible(const struct miner_config *config);

/** Take the terminal and the log's lines, and start showing the run. *screen is NULL where that is
 * not possible: the log then goes on as it was.
 * In: rig  its lanes are made and its start is noted; borrowed until stop. */
void miner_screen_start(struct miner_screen **screen, struct miner_rig *rig);

/** Give the terminal and the log back; the newest lines are written to standard error once more,
 * for there is nothing else left of the screen. NULL is fine.
 * Returns: false when the thread stands still in a write: it still uses the rig, and the process
 *          has to end at once. */
bool miner_screen_stop(struct miner_screen *screen);

/* ---- screen_look.c ----------------------------------------------------------------------- */

/** Note what changed since the last call; about once a second. */
void miner_screen_follow(struct miner_screen_past *past, const struct miner_view *view);

/** Fill a look; its view, past, events and unicode are the caller's. */
void miner_screen_gather(struct miner_screen_look *look, struct miner_engine *engine);

/** One key of the person at the terminal: writes to the log, or asks the process to stop as SIGINT
 * does. Unknown keys do nothing. */
void miner_screen_key(struct miner_engine *engine, const struct miner_view *view, int key);

#endif
