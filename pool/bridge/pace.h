/* pace.h: the share difficulty that fits a client: from its first second on, without waiting for
 * its first share. Arithmetic on times and counts. Source: bridge.md 6. */
#ifndef POOL_BRIDGE_PACE_H
#define POOL_BRIDGE_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* Constant. */
struct bridge_pace_rule {
    uint32_t share_ms; /* wanted time between two shares */
    double least;      /* difficulty; above 0 */
};

/* Of one client. Difficulties are powers of two, as some firmware rounds them, and since clients
 * with equal ones get the same line. */
struct bridge_pace {
    double difficulty;
    bool fixed;        /* the client or the user chose it */
    uint64_t since_ms; /* beginning of the time in which shares are counted */
    uint32_t shares;   /* in it */
};

/** The power of two that is nearest to a difficulty above 0 from below, but at least least. */
double bridge_pace_round(double difficulty, const struct bridge_pace_rule *rule);

/** Begin with a difficulty. fixed: exactly this one, for ever. */
void bridge_pace_begin(struct bridge_pace *pace, double difficulty, bool fixed,
                       const struct bridge_pace_rule *rule, uint64_t now_ms);

/** A share came. Returns: true when pace->difficulty has changed. */
bool bridge_pace_share(struct bridge_pace *pace, const struct bridge_pace_rule *rule,
                       uint64_t now_ms);

/** Time passes: a client that shows nothing gets an easier one. Likewise. */
bool bridge_pace_tick(struct bridge_pace *pace, const struct bridge_pace_rule *rule,
                      uint64_t now_ms);

#endif
