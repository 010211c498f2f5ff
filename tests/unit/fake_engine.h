/* fake_engine.h: an engine whose lanes are set by hand: nothing runs. */
#ifndef FAKE_ENGINE_H
#define FAKE_ENGINE_H

#include "run/engine.h"

/** Alephium at alephium's coin, or one algorithm of digibyte's; CPU lanes "cpu 0" ..., one server
 * with a login. Free: fake_engine_free. */
struct miner_engine *fake_engine_new(const char *coin, const char *algo, size_t lanes);
void fake_engine_free(struct miner_engine *engine);

/** As a lane that has looked for work and does not wait for it: for the board it works. */
void fake_engine_begin_work(struct miner_engine *engine, size_t lane);

#endif
