/* recording.h: recordings that a test has made: a folder for them, their text, and what a replay
 * says of it. Setting up fails the test on any error. */
#ifndef TESTS_RECORDING_H
#define TESTS_RECORDING_H

#include "tools/replay.h"

/** Group set-up and tear-down: a temporary folder, which must be empty again at the end. */
int recording_make_folder(void **state);
int recording_remove_folder(void **state);

/** Path of a new recording of this name. */
void recording_path(char path[128], const char *name);

/** Text of the file, whose mode must be 0600; released with free. The file is removed. */
char *recording_take(const char *path);

/* What a replay said. */
struct recording_replay {
    enum base_status status;
    struct base_error error;
    struct pool_replay_counts counts;
    char differs[1024]; /* the last such text; "" none */
    char broken[1024];
};

/** Feed a recording to the client. */
void recording_replay(struct recording_replay *replay, const char *text);

#endif
