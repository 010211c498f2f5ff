/* screen_draw.c: see screen_draw.h. A section is drawn at the pen's row and moves it on; on a
 * canvas without rows that only measures. */
#include "faces/screen_draw.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rate.h"
#include "base/status.h"
#include "faces/screen_pen.h"
#include "log/units.h"

enum { EVENT_ROWS_MIN = 3 };

/* What is shown of the panel. */
struct plan {
    bool keys;
    bool odds;
    bool chains;
    bool server;
    bool table_head;
    size_t devices;
};

/* "0:12:31", "3 d 04:12:31". */
static char *uptime_text(char *text, size_t cap, double seconds)
{
    uint64_t s = seconds > 0 ? (uint64_t)seconds : 0;
    if (s >= 86400) {
        (void)snprintf(text, cap, "%" PRIu64 " d %02u:%02u:%02u", s / 86400,
                       (unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60), (unsigned)(s % 60));
    } else {
        (void)snprintf(text, cap, "%u:%02u:%02u", (unsigned)(s / 3600), (unsigned)(s / 60 % 60),
                       (unsigned)(s % 60));
    }
    return text;
}

/* ---- a flow of names and values -------------------------------------------------------------- */

/* Name of a section, and a flow after it. */
static void flow_begin(struct miner_pen *pen, const char *label)
{
    (void)miner_pen_put(pen, MINER_SCREEN_MARGIN, MINER_STYLE_LABEL, label);
    pen->indent = MINER_SCREEN_LABEL;
    pen->column = 0; /* nothing yet */
}

/* One name and value, in the next row where this one has no room. Either may be "". */
static void flow(struct miner_pen *pen, const char *name, enum miner_style style, const char *value)
{
    unsigned name_width = miner_canvas_width(name);
    unsigned width = name_width + (name_width > 0 && value[0] != '\0') + miner_canvas_width(value);
    if (pen->column == 0) {
        pen->column = pen->indent;
    } else if (pen->column + 3 + width + MINER_SCREEN_MARGIN > pen->columns) {
        pen->row += 1;
        pen->column = pen->indent;
    } else {
        pen->column += 3;
    }
    if (name_width > 0) {
        pen->column = miner_pen_put(pen, pen->column, MINER_STYLE_LABEL, name) + (value[0] != '\0');
    }
    pen->column = miner_pen_put(pen, pen->column, style, value);
}

static void flow_end(struct miner_pen *pen)
{
    pen->row += 1;
}

static void flow_count(struct miner_pen *pen, const char *name, enum miner_style style,
                       uint64_t count)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, count);
    flow(pen, name, count > 0 ? style : MINER_STYLE_VALUE, text);
}

/* ---- sections -------------------------------------------------------------------------------- */

static void draw_bar(struct miner_pen *pen)
{
    const struct miner_screen_look *look = pen->look;
    const struct miner_snapshot_group *group = look->group;
    bool stopping = look->snapshot->stopping;
    bool waits = group->covered == 0;
    const char *state = stopping            ? "stopping"
                        : group->paused     ? "paused"
                        : !group->server.up ? "no server"
                        : waits             ? "waiting for work"
                                            : "mining";
    bool good = !stopping && !group->paused && group->server.up && !waits;
    char uptime[40];
    for (unsigned i = 0; i < pen->columns; i++) {
        miner_canvas_set(pen->canvas, pen->row, i, MINER_STYLE_BAR, ' ');
    }
    unsigned end = miner_pen_put(pen, MINER_SCREEN_MARGIN, MINER_STYLE_BAR, "shardpick ");
    end = miner_pen_put(pen, end, MINER_STYLE_BAR, look->version);
    (void)uptime_text(uptime, sizeof uptime, group->uptime_s);
    unsigned right =
        miner_canvas_width(state) + 2 + miner_canvas_width(uptime) + MINER_SCREEN_MARGIN;
    if (right < pen->columns) {
        unsigned at = pen->columns - right;
        if (end + 3 + miner_canvas_width(group->title) + 3 < at) {
            (void)miner_pen_put(pen, end + 3, MINER_STYLE_BAR, group->title);
        }
        at = miner_pen_put(pen, at, good ? MINER_STYLE_BAR_GOOD : MINER_STYLE_BAR_WARN, state);
        (void)miner_pen_put(pen, at + 2, MINER_STYLE_BAR, uptime);
    }
    pen->row += 1;
}

/* The newest rates as a little chart that fills [column, end). */
static void draw_history(struct miner_pen *pen, unsigned column, unsigned end)
{
    const struct miner_screen_past *past = pen->look->past;
    size_t shown = end > column ? end - column : 0;
    double top = 0;
    shown = shown < past->history_count ? shown : past->history_count;
    const double *from = past->history + past->history_count - shown;
    for (size_t i = 0; i < shown; i++) {
        top = from[i] > top ? from[i] : top;
    }
    for (size_t i = 0; i < shown && top > 0; i++) {
        unsigned step = (unsigned)lround(from[i] / top * 7);
        miner_canvas_set(pen->canvas, pen->row, end - (unsigned)(shown - i), MINER_STYLE_GOOD,
                         0x2581 + (step < 8 ? step : 7));
    }
}

static void draw_rate(struct miner_pen *pen)
{
    const struct miner_screen_look *look = pen->look;
    const struct miner_snapshot_group *group = look->group;
    char text[40];
    flow_begin(pen, "rate");
    (void)base_rate_text(text, sizeof text, group->rate[0], group->unit);
    flow(pen, "", group->rate[0] > 0 ? MINER_STYLE_MAIN : MINER_STYLE_WARN, text);
    (void)base_rate_text(text, sizeof text, group->rate[1], group->unit);
    flow(pen, "1 min", MINER_STYLE_VALUE, text);
    (void)base_rate_text(text, sizeof text, group->rate[2], group->unit);
    flow(pen, "15 min", MINER_STYLE_VALUE, text);
    if (pen->columns >= 76) {
        (void)base_rate_text(text, sizeof text, group->highest, group->unit);
        flow(pen, "max", MINER_STYLE_VALUE, text);
    }
    if (look->unicode && pen->columns > pen->column + 3 + 12 + MINER_SCREEN_MARGIN) {
        draw_history(pen, pen->column + 3, pen->columns - MINER_SCREEN_MARGIN);
    }
    flow_end(pen);
}

static void draw_server(struct miner_pen *pen)
{
    const struct miner_snapshot_group *group = pen->look->group;
    const struct miner_snapshot_server *server = &group->server;
    double latency_ms = miner_times_ms(&group->answers, 0.5);
    char text[64];
    flow_begin(pen, "server");
    flow(pen, "", server->up ? MINER_STYLE_GOOD : MINER_STYLE_BAD,
         server->name[0] != '\0' ? server->name : "none yet");
    (void)uptime_text(text, sizeof text, (double)server->since_ms / 1000);
    flow(pen, server->up ? "up" : "down", server->up ? MINER_STYLE_VALUE : MINER_STYLE_BAD, text);
    if (server->difficulty > 0) {
        (void)snprintf(text, sizeof text, "%.4g", server->difficulty);
        flow(pen, "difficulty", MINER_STYLE_VALUE, text);
    } else if (group->expected > 0) {
        (void)miner_unit_count(text, sizeof text, group->expected);
        flow(pen, "difficulty", MINER_STYLE_VALUE, text);
    }
    if (latency_ms > 0) {
        (void)snprintf(text, sizeof text, "%.*f ms", latency_ms < 10 ? 1 : 0, latency_ms);
        flow(pen, "latency", MINER_STYLE_VALUE, text);
    }
    if (server->connects > 1) {
        flow_count(pen, "reconnects", MINER_STYLE_WARN, server->connects - 1);
    }
    flow_end(pen);
}

static void draw_results(struct miner_pen *pen)
{
    const struct miner_screen_look *look = pen->look;
    flow_begin(pen, look->group->solo ? "blocks" : "shares");
    flow_count(pen, "accepted", MINER_STYLE_GOOD, look->group->shares.accepted);
    flow_count(pen, "stale", MINER_STYLE_WARN, look->group->shares.stale);
    flow_count(pen, "rejected", MINER_STYLE_BAD, look->group->shares.rejected);
    flow_count(pen, "wrong", MINER_STYLE_BAD, look->group->shares.faults);
    flow_end(pen);
}

static void draw_odds(struct miner_pen *pen)
{
    const struct miner_screen_look *look = pen->look;
    const struct miner_snapshot_group *group = look->group;
    double rate = group->rate[1];
    double each_s = rate > 0 && group->expected > 0 ? group->expected / rate : INFINITY;
    char span[40];
    char text[96];
    flow_begin(pen, "odds");
    (void)miner_unit_span(span, sizeof span, each_s);
    flow(pen, group->solo ? "a block in" : "a share in", MINER_STYLE_VALUE, span);
    if (group->solo && isfinite(each_s)) {
        double chance = -expm1(-86400 / each_s) * 100;
        (void)snprintf(text, sizeof text, chance > 99.99 ? "sure" : "%.3g %%", chance);
        flow(pen, "within 24 h", MINER_STYLE_VALUE, text);
    }
    if (look->past->expected_finds >= 0.1) {
        uint64_t found = 0; /* right finds, whatever their result */
        for (size_t i = 0; i < group->device_count; i++) {
            found += group->devices[i].sum.found;
        }
        (void)snprintf(text, sizeof text, "%.0f %%",
                       (double)found / look->past->expected_finds * 100);
        flow(pen, "luck", MINER_STYLE_VALUE, text);
        (void)snprintf(text, sizeof text, "%" PRIu64 " found, %.*f expected", found,
                       look->past->expected_finds < 10 ? 1 : 0, look->past->expected_finds);
        flow(pen, "", MINER_STYLE_LABEL, text);
    }
    flow_end(pen);
}

/* ---- chains ---------------------------------------------------------------------------------- */

/* Age of a job: 0 fresh ... 3 no longer fresh. */
static unsigned heat_of(uint64_t age_ms)
{
    return age_ms < MINER_JOB_FRESH_MS / 4   ? 0
           : age_ms < MINER_JOB_FRESH_MS / 2 ? 1
           : age_ms < MINER_JOB_FRESH_MS     ? 2
                                             : 3;
}

/* "0.3", "12s", "3m", "2h": at most four columns. */
static void age_text(char *text, size_t cap, uint64_t age_ms)
{
    uint64_t s = age_ms / 1000;
    if (s < 10) {
        unsigned tenths = (unsigned)(age_ms / 100);
        (void)snprintf(text, cap, "%u.%u", tenths / 10, tenths % 10);
    } else if (s < 100) {
        (void)snprintf(text, cap, "%us", (unsigned)s);
    } else if (s < 6000) {
        (void)snprintf(text, cap, "%um", (unsigned)(s / 60));
    } else {
        (void)snprintf(text, cap, "%uh", (unsigned)(s / 3600 < 99 ? s / 3600 : 99));
    }
}

static void draw_chain(struct miner_pen *pen, const struct miner_snapshot_chain *chain,
                       unsigned column, unsigned width)
{
    static const uint32_t shades[2][4] = {{'#', '=', '-', '.'}, {0x2588, 0x2593, 0x2592, 0x2591}};
    unsigned heat = heat_of(chain->age_ms);
    enum miner_style style = (enum miner_style)(MINER_STYLE_HEAT + heat);
    char text[8];
    if (width < 4) { /* a block of one column */
        miner_canvas_set(pen->canvas, pen->row, column, chain->has_job ? style : MINER_STYLE_LABEL,
                         chain->has_job ? shades[pen->look->unicode][heat] : ' ');
        return;
    }
    (void)snprintf(text, sizeof text, "%" PRIu32, chain->number);
    unsigned at = column + (width - 1 - (unsigned)strlen(text)) / 2;
    (void)miner_pen_put(pen, at, MINER_STYLE_LABEL, text);
    if (chain->has_job) {
        age_text(text, sizeof text, chain->age_ms);
    } else {
        (void)snprintf(text, sizeof text, "-");
    }
    if (chain->resting) {
        (void)snprintf(text, sizeof text, "won");
    }
    pen->row += 1;
    for (unsigned i = 0; i + 1 < width && chain->has_job; i++) {
        miner_canvas_set(pen->canvas, pen->row, column + i, style, ' ');
    }
    at = column + (width - (unsigned)strlen(text)) / 2;
    (void)miner_pen_put(pen, at, chain->has_job ? style : MINER_STYLE_LABEL, text);
    pen->row -= 1;
}

static void draw_chains(struct miner_pen *pen)
{
    const struct miner_snapshot_group *group = pen->look->group;
    unsigned chains = (unsigned)group->chain_count;
    unsigned room = pen->columns > MINER_SCREEN_LABEL + MINER_SCREEN_MARGIN
                        ? pen->columns - MINER_SCREEN_LABEL - MINER_SCREEN_MARGIN
                        : 0;
    unsigned width = chains > 0 ? room / chains : 0;
    width = width > 6 ? 6 : width < 4 ? 2 : width;
    (void)miner_pen_put(pen, MINER_SCREEN_MARGIN, MINER_STYLE_LABEL,
                        width >= 4 ? "chain" : "chains");
    if (width >= 4) {
        pen->row += 1;
        (void)miner_pen_put(pen, MINER_SCREEN_MARGIN, MINER_STYLE_LABEL, "age");
        pen->row -= 1;
    }
    for (unsigned i = 0; i < chains; i++) {
        draw_chain(pen, &group->chains[i],
                   width >= 4 ? MINER_SCREEN_LABEL + i * width : MINER_SCREEN_LABEL - 2 + i * width,
                   width);
    }
    pen->row += width >= 4 ? 2 : 1;
}

/* ---- keys ---------------------------------------------------------------------------------------
 */

/* Every word begins with its key. */
static void draw_keys(struct miner_pen *pen)
{
    static const char *const words[] = {"hashrate",   "pause",   "resume", "shares",
                                        "connection", "devices", "quit"};
    bool letters_only = pen->columns < 60;
    unsigned column = MINER_SCREEN_MARGIN;
    for (size_t i = 0; i < BASE_COUNT_OF(words); i++) {
        char letter[2] = {words[i][0], '\0'};
        column = miner_pen_put(pen, column, MINER_STYLE_KEY, letter);
        if (!letters_only) {
            column = miner_pen_put(pen, column, MINER_STYLE_LABEL, words[i] + 1);
        }
        column += 2;
    }
    pen->row += 1;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void draw_panel(struct miner_pen *pen, const struct plan *plan)
{
    pen->row = 0;
    draw_bar(pen);
    draw_rate(pen);
    if (plan->server) {
        draw_server(pen);
    }
    draw_results(pen);
    if (plan->odds) {
        draw_odds(pen);
    }
    if (plan->chains) {
        draw_chains(pen);
    }
    if (plan->devices > 0) {
        miner_screen_draw_devices(pen, plan->devices, plan->table_head);
    }
}

/* Rows that the panel takes as planned, with the rule below it and the keys. */
static unsigned measure(const struct miner_pen *pen, const struct plan *plan)
{
    struct miner_pen copy = *pen;
    unsigned rows = pen->canvas->rows;
    pen->canvas->rows = 0;
    draw_panel(&copy, plan);
    pen->canvas->rows = rows;
    return copy.row + 1 + plan->keys;
}

/* Leave parts of the panel out until the log has its rows. */
static void make_plan(struct plan *plan, const struct miner_pen *pen)
{
    unsigned rows = pen->canvas->rows;
    unsigned panel_max = rows > EVENT_ROWS_MIN ? rows - EVENT_ROWS_MIN : 0;
    *plan = (struct plan){true, true, pen->look->group->chain_count > 1,
                          true, true, pen->look->group->device_count};
    while (measure(pen, plan) > panel_max) {
        bool bare = !plan->keys && !plan->table_head && !plan->odds && !plan->chains;
        if (plan->devices > (bare ? 0U : 4U)) {
            plan->devices -= 1;
        } else if (plan->keys) {
            plan->keys = false;
        } else if (plan->table_head) {
            plan->table_head = false;
        } else if (plan->odds) {
            plan->odds = false;
        } else if (plan->chains) {
            plan->chains = false;
        } else if (plan->server) {
            plan->server = false;
        } else {
            return;
        }
    }
}

void miner_screen_draw(struct miner_canvas *canvas, const struct miner_screen_look *look)
{
    struct miner_pen pen = {.canvas = canvas, .look = look, .columns = canvas->columns};
    struct plan plan;
    make_plan(&plan, &pen);
    draw_panel(&pen, &plan);
    for (unsigned i = 0; i < canvas->columns; i++) {
        miner_canvas_set(canvas, pen.row, i, MINER_STYLE_LABEL, look->unicode ? 0x2500 : '-');
    }
    unsigned top = pen.row + 1;
    unsigned end = canvas->rows - (plan.keys ? 1 : 0);
    if (end > top && end <= canvas->rows) {
        miner_screen_draw_events(&pen, top, end);
    }
    if (plan.keys) {
        pen.row = end;
        draw_keys(&pen);
    }
}
