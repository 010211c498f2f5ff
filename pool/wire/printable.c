/* printable.c: text of a peer made fit for the log. */
#include "wire/printable.h"

#include <stdbool.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"

char *pool_printable(char *to, size_t cap, const char *text, size_t size)
{
    static const char unknown[] = "\xef\xbf\xbd"; /* U+FFFD */
    size_t used = 0;
    bool blank = false; /* the last one stands for a control character */
    BASE_ASSERT(cap > 0);
    for (size_t at = 0; at < size;) {
        size_t length = base_text_utf8(text + at, size - at);
        bool control = length == 0 && ((unsigned char)text[at] < ' ' || text[at] == 0x7f);
        const char *shown = length > 0 ? text + at : control ? " " : unknown;
        size_t bytes = length > 0 ? length : strlen(shown);
        if (used + bytes >= cap) {
            break;
        }
        if (!control || !blank) {
            memcpy(to + used, shown, bytes);
            used += bytes;
        }
        blank = control;
        at += length > 0 ? length : 1;
    }
    to[used] = '\0';
    return to;
}
