/* summary.c: see summary.h. */
#include "faces/summary.h"

#include <inttypes.h>
#include <string.h>

#include "base/rate.h"
#include "faces/json.h"
#include "faces/workers.h"
#include "log/units.h"
#include "machine/machine_json.h"
#include "machine/memory.h"

/* True when the server's own counts are what its answers made us count; a find whose answer did not
 * arrive may be on either side. text: one sentence with both sides. */
static bool agrees_with(const struct miner_net_counts *devnet, char *text, size_t cap,
                        const struct miner_snapshot_shares *shares)
{
    uint64_t theirs = devnet->accepted + devnet->uncles;
    uint64_t unanswered = shares->verdicts[POOL_UNANSWERED] + shares->verdicts[POOL_NOT_SENT];
    uint64_t wrong =
        devnet->wrong_chain + devnet->above_target + devnet->duplicates + devnet->malformed;
    bool agrees =
        theirs >= shares->accepted && theirs - shares->accepted <= unanswered && wrong == 0;
    (void)snprintf(text, cap,
                   "the development network counted %" PRIu64 " blocks (%" PRIu64
                   " of them uncles), %" PRIu64 " stale, %" PRIu64 " wrong; this miner %" PRIu64
                   " accepted, %" PRIu64 " unanswered: %s",
                   theirs, devnet->uncles, devnet->refused, wrong, shares->accepted, unanswered,
                   agrees ? "both agree" : "they DIFFER");
    return agrees;
}

/* ---- for people -------------------------------------------------------------------------- */

static void log_devices(struct miner_log *log, const struct miner_snapshot_device *devices,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct miner_lane_sum *sum = &devices[i].sum;
        char rate[32];
        char proofs[96] = "";
        char rows[48] = "";
        if (sum->proofs + sum->proofs_skipped > 0) {
            (void)snprintf(proofs, sizeof proofs,
                           ", %" PRIu64 " proofs passed, %" PRIu64 " proofs skipped", sum->proofs,
                           sum->proofs_skipped);
        }
        if (sum->rows_lost > 0) {
            (void)snprintf(rows, sizeof rows, ", %" PRIu64 " rows lost", sum->rows_lost);
        }
        miner_log(log, MINER_LOG_INFO, "miner",
                  "  %s: %s, %" PRIu64 " right finds, %" PRIu64 " wrong%s%s%s", devices[i].name,
                  base_rate_text(rate, sizeof rate, devices[i].mean_rate, devices[i].unit),
                  sum->found, sum->faults, proofs, rows,
                  sum->lanes_off > 0 ? ", switched off" : "");
    }
}

static void log_chains(struct miner_log *log, const struct miner_snapshot_group *group)
{
    char text[512] = "";
    size_t used = 0;
    unsigned with_blocks = 0;
    if (group->chain_count == 1) {
        return;
    }
    for (size_t i = 0; i < group->chain_count; i++) {
        uint64_t accepted = group->chains[i].accepted;
        int more = snprintf(text + used, sizeof text - used, " %" PRIu64, accepted);
        with_blocks += accepted > 0;
        if (more > 0 && (size_t)more < sizeof text - used) {
            used += (size_t)more;
        }
    }
    miner_log(log, MINER_LOG_INFO, "miner", "accepted by chain:%s (%u of %zu chains)", text,
              with_blocks, group->chain_count);
}

static void log_shares(struct miner_log *log, const struct miner_snapshot_group *group)
{
    const struct miner_snapshot_shares *shares = &group->shares;
    const struct miner_credit *credit = &group->credit;
    bool odd = credit->state == MINER_CREDIT_LOW || credit->state == MINER_CREDIT_HIGH;
    miner_log(log, MINER_LOG_INFO, "miner",
              "found %" PRIu64 ": accepted %" PRIu64 ", stale %" PRIu64 ", rejected %" PRIu64
              ", no answer %" PRIu64 ", not sent %" PRIu64 "; held back: wrong %" PRIu64
              ", second of a template %" PRIu64 ", repeated %" PRIu64,
              shares->found, shares->accepted, shares->stale, shares->rejected,
              shares->verdicts[POOL_UNANSWERED], shares->verdicts[POOL_NOT_SENT], shares->faults,
              shares->extra, shares->duplicates);
    if (shares->accepted > 0) {
        log_chains(log, group);
    }
    if (credit->expected > 0) {
        miner_log(log, odd ? MINER_LOG_WARNING : MINER_LOG_INFO, "miner",
                  "credited %.1f %% of what was hashed: %.0f shares, chance allows %.0f to "
                  "%.0f%s%s",
                  100 * credit->ratio, credit->seen, credit->low, credit->high, odd ? "; " : "",
                  credit->cause);
    }
}

/* Only what was measured: a run without a job, or without a find, has no such times. */
static void log_times(struct miner_log *log, const struct miner_snapshot_group *group)
{
    const struct miner_times *switches = miner_snapshot_switches(group);
    if (switches->count > 0) {
        miner_log(log, MINER_LOG_INFO, "miner", "job to first hash: p50 %.2f ms, p99 %.2f ms",
                  miner_times_ms(switches, 0.5), miner_times_ms(switches, 0.99));
    }
    if (group->submits.count > 0) {
        miner_log(log, MINER_LOG_INFO, "miner", "find to socket: p50 %.2f ms, p99 %.2f ms",
                  miner_times_ms(&group->submits, 0.5), miner_times_ms(&group->submits, 0.99));
    }
    if (group->answers.count > 0) {
        miner_log(log, MINER_LOG_INFO, "miner", "answer to a submission: p50 %.2f ms",
                  miner_times_ms(&group->answers, 0.5));
    }
}

void miner_summary_log(struct miner_log *log, const struct miner_snapshot *snapshot,
                       const struct miner_net_counts *devnet)
{
    for (size_t i = 0; i < snapshot->group_count; i++) {
        const struct miner_snapshot_group *group = &snapshot->groups[i];
        char text[512];
        miner_log(log, MINER_LOG_INFO, "miner", "%s%smined %.1f s: %.4g %s, %s", group->name,
                  group->name[0] != '\0' ? ": " : "", group->mined_s, (double)group->hashes,
                  miner_unit_noun(group->unit),
                  base_rate_text(text, sizeof text, group->mean_rate, group->unit));
        log_devices(log, group->devices, group->device_count);
        log_devices(log, group->gone, group->gone_count);
        log_shares(log, group);
        log_times(log, group);
        if (devnet != NULL) {
            bool agrees = agrees_with(devnet, text, sizeof text, &group->shares);
            miner_log(log, agrees ? MINER_LOG_INFO : MINER_LOG_WARNING, "devnet", "%s", text);
        }
    }
    if (snapshot->serves) {
        miner_workers_log(log, snapshot);
    }
}

/* ---- for programs ------------------------------------------------------------------------ */

static json_t *chains_json(const struct miner_snapshot_group *group)
{
    json_t *list = json_array();
    for (size_t i = 0; i < group->chain_count; i++) {
        list = miner_json_append(list, miner_json_chain(&group->chains[i]));
    }
    return list;
}

static json_t *device_json(const struct miner_snapshot_device *device, bool gone)
{
    const struct miner_lane_sum *sum = &device->sum;
    json_t *root = json_pack(
        "{s:s,s:s,s:i,s:i,s:o,s:f,s:o,s:o,s:o,s:f,s:f,s:o,s:o,s:o}", "device", device->name,
        "kernel", device->kernel, "lanes", (int)sum->lanes, "lanes_off", (int)sum->lanes_off,
        "hashes", miner_json_count(sum->hashes), "hashrate", device->mean_rate, "found",
        miner_json_count(sum->found), "invalid_on_device", miner_json_count(sum->faults),
        "finds_lost", miner_json_count(sum->lost), "busy_seconds", (double)sum->busy_ns / 1e9,
        "kernel_seconds", (double)sum->kernel_ns / 1e9, "expected_finds_seen",
        miner_json_count(sum->proofs), "proofs_skipped", miner_json_count(sum->proofs_skipped),
        "rows_lost", miner_json_count(sum->rows_lost));
    if (device->cpu || gone) {
        return root;
    }
    return miner_json_join(root, json_pack("{s:s,s:o,s:o}", "pci", device->pci, "sensors",
                                           miner_reading_json(&device->reading), "heat_rests",
                                           miner_json_count(device->cooling_rests)));
}

static json_t *devices_json(const struct miner_snapshot_group *group)
{
    json_t *list = json_array();
    for (size_t i = 0; i < group->device_count; i++) {
        list = miner_json_append(list, device_json(&group->devices[i], false));
    }
    for (size_t i = 0; i < group->gone_count; i++) {
        list = miner_json_append(list, device_json(&group->gone[i], true));
    }
    return list;
}

static json_t *devnet_json(const struct miner_net_counts *devnet,
                           const struct miner_snapshot_shares *shares)
{
    char text[512];
    if (devnet == NULL) {
        return json_null();
    }
    bool agrees = agrees_with(devnet, text, sizeof text, shares);
    return json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b}", "accepted", miner_json_count(devnet->accepted),
        "uncles", miner_json_count(devnet->uncles), "refused", miner_json_count(devnet->refused),
        "wrong_chain", miner_json_count(devnet->wrong_chain), "above_target",
        miner_json_count(devnet->above_target), "duplicates", miner_json_count(devnet->duplicates),
        "malformed", miner_json_count(devnet->malformed), "agrees", (int)agrees);
}

static json_t *credit_json(const struct miner_credit *credit)
{
    static const char *const states[] = {"early", "fair", "low", "high"};
    if (!(credit->expected > 0)) {
        return json_null();
    }
    return json_pack("{s:s,s:f,s:f,s:f,s:f,s:f,s:s}", "state", states[credit->state], "ratio",
                     credit->ratio, "expected", credit->expected, "seen", credit->seen, "low",
                     credit->low, "high", credit->high, "cause", credit->cause);
}

static json_t *group_json(const struct miner_snapshot *snapshot,
                          const struct miner_snapshot_group *group, const void *devnet)
{
    const struct miner_snapshot_shares *shares = &group->shares;
    char session[17];
    (void)snprintf(session, sizeof session, "%016" PRIx64, group->nonce_session);
    json_t *root = json_pack(
        "{s:f,s:o,s:f,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "seconds", group->mined_s, "hashes",
        miner_json_count(group->hashes), "hashrate", group->mean_rate, "found",
        miner_json_count(shares->found), "accepted", miner_json_count(shares->accepted), "rejected",
        miner_json_count(shares->rejected), "stale", miner_json_count(shares->stale),
        "invalid_on_device", miner_json_count(shares->faults), "per_chain", chains_json(group),
        "per_device", devices_json(group), "job_switch_ms",
        miner_json_times(miner_snapshot_switches(group)), "submit_ms",
        miner_json_times(&group->submits));
    json_t *more =
        json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:f,s:f,s:s,s:o,s:o,s:o}",
                  "algorithm", group->algorithm, "blocks", miner_json_count(shares->blocks),
                  "block_fates", miner_json_fates(shares), "recent_blocks",
                  miner_json_blocks(&group->blocks), "jobs", miner_json_count(group->jobs),
                  "unanswered", miner_json_count(shares->verdicts[POOL_UNANSWERED]), "not_sent",
                  miner_json_count(shares->verdicts[POOL_NOT_SENT] + shares->unsent), "duplicates",
                  miner_json_count(shares->duplicates), "extra", miner_json_count(shares->extra),
                  "device_switch_ms", miner_json_times(&group->device_switches), "answer_ms",
                  miner_json_times(&group->answers), "peak_resident_bytes",
                  miner_json_count(miner_memory_peak()), "host_cpu_seconds", snapshot->host_cpu_s,
                  "wall_seconds", group->wall_s, "nonce_session", session, "credit",
                  credit_json(&group->credit), "devnet", devnet_json(devnet, shares), "network",
                  miner_json_network(group));
    return miner_json_join(root, more);
}

enum base_status miner_summary_json(const struct miner_snapshot *snapshot,
                                    const struct miner_net_counts *devnet, FILE *out)
{
    json_t *root = miner_json_groups(snapshot, group_json, devnet);
    if (snapshot->serves) {
        root = miner_json_join(root, miner_workers_json(snapshot));
    }
    if (root == NULL) {
        return BASE_E_MEMORY;
    }
    return miner_json_print(out, root) ? BASE_OK : BASE_E_IO;
}
