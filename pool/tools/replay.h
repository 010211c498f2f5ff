/* replay.h: a recording (record.h) fed line by line to the protocols that made it: the same bytes,
 * finds and times, no socket and no clock. Says what the client makes of them, and whether it sends
 * today what it sent then. A public header of this room, like pool.h. */
#ifndef POOL_REPLAY_H
#define POOL_REPLAY_H

#include "pool.h"

enum { POOL_REPLAY_LINE_MAX = 256 << 10 }; /* characters of a line, without its end */

enum pool_replay_kind {
    POOL_REPLAY_OPEN,       /* text: URL */
    POOL_REPLAY_READY,      /* text: dialect */
    POOL_REPLAY_JOB,        /* job */
    POOL_REPLAY_DIFFICULTY, /* difficulty */
    POOL_REPLAY_SENT,       /* text: what the client says now, redacted */
    POOL_REPLAY_VERDICT,    /* verdict, text */
    POOL_REPLAY_INFO,       /* text */
    POOL_REPLAY_WARNING,    /* text */
    POOL_REPLAY_BROKEN,     /* text: why the client gives this connection up */
    POOL_REPLAY_DIFFERS,    /* text: what was sent then and what is sent now */
    POOL_REPLAY_GAP,        /* text: records are missing from here */
    POOL_REPLAY_CLOSE,
};

/* Valid during the callback only. */
struct pool_replay_event {
    enum pool_replay_kind kind;
    uint64_t ms; /* since the recording began */
    uint64_t connection;
    const char *text; /* printable, "" if none */
    const struct pool_job *job;
    enum pool_verdict verdict;
    double difficulty;
};

typedef void (*pool_replay_fn)(void *user, const struct pool_replay_event *event);

/* Totals so far. */
struct pool_replay_counts {
    uint64_t records;
    uint64_t connections;
    uint64_t jobs;
    uint64_t difficulties;
    uint64_t sent; /* lines and frames of the client */
    uint64_t finds;
    uint64_t verdicts[POOL_VERDICT_COUNT];
    uint64_t warnings;
    uint64_t broken;  /* connections that the client gave up */
    uint64_t differs; /* things sent otherwise than then */
    uint64_t lost;    /* records that the recording says it lacks */
    uint64_t ms;      /* time of the last record */
    bool complete;    /* the last record said that it is the last */
};

struct pool_replay;

/** New replay. coin and algo: NULL as the recording says. Release: pool_replay_free.
 * Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_replay_new(struct pool_replay **replay,
                                                 const struct pool_coin *coin, const char *algo,
                                                 pool_replay_fn on_event, void *user,
                                                 struct base_error *error);

/** When the next line is due, without taking it. Returns ms since the beginning; 0 where the line
 * says nothing (the line itself is checked when it is taken). */
uint64_t pool_replay_due_ms(const char *line, size_t size);

/** Take one line without its end; the first is the recording's head.
 * Returns: BASE_OK; BASE_E_FORMAT or BASE_E_LIMIT damaged, with a sentence that names the line;
 *          BASE_E_UNSUPPORTED another version or a coin that is not known; BASE_E_MEMORY. After an
 *          error no further line is taken. */
BASE_MUST_CHECK enum base_status pool_replay_line(struct pool_replay *replay, const char *line,
                                                  size_t size, struct base_error *error);

const struct pool_replay_counts *pool_replay_counts(const struct pool_replay *replay);

/** Closes what is open (finds without an answer get their verdict), frees. NULL is fine. */
void pool_replay_free(struct pool_replay *replay);

#endif
