/* ergo_info.h: why an Ergo node gives no work, asked over its REST port (ergo.md 6, GET /info). No
 * I/O. */
#ifndef POOL_ERGO_INFO_H
#define POOL_ERGO_INFO_H

#include "protocol/inquiry.h"

/* One question. Findings: "version", "synced", "mining". */
extern const struct pool_inquiry_ops pool_ergo_info;

#endif
