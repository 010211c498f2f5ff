/* first_aid.h: a face that helps where the very first connection of a run fails: the doctor
 * examines that server once, on a thread of its own, and its result becomes one or two lines of the
 * log. */
#ifndef MINER_FIRST_AID_H
#define MINER_FIRST_AID_H

#include "run/control.h"
#include "run/host.h"

/** Make the face.
 * In:      host  borrowed until it is stopped.
 * Returns: NULL when there is no memory. */
struct miner_face *miner_first_aid_new(const struct miner_host *host);

#endif
