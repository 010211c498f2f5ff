/* mitm.h: a man in the middle on loopback: accepts connections, passes the bytes of each on to a
 * real server, and breaks them as the test says. One thread of its own, so it goes on while the
 * test waits. Faults come by call (mitm_set and the actions) or by themselves, when a connection
 * has carried so much (steps). It knows message boundaries, not their meaning. Setting up fails
 * the test on any error. */
#ifndef TESTS_MITM_H
#define TESTS_MITM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mitm_way { MITM_TO_SERVER, MITM_TO_CLIENT, MITM_WAYS };

/* Where messages end, for duplicates and for steps that count messages. */
enum mitm_framing {
    MITM_FRAMES, /* 4 bytes of length, big-endian, then the body */
    MITM_LINES,  /* a newline ends each */
};

/* What happens to the bytes of one direction. All zero: passed on as they come. */
struct mitm_way_rules {
    uint32_t delay_ms;        /* late by so much; order is kept */
    uint32_t coalesce_ms;     /* collected, and sent together every so many milliseconds */
    uint32_t piece_bytes;     /* split: at most so many bytes a send; 0: whole */
    uint32_t piece_gap_ms;    /* ... so long apart: throttle, slow loris */
    uint32_t flip_every;      /* one bit of every N-th byte is flipped; 0: none */
    uint32_t flip_head;       /* ... of the first N bytes of messages only; 0: of all */
    uint32_t duplicate_every; /* every N-th message is sent twice; 0: none */
    bool drop;                /* read and thrown away */
    bool stop_reading;        /* not read any more: the sender's window closes */
};

struct mitm_rules {
    struct mitm_way_rules way[MITM_WAYS];
    bool black_hole; /* connections are accepted, and then neither passed on nor read */
    bool refuse;     /* nobody listens: connecting is refused */
};

enum mitm_action {
    MITM_RESET,     /* every connection ends with RST, on both sides */
    MITM_CLOSE,     /* every connection ends with FIN, on both sides */
    MITM_HALF_OPEN, /* the server's side is closed; the client's stays, its bytes vanish */
    MITM_HALF_SHUT, /* FIN to the client only; its bytes are still passed on */
    MITM_RULES,     /* steps only: the step's rules hold from now on, for all connections */
};

/* Done once to each connection that has carried so much. */
struct mitm_step {
    enum mitm_way way;
    uint64_t at_bytes;    /* bytes read from the sender of this direction, or 0 */
    uint64_t at_messages; /* complete messages, or 0 */
    uint64_t at_ms;       /* age of the connection, or 0. One of the three is not 0 */
    enum mitm_action action;
    struct mitm_rules rules;
};

struct mitm_counters {
    uint64_t connections;         /* accepted */
    uint64_t open;                /* now */
    uint64_t actions;             /* done to connections */
    uint64_t bytes[MITM_WAYS];    /* read from their sender */
    uint64_t messages[MITM_WAYS]; /* complete ones read */
    uint64_t dropped;             /* bytes thrown away */
    uint64_t flipped;             /* bits */
    uint64_t duplicated[MITM_WAYS];
    uint64_t acted_ms; /* base_clock_ms of the last action or change of rules; 0: none yet */
};

struct mitm;

/** Listen on any port of 127.0.0.1 and pass connections on to 127.0.0.1:server_port. */
struct mitm *mitm_start(uint16_t server_port, enum mitm_framing framing);

/** Close everything, end the thread, free. NULL is fine. */
void mitm_stop(struct mitm *mitm);

uint16_t mitm_port(const struct mitm *mitm);

/** New rules for all connections, those that stand and those to come; NULL: everything passes.
 * What was stopped or delayed then moves on. In force when it returns. */
void mitm_set(struct mitm *mitm, const struct mitm_rules *rules);

/** Do it now to every connection. Done when it returns. */
void mitm_do(struct mitm *mitm, enum mitm_action action);

/** Add a step, for connections that are accepted from now on. 8 at most. */
void mitm_step(struct mitm *mitm, const struct mitm_step *step);

void mitm_counters(struct mitm *mitm, struct mitm_counters *counters);

#endif
