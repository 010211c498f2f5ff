/* check.c: windows against the reference. */
#include "measure/check.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/target.h"
#include "measure/work.h"

enum {
    SAMPLE_NS = 4000000,     /* reference time spent on one window's sample */
    SAMPLE_MIN = 1,          /* nonces */
    SAMPLE_MAX = 2048,       /* nonces */
    CALIBRATE_NONCES = 64,   /* timed one by one to find what a sample costs */
    OPEN_TARGET_NONCES = 16, /* one find in so many under the open target */
    FINDS_FOR_RATE = 50,     /* expected finds below which their number proves nothing */
    SOLVER_EVERY = 4,        /* windows: a piece takes as long as a window, twice */
    OPEN_LOST = 64,          /* one solution in so many may be over a nonce's finds_per_nonce */
};

enum base_status bench_check_init(struct bench_check *check, const struct kern_algo *algo,
                                  const char *kernel, uint64_t piece_nonces)
{
    memset(check, 0, sizeof *check);
    check->algo = algo;
    (void)snprintf(check->kernel, sizeof check->kernel, "%s", kernel);
    /* A solver's nonce costs as much as a window of hashes. */
    check->piece_nonces = algo->solution_size > 0 ? 1 : piece_nonces;
    check->sample_nonces = SAMPLE_MIN;
    size_t cap = check->piece_nonces * algo->finds_per_nonce;
    enum base_status status = kern_finds_new(&check->expected, algo, cap);
    return status == BASE_OK ? kern_finds_new(&check->seen, algo, cap) : status;
}

void bench_check_deinit(struct bench_check *check)
{
    kern_finds_free(&check->expected);
    kern_finds_free(&check->seen);
    memset(check, 0, sizeof *check);
}

void bench_check_fault(struct bench_check *check, const char *format, ...)
{
    char text[384];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    check->wrong += 1;
    if (check->fault.status == BASE_OK) {
        (void)base_error_set(&check->fault, BASE_E_MISMATCH, "%s: %s %s", check->algo->name,
                             check->kernel, text);
    }
}

void bench_check_calibrate(struct bench_check *check, const struct kern_work *work)
{
    uint8_t hash_be[32];
    uint64_t fastest_ns = UINT64_MAX;
    uint64_t begin_ns = base_clock_ns();
    uint64_t now_ns = begin_ns;
    /* The fastest counts: an interruption must not make checks small. */
    for (uint64_t i = 0; i < CALIBRATE_NONCES && now_ns - begin_ns < SAMPLE_NS / 2; i++) {
        uint64_t start_ns = now_ns;
        if (check->algo->solution_size == 0 &&
            kern_hash(hash_be, check->algo, work, i, NULL, 0) != BASE_OK) {
            bench_check_fault(check, "cannot be checked: the reference refuses the work");
            return;
        }
        now_ns = base_clock_ns();
        fastest_ns = now_ns - start_ns < fastest_ns ? now_ns - start_ns : fastest_ns;
    }
    check->reference_ns = check->algo->solution_size == 0 ? fastest_ns : 0;
    uint64_t afford = fastest_ns > 0 ? SAMPLE_NS / fastest_ns : SAMPLE_MAX;
    afford = afford < SAMPLE_MIN || check->algo->solution_size > 0 ? SAMPLE_MIN : afford;
    check->sample_nonces = afford > SAMPLE_MAX ? SAMPLE_MAX : afford;
}

/* Finds of a piece by the row's last variant. Solvers only: their reference judges solutions and
 * cannot tell that there is none. One lane at a time has the memory that this takes. */
static enum base_status solve_plainly(struct bench_check *check, const struct kern_work *work,
                                      uint64_t first, uint64_t count)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    const struct kern_algo *algo = check->algo;
    struct kern_progress progress;
    enum base_status status = BASE_E_MEMORY;
    (void)pthread_mutex_lock(&lock);
    struct kern_scratch *scratch = kern_scratch_new(algo, algo->variants[algo->variant_count - 1]);
    if (scratch != NULL) {
        status = kern_search(scratch, &check->expected, &progress, work, first, count, NULL);
    }
    kern_scratch_free(scratch);
    (void)pthread_mutex_unlock(&lock);
    return status;
}

/* Finds of a piece under work, into check->expected. */
static enum base_status reference_finds(struct bench_check *check, const struct kern_work *work,
                                        uint64_t first, uint64_t count)
{
    const struct kern_algo *algo = check->algo;
    check->expected.count = 0;
    if (algo->solution_size > 0) {
        return solve_plainly(check, work, first, count);
    }
    for (uint64_t i = 0; i < count; i++) {
        uint8_t hash_be[32];
        enum base_status status = kern_hash(hash_be, algo, work, first + i, NULL, 0);
        if (status != BASE_OK) {
            return status;
        }
        if (base_target_meets(hash_be, work->target_be) &&
            kern_chain_of(algo, hash_be) == work->chain) {
            kern_finds_add(&check->expected, first + i, NULL, 0);
        }
    }
    return BASE_OK;
}

/* The finds of the claim from first on must be those of check->expected that meet its target. */
static bool claim_has_all(struct bench_check *check, const struct bench_claim *claim,
                          uint64_t first)
{
    const struct kern_finds *finds = claim->finds;
    const struct kern_finds *expected = &check->expected;
    size_t next = 0;
    while (next < finds->count && finds->entries[next].counter < first) {
        next++;
    }
    for (size_t i = 0; i < expected->count; i++) {
        const struct kern_find *find = &expected->entries[i];
        uint8_t hash_be[32];
        if (kern_verify(hash_be, check->algo, claim->work, find) != BASE_OK) {
            continue; /* meets the open target only */
        }
        if (next >= finds->count || !kern_find_same(&finds->entries[next], find)) {
            bench_check_fault(check, "missed the find at nonce %" PRIu64, find->counter);
            return false;
        }
        next += 1;
    }
    return true;
}

/* Compare one piece: searched again under the open target, and as the window claimed. open differs
 * from the claim's work only in its target, which is the easier one. */
static void check_piece(struct bench_check *check, const struct bench_claim *claim,
                        const struct kern_work *open, uint64_t first, uint64_t count,
                        bench_search_again_fn again, void *user)
{
    if (reference_finds(check, open, first, count) != BASE_OK) {
        bench_check_fault(check, "cannot be checked: the reference failed");
        return;
    }
    check->seen.count = 0;
    enum base_status status = again(user, &check->seen, open, first, count);
    bool same = status == BASE_OK && check->seen.count == check->expected.count;
    for (size_t i = 0; same && i < check->seen.count; i++) {
        same = kern_find_same(&check->seen.entries[i], &check->expected.entries[i]);
    }
    if (!same) {
        bench_check_fault(check,
                          "disagrees with the reference in the %" PRIu64 " nonces from %" PRIu64
                          ": status \"%s\", %zu finds, expected %zu",
                          count, first, base_status_text(status), check->seen.count,
                          check->expected.count);
        return;
    }
    if (claim_has_all(check, claim, first)) {
        check->verified += count;
    }
}

static void check_finds(struct bench_check *check, const struct bench_claim *claim)
{
    for (size_t i = 0; i < claim->finds->count; i++) {
        const struct kern_find *find = &claim->finds->entries[i];
        uint8_t hash_be[32];
        bool inside = find->counter - claim->first < claim->progress.tried;
        bool ascends = i == 0 || find[-1].counter <= find->counter;
        bool again = i > 0 && kern_find_same(&find[-1], find);
        if (!inside || !ascends || again) {
            bench_check_fault(check, "reported nonce %" PRIu64 " out of range or order",
                              find->counter);
        } else if (kern_verify(hash_be, check->algo, claim->work, find) != BASE_OK) {
            bench_check_fault(check, "reported nonce %" PRIu64 ", which is no find", find->counter);
        } else {
            check->verified += 1;
        }
    }
}

void bench_check_window(struct bench_check *check, const struct bench_claim *claim,
                        struct base_random *random, bench_search_again_fn again, void *user)
{
    uint64_t tried = claim->progress.tried;
    struct kern_work open = *claim->work;
    if (tried == 0 || check->wrong > 0) {
        return;
    }
    double rate = bench_work_find_rate(check->algo, claim->work->target_be);
    check->finds += claim->finds->count;
    check->finds_expected += (double)claim->progress.units * rate;
    if (rate >= 1) {
        check->open_units += claim->progress.units;
        check->open_finds += claim->finds->count;
    }
    check_finds(check, claim);
    check->windows += 1;
    if (check->algo->solution_size > 0 && check->windows % SOLVER_EVERY != 1) {
        return;
    }
    bench_work_target(open.target_be, check->algo, OPEN_TARGET_NONCES);
    if (base_target_compare(open.target_be, claim->work->target_be) < 0) {
        memcpy(open.target_be, claim->work->target_be, sizeof open.target_be);
    }
    uint64_t left = check->sample_nonces < tried ? check->sample_nonces : tried;
    uint64_t first = claim->first + base_random_below(random, tried - left + 1);
    while (left > 0 && check->wrong == 0) {
        uint64_t count = left < check->piece_nonces ? left : check->piece_nonces;
        check_piece(check, claim, &open, first, count, again, user);
        first += count;
        left -= count;
    }
}

void bench_check_rate(struct bench_check *check)
{
    double expected = check->finds_expected;
    uint64_t lost = check->open_units / OPEN_LOST + 1;
    if (check->wrong == 0 &&
        (check->open_finds > check->open_units || check->open_units - check->open_finds > lost)) {
        bench_check_fault(check, "counted %" PRIu64 " %s and gave %" PRIu64, check->open_units,
                          check->algo->unit, check->open_finds);
        return;
    }
    if (expected < FINDS_FOR_RATE || check->wrong > 0) {
        return;
    }
    double off = fabs((double)check->finds - expected) / sqrt(expected);
    if (off > 6) {
        bench_check_fault(check, "gave %" PRIu64 " finds where its nonces should give about %.0f",
                          check->finds, expected);
    }
}
