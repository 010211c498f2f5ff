/* bench_command.c: see bench_command.h. */
#include "bench_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "commands/bench_cmd.h"
#include "commands/commands.h"
#include "options_parse.h"

struct bench_machine bench_command_machine(void)
{
    struct bench_machine machine = {
        .processor = "test processor",
        .system = "test system",
        .cores = 2,
        .threads = 2,
        .lanes = 2,
        .lanes_most = 2,
        .features = base_cpu_detect(),
        .version = "1.2.3",
    };
    return machine;
}

struct bench_outcome bench_command(const char *words, const struct bench_machine *machine,
                                   const struct kern_algo *const *algos, size_t algo_count)
{
    struct bench_outcome outcome = {-1, NULL, NULL};
    static char program[] = "shardpick";
    char line[512];
    char *argv[32] = {program};
    char *save = NULL;
    int argc = 1;
    size_t out_size = 0;
    size_t log_size = 0;
    struct miner_config *config = calloc(1, sizeof *config);
    enum miner_request request = MINER_REQUEST_RUN;
    const char *topic = NULL;
    struct bench_options options;
    struct base_error error = {BASE_OK, ""};
    (void)snprintf(line, sizeof line, "%s", words);
    for (char *word = strtok_r(line, " ", &save); word != NULL && argc < 32;
         word = strtok_r(NULL, " ", &save)) {
        argv[argc++] = word;
    }
    FILE *out = open_memstream(&outcome.out, &out_size);
    FILE *log = open_memstream(&outcome.log, &log_size);
    if (out == NULL || log == NULL || config == NULL) {
        abort();
    }
    if (options_parse(config, &request, &topic, argc, argv, "", &error) != BASE_OK) {
        (void)fprintf(log, "%s\n", error.text);
        outcome.code = MINER_EXIT_USAGE;
    } else {
        miner_bench_options_fill(&options, config, machine);
        outcome.code = bench_main_with(&options, machine, algos, algo_count, out, log);
    }
    (void)fclose(out);
    (void)fclose(log);
    free(config);
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
