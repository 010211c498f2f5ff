/* text.c: see text.h. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

void base_text_add(char *list, size_t cap, const char *between, const char *word)
{
    size_t used = strlen(list);
    (void)snprintf(list + used, cap - used, "%s%s", used > 0 ? between : "", word);
}
