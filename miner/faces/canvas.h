/* canvas.h: a picture of character cells in memory: text with a style at a row and column, clipped
 * at the edges. Knows no terminal: screen.c shows a canvas on one, tests read it as text. */
#ifndef MINER_CANVAS_H
#define MINER_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MINER_CANVAS_ROWS_MAX = 256, /* larger terminals use the upper left part */
    MINER_CANVAS_COLUMNS_MAX = 512,
};

/* What a cell means; screen.c chooses its colour. */
enum miner_style {
    MINER_STYLE_PLAIN,
    MINER_STYLE_BAR,      /* the line on top */
    MINER_STYLE_BAR_GOOD, /* in it: all is well */
    MINER_STYLE_BAR_WARN, /* in it: something is wrong */
    MINER_STYLE_LABEL,    /* names of values, rules, units: dimmed */
    MINER_STYLE_VALUE,    /* numbers to read */
    MINER_STYLE_MAIN,     /* the most important number */
    MINER_STYLE_GOOD,
    MINER_STYLE_WARN,
    MINER_STYLE_BAD,
    MINER_STYLE_TAG,  /* of log lines */
    MINER_STYLE_KEY,  /* letters to press */
    MINER_STYLE_HEAT, /* four of them: fresh ... old; a filled cell */
    MINER_STYLE_HEAT_1,
    MINER_STYLE_HEAT_2,
    MINER_STYLE_HEAT_3,
    MINER_STYLE_COUNT,
};

struct miner_cell {
    uint32_t glyph; /* Unicode; 0 in no cell */
    enum miner_style style;
};

struct miner_canvas {
    unsigned rows; /* 0: draws nothing, for measuring */
    unsigned columns;
    struct miner_cell cells[MINER_CANVAS_ROWS_MAX * MINER_CANVAS_COLUMNS_MAX];
};

/** Set the size, cut to the largest, and fill with spaces. */
void miner_canvas_clear(struct miner_canvas *canvas, unsigned rows, unsigned columns);

/** Write text from a cell on to the right; what lies outside is left out. Every code point takes
 * one column: those that would take none or two, and what is not UTF-8, become '?'.
 * Returns: the column after the text, also when that lies outside. */
unsigned miner_canvas_put(struct miner_canvas *canvas, unsigned row, unsigned column,
                          enum miner_style style, const char *text);

/** One cell; outside: nothing. */
void miner_canvas_set(struct miner_canvas *canvas, unsigned row, unsigned column,
                      enum miner_style style, uint32_t glyph);

/** Code point at *text, which is moved on; '?' for what is not UTF-8 or not one column wide. */
uint32_t miner_canvas_next(const char **text);

/** Columns that a text takes. */
unsigned miner_canvas_width(const char *text);

/** A row as UTF-8 without the spaces at its end. text is NUL-ended; returns it. */
char *miner_canvas_text(const struct miner_canvas *canvas, unsigned row, char *text, size_t cap);

#endif
