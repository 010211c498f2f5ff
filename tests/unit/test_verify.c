/* test_verify.c: nothing wrong, repeated or useless leaves the machine, and a device that gives
 * wrong finds is distrusted. The right find is a block of the real chain. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/endian.h"
#include "base/hex.h"
#include "fake_jobs.h"
#include "lanes/verify.h"

enum { LANES = 3, SENT_MAX = 4096 };

/* Everything a verifier needs around it; callbacks note what they were told. */
struct room {
    const struct kern_algo *algo;
    struct miner_nonce_session session;
    struct miner_board *board;
    struct miner_tally tally;
    struct miner_lane_counters counters[LANES];
    struct miner_lane_counters *lanes[LANES];
    struct miner_verifier *verifier;
    uint64_t counter; /* of the known block */
    uint8_t hash_be[32];
    uint8_t nonce[24];
    /* noted; read after the verifier has stopped */
    struct pool_find sent[SENT_MAX];
    size_t sent_count;
    size_t faults;
    size_t distrusts;
    size_t distrusted_lane;
    size_t warnings;
    enum base_status answer; /* of submit */
};

static struct room room;

static enum base_status note_submit(void *user, const struct pool_find *find)
{
    struct room *here = user;
    here->sent[here->sent_count++] = *find;
    return here->answer;
}

static void note_fault(void *user, size_t lane, const struct miner_task *task,
                       const struct kern_find *find, bool distrust)
{
    struct room *here = user;
    (void)task;
    (void)find;
    here->faults += 1;
    here->distrusts += distrust;
    here->distrusted_lane = distrust ? lane : here->distrusted_lane;
}

static void note_warning(void *user, const char *text)
{
    struct room *here = user;
    assert_true(text[0] != '\0');
    here->warnings += 1;
}

/* Job of the block: everything before the counter is the pool's, so that the session's part does
 * not change the known nonce. */
static struct pool_job *block_job(bool solo)
{
    size_t size = 0;
    uint8_t header[KERN_HEADER_MAX];
    const struct kern_answer *answer = &room.algo->answers[0];
    assert_int_equal(base_hex_decode(header, sizeof header, &size, answer->header_hex,
                                     strlen(answer->header_hex)),
                     BASE_OK);
    struct pool_job *job = fake_job_new(room.algo, 0, 0, base_clock_ms());
    memcpy(job->header, header, size);
    memset(job->header + 16, 0, 8);
    memcpy(room.nonce, header, 24);
    room.counter = (uint64_t)base_load_le32(header + 16) << 32 | base_load_le32(header + 20);
    job->nonce_fixed = 16;
    job->solo = solo;
    assert_int_equal(base_hex_decode_exact(job->target_be, 32, answer->hash_hex), BASE_OK);
    memcpy(room.hash_be, job->target_be, 32);
    job->chain = room.hash_be[31] & 15U;
    return job;
}

static struct miner_task *publish(const struct pool_job *job)
{
    struct base_error error;
    struct miner_assignment assignment;
    assert_int_equal(miner_board_publish(room.board, job, &error), BASE_OK);
    assert_int_equal(miner_board_take(room.board, &assignment, 0, 1, 0), BASE_OK);
    return miner_task_ref(assignment.task);
}

static int set_up(void **state)
{
    (void)state;
    struct base_error error;
    memset(&room, 0, sizeof room);
    room.algo = kern_algo_find("alephium");
    miner_nonce_session(&room.session, 3);
    room.board = miner_board_new(room.algo, &room.session, LANES);
    struct miner_verify_config config = {
        .algo = room.algo,
        .board = room.board,
        .tally = &room.tally,
        .lanes = room.lanes,
        .lane_count = LANES,
        .submit = note_submit,
        .fault = note_fault,
        .warn = note_warning,
        .user = &room,
    };
    for (size_t i = 0; i < LANES; i++) {
        room.lanes[i] = &room.counters[i];
    }
    return miner_verifier_start(&room.verifier, &config, &error) == BASE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    miner_verifier_free(room.verifier);
    miner_board_free(room.board);
    return fake_jobs_live();
}

static void stop(void)
{
    miner_verifier_stop(room.verifier);
}

static void push(size_t lane, struct miner_task *task, uint64_t counter, uint64_t found_ns)
{
    struct kern_find find = {.counter = counter};
    while (!miner_verifier_push(room.verifier, lane, task, &find, found_ns)) {
        sched_yield(); /* the ring is full: the verifier makes room */
    }
}

static void test_right_find_is_sent_whole(void **state)
{
    (void)state;
    struct pool_job *job = block_job(false);
    struct miner_task *task = publish(job);
    push(1, task, room.counter, 12345);
    stop();
    assert_int_equal(room.sent_count, 1);
    assert_ptr_equal(room.sent[0].job, job);
    assert_memory_equal(room.sent[0].nonce, room.nonce, 24);
    assert_memory_equal(room.sent[0].hash_be, room.hash_be, 32);
    assert_int_equal(room.sent[0].tag, 1);
    assert_int_equal(room.sent[0].found_ns, 12345);
    assert_int_equal(room.sent[0].solution_size, 0);
    assert_int_equal(miner_counted(&room.counters[1].found), 1);
    assert_int_equal(miner_counted(&room.tally.found[job->chain]), 1);
    assert_int_equal(room.faults, 0);
    miner_task_unref(task);
    pool_job_unref(job);
}

static void test_wrong_nonce_target_and_chain_are_held_back(void **state)
{
    (void)state;
    struct pool_job *job = block_job(false);
    struct miner_task *task = publish(job);
    struct pool_job *hard = block_job(false);
    hard->target_be[31] -= 1; /* one below the hash */
    struct miner_task *hard_task = publish(hard);
    struct pool_job *other = block_job(false);
    other->chain ^= 1;
    struct miner_task *other_task = publish(other);
    push(0, task, room.counter + 1, 1);
    push(1, hard_task, room.counter, 1);
    push(2, other_task, room.counter, 1);
    stop();
    assert_int_equal(room.sent_count, 0);
    assert_int_equal(room.faults, 3);
    assert_int_equal(room.distrusts, 0);
    assert_int_equal(miner_counted(&room.tally.faults), 3);
    for (size_t i = 0; i < LANES; i++) {
        assert_int_equal(miner_counted(&room.counters[i].faults), 1);
    }
    miner_task_unref(task);
    miner_task_unref(hard_task);
    miner_task_unref(other_task);
    pool_job_unref(job);
    pool_job_unref(hard);
    pool_job_unref(other);
}

static void test_the_same_find_is_sent_once(void **state)
{
    (void)state;
    struct pool_job *job = block_job(false);
    struct miner_task *task = publish(job);
    push(0, task, room.counter, 1);
    push(0, task, room.counter, 1);
    push(2, task, room.counter, 1);
    stop();
    assert_int_equal(room.sent_count, 1);
    assert_int_equal(miner_counted(&room.tally.duplicates), 2);
    miner_task_unref(task);
    pool_job_unref(job);
}

/* A template gives one block: second finds stay here, and the chain rests. */
static void test_template_is_used_once(void **state)
{
    (void)state;
    struct miner_assignment assignment;
    struct pool_job *job = block_job(true);
    memset(job->target_be, 0xff, 32);
    struct miner_task *task = publish(job);
    uint64_t right[3];
    size_t count = 0;
    for (uint64_t counter = 0; count < 3; counter++) {
        uint8_t hash_be[32];
        assert_int_equal(kern_hash(hash_be, room.algo, &task->work, counter, NULL, 0), BASE_OK);
        if ((hash_be[31] & 15U) == job->chain) {
            right[count++] = counter;
        }
    }
    push(0, task, right[0], 1);
    push(1, task, right[1], 1);
    push(0, task, right[2], 1);
    stop();
    assert_int_equal(room.sent_count, 1);
    assert_int_equal(miner_counted(&room.tally.extra), 2);
    assert_int_equal(miner_board_take(room.board, &assignment, 0, 1, 0), BASE_E_AGAIN);
    miner_task_unref(task);
    pool_job_unref(job);
}

/* Of a pool's job whose block target is the easier one, one find that is no share is sent, and
 * every share; lanes hash against the share target then. */
static void test_easy_blocks_are_sent_once(void **state)
{
    (void)state;
    struct miner_assignment assignment;
    struct pool_job *job = block_job(false); /* its target: the known block's hash */
    memset(job->block_target_be, 0xff, 32);
    struct miner_task *task = publish(job);
    uint64_t right[3];
    size_t count = 0;
    assert_memory_equal(task->work.target_be, job->block_target_be, 32);
    for (uint64_t counter = 0; count < 3; counter++) {
        uint8_t hash_be[32];
        assert_int_equal(kern_hash(hash_be, room.algo, &task->work, counter, NULL, 0), BASE_OK);
        if ((hash_be[31] & 15U) == job->chain) {
            right[count++] = counter;
        }
    }
    push(0, task, right[0], 1);
    push(0, task, right[1], 1);
    push(0, task, room.counter, 1);
    push(0, task, right[2], 1);
    stop();
    assert_int_equal(room.sent_count, 2);
    assert_memory_equal(room.sent[1].hash_be, room.hash_be, 32);
    assert_int_equal(room.faults, 0);
    assert_int_equal(miner_counted(&room.tally.extra), 2);
    assert_int_equal(miner_board_take(room.board, &assignment, 0, 1, 0), BASE_OK);
    assert_memory_equal(assignment.task->work.target_be, job->target_be, 32);
    miner_task_unref(task);
    pool_job_unref(job);
}

/* Many right ones among the wrong: five wrong ones within ten minutes are too many; and the lane is
 * judged alone. */
static void test_burst_of_faults(void **state)
{
    (void)state;
    struct pool_job *job = block_job(false);
    memset(job->target_be, 0xff, 32);
    struct miner_task *task = publish(job);
    size_t right = 0;
    size_t wrong = 0;
    for (uint64_t counter = 0; wrong < 5; counter++) {
        uint8_t hash_be[32];
        assert_int_equal(kern_hash(hash_be, room.algo, &task->work, counter, NULL, 0), BASE_OK);
        bool is_right = (hash_be[31] & 15U) == job->chain;
        if (is_right) {
            push(2, task, counter, 1);
            right += 1;
        } else if (right >= 20 * (wrong + 1)) {
            push(2, task, counter, 1);
            wrong += 1;
        }
    }
    stop();
    assert_int_equal(room.sent_count, right);
    assert_int_equal(room.faults, 5);
    assert_int_equal(room.distrusts, 1);
    assert_int_equal(room.distrusted_lane, 2);
    miner_task_unref(task);
    pool_job_unref(job);
}

static void test_lane_that_only_lies(void **state)
{
    (void)state;
    struct pool_job *job = block_job(false);
    struct miner_task *task = publish(job);
    for (uint64_t i = 1; i <= 3; i++) {
        push(0, task, room.counter + i, 1);
    }
    stop();
    assert_int_equal(room.distrusts, 1);
    assert_int_equal(room.distrusted_lane, 0);
    miner_task_unref(task);
    pool_job_unref(job);
}

static void test_source_without_room(void **state)
{
    (void)state;
    struct pool_job *job = block_job(false);
    struct miner_task *task = publish(job);
    room.answer = BASE_E_FULL;
    push(0, task, room.counter, 1);
    stop();
    assert_int_equal(miner_tally_sum(room.tally.found), 0);
    assert_int_equal(miner_counted(&room.tally.unsent), 1);
    assert_int_equal(room.warnings, 1);
    miner_task_unref(task);
    pool_job_unref(job);
}

/* Lanes give way for some milliseconds after a find of any of them, and not before or after. */
static void test_a_find_is_fresh_for_a_moment(void **state)
{
    (void)state;
    const uint64_t found_ns = 7000000000;
    struct pool_job *job = block_job(false);
    struct miner_task *task = publish(job);
    assert_false(miner_verifier_has_fresh(room.verifier, found_ns));
    push(1, task, room.counter, found_ns);
    assert_true(miner_verifier_has_fresh(room.verifier, found_ns));
    assert_true(miner_verifier_has_fresh(room.verifier, found_ns + 1000000));
    assert_false(miner_verifier_has_fresh(room.verifier, found_ns + 50000000));
    assert_false(
        miner_verifier_has_fresh(room.verifier, found_ns - 1)); /* an older clock reading */
    stop();
    miner_task_unref(task);
    pool_job_unref(job);
}

struct pusher {
    struct miner_task *task;
    size_t lane;
    const uint64_t *counters;
    size_t count;
};

static void *push_all(void *argument)
{
    const struct pusher *pusher = argument;
    for (size_t i = 0; i < pusher->count; i++) {
        push(pusher->lane, pusher->task, pusher->counters[i], i);
    }
    return NULL;
}

/* Every find of every lane arrives, in each lane's order, whatever the rings do. */
static void test_many_lanes_at_once(void **state)
{
    (void)state;
    enum { EACH = 1000 };
    static uint64_t counters[LANES * EACH];
    struct pool_job *job = block_job(false);
    memset(job->target_be, 0xff, 32);
    struct miner_task *task = publish(job);
    pthread_t threads[LANES];
    struct pusher pushers[LANES];
    size_t count = 0;
    for (uint64_t counter = 0; count < BASE_COUNT_OF(counters); counter++) {
        uint8_t hash_be[32];
        assert_int_equal(kern_hash(hash_be, room.algo, &task->work, counter, NULL, 0), BASE_OK);
        if ((hash_be[31] & 15U) == job->chain) {
            counters[count++] = counter;
        }
    }
    for (size_t i = 0; i < LANES; i++) {
        pushers[i] = (struct pusher){task, i, counters + i * EACH, EACH};
        assert_int_equal(pthread_create(&threads[i], NULL, push_all, &pushers[i]), 0);
    }
    for (size_t i = 0; i < LANES; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    stop();
    uint64_t next[LANES] = {0};
    assert_int_equal(room.sent_count, LANES * EACH);
    for (size_t i = 0; i < room.sent_count; i++) {
        assert_int_equal(room.sent[i].found_ns, next[room.sent[i].tag]);
        next[room.sent[i].tag] += 1;
    }
    miner_task_unref(task);
    pool_job_unref(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_right_find_is_sent_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_nonce_target_and_chain_are_held_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_same_find_is_sent_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_template_is_used_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_easy_blocks_are_sent_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_burst_of_faults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lane_that_only_lies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_source_without_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_find_is_fresh_for_a_moment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_lanes_at_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
