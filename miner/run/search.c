/* search.c: see search.h. */
#include "run/search.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"
#include "config/options.h"
#include "kern.h"

enum { END_MS = 500 };

struct miner_search {
    pthread_t thread;
    bool joinable;
    int stop_fd;          /* raised: the search shall end */
    int over_fd;          /* raised: list, status and error are set, by the thread */
    pthread_mutex_t lock; /* guards: */
    struct kern_cl_list *list;
    enum base_status status;
    struct base_error error;
    char what[MINER_SEARCH_TEXT_MAX];
    uint64_t since_ms;
};

static void on_step(void *user, const char *what)
{
    struct miner_search *search = user;
    (void)pthread_mutex_lock(&search->lock);
    (void)snprintf(search->what, sizeof search->what, "%s", what);
    search->since_ms = base_clock_ms();
    (void)pthread_mutex_unlock(&search->lock);
}

static void *run(void *argument)
{
    struct miner_search *search = argument;
    const struct kern_cl_search how = {.stop_fd = search->stop_fd, .step = on_step, .user = search};
    struct kern_cl_list *list = NULL;
    struct base_error error = {BASE_OK, ""};
    enum base_status status = kern_cl_list_search(&list, &how, &error);
    (void)pthread_mutex_lock(&search->lock);
    search->list = list;
    search->status = status;
    search->error = error;
    (void)pthread_mutex_unlock(&search->lock);
    base_event_raise(search->over_fd);
    return NULL;
}

static bool wants_devices(const struct miner_config *config)
{
    const char *name = config->algo[0] != '\0' ? config->algo : config->coin->algos[0];
    const struct kern_algo *algo = name != NULL ? kern_algo_find(name) : NULL;
    return config->opencl.mode != MINER_CL_NONE && algo != NULL && algo->opencl != NULL;
}

static bool is_wanted(const struct miner_host *host)
{
    const struct miner_groups *groups = host->words != NULL ? &host->words->settings->groups : NULL;
    bool wanted = false;
    for (size_t i = 0; groups != NULL && i < groups->count; i++) {
        wanted = wanted || wants_devices(&groups->configs[i]);
    }
    return groups != NULL && groups->count > 0 ? wanted : wants_devices(host->config);
}

enum base_status miner_search_start(struct miner_search **search, const struct miner_host *host,
                                    struct base_error *error)
{
    *search = NULL;
    if (!is_wanted(host)) {
        return BASE_OK;
    }
    struct miner_search *made = base_alloc(1, sizeof *made);
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory to look for OpenCL devices");
    }
    (void)pthread_mutex_init(&made->lock, NULL);
    on_step(made, "looking for drivers");
    made->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    made->over_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bool opened = made->stop_fd >= 0 && made->over_fd >= 0;
    int reason = opened ? pthread_create(&made->thread, NULL, run, made) : errno;
    made->joinable = opened && reason == 0;
    if (!made->joinable) {
        miner_search_free(made);
        return base_error_set(error, BASE_E_IO, "cannot look for OpenCL devices: %s",
                              strerror(reason));
    }
    *search = made;
    return BASE_OK;
}

int miner_search_fd(const struct miner_search *search)
{
    return search != NULL ? search->over_fd : -1;
}

bool miner_search_wait(const struct miner_search *search, uint32_t wait_ms)
{
    struct pollfd over = {.fd = miner_search_fd(search), .events = POLLIN};
    return search == NULL || poll(&over, 1, (int)wait_ms) == 1;
}

uint64_t miner_search_at(struct miner_search *search, char what[MINER_SEARCH_TEXT_MAX])
{
    (void)pthread_mutex_lock(&search->lock);
    (void)snprintf(what, MINER_SEARCH_TEXT_MAX, "%s", search->what);
    uint64_t since_ms = base_clock_ms() - search->since_ms;
    (void)pthread_mutex_unlock(&search->lock);
    return since_ms;
}

enum base_status miner_search_result(struct miner_search *search, struct kern_cl_list **list,
                                     struct base_error *error)
{
    (void)pthread_mutex_lock(&search->lock);
    *list = search->list;
    enum base_status status = search->status;
    if (status != BASE_OK) {
        (void)base_error_set(error, status, "%s", search->error.text);
    }
    (void)pthread_mutex_unlock(&search->lock);
    return status;
}

bool miner_search_end(struct miner_search *search)
{
    if (search == NULL || !search->joinable) {
        return true;
    }
    base_event_raise(search->stop_fd);
    search->joinable = !base_thread_join(search->thread, END_MS);
    return !search->joinable;
}

void miner_search_free(struct miner_search *search)
{
    if (search == NULL) {
        return;
    }
    kern_cl_list_free(search->list);
    if (search->stop_fd >= 0) {
        (void)close(search->stop_fd);
    }
    if (search->over_fd >= 0) {
        (void)close(search->over_fd);
    }
    (void)pthread_mutex_destroy(&search->lock);
    base_free(search);
}
