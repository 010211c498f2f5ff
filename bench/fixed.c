/* fixed.c: work of a seed, its digest, and its run on the CPU. */
#include "fixed.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "measure/work.h"

enum {
    SAMPLE_MAX = 4096,     /* nonces compared with the reference at the end */
    SAMPLE_NS = 200000000, /* or fewer, when they take longer than this */
    CALL_NS = 1000000,     /* one search call */
    CALL_FINDS = 64,       /* room for finds of one call */
};

static const char DIGEST_PREFIX[] = "shardpick fixed work 1\n";

void bench_fixed_list_free(struct bench_fixed_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        base_free((void *)list->items[i].find.solution);
    }
    base_free(list->items);
    memset(list, 0, sizeof *list);
}

void bench_fixed_work(struct kern_work *work, const struct kern_algo *algo, uint64_t hashes,
                      uint64_t seed)
{
    struct base_random random = {seed};
    bench_work_init(work, algo, &random);
    bench_work_target(work->target_be, algo, hashes / BENCH_FIXED_FINDS);
}

enum base_status bench_fixed_append(struct bench_fixed_list *list, const struct kern_algo *algo,
                                    const struct kern_work *work, const struct kern_find *finds,
                                    size_t count, struct base_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (list->count == list->cap) {
            size_t cap = list->cap > 0 ? 2 * list->cap : 256;
            struct bench_fixed_find *grown = base_realloc(list->items, cap, sizeof *grown);
            if (grown == NULL) {
                return base_error_set(error, BASE_E_MEMORY, "no memory for %zu finds", cap);
            }
            list->items = grown;
            list->cap = cap;
        }
        struct bench_fixed_find *added = &list->items[list->count];
        if (list->count > 0 && added[-1].find.counter > finds[i].counter) {
            return base_error_set(error, BASE_E_MISMATCH,
                                  "%s: nonce %" PRIu64 " was reported out of order", algo->name,
                                  finds[i].counter);
        }
        if (kern_verify(added->hash_be, algo, work, &finds[i]) != BASE_OK) {
            return base_error_set(error, BASE_E_MISMATCH,
                                  "%s: nonce %" PRIu64 " was reported, which is no find",
                                  algo->name, finds[i].counter);
        }
        added->find = finds[i];
        if (finds[i].solution_size > 0) {
            uint8_t *solution = base_alloc(finds[i].solution_size, 1);
            if (solution == NULL) {
                return base_error_set(error, BASE_E_MEMORY, "no memory for a solution");
            }
            memcpy(solution, finds[i].solution, finds[i].solution_size);
            added->find.solution = solution;
        }
        list->count += 1;
    }
    return BASE_OK;
}

static bool digest_finds(char digest[65], const struct bench_fixed_list *list,
                         const struct kern_algo *algo, uint64_t hashes, uint64_t seed)
{
    uint8_t bytes[32];
    uint8_t number[8];
    unsigned size = 0;
    bool good = false;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        goto out;
    }
    good = EVP_DigestUpdate(context, DIGEST_PREFIX, sizeof DIGEST_PREFIX - 1) == 1 &&
           EVP_DigestUpdate(context, algo->name, strlen(algo->name)) == 1;
    base_store_be64(number, hashes);
    good = good && EVP_DigestUpdate(context, number, sizeof number) == 1;
    base_store_be64(number, seed);
    good = good && EVP_DigestUpdate(context, number, sizeof number) == 1;
    for (size_t i = 0; i < list->count && good; i++) {
        const struct bench_fixed_find *item = &list->items[i];
        base_store_be64(number, item->find.counter);
        good = EVP_DigestUpdate(context, number, sizeof number) == 1 &&
               EVP_DigestUpdate(context, item->hash_be, sizeof item->hash_be) == 1 &&
               EVP_DigestUpdate(context, item->find.solution, item->find.solution_size) == 1;
    }
    good = good && EVP_DigestFinal_ex(context, bytes, &size) == 1 && size == sizeof bytes;
    if (good) {
        base_hex_encode(digest, bytes, sizeof bytes);
    }
out:
    EVP_MD_CTX_free(context);
    return good;
}

BASE_PRINTF(2, 3)
static void set_fault(struct bench_result *result, const char *format, ...);

static void set_fault(struct bench_result *result, const char *format, ...)
{
    va_list args;
    result->wrong += 1;
    if (result->fault[0] == '\0') {
        va_start(args, format);
        (void)vsnprintf(result->fault, sizeof result->fault, format, args);
        va_end(args);
    }
}

/* A stretch of nonces, recomputed: exactly those of the list must be finds. Not for solvers, whose
 * reference cannot tell a nonce without solutions from the hash alone. */
static void check_sample(struct bench_result *result, const struct bench_fixed_list *list,
                         const struct kern_algo *algo, const struct kern_work *work)
{
    uint64_t hashes = result->fixed_hashes;
    uint64_t count = hashes < SAMPLE_MAX ? hashes : SAMPLE_MAX;
    struct base_random random = {result->fixed_seed + 1};
    uint64_t first = base_random_below(&random, hashes - count + 1);
    uint64_t until_ns = base_clock_ns() + SAMPLE_NS;
    size_t next = 0;
    while (next < list->count && list->items[next].find.counter < first) {
        next++;
    }
    for (uint64_t i = first; i < first + count && algo->solution_size == 0; i++) {
        uint8_t hash_be[32];
        bool listed = next < list->count && list->items[next].find.counter == i;
        bool finds = kern_hash(hash_be, algo, work, i, NULL, 0) == BASE_OK &&
                     base_target_meets(hash_be, work->target_be) &&
                     kern_chain_of(algo, hash_be) == work->chain;
        if (finds != listed) {
            set_fault(result, "%s: kernel %s missed the find at nonce %" PRIu64, algo->name,
                      result->kernel, i);
            return;
        }
        result->verified += 1;
        next += listed ? 1 : 0;
        if (base_clock_ns() > until_ns) {
            return;
        }
    }
}

enum base_status bench_fixed_conclude(struct bench_result *result,
                                      const struct bench_fixed_list *list,
                                      const struct kern_algo *algo, const struct kern_work *work,
                                      struct base_error *error)
{
    result->fixed_finds = list->count;
    result->verified += list->count;
    if (!digest_finds(result->digest, list, algo, result->fixed_hashes, result->fixed_seed)) {
        return base_error_set(error, BASE_E_IO, "libcrypto gives no SHA-256");
    }
    check_sample(result, list, algo, work);
    return BASE_OK;
}

/* ---- on the CPU --------------------------------------------------------------------------- */

struct share { /* of one lane */
    struct kern_scratch *scratch;
    struct bench_fixed_list list;
    uint64_t first;
    uint64_t end;
    uint64_t units; /* hashes, or solutions seen */
    enum base_status status;
    struct base_error error;
};

struct job {
    const struct kern_algo *algo;
    const struct kern_variant *variant;
    const struct kern_work *work;
    struct share *shares;
};

static enum base_status search_share(struct share *share, const struct job *job)
{
    struct kern_finds finds;
    uint64_t count = job->variant->ways;
    uint64_t first = share->first;
    enum base_status status = kern_finds_new(&finds, job->algo, CALL_FINDS);
    if (status != BASE_OK) {
        return base_error_set(&share->error, status, "%s: no memory for finds", job->algo->name);
    }
    while (first < share->end) {
        struct kern_progress progress;
        finds.count = 0;
        uint64_t start_ns = base_clock_ns();
        uint64_t now = count < share->end - first ? count : share->end - first;
        status = kern_search(share->scratch, &finds, &progress, job->work, first, now, NULL);
        uint64_t tried = progress.tried;
        if ((status != BASE_OK && status != BASE_E_FULL) || tried > now || tried == 0) {
            status = base_error_set(&share->error, BASE_E_MISMATCH,
                                    "%s: kernel %s broke its contract at nonce %" PRIu64
                                    ": status \"%s\", %" PRIu64 " of %" PRIu64 " nonces",
                                    job->algo->name, job->variant->name, first,
                                    base_status_text(status), tried, now);
            break;
        }
        status = bench_fixed_append(&share->list, job->algo, job->work, finds.entries, finds.count,
                                    &share->error);
        if (status != BASE_OK) {
            break;
        }
        first += tried;
        share->units += progress.units;
        if (base_clock_ns() - start_ns < CALL_NS / 2 && count < (1U << 24)) {
            count *= 2;
        }
    }
    kern_finds_free(&finds);
    return status;
}

static void share_main(void *user, unsigned lane)
{
    struct job *job = user;
    struct share *share = &job->shares[lane];
    share->status = search_share(share, job);
}

static enum base_status gather(struct bench_fixed_list *list, struct job *job, unsigned lanes,
                               struct bench_result *result, struct base_error *error)
{
    for (unsigned i = 0; i < lanes; i++) {
        struct share *share = &job->shares[i];
        enum base_status status = share->status;
        if (status == BASE_E_MISMATCH) {
            set_fault(result, "%s", share->error.text);
            continue;
        }
        for (size_t f = 0; f < share->list.count && status == BASE_OK; f++) {
            status = bench_fixed_append(list, job->algo, job->work, &share->list.items[f].find, 1,
                                        &share->error);
        }
        if (status != BASE_OK) {
            *error = share->error;
            return status;
        }
    }
    return BASE_OK;
}

enum base_status bench_fixed_cpu(struct bench_result *result, const struct kern_algo *algo,
                                 const struct kern_variant *variant, uint64_t hashes, uint64_t seed,
                                 struct bench_crew *crew, struct base_error *error)
{
    enum base_status status = BASE_OK;
    unsigned lanes = bench_crew_lanes(crew);
    struct kern_work work;
    struct kern_table *table = NULL;
    struct bench_fixed_list list = {NULL, 0, 0};
    struct job job = {.algo = algo, .variant = variant, .work = &work};
    memset(result, 0, sizeof *result);
    result->algorithm = algo->name;
    result->unit = algo->unit;
    result->lanes = lanes;
    result->fixed_hashes = hashes;
    result->fixed_seed = seed;
    (void)snprintf(result->device, sizeof result->device, "cpu");
    (void)snprintf(result->kernel, sizeof result->kernel, "%s", variant->name);
    bench_fixed_work(&work, algo, hashes, seed);
    job.shares = base_alloc(lanes, sizeof job.shares[0]);
    if (job.shares == NULL ||
        (variant->needs_table && kern_table_build(&table, algo, &work) != BASE_OK)) {
        status =
            base_error_set(error, BASE_E_MEMORY, "%s: no memory for %u lanes", algo->name, lanes);
        goto out;
    }
    work.table = table;
    for (unsigned i = 0; i < lanes; i++) {
        /* hashes is at most 2^48 and lanes 2^10: no overflow. */
        job.shares[i].first = hashes * i / lanes;
        job.shares[i].end = hashes * (i + 1) / lanes;
        job.shares[i].scratch = kern_scratch_new(algo, variant);
        if (job.shares[i].scratch == NULL) {
            status =
                base_error_set(error, BASE_E_MEMORY, "%s: no memory for lane %u", algo->name, i);
            goto out;
        }
    }
    uint64_t start_ns = base_clock_ns();
    bench_crew_run(crew, lanes, share_main, &job);
    uint64_t ns = base_clock_ns() - start_ns;
    for (unsigned i = 0; i < lanes; i++) {
        result->hashes += job.shares[i].units;
    }
    result->seconds = (double)(ns > 0 ? ns : 1) * 1e-9;
    result->windows[0] = (double)result->hashes / result->seconds;
    bench_summarise(&result->rate, result->windows, 1);
    status = gather(&list, &job, lanes, result, error);
    if (status == BASE_OK && result->wrong == 0) {
        status = bench_fixed_conclude(result, &list, algo, &work, error);
    }
out:
    for (unsigned i = 0; job.shares != NULL && i < lanes; i++) {
        kern_scratch_free(job.shares[i].scratch);
        bench_fixed_list_free(&job.shares[i].list);
    }
    base_free(job.shares);
    bench_fixed_list_free(&list);
    kern_table_free(table);
    return status;
}

void bench_fixed_compare(struct bench_results *results)
{
    for (size_t i = 1; i < results->count; i++) {
        struct bench_result *now = &results->items[i];
        for (size_t j = 0; j < i; j++) {
            const struct bench_result *before = &results->items[j];
            if (strcmp(now->algorithm, before->algorithm) == 0 && now->digest[0] != '\0' &&
                before->digest[0] != '\0' && strcmp(now->digest, before->digest) != 0) {
                set_fault(now,
                          "%s: the finds of %s kernel %s differ from those of %s kernel %s: one "
                          "of the two misses finds",
                          now->algorithm, now->device, now->kernel, before->device, before->kernel);
                break;
            }
        }
    }
}
