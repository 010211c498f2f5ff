/* crew.c: a pool of threads that work in step. One mutex guards all fields of struct bench_crew
 * below it; lanes sleep on `go` between jobs and the caller on `done`, so an idle crew costs no
 * processor time. */
#include "measure/crew.h"

#include <pthread.h>

#include "base/alloc.h"

struct seat { /* what one thread is given */
    struct bench_crew *crew;
    pthread_t thread;
    unsigned lane;
};

struct bench_crew {
    const struct bench_machine *machine; /* borrowed */
    struct seat *seats;
    unsigned lanes;        /* threads that run */
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t go;
    pthread_cond_t done;
    uint64_t job; /* number of the current job; 0: none yet */
    unsigned active;
    unsigned running; /* lanes that have not finished the current job */
    bool stop;
    bench_crew_fn function;
    void *user;
};

static void *lane_main(void *argument)
{
    struct seat *seat = argument;
    struct bench_crew *crew = seat->crew;
    const struct bench_machine *machine = crew->machine;
    uint64_t seen = 0;
    if (machine->pin != NULL && machine->threads > 0) {
        machine->pin(machine->user, seat->lane % machine->threads);
    }
    (void)pthread_mutex_lock(&crew->mutex);
    for (;;) {
        while (!crew->stop && crew->job == seen) {
            (void)pthread_cond_wait(&crew->go, &crew->mutex);
        }
        if (crew->stop) {
            break;
        }
        seen = crew->job;
        if (seat->lane >= crew->active) {
            continue;
        }
        bench_crew_fn function = crew->function;
        void *user = crew->user;
        (void)pthread_mutex_unlock(&crew->mutex);
        function(user, seat->lane);
        (void)pthread_mutex_lock(&crew->mutex);
        crew->running -= 1;
        if (crew->running == 0) {
            (void)pthread_cond_signal(&crew->done);
        }
    }
    (void)pthread_mutex_unlock(&crew->mutex);
    return NULL;
}

enum base_status bench_crew_new(struct bench_crew **crew, unsigned lanes,
                                const struct bench_machine *machine, struct base_error *error)
{
    enum base_status status = BASE_OK;
    *crew = NULL;
    BASE_ASSERT(lanes >= 1 && lanes <= BENCH_LANES_MAX);
    struct bench_crew *made = base_alloc(1, sizeof *made);
    struct seat *seats = base_alloc(lanes, sizeof *seats);
    if (made == NULL || seats == NULL) {
        base_free(made);
        base_free(seats);
        return base_error_set(error, BASE_E_MEMORY, "no memory for %u lanes", lanes);
    }
    made->machine = machine;
    made->seats = seats;
    (void)pthread_mutex_init(&made->mutex, NULL);
    (void)pthread_cond_init(&made->go, NULL);
    (void)pthread_cond_init(&made->done, NULL);
    for (unsigned i = 0; i < lanes && status == BASE_OK; i++) {
        seats[i].crew = made;
        seats[i].lane = i;
        if (pthread_create(&seats[i].thread, NULL, lane_main, &seats[i]) != 0) {
            status = base_error_set(error, BASE_E_IO,
                                    "the system gave no thread for lane %u; use fewer with "
                                    "--threads",
                                    i);
        } else {
            made->lanes = i + 1;
        }
    }
    if (status != BASE_OK) {
        bench_crew_free(made);
        return status;
    }
    *crew = made;
    return BASE_OK;
}

void bench_crew_run(struct bench_crew *crew, unsigned active, bench_crew_fn function, void *user)
{
    BASE_ASSERT(active >= 1 && active <= crew->lanes);
    (void)pthread_mutex_lock(&crew->mutex);
    crew->function = function;
    crew->user = user;
    crew->active = active;
    crew->running = active;
    crew->job += 1;
    (void)pthread_cond_broadcast(&crew->go);
    while (crew->running > 0) {
        (void)pthread_cond_wait(&crew->done, &crew->mutex);
    }
    (void)pthread_mutex_unlock(&crew->mutex);
}

unsigned bench_crew_lanes(const struct bench_crew *crew)
{
    return crew->lanes;
}

unsigned bench_crew_places(const struct bench_crew *crew, unsigned active)
{
    unsigned places = crew->machine->threads;
    return places > 0 && places < active ? places : active;
}

void bench_crew_free(struct bench_crew *crew)
{
    if (crew == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&crew->mutex);
    crew->stop = true;
    (void)pthread_cond_broadcast(&crew->go);
    (void)pthread_mutex_unlock(&crew->mutex);
    for (unsigned i = 0; i < crew->lanes; i++) {
        (void)pthread_join(crew->seats[i].thread, NULL);
    }
    (void)pthread_cond_destroy(&crew->done);
    (void)pthread_cond_destroy(&crew->go);
    (void)pthread_mutex_destroy(&crew->mutex);
    base_free(crew->seats);
    base_free(crew);
}
