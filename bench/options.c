/* options.c: the option table of bench and its parser. */
#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crew.h"

#define SECONDS_DEFAULT 5.0
#define SECONDS_MIN 0.1
#define SECONDS_MAX 86400.0
#define HASHES_MAX (UINT64_C(1) << 48) /* a day of the fastest device there is */

/* Takes the value (NULL for flags). Returns BASE_OK or BASE_E_ARG with what would be right; the
 * option's name is put before it. */
typedef enum base_status (*set_fn)(struct bench_options *options, const char *value,
                                   struct base_error *error);

struct option {
    const char *name;  /* without dashes */
    char letter;       /* 0: none */
    const char *value; /* what help calls it; NULL: a flag */
    set_fn set;
    const char *help;
};

static enum base_status set_text(const char **text, const char *value, const char *what,
                                 struct base_error *error)
{
    if (value[0] == '\0') {
        return base_error_set(error, BASE_E_ARG, "the value is empty; give %s", what);
    }
    *text = value;
    return BASE_OK;
}

static enum base_status set_algo(struct bench_options *options, const char *value,
                                 struct base_error *error)
{
    return set_text(&options->algo, value, "the name of an algorithm, such as alephium", error);
}

static enum base_status set_device(struct bench_options *options, const char *value,
                                   struct base_error *error)
{
    return set_text(&options->device, value,
                    "cpu, all, or OpenCL devices as `shardpick devices` names them", error);
}

static enum base_status set_cpu_kernel(struct bench_options *options, const char *value,
                                       struct base_error *error)
{
    return set_text(&options->cpu_kernel, value, "the name of a kernel, such as avx2", error);
}

static enum base_status set_save(struct bench_options *options, const char *value,
                                 struct base_error *error)
{
    return set_text(&options->save, value, "the file to write", error);
}

static enum base_status set_compare(struct bench_options *options, const char *value,
                                    struct base_error *error)
{
    return set_text(&options->compare, value, "a file that --save wrote", error);
}

/* Decimal digits only: strtoull alone would take signs and blanks. */
static bool read_number(uint64_t *number, const char *value, uint64_t max)
{
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || digits > 19 || value[digits] != '\0') {
        return false;
    }
    *number = strtoull(value, NULL, 10);
    return *number <= max;
}

static enum base_status set_threads(struct bench_options *options, const char *value,
                                    struct base_error *error)
{
    uint64_t number = 0;
    options->threads_auto = strcmp(value, "auto") == 0;
    options->threads_given = !options->threads_auto;
    if (!options->threads_auto && !read_number(&number, value, BENCH_LANES_MAX)) {
        return base_error_set(error, BASE_E_ARG,
                              "\"%.40s\" is no number of lanes; give 0 to %d, or auto", value,
                              BENCH_LANES_MAX);
    }
    options->threads = (unsigned)number;
    return BASE_OK;
}

static enum base_status set_seconds(struct bench_options *options, const char *value,
                                    struct base_error *error)
{
    char *end = NULL;
    errno = 0;
    double number = strtod(value, &end);
    bool plain = strspn(value, "0123456789.") == strlen(value) && value[0] != '\0';
    if (!plain || *end != '\0' || errno != 0 || !(number >= SECONDS_MIN) || number > SECONDS_MAX) {
        return base_error_set(error, BASE_E_ARG,
                              "\"%.40s\" is no time to measure; give %.1f to %.0f seconds", value,
                              SECONDS_MIN, SECONDS_MAX);
    }
    options->seconds = number;
    options->seconds_given = true;
    return BASE_OK;
}

static enum base_status set_hashes(struct bench_options *options, const char *value,
                                   struct base_error *error)
{
    if (!read_number(&options->hashes, value, HASHES_MAX) || options->hashes == 0) {
        return base_error_set(error, BASE_E_ARG,
                              "\"%.40s\" is no amount of work; give 1 to %" PRIu64 " hashes", value,
                              HASHES_MAX);
    }
    return BASE_OK;
}

static enum base_status set_seed(struct bench_options *options, const char *value,
                                 struct base_error *error)
{
    if (!read_number(&options->seed, value, INT64_MAX)) {
        return base_error_set(
            error, BASE_E_ARG,
            "\"%.40s\" is no seed; give a whole number from 0 to 9223372036854775807", value);
    }
    options->seed_given = true;
    return BASE_OK;
}

static enum base_status set_kernels(struct bench_options *options, const char *value,
                                    struct base_error *error)
{
    (void)value;
    (void)error;
    options->kernels = true;
    return BASE_OK;
}

static enum base_status set_format(struct bench_options *options, enum bench_format format,
                                   struct base_error *error)
{
    if (options->format_given && options->format != format) {
        return base_error_set(error, BASE_E_ARG,
                              "another output format was given before; choose one of --json, "
                              "--csv and --markdown");
    }
    options->format = format;
    options->format_given = true;
    return BASE_OK;
}

static enum base_status set_json(struct bench_options *options, const char *value,
                                 struct base_error *error)
{
    (void)value;
    return set_format(options, BENCH_JSON, error);
}

static enum base_status set_csv(struct bench_options *options, const char *value,
                                struct base_error *error)
{
    (void)value;
    return set_format(options, BENCH_CSV, error);
}

static enum base_status set_markdown(struct bench_options *options, const char *value,
                                     struct base_error *error)
{
    (void)value;
    return set_format(options, BENCH_MARKDOWN, error);
}

static enum base_status set_quiet(struct bench_options *options, const char *value,
                                  struct base_error *error)
{
    (void)value;
    (void)error;
    options->quiet = true;
    return BASE_OK;
}

static enum base_status set_help(struct bench_options *options, const char *value,
                                 struct base_error *error)
{
    (void)value;
    (void)error;
    options->help = true;
    return BASE_OK;
}

static const struct option table[] = {
    {"algo", 'a', "NAME", set_algo, "measure this algorithm only"},
    {"device", 0, "LIST", set_device,
     "cpu, all, or OpenCL devices: 0:0, a PCI name; separated by commas"},
    {"cpu-kernel", 0, "NAME", set_cpu_kernel, "measure this CPU kernel"},
    {"kernels", 0, NULL, set_kernels, "measure every CPU kernel this processor runs"},
    {"threads", 't', "N|auto", set_threads,
     "CPU lanes (default: every core; 0: none; auto: measured)"},
    {"seconds", 0, "S", set_seconds, "time for each result (default 5)"},
    {"hashes", 0, "N", set_hashes,
     "fixed work instead: N hashes, and a digest of their finds that is the same everywhere"},
    {"seed", 0, "S", set_seed, "header of the fixed work (default 0)"},
    {"json", 0, NULL, set_json, "one JSON object on standard output"},
    {"csv", 0, NULL, set_csv, "comma-separated values"},
    {"markdown", 0, NULL, set_markdown, "a Markdown table"},
    {"save", 0, "FILE", set_save, "write the JSON object to a file as well"},
    {"compare", 0, "FILE", set_compare, "ratios to a saved run, with their uncertainty"},
    {"quiet", 'q', NULL, set_quiet, "no progress on standard error"},
    {"help", 'h', NULL, set_help, "this text"},
};

/* Number of single-character edits between two short texts (Levenshtein). */
static size_t distance(const char *a, size_t a_size, const char *b)
{
    size_t row[32];
    size_t b_size = strlen(b);
    if (a_size >= BASE_COUNT_OF(row) || b_size >= BASE_COUNT_OF(row)) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b_size; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t above = row[j];
            size_t best = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            best = above + 1 < best ? above + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[b_size];
}

static enum base_status unknown_option(const char *argument, const char *name, size_t name_size,
                                       struct base_error *error)
{
    const struct option *nearest = NULL;
    size_t nearest_distance = 3; /* further is no likeness */
    for (size_t i = 0; i < BASE_COUNT_OF(table); i++) {
        size_t d = distance(name, name_size, table[i].name);
        if (d < nearest_distance) {
            nearest = &table[i];
            nearest_distance = d;
        }
    }
    if (nearest != NULL) {
        return base_error_set(error, BASE_E_ARG, "unknown option %.60s; did you mean --%s?",
                              argument, nearest->name);
    }
    return base_error_set(error, BASE_E_ARG,
                          "unknown option %.60s; `shardpick bench --help` lists all", argument);
}

/* Apply one option: its value is inline (after "=" or the letter) or the next argument. */
static enum base_status apply(struct bench_options *options, const struct option *option,
                              const char *value_inline, int argc, char **argv, int *index,
                              struct base_error *error)
{
    const char *value = value_inline;
    char name[64];
    (void)snprintf(name, sizeof name, "--%s", option->name);
    if (option->value == NULL && value != NULL) {
        return base_error_set(error, BASE_E_ARG, "%s takes no value, but was given \"%.60s\"", name,
                              value);
    }
    if (option->value != NULL && value == NULL) {
        if (*index + 1 >= argc) {
            return base_error_set(error, BASE_E_ARG, "%s needs a value: %s %s", name, name,
                                  option->value);
        }
        *index += 1;
        value = argv[*index];
    }
    enum base_status status = option->set(options, value, error);
    return status == BASE_OK ? BASE_OK : base_error_prefix(error, name);
}

static enum base_status parse_argument(struct bench_options *options, int argc, char **argv,
                                       int *index, struct base_error *error)
{
    const char *argument = argv[*index];
    if (argument[0] != '-' || argument[1] == '\0') {
        return base_error_set(error, BASE_E_ARG,
                              "bench takes options only, but was given \"%.60s\"; to name an "
                              "algorithm use -a",
                              argument);
    }
    if (argument[1] != '-') {
        for (size_t i = 0; i < BASE_COUNT_OF(table); i++) {
            if (table[i].letter == argument[1]) {
                return apply(options, &table[i], argument[2] != '\0' ? argument + 2 : NULL, argc,
                             argv, index, error);
            }
        }
        return unknown_option(argument, argument + 1, strlen(argument + 1), error);
    }
    const char *name = argument + 2;
    size_t name_size = strcspn(name, "=");
    for (size_t i = 0; i < BASE_COUNT_OF(table); i++) {
        if (strlen(table[i].name) == name_size && memcmp(table[i].name, name, name_size) == 0) {
            return apply(options, &table[i], name[name_size] == '=' ? name + name_size + 1 : NULL,
                         argc, argv, index, error);
        }
    }
    return unknown_option(argument, name, name_size, error);
}

static enum base_status check_together(const struct bench_options *options,
                                       struct base_error *error)
{
    if (options->kernels && options->cpu_kernel != NULL) {
        return base_error_set(error, BASE_E_ARG,
                              "--kernels measures every kernel and --cpu-kernel one; give one of "
                              "the two");
    }
    if (options->hashes > 0 && options->seconds_given) {
        return base_error_set(error, BASE_E_ARG,
                              "--hashes fixes the work and --seconds the time; give one of the "
                              "two");
    }
    if (options->hashes == 0 && options->seed_given) {
        return base_error_set(error, BASE_E_ARG,
                              "--seed belongs to fixed work; add --hashes N or leave it out");
    }
    if (options->hashes > 0 && options->compare != NULL) {
        return base_error_set(error, BASE_E_ARG,
                              "--compare needs repeated windows, which fixed work (--hashes) has "
                              "not; compare timed runs");
    }
    return BASE_OK;
}

enum base_status bench_options_parse(struct bench_options *options, int argc, char **argv,
                                     struct base_error *error)
{
    memset(options, 0, sizeof *options);
    options->seconds = SECONDS_DEFAULT;
    for (int i = 1; i < argc; i++) {
        enum base_status status = parse_argument(options, argc, argv, &i, error);
        if (status != BASE_OK) {
            return status;
        }
    }
    return check_together(options, error);
}

void bench_options_help(FILE *out)
{
    (void)fputs("usage: shardpick bench [options]\n"
                "Measures hashrates, checks the answers, and fails if one is wrong.\n\n",
                out);
    for (size_t i = 0; i < BASE_COUNT_OF(table); i++) {
        const struct option *option = &table[i];
        char left[64];
        (void)snprintf(left, sizeof left, "%c%c%s--%s%s%s", option->letter != 0 ? '-' : ' ',
                       option->letter != 0 ? option->letter : ' ',
                       option->letter != 0 ? ", " : "  ", option->name,
                       option->value != NULL ? " " : "",
                       option->value != NULL ? option->value : "");
        (void)fprintf(out, "  %-24s %s\n", left, option->help);
    }
    (void)fputs("\nExit codes: 0 done, 1 an answer was wrong or the run failed, 2 wrong usage, "
                "3 no usable\ndevice or a failed self-test.\n",
                out);
}
