/* doctor.h: what keeps a server from giving work, found out from outside: name, connection, kind of
 * port, work, the node's own state, login, clocks; and the URL that would work. Nothing is hashed,
 * submitted or changed. A public header of this room, like pool.h. */
#ifndef POOL_DOCTOR_H
#define POOL_DOCTOR_H

#include "pool.h"

enum {
    POOL_CHECKS_MAX = 12,
    POOL_DOCTOR_MS = 10000, /* a whole examination takes no longer */
};

enum pool_check_result {
    POOL_CHECK_OK,
    POOL_CHECK_PROBLEM,
    POOL_CHECK_SKIPPED, /* text says why */
};

/* One line of a report. */
struct pool_check {
    const char *name; /* constant: "name", "connect", "protocol", "work", "login", "node", "synced",
                         "addresses", "version", "network", "mining", "clock", "other" */
    enum pool_check_result result;
    char text[POOL_TEXT_MAX];
};

struct pool_report {
    bool works;                   /* mining at the URL as given would work */
    char url[POOL_HOST_MAX + 32]; /* that is right, as given or another; "" none was found */
    size_t count;
    struct pool_check checks[POOL_CHECKS_MAX];
    double connect_ms; /* TCP round trip; 0 not measured */
    double job_ms;     /* from the begin to the first job; 0 none came */
    bool clock_known;
    double clock_ahead_s; /* this machine's clock minus the server's */
};

/** Result in a word: "ok", "problem", "skipped". */
const char *pool_check_word(enum pool_check_result result);

/** Examine one server of a config (events are not used). Blocks for at most POOL_DOCTOR_MS; any
 * thread.
 * Returns: BASE_OK with a report, good or bad; BASE_E_FORMAT bad proxy or fingerprint;
 *          BASE_E_IO no network library. */
BASE_MUST_CHECK enum base_status pool_doctor_run(struct pool_report *report,
                                                 const struct pool_config *config, size_t server,
                                                 struct base_error *error);

#endif
