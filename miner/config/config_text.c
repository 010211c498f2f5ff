/* config_text.c: see config_text.h. */
#include "config/config_text.h"

#include <stdbool.h>
#include <string.h>

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
            /* A string that is not closed on its line is wrong JSON, which jansson reports. */
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

/* ---- lines ---------------------------------------------------------------------------------- */

/* A position in the text. NULL once something was not found. */
struct cursor {
    const char *at;
    unsigned line;
};

static void skip_blank(struct cursor *cursor)
{
    while (*cursor->at != '\0' && strchr(" \t\r\n,:", *cursor->at) != NULL) {
        cursor->line += *cursor->at == '\n';
        cursor->at++;
    }
}

/* Past a string, from its first quote. */
static void skip_string(struct cursor *cursor)
{
    cursor->at++;
    while (*cursor->at != '\0' && *cursor->at != '"') {
        cursor->at += *cursor->at == '\\' && cursor->at[1] != '\0' ? 2 : 1;
    }
    cursor->at += *cursor->at == '"';
}

/* Past a whole value and the blanks behind it. */
static void skip_value(struct cursor *cursor)
{
    unsigned depth = 0;
    do {
        char c = *cursor->at;
        if (c == '"') {
            skip_string(cursor);
        } else if (c == '{' || c == '[') {
            depth++;
            cursor->at++;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
            cursor->at++;
        } else if (c != '\0') {
            cursor->at += strcspn(cursor->at, "\"{}[],: \t\r\n");
        }
        skip_blank(cursor);
    } while (depth > 0 && *cursor->at != '\0');
}

/* To the value of a key of the object at the cursor; *line is then the key's. */
static void to_member(struct cursor *cursor, unsigned *line, const char *key)
{
    size_t size = strlen(key);
    bool object = *cursor->at == '{';
    cursor->at += object;
    skip_blank(cursor);
    while (object && *cursor->at == '"') {
        const char *start = cursor->at + 1;
        *line = cursor->line;
        skip_string(cursor);
        bool same = (size_t)(cursor->at - start) == size + 1 && strncmp(start, key, size) == 0;
        skip_blank(cursor);
        if (same) {
            return;
        }
        skip_value(cursor);
    }
    cursor->at = NULL;
}

/* To the value of the key at a place, from the beginning of the text. */
static struct cursor find(const char *text, const struct miner_place *place, unsigned *line)
{
    struct cursor cursor = {text, 1};
    if (place->in == NULL) {
        skip_blank(&cursor);
    } else {
        cursor = find(text, place->in, line);
        bool list = cursor.at != NULL && *cursor.at == '[';
        if (list) {
            cursor.at++;
            skip_blank(&cursor);
        }
        for (size_t i = 0; list && i < place->in->index; i++) {
            skip_value(&cursor);
        }
    }
    if (cursor.at != NULL) {
        to_member(&cursor, line, place->key);
    }
    return cursor;
}

unsigned miner_config_line(const char *text, const struct miner_place *place)
{
    unsigned line = 0;
    return find(text, place, &line).at != NULL ? line : 0;
}
