/* compare.c: read a saved run and pair its results with those of this one. A saved file may have
 * been edited or cut: everything is checked before it is used. */
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"

enum { FILE_MAX_BYTES = 16 << 20 };

const char *bench_verdict_text(enum bench_verdict verdict)
{
    switch (verdict) {
    case BENCH_UNSURE:
        return "too few windows to tell";
    case BENCH_SAME:
        return "no significant difference";
    case BENCH_FASTER:
        return "faster";
    case BENCH_SLOWER:
        return "slower";
    }
    return "";
}

static bool read_text(char *text, const json_t *object, const char *member)
{
    const char *value = json_string_value(json_object_get(object, member));
    if (value == NULL || strlen(value) >= BENCH_SAVED_NAME_MAX) {
        return false;
    }
    (void)snprintf(text, BENCH_SAVED_NAME_MAX, "%s", value);
    return true;
}

/* Medians and intervals are computed again from the windows. */
static bool read_windows(struct bench_summary *rate, const json_t *windows)
{
    double values[BENCH_WINDOWS_MAX];
    size_t count = json_array_size(windows);
    if (!json_is_array(windows) || count == 0 || count > BENCH_WINDOWS_MAX) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(windows, i);
        values[i] = json_number_value(item);
        if (!json_is_number(item) || !isfinite(values[i]) || values[i] <= 0) {
            return false;
        }
    }
    bench_summarise(rate, values, count);
    return true;
}

static const char *read_result(struct bench_saved_result *saved, const json_t *item)
{
    const json_t *lanes = json_object_get(item, "lanes");
    if (!json_is_object(item)) {
        return "is no object";
    }
    if (!read_text(saved->algorithm, item, "algorithm") ||
        !read_text(saved->device, item, "device") || !read_text(saved->kernel, item, "kernel")) {
        return "lacks \"algorithm\", \"device\" or \"kernel\"";
    }
    if (!json_is_integer(lanes) || json_integer_value(lanes) < 0 ||
        json_integer_value(lanes) > 1000000) {
        return "has no usable \"lanes\"";
    }
    saved->lanes = (unsigned)json_integer_value(lanes);
    if (!read_windows(&saved->rate, json_object_get(item, "windows"))) {
        return "has no usable \"windows\": positive numbers, 512 at most";
    }
    return NULL;
}

enum base_status bench_saved_read(struct bench_saved **saved, const json_t *root, const char *name,
                                  struct base_error *error)
{
    *saved = NULL;
    const json_t *results = json_object_get(root, "results");
    const json_t *machine = json_object_get(root, "machine");
    struct bench_saved *made = base_alloc(1, sizeof *made);
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory to read %.200s", name);
    }
    if (!json_is_object(root) || !json_is_array(results) ||
        !read_text(made->version, root, "shardpick") ||
        !read_text(made->processor, machine, "processor") ||
        !read_text(made->compiler, machine, "compiler")) {
        base_free(made);
        return base_error_set(
            error, BASE_E_FORMAT,
            "%.200s is no saved benchmark (it lacks \"shardpick\", \"machine\" or "
            "\"results\"); give a file that `shardpick bench --save` wrote",
            name);
    }
    if (json_array_size(results) > BENCH_SAVED_MAX) {
        base_free(made);
        return base_error_set(error, BASE_E_LIMIT, "%.200s holds more than %d results", name,
                              BENCH_SAVED_MAX);
    }
    for (size_t i = 0; i < json_array_size(results); i++) {
        const char *wrong = read_result(&made->results[i], json_array_get(results, i));
        if (wrong != NULL) {
            base_free(made);
            return base_error_set(error, BASE_E_FORMAT,
                                  "%.200s: result %zu %s; save a new timed run with "
                                  "`shardpick bench --save`",
                                  name, i + 1, wrong);
        }
        made->count = i + 1;
    }
    *saved = made;
    return BASE_OK;
}

enum base_status bench_saved_load(struct bench_saved **saved, const char *file,
                                  struct base_error *error)
{
    enum base_status status = BASE_OK;
    json_t *root = NULL;
    json_error_t where;
    struct stat info;
    char mark[3];
    *saved = NULL;
    FILE *in = fopen(file, "re");
    if (in == NULL) {
        return base_error_set(error, BASE_E_IO, "cannot open %.200s: %s", file, strerror(errno));
    }
    if (fstat(fileno(in), &info) != 0 || !S_ISREG(info.st_mode)) {
        status = base_error_set(error, BASE_E_IO, "%.200s is no regular file", file);
        goto out;
    }
    if (info.st_size > FILE_MAX_BYTES) {
        status =
            base_error_set(error, BASE_E_LIMIT,
                           "%.200s is larger than 16 MiB and cannot be a saved benchmark", file);
        goto out;
    }
    if (fread(mark, 1, sizeof mark, in) != sizeof mark || memcmp(mark, "\xef\xbb\xbf", 3) != 0) {
        rewind(in); /* some editors put a UTF-8 mark before the text */
    }
    root = json_loadf(in, JSON_REJECT_DUPLICATES, &where);
    if (root == NULL) {
        status = base_error_set(error, BASE_E_FORMAT,
                                "%.200s is no JSON (line %d, column %d: %.120s); give a file that "
                                "`shardpick bench --save` wrote",
                                file, where.line, where.column, where.text);
        goto out;
    }
    status = bench_saved_read(saved, root, file, error);
out:
    json_decref(root);
    (void)fclose(in);
    return status;
}

static const struct bench_saved_result *find_saved(const struct bench_saved *saved,
                                                   const struct bench_result *result)
{
    for (size_t i = 0; i < saved->count; i++) {
        const struct bench_saved_result *item = &saved->results[i];
        if (strcmp(item->algorithm, result->algorithm) == 0 &&
            strcmp(item->device, result->device) == 0 &&
            strcmp(item->kernel, result->kernel) == 0 && item->lanes == result->lanes) {
            return item;
        }
    }
    return NULL;
}

void bench_compare(struct bench_comparison *comparison, const struct bench_results *results,
                   const struct bench_saved *saved, const char *file, const char *processor)
{
    memset(comparison, 0, sizeof *comparison);
    comparison->saved = saved;
    comparison->file = file;
    comparison->other_processor = strcmp(saved->processor, processor) != 0;
    for (size_t i = 0; i < results->count; i++) {
        const struct bench_result *now = &results->items[i];
        const struct bench_saved_result *before = find_saved(saved, now);
        if (before == NULL || comparison->count == BENCH_SAVED_MAX) {
            comparison->unmatched += 1;
            continue;
        }
        struct bench_pair *pair = &comparison->pairs[comparison->count];
        pair->now = now;
        pair->before = before;
        pair->ratio = bench_compare_summaries(&now->rate, &before->rate);
        comparison->count += 1;
    }
}
