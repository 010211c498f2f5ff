/* workers.c: see workers.h. */
#include "faces/workers.h"

#include <inttypes.h>

#include "base/rate.h"
#include "faces/json.h"
#include "log/units.h"

enum { LINES_MAX = 20 }; /* of workers in the log */

static json_t *worker_json(const struct miner_snapshot *snapshot,
                           const struct pool_bridge_worker *worker)
{
    uint64_t silent_ms = worker->seen_ms != 0 && snapshot->now_ms > worker->seen_ms
                             ? snapshot->now_ms - worker->seen_ms
                             : 0;
    json_t *root = json_pack("{s:s,s:s,s:i,s:f,s:f,s:f,s:f,s:f}", "name", worker->name, "agent",
                             worker->agent, "connections", (int)worker->connections, "hashrate",
                             worker->rate, "hashes", worker->work, "difficulty", worker->difficulty,
                             "best", worker->best, "silent_seconds", (double)silent_ms / 1e3);
    json_t *more =
        json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "accepted",
                  miner_json_count(worker->accepted), "stale", miner_json_count(worker->stale),
                  "duplicates", miner_json_count(worker->duplicates), "low_difficulty",
                  miner_json_count(worker->low), "invalid", miner_json_count(worker->invalid),
                  "foreign_nonces", miner_json_count(worker->foreign), "blocks",
                  miner_json_count(worker->blocks), "refused", miner_json_count(worker->refused));
    return miner_json_join(root, more);
}

static json_t *clients_json(const struct pool_bridge_stats *clients)
{
    return json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "connected",
        miner_json_count(clients->clients), "workers", miner_json_count(clients->workers),
        "connections", miner_json_count(clients->connections), "accepted",
        miner_json_count(clients->accepted), "stale", miner_json_count(clients->stale),
        "duplicates", miner_json_count(clients->duplicates), "low_difficulty",
        miner_json_count(clients->low), "invalid", miner_json_count(clients->invalid),
        "foreign_nonces", miner_json_count(clients->foreign), "sent",
        miner_json_count(clients->sent), "extra", miner_json_count(clients->extra), "left_silent",
        miner_json_count(clients->silent), "left_bad", miner_json_count(clients->bad));
}

json_t *miner_workers_json(const struct miner_snapshot *snapshot)
{
    json_t *list = json_array();
    for (size_t i = 0; i < snapshot->worker_count; i++) {
        list = miner_json_append(list, worker_json(snapshot, &snapshot->workers[i]));
    }
    json_t *clients = clients_json(&snapshot->clients);
    return json_pack("{s:o,s:o}", "clients", clients, "workers", list);
}

void miner_workers_line(struct miner_log *log, const struct miner_snapshot *snapshot)
{
    const struct pool_bridge_stats *clients = &snapshot->clients;
    char text[32];
    miner_log(log, MINER_LOG_INFO, "bridge",
              "%s, %zu known | shares accepted %" PRIu64 " stale %" PRIu64 " duplicate %" PRIu64
              " low %" PRIu64 " invalid %" PRIu64,
              miner_unit_plural(text, sizeof text, clients->clients, "client"), clients->workers,
              clients->accepted, clients->stale, clients->duplicates, clients->low,
              clients->invalid);
}

void miner_workers_log(struct miner_log *log, const struct miner_snapshot *snapshot)
{
    size_t count = snapshot->worker_count < LINES_MAX ? snapshot->worker_count : LINES_MAX;
    miner_workers_line(log, snapshot);
    for (size_t i = 0; i < count; i++) {
        const struct pool_bridge_worker *worker = &snapshot->workers[i];
        char rate[32];
        miner_log(log, MINER_LOG_INFO, "bridge",
                  "  \"%s\": %s, %" PRIu64 " shares, %" PRIu64 " stale, %" PRIu64 " blocks%s%s",
                  worker->name,
                  base_rate_text(rate, sizeof rate, worker->rate, snapshot->total.unit),
                  worker->accepted, worker->stale, worker->blocks,
                  worker->agent[0] != '\0' ? ", " : "", worker->agent);
    }
    if (snapshot->worker_count > count) {
        miner_log(log, MINER_LOG_INFO, "bridge", "  and %zu more", snapshot->worker_count - count);
    }
}
