/* soak.c: minutes of random faults between a source and four servers: a development network's node
 * and another's pool port behind men in the middle, and their other ports direct, so that somebody
 * always has work. A small finder with the real hash mines what is published. At the end the
 * servers' own counters must show nothing wrong and nothing twice, every loss of a server must have
 * been mended within its promise, every find must have had one verdict that agrees with what the
 * servers counted, and the memory must not have grown. The seed is printed; SOAK_SEED repeats it.
 * Usage: soak SECONDS (SOAK_SECONDS in the environment decides if set). */
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "alephium/alephium.h"
#include "base/clock.h"
#include "base/endian.h"
#include "base/random.h"
#include "base/target.h"
#include "devnet/devnet.h"
#include "mitm.h"
#include "pool.h"

static const char user[] = "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr.soak";

enum {
    SERVERS = 4,
    HASHES = 400,         /* of the finder in one go */
    REST_MS = 4,          /* of the finder after it: the machine is shared */
    LOST_MS = 2000,       /* promise: the next job after a server was lost */
    BACK_MS = 30000,      /* promise: the first server after it is mended */
    SILENCE_MS = 5000,    /* the source's limit here, below the promise of 10 s */
    FAULTS = 15,          /* kinds, see spoil() */
    LOSSES_MAX = 100000,  /* of a server, with their times */
    MEMORY_MS = 20000,    /* between two lines about it */
    HEAP_KB = 2 << 10,    /* heap in use, likewise */
    GROWTH_KB = 16 << 10, /* resident memory from a third of the time to the end */
};

struct soak {
    pthread_mutex_t lock; /* guards all but the constants */
    pthread_cond_t changed;
    struct pool_source *source;
    const struct pool_job *jobs[POOL_CHAINS_MAX];
    uint64_t nonce;
    bool stopping;
    unsigned serving; /* server of the newest job */
    uint64_t lost_ms; /* the serving server was lost then, no job since; 0: mining */
    uint64_t waits_ms[LOSSES_MAX];
    size_t losses;
    uint64_t jobs_seen;
    uint64_t no_jobs;
    uint64_t found; /* taken by the source */
    uint64_t verdicts[POOL_VERDICT_COUNT];
    uint64_t share_blocks; /* accepted by a pool, and blocks at once: a network counts both */
    uint64_t returned_ms;  /* newest CONNECTED of the first server */
};

#if defined(__SANITIZE_ADDRESS__)
/* Freed memory is held back for a while, by each thread and by all together; without a bound that
 * looks like growth. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=8:thread_local_quarantine_size_kb=64";
}
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
size_t __sanitizer_get_current_allocated_bytes(void); /* of the sanitizers' own malloc */
#else
#define SANITIZED 0
#endif

/* ---- the miner's side ------------------------------------------------------------------------ */

static void drop_jobs(struct soak *soak)
{
    for (size_t i = 0; i < POOL_CHAINS_MAX; i++) {
        pool_job_unref(soak->jobs[i]);
        soak->jobs[i] = NULL;
    }
}

static void on_event(void *context, const struct pool_event *event)
{
    struct soak *soak = context;
    uint64_t now_ms = base_clock_ms();
    (void)pthread_mutex_lock(&soak->lock);
    switch (event->kind) {
    case POOL_EVENT_JOB:
        if (event->job->clean) {
            drop_jobs(soak);
        }
        pool_job_unref(soak->jobs[event->job->chain]);
        soak->jobs[event->job->chain] = pool_job_ref(event->job);
        soak->serving = event->server;
        soak->jobs_seen++;
        if (soak->lost_ms != 0 && soak->losses < LOSSES_MAX) {
            soak->waits_ms[soak->losses++] = now_ms - soak->lost_ms;
        }
        soak->lost_ms = 0;
        break;
    case POOL_EVENT_CONNECTED:
        soak->returned_ms = event->server == 0 ? now_ms : soak->returned_ms;
        break;
    case POOL_EVENT_DISCONNECTED:
        if (event->server == soak->serving && soak->lost_ms == 0 && soak->jobs_seen > 0) {
            soak->lost_ms = now_ms;
        }
        break;
    case POOL_EVENT_NO_JOBS:
        /* Without a loss: refused in a row (a flipped bit in the work), so it is dropped and fresh
         * work awaited, as promised. */
        soak->no_jobs += soak->lost_ms != 0;
        drop_jobs(soak);
        break;
    case POOL_EVENT_VERDICT:
        soak->verdicts[event->verdict]++;
        soak->share_blocks +=
            event->verdict == POOL_ACCEPTED && event->found != NULL && !event->job->solo;
        break;
    case POOL_EVENT_CONNECTING:
    case POOL_EVENT_SENT:
    case POOL_EVENT_BLOCK:
    case POOL_EVENT_DIFFICULTY:
    case POOL_EVENT_INFO:
    case POOL_EVENT_WARNING:
        break;
    }
    (void)pthread_cond_broadcast(&soak->changed);
    (void)pthread_mutex_unlock(&soak->lock);
}

/* Wait for an event, at most so long. With the lock held. */
static void wait_ms(struct soak *soak, uint64_t ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    uint64_t ns = (uint64_t)until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    (void)pthread_cond_timedwait(&soak->changed, &soak->lock, &until);
}

/* Hash a while; true with the nonce of a find. Nonces are never used twice. */
static bool search(struct pool_find *find, const struct pool_job *job, uint64_t first)
{
    uint8_t message[POOL_HEADER_MAX];
    memcpy(message, job->header, job->header_size);
    for (uint64_t i = 0; i < HASHES; i++) {
        base_store_be64(message + 16, first + i);
        kern_alephium_hash(find->hash_be, message);
        if (base_target_meets(find->hash_be, job->target_be) &&
            (find->hash_be[31] & 15U) == job->chain) {
            memcpy(find->nonce, message, job->nonce_size);
            find->job = job;
            find->found_ns = base_clock_ns();
            return true;
        }
    }
    return false;
}

static void *finder(void *context)
{
    struct soak *soak = context;
    size_t chain = 0;
    (void)pthread_mutex_lock(&soak->lock);
    while (!soak->stopping) {
        struct pool_find find = {0};
        size_t tries = 0;
        while (tries < POOL_CHAINS_MAX && soak->jobs[chain] == NULL) {
            chain = (chain + 1) % POOL_CHAINS_MAX;
            tries++;
        }
        if (tries == POOL_CHAINS_MAX) {
            wait_ms(soak, 1000);
            continue;
        }
        const struct pool_job *job = pool_job_ref(soak->jobs[chain]);
        uint64_t first = soak->nonce;
        soak->nonce += HASHES;
        (void)pthread_mutex_unlock(&soak->lock);
        bool found = search(&find, job, first);
        bool taken = found && pool_source_submit(soak->source, &find) == BASE_OK;
        (void)pthread_mutex_lock(&soak->lock);
        soak->found += taken;
        if (found && job->solo && soak->jobs[chain] == job) {
            soak->jobs[chain] = NULL; /* one template gives one block */
            pool_job_unref(job);
        }
        pool_job_unref(job);
        chain = (chain + 1) % POOL_CHAINS_MAX;
        wait_ms(soak, REST_MS);
    }
    (void)pthread_mutex_unlock(&soak->lock);
    return NULL;
}

/* ---- faults ---------------------------------------------------------------------------------- */

/* One random fault on one man in the middle. Bits are flipped only where messages begin: without
 * TLS nobody can see one that falls into a header. */
static void spoil(struct mitm *mitm, struct base_random *random)
{
    struct mitm_rules rules = {0};
    struct mitm_way_rules *down = &rules.way[MITM_TO_CLIENT];
    struct mitm_way_rules *up = &rules.way[MITM_TO_SERVER];
    switch (base_random_below(random, FAULTS)) {
    case 0:
    case 1:
        mitm_do(mitm, MITM_RESET);
        break;
    case 2:
        mitm_do(mitm, MITM_CLOSE);
        break;
    case 3:
        mitm_do(mitm, MITM_HALF_SHUT);
        break;
    case 4:
        mitm_do(mitm, MITM_HALF_OPEN);
        break;
    case 5:
        rules.black_hole = true;
        break;
    case 6:
        rules.refuse = true;
        mitm_do(mitm, MITM_RESET);
        break;
    case 7:
        down->delay_ms = up->delay_ms = 1 + (uint32_t)base_random_below(random, 400);
        break;
    case 8:
        down->coalesce_ms = up->coalesce_ms = 1 + (uint32_t)base_random_below(random, 700);
        break;
    case 9:
        down->piece_bytes = up->piece_bytes = 1 + (uint32_t)base_random_below(random, 8);
        break;
    case 10:
        down->piece_bytes = up->piece_bytes = 200;
        down->piece_gap_ms = up->piece_gap_ms = 5;
        break;
    case 11:
        down->piece_bytes = 1;
        down->piece_gap_ms = 20;
        break;
    case 12:
        down->drop = base_random_below(random, 2) == 0;
        up->drop = !down->drop;
        break;
    case 13:
        down->flip_every = 1 + (uint32_t)base_random_below(random, 20);
        down->flip_head = 6;
        break;
    default:
        down->duplicate_every = 1 + (uint32_t)base_random_below(random, 3);
        break;
    }
    mitm_set(mitm, &rules);
}

/* ---- bookkeeping ----------------------------------------------------------------------------- */

static uint64_t resident_kb(void)
{
    char line[256] = "";
    uint64_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL) {
        if (fgets(line, sizeof(line), file) != NULL && strchr(line, ' ') != NULL) {
            pages = strtoull(strchr(line, ' '), NULL, 10); /* the second number: resident */
        }
        (void)fclose(file);
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

/* What malloc has given out and not got back. Resident memory also grows when tables that were
 * allocated whole are written to for the first time: a development network's are 5.5 MB (blocks,
 * templates) and fill up in hours. */
static uint64_t heap_kb(void)
{
#if SANITIZED
    return __sanitizer_get_current_allocated_bytes() / 1024;
#else
    struct mallinfo2 facts = mallinfo2();
    return (facts.uordblks + facts.hblkhd) / 1024;
#endif
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text == NULL || text[0] == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* What one network counted; adds up what it accepted and what came twice. Returns the wrong ones,
 * duplicate shares among them. */
static uint64_t count_server(const char *name, struct pool_devnet *devnet, uint64_t *accepted,
                             uint64_t *twice)
{
    struct pool_devnet_stats stats;
    uint64_t blocks = 0;
    pool_devnet_stats(devnet, &stats);
    for (size_t i = 0; i < 16; i++) {
        blocks += stats.accepted[i] + stats.uncles[i];
    }
    print_message("%s: %llu blocks and uncles, %llu shares, %llu connections; wrong chain %llu, "
                  "above target %llu, duplicates %llu, malformed %llu, wrong time %llu\n",
                  name, (unsigned long long)blocks, (unsigned long long)stats.shares_accepted,
                  (unsigned long long)stats.connections, (unsigned long long)stats.wrong_chain,
                  (unsigned long long)stats.above_target, (unsigned long long)stats.duplicates,
                  (unsigned long long)stats.malformed, (unsigned long long)stats.wrong_timestamp);
    *accepted += blocks + stats.shares_accepted;
    *twice += stats.duplicates;
    return stats.wrong_chain + stats.above_target + stats.wrong_timestamp + stats.shares_code[4] +
           stats.shares_code[5] + stats.shares_code[6];
}

static struct pool_devnet *start_devnet(uint64_t seed)
{
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    struct base_error error = {BASE_OK, ""};
    pool_devnet_defaults(&config);
    config.start_hashes = 20000;
    config.pool_difficulty = 0.002; /* of 2^20 hashes */
    config.seed = seed;
    config.hash = kern_alephium_hash;
    if (pool_devnet_start(&devnet, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    return devnet;
}

static void add_server(struct pool_config *config, const char *scheme, uint16_t port)
{
    char url[64];
    struct base_error error = {BASE_OK, ""};
    struct pool_server *server = &config->servers[config->server_count++];
    (void)snprintf(url, sizeof(url), "%s://127.0.0.1:%u", scheme, port);
    assert_int_equal(pool_server_parse(server, url, &error), BASE_OK);
    (void)snprintf(server->user, sizeof(server->user), "%s", user);
}

struct memory {
    uint64_t resident_kb;
    uint64_t heap_kb;
};

static struct memory look_at_memory(void)
{
    return (struct memory){resident_kb(), heap_kb()};
}

/* Faults until the time is over. Returns the memory at a third of it. */
static struct memory break_things(struct soak *soak, struct mitm *const mitms[2],
                                  struct base_random *random, uint64_t seconds, uint64_t *faults)
{
    uint64_t start_ms = base_clock_ms();
    struct memory memory = {0, 0};
    uint64_t told_ms = 0;
    for (uint64_t at_ms = 0; at_ms < seconds * 1000; at_ms = base_clock_ms() - start_ms) {
        uint64_t until_ms = base_clock_ms() + 100 + base_random_below(random, 2000);
        uint64_t which = base_random_below(random, 4);
        if (which == 3) { /* both well for a while: back to the first */
            mitm_set(mitms[0], NULL);
            mitm_set(mitms[1], NULL);
            until_ms += 1000;
        } else {
            for (size_t i = 0; i < 2; i++) {
                if (which == 2 || which == i) {
                    spoil(mitms[i], random);
                    ++*faults;
                }
            }
        }
        (void)pthread_mutex_lock(&soak->lock);
        while (base_clock_ms() < until_ms) {
            wait_ms(soak, until_ms - base_clock_ms() < 1000 ? until_ms - base_clock_ms() : 1000);
        }
        (void)pthread_mutex_unlock(&soak->lock);
        if (memory.resident_kb == 0 && at_ms * 3 > seconds * 1000) {
            memory = look_at_memory();
        }
        if (at_ms >= told_ms + MEMORY_MS) {
            struct memory now = look_at_memory();
            told_ms = at_ms;
            print_message("%llu s: resident %llu kB, heap in use %llu kB\n",
                          (unsigned long long)at_ms / 1000, (unsigned long long)now.resident_kb,
                          (unsigned long long)now.heap_kb);
        }
    }
    return memory;
}

/* Everything works again: the first server must be taken back. Returns how long that took. */
static uint64_t wait_for_first(struct soak *soak, struct mitm *const mitms[2])
{
    uint64_t mended_ms = base_clock_ms();
    mitm_do(mitms[0], MITM_RESET); /* what was broken may still stand, half open */
    mitm_set(mitms[0], NULL);
    mitm_set(mitms[1], NULL);
    (void)pthread_mutex_lock(&soak->lock);
    while (soak->returned_ms < mended_ms && base_clock_ms() < mended_ms + 2ULL * BACK_MS) {
        wait_ms(soak, 1000);
    }
    uint64_t took_ms = soak->returned_ms < mended_ms ? UINT64_MAX : soak->returned_ms - mended_ms;
    (void)pthread_mutex_unlock(&soak->lock);
    return took_ms;
}

static void judge_losses(struct soak *soak)
{
    qsort(soak->waits_ms, soak->losses, sizeof(soak->waits_ms[0]), compare);
    uint64_t median = soak->losses > 0 ? soak->waits_ms[soak->losses / 2] : 0;
    uint64_t worst = soak->losses > 0 ? soak->waits_ms[soak->losses - 1] : 0;
    print_message("%zu losses of the serving server; next job after %llu ms (median), %llu ms "
                  "(worst); %llu jobs\n",
                  soak->losses, (unsigned long long)median, (unsigned long long)worst,
                  (unsigned long long)soak->jobs_seen);
    assert_true(worst <= LOST_MS);
    assert_int_equal(soak->no_jobs, 0);
}

/* One verdict each, and the servers agree: what they accepted is what we were told, and at most
 * those whose answer was lost. */
static void judge_finds(const struct soak *soak, uint64_t server_accepted)
{
    uint64_t verdicts = 0;
    for (size_t i = 0; i < POOL_VERDICT_COUNT; i++) {
        verdicts += soak->verdicts[i];
        if (soak->verdicts[i] > 0) {
            print_message("  %llu finds: %s\n", (unsigned long long)soak->verdicts[i],
                          pool_verdict_text((enum pool_verdict)i));
        }
    }
    print_message("%llu finds handed in, %llu accepted by the servers' own count\n",
                  (unsigned long long)soak->found, (unsigned long long)server_accepted);
    assert_int_equal(verdicts, soak->found);
    assert_true(soak->verdicts[POOL_ACCEPTED] > 0);
    assert_true(server_accepted >= soak->verdicts[POOL_ACCEPTED]);
    assert_true(server_accepted <= soak->verdicts[POOL_ACCEPTED] + soak->share_blocks +
                                       2 * soak->verdicts[POOL_UNANSWERED]);
    assert_int_equal(soak->verdicts[POOL_DUPLICATE] + soak->verdicts[POOL_WRONG_CHAIN] +
                         soak->verdicts[POOL_LOW_DIFFICULTY] + soak->verdicts[POOL_MALFORMED],
                     0);
}

static void test_soak(void **state)
{
    uint64_t seconds = *(const uint64_t *)*state;
    uint64_t seed = from_environment("SOAK_SEED", base_clock_ns());
    struct base_random random = {seed};
    struct soak *soak = calloc(1, sizeof(*soak));
    struct pool_devnet *devnets[2] = {start_devnet(seed), start_devnet(seed + 1)};
    struct mitm *mitms[2] = {mitm_start(pool_devnet_node_port(devnets[0]), MITM_FRAMES),
                             mitm_start(pool_devnet_pool_port(devnets[1]), MITM_LINES)};
    struct pool_config config = {
        .coin = pool_coin_find("alephium"),
        .agent = "shardpick/soak",
        .connect_timeout_ms = 2000,
        .first_job_timeout_ms = 3000,
        .behind_max = UINT32_MAX, /* four networks */
        .silence_timeout_ms = SILENCE_MS,
        .answer_timeout_ms = 4000,
        .backoff_min_ms = 200,
        .backoff_max_ms = 5000,
        .ban_backoff_ms = 2000,
        .on_event = on_event,
        .user = soak,
    };
    struct base_error error = {BASE_OK, ""};
    pthread_condattr_t monotonic;
    pthread_t thread;
    uint64_t faults = 0;
    uint64_t accepted = 0;
    uint64_t twice = 0;
    assert_non_null(soak);
    print_message("%llu s, seed %llu\n", (unsigned long long)seconds, (unsigned long long)seed);
    (void)pthread_mutex_init(&soak->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&soak->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    add_server(&config, "daemon+tcp", mitm_port(mitms[0]));
    add_server(&config, "stratum+tcp", mitm_port(mitms[1]));
    add_server(&config, "stratum+tcp", pool_devnet_pool_port(devnets[0]));
    add_server(&config, "daemon+tcp", pool_devnet_node_port(devnets[1]));
    if (pool_source_start(&soak->source, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(pthread_create(&thread, NULL, finder, soak), 0);
    struct memory before = break_things(soak, mitms, &random, seconds, &faults);
    uint64_t back_ms = wait_for_first(soak, mitms);
    struct memory after = look_at_memory();
    (void)pthread_mutex_lock(&soak->lock);
    soak->stopping = true;
    (void)pthread_cond_broadcast(&soak->changed);
    (void)pthread_mutex_unlock(&soak->lock);
    (void)pthread_join(thread, NULL);
    pool_source_stop(soak->source, 5000);
    print_message(
        "%llu faults; first server back after %llu ms; resident memory %llu to %llu kB, heap "
        "in use %llu to %llu kB\n",
        (unsigned long long)faults, (unsigned long long)back_ms,
        (unsigned long long)before.resident_kb, (unsigned long long)after.resident_kb,
        (unsigned long long)before.heap_kb, (unsigned long long)after.heap_kb);
    uint64_t wrong = count_server("first network", devnets[0], &accepted, &twice) +
                     count_server("second network", devnets[1], &accepted, &twice);
    judge_losses(soak);
    judge_finds(soak, accepted);
    assert_int_equal(wrong, 0);
    assert_int_equal(twice, 0);
    assert_true(back_ms <= BACK_MS);
    /* A sanitizer's own records (stacks of every allocation, shadow memory) grow for hours. */
    assert_true(SANITIZED || after.resident_kb <= before.resident_kb + GROWTH_KB);
    assert_true(after.heap_kb <= before.heap_kb + HEAP_KB);
    drop_jobs(soak);
    for (size_t i = 0; i < 2; i++) {
        mitm_stop(mitms[i]);
        pool_devnet_stop(devnets[i]);
    }
    (void)pthread_cond_destroy(&soak->changed);
    (void)pthread_mutex_destroy(&soak->lock);
    free(soak);
}

int main(int argc, char **argv)
{
    uint64_t seconds =
        from_environment("SOAK_SECONDS", argc > 1 ? strtoull(argv[1], NULL, 10) : 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_soak, &seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
