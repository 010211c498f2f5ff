/* json.c: see json.h. */
#include "faces/json.h"

json_t *miner_json_count(uint64_t value)
{
    return json_integer(value < INT64_MAX ? (json_int_t)value : INT64_MAX);
}

json_t *miner_json_times(const struct miner_times *times)
{
    return json_pack("{s:f,s:f,s:f,s:o}", "p50", miner_times_ms(times, 0.5), "p99",
                     miner_times_ms(times, 0.99), "max", (double)times->max_ns / 1e6, "count",
                     miner_json_count(times->count));
}

static json_t *known(double value)
{
    return value > 0 ? json_real(value) : json_null();
}

json_t *miner_json_network(const struct miner_snapshot_group *group)
{
    return json_pack("{s:o,s:o,s:o}", "difficulty", known(group->network_difficulty), "hashrate",
                     known(group->network_rate), "hashes_per_block", known(group->block_expected));
}

json_t *miner_json_chain(const struct miner_snapshot_chain *chain)
{
    return json_pack("{s:i,s:o,s:o,s:o,s:o,s:o}", "chain", (int)chain->number, "hashes",
                     miner_json_count(chain->hashes), "found", miner_json_count(chain->found),
                     "accepted", miner_json_count(chain->accepted), "rejected",
                     miner_json_count(chain->rejected), "stale", miner_json_count(chain->stale));
}

json_t *miner_json_fates(const struct miner_snapshot_shares *shares)
{
    return json_pack("{s:o,s:o,s:o}", "in_chain", miner_json_count(shares->in_chain), "uncle",
                     miner_json_count(shares->uncles), "orphaned",
                     miner_json_count(shares->orphaned));
}

json_t *miner_json_blocks(const struct miner_blocks *blocks)
{
    static const char *const fates[POOL_FATE_COUNT] = {
        [POOL_FATE_OPEN] = "open",
        [POOL_FATE_IN_CHAIN] = "in_chain",
        [POOL_FATE_UNCLE] = "uncle",
        [POOL_FATE_ORPHANED] = "orphaned",
    };
    json_t *list = json_array();
    for (size_t i = blocks->count; i-- > 0;) {
        const struct pool_block *block = &blocks->list[i].block;
        json_t *entry = json_pack("{s:s,s:i,s:o,s:f,s:s,s:o,s:b}", "id", block->id, "chain",
                                  (int)block->chain, "height", miner_json_count(block->height),
                                  "time", blocks->list[i].time_s, "fate", fates[block->fate],
                                  "confirmations", miner_json_count(block->confirmations), "final",
                                  (int)(!block->watched && block->fate != POOL_FATE_OPEN));
        list = miner_json_append(list, entry);
    }
    return list;
}

json_t *miner_json_join(json_t *root, json_t *take_more)
{
    if (root == NULL) {
        json_decref(take_more);
        return NULL;
    }
    if (json_object_update_new(root, take_more) != 0) {
        json_decref(root);
        return NULL;
    }
    return root;
}

json_t *miner_json_append(json_t *list, json_t *take_entry)
{
    if (list == NULL) {
        json_decref(take_entry);
        return NULL;
    }
    if (json_array_append_new(list, take_entry) != 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}

json_t *miner_json_groups(const struct miner_snapshot *snapshot, miner_json_fn make,
                          const void *user)
{
    json_t *total = make(snapshot, &snapshot->total, user);
    if (snapshot->group_count == 1) {
        return total;
    }
    json_t *groups = json_array();
    for (size_t i = 0; i < snapshot->group_count; i++) {
        const struct miner_snapshot_group *group = &snapshot->groups[i];
        json_t *name = json_pack("{s:s}", "group", group->name);
        groups = miner_json_append(groups, miner_json_join(make(snapshot, group, user), name));
    }
    return miner_json_join(total, json_pack("{s:o}", "groups", groups));
}
