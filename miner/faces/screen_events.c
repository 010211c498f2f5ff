/* screen_events.c: the event log on the live screen, wrapped. See screen_pen.h. */
#include <string.h>

#include "faces/screen_pen.h"

static enum miner_style event_style(enum miner_log_level level)
{
    switch (level) {
    case MINER_LOG_ERROR:
        return MINER_STYLE_BAD;
    case MINER_LOG_WARNING:
        return MINER_STYLE_WARN;
    case MINER_LOG_GOOD:
        return MINER_STYLE_GOOD;
    case MINER_LOG_DEBUG:
        return MINER_STYLE_LABEL;
    case MINER_LOG_INFO:
        break;
    }
    return MINER_STYLE_PLAIN;
}

/* Columns of text that go into one row: up to the last space that fits, or all that fits. */
static unsigned wrap(const char *text, unsigned room)
{
    unsigned fits = 0;
    unsigned space = 0;
    while (*text != '\0') {
        bool is_space = *text == ' ';
        (void)miner_canvas_next(&text);
        if (is_space && fits > room / 2) {
            space = fits;
        }
        if (fits == room) {
            return is_space || space == 0 ? fits : space;
        }
        fits += 1;
    }
    return fits;
}

/* Draw a line's rows from first_row on, and no row above `top`. Returns the number of its rows. */
static int draw_event(struct miner_pen *pen, const struct miner_screen_event *event, int first_row,
                      int top, int end)
{
    bool narrow = pen->columns < 60;
    unsigned left = MINER_SCREEN_MARGIN + (narrow ? 0 : 18);
    unsigned room =
        pen->columns > left + MINER_SCREEN_MARGIN ? pen->columns - left - MINER_SCREEN_MARGIN : 1;
    const char *text = event->text;
    int rows = 0;
    do {
        unsigned size = wrap(text, room);
        int row = first_row + rows;
        bool seen = row >= top && row < end;
        pen->row = seen ? (unsigned)row : MINER_CANVAS_ROWS_MAX;
        if (rows == 0 && !narrow) {
            (void)miner_pen_put(pen, MINER_SCREEN_MARGIN, MINER_STYLE_LABEL, event->stamp);
            (void)miner_pen_put(pen, MINER_SCREEN_MARGIN + 9, MINER_STYLE_TAG, event->tag);
        }
        for (unsigned i = 0; i < size; i++) {
            miner_canvas_set(pen->canvas, pen->row, left + i, event_style(event->level),
                             miner_canvas_next(&text));
        }
        text += strspn(text, " ");
        rows += 1;
    } while (*text != '\0');
    return rows;
}

/* The newest events in rows [top, end), the newest one at the bottom. */
void miner_screen_draw_events(struct miner_pen *pen, unsigned top, unsigned end)
{
    const struct miner_screen_look *look = pen->look;
    int row = (int)end;
    size_t shown = 0;
    while (shown < look->event_count && row > (int)top) {
        size_t at = (look->event_first + look->event_count - 1 - shown) % MINER_SCREEN_EVENTS_MAX;
        const struct miner_screen_event *event = &look->events[at];
        row -= draw_event(pen, event, 0, INT32_MAX, 0); /* measures */
        (void)draw_event(pen, event, row, (int)top, (int)end);
        shown += 1;
    }
    /* A log that does not fill its room begins at the top. */
    if (row > (int)top && shown == look->event_count && row < (int)end) {
        unsigned up = (unsigned)row - top;
        struct miner_canvas *canvas = pen->canvas;
        size_t width = canvas->columns;
        memmove(&canvas->cells[top * width], &canvas->cells[(top + up) * width],
                (end - top - up) * width * sizeof canvas->cells[0]);
        for (size_t i = (end - up) * width; i < end * width; i++) {
            canvas->cells[i] = (struct miner_cell){' ', MINER_STYLE_PLAIN};
        }
    }
}
