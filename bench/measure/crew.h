/* crew.h: the threads a benchmark runs on. One thread a lane, each bound to its place once; a job
 * is a function that runs on the first so many lanes at the same time. Nothing about hashing. */
#ifndef BENCH_CREW_H
#define BENCH_CREW_H

#include "base/status.h"
#include "measure/machine.h"

enum { BENCH_LANES_MAX = 1024 };

struct bench_crew;

/** What lanes run; lane is 0..active-1. Returns when its part is done. */
typedef void (*bench_crew_fn)(void *user, unsigned lane);

/** Start lanes threads (1..BENCH_LANES_MAX), bound by machine->pin where there is one; lanes past
 * machine->threads share places.
 * Returns: BASE_OK; BASE_E_MEMORY; BASE_E_IO the system gave no thread. Free: bench_crew_free. */
BASE_MUST_CHECK enum base_status bench_crew_new(struct bench_crew **crew, unsigned lanes,
                                                const struct bench_machine *machine,
                                                struct base_error *error);

/** Run function on lanes 0..active-1 at once; returns when all are done. What the caller wrote
 * before is visible to the lanes, and what they wrote to the caller afterwards. */
void bench_crew_run(struct bench_crew *crew, unsigned active, bench_crew_fn function, void *user);

/** Number of lanes. */
unsigned bench_crew_lanes(const struct bench_crew *crew);

/** Number of different places that the first `active` lanes have. */
unsigned bench_crew_places(const struct bench_crew *crew, unsigned active);

/** End the threads and free. NULL is fine. */
void bench_crew_free(struct bench_crew *crew);

#endif
