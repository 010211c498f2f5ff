/* service.h: messages to the service manager that started the process, if one did: that the run is
 * ready, a status line, that it stops, and, while every lane works, that it is alive. */
#ifndef MINER_SERVICE_H
#define MINER_SERVICE_H

#include "log/log.h"
#include "run/control.h"

/** Make the face, for the manager named in the environment.
 *
 * Ready is reported when the first device has passed its self-test. The watchdog is fed at each
 * tick unless a lane has finished nothing for half the watchdog's time, with work and without a
 * reason to rest. (A device whose driver hangs ends the run by itself: --watchdog.)
 * Returns: NULL without a manager, and when there is no memory. */
struct miner_face *miner_service_new(struct miner_log *log);

#endif
