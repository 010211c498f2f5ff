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
#include <unistd.h>

#include "base/cpu.h"
#include "choose.h"

static enum base_status search_slow(void *scratch, struct kern_find *finds, size_t cap,
                                    size_t *find_count, uint64_t *tried,
                                    const struct kern_work *work, uint64_t first, uint64_t count)
{
    const struct kern_algo *algo = kern_algo_find("alephium");
    const struct kern_variant *plain = &algo->variants[algo->variant_count - 1];
    for (unsigned i = 0; i < 3; i++) { /* the work twice in vain, so clearly the slower one */
        *find_count = 0;
        enum base_status status =
            plain->search(scratch, finds, cap, find_count, tried, work, first, count);
        if (status != BASE_OK) {
            return status;
        }
    }
    return BASE_OK;
}

static enum base_status search_wrong(void *scratch, struct kern_find *finds, size_t cap,
                                     size_t *find_count, uint64_t *tried,
                                     const struct kern_work *work, uint64_t first, uint64_t count)
{
    (void)scratch;
    (void)finds;
    (void)cap;
    (void)find_count;
    (void)work;
    (void)first;
    *tried = count;
    return BASE_OK;
}

/* A row with a slow first kernel, a liar that is very fast, and the plain one. */
struct bed {
    struct kern_variant variants[3];
    struct kern_algo algo;
    struct bench_machine machine;
};

static int set_up(void **state)
{
    struct bed *bed = calloc(1, sizeof *bed);
    const struct kern_algo *row = kern_algo_find("alephium");
    bed->algo = *row;
    bed->variants[0] = row->variants[row->variant_count - 1];
    bed->variants[0].name = "slow";
    bed->variants[0].search = search_slow;
    bed->variants[1] = bed->variants[0];
    bed->variants[1].name = "liar";
    bed->variants[1].search = search_wrong;
    bed->variants[2] = row->variants[row->variant_count - 1];
    bed->algo.variants = bed->variants;
    bed->algo.variant_count = 3;
    bed->machine.cores = 1;
    bed->machine.threads = 1;
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

static struct bench_choice choose(const struct bed *bed, bool fresh)
{
    struct bench_choice choice;
    struct base_error error = {BASE_OK, ""};
    struct bench_request request = {.algo = &bed->algo, .fresh = fresh};
    assert_int_equal(bench_choose(&choice, &request, &bed->machine, &error), BASE_OK);
    return choice;
}

static void test_faster_kernel_is_chosen_and_kept(void **state)
{
    struct bed *bed = *state;
    struct bench_choice choice = choose(bed, false);
    assert_int_equal(choice.source, BENCH_CHOICE_MEASURED);
    assert_string_equal(choice.variant->name, "portable");
    assert_int_equal(choice.lanes, 1);
    assert_true(choice.hashrate > 0);
    assert_non_null(strstr(choice.text, "portable"));
    struct bench_choice again = choose(bed, false);
    assert_int_equal(again.source, BENCH_CHOICE_CACHED);
    assert_ptr_equal(again.variant, &bed->variants[2]);
    assert_int_equal(choose(bed, true).source, BENCH_CHOICE_MEASURED);
}

static void test_other_question_is_no_hit(void **state)
{
    struct bed *bed = *state;
    (void)choose(bed, false);
    (void)snprintf(bed->machine.processor, sizeof bed->machine.processor, "another processor");
    assert_int_equal(choose(bed, false).source, BENCH_CHOICE_MEASURED);
    (void)snprintf(bed->machine.version, sizeof bed->machine.version, "1.2.4");
    assert_int_equal(choose(bed, false).source, BENCH_CHOICE_MEASURED);
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
        assert_int_equal(choose(bed, false).source, BENCH_CHOICE_MEASURED);
    }
    char *lanes = strstr(whole, "\"lanes\": 1");
    assert_non_null(lanes);
    lanes[strlen("\"lanes\": ")] = '9';
    file = fopen(path, "w");
    (void)fputs(whole, file);
    (void)fclose(file);
    struct bench_choice choice = choose(bed, false);
    assert_int_equal(choice.source, BENCH_CHOICE_MEASURED);
    assert_int_equal(choice.lanes, 1);
}

static void test_named_kernel_is_kept(void **state)
{
    struct bed *bed = *state;
    struct bench_choice choice;
    struct base_error error = {BASE_OK, ""};
    struct bench_request request = {.algo = &bed->algo, .variant = &bed->variants[0], .lanes = 2};
    bed->machine.threads = 2;
    assert_int_equal(bench_choose(&choice, &request, &bed->machine, &error), BASE_OK);
    assert_ptr_equal(choice.variant, &bed->variants[0]);
    assert_int_equal(choice.lanes, 2);
    assert_int_equal(choice.source, BENCH_CHOICE_ONLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_faster_kernel_is_chosen_and_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_question_is_no_hit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_cache_is_a_miss, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_named_kernel_is_kept, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
