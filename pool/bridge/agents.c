/* agents.c: see agents.h. */
#include "bridge/agents.h"

#include <string.h>

#include "base/status.h"

unsigned bridge_agent_quirks(const char *agent)
{
    static const struct {
        const char *part; /* of the name */
        unsigned quirks;
    } rows[] = {
        {"iceriver", BRIDGE_MIXES_JOBS | BRIDGE_IS_ASIC},
        {"icemining", BRIDGE_MIXES_JOBS | BRIDGE_IS_ASIC},
        {"icm", BRIDGE_MIXES_JOBS | BRIDGE_IS_ASIC},
        {"goldshell", BRIDGE_IS_ASIC},
        {"godminer", BRIDGE_MIXES_JOBS | BRIDGE_IS_ASIC},
        {"bitmain", BRIDGE_MIXES_JOBS | BRIDGE_IS_ASIC},
        {"antminer", BRIDGE_MIXES_JOBS | BRIDGE_IS_ASIC},
        {"ckbminer", BRIDGE_IS_ASIC},
        {"nicehash", BRIDGE_IS_ASIC},
    };
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        if (strcasestr(agent, rows[i].part) != NULL) {
            return rows[i].quirks;
        }
    }
    return 0;
}
