/* choice_cache.h: choices of choose.h on disk: one small JSON file a question. The file holds the
 * whole question (processor, features, cores, version, compiler, algorithm, what was asked); a file
 * that does not repeat it exactly, or answers with what cannot run, is a miss. */
#ifndef MINER_CHOICE_CACHE_H
#define MINER_CHOICE_CACHE_H

#include "machine/choose.h"

/** Look up. Sets variant, lanes, hashrate and limit of choice and returns true on a hit. */
bool miner_choice_load(struct miner_choice *choice, const struct miner_choice_request *request,
                       const struct bench_machine *machine);

/** Remember. Written under a temporary name and renamed, so that two programs that start together
 * do not read half a file. Returns false when it could not be written. */
bool miner_choice_save(const struct miner_choice *choice,
                       const struct miner_choice_request *request,
                       const struct bench_machine *machine);

#endif
