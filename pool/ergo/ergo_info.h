/* ergo_info.h: questions to an Ergo node's REST port beside mining (ergo.md 6): why it gives no
 * work, what became of a block. No I/O. */
#ifndef POOL_ERGO_INFO_H
#define POOL_ERGO_INFO_H

#include "protocol/inquiry.h"
#include "protocol/lookup.h"

/* One question. Findings: "version", "synced", "mining". */
extern const struct pool_inquiry_ops pool_ergo_info;

/* What became of a block: ergo_lookup.c. */
extern const struct pool_lookup_ops pool_ergo_lookup;

#endif
