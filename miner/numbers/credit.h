/* credit.h: what a server credits compared with what was hashed. Shares come at random, so the
 * question is whether the number credited lies in the interval that a Poisson process with the
 * hashes' expectation would leave only once in a thousand times. Pure arithmetic. */
#ifndef MINER_CREDIT_H
#define MINER_CREDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sums since the first job. Zeroed: nothing yet. */
struct miner_credit_sums {
    double hashes;   /* done */
    double credited; /* expected hashes of every accepted share, added up */
    double squares;  /* the squares of the same, for shares of several difficulties */
    double variance; /* that chance gives credited: for each difficulty, hashes done at it times
                        expected hashes of its share. 0: not known */
    uint64_t accepted;
    uint64_t stale;
    uint64_t wrong_chain;
    uint64_t low_difficulty;
    uint64_t refused;    /* for any other reason */
    uint64_t unanswered; /* or not sent */
};

enum miner_credit_state {
    MINER_CREDIT_EARLY, /* too little expected to judge */
    MINER_CREDIT_FAIR,
    MINER_CREDIT_LOW,  /* fewer credited than chance explains */
    MINER_CREDIT_HIGH, /* more: the target that is hashed against is too hard */
};

struct miner_credit {
    enum miner_credit_state state;
    double ratio;    /* credited / hashes; 0 before the first hash */
    double expected; /* shares that the hashes should have given, of the mean difficulty */
    double seen;     /* shares credited, in the same unit */
    double low;      /* 99.9 % interval of seen */
    double high;
    const char *cause; /* LOW and HIGH: the likely one, a constant sentence; else "" */
};

/** Add one accepted share of so many expected hashes. */
void miner_credit_add(struct miner_credit_sums *sums, double work);

/** So many hashes are done in all; those since the last call at a difficulty whose share takes work
 * expected hashes (0: at none). */
void miner_credit_hashed(struct miner_credit_sums *sums, double hashes, double work);

/** Add the sums of another. */
void miner_credit_merge(struct miner_credit_sums *sums, const struct miner_credit_sums *more);

/** Judge. work_now: expected hashes of a share at the current target, to judge by before the first
 * one is accepted; 0 not known. */
struct miner_credit miner_credit_judge(const struct miner_credit_sums *sums, double work_now);

/** The interval of counts that a Poisson variable leaves with probability 0.0005 to each side: the
 * smallest counts whose distribution function reaches 0.0005 and 0.9995. Above 10^6 by the normal
 * approximation with its first correction, which is off by less than one count there.
 * In: expected  0 or more. */
void miner_credit_interval(double expected, double *low, double *high);

enum {
    MINER_CREDIT_STEPS = 12,
    MINER_CREDIT_STEP_MS = 300000, /* a window of an hour */
};

/* The last hour: what the sums were at its steps. Zeroed: nothing yet. */
struct miner_credit_window {
    struct miner_credit_sums at[MINER_CREDIT_STEPS]; /* a ring */
    size_t count;                                    /* steps ever */
    uint64_t step_ms;                                /* of the last one */
    unsigned odd;   /* looks in a row that were outside of what chance allows */
    size_t told_at; /* count at the last warning; 0: none yet */
};

/** Take a step when it is time, and judge the window. Sums since the start see a pool that begins
 * to credit less only after as long again.
 * In:      sums      since the start, with hashes.
 *          work_now  as for miner_credit_judge.
 * Out:     credit    of the window, where the answer is true.
 * Returns: true when the user should be warned: a whole window and the one half an hour before it
 * were LOW (or HIGH); once an hour at most. */
bool miner_credit_window_look(struct miner_credit_window *window, struct miner_credit *credit,
                              const struct miner_credit_sums *sums, double work_now,
                              uint64_t now_ms);

#endif
