/* sensor_watch.c: see sensor_watch.h. The thread reads one device after the other without holding
 * the lock; the lock guards the results. */
#include "machine/sensor_watch.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"

enum {
    STOP_MS = 600,   /* longest wait for a driver at the end; a reading takes a few */
    LOOKS_BLIND = 3, /* a card that sleeps gives no reading until it works */
    MILLI_DEGREE = 1000,
};

struct device {
    struct miner_watched watched;  /* constant */
    struct miner_sensor_look look; /* under the lock */
    unsigned blind;                /* looks without a temperature; thread only */
};

struct miner_sensor_watch {
    struct miner_sensor_config config;
    struct miner_log *log;
    struct miner_sensors *sensors; /* the thread's */
    pthread_t thread;
    pthread_mutex_t lock; /* guards stopping, ended and every look */
    pthread_cond_t changed;
    bool stopping;
    bool ended;
    size_t device_count; /* constant */
    struct device devices[];
};

/* Compare one device with its limit. Without a temperature nothing changes: one that was too hot
 * when its sensor stopped answering goes on resting. */
static void judge(struct miner_log *log, struct device *device, const struct miner_reading *reading)
{
    const struct miner_watched *watched = &device->watched;
    unsigned limit_c = atomic_load(watched->limit_c);
    int32_t limit_mc = (int32_t)limit_c * MILLI_DEGREE;
    int32_t now_mc = reading->temperature_mc != MINER_SENSOR_UNKNOWN ? reading->temperature_mc
                                                                     : reading->hottest_mc;
    bool hot = atomic_load(watched->hot);
    bool cpu = strcmp(watched->pci, MINER_SENSOR_CPU) == 0;
    const char *tag = cpu ? "cpu" : "opencl";
    if (limit_c == 0) {
        atomic_store(watched->hot, false); /* the limit may have been lifted */
        return;
    }
    if (now_mc == MINER_SENSOR_UNKNOWN) {
        device->blind += device->blind <= LOOKS_BLIND;
        if (device->blind == LOOKS_BLIND) {
            miner_log(log, MINER_LOG_WARNING, tag,
                      "%s: no sensor gives its temperature: %s cannot protect it", watched->name,
                      cpu ? "--max-temp" : "--temp-limit");
        }
        return;
    }
    if (!hot && now_mc >= limit_mc) {
        atomic_store(watched->hot, true);
        miner_log(log, MINER_LOG_WARNING, tag,
                  "%s is paused at %d C, the limit is %u C; it goes on at %u C", watched->name,
                  now_mc / MILLI_DEGREE, limit_c, limit_c - MINER_COOL_BY_C);
    } else if (hot && now_mc <= limit_mc - MINER_COOL_BY_C * MILLI_DEGREE) {
        atomic_store(watched->hot, false);
        miner_log(log, MINER_LOG_INFO, tag, "%s goes on at %d C", watched->name,
                  now_mc / MILLI_DEGREE);
    }
}

static void look_at(struct miner_sensor_watch *watch, struct device *device)
{
    struct miner_reading reading;
    bool was_hot = atomic_load(device->watched.hot);
    miner_sensors_read(watch->sensors, &reading, device->watched.pci);
    judge(watch->log, device, &reading);
    bool hot = atomic_load(device->watched.hot);
    (void)pthread_mutex_lock(&watch->lock);
    device->look.reading = reading;
    device->look.rests += hot && !was_hot;
    device->look.resting = hot;
    (void)pthread_mutex_unlock(&watch->lock);
}

static void *run(void *argument)
{
    struct miner_sensor_watch *watch = argument;
    (void)pthread_mutex_lock(&watch->lock);
    while (!watch->stopping) {
        (void)pthread_mutex_unlock(&watch->lock);
        for (size_t i = 0; i < watch->device_count; i++) {
            look_at(watch, &watch->devices[i]);
        }
        uint64_t end_ms = base_clock_ms() + watch->config.period_ms;
        (void)pthread_mutex_lock(&watch->lock);
        while (!watch->stopping && base_thread_wait(&watch->changed, &watch->lock, end_ms)) {
        }
    }
    watch->ended = true;
    (void)pthread_cond_broadcast(&watch->changed);
    (void)pthread_mutex_unlock(&watch->lock);
    return NULL;
}

enum base_status miner_sensor_watch_start(struct miner_sensor_watch **watch,
                                          const struct miner_sensor_config *config,
                                          const struct miner_watched *devices, size_t device_count,
                                          struct miner_log *log, struct base_error *error)
{
    *watch = NULL;
    if (device_count == 0) {
        return BASE_OK;
    }
    struct miner_sensor_watch *made =
        base_alloc(1, sizeof *made + device_count * sizeof made->devices[0]);
    struct miner_sensors *sensors = miner_sensors_new(config->sysfs, config->nvml);
    if (made == NULL || sensors == NULL) {
        base_free(made);
        miner_sensors_free(sensors);
        return base_error_set(error, BASE_E_MEMORY, "no memory to watch sensors");
    }
    made->config = *config;
    made->log = log;
    made->sensors = sensors;
    made->device_count = device_count;
    for (size_t i = 0; i < device_count; i++) {
        made->devices[i].watched = devices[i];
        made->devices[i].look.reading = miner_reading_unknown;
    }
    (void)pthread_mutex_init(&made->lock, NULL);
    base_thread_condition(&made->changed);
    if (pthread_create(&made->thread, NULL, run, made) != 0) {
        miner_sensor_watch_free(made);
        return base_error_set(error, BASE_E_IO, "the system gives no more threads");
    }
    *watch = made;
    return BASE_OK;
}

bool miner_sensor_watch_stop(struct miner_sensor_watch *watch)
{
    if (watch == NULL) {
        return true;
    }
    uint64_t end_ms = base_clock_ms() + STOP_MS;
    (void)pthread_mutex_lock(&watch->lock);
    watch->stopping = true;
    (void)pthread_cond_broadcast(&watch->changed);
    while (!watch->ended && base_thread_wait(&watch->changed, &watch->lock, end_ms)) {
    }
    bool ended = watch->ended;
    (void)pthread_mutex_unlock(&watch->lock);
    if (ended) {
        (void)pthread_join(watch->thread, NULL);
    }
    return ended;
}

void miner_sensor_watch_free(struct miner_sensor_watch *watch)
{
    if (watch != NULL) {
        miner_sensors_free(watch->sensors);
        (void)pthread_cond_destroy(&watch->changed);
        (void)pthread_mutex_destroy(&watch->lock);
        base_free(watch);
    }
}

struct miner_sensor_look miner_sensor_watch_look(struct miner_sensor_watch *watch, size_t device)
{
    struct miner_sensor_look look = {.reading = miner_reading_unknown};
    if (watch != NULL && device < watch->device_count) {
        (void)pthread_mutex_lock(&watch->lock);
        look = watch->devices[device].look;
        (void)pthread_mutex_unlock(&watch->lock);
    }
    return look;
}
