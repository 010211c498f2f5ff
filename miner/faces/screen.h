/* screen.h: the live screen of a mining run on a terminal: a panel above the event log, and keys.
 * One thread of its own does all of it, so that a terminal that blocks holds up nothing else.
 * screen_draw.h says how it looks, screen_look.h what keys do. */
#ifndef MINER_SCREEN_H
#define MINER_SCREEN_H

#include "log/log.h"
#include "run/control.h"

struct miner_terminal;

/** Make the face. From its start on it has the terminal and the log's lines; at its stop it gives
 * both back and writes the newest lines to standard error once more. Where the terminal cannot be
 * taken the log goes on as it was.
 * In:      config, log, terminal  borrowed until it is stopped.
 * Returns: NULL where no live screen is wanted or possible (standard input, output and error must
 * be one terminal that this process has to itself; neither --json, -q nor --screen log), and when
 * there is no memory. */
struct miner_face *miner_screen_new(const struct miner_config *config, struct miner_log *log,
                                    struct miner_terminal *terminal);

#endif
