/* pace.c: see pace.h. */
#include "bridge/pace.h"

#include <math.h>

enum {
    BURST = 10,        /* shares that tell a rate well enough for a jump upwards */
    BURST_FACTOR = 4,  /* and the excess from which on there is one */
    WINDOW = 24,       /* shares that tell it well enough for a step */
    WINDOW_MS = 90000, /* likewise this time, whatever came in it */
    SILENT_MS = 30000, /* without a share: half the difficulty, */
    HALVE_MS = 15000,  /* and again after so long */
};

double bridge_pace_round(double difficulty, const struct bridge_pace_rule *rule)
{
    double power = exp2(floor(log2(difficulty)));
    return power >= rule->least ? power : rule->least;
}

static void count_anew(struct bridge_pace *pace, uint64_t now_ms)
{
    pace->since_ms = now_ms;
    pace->shares = 0;
}

void bridge_pace_begin(struct bridge_pace *pace, double difficulty, bool fixed,
                       const struct bridge_pace_rule *rule, uint64_t now_ms)
{
    pace->fixed = fixed;
    pace->difficulty = fixed ? difficulty : bridge_pace_round(difficulty, rule);
    count_anew(pace, now_ms);
}

/* Multiply; true when that changes it. */
static bool scale(struct bridge_pace *pace, double factor, const struct bridge_pace_rule *rule)
{
    double before = pace->difficulty;
    pace->difficulty = bridge_pace_round(before * factor, rule);
    return pace->difficulty != before;
}

bool bridge_pace_share(struct bridge_pace *pace, const struct bridge_pace_rule *rule,
                       uint64_t now_ms)
{
    uint64_t passed_ms = now_ms > pace->since_ms ? now_ms - pace->since_ms : 1;
    if (pace->fixed) {
        return false;
    }
    pace->shares += 1;
    double excess = (double)pace->shares * rule->share_ms / (double)passed_ms;
    bool burst = pace->shares >= BURST && excess >= BURST_FACTOR;
    if (!burst && pace->shares < WINDOW && passed_ms < WINDOW_MS) {
        return false;
    }
    count_anew(pace, now_ms);
    return (burst || excess >= 2 || excess <= 0.5) && scale(pace, excess, rule);
}

bool bridge_pace_tick(struct bridge_pace *pace, const struct bridge_pace_rule *rule,
                      uint64_t now_ms)
{
    uint64_t passed_ms = now_ms > pace->since_ms ? now_ms - pace->since_ms : 0;
    if (pace->fixed) {
        return false;
    }
    if (pace->shares == 0 && passed_ms >= SILENT_MS && passed_ms >= 3 * (uint64_t)rule->share_ms) {
        pace->since_ms = now_ms - (SILENT_MS - HALVE_MS);
        return scale(pace, 0.5, rule);
    }
    if (pace->shares > 0 && passed_ms >= WINDOW_MS) {
        double excess = (double)pace->shares * rule->share_ms / (double)passed_ms;
        count_anew(pace, now_ms);
        return excess <= 0.5 && scale(pace, excess, rule);
    }
    return false;
}
