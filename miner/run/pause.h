/* pause.h: reasons for lanes to rest: a person asked for it (key, HTTP), the machine runs on its
 * battery, or the network's difficulty is above the user's limit. They rest while there is any
 * reason; when a person lets them go on, the battery is no reason until the charger was plugged in
 * and pulled out again. */
#ifndef MINER_PAUSE_H
#define MINER_PAUSE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct miner_engine;

struct miner_pauses {
    pthread_mutex_t lock; /* guards: */
    bool asked;           /* by a person */
    bool battery;
    bool difficulty;
    /* main thread: */
    bool on_battery;  /* as last seen */
    uint64_t look_ms; /* when to look again */
};

void miner_pauses_init(struct miner_pauses *pauses);
void miner_pauses_deinit(struct miner_pauses *pauses);

/** The battery is no reason any more. Main thread. */
void miner_pauses_forget_battery(struct miner_engine *engine);

/** Rest as another engine does. */
void miner_pauses_inherit(struct miner_engine *engine, struct miner_engine *old);

/** With --pause-on-battery: look at the machine's power every few seconds. With --max-diff: compare
 * the network's difficulty. Main thread.
 * In: root  see miner_power_look. */
void miner_pauses_tick(struct miner_engine *engine, const char *root, uint64_t now_ms);

#endif
