/* api_json.h: the documents of the HTTP interface. docs/api.md describes them for users,
 * docs/api.schema.json for programs. Nothing in them is secret: no login, password or token. */
#ifndef MINER_API_JSON_H
#define MINER_API_JSON_H

#include "faces/json.h"

/* All return NULL when there is no memory; the caller owns the value. */
json_t *miner_api_summary_json(const struct miner_snapshot *snapshot);
json_t *miner_api_devices_json(const struct miner_snapshot *snapshot);
json_t *miner_api_chains_json(const struct miner_snapshot *snapshot);

/* ---- api_compat.c: shapes that managers of other miners parse ------------------------------ */

/** As xmrig answers /1/summary and /2/summary; in version 1 hugepages is true or false, in version
 * 2 two numbers. */
json_t *miner_api_xmrig_json(const struct miner_snapshot *snapshot, unsigned version);

/** As mmpOS reads statistics. */
json_t *miner_api_mmpos_json(const struct miner_snapshot *snapshot);

#endif
