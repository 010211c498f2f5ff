/* reload.h: settings that change while the program mines: when they are to be read again (the file
 * changed, SIGHUP, a request over HTTP), what differs between two sets of them, and which of the
 * differences can be put in force without a new start. Reads and compares; rig.c acts. */
#ifndef MINER_RELOAD_H
#define MINER_RELOAD_H

#include <poll.h>

#include "config/options.h"

enum {
    MINER_RELOAD_FDS = 3, /* descriptors to wait on */
    MINER_RELOAD_QUIET_MS =
        300, /* editors write a file in several steps: time to wait after the last one */
    MINER_CHANGES_TEXT_MAX = 256,
};

/* How two sets of settings differ. Value; texts are lists of options' names, "" none. */
struct miner_changes {
    bool engine;                          /* some need a new engine: devices, lanes, servers */
    char applied[MINER_CHANGES_TEXT_MAX]; /* those that can be put in force */
    char waiting[MINER_CHANGES_TEXT_MAX]; /* those that need a new start of the program */
};

/** Compare; what needs a new start is set back in `now` to what it was.
 * In/out: now  the new settings. */
void miner_changes_find(struct miner_changes *changes, struct miner_settings *now,
                        const struct miner_settings *before);

struct miner_reload;

/** Watch for reasons to read the settings again.
 * In:      words     of the command line, kept; NULL: there is nothing to read again.
 *          signal_fd readable when SIGHUP came (miner_stop_reload_fd), or -1.
 * Out:     reload    NULL where words are, and where the file was a pipe.
 * Returns: BASE_OK; BASE_E_MEMORY; BASE_E_IO. That a folder cannot be watched is no error. */
BASE_MUST_CHECK enum base_status miner_reload_new(struct miner_reload **reload,
                                                  const struct miner_words *words, int signal_fd,
                                                  struct base_error *error);
void miner_reload_free(struct miner_reload *reload);

/** Descriptors to wait on; returns their number. NULL reload: 0. */
size_t miner_reload_fds(const struct miner_reload *reload, struct pollfd fds[MINER_RELOAD_FDS]);

/** Time until miner_reload_is_due must be asked without a descriptor being readable, or -1. */
int miner_reload_wait_ms(const struct miner_reload *reload, uint64_t now_ms);

/** Read the descriptors. Returns why the settings are to be read now, for the log, or NULL. */
const char *miner_reload_is_due(struct miner_reload *reload, uint64_t now_ms);

/** Ask for the settings to be read again. Any thread. */
void miner_reload_ask(struct miner_reload *reload);

/** Read all settings again, and check them.
 * Out:     settings  NULL on error. Free: base_free.
 * Returns: BASE_OK; what is wrong, with a sentence. Threads: any. */
BASE_MUST_CHECK enum base_status miner_reload_read(const struct miner_reload *reload,
                                                   struct miner_settings **settings,
                                                   struct base_error *error);

/** The settings in force, to compare with. Main thread. */
const struct miner_settings *miner_reload_now(const struct miner_reload *reload);

/** Make these the settings in force, and take ownership of them. The former ones are valid until
 * the next call. */
void miner_reload_take(struct miner_reload *reload, struct miner_settings *settings);

#endif
