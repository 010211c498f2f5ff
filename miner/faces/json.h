/* json.h: what the JSON documents of a run have in common. */
#ifndef MINER_FACES_JSON_H
#define MINER_FACES_JSON_H

#include <jansson.h>

#include "run/snapshot.h"

/* All that return a value give a new reference, NULL without memory. */

/** A count; what does not fit into jansson's signed integers becomes the largest one. */
json_t *miner_json_count(uint64_t value);

/** {"p50", "p99", "max", "count"}, times in milliseconds. */
json_t *miner_json_times(const struct miner_times *times);

/** {"difficulty", "hashrate", "hashes_per_block"}; null each where it is not known. */
json_t *miner_json_network(const struct miner_snapshot_group *group);

/** {"chain", "hashes", "found", "accepted", "rejected", "stale"}. */
json_t *miner_json_chain(const struct miner_snapshot_chain *chain);

/** Blocks by what their node said in the end: {"in_chain", "uncle", "orphaned"}. */
json_t *miner_json_fates(const struct miner_snapshot_shares *shares);

/** The last blocks, newest first: [{"id", "chain", "height", "time", "fate", "confirmations",
 * "final"}]. */
json_t *miner_json_blocks(const struct miner_blocks *blocks);

/** root with the members of more, which is taken; NULL, and root is freed, when either is NULL. */
json_t *miner_json_join(json_t *root, json_t *take_more);

/** A list's next entry; as miner_json_join. */
json_t *miner_json_append(json_t *list, json_t *take_entry);

/* Makes the document of one group, or of the total. */
typedef json_t *(*miner_json_fn)(const struct miner_snapshot *snapshot,
                                 const struct miner_snapshot_group *group, const void *user);

/** The document of the total; where there are several groups, with the member "groups": the
 * document of each, with its name as "group". */
json_t *miner_json_groups(const struct miner_snapshot *snapshot, miner_json_fn make,
                          const void *user);

#endif
