/* units.c: see units.h. */
#include "log/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"

char *miner_unit_bytes(char *text, size_t cap, uint64_t bytes)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1024.0 && unit + 1 < BASE_COUNT_OF(names)) {
        value /= 1024.0;
        unit++;
    }
    (void)snprintf(text, cap, "%.4g %s", value, names[unit]);
    return text;
}

char *miner_unit_count(char *text, size_t cap, double value)
{
    static const char *const names[] = {"", " k", " M", " G", " T", " P", " E", " Z", " Y"};
    size_t unit = 0;
    while (value >= 999.995 && unit + 1 < BASE_COUNT_OF(names)) {
        value /= 1000.0;
        unit++;
    }
    (void)snprintf(text, cap, unit == 0 ? "%.1f%s" : "%.2f%s", value, names[unit]);
    return text;
}

char *miner_unit_span(char *text, size_t cap, double seconds)
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{31557600, "years"}, {86400, "d"}, {3600, "h"}, {60, "min"}, {0, "s"}};
    size_t i = 0;
    if (!isfinite(seconds)) {
        (void)snprintf(text, cap, "-");
        return text;
    }
    while (seconds < 2 * units[i].seconds) {
        i++;
    }
    double value = units[i].seconds > 0 ? seconds / units[i].seconds : seconds;
    (void)snprintf(text, cap,
                   value < 1    ? "%.2f %s"
                   : value < 10 ? "%.1f %s"
                                : "%.0f %s",
                   value, units[i].name);
    return text;
}

const char *miner_unit_noun(const char *unit)
{
    return strcmp(unit, "Sol") == 0 ? "solutions" : "hashes";
}

char *miner_unit_plural(char *text, size_t cap, uint64_t count, const char *noun)
{
    (void)snprintf(text, cap, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
    return text;
}
