/* fault_rig.h: two development networks, a man in the middle before the first, and a source that
 * has both as servers. Faults by name: what is broken, what the user must be told, how long mining
 * may stand still. Used by the fault tests (once each) and by the measuring program (many times).
 */
#ifndef TESTS_FAULT_RIG_H
#define TESTS_FAULT_RIG_H

#include "listen.h"
#include "mitm.h"

enum fault_protocol { FAULT_NODE, FAULT_POOL };

struct fault_rig {
    enum fault_protocol protocol;
    struct pool_devnet *devnet[2];
    struct mitm *mitm; /* before devnet[0] */
    struct listen_source *listen;
    size_t from;     /* events before this are history */
    uint64_t serial; /* nonces handed out */
    uint64_t taken;  /* finds handed in */
};

/* One way to break things. */
struct fault_case {
    const char *name;
    void (*begin)(struct fault_rig *rig);
    const char *says;  /* words of the user's line; NULL: the user sees nothing */
    uint64_t can_lose; /* finds that may be lost: the protocol cannot tell */
    enum fault_protocol protocol;
    uint32_t recover_ms; /* promise: the next job after the fault */
    bool at_start;       /* begun before the source; else once it has jobs */
    bool stays;          /* mining goes on with the same server */
    bool needs_finds;    /* shows only when finds stay without an answer */
};

/* What one run of a case gave. */
struct fault_result {
    bool shipped;                   /* with the program's own limits */
    uint64_t recover_ms;            /* fault to next job */
    uint64_t return_ms;             /* mended to first job of the first server; 0 where it stays */
    bool in_time;                   /* both are within the promise */
    uint64_t lost;                  /* finds handed in and not accepted */
    char text[POOL_TEXT_MAX + 128]; /* the user's line; "" none */
};

size_t fault_case_count(void);
const struct fault_case *fault_case_at(size_t index);

/** How the source is configured: short limits for tests, or the program's own for measuring. */
struct fault_times {
    bool shipped;
};

/** Run a case; fails the test when the user is not told, mining does not go on, more is lost than
 * may be, or a server counted something that must not be. The caller judges the times. */
void fault_run(struct fault_result *result, const struct fault_case *fault,
               const struct fault_times *times);

/** The pieces, for tests of their own. */
void fault_rig_open(struct fault_rig *rig, enum fault_protocol protocol,
                    const struct fault_times *times);
void fault_rig_close(struct fault_rig *rig);

/** First event from rig->from on with this kind, server (-1: any) and words; waits for it. */
const struct listen_event *fault_rig_wait(struct fault_rig *rig, enum pool_event_kind kind,
                                          int server, const char *part);

/** What happened up to now is history. */
void fault_rig_now(struct fault_rig *rig);

/** Hand in a good find for a job. Returns its tag. */
uint64_t fault_rig_submit(struct fault_rig *rig, const struct pool_job *job);

/** Wait for the verdict of a tag. */
enum pool_verdict fault_rig_verdict(struct fault_rig *rig, uint64_t tag);

#endif
