/* text.c: see text.h. */
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void base_text_add(char *list, size_t cap, const char *between, const char *word)
{
    size_t used = strlen(list);
    (void)snprintf(list + used, cap - used, "%s%s", used > 0 ? between : "", word);
}

/* C1 controls, on which some terminals act; marks and overrides of the direction of writing; halves
 * of pairs. */
static bool is_hidden(uint32_t c)
{
    return (c >= 0x80 && c < 0xa0) || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
           (c >= 0xd800 && c < 0xe000) || c == 0xfeff || c > 0x10ffff;
}

size_t base_text_utf8(const char *text, size_t size)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)text;
    size_t length = size == 0      ? 0
                    : at[0] < 0x80 ? 1
                    : at[0] < 0xc2 ? 0
                    : at[0] < 0xe0 ? 2
                    : at[0] < 0xf0 ? 3
                    : at[0] < 0xf5 ? 4
                                   : 0;
    if (length <= 1) {
        return length == 1 && at[0] >= ' ' && at[0] != 0x7f ? 1 : 0;
    }
    uint32_t c = at[0] & (0xffU >> (length + 1));
    if (length > size) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
        c = c << 6 | (at[i] & 0x3fU);
    }
    return c < least[length] || is_hidden(c) ? 0 : length;
}
