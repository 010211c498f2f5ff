/* totals.c: see totals.h. */
#include "faces/totals.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"

/* Members that are added up, with all numbers inside them. */
static const char *const summed[] = {
    "hashes",     "hashrate",          "found",    "accepted",     "rejected",
    "stale",      "invalid_on_device", "blocks",   "jobs",         "not_sent",
    "extra",      "duplicates",        "shares",   "shares_good",  "air",
    "unanswered", "connects",          "failures", "hashes_total", "shares_total"};

/* Lists that are joined. */
static const char *const joined[] = {"per_device", "per_chain", "devices", "busid",
                                     "hash",       "threads",   "chains"};

static bool is_in(const char *const names[], size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], key) == 0) {
            return true;
        }
    }
    return false;
}

static void add_object(json_t *total, const json_t *part, bool all);

/* Add a value to its counterpart. */
static void add_value(json_t *holder, const char *key, json_t *total, json_t *part)
{
    if (json_is_integer(total) && json_is_integer(part)) {
        (void)json_integer_set(total, json_integer_value(total) + json_integer_value(part));
    } else if (json_is_number(total) && json_is_number(part)) {
        (void)json_object_set_new(holder, key,
                                  json_real(json_number_value(total) + json_number_value(part)));
    } else if (json_is_object(total) && json_is_object(part)) {
        add_object(total, part, true);
    } else if (json_is_array(total) && json_is_array(part)) {
        for (size_t i = 0; i < json_array_size(total) && i < json_array_size(part); i++) {
            double sum = json_number_value(json_array_get(total, i)) +
                         json_number_value(json_array_get(part, i));
            bool whole = json_is_integer(json_array_get(total, i)) &&
                         json_is_integer(json_array_get(part, i));
            if (json_is_number(json_array_get(total, i))) {
                (void)json_array_set_new(total, i,
                                         whole ? json_integer((json_int_t)sum) : json_real(sum));
            }
        }
    }
}

/* In: all  every number of it counts. */
static void add_object(json_t *total, const json_t *part, bool all)
{
    const char *key = NULL;
    json_t *value = NULL;
    void *next = NULL;
    json_object_foreach_safe(total, next, key, value)
    {
        json_t *more = json_object_get(part, key);
        if (is_in(joined, sizeof joined / sizeof joined[0], key) && json_is_array(value)) {
            (void)json_array_extend(value, more);
        } else if (strcmp(key, "results") == 0 && json_is_object(value)) {
            add_object(value, more, false); /* also means and difficulties are in there */
        } else if (all || is_in(summed, sizeof summed / sizeof summed[0], key)) {
            add_value(total, key, value, more);
        }
    }
}

json_t *miner_totals(json_t *parts[], const char *const names[], size_t count)
{
    bool whole = true;
    for (size_t i = 0; i < count; i++) {
        whole = whole && parts[i] != NULL;
    }
    if (whole && count == 1) {
        return parts[0];
    }
    json_t *total = whole ? json_deep_copy(parts[0]) : NULL;
    json_t *groups = json_array();
    for (size_t i = 0; i < count; i++) {
        if (total != NULL && i > 0) {
            add_object(total, parts[i], false);
        }
        if (names != NULL && parts[i] != NULL) {
            (void)json_object_set_new(parts[i], "group", json_string(names[i]));
        }
        (void)json_array_append_new(groups, parts[i]);
    }
    if (total != NULL && names != NULL) {
        (void)json_object_set(total, "groups", groups);
    }
    json_decref(groups);
    return total;
}

/* ---- Prometheus ----------------------------------------------------------------------------- */

/* Length of a line with its end. */
static size_t line_size(const char *line)
{
    size_t size = strcspn(line, "\n");
    return size + (line[size] == '\n');
}

/* The next family's first line, its HELP, at or after this one; the end of the text without. */
static const char *next_family(const char *at)
{
    while (*at != '\0' && strncmp(at, "# HELP ", 7) != 0) {
        at += line_size(at);
    }
    return at;
}

/* The family of the same name in another text, or NULL. */
static const char *find_family(const char *text, const char *family)
{
    size_t size = 7 + strcspn(family + 7, " ") + 1;
    for (const char *at = next_family(text); *at != '\0'; at = next_family(at + line_size(at))) {
        if (strncmp(at, family, size) == 0) {
            return at;
        }
    }
    return NULL;
}

/* The samples of a family, each with the label. */
static void write_samples(FILE *out, const char *family, const char *name)
{
    const char *at = family + line_size(family);
    for (; *at != '\0' && strncmp(at, "# HELP ", 7) != 0; at += line_size(at)) {
        size_t stem = strcspn(at, "{ ");
        int rest = (int)(line_size(at) - stem);
        if (*at == '#') {
            continue;
        }
        if (at[stem] == '{') {
            (void)fprintf(out, "%.*s{group=\"%s\",%.*s", (int)stem, at, name, rest - 1,
                          at + stem + 1);
        } else {
            (void)fprintf(out, "%.*s{group=\"%s\"}%.*s", (int)stem, at, name, rest, at + stem);
        }
    }
}

void miner_totals_metrics(FILE *out, char *const texts[], const char *const names[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (const char *family = next_family(texts[i]); *family != '\0';
             family = next_family(family + line_size(family))) {
            bool told = false;
            for (size_t before = 0; before < i; before++) {
                told = told || find_family(texts[before], family) != NULL;
            }
            if (told) {
                continue;
            }
            const char *type = family + line_size(family);
            (void)fwrite(family, 1, line_size(family) + (*type == '#' ? line_size(type) : 0), out);
            for (size_t t = i; t < count; t++) {
                const char *same = t == i ? family : find_family(texts[t], family);
                if (same != NULL) {
                    write_samples(out, same, names[t]);
                }
            }
        }
    }
}
