/* reload.c: see reload.h. The folder of the file is watched rather than the file, since editors and
 * configuration tools put a new file in the place of the old one; and so is the folder where a
 * symbolic link leads. What happens there is only a reason to look: the file's own identity
 * decides. It is looked at once a second besides: a file behind a mount or a link that changes, a
 * folder that is replaced, and a system without inotify instances left give no events. */
#include "run/reload.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/thread.h"

enum { LOOK_MS = 1000 };

/* Identity of the content of a file, without reading it. */
struct identity {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
    struct timespec changed; /* also by tools that set the other back */
};

struct miner_reload {
    const struct miner_words *words;
    struct miner_settings *now; /* in force */
    struct miner_settings
        *kept;  /* owned: the same as now, or NULL while the settings of the start are in force */
    int ask_fd; /* eventfd: miner_reload_ask */
    int signal_fd;        /* borrowed; -1: none */
    int watch_fd;         /* inotify; -1: none */
    struct identity seen; /* of the file when it was read last */
    struct identity next; /* of the file that is to be read at due_ms */
    uint64_t due_ms;      /* 0, or when to read, unless it has changed again by then */
    uint64_t look_ms;     /* when to look at the file even without an event */
};

/* ---- what differs -------------------------------------------------------------------------- */

static void add_name(char text[MINER_CHANGES_TEXT_MAX], const char *name)
{
    base_text_add(text, MINER_CHANGES_TEXT_MAX, ", ", name);
}

static bool same_servers(const struct miner_config *a, const struct miner_config *b)
{
    return a->server_count == b->server_count &&
           memcmp(a->servers, b->servers, a->server_count * sizeof a->servers[0]) == 0;
}

static bool same_devices(const struct miner_config *a, const struct miner_config *b)
{
    return a->device_count == b->device_count &&
           memcmp(a->devices, b->devices, a->device_count * sizeof a->devices[0]) == 0;
}

/* Options that can change while `mine` runs, apart from those of servers, which are a list. */
static bool is_compared(const struct miner_option *option)
{
    return miner_option_of(option, MINER_COMMAND_MINE) && option->size > 0;
}

/* True when two groups hash the same algorithm of the same coin. */
static bool same_work(const struct miner_config *a, const struct miner_config *b)
{
    return a->coin == b->coin && strcmp(a->algo, b->algo) == 0 && strcmp(a->group, b->group) == 0;
}

/* True when nothing of what a group's own keys say is different. */
static bool same_group(const struct miner_config *a, const struct miner_config *b)
{
    bool same = same_servers(a, b);
    for (size_t i = 0; i < miner_option_count() && same; i++) {
        const struct miner_option *option = miner_option_at(i);
        bool ours = (option->places & MINER_PLACE_GROUP) != 0 && is_compared(option);
        same = !ours || miner_option_same(option, a, b);
    }
    return same;
}

/* Put the groups back to what they were, or to none; the settings that are alike in all groups stay
 * the new ones. */
static void keep_groups(struct miner_settings *now, const struct miner_settings *before)
{
    struct miner_config *config = &now->config;
    now->groups = before->groups;
    for (size_t i = 0; i < miner_option_count(); i++) {
        const struct miner_option *option = miner_option_at(i);
        bool own = (option->places & MINER_PLACE_GROUP) != 0;
        if (is_compared(option) && own) {
            miner_option_copy(option, config, &before->config);
        }
        for (size_t g = 0; g < now->groups.count && is_compared(option) && !own; g++) {
            miner_option_copy(option, &now->groups.configs[g], config);
        }
    }
    memcpy(config->group, before->config.group, sizeof config->group);
    memcpy(config->servers, before->config.servers, sizeof config->servers);
    config->server_count = before->config.server_count;
    for (size_t g = 0; g < now->groups.count; g++) {
        memcpy(now->groups.configs[g].devices, config->devices, sizeof config->devices);
        now->groups.configs[g].device_count = config->device_count;
    }
}

/* Groups keep their number, names and algorithms until a new start. */
static void find_groups(struct miner_changes *changes, struct miner_settings *now,
                        const struct miner_settings *before)
{
    bool fixed = now->groups.count != before->groups.count;
    bool different = false;
    for (size_t i = 0; i < now->groups.count && !fixed; i++) {
        fixed = !same_work(&now->groups.configs[i], &before->groups.configs[i]);
        different = different || !same_group(&now->groups.configs[i], &before->groups.configs[i]);
    }
    if (fixed) {
        add_name(changes->waiting, "groups");
        keep_groups(now, before);
    } else if (different) {
        add_name(changes->applied, "groups");
        changes->engine = true;
    }
}

/* Compare one option, in the settings that are alike in all groups. */
static void find_option(struct miner_changes *changes, const struct miner_option *option,
                        struct miner_settings *now, const struct miner_settings *before)
{
    if (miner_option_same(option, &now->config, &before->config)) {
        return;
    }
    bool waits = option->reload == MINER_RELOAD_START;
    add_name(waits ? changes->waiting : changes->applied, option->name);
    changes->engine = changes->engine || option->reload == MINER_RELOAD_ENGINE;
    for (size_t i = 0; i < now->groups.count && waits; i++) {
        miner_option_copy(option, &now->groups.configs[i], &before->config);
    }
    if (waits) {
        miner_option_copy(option, &now->config, &before->config);
    }
}

void miner_changes_find(struct miner_changes *changes, struct miner_settings *now,
                        const struct miner_settings *before)
{
    memset(changes, 0, sizeof *changes);
    find_groups(changes, now, before);
    bool groups = before->groups.count > 0; /* groups have servers and devices of their own */
    for (size_t i = 0; i < miner_option_count(); i++) {
        const struct miner_option *option = miner_option_at(i);
        bool own = groups && (option->places & MINER_PLACE_GROUP) != 0;
        if (is_compared(option) && !own) {
            find_option(changes, option, now, before);
        }
    }
    if (!groups && !same_servers(&now->config, &before->config)) {
        bool devnet = now->config.server_count == 0 || before->config.server_count == 0;
        add_name(devnet ? changes->waiting : changes->applied, "servers");
        changes->engine = changes->engine || !devnet;
        if (devnet) { /* the development network is started with the program, or not at all */
            memcpy(now->config.servers, before->config.servers, sizeof now->config.servers);
            now->config.server_count = before->config.server_count;
        }
    }
    if (!same_devices(&now->config, &before->config)) {
        add_name(changes->applied, "devices");
        changes->engine = true;
    }
}

/* ---- when --------------------------------------------------------------------------------- */

static const char *file_of(const struct miner_reload *reload)
{
    return reload->now->trace.file;
}

static struct identity identify(const char *path)
{
    struct identity identity;
    struct stat about;
    memset(&identity, 0, sizeof identity);
    if (stat(path, &about) == 0) {
        identity.device = about.st_dev;
        identity.inode = about.st_ino;
        identity.size = about.st_size;
        identity.modified = about.st_mtim;
        identity.changed = about.st_ctim;
    }
    return identity;
}

static bool is_same(const struct identity *a, const struct identity *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified.tv_sec == b->modified.tv_sec && a->modified.tv_nsec == b->modified.tv_nsec &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

static void watch_folder_of(struct miner_reload *reload, const char *path)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof copy, "%s", path);
    (void)inotify_add_watch(reload->watch_fd, dirname(copy),
                            IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR);
}

static void watch_file(struct miner_reload *reload)
{
    char real[PATH_MAX];
    const char *path = file_of(reload);
    reload->seen = identify(path);
    reload->watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (reload->watch_fd < 0 || path[0] == '\0') {
        return;
    }
    watch_folder_of(reload, path);
    if (realpath(path, real) != NULL) {
        watch_folder_of(reload, real);
    }
}

enum base_status miner_reload_new(struct miner_reload **reload, const struct miner_words *words,
                                  int signal_fd, struct base_error *error)
{
    struct miner_reload *made = NULL;
    *reload = NULL;
    if (words == NULL || words->settings->trace.once) {
        return BASE_OK;
    }
    made = base_alloc(1, sizeof *made);
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory to watch the settings");
    }
    made->words = words;
    made->now = words->settings;
    made->signal_fd = signal_fd;
    made->watch_fd = -1;
    made->ask_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made->ask_fd < 0) {
        enum base_status status = base_error_set(
            error, BASE_E_IO, "no descriptor to watch the settings: %s", strerror(errno));
        miner_reload_free(made);
        return status;
    }
    watch_file(made);
    *reload = made;
    return BASE_OK;
}

void miner_reload_free(struct miner_reload *reload)
{
    if (reload == NULL) {
        return;
    }
    if (reload->ask_fd >= 0) {
        (void)close(reload->ask_fd);
    }
    if (reload->watch_fd >= 0) {
        (void)close(reload->watch_fd);
    }
    base_free(reload->kept);
    base_free(reload);
}

size_t miner_reload_fds(const struct miner_reload *reload, struct pollfd fds[MINER_RELOAD_FDS])
{
    if (reload == NULL) {
        return 0;
    }
    const int all[MINER_RELOAD_FDS] = {reload->ask_fd, reload->signal_fd, reload->watch_fd};
    for (size_t i = 0; i < MINER_RELOAD_FDS; i++) {
        fds[i] = (struct pollfd){.fd = all[i], .events = POLLIN}; /* poll skips negative ones */
    }
    return MINER_RELOAD_FDS;
}

int miner_reload_wait_ms(const struct miner_reload *reload, uint64_t now_ms)
{
    if (reload == NULL) {
        return -1;
    }
    bool due = reload->due_ms != 0 && reload->due_ms < reload->look_ms;
    uint64_t next_ms = due ? reload->due_ms : reload->look_ms;
    return next_ms > now_ms ? (int)(next_ms - now_ms) : 0;
}

/* Look at the file. One that has changed is read when it has stayed the same for a moment. Returns
 * true when it is to be read now. */
static bool look(struct miner_reload *reload, uint64_t now_ms)
{
    struct identity now = identify(file_of(reload));
    reload->look_ms = now_ms + LOOK_MS;
    if (now.inode == 0 || is_same(&now, &reload->seen)) {
        reload->due_ms = 0;
    } else if (reload->due_ms == 0 || !is_same(&now, &reload->next)) {
        reload->next = now;
        reload->due_ms = now_ms + MINER_RELOAD_QUIET_MS;
    }
    return reload->due_ms != 0 && now_ms >= reload->due_ms;
}

const char *miner_reload_is_due(struct miner_reload *reload, uint64_t now_ms)
{
    char events[4096];
    bool near = false;
    if (reload == NULL) {
        return NULL;
    }
    while (reload->watch_fd >= 0 && read(reload->watch_fd, events, sizeof events) > 0) {
        near = true;
    }
    bool asked = base_event_take(reload->ask_fd);
    bool signalled = reload->signal_fd >= 0 && base_event_take(reload->signal_fd);
    bool due = reload->due_ms != 0 && now_ms >= reload->due_ms;
    bool changed = (near || due || now_ms >= reload->look_ms) && look(reload, now_ms);
    if (!asked && !signalled && !changed) {
        return NULL;
    }
    reload->due_ms = 0;
    reload->seen = identify(file_of(reload));
    return asked ? "asked for over HTTP" : signalled ? "SIGHUP" : "the file has changed";
}

void miner_reload_ask(struct miner_reload *reload)
{
    base_event_raise(reload->ask_fd);
}

/* ---- reading ------------------------------------------------------------------------------ */

enum base_status miner_reload_read(const struct miner_reload *reload,
                                   struct miner_settings **settings, struct base_error *error)
{
    const struct miner_words *words = reload->words;
    enum miner_request request = MINER_REQUEST_RUN;
    const char *topic = NULL;
    *settings = NULL;
    if (words->settings->trace.file[0] == '\0') {
        return base_error_set(error, BASE_E_STATE,
                              "there is no configuration file to read again; start with -c FILE");
    }
    struct miner_settings *made = base_alloc(1, sizeof *made);
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for the settings");
    }
    enum base_status status = miner_options_load(made, &request, &topic, words->argc, words->argv,
                                                 words->cache_dir, error);
    if (status != BASE_OK) {
        base_free(made);
        return status;
    }
    *settings = made;
    return BASE_OK;
}

const struct miner_settings *miner_reload_now(const struct miner_reload *reload)
{
    return reload->now;
}

void miner_reload_take(struct miner_reload *reload, struct miner_settings *settings)
{
    base_free(reload->kept);
    reload->kept = settings;
    reload->now = settings;
}
