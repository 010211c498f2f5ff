/* lane.c: windows, probes and checks of one CPU lane. */
#include "lane.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/target.h"
#include "frequency.h"
#include "work.h"

enum {
    CALL_NS = 1000000,       /* one search or probe call, as in the miner's lanes */
    SAMPLE_NS = 4000000,     /* reference time spent on one window's sample */
    SAMPLE_MIN = 1,          /* nonces */
    SAMPLE_MAX = 2048,       /* nonces */
    OPEN_TARGET_NONCES = 16, /* one find in so many under the open target of a check */
    FINDS_FOR_RATE = 50,     /* expected finds below which their number proves nothing */
};

static uint64_t thread_cpu_ns(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) {
        return 0;
    }
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

BASE_PRINTF(2, 3)
static void set_fault(struct bench_lane_case *lane_case, const char *format, ...);

static void set_fault(struct bench_lane_case *lane_case, const char *format, ...)
{
    char text[384];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    lane_case->wrong += 1;
    if (lane_case->fault.status == BASE_OK) {
        (void)base_error_set(&lane_case->fault, BASE_E_MISMATCH, "%s: kernel %s %s",
                             lane_case->algo->name, lane_case->variant->name, text);
    }
}

enum base_status bench_lane_init(struct bench_lane *lane, const struct kern_algo *algo,
                                 const struct kern_work *work, uint64_t seed)
{
    memset(lane, 0, sizeof *lane);
    lane->random.state = seed;
    lane->work = *work;
    lane->piece_cap = BENCH_PIECE * algo->finds_per_nonce;
    lane->finds = base_alloc(BENCH_LANE_FINDS_CAP, sizeof lane->finds[0]);
    lane->again = base_alloc(2 * lane->piece_cap, sizeof lane->again[0]);
    return lane->finds != NULL && lane->again != NULL ? BASE_OK : BASE_E_MEMORY;
}

void bench_lane_deinit(struct bench_lane *lane)
{
    base_free(lane->again);
    base_free(lane->finds);
    memset(lane, 0, sizeof *lane);
}

enum base_status bench_lane_case_init(struct bench_lane_case *lane_case,
                                      const struct kern_algo *algo,
                                      const struct kern_variant *variant)
{
    memset(lane_case, 0, sizeof *lane_case);
    lane_case->algo = algo;
    lane_case->variant = variant;
    lane_case->scratch = kern_scratch_new(algo, variant);
    if (lane_case->scratch == NULL) {
        return BASE_E_MEMORY;
    }
    if (algo->solution_size > 0) {
        lane_case->reference = kern_scratch_new(algo, &algo->variants[algo->variant_count - 1]);
        if (lane_case->reference == NULL) {
            return BASE_E_MEMORY;
        }
    }
    return BASE_OK;
}

void bench_lane_case_deinit(struct bench_lane_case *lane_case)
{
    kern_scratch_free(lane_case->reference);
    kern_scratch_free(lane_case->scratch);
    memset(lane_case, 0, sizeof *lane_case);
}

/* One search call at lane->first + done. Returns the nonces tried; 0 after a fault or when the
 * find buffer is full. Finds are appended to lane->finds. */
static uint64_t search_call(struct bench_lane *lane, struct bench_lane_case *lane_case,
                            uint64_t done, uint64_t count)
{
    size_t found = 0;
    uint64_t tried = 0;
    size_t cap = BENCH_LANE_FINDS_CAP - lane->find_count;
    if (cap < lane_case->algo->finds_per_nonce) {
        return 0;
    }
    enum base_status status = kern_search(lane_case->scratch, lane->finds + lane->find_count, cap,
                                          &found, &tried, &lane->work, lane->first + done, count);
    if ((status != BASE_OK && status != BASE_E_FULL) || tried > count || found > cap ||
        (status == BASE_OK && tried != count)) {
        set_fault(lane_case, "broke its contract: status \"%s\", %llu of %llu nonces, %zu finds",
                  base_status_text(status), (unsigned long long)tried, (unsigned long long)count,
                  found);
        return 0;
    }
    lane->find_count += found;
    return tried;
}

/* How long the reference takes for one nonce decides how many a check can afford. */
static void calibrate_sample(struct bench_lane *lane, struct bench_lane_case *lane_case)
{
    uint8_t hash_be[32];
    uint64_t start_ns = base_clock_ns();
    uint64_t done = 0;
    uint64_t ns = 0;
    while (ns < SAMPLE_NS / 4 && done < SAMPLE_MAX && lane_case->algo->solution_size == 0) {
        if (kern_hash(hash_be, lane_case->algo, &lane->work, lane->first + done, NULL, 0) !=
            BASE_OK) {
            set_fault(lane_case, "cannot be checked: the reference refuses the work");
            return;
        }
        done += 1;
        ns = base_clock_ns() - start_ns;
    }
    uint64_t afford = ns > 0 ? SAMPLE_NS * done / ns : 0;
    lane_case->sample_nonces = afford < SAMPLE_MIN   ? SAMPLE_MIN
                               : afford > SAMPLE_MAX ? SAMPLE_MAX
                                                     : afford;
}

static void calibrate_probe(struct bench_lane_case *lane_case)
{
    if (lane_case->variant->probe == NULL) {
        return;
    }
    volatile uint32_t sink = 0;
    uint64_t batches = 64;
    uint64_t ns = 0;
    while (ns < CALL_NS / 2 && batches < UINT64_MAX / 4) {
        batches *= 2;
        uint64_t start_ns = base_clock_ns();
        sink = lane_case->variant->probe(batches);
        ns = base_clock_ns() - start_ns;
    }
    (void)sink;
    lane_case->call_batches = batches * CALL_NS / ns + 1;
}

void bench_lane_calibrate(struct bench_lane *lane, struct bench_lane_case *lane_case,
                          uint64_t duration_ns)
{
    uint64_t begin_ns = base_clock_ns();
    uint64_t ways = lane_case->variant->ways > 0 ? lane_case->variant->ways : 1;
    uint64_t count = ways;
    uint64_t ns = 0;
    memset(lane->work.target_be, 0, sizeof lane->work.target_be);
    bench_work_new_nonce(&lane->work, lane_case->algo, &lane->random);
    lane->first = 0;
    lane->find_count = 0;
    lane_case->call_nonces = ways;
    do {
        uint64_t start_ns = base_clock_ns();
        if (search_call(lane, lane_case, 0, count) == 0) {
            return;
        }
        uint64_t now_ns = base_clock_ns();
        ns = now_ns - start_ns > 0 ? now_ns - start_ns : 1;
        lane_case->nonces_per_s = (double)count * 1e9 / (double)ns;
        /* Toward CALL_NS, at most fourfold a step, always whole batches. */
        uint64_t wanted = count * CALL_NS / ns;
        wanted = wanted > 4 * count ? 4 * count : wanted;
        count = (wanted + ways - 1) / ways * ways;
        count = count > ways ? count : ways;
        count = count > (1U << 30) ? 1U << 30 : count;
        lane_case->call_nonces = count;
        lane->find_count = 0;
    } while (base_clock_ns() - begin_ns < duration_ns);
    calibrate_sample(lane, lane_case);
    calibrate_probe(lane_case);
}

void bench_lane_hash(struct bench_lane *lane, struct bench_lane_case *lane_case, uint64_t start_ns,
                     uint64_t end_ns)
{
    memset(&lane->sample, 0, sizeof lane->sample);
    lane->find_count = 0;
    if (lane_case->fault.status != BASE_OK) {
        return;
    }
    double window = lane_case->nonces_per_s * (double)(end_ns - start_ns) * 1e-9;
    double wanted = window / BENCH_LANE_FINDS;
    bench_work_new_nonce(&lane->work, lane_case->algo, &lane->random);
    bench_work_target(lane->work.target_be, lane_case->algo, wanted > 1 ? (uint64_t)wanted : 1);
    /* Room for a window ten times as fast as calibration said. */
    lane->first = bench_work_start(lane_case->algo, &lane->random, (uint64_t)(10 * window) + 1);
    uint64_t done = 0;
    while (base_clock_ns() < start_ns) {
        uint64_t tried = search_call(lane, lane_case, done, lane_case->call_nonces);
        if (tried == 0) {
            return;
        }
        done += tried;
        lane->find_count = 0;
    }
    lane->first += done;
    done = 0;
    uint64_t cpu_begin_ns = thread_cpu_ns();
    uint64_t begin_ns = base_clock_ns();
    uint64_t now_ns = begin_ns;
    uint64_t tried = 0;
    do {
        tried = search_call(lane, lane_case, done, lane_case->call_nonces);
        done += tried;
        now_ns = base_clock_ns();
    } while (tried > 0 && now_ns < end_ns);
    lane->sample.cpu_ns = thread_cpu_ns() - cpu_begin_ns;
    lane->sample.wall_ns = now_ns - begin_ns;
    lane->sample.hashes = done;
    if (done > 0 && lane->sample.wall_ns > 0) { /* the next target follows the speed */
        lane_case->nonces_per_s = (double)done * 1e9 / (double)lane->sample.wall_ns;
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
    while (base_clock_ns() < start_ns) {
        sink = lane_case->variant->probe(lane_case->call_batches);
    }
    uint64_t batches = 0;
    uint64_t cpu_begin_ns = thread_cpu_ns();
    uint64_t begin_ns = base_clock_ns();
    uint64_t now_ns = begin_ns;
    do {
        sink = lane_case->variant->probe(lane_case->call_batches);
        batches += lane_case->call_batches;
        now_ns = base_clock_ns();
    } while (now_ns < end_ns);
    (void)sink;
    lane->sample.cpu_ns = thread_cpu_ns() - cpu_begin_ns;
    lane->sample.wall_ns = now_ns - begin_ns;
    lane->sample.hashes = batches * lane_case->variant->ways;
}

/* Finds of a piece by the reference, under work. Returns their number; faults are counted. */
static size_t reference_finds(struct kern_find *finds, size_t cap,
                              struct bench_lane_case *lane_case, const struct kern_work *work,
                              uint64_t first, uint64_t count)
{
    const struct kern_algo *algo = lane_case->algo;
    size_t found = 0;
    if (algo->solution_size > 0) {
        uint64_t tried = 0;
        if (kern_search(lane_case->reference, finds, cap, &found, &tried, work, first, count) !=
            BASE_OK) {
            set_fault(lane_case, "cannot be checked: the reference search failed");
            return 0;
        }
        return found;
    }
    for (uint64_t i = 0; i < count; i++) {
        uint8_t hash_be[32];
        if (kern_hash(hash_be, algo, work, first + i, NULL, 0) != BASE_OK) {
            set_fault(lane_case, "cannot be checked: the reference refuses the work");
            return 0;
        }
        if (base_target_meets(hash_be, work->target_be) &&
            kern_chain_of(algo, hash_be) == work->chain) {
            finds[found].counter = first + i;
            finds[found].solution_size = 0;
            found += 1;
        }
    }
    return found;
}

static bool same_find(const struct kern_find *a, const struct kern_find *b)
{
    return a->counter == b->counter && a->solution_size == b->solution_size &&
           memcmp(a->solution, b->solution, a->solution_size) == 0;
}

/* Index of the first find of the window at or after a counter. */
static size_t find_at(const struct bench_lane *lane, uint64_t counter)
{
    size_t i = 0;
    while (i < lane->find_count && lane->finds[i].counter < counter) {
        i++;
    }
    return i;
}

/* Compare one piece: the variant again under the open target, and the finds of the timed window.
 * open differs from lane->work only in its target, which is the easier one. */
static void check_piece(struct bench_lane *lane, struct bench_lane_case *lane_case,
                        const struct kern_work *open, uint64_t first, uint64_t count)
{
    struct kern_find *expected = lane->again;
    struct kern_find *seen = lane->again + lane->piece_cap;
    size_t seen_count = 0;
    uint64_t tried = 0;
    size_t expected_count =
        reference_finds(expected, lane->piece_cap, lane_case, open, first, count);
    enum base_status status = kern_search(lane_case->scratch, seen, lane->piece_cap, &seen_count,
                                          &tried, open, first, count);
    bool same = status == BASE_OK && tried == count && seen_count == expected_count;
    for (size_t i = 0; same && i < expected_count; i++) {
        same = same_find(&seen[i], &expected[i]);
    }
    if (!same) {
        set_fault(lane_case,
                  "disagrees with the reference in the %llu nonces from %llu: %zu finds, "
                  "expected %zu",
                  (unsigned long long)count, (unsigned long long)first, seen_count, expected_count);
        return;
    }
    size_t next = find_at(lane, first);
    for (size_t i = 0; i < expected_count; i++) {
        uint8_t hash_be[32];
        if (kern_verify(hash_be, lane_case->algo, &lane->work, &expected[i]) != BASE_OK) {
            continue; /* meets the open target only */
        }
        if (next >= lane->find_count || !same_find(&lane->finds[next], &expected[i])) {
            set_fault(lane_case, "missed the find at nonce %llu",
                      (unsigned long long)expected[i].counter);
            return;
        }
        next += 1;
    }
    lane_case->verified += count;
}

static void check_finds(struct bench_lane *lane, struct bench_lane_case *lane_case)
{
    for (size_t i = 0; i < lane->find_count; i++) {
        const struct kern_find *find = &lane->finds[i];
        uint8_t hash_be[32];
        bool inside = find->counter - lane->first < lane->sample.hashes;
        bool ascends = i == 0 || lane->finds[i - 1].counter <= find->counter;
        bool again = i > 0 && same_find(&lane->finds[i - 1], find);
        if (!inside || !ascends || again) {
            set_fault(lane_case, "reported nonce %llu out of range or order",
                      (unsigned long long)find->counter);
        } else if (kern_verify(hash_be, lane_case->algo, &lane->work, find) != BASE_OK) {
            set_fault(lane_case, "reported nonce %llu, which is no find",
                      (unsigned long long)find->counter);
        } else {
            lane_case->verified += 1;
        }
    }
}

void bench_lane_check(struct bench_lane *lane, struct bench_lane_case *lane_case)
{
    uint64_t hashes = lane->sample.hashes;
    struct kern_work open = lane->work;
    if (hashes == 0 || lane_case->fault.status != BASE_OK) {
        return;
    }
    lane_case->finds += lane->find_count;
    lane_case->finds_expected +=
        (double)hashes * bench_work_find_rate(lane_case->algo, lane->work.target_be);
    check_finds(lane, lane_case);
    bench_work_target(open.target_be, lane_case->algo, OPEN_TARGET_NONCES);
    if (base_target_compare(open.target_be, lane->work.target_be) < 0) {
        memcpy(open.target_be, lane->work.target_be, sizeof open.target_be);
    }
    uint64_t left = lane_case->sample_nonces < hashes ? lane_case->sample_nonces : hashes;
    uint64_t first = lane->first + base_random_below(&lane->random, hashes - left + 1);
    while (left > 0 && lane_case->wrong == 0) {
        uint64_t count = left < BENCH_PIECE ? left : BENCH_PIECE;
        check_piece(lane, lane_case, &open, first, count);
        first += count;
        left -= count;
    }
}

void bench_lane_check_rate(struct bench_lane_case *lane_case)
{
    double expected = lane_case->finds_expected;
    if (expected < FINDS_FOR_RATE || lane_case->wrong > 0) {
        return;
    }
    double off = fabs((double)lane_case->finds - expected) / sqrt(expected);
    if (off > 6) {
        set_fault(lane_case, "gave %llu finds where its nonces should give about %.0f",
                  (unsigned long long)lane_case->finds, expected);
    }
}
