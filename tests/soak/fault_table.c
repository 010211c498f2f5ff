/* fault_table.c: the numbers of docs/faults.md. Not a test: it takes minutes, and its figures are
 * for reading. Usage:
 *   fault_table          one line for every fault
 *   fault_table NAME N   run one fault N times with the program's own time limits; a table row
 *   fault_table cpu S    processor time of the event thread at 20 updates of 16 jobs a second */
#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fault_rig.h"

enum { ROUNDS_MAX = 1000, UPDATES_A_SECOND = 20 };

struct wish {
    const char *name;
    size_t count; /* rounds, or seconds */
};

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void print_row(const struct fault_case *fault, uint64_t *recover_ms, uint64_t *return_ms,
                      size_t count, uint64_t lost, const char *text)
{
    qsort(recover_ms, count, sizeof(*recover_ms), compare);
    qsort(return_ms, count, sizeof(*return_ms), compare);
    (void)printf("ROW | %s | %llu | %llu | %llu | %llu | %llu | %s |\n", fault->name,
                 (unsigned long long)recover_ms[count / 2],
                 (unsigned long long)recover_ms[count - 1],
                 (unsigned long long)return_ms[count / 2], (unsigned long long)return_ms[count - 1],
                 (unsigned long long)lost, text);
}

static void measure_fault(void **state)
{
    const struct wish *wish = *state;
    uint64_t recover_ms[ROUNDS_MAX];
    uint64_t return_ms[ROUNDS_MAX];
    uint64_t lost = 0;
    for (size_t i = 0; i < fault_case_count(); i++) {
        const struct fault_case *fault = fault_case_at(i);
        struct fault_result result = {0};
        if (strcmp(fault->name, wish->name) != 0) {
            continue;
        }
        for (size_t round = 0; round < wish->count; round++) {
            fault_run(&result, fault, &(struct fault_times){.shipped = true});
            assert_true(result.in_time);
            recover_ms[round] = result.recover_ms;
            return_ms[round] = result.return_ms;
            lost += result.lost;
        }
        print_row(fault, recover_ms, return_ms, wish->count, lost, result.text);
        return;
    }
    fail_msg("no fault is called \"%s\"", wish->name);
}

/* Nanoseconds on a processor of all threads but the calling one. */
static uint64_t others_ns(void)
{
    uint64_t sum = 0;
    DIR *folder = opendir("/proc/self/task");
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[300];
        char line[128];
        long task = strtol(entry->d_name, NULL, 10);
        (void)snprintf(path, sizeof(path), "/proc/self/task/%s/schedstat", entry->d_name);
        FILE *file = task > 0 && task != gettid() ? fopen(path, "r") : NULL;
        if (file != NULL) {
            sum += fgets(line, sizeof(line), file) != NULL ? strtoull(line, NULL, 10) : 0;
            (void)fclose(file);
        }
    }
    (void)closedir(folder);
    return sum;
}

static void measure_cpu(void **state)
{
    const struct wish *wish = *state;
    uint16_t port = 0;
    int server = listen_socket(&port);
    struct listen_source *listen = listen_new();
    listen_add(listen, "daemon+tcp", port, "");
    listen_start(listen);
    int peer = listen_accept(server);
    listen_send_jobs(peer, 16, 100, 1);
    (void)listen_wait(listen, POOL_EVENT_JOB);
    size_t updates = wish->count * UPDATES_A_SECOND;
    uint64_t before_ns = others_ns();
    uint64_t start_ns = base_clock_ns();
    for (size_t i = 0; i < updates; i++) {
        uint64_t due_ns = start_ns + (uint64_t)i * 1000000000U / UPDATES_A_SECOND;
        while (base_clock_ns() < due_ns) {
            (void)poll(NULL, 0, (int)((due_ns - base_clock_ns()) / 1000000U) + 1);
        }
        listen_send_jobs(peer, 16, 101 + (uint32_t)i, (uint8_t)(i % 251));
    }
    uint64_t used_ns = others_ns() - before_ns;
    uint64_t time_ns = base_clock_ns() - start_ns;
    (void)printf("ROW event thread: %zu updates of 16 jobs in %.1f s, %.1f ms on a processor: "
                 "%.3f %% of a core (%zu jobs seen)\n",
                 updates, (double)time_ns / 1e9, (double)used_ns / 1e6,
                 100.0 * (double)used_ns / (double)time_ns, listen_count(listen, POOL_EVENT_JOB));
    (void)close(peer);
    listen_free(listen);
    (void)close(server);
}

int main(int argc, char **argv)
{
    struct wish wish = {argc > 1 ? argv[1] : "", argc > 2 ? strtoul(argv[2], NULL, 10) : 20};
    const struct CMUnitTest fault_tests[] = {cmocka_unit_test_prestate(measure_fault, &wish)};
    const struct CMUnitTest cpu_tests[] = {cmocka_unit_test_prestate(measure_cpu, &wish)};
    if (argc < 2) {
        for (size_t i = 0; i < fault_case_count(); i++) {
            (void)puts(fault_case_at(i)->name);
        }
        return 0;
    }
    wish.count = wish.count < 1 ? 1 : wish.count > ROUNDS_MAX ? ROUNDS_MAX : wish.count;
    return strcmp(wish.name, "cpu") == 0 ? cmocka_run_group_tests(cpu_tests, NULL, NULL)
                                         : cmocka_run_group_tests(fault_tests, NULL, NULL);
}
