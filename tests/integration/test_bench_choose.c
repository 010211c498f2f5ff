/* test_bench_choose.c: the choice of kernel and lanes: clear cases are decided rightly, a liar is
 * never chosen, and the cache answers only the question it was asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cpu.h"
#include "machine/choice_cache.h"
#include "machine/choose.h"
#include "measure/measure_cpu.h"

static enum base_status search_wrong(void *scratch, struct kern_finds *finds,
                                     struct kern_progress *progress, const struct kern_work *work,
                                     uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    (void)scratch;
    (void)finds;
    (void)work;
    (void)first;
    (void)stop;
    *progress = kern_progress_hashes(count);
    return BASE_OK;
}

static uint32_t probe(void *scratch, uint64_t batches)
{
    (void)scratch;
    return (uint32_t)batches;
}

/* A row of three kernels, the second of which lies. What they are worth is what measured() says:
 * the decision is tested, not the clock. */
struct bed {
    struct kern_variant variants[3];
    const struct kern_variant *list[3];
    struct kern_algo algo;
    struct bench_machine machine;
};

static int set_up(void **state)
{
    struct bed *bed = calloc(1, sizeof *bed);
    const struct kern_algo *row = kern_algo_find("alephium");
    bed->algo = *row;
    bed->variants[0] = *row->variants[row->variant_count - 1];
    bed->variants[0].name = "first";
    bed->variants[1] = bed->variants[0];
    bed->variants[1].name = "liar";
    bed->variants[1].search = search_wrong;
    bed->variants[2] = *row->variants[row->variant_count - 1];
    bed->variants[2].probe = probe;
    for (size_t i = 0; i < BASE_COUNT_OF(bed->list); i++) {
        bed->list[i] = &bed->variants[i];
    }
    bed->algo.variants = bed->list;
    bed->algo.variant_count = 3;
    bed->machine.lanes = 1;
    bed->machine.lanes_most = 1;
    bed->machine.features = base_cpu_detect();
    (void)snprintf(bed->machine.version, sizeof bed->machine.version, "1.2.3");
    (void)snprintf(bed->machine.processor, sizeof bed->machine.processor, "test processor");
    char folder[] = "/tmp/shardpick-choose-XXXXXX";
    assert_non_null(mkdtemp(folder));
    (void)snprintf(bed->machine.cache_dir, sizeof bed->machine.cache_dir, "%s/a/b", folder);
    *state = bed;
    return 0;
}

/* The one file in the cache folder; false when there is none. */
static bool cache_file(char path[1024], const struct bed *bed)
{
    DIR *folder = opendir(bed->machine.cache_dir);
    bool found = false;
    if (folder == NULL) {
        return false;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, 1024, "%.512s/%.400s", bed->machine.cache_dir, entry->d_name);
            found = true;
        }
    }
    (void)closedir(folder);
    return found;
}

static int tear_down(void **state)
{
    struct bed *bed = *state;
    char path[1024];
    while (cache_file(path, bed)) {
        (void)remove(path);
    }
    for (int depth = 0; depth < 3; depth++) {
        (void)rmdir(bed->machine.cache_dir);
        char *slash = strrchr(bed->machine.cache_dir, '/');
        *slash = '\0';
    }
    free(bed);
    return 0;
}

/* Windows of a case: base, scaled by `gain` in all rounds but the last `off`, which say the
 * opposite. */
static void say(struct bench_result *result, const char *kernel, double gain, size_t off)
{
    enum { ROUNDS = 12 };
    memset(result, 0, sizeof *result);
    (void)snprintf(result->kernel, sizeof result->kernel, "%s", kernel);
    for (size_t i = 0; i < ROUNDS; i++) {
        double wave = 1e6 * (1 + 0.1 * (double)(i % 4)); /* the machine's, the same for all */
        result->windows[i] = wave * (i < ROUNDS - off ? gain : 1 / gain);
        result->core_windows[i] = result->windows[i];
    }
    bench_summarise(&result->rate, result->windows, ROUNDS);
}

static enum base_status say_all(struct bench_result *results, const struct bench_cpu_plan *plan,
                                double gain, size_t off)
{
    for (size_t i = 0; i < plan->count; i++) {
        const char *name = plan->variants[i]->name;
        if (plan->limit) { /* asked for the chosen kernel alone */
            assert_int_equal(plan->count, 1);
            say(&results[i], name, gain, 0);
            results[i].limit = 4.5e6;
            continue;
        }
        double lanes_gain = plan->lanes[i] > plan->lanes[0] ? 1.2 : 1;
        if (strcmp(name, "liar") == 0) {
            say(&results[i], name, 100, 0);
            results[i].wrong = 1;
        } else {
            say(&results[i], name, (strcmp(name, "portable") == 0 ? gain : 1) * lanes_gain, off);
        }
    }
    return BASE_OK;
}

#define MEASURED(name, gain, off)                                                                  \
    static enum base_status name(struct bench_result *results, const struct bench_cpu_plan *plan,  \
                                 struct bench_crew *crew, struct base_error *error)                \
    {                                                                                              \
        (void)crew;                                                                                \
        (void)error;                                                                               \
        return say_all(results, plan, gain, off);                                                  \
    }
MEASURED(measured_better, 3, 0)    /* the last kernel is three times the first */
MEASURED(measured_little, 1.02, 1) /* a little better, nearly always */
MEASURED(measured_noise, 1.02, 4)  /* better in the median, but not surely */
MEASURED(measured_floor, 1.005, 0) /* surely better, but by nothing that matters */
MEASURED(measured_worse, 0.9, 0)

static struct miner_choice choose_by(const struct bed *bed, bool fresh, miner_measure_fn measure)
{
    struct miner_choice choice;
    struct base_error error = {BASE_OK, ""};
    struct miner_choice_request request = {.algo = &bed->algo, .fresh = fresh, .measure = measure};
    assert_int_equal(miner_choose(&choice, &request, &bed->machine, &error), BASE_OK);
    return choice;
}

static struct miner_choice choose(const struct bed *bed, bool fresh)
{
    return choose_by(bed, fresh, measured_better);
}

static void test_faster_kernel_is_chosen_and_kept(void **state)
{
    struct bed *bed = *state;
    struct miner_choice choice = choose(bed, false);
    assert_int_equal(choice.source, MINER_CHOICE_MEASURED);
    assert_string_equal(choice.variant->name, "portable");
    assert_int_equal(choice.lanes, 1);
    assert_true(choice.hashrate > 0);
    assert_non_null(strstr(choice.text, "portable"));
    struct miner_choice again = choose(bed, false);
    assert_int_equal(again.source, MINER_CHOICE_CACHED);
    assert_ptr_equal(again.variant, &bed->variants[2]);
    assert_int_equal(choose(bed, true).source, MINER_CHOICE_MEASURED);
}

/* What the chosen kernel's probe tells is kept with the choice; without a probe nothing is told. */
static void test_limit_is_kept(void **state)
{
    struct bed *bed = *state;
    assert_true(choose(bed, false).limit == 4.5e6);
    struct miner_choice again = choose(bed, false);
    assert_int_equal(again.source, MINER_CHOICE_CACHED);
    assert_true(again.limit == 4.5e6);
    bed->variants[2].probe = NULL;
    assert_true(choose(bed, true).limit == 0);
    again = choose(bed, false);
    assert_int_equal(again.source, MINER_CHOICE_CACHED);
    assert_true(again.limit == 0);
}

/* The first kernel is left only for what beats it beyond the noise. */
static void test_default_is_left_for_a_reason(void **state)
{
    struct bed *bed = *state;
    assert_string_equal(choose_by(bed, true, measured_little).variant->name, "portable");
    assert_string_equal(choose_by(bed, true, measured_noise).variant->name, "first");
    assert_string_equal(choose_by(bed, true, measured_floor).variant->name, "first");
    assert_string_equal(choose_by(bed, true, measured_worse).variant->name, "first");
}

static void test_lanes_are_chosen_with_the_kernel(void **state)
{
    struct bed *bed = *state;
    bed->machine.lanes_most = 2; /* of one core */
    struct miner_choice choice = choose_by(bed, true, measured_worse);
    assert_string_equal(choice.variant->name, "first");
    assert_int_equal(choice.lanes, 2);
}

/* A solver's nonces are too slow to measure at every first start; who asks for it gets it. */
static void test_solver_is_not_measured(void **state)
{
    struct bed *bed = *state;
    bed->algo.solution_size = 1;
    struct miner_choice choice = choose_by(bed, false, NULL);
    assert_int_equal(choice.source, MINER_CHOICE_ONLY);
    assert_string_equal(choice.variant->name, "first");
    assert_int_equal(choose_by(bed, true, measured_better).source, MINER_CHOICE_MEASURED);
}

/* Measured on this machine: whichever is faster now, the liar it is not. */
static void test_liar_is_found_out(void **state)
{
    struct bed *bed = *state;
    struct miner_choice choice = choose_by(bed, true, NULL);
    assert_int_equal(choice.source, MINER_CHOICE_MEASURED);
    assert_string_not_equal(choice.variant->name, "liar");
    assert_true(choice.hashrate > 0);
}

static void test_other_question_is_no_hit(void **state)
{
    struct bed *bed = *state;
    (void)choose(bed, false);
    (void)snprintf(bed->machine.processor, sizeof bed->machine.processor, "another processor");
    assert_int_equal(choose(bed, false).source, MINER_CHOICE_MEASURED);
    (void)snprintf(bed->machine.version, sizeof bed->machine.version, "1.2.4");
    assert_int_equal(choose(bed, false).source, MINER_CHOICE_MEASURED);
    bed->machine.places = 7; /* other processors, or another quota */
    assert_int_equal(choose(bed, false).source, MINER_CHOICE_MEASURED);
    assert_int_equal(choose(bed, false).source, MINER_CHOICE_CACHED);
}

/* Whatever a file says, a choice is one that can run. */
static void test_damaged_cache_is_a_miss(void **state)
{
    static const char *const texts[] = {"", "{", "[]", "{\"kernel\": \"liar\", \"lanes\": 1}"};
    struct bed *bed = *state;
    char path[1024];
    char whole[4096];
    (void)choose(bed, false);
    assert_true(cache_file(path, bed));
    FILE *file = fopen(path, "r");
    size_t size = fread(whole, 1, sizeof whole - 1, file);
    whole[size] = '\0';
    (void)fclose(file);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        file = fopen(path, "w");
        (void)fputs(texts[i], file);
        (void)fclose(file);
        assert_int_equal(choose(bed, false).source, MINER_CHOICE_MEASURED);
    }
    char *lanes = strstr(whole, "\"lanes\": 1");
    assert_non_null(lanes);
    lanes[strlen("\"lanes\": ")] = '9';
    file = fopen(path, "w");
    (void)fputs(whole, file);
    (void)fclose(file);
    struct miner_choice choice = choose(bed, false);
    assert_int_equal(choice.source, MINER_CHOICE_MEASURED);
    assert_int_equal(choice.lanes, 1);
}

static void put_file(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Any bit flipped, any end cut off: a miss, or exactly what was kept. */
static void test_broken_cache_is_a_miss(void **state)
{
    struct bed *bed = *state;
    struct miner_choice_request request = {.algo = &bed->algo};
    struct miner_choice got;
    char path[1024];
    char whole[4096];
    bed->machine.lanes_most = 4; /* so that another number of lanes could be believed */
    const struct miner_choice kept = choose(bed, false);
    assert_true(cache_file(path, bed));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(whole, 1, sizeof whole, file);
    assert_int_equal(fclose(file), 0);
    size_t misses = 0;
    for (size_t bit = 0; bit < 8 * size; bit++) {
        whole[bit / 8] = (char)(whole[bit / 8] ^ (1 << bit % 8));
        put_file(path, whole, size);
        whole[bit / 8] = (char)(whole[bit / 8] ^ (1 << bit % 8));
        if (!miner_choice_load(&got, &request, &bed->machine)) {
            misses++;
            continue;
        }
        assert_ptr_equal(got.variant, kept.variant);
        assert_int_equal(got.lanes, kept.lanes);
        assert_true(got.hashrate == kept.hashrate && got.limit == kept.limit);
    }
    assert_true(misses > 7 * size); /* all but blanks, and an e that became an E */
    for (size_t cut = 0; cut + 2 < size; cut++) {
        put_file(path, whole, cut);
        assert_false(miner_choice_load(&got, &request, &bed->machine));
    }
    assert_int_equal(remove(path), 0);
    assert_false(miner_choice_load(&got, &request, &bed->machine));
    assert_int_equal(mkfifo(path, 0600), 0); /* nobody writes to it: nobody is waited for */
    assert_false(miner_choice_load(&got, &request, &bed->machine));
    assert_int_equal(remove(path), 0);
    assert_int_equal(choose(bed, false).source, MINER_CHOICE_MEASURED);
    assert_true(miner_choice_load(&got, &request, &bed->machine));
}

static void test_named_kernel_is_kept(void **state)
{
    struct bed *bed = *state;
    struct miner_choice choice;
    struct base_error error = {BASE_OK, ""};
    struct miner_choice_request request = {
        .algo = &bed->algo, .variant = &bed->variants[0], .lanes = 2};
    bed->machine.lanes_most = 2;
    assert_int_equal(miner_choose(&choice, &request, &bed->machine, &error), BASE_OK);
    assert_ptr_equal(choice.variant, &bed->variants[0]);
    assert_int_equal(choice.lanes, 2);
    assert_int_equal(choice.source, MINER_CHOICE_ONLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_faster_kernel_is_chosen_and_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limit_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_default_is_left_for_a_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lanes_are_chosen_with_the_kernel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_liar_is_found_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_solver_is_not_measured, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_question_is_no_hit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_cache_is_a_miss, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_broken_cache_is_a_miss, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_named_kernel_is_kept, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
