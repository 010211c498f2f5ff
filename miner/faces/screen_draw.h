/* screen_draw.h: the live screen as a picture: from numbers and a size to a canvas. A pure
 * function; screen.c takes the snapshot and shows the picture. */
#ifndef MINER_SCREEN_DRAW_H
#define MINER_SCREEN_DRAW_H

#include "faces/canvas.h"
#include "log/log.h"
#include "run/snapshot.h"

enum {
    MINER_SCREEN_EVENTS_MAX = 400,
    MINER_SCREEN_HISTORY_MAX = 240, /* points of the small chart */
};

/* One line of the event log. */
struct miner_screen_event {
    char stamp[12]; /* "12:31:07" */
    enum miner_log_level level;
    char tag[MINER_LOG_TAG_MAX];
    char text[MINER_LOG_TEXT_MAX];
};

/* Numbers that are followed over time. Zeroed memory is the start. */
struct miner_screen_past {
    uint64_t sampled_ms;                      /* base_clock_ms of the last sample; 0: none */
    uint64_t hashes;                          /* then */
    double expected_finds;                    /* by the hashes done and the targets of their jobs */
    double history[MINER_SCREEN_HISTORY_MAX]; /* rates, oldest first */
    size_t history_count;
};

/* What is shown. Everything is borrowed for the call. */
struct miner_screen_look {
    const struct miner_snapshot *snapshot;
    const struct miner_snapshot_group *group; /* of the snapshot */
    const char *version;
    bool unicode; /* false: ASCII only */
    const struct miner_screen_past *past;
    const struct miner_screen_event *events; /* a ring of MINER_SCREEN_EVENTS_MAX */
    size_t event_first;                      /* index of the oldest */
    size_t event_count;
};

/** Draw a look on a cleared canvas, whatever its size. Where there is too little height, parts
 * of the panel are left out, so that the log keeps some lines. */
void miner_screen_draw(struct miner_canvas *canvas, const struct miner_screen_look *look);

#endif
