/* options.h: the command line of `shardpick bench`: one table of options, parsed and checked here,
 * help printed from the same table. Knows no devices and no algorithms: their names are checked by
 * who looks them up. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

enum bench_format { BENCH_TEXT, BENCH_JSON, BENCH_CSV, BENCH_MARKDOWN };

/* Parsed command line. Texts are borrowed from argv. */
struct bench_options {
    const char *algo;       /* NULL: every algorithm */
    const char *device;     /* NULL: the CPU and every OpenCL device that is not a CPU */
    const char *cpu_kernel; /* NULL: the best this processor runs */
    const char *save;       /* file; NULL */
    const char *compare;    /* file; NULL */
    bool kernels;           /* every variant this processor runs */
    bool threads_auto;      /* measure what suits */
    bool threads_given;
    unsigned threads; /* CPU lanes when threads_given */
    bool seconds_given;
    double seconds;  /* for each result */
    uint64_t hashes; /* fixed work: nonces; 0: timed */
    bool seed_given;
    uint64_t seed;
    enum bench_format format;
    bool format_given;
    bool quiet;
    bool help;
};

/** Parse argv[1..]; options may come in any order, "--name value" or "--name=value", and the last
 * of a repeated one counts.
 * Out:     options  defaults and what argv says.
 * Returns: BASE_OK; BASE_E_ARG with a sentence that names the option, says what is wrong and what
 *          would be right. */
BASE_MUST_CHECK enum base_status bench_options_parse(struct bench_options *options, int argc,
                                                     char **argv, struct base_error *error);

/** Print the help text. */
void bench_options_help(FILE *out);

#endif
