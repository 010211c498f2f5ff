/* picks.h: the text of --opencl to a selection of devices. Reads words; knows no device. */
#ifndef MINER_PICKS_H
#define MINER_PICKS_H

#include "base/status.h"
#include "config/devices.h"

/** "all", "none", or a list such as "0:0,0000:65:00.0".
 * Out:     selection  bytes that the text does not set are zero, so that equal ones compare equal.
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence that does not name the option. */
BASE_MUST_CHECK enum base_status miner_picks_parse(struct miner_cl_selection *selection,
                                                   const char *text, struct base_error *error);

/** True when both entries are the same. */
bool miner_pick_same(const struct miner_cl_pick *a, const struct miner_cl_pick *b);

#endif
