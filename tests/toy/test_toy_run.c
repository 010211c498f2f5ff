/* test_toy_run.c: solvers and tables through lanes, board, builder of tables and verifier, as a
 * mining run has them, with a judge in place of the source: every find that leaves is rebuilt from
 * the job and hashed by the reference, without table. Device lanes: on the fake vendor
 * (tests/fake_opencl). */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../unit/fake_jobs.h"
#include "base/clock.h"
#include "base/endian.h"
#include "driver/cl_list.h"
#include "fake_opencl/fake_vendor.h"
#include "lanes/lane.h"
#include "lanes/tables.h"
#include "toy.h"

enum { LANES = 2, FINDS_MAX = 4096 };

/* A run without a source. lock guards what the judge notes. */
static struct rig {
    const struct kern_algo *algo;
    struct miner_nonce_session session;
    struct miner_board *board;
    struct miner_tables *tables;
    struct miner_verifier *verifier;
    struct miner_tally tally;
    struct miner_histogram switches;
    struct miner_lane_shared shared;
    struct miner_lane lanes[LANES];
    struct miner_lane_counters *counters[LANES];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t finds;
    size_t of_lane[LANES];
    uint64_t height; /* of the newest find's job */
    size_t at_height[LANES];
    uint32_t nonces[FINDS_MAX];
    uint8_t hashes[FINDS_MAX][32];
    size_t wrong;
    size_t faults;
} rig;

static struct miner_log *run_log; /* of device lanes; what it says goes nowhere */

/* The fake vendor's device, when the last lane is to hash on it. */
static struct kern_cl_list *devices;

static void note_change(void *user, struct miner_lane *lane)
{
    (void)user;
    (void)lane;
    (void)pthread_mutex_lock(&rig.lock);
    (void)pthread_cond_broadcast(&rig.changed);
    (void)pthread_mutex_unlock(&rig.lock);
}

/* The judge. */
static enum base_status judge(void *user, const struct pool_find *find)
{
    const struct pool_job *job = find->job;
    struct kern_work work = {.header_size = job->header_size, .height = job->height};
    uint8_t hash_be[32];
    (void)user;
    memcpy(work.header, job->header, job->header_size);
    uint32_t nonce = base_load_le32(find->nonce);
    bool good = kern_hash(hash_be, rig.algo, &work, nonce, find->solution, find->solution_size) ==
                    BASE_OK &&
                memcmp(hash_be, find->hash_be, 32) == 0 && memcmp(hash_be, job->target_be, 32) <= 0;
    (void)pthread_mutex_lock(&rig.lock);
    rig.wrong += good ? 0 : 1;
    if (rig.finds < FINDS_MAX) {
        rig.nonces[rig.finds] = nonce;
        memcpy(rig.hashes[rig.finds], hash_be, 32);
    }
    rig.finds += 1;
    rig.of_lane[find->tag] += 1;
    if (rig.height != job->height) {
        rig.height = job->height;
        memset(rig.at_height, 0, sizeof rig.at_height);
    }
    rig.at_height[find->tag] += 1;
    (void)pthread_cond_broadcast(&rig.changed);
    (void)pthread_mutex_unlock(&rig.lock);
    return BASE_OK;
}

static void note_fault(void *user, size_t lane, const struct miner_task *task,
                       const struct kern_find *find, bool distrust)
{
    (void)user;
    (void)lane;
    (void)task;
    (void)find;
    (void)distrust;
    (void)pthread_mutex_lock(&rig.lock);
    rig.faults += 1;
    (void)pthread_mutex_unlock(&rig.lock);
}

static void note_warning(void *user, const char *text)
{
    (void)user;
    print_message("%s\n", text);
}

static void on_failed(void *user, const struct base_error *error)
{
    (void)user;
    print_message("%s\n", error->text);
    abort();
}

/* Lane i hashes with variant i of the row, or with its last one; with devices, the last lane on the
 * first of them and the others with the last variant. watchdog_ms: 0 for none. */
static void start(const struct kern_algo *algo, uint32_t watchdog_ms)
{
    struct base_error error;
    memset(&rig, 0, sizeof rig);
    (void)pthread_mutex_init(&rig.lock, NULL);
    (void)pthread_cond_init(&rig.changed, NULL);
    rig.algo = algo;
    miner_nonce_session(&rig.session, 3);
    rig.board = miner_board_new(algo, &rig.session, LANES);
    assert_non_null(rig.board);
    rig.shared = (struct miner_lane_shared){.algo = algo,
                                            .board = rig.board,
                                            .log = run_log,
                                            .watchdog_ms = watchdog_ms,
                                            .changed = note_change,
                                            .user = &rig};
    for (size_t i = 0; i < LANES; i++) {
        struct miner_lane *lane = &rig.lanes[i];
        lane->shared = &rig.shared;
        lane->index = i;
        lane->switches = &rig.switches;
        lane->variant = algo->variants[i < algo->variant_count ? i : algo->variant_count - 1];
        if (devices != NULL) {
            lane->variant = algo->variants[algo->variant_count - 1];
        }
        lane->needs_table = lane->variant->needs_table;
        if (devices != NULL && i == LANES - 1) {
            lane->devices = devices;
            lane->launch_ns = MINER_LAUNCH_NS;
            lane->forced = true;
            lane->params.local_size = 32;
            lane->needs_table = kern_cl_needs_host_table(algo);
        }
        rig.counters[i] = &lane->counters;
        if (!lane->needs_table) {
            miner_board_goes_without(rig.board, i);
        }
    }
    if (miner_board_needs_table(rig.board)) {
        const struct miner_tables_events events = {.failed = on_failed};
        assert_int_equal(
            miner_tables_new(&rig.tables, algo, &rig.session, rig.board, &events, &error), BASE_OK);
    }
    rig.shared.tables = rig.tables;
    const struct miner_verify_config config = {.algo = algo,
                                               .board = rig.board,
                                               .tally = &rig.tally,
                                               .lanes = rig.counters,
                                               .lane_count = LANES,
                                               .submit = judge,
                                               .fault = note_fault,
                                               .warn = note_warning,
                                               .user = &rig};
    assert_int_equal(miner_verifier_start(&rig.verifier, &config, &error), BASE_OK);
    rig.shared.verifier = rig.verifier;
    for (size_t i = 0; i < LANES; i++) {
        assert_int_equal(rig.lanes[i].devices != NULL
                             ? miner_lane_opencl_start(&rig.lanes[i], &error)
                             : miner_lane_cpu_start(&rig.lanes[i], &error),
                         BASE_OK);
    }
}

/* A job of this height whose target one hash in `tries` meets. */
static void publish(uint64_t height, uint8_t fill, uint32_t tries, bool clean)
{
    struct base_error error;
    struct pool_job *job = fake_job_new(rig.algo, 0, fill, base_clock_ms());
    job->height = height;
    job->clean = clean;
    base_store_be32(job->target_be, UINT32_MAX / tries);
    assert_int_equal(rig.tables != NULL ? miner_tables_publish(rig.tables, job, &error)
                                        : miner_board_publish(rig.board, job, &error),
                     BASE_OK);
    pool_job_unref(job);
}

/* Wait until this lane has so many finds at this height. */
static void wait_finds(uint64_t height, size_t lane, size_t count)
{
    (void)pthread_mutex_lock(&rig.lock);
    while (rig.height != height || rig.at_height[lane] < count) {
        (void)pthread_cond_wait(&rig.changed, &rig.lock);
    }
    (void)pthread_mutex_unlock(&rig.lock);
}

static void end(void)
{
    atomic_store(&rig.shared.stopping, true);
    miner_board_stop(rig.board);
    for (size_t i = 0; i < LANES; i++) {
        (void)pthread_join(rig.lanes[i].thread, NULL);
        if (miner_lane_state(&rig.lanes[i]) != MINER_LANE_ENDED) {
            fail_msg("lane %zu: %s", i, rig.lanes[i].error.text);
        }
    }
    miner_verifier_stop(rig.verifier);
    assert_int_equal(rig.wrong, 0);
    assert_int_equal(rig.faults, 0);
    miner_verifier_free(rig.verifier);
    miner_tables_free(rig.tables);
    miner_board_free(rig.board);
    assert_int_equal(fake_jobs_live(), 0);
}

/* Two lanes solve; what they count is solutions, and several of one nonce leave one by one. */
static void test_solver_lanes(void **state)
{
    size_t shared_nonces = 0;
    (void)state;
    start(&kern_toysolver_row, 0);
    publish(1, 7, 1, true);
    wait_finds(1, 0, 4);
    wait_finds(1, 1, 4);
    publish(2, 8, 1, true);
    wait_finds(2, 0, 1);
    end();
    assert_true(rig.finds < FINDS_MAX);
    for (size_t i = 0; i < rig.finds; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(rig.hashes[i], rig.hashes[j], 32);
            shared_nonces += rig.nonces[i] == rig.nonces[j] ? 1 : 0;
        }
    }
    assert_true(shared_nonces > 0);
    /* Every solution met the target: as many were counted as left. */
    uint64_t solutions = 0;
    for (size_t i = 0; i < LANES; i++) {
        solutions += miner_counted(&rig.lanes[i].counters.hashes);
        assert_int_equal(miner_counted(&rig.lanes[i].counters.finds_lost), 0);
        assert_int_equal(miner_counted(&rig.lanes[i].counters.found), rig.of_lane[i]);
    }
    assert_int_equal(solutions, rig.finds);
    assert_int_equal(miner_counted(&rig.tally.duplicates), 0);
}

/* ---- a nonce without end ------------------------------------------------------------------- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t entered;
    size_t left;
    uint8_t fill; /* of the header that was entered last */
} endless = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* Known answers are solved; the first nonce of any other work lasts until it is stopped. */
static enum base_status search_endless(void *scratch, struct kern_finds *finds,
                                       struct kern_progress *progress, const struct kern_work *work,
                                       uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    if (stop == NULL) {
        return kern_toysolver_row.variants[0]->search(scratch, finds, progress, work, first, count,
                                                      stop);
    }
    (void)pthread_mutex_lock(&endless.lock);
    endless.entered++;
    endless.fill = work->header[0];
    (void)pthread_cond_broadcast(&endless.changed);
    (void)pthread_mutex_unlock(&endless.lock);
    while (!kern_stopped(stop)) {
        (void)sched_yield();
    }
    (void)pthread_mutex_lock(&endless.lock);
    endless.left++;
    (void)pthread_cond_broadcast(&endless.changed);
    (void)pthread_mutex_unlock(&endless.lock);
    return BASE_E_STOPPED;
}

/* Wait until both lanes are inside a nonce of the header `fill`, having entered so many in all. */
static void wait_entered(uint8_t fill, size_t entered)
{
    (void)pthread_mutex_lock(&endless.lock);
    while (endless.entered < entered || endless.fill != fill) {
        (void)pthread_cond_wait(&endless.changed, &endless.lock);
    }
    (void)pthread_mutex_unlock(&endless.lock);
}

static void wait_left(size_t left)
{
    (void)pthread_mutex_lock(&endless.lock);
    while (endless.left < left) {
        (void)pthread_cond_wait(&endless.changed, &endless.lock);
    }
    (void)pthread_mutex_unlock(&endless.lock);
}

/* What ends a nonce: another block, a clean job, a pause, and the end of the run. A fresher
 * template of the same block does not. */
static void test_what_ends_a_nonce(void **state)
{
    struct kern_algo algo = kern_toysolver_row;
    struct kern_variant variant = *algo.variants[0];
    const struct kern_variant *variants[] = {&variant};
    (void)state;
    variant.search = search_endless;
    algo.variants = variants;
    start(&algo, 0);
    publish(1, 1, 1, false);
    wait_entered(1, LANES);
    publish(2, 2, 1, false); /* another block */
    wait_left(LANES);
    wait_entered(2, (size_t)2 * LANES);
    publish(2, 3, 1, true); /* the server says that everything before is void */
    wait_left((size_t)2 * LANES);
    wait_entered(3, (size_t)3 * LANES);
    assert_true(miner_board_pause(rig.board, true));
    wait_left((size_t)3 * LANES);
    assert_true(miner_board_pause(rig.board, false));
    wait_entered(3, (size_t)4 * LANES);
    uint64_t generation = miner_board_generation(rig.board);
    publish(2, 4, 1, false); /* a fresher template */
    assert_true(miner_board_generation(rig.board) > generation);
    publish(3, 5, 1, false);
    wait_left((size_t)4 * LANES);
    wait_entered(5, (size_t)5 * LANES);
    assert_int_equal(endless.entered,
                     (size_t)5 * LANES); /* 4 was never entered: 3 went on until 5 came */
    end();
    assert_int_equal(endless.left, (size_t)5 * LANES);
    assert_int_equal(rig.finds, 0);
    for (size_t i = 0; i < LANES; i++) { /* stopped nonces are untried */
        assert_int_equal(miner_counted(&rig.lanes[i].counters.hashes), 0);
    }
}

/* Lane 0 needs the table of each height, lane 1 hashes without: it begins at once, and both find.
 */
static void test_table_lanes(void **state)
{
    enum { HEIGHTS = 4 };
    struct miner_table_look look;
    (void)state;
    start(&kern_toytable_row, 0);
    assert_non_null(rig.tables);
    for (uint64_t height = 1; height <= HEIGHTS; height++) {
        publish(height, (uint8_t)height, 256, height == 1);
        wait_finds(height, 1, 1);
        wait_finds(height, 0, 2);
        miner_tables_look(rig.tables, &look);
        assert_false(look.building);
        assert_int_equal(look.key, height);
        assert_int_equal(look.height, height);
        assert_int_equal(look.size_bytes, 32 << TOYTABLE_BITS);
        assert_int_equal(look.steps_done, TOYTABLE_STEPS);
    }
    end();
    assert_int_equal(miner_counted(&rig.tally.duplicates), 0);
}

/* ---- devices ----------------------------------------------------------------------------- */

static void open_devices(const char *play)
{
    struct base_error error;
    const struct miner_log_config config = {.file = "/dev/null"};
    assert_int_equal(miner_log_new(&run_log, &config, &error), BASE_OK);
    devices = fake_vendor_list(play);
}

static void close_devices(void)
{
    kern_cl_list_free(devices);
    devices = NULL;
    miner_log_free(run_log);
    run_log = NULL;
}

/* A device solves beside a processor core; its proofs are known answers. */
static void test_solver_device(void **state)
{
    (void)state;
    open_devices("good");
    start(&kern_toysolver_row, 0);
    publish(1, 7, 1, true);
    wait_finds(1, 1, 2);
    publish(2, 8, 1, true);
    wait_finds(2, 1, 2);
    wait_finds(2, 0, 1);
    end();
    const struct miner_lane_counters *counters = &rig.lanes[1].counters;
    assert_true(miner_counted(&counters->hashes) >= rig.of_lane[1]);
    assert_int_equal(miner_counted(&counters->finds_lost), 0);
    assert_int_equal(miner_counted(&counters->proofs_skipped), 0);
    assert_true(miner_counted(&counters->proofs) > 0);
    close_devices();
}

/* The device builds the table of each height by itself; the core, which hashes without one, begins
 * at once. No table is built in the host's memory. */
static void test_table_device(void **state)
{
    enum { HEIGHTS = 4 };
    (void)state;
    open_devices("good");
    start(&kern_toytable_row, 0);
    assert_null(rig.tables);
    for (uint64_t height = 1; height <= HEIGHTS; height++) {
        publish(height, (uint8_t)height, 256, height == 1);
        wait_finds(height, 0, 1);
        wait_finds(height, 1, 2);
        assert_int_equal(atomic_load(&rig.lanes[1].table_permille), 1000);
    }
    end();
    assert_int_equal(miner_counted(&rig.tally.duplicates), 0);
    assert_true(miner_counted(&rig.lanes[1].counters.proofs) > 0);
    assert_int_equal(miner_counted(&rig.lanes[1].counters.proofs_skipped), 0);
    close_devices();
}

/* The device ends with this sentence at height 1; the core goes on and mines the next height. */
static void expect_failed_device(const char *sentence)
{
    publish(1, 1, 256, true);
    (void)pthread_mutex_lock(&rig.lock);
    while (miner_lane_state(&rig.lanes[1]) != MINER_LANE_FAILED) {
        (void)pthread_cond_wait(&rig.changed, &rig.lock);
    }
    (void)pthread_mutex_unlock(&rig.lock);
    publish(2, 2, 256, true);
    wait_finds(2, 0, 2);
    print_message("%s\n", rig.lanes[1].error.text);
    assert_non_null(strstr(rig.lanes[1].error.text, sentence));
    atomic_store(&rig.lanes[1].state, MINER_LANE_ENDED); /* as end() wants it */
    end();
    close_devices();
}

/* The toy with small known answers: a device that has no memory for its table passes them. */
static struct kern_algo small_answers(void)
{
    struct kern_algo algo = kern_toytable_row;
    algo.answer_count = 2;
    return algo;
}

static void test_small_device(void **state)
{
    const struct kern_algo algo = small_answers();
    (void)state;
    open_devices("good");
    devices->entries[0].info.memory_bytes = 7 << 20;
    start(&algo, 0);
    expect_failed_device("has too little memory for toytable");
    assert_non_null(strstr(rig.lanes[1].error.text, "It ended at height 1"));
}

/* The device says that it has the memory, and its driver gives only some of the pieces. */
static void test_refused_pieces(void **state)
{
    const struct kern_algo algo = small_answers();
    (void)state;
    open_devices("refuses pieces");
    devices->entries[0].info.max_allocation_bytes = 3 << 20; /* of 8 MiB */
    devices->entries[0].info.memory_bytes = 12 << 20;
    start(&algo, 0);
    expect_failed_device("the driver gives no memory for the table of toytable, which needs 8 MiB, "
                         "in pieces of at most 3 MiB: CL_MEM_OBJECT_ALLOCATION_FAILURE");
    assert_non_null(strstr(rig.lanes[1].error.text, "It ended at height 1"));
}

/* A step of the table that never ends: the lane leaves the driver alone, without waiting in it. */
static void test_hung_table(void **state)
{
    (void)state;
    open_devices("never builds");
    start(&kern_toytable_row, 600);
    expect_failed_device("hangs: a step of the table of toytable did not end within 400 ms");
}

/* Heights that change faster than the device builds: tables that are not wanted any more are given
 * up, and no find comes from a wrong one (end() counts them). */
static void test_heights_while_building(void **state)
{
    (void)state;
    open_devices("good");
    start(&kern_toytable_row, 0);
    for (uint64_t height = 1; height <= 12; height++) {
        publish(height, (uint8_t)height, 256, true);
        wait_finds(height, 0, 1); /* the core begins at once */
    }
    wait_finds(12, 1, 3);
    end();
    close_devices();
}

/* A runner whose driver hangs is left alone until the process ends (kern_cl_runner_free), with what
 * the driver holds. Asked by the leak sanitizer. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:kern_cl_runner_new\nleak:fake-\n";
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_solver_lanes),
        cmocka_unit_test(test_what_ends_a_nonce),
        cmocka_unit_test(test_table_lanes),
        cmocka_unit_test(test_solver_device),
        cmocka_unit_test(test_table_device),
        cmocka_unit_test(test_small_device),
        cmocka_unit_test(test_refused_pieces),
        cmocka_unit_test(test_hung_table),
        cmocka_unit_test(test_heights_while_building),
    };
    if (fake_vendor_begin() != 0) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fake_vendor_end();
    return failed;
}
