/* bench_command.h: run the bench command inside a test, as a user types it, and keep what it
 * printed. */
#ifndef BENCH_COMMAND_H
#define BENCH_COMMAND_H

#include <jansson.h>
#include <stddef.h>

#include "run.h"

/* What one run of the command gave. */
struct bench_outcome {
    int code;
    char *out; /* owned: standard output */
    char *log; /* owned: standard error */
};

/** Machine of the tests: two cores, two threads, not pinned, nothing cached. */
struct bench_machine bench_command_machine(void);

/** Run a command line, words separated by one blank, on a machine and a table of algorithms. */
struct bench_outcome bench_command(const char *words, const struct bench_machine *machine,
                                   const struct kern_algo *const *algos, size_t algo_count);

void bench_outcome_free(struct bench_outcome *outcome);

/** A number among an object's members; 0 where there is none, and *missing is set. */
double bench_outcome_number(const json_t *object, const char *member, bool *missing);

#endif
