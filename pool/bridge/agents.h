/* agents.h: kinds of clients that are told apart by what they call themselves. Source: bridge.md 3.
 */
#ifndef POOL_BRIDGE_AGENTS_H
#define POOL_BRIDGE_AGENTS_H

#include <stddef.h>

enum bridge_quirk {
    BRIDGE_MIXES_JOBS = 1, /* its shares may name another job of the same chain, or none */
    BRIDGE_IS_ASIC = 2,    /* it begins a thousand times as fast as a small device */
};

/** Quirks of a client by its name, in any case; 0: none known. A set of enum bridge_quirk. */
unsigned bridge_agent_quirks(const char *agent);

#endif
