/* first_aid.c: see first_aid.h. */
#include "run/first_aid.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "base/alloc.h"
#include "tools/doctor.h"

struct miner_first_aid {
    struct pool_config config; /* constant */
    size_t server;
    struct pool_report report; /* the thread's */
    pthread_mutex_t lock;      /* guards the rest */
    struct miner_log *log;     /* NULL: nobody wants to know any more */
    bool done;                 /* the thread is through: who comes second frees */
};

static void release(struct miner_first_aid *aid)
{
    (void)pthread_mutex_destroy(&aid->lock);
    base_free(aid);
}

/* The first thing that is wrong, and the URL that would work. Under the lock. */
static void tell(struct miner_log *log, const struct pool_report *report, const char *url)
{
    const struct pool_check *problem = NULL;
    for (size_t i = 0; i < report->count && problem == NULL; i++) {
        problem = report->checks[i].result == POOL_CHECK_PROBLEM ? &report->checks[i] : NULL;
    }
    if (problem == NULL) {
        miner_log(log, MINER_LOG_INFO, "doctor",
                  "%s is in order now%s; `shardpick doctor -o URL` tells more", url,
                  report->works ? " and gives work" : "");
        return;
    }
    miner_log(log, MINER_LOG_WARNING, "doctor", "%s: %s: %s", url, problem->name, problem->text);
    if (report->url[0] != '\0' && strcmp(report->url, url) != 0) {
        miner_log(log, MINER_LOG_WARNING, "doctor", "this would work: -o %s%s", report->url,
                  strncmp(report->url, "stratum", 7) == 0 ? " -u ADDRESS.WORKER" : "");
    }
}

static void *examine(void *user)
{
    struct miner_first_aid *aid = user;
    struct base_error error = {BASE_OK, ""};
    char url[POOL_HOST_MAX + 32];
    enum base_status status = pool_doctor_run(&aid->report, &aid->config, aid->server, &error);
    (void)pthread_mutex_lock(&aid->lock);
    bool left = aid->log == NULL;
    if (!left && status == BASE_OK) {
        tell(aid->log, &aid->report,
             pool_server_name(url, sizeof url, &aid->config.servers[aid->server]));
    }
    aid->done = true;
    (void)pthread_mutex_unlock(&aid->lock);
    if (left) {
        release(aid);
    }
    return NULL;
}

struct miner_first_aid *miner_first_aid_begin(struct miner_log *log,
                                              const struct pool_config *config, size_t server)
{
    struct miner_first_aid *aid = base_alloc(1, sizeof *aid);
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all;
    sigset_t old;
    if (aid == NULL || pthread_attr_init(&attributes) != 0) {
        base_free(aid);
        return NULL;
    }
    aid->config = *config;
    aid->server = server;
    aid->log = log;
    (void)pthread_mutex_init(&aid->lock, NULL);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    int result = pthread_create(&thread, &attributes, examine, aid);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    (void)pthread_attr_destroy(&attributes);
    if (result != 0) {
        release(aid);
        return NULL;
    }
    return aid;
}

void miner_first_aid_leave(struct miner_first_aid *aid)
{
    if (aid == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&aid->lock);
    aid->log = NULL;
    bool done = aid->done;
    (void)pthread_mutex_unlock(&aid->lock);
    if (done) {
        release(aid);
    }
}
