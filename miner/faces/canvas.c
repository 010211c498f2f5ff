/* canvas.c: see canvas.h. */
#include "faces/canvas.h"

/* Ranges whose characters take two columns or none (combining marks, East Asian and pictographs,
 * direction marks), coarsely: the screen shows names and numbers. */
static bool is_one_column(uint32_t c)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } others[] = {
        {0x0, 0x1f},         {0x7f, 0x9f},     {0xad, 0xad},     {0x300, 0x36f},   {0x483, 0x489},
        {0x591, 0x5c7},      {0x610, 0x61a},   {0x64b, 0x65f},   {0x900, 0xdff},   {0xe31, 0xeff},
        {0x1100, 0x11ff},    {0x135d, 0x135f}, {0x1712, 0x1dff}, {0x200b, 0x200f}, {0x2028, 0x202f},
        {0x2060, 0x206f},    {0x20d0, 0x20ff}, {0x231a, 0x231b}, {0x2600, 0x27bf}, {0x2b00, 0x2bff},
        {0x2e80, 0xa4cf},    {0xa66f, 0xa69f}, {0xa800, 0xd7ff}, {0xd800, 0xdfff}, {0xe000, 0xffff},
        {0x10000, 0x10ffff},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (c >= others[i].first && c <= others[i].last) {
            return false;
        }
    }
    return true;
}

void miner_canvas_clear(struct miner_canvas *canvas, unsigned rows, unsigned columns)
{
    canvas->rows = rows < MINER_CANVAS_ROWS_MAX ? rows : MINER_CANVAS_ROWS_MAX;
    canvas->columns = columns < MINER_CANVAS_COLUMNS_MAX ? columns : MINER_CANVAS_COLUMNS_MAX;
    for (size_t i = 0; i < (size_t)canvas->rows * canvas->columns; i++) {
        canvas->cells[i].glyph = ' ';
        canvas->cells[i].style = MINER_STYLE_PLAIN;
    }
}

void miner_canvas_set(struct miner_canvas *canvas, unsigned row, unsigned column,
                      enum miner_style style, uint32_t glyph)
{
    if (row < canvas->rows && column < canvas->columns) {
        struct miner_cell *cell = &canvas->cells[(size_t)row * canvas->columns + column];
        cell->glyph = glyph;
        cell->style = style;
    }
}

uint32_t miner_canvas_next(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    unsigned char lead = *at++;
    unsigned more = lead < 0xc2 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : 0;
    uint32_t c = more == 0 ? lead : lead & (0x3fU >> more);
    bool whole = lead < 0x80 || more > 0;
    for (unsigned i = 0; i < more && whole; i++) {
        whole = (*at & 0xc0) == 0x80;
        c = whole ? c << 6 | (*at++ & 0x3fU) : c;
    }
    *text = (const char *)at;
    return whole && is_one_column(c) ? c : '?';
}

unsigned miner_canvas_width(const char *text)
{
    unsigned width = 0;
    while (*text != '\0') {
        (void)miner_canvas_next(&text);
        width += 1;
    }
    return width;
}

unsigned miner_canvas_put(struct miner_canvas *canvas, unsigned row, unsigned column,
                          enum miner_style style, const char *text)
{
    while (*text != '\0') {
        miner_canvas_set(canvas, row, column, style, miner_canvas_next(&text));
        column += 1;
    }
    return column;
}

static size_t encode(char utf8[4], uint32_t c)
{
    if (c < 0x80) {
        utf8[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        utf8[0] = (char)(0xc0 | c >> 6);
        utf8[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    utf8[0] = (char)(0xe0 | c >> 12);
    utf8[1] = (char)(0x80 | (c >> 6 & 0x3f));
    utf8[2] = (char)(0x80 | (c & 0x3f));
    return 3; /* cells hold nothing above U+FFFF */
}

char *miner_canvas_text(const struct miner_canvas *canvas, unsigned row, char *text, size_t cap)
{
    size_t used = 0;
    size_t ink = 0; /* length of the text without spaces at its end */
    for (unsigned column = 0; row < canvas->rows && column < canvas->columns; column++) {
        char utf8[4];
        uint32_t glyph = canvas->cells[(size_t)row * canvas->columns + column].glyph;
        size_t size = encode(utf8, glyph);
        if (used + size + 1 > cap) {
            break;
        }
        for (size_t i = 0; i < size; i++) {
            text[used++] = utf8[i];
        }
        ink = glyph != ' ' ? used : ink;
    }
    text[ink] = '\0';
    return text;
}
