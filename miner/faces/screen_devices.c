/* screen_devices.c: the table of devices on the live screen: as many columns as there is room for.
 * See screen_pen.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/rate.h"
#include "faces/screen_pen.h"
#include "log/units.h"

enum {
    NAME_MIN = 14,  /* columns of a device's name */
    NAME_WIDE = 24, /* where there is room */
};

enum column { RATE, LIMIT, RATE_1, RATE_15, TEMPERATURE, POWER, FAN, FINDS, FAULTS, COLUMN_COUNT };

static const struct {
    const char *title;
    unsigned width;
    unsigned rank; /* columns of a low rank stay where there is little room */
} columns[COLUMN_COUNT] = {
    [RATE] = {"rate", 13, 0},      [LIMIT] = {"of limit", 10, 2}, [RATE_1] = {"1 min", 13, 7},
    [RATE_15] = {"15 min", 13, 8}, [FAN] = {"fan", 6, 5},         [TEMPERATURE] = {"temp", 7, 3},
    [POWER] = {"power", 8, 4},     [FINDS] = {"finds", 8, 6},     [FAULTS] = {"faults", 8, 1},
};

/* Which columns fit beside a name. */
static void choose_columns(bool chosen[COLUMN_COUNT], unsigned width)
{
    unsigned used =
        MINER_SCREEN_MARGIN + (width >= 80 ? NAME_WIDE : NAME_MIN) + MINER_SCREEN_MARGIN;
    bool full = false;
    memset(chosen, 0, COLUMN_COUNT * sizeof *chosen);
    for (unsigned rank = 0; rank < COLUMN_COUNT && !full; rank++) {
        for (size_t i = 0; i < COLUMN_COUNT; i++) {
            if (columns[i].rank == rank) {
                full = used + columns[i].width > width;
                chosen[i] = !full;
                used += full ? 0 : columns[i].width;
            }
        }
    }
}

static void sensor_text(char *text, size_t cap, int32_t value, int32_t unit, const char *name)
{
    if (value == MINER_SENSOR_UNKNOWN) {
        (void)snprintf(text, cap, "-");
    } else {
        (void)snprintf(text, cap, "%d %s", (int)((value + unit / 2) / unit), name);
    }
}

static enum miner_style cell_text(char *text, size_t cap, enum column column,
                                  const struct miner_pen *pen,
                                  const struct miner_snapshot_device *device)
{
    const char *unit = device->unit;
    const struct miner_reading *reading = &device->reading;
    switch (column) {
    case RATE:
        if (!device->up) {
            (void)snprintf(text, cap, "%s", device->state);
            return device->sum.lanes_off > 0 ? MINER_STYLE_BAD : MINER_STYLE_WARN;
        }
        if (device->table_permille > 0 && !device->cpu) {
            (void)snprintf(text, cap, "table %u %%", device->table_permille / 10);
            return MINER_STYLE_WARN;
        }
        (void)base_rate_text(text, cap, device->rate[0], unit);
        return MINER_STYLE_VALUE;
    case LIMIT:
        if (device->limit > 0 && device->up) {
            (void)snprintf(text, cap, "%.0f %%", 100 * device->rate[0] / device->limit);
        } else {
            (void)snprintf(text, cap, "-");
        }
        break;
    case RATE_1:
        (void)base_rate_text(text, cap, device->rate[1], unit);
        break;
    case RATE_15:
        (void)base_rate_text(text, cap, device->rate[2], unit);
        break;
    case TEMPERATURE:
        sensor_text(text, cap, reading->temperature_mc, 1000, pen->look->unicode ? "°C" : "C");
        return reading->temperature_mc >= 85000 ? MINER_STYLE_WARN : MINER_STYLE_PLAIN;
    case POWER:
        sensor_text(text, cap, reading->power_mw, 1000, "W");
        break;
    case FAN:
        sensor_text(text, cap, reading->fan_percent, 1, "%");
        break;
    case FINDS:
        (void)snprintf(text, cap, "%" PRIu64, device->sum.found);
        break;
    case FAULTS:
    case COLUMN_COUNT:
        (void)snprintf(text, cap, "%" PRIu64, device->sum.faults);
        return device->sum.faults > 0 ? MINER_STYLE_BAD : MINER_STYLE_PLAIN;
    }
    return MINER_STYLE_PLAIN;
}

/* Write right-justified so that the text ends before a column. */
static void put_right(struct miner_pen *pen, unsigned end, enum miner_style style, const char *text)
{
    unsigned width = miner_canvas_width(text);
    (void)miner_pen_put(pen, end > width ? end - width : 0, style, text);
}

/* "opencl 0000:65:00.0 NVIDIA H200" without its beginning, which every row has in common; --opencl
 * takes the rest as well. */
static const char *short_name(const char *name)
{
    static const char *const known[] = {"opencl ", "0000:"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t size = strlen(known[i]);
        name += strncmp(name, known[i], size) == 0 ? size : 0;
    }
    return name;
}

/* "cpu: 2 lanes, avx512" or "65:00.0 NVIDIA H200", cut to its room. */
static void put_name(struct miner_pen *pen, const struct miner_snapshot_device *device,
                     unsigned room)
{
    char name[MINER_LANE_NAME_MAX + 64];
    char lanes[32];
    if (device->cpu) {
        char table[32] = "";
        if (device->table_permille > 0) { /* they hash without it meanwhile */
            (void)snprintf(table, sizeof table, ", table %u %%", device->table_permille / 10);
        }
        (void)snprintf(name, sizeof name, "%s: %s, %s%s", device->name,
                       miner_unit_plural(lanes, sizeof lanes, device->sum.lanes, "lane"),
                       device->kernel, table);
    } else {
        (void)snprintf(name, sizeof name, "%s", short_name(device->name));
    }
    const char *from = name;
    for (unsigned i = 0; i < room && *from != '\0'; i++) {
        uint32_t glyph = miner_canvas_next(&from);
        bool cut = i + 1 == room && *from != '\0';
        miner_canvas_set(pen->canvas, pen->row, MINER_SCREEN_MARGIN + i, MINER_STYLE_PLAIN,
                         cut ? (pen->look->unicode ? 0x2026U : '~') : glyph);
    }
}

void miner_screen_draw_devices(struct miner_pen *pen, size_t count, bool head)
{
    const struct miner_snapshot_group *group = pen->look->group;
    bool chosen[COLUMN_COUNT];
    unsigned room = pen->columns - MINER_SCREEN_MARGIN;
    choose_columns(chosen, pen->columns);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        room -= chosen[i] ? columns[i].width : 0;
    }
    for (size_t line = head ? 0 : 1; line < count + 1; line++) {
        unsigned end = room;
        if (line == 0) {
            (void)miner_pen_put(pen, MINER_SCREEN_MARGIN, MINER_STYLE_LABEL, "device");
        } else {
            put_name(pen, &group->devices[line - 1], room - MINER_SCREEN_MARGIN);
        }
        for (size_t i = 0; i < COLUMN_COUNT; i++) {
            if (!chosen[i]) {
                continue;
            }
            char text[40];
            enum miner_style style = MINER_STYLE_LABEL;
            end += columns[i].width;
            if (line == 0) {
                (void)snprintf(text, sizeof text, "%s", columns[i].title);
            } else {
                style =
                    cell_text(text, sizeof text, (enum column)i, pen, &group->devices[line - 1]);
            }
            put_right(pen, end, style, text);
        }
        pen->row += 1;
    }
    if (count < group->device_count) {
        char text[40];
        (void)snprintf(text, sizeof text, "and %zu more", group->device_count - count);
        (void)miner_pen_put(pen, MINER_SCREEN_MARGIN, MINER_STYLE_LABEL, text);
        pen->row += 1;
    }
}
