/* screen_pen.h: what the parts of the live screen's picture share (screen_draw.c, screen_devices.c,
 * screen_events.c); for them only. */
#ifndef MINER_SCREEN_PEN_H
#define MINER_SCREEN_PEN_H

#include "faces/screen_draw.h"

enum {
    MINER_SCREEN_LABEL = 10, /* columns of a section's name, with the margin */
    MINER_SCREEN_MARGIN = 1, /* on the left and on the right */
};

struct miner_pen {
    struct miner_canvas *canvas;
    const struct miner_screen_look *look;
    unsigned columns;
    unsigned row;
    unsigned column;
    unsigned indent; /* of further rows of a flow */
};

/** Write in the pen's row; as miner_canvas_put. */
static inline unsigned miner_pen_put(struct miner_pen *pen, unsigned column, enum miner_style style,
                                     const char *text)
{
    return miner_canvas_put(pen->canvas, pen->row, column, style, text);
}

/** The table of the first `count` devices from the pen's row on, with its heading or without;
 * moves the pen on. */
void miner_screen_draw_devices(struct miner_pen *pen, size_t count, bool head);

/** The newest events in rows [top, end), the newest one at the bottom. */
void miner_screen_draw_events(struct miner_pen *pen, unsigned top, unsigned end);

#endif
