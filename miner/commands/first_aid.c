/* first_aid.c: see first_aid.h. The run never waits for an examination: the part that ends second,
 * its thread or the face, frees it. */
#include "commands/first_aid.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/thread.h"
#include "config/options.h"
#include "run/pool_fill.h"
#include "tools/doctor.h"

struct examination {
    struct pool_config config; /* constant */
    size_t server;             /* constant */
    struct pool_report report; /* the thread's */
    pthread_mutex_t lock;      /* guards the rest */
    struct miner_log *log;     /* NULL: no line is wanted any more */
    bool done;                 /* the thread has ended */
};

struct first_aid {
    struct miner_face face;
    const struct miner_host *host; /* borrowed */
    struct {
        struct examination *now; /* NULL: none */
        bool given;              /* once a run */
    } groups[MINER_GROUPS_MAX];
};

static void release(struct examination *examination)
{
    (void)pthread_mutex_destroy(&examination->lock);
    base_free(examination);
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
    /* Why there is no connection is what the log has said already. */
    if (strcmp(problem->name, "name") != 0 && strcmp(problem->name, "connect") != 0) {
        miner_log(log, MINER_LOG_WARNING, "doctor", "%s: %s: %s", url, problem->name,
                  problem->text);
    }
    if (report->url[0] != '\0' && strcmp(report->url, url) != 0) {
        miner_log(log, MINER_LOG_WARNING, "doctor", "this would work: -o %s%s", report->url,
                  strncmp(report->url, "stratum", 7) == 0 ? " -u ADDRESS.WORKER" : "");
    }
}

static void *examine(void *user)
{
    struct examination *examination = user;
    struct base_error error = {BASE_OK, ""};
    char url[POOL_HOST_MAX + 32];
    enum base_status status =
        pool_doctor_run(&examination->report, &examination->config, examination->server, &error);
    (void)pthread_mutex_lock(&examination->lock);
    bool left = examination->log == NULL;
    if (!left && status == BASE_OK) {
        tell(examination->log, &examination->report,
             pool_server_name(url, sizeof url, &examination->config.servers[examination->server]));
    }
    examination->done = true;
    (void)pthread_mutex_unlock(&examination->lock);
    if (left) {
        release(examination);
    }
    return NULL;
}

/* Examine a server; NULL where there is no memory or no thread: nothing is logged then. */
static struct examination *begin(struct miner_log *log, const struct miner_config *config,
                                 size_t server)
{
    struct examination *made = base_alloc(1, sizeof *made);
    pthread_t thread;
    if (made == NULL) {
        return NULL;
    }
    miner_pool_fill(&made->config, config);
    made->server = server;
    made->log = log;
    (void)pthread_mutex_init(&made->lock, NULL);
    if (base_thread_start(&thread, examine, made) != 0) {
        release(made);
        return NULL;
    }
    (void)pthread_detach(thread);
    return made;
}

/* No line comes after this. */
static void leave(struct examination *examination)
{
    if (examination == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&examination->lock);
    examination->log = NULL;
    bool done = examination->done;
    (void)pthread_mutex_unlock(&examination->lock);
    if (done) {
        release(examination);
    }
}

static void tick(struct miner_face *face, const struct miner_snapshot *snapshot)
{
    struct first_aid *aid = (void *)face;
    const struct miner_words *words = aid->host->words;
    for (size_t i = 0; i < snapshot->group_count; i++) {
        const struct miner_snapshot_server *server = &snapshot->groups[i].server;
        const struct miner_config *config = words != NULL && words->settings->groups.count > 0
                                                ? &words->settings->groups.configs[i]
                                                : aid->host->config;
        if (server->connects > 0 || snapshot->stopping) {
            leave(aid->groups[i].now);
            aid->groups[i].now = NULL;
        } else if (server->failures > 0 && server->failed < config->server_count &&
                   !aid->groups[i].given) {
            aid->groups[i].given = true;
            aid->groups[i].now = begin(aid->host->log, config, server->failed);
        }
    }
}

static bool stop(struct miner_face *face)
{
    struct first_aid *aid = (void *)face;
    for (size_t i = 0; i < MINER_GROUPS_MAX; i++) {
        leave(aid->groups[i].now);
    }
    base_free(aid);
    return true;
}

struct miner_face *miner_first_aid_new(const struct miner_host *host)
{
    struct first_aid *aid = base_alloc(1, sizeof *aid);
    if (aid == NULL) {
        return NULL;
    }
    aid->face = (struct miner_face){NULL, tick, stop};
    aid->host = host;
    return &aid->face;
}
