/* program.h: the built program running, and its log line by line. Waits end with the line, or fail
 * the test after LOOP_WAIT_MS with all that was said. */
#ifndef TESTS_PROGRAM_H
#define TESTS_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

struct program_run {
    pid_t pid;
    int log_fd; /* its standard error */
    size_t size;
    size_t seen; /* of log: before this were the lines that were waited for */
    char log[1 << 16];
};

/** Start `PROGRAM WORDS...`; words end with NULL. */
void program_start(struct program_run *run, const char *program, const char *const words[]);

/** Wait for the next line that contains part. */
void program_wait(struct program_run *run, const char *part);

/** Press Ctrl-C and wait. Returns the exit code; 128 + signal if one ended it. */
int program_stop(struct program_run *run);

#endif
