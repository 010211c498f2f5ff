/* lane.c: windows, probes and checks of one CPU lane. */
#include "measure/lane.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "measure/frequency.h"
#include "measure/work.h"

enum {
    CALL_NS = 1000000,         /* one search or probe call, as in the miner's lanes */
    CALL_NONCES_MAX = 1 << 30, /* far above any core, far below what kern_search takes */
};

#define FINDS_SHARE 0.01 /* of a window, for what its finds cost */

enum base_status bench_lane_init(struct bench_lane *lane, const struct kern_algo *algo,
                                 const struct kern_work *work, uint64_t seed)
{
    memset(lane, 0, sizeof *lane);
    lane->random.state = seed;
    lane->work = *work;
    return kern_finds_new(&lane->finds, algo, BENCH_LANE_FINDS_CAP);
}

void bench_lane_deinit(struct bench_lane *lane)
{
    kern_finds_free(&lane->finds);
    memset(lane, 0, sizeof *lane);
}

enum base_status bench_lane_case_init(struct bench_lane_case *lane_case,
                                      const struct kern_algo *algo,
                                      const struct kern_variant *variant)
{
    char kernel[64];
    memset(lane_case, 0, sizeof *lane_case);
    lane_case->algo = algo;
    lane_case->variant = variant;
    lane_case->scratch = kern_scratch_new(algo, variant);
    if (lane_case->scratch == NULL) {
        return BASE_E_MEMORY;
    }
    (void)snprintf(kernel, sizeof kernel, "kernel %s", variant->name);
    return bench_check_init(&lane_case->check, algo, kernel, BENCH_PIECE);
}

void bench_lane_case_deinit(struct bench_lane_case *lane_case)
{
    bench_check_deinit(&lane_case->check);
    kern_scratch_free(lane_case->scratch);
    memset(lane_case, 0, sizeof *lane_case);
}

/* One search call at lane->first + done. No nonce is tried after a fault or when there is no room
 * for finds. Finds are appended to lane->finds. */
static struct kern_progress search_call(struct bench_lane *lane, struct bench_lane_case *lane_case,
                                        uint64_t done, uint64_t count)
{
    static const struct kern_progress none = {0, 0};
    struct kern_progress progress;
    enum base_status status = kern_search(lane_case->scratch, &lane->finds, &progress, &lane->work,
                                          lane->first + done, count, NULL);
    bool plain = lane_case->algo->solution_size == 0;
    if ((status != BASE_OK && status != BASE_E_FULL) || progress.tried > count ||
        lane->finds.count > lane->finds.cap || (plain && progress.units != progress.tried) ||
        (status == BASE_OK && progress.tried != count)) {
        bench_check_fault(&lane_case->check,
                          "broke its contract: status \"%s\", %llu of %llu nonces, %llu %s, %zu "
                          "finds",
                          base_status_text(status), (unsigned long long)progress.tried,
                          (unsigned long long)count, (unsigned long long)progress.units,
                          lane_case->algo->unit, lane->finds.count);
        return none;
    }
    return progress;
}

/* The limit: of the ports, or, with a table in memory, of its reads. */
static uint32_t probe(const struct bench_lane *lane, const struct bench_lane_case *lane_case,
                      uint64_t batches)
{
    const struct kern_table *table = lane->work.table;
    return table != NULL && table->algo->table->probe != NULL
               ? table->algo->table->probe(table->data, table->key,
                                           batches * lane_case->variant->ways)
               : kern_probe(lane_case->scratch, batches);
}

/* Times of calibration are those on a core: an interruption must not make calls small. */
static void calibrate_probe(const struct bench_lane *lane, struct bench_lane_case *lane_case)
{
    if (lane_case->variant->probe == NULL) {
        return;
    }
    volatile uint32_t sink = 0;
    uint64_t batches = 64;
    uint64_t ns = 0;
    while (ns < CALL_NS / 2 && batches < UINT64_MAX / 4) {
        batches *= 2;
        uint64_t start_ns = base_clock_thread_ns();
        sink = probe(lane, lane_case, batches);
        ns = base_clock_thread_ns() - start_ns;
    }
    (void)sink;
    lane_case->call_batches = (uint64_t)((double)batches * CALL_NS / (double)ns) + 1;
}

void bench_lane_calibrate(struct bench_lane *lane, struct bench_lane_case *lane_case,
                          uint64_t duration_ns)
{
    uint64_t begin_ns = base_clock_thread_ns();
    uint64_t ways = lane_case->variant->ways > 0 ? lane_case->variant->ways : 1;
    uint64_t count = ways;
    memset(lane->work.target_be, 0, sizeof lane->work.target_be);
    bench_work_new_nonce(&lane->work, lane_case->algo, &lane->random);
    lane->first = 0;
    lane->finds.count = 0;
    lane_case->call_nonces = ways;
    do {
        uint64_t start_ns = base_clock_thread_ns();
        if (search_call(lane, lane_case, 0, count).tried == 0) {
            return;
        }
        uint64_t ns = base_clock_thread_ns() - start_ns;
        ns = ns > 0 ? ns : 1;
        lane_case->nonces_per_s = (double)count * 1e9 / (double)ns;
        /* Toward CALL_NS, at most fourfold a step, always whole batches. */
        double wanted = lane_case->nonces_per_s * CALL_NS * 1e-9;
        wanted = wanted > 4.0 * (double)count ? 4.0 * (double)count : wanted;
        uint64_t batches = (uint64_t)(wanted / (double)ways);
        batches = batches > CALL_NONCES_MAX / ways ? CALL_NONCES_MAX / ways : batches;
        count = ways * (batches > 0 ? batches : 1);
        lane_case->call_nonces = count;
        lane->finds.count = 0;
    } while (base_clock_thread_ns() - begin_ns < duration_ns);
    bench_check_calibrate(&lane_case->check, &lane->work);
    calibrate_probe(lane, lane_case);
}

/* Finds to aim at in a window. Some kernels hash each with the reference before they report it,
 * which a miner does once in minutes: together they may take a hundredth of the window. */
static double finds_wanted(const struct bench_check *check, uint64_t window_ns)
{
    double afford = check->reference_ns > 0
                        ? (double)window_ns * FINDS_SHARE / (double)check->reference_ns
                        : BENCH_LANE_FINDS;
    return afford < 1 ? 1 : afford < BENCH_LANE_FINDS ? afford : BENCH_LANE_FINDS;
}

/* Share of the time from begin_ns to now_ns that lies between start_ns and end_ns. */
static double share_within(uint64_t begin_ns, uint64_t now_ns, uint64_t start_ns, uint64_t end_ns)
{
    uint64_t from_ns = begin_ns > start_ns ? begin_ns : start_ns;
    uint64_t to_ns = now_ns < end_ns ? now_ns : end_ns;
    return to_ns > from_ns ? (double)(to_ns - from_ns) / (double)(now_ns - begin_ns) : 0;
}

void bench_lane_hash(struct bench_lane *lane, struct bench_lane_case *lane_case, uint64_t start_ns,
                     uint64_t end_ns)
{
    memset(&lane->sample, 0, sizeof lane->sample);
    lane->finds.count = 0;
    if (lane_case->check.wrong > 0) {
        return;
    }
    double window = lane_case->nonces_per_s * (double)(end_ns - start_ns) * 1e-9;
    double wanted = window / finds_wanted(&lane_case->check, end_ns - start_ns);
    bench_work_new_nonce(&lane->work, lane_case->algo, &lane->random);
    bench_work_target(lane->work.target_be, lane_case->algo, wanted > 1 ? (uint64_t)wanted : 1);
    /* Room for a window ten times as fast as calibration said. */
    lane->first = bench_work_start(lane_case->algo, &lane->random, (uint64_t)(10 * window) + 1);
    /* Where one call takes longer than a window (a solver's nonce), there is nothing to settle. */
    bool slow = (double)lane_case->call_nonces > window;
    uint64_t done = 0;
    struct kern_progress call;
    uint64_t now_ns = base_clock_ns();
    double within = 0;
    while (!slow && now_ns < start_ns) {
        uint64_t call_ns = now_ns;
        call = search_call(lane, lane_case, done, lane_case->call_nonces);
        if (call.tried == 0) {
            return;
        }
        done += call.tried;
        lane->finds.count = 0;
        now_ns = base_clock_ns();
        within += (double)call.units * share_within(call_ns, now_ns, start_ns, end_ns);
    }
    lane->first += done;
    struct kern_progress sum = {0, 0};
    uint64_t cpu_begin_ns = base_clock_thread_ns();
    uint64_t begin_ns = base_clock_ns();
    now_ns = begin_ns;
    do {
        uint64_t call_ns = now_ns;
        call = search_call(lane, lane_case, sum.tried, lane_case->call_nonces);
        sum.tried += call.tried;
        sum.units += call.units;
        now_ns = base_clock_ns();
        within += (double)call.units * share_within(call_ns, now_ns, start_ns, end_ns);
    } while (call.tried > 0 && now_ns < end_ns);
    lane->sample.within = within;
    lane->sample.own_time = slow || call.tried == 0;
    lane->sample.cpu_ns = base_clock_thread_ns() - cpu_begin_ns;
    lane->sample.wall_ns = now_ns - begin_ns;
    lane->sample.hashes = sum.units;
    lane->sample.nonces = sum.tried;
    if (sum.tried > 0 && lane->sample.wall_ns > 0) { /* the next target follows the speed */
        lane_case->nonces_per_s = (double)sum.tried * 1e9 / (double)lane->sample.wall_ns;
    }
    lane->frequency_hz = bench_frequency_hz();
}

void bench_lane_probe(struct bench_lane *lane, const struct bench_lane_case *lane_case,
                      uint64_t start_ns, uint64_t end_ns)
{
    volatile uint32_t sink = 0;
    memset(&lane->sample, 0, sizeof lane->sample);
    if (lane_case->variant->probe == NULL || lane_case->call_batches == 0) {
        return;
    }
    double per_call = (double)(lane_case->call_batches * lane_case->variant->ways);
    double within = 0;
    uint64_t now_ns = base_clock_ns();
    while (now_ns < start_ns) {
        uint64_t call_ns = now_ns;
        sink = probe(lane, lane_case, lane_case->call_batches);
        now_ns = base_clock_ns();
        within += per_call * share_within(call_ns, now_ns, start_ns, end_ns);
    }
    uint64_t batches = 0;
    uint64_t cpu_begin_ns = base_clock_thread_ns();
    uint64_t begin_ns = base_clock_ns();
    now_ns = begin_ns;
    do {
        uint64_t call_ns = now_ns;
        sink = probe(lane, lane_case, lane_case->call_batches);
        batches += lane_case->call_batches;
        now_ns = base_clock_ns();
        within += per_call * share_within(call_ns, now_ns, start_ns, end_ns);
    } while (now_ns < end_ns);
    lane->sample.within = within;
    (void)sink;
    lane->sample.cpu_ns = base_clock_thread_ns() - cpu_begin_ns;
    lane->sample.wall_ns = now_ns - begin_ns;
    lane->sample.nonces = batches * lane_case->variant->ways;
    lane->sample.hashes = lane->sample.nonces;
}

static enum base_status search_again(void *user, struct kern_finds *finds,
                                     const struct kern_work *work, uint64_t first, uint64_t count)
{
    struct bench_lane_case *lane_case = user;
    struct kern_progress progress;
    enum base_status status =
        kern_search(lane_case->scratch, finds, &progress, work, first, count, NULL);
    return status == BASE_OK && progress.tried != count ? BASE_E_STATE : status;
}

void bench_lane_check(struct bench_lane *lane, struct bench_lane_case *lane_case)
{
    struct bench_claim claim = {
        .work = &lane->work,
        .first = lane->first,
        .progress = {.tried = lane->sample.nonces, .units = lane->sample.hashes},
        .finds = &lane->finds,
    };
    bench_check_window(&lane_case->check, &claim, &lane->random, search_again, lane_case);
}
