/* config_text.c: see config_text.h. */
#include "config_text.h"

#include <stdbool.h>
#include <stddef.h>

/* Blank up to, not including, the end of the line. */
static char *blank_line(char *at)
{
    while (*at != '\0' && *at != '\n') {
        *at++ = ' ';
    }
    return at;
}

/* Blank a comment that begins here, keeping its line ends; NULL if it never ends. */
static char *blank_block(char *at, unsigned *line)
{
    at[0] = ' ';
    at[1] = ' ';
    for (at += 2; *at != '\0'; at++) {
        if (at[0] == '*' && at[1] == '/') {
            at[0] = ' ';
            at[1] = ' ';
            return at + 2;
        }
        *line += *at == '\n';
        *at = *at == '\n' ? '\n' : ' ';
    }
    return NULL;
}

unsigned miner_config_blank_comments(char *text)
{
    unsigned line = 1;
    bool inside = false; /* a string */
    char *at = text;
    while (*at != '\0') {
        if (inside) {
            /* A string that is not closed on its line is wrong JSON; jansson will say so. */
            bool escaped = at[0] == '\\' && at[1] != '\0' && at[1] != '\n';
            inside = escaped || (*at != '"' && *at != '\n');
            line += *at == '\n';
            at += escaped ? 2 : 1;
        } else if (*at == '#' || (at[0] == '/' && at[1] == '/')) {
            at = blank_line(at);
        } else if (at[0] == '/' && at[1] == '*') {
            unsigned begun = line;
            at = blank_block(at, &line);
            if (at == NULL) {
                return begun;
            }
        } else {
            inside = *at == '"';
            line += *at == '\n';
            at += 1;
        }
    }
    return 0;
}
