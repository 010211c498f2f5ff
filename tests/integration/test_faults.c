/* test_faults.c: every fault between a miner and its first server, once: the user is told in the
 * promised words, the next server's work is hashed within the promise, the first server is taken
 * back, and no find is lost that the protocol could save. Numbers with many runs: docs/faults.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fault_rig.h"

static void test_case(void **state)
{
    const struct fault_case *fault = *state;
    struct fault_result result = {.in_time = false};
    for (unsigned i = 0; i < LOOP_TRIES && !result.in_time; i++) {
        fault_run(&result, fault, &(struct fault_times){.shipped = false});
        print_message("%s: %llu ms, back after %llu ms, %llu lost: %s\n", fault->name,
                      (unsigned long long)result.recover_ms, (unsigned long long)result.return_ms,
                      (unsigned long long)result.lost, result.text);
    }
    assert_true(result.in_time);
}

int main(int argc, char **argv)
{
    size_t count = fault_case_count();
    struct CMUnitTest *tests = calloc(count, sizeof(*tests));
    if (tests == NULL) {
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        tests[i] = (struct CMUnitTest){
            .name = fault_case_at(i)->name,
            .test_func = test_case,
            .initial_state = (void *)(uintptr_t)fault_case_at(i),
        };
    }
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    int failed = _cmocka_run_group_tests("faults", tests, count, NULL, NULL);
    free(tests);
    return failed;
}
