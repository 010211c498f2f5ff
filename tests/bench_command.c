/* bench_command.c: see bench_command.h. */
#include "bench_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"

struct bench_machine bench_command_machine(void)
{
    struct bench_machine machine = {
        .processor = "test processor",
        .system = "test system",
        .cores = 2,
        .threads = 2,
        .features = base_cpu_detect(),
        .version = "1.2.3",
    };
    return machine;
}

struct bench_outcome bench_command(const char *words, const struct bench_machine *machine,
                                   const struct kern_algo *const *algos, size_t algo_count)
{
    struct bench_outcome outcome = {-1, NULL, NULL};
    char line[512];
    char *argv[32];
    char *save = NULL;
    int argc = 0;
    size_t out_size = 0;
    size_t log_size = 0;
    (void)snprintf(line, sizeof line, "%s", words);
    for (char *word = strtok_r(line, " ", &save); word != NULL && argc < 32;
         word = strtok_r(NULL, " ", &save)) {
        argv[argc++] = word;
    }
    FILE *out = open_memstream(&outcome.out, &out_size);
    FILE *log = open_memstream(&outcome.log, &log_size);
    if (out != NULL && log != NULL) {
        outcome.code = bench_main_with(argc, argv, machine, algos, algo_count, out, log);
    }
    (void)fclose(out);
    (void)fclose(log);
    return outcome;
}

void bench_outcome_free(struct bench_outcome *outcome)
{
    free(outcome->out);
    free(outcome->log);
}

double bench_outcome_number(const json_t *object, const char *member, bool *missing)
{
    const json_t *value = json_object_get(object, member);
    if (!json_is_number(value)) {
        *missing = true;
        return 0;
    }
    return json_number_value(value);
}
