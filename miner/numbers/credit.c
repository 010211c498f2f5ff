/* credit.c: see credit.h. */
#include "numbers/credit.h"

#include <math.h>

#define TAIL 0.0005                   /* on each side: 99.9 % together */
#define TAIL_SIGMA 3.2905267314919255 /* normal quantile of 1 - TAIL */
#define EXACT_MAX 1e6

enum { EXPECTED_MIN = 8 }; /* with fewer, hardly any count is outside the interval */

void miner_credit_add(struct miner_credit_sums *sums, double work)
{
    sums->credited += work;
    sums->squares += work * work;
    sums->accepted++;
}

void miner_credit_hashed(struct miner_credit_sums *sums, double hashes, double work)
{
    if (hashes > sums->hashes) {
        sums->variance += (hashes - sums->hashes) * work;
        sums->hashes = hashes;
    }
}

void miner_credit_merge(struct miner_credit_sums *sums, const struct miner_credit_sums *more)
{
    sums->hashes += more->hashes;
    sums->credited += more->credited;
    sums->squares += more->squares;
    sums->variance += more->variance;
    sums->accepted += more->accepted;
    sums->stale += more->stale;
    sums->wrong_chain += more->wrong_chain;
    sums->low_difficulty += more->low_difficulty;
    sums->refused += more->refused;
    sums->unanswered += more->unanswered;
}

void miner_credit_interval(double expected, double *low, double *high)
{
    *low = 0;
    *high = 0;
    if (!(expected > 0)) {
        return;
    }
    double sigma = sqrt(expected);
    if (expected > EXACT_MAX) {
        double shift = (TAIL_SIGMA * TAIL_SIGMA - 1) / 6; /* Cornish-Fisher, skewness 1/sigma */
        *low = ceil(expected - TAIL_SIGMA * sigma + shift - 0.5);
        *high = ceil(expected + TAIL_SIGMA * sigma + shift - 0.5);
        return;
    }
    /* Terms from far below the mean on; what lies below eight sigmas weighs less than 10^-12. */
    double count = floor(expected - 8 * sigma - 1);
    count = count > 0 ? count : 0;
    double term = exp(count * log(expected) - expected - lgamma(count + 1));
    double sum = term;
    bool low_found = false;
    for (;;) {
        if (!low_found && sum >= TAIL) {
            *low = count;
            low_found = true;
        }
        /* The second condition ends sums that rounding keeps below the first. */
        if (sum >= 1 - TAIL || count > expected + 8 * sigma + 40) {
            *high = count;
            return;
        }
        count += 1;
        term *= expected / count;
        sum += term;
    }
}

/* Which kind of loss is large enough to explain what is missing. */
static const char *cause_of_low(const struct miner_credit_sums *sums, double missing)
{
    const struct {
        uint64_t count;
        const char *text;
    } kinds[] = {
        {sums->wrong_chain,
         "shares are counted to another chain: the chain is computed wrongly, or "
         "jobs are mixed up"},
        {sums->low_difficulty, "shares are refused for low difficulty: the target is misread"},
        {sums->stale, "shares come too late: look at the latency, or at a pool that is slow"},
        {sums->refused, "shares are refused: look at address, worker and the reasons in the log"},
        {sums->unanswered, "shares get no answer or could not be sent: look at the connection"},
    };
    const char *text = "nothing was refused: the pool credits less than is submitted, or finds are "
                       "lost before they are sent (see the devices' faults)";
    uint64_t most = 0;
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].count > most && (double)kinds[i].count >= missing / 3) {
            most = kinds[i].count;
            text = kinds[i].text;
        }
    }
    return text;
}

struct miner_credit miner_credit_judge(const struct miner_credit_sums *sums, double work_now)
{
    struct miner_credit credit = {.state = MINER_CREDIT_EARLY, .cause = ""};
    /* Shares of several difficulties scatter like this many equal ones of this size. The shares
     * themselves tell it only where the hashes do not: hashes at a hard difficulty that gave none
     * leave no trace among them. */
    double unit = sums->credited > 0 ? sums->squares / sums->credited : work_now;
    if (sums->variance > 0 && sums->hashes > 0) {
        unit = sums->variance / sums->hashes;
    }
    if (!(unit > 0) || !(sums->hashes > 0)) {
        return credit;
    }
    credit.ratio = sums->credited / sums->hashes;
    credit.expected = sums->hashes / unit;
    credit.seen = sums->credited / unit;
    miner_credit_interval(credit.expected, &credit.low, &credit.high);
    if (credit.expected < EXPECTED_MIN && credit.seen < EXPECTED_MIN) {
        return credit;
    }
    credit.state = MINER_CREDIT_FAIR;
    if (credit.seen < credit.low) {
        credit.state = MINER_CREDIT_LOW;
        credit.cause = cause_of_low(sums, credit.expected - credit.seen);
    } else if (credit.seen > credit.high) {
        credit.state = MINER_CREDIT_HIGH;
        credit.cause = "more is credited than was hashed: shares are worth less than their job "
                       "says, or not all work is counted";
    }
    return credit;
}

/* ---- the last hour --------------------------------------------------------------------------- */

static struct miner_credit_sums since(const struct miner_credit_sums *now,
                                      const struct miner_credit_sums *then)
{
    return (struct miner_credit_sums){
        .hashes = now->hashes - then->hashes,
        .credited = now->credited - then->credited,
        .squares = now->squares - then->squares,
        .variance = now->variance - then->variance,
        .accepted = now->accepted - then->accepted,
        .stale = now->stale - then->stale,
        .wrong_chain = now->wrong_chain - then->wrong_chain,
        .low_difficulty = now->low_difficulty - then->low_difficulty,
        .refused = now->refused - then->refused,
        .unanswered = now->unanswered - then->unanswered,
    };
}

bool miner_credit_window_look(struct miner_credit_window *window, struct miner_credit *credit,
                              const struct miner_credit_sums *sums, double work_now,
                              uint64_t now_ms)
{
    if (window->count > 0 && now_ms < window->step_ms + MINER_CREDIT_STEP_MS) {
        return false;
    }
    bool whole = window->count >= MINER_CREDIT_STEPS;
    struct miner_credit_sums *place = &window->at[window->count % MINER_CREDIT_STEPS];
    struct miner_credit_sums oldest = *place;
    *place = *sums;
    window->step_ms = now_ms;
    window->count++;
    /* Windows overlap by half: two in a row cover one and a half windows. */
    if (!whole || window->count % (MINER_CREDIT_STEPS / 2) != 0) {
        return false;
    }
    struct miner_credit_sums hour = since(sums, &oldest);
    *credit = miner_credit_judge(&hour, work_now);
    bool odd = credit->state == MINER_CREDIT_LOW || credit->state == MINER_CREDIT_HIGH;
    window->odd = odd ? window->odd + 1 : 0;
    if (window->odd < 2 ||
        (window->told_at != 0 && window->count - window->told_at < MINER_CREDIT_STEPS)) {
        return false;
    }
    window->told_at = window->count;
    return true;
}
