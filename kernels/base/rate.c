/* rate.c: see rate.h. */
#include "base/rate.h"

#include <stdio.h>

#include "base/status.h"

char *base_rate_text(char *text, size_t cap, double rate, const char *unit)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P"};
    size_t prefix = 0;
    while (rate >= 999.95 && prefix + 1 < BASE_COUNT_OF(prefixes)) { /* is printed as 1000.0 */
        rate /= 1000;
        prefix++;
    }
    (void)snprintf(text, cap, "%.*f %s%s/s", rate < 99.995 ? 2 : 1, rate, prefixes[prefix], unit);
    return text;
}
