/* v1_target.h: share targets from the difficulties that pools of the Bitcoin family send. Integer
 * arithmetic on the digits the pool wrote: no double takes part in a decision about a share.
 * Source: stratum.md 5. */
#ifndef POOL_V1_TARGET_H
#define POOL_V1_TARGET_H

#include <jansson.h>

#include "base/status.h"

/** floor(0xffff * 2^208 * factor / difficulty), at most 2^256-1.
 * In:      difficulty  a JSON number, or a text that is one
 *          factor      1 or more
 * Out:     target_be   zero on error
 *          shown       the difficulty as a double, for display; 0 on error
 * Returns: BASE_OK; BASE_E_FORMAT not a number; BASE_E_RANGE zero, negative, not finite, or so high
 *          that the target is zero. */
BASE_MUST_CHECK enum base_status pool_v1_target(uint8_t target_be[32], double *shown,
                                                const json_t *difficulty, uint32_t factor);

/** The difficulty of a target with this factor; for display. */
double pool_v1_difficulty_of(const uint8_t target_be[32], uint32_t factor);

#endif
