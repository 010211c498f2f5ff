/* test_bench_report.c: reports of made-up results: JSON holds the contract, CSV and Markdown parse
 * to the same cells whatever device names hold, text says what a person must know; and saved
 * reports are read back, damaged ones refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/rate.h"
#include "report.h"

static struct bench_machine machine = {
    .processor = "Proc | essor", .system = "System", .cores = 4, .threads = 8, .version = "1.2.3"};

/* Two results: a CPU kernel with all there is, a device with an awkward name and little. */
static void make_results(struct bench_results *results)
{
    memset(results, 0, sizeof *results);
    struct bench_result *cpu = bench_results_add(results);
    cpu->algorithm = "alephium";
    cpu->unit = "H";
    (void)snprintf(cpu->device, sizeof cpu->device, "cpu");
    (void)snprintf(cpu->kernel, sizeof cpu->kernel, "avx2");
    cpu->lanes = 4;
    cpu->hashes = 90000000;
    cpu->seconds = 2.5;
    for (int i = 0; i < 9; i++) {
        cpu->windows[i] = 40e6 + 1e5 * ((i * 5) % 9); /* 40.0 .. 40.8 MH/s */
    }
    bench_summarise(&cpu->rate, cpu->windows, 9);
    bench_summarise(&cpu->single, cpu->windows, 9);
    double ratios[6] = {3.9, 3.92, 3.94, 3.96, 3.98, 4};
    bench_summarise(&cpu->scaling, ratios, 6);
    cpu->limit = 50e6;
    cpu->of_limit = 0.808;
    cpu->on_core = 0.5;
    cpu->frequency_hz = 3.6e9;
    cpu->verified = 12345;
    struct bench_result *device = bench_results_add(results);
    device->algorithm = "alephium";
    device->unit = "H";
    (void)snprintf(device->device, sizeof device->device, "0:0");
    (void)snprintf(device->detail, sizeof device->detail, "=Device, \"odd\" | \\ one\r\nand more");
    (void)snprintf(device->kernel, sizeof device->kernel, "opencl");
    device->lanes = 1;
    device->windows[0] = 80e6;
    bench_summarise(&device->rate, device->windows, 1);
    device->wrong = 1;
    (void)snprintf(device->fault, sizeof device->fault, "it lies");
}

static char *print(const struct bench_results *results, enum bench_format format,
                   const struct bench_comparison *comparison)
{
    struct bench_report report = {&machine, results, comparison};
    struct base_error error = {BASE_OK, ""};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(bench_report_print(out, &report, format, &error), BASE_OK);
    (void)fclose(out);
    return text;
}

/* ---- JSON --------------------------------------------------------------------------------- */

static void test_json(void **state)
{
    static const char *const numbers[] = {"lanes",        "hashes",       "seconds", "hashrate",
                                          "hashrate_min", "hashrate_max", "verified"};
    static const char *const texts[] = {"algorithm", "device", "kernel"};
    static const char *const nullable[] = {"limit", "of_limit"};
    struct bench_results results;
    (void)state;
    make_results(&results);
    char *text = print(&results, BENCH_JSON, NULL);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "shardpick")), "1.2.3");
    const json_t *who = json_object_get(root, "machine");
    assert_string_equal(json_string_value(json_object_get(who, "processor")), "Proc | essor");
    assert_int_equal(json_integer_value(json_object_get(who, "threads")), 8);
    const json_t *list = json_object_get(root, "results");
    assert_int_equal(json_array_size(list), 2);
    for (size_t r = 0; r < 2; r++) {
        const json_t *result = json_array_get(list, r);
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
            assert_true(json_is_number(json_object_get(result, numbers[i])));
        }
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            assert_true(json_is_string(json_object_get(result, texts[i])));
        }
        for (size_t i = 0; i < sizeof nullable / sizeof nullable[0]; i++) {
            const json_t *value = json_object_get(result, nullable[i]);
            assert_true(r == 0 ? json_is_number(value) : json_is_null(value));
        }
    }
    const json_t *cpu = json_array_get(list, 0);
    assert_true(json_number_value(json_object_get(cpu, "hashrate")) == 40.4e6);
    assert_true(json_number_value(json_object_get(cpu, "hashrate_min")) == 40e6);
    assert_true(json_number_value(json_object_get(cpu, "limit")) == 50e6);
    const json_t *interval = json_object_get(cpu, "ci95"); /* of nine: second and eighth */
    assert_true(json_number_value(json_array_get(interval, 0)) == 40.1e6);
    assert_true(json_number_value(json_array_get(interval, 1)) == 40.7e6);
    assert_true(json_is_null(json_object_get(json_array_get(list, 1), "ci95")));
    json_decref(root);
    free(text);
    bench_results_free(&results);
}

/* ---- CSV ---------------------------------------------------------------------------------- */

/* Next cell of RFC 4180 text; *end_of_line tells whether it was the last of its line. */
static char *csv_cell(const char **at, char *cell, size_t cap, bool *end_of_line)
{
    size_t used = 0;
    bool quoted = **at == '"';
    const char *c = *at + (quoted ? 1 : 0);
    for (;; c++) {
        if (quoted && c[0] == '"' && c[1] == '"') {
            c++;
        } else if (quoted && c[0] == '"') {
            quoted = false;
            continue;
        } else if (!quoted && (*c == ',' || *c == '\r')) {
            break;
        }
        assert_true(*c != '\0' && used + 1 < cap);
        cell[used++] = *c;
    }
    cell[used] = '\0';
    *end_of_line = *c == '\r';
    assert_true(!*end_of_line || c[1] == '\n');
    *at = c + (*end_of_line ? 2 : 1);
    return cell;
}

static void test_csv(void **state)
{
    struct bench_results results;
    char names[64][64];
    char cell[1024];
    bool end = false;
    size_t columns = 0;
    (void)state;
    make_results(&results);
    char *text = print(&results, BENCH_CSV, NULL);
    const char *at = text;
    while (!end) {
        (void)csv_cell(&at, names[columns], sizeof names[0], &end);
        columns += 1;
    }
    for (size_t row = 0; row < results.count; row++) {
        size_t column = 0;
        for (end = false; !end; column++) {
            (void)csv_cell(&at, cell, sizeof cell, &end);
            if (strcmp(names[column], "hashrate") == 0) {
                assert_true(strtod(cell, NULL) == (row == 0 ? 40.4e6 : 80e6));
            } else if (strcmp(names[column], "detail") == 0 && row == 1) {
                /* whole, and no formula for a spreadsheet */
                assert_string_equal(cell, "'=Device, \"odd\" | \\ one\r\nand more");
            } else if (strcmp(names[column], "limit") == 0 && row == 1) {
                assert_string_equal(cell, "");
            } else if (strcmp(names[column], "fault") == 0 && row == 1) {
                assert_string_equal(cell, "it lies");
            }
        }
        assert_int_equal(column, columns);
    }
    assert_int_equal(*at, '\0');
    free(text);
    bench_results_free(&results);
}

/* ---- Markdown ----------------------------------------------------------------------------- */

/* Cells of a table row: bars that are not escaped, less one. 0: no row. */
static size_t markdown_cells(const char *line, size_t size)
{
    size_t bars = 0;
    for (size_t i = 0; i < size; i++) {
        bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1 : 0;
    }
    return size > 1 && line[0] == '|' && line[size - 1] == '|' ? bars - 1 : 0;
}

static void test_markdown(void **state)
{
    struct bench_results results;
    size_t rows = 0;
    (void)state;
    make_results(&results);
    (void)snprintf(results.items[1].device, sizeof results.items[1].device, "a|b");
    char *text = print(&results, BENCH_MARKDOWN, NULL);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        if (line[0] == '|') {
            assert_int_equal(markdown_cells(line, strcspn(line, "\n")), 10);
            rows += 1;
        }
    }
    assert_int_equal(rows, 2 + results.count); /* head, rule, one a result */
    assert_non_null(strstr(text, "40.40 MH/s"));
    assert_non_null(strstr(text, "80.8 %"));
    assert_non_null(strstr(text, "Proc \\| essor"));
    free(text);
    bench_results_free(&results);
}

/* ---- text --------------------------------------------------------------------------------- */

static void test_text(void **state)
{
    struct bench_results results;
    (void)state;
    make_results(&results);
    char *text = print(&results, BENCH_TEXT, NULL);
    assert_non_null(strstr(text, "40.40 MH/s"));
    assert_non_null(strstr(text, "[########################################..........]  80.8 %"));
    assert_non_null(strstr(text, "4 lanes are 3.950 x one lane"));
    assert_non_null(strstr(text, "only 50.0 % of the time"));
    assert_non_null(strstr(text, "WRONG ANSWERS: it lies"));
    assert_non_null(strstr(text, "too few for an interval"));
    free(text);
    bench_results_free(&results);
}

static void test_rates(void **state)
{
    char text[32];
    (void)state;
    assert_string_equal(base_rate_text(text, sizeof text, 0, "H"), "0.00 H/s");
    assert_string_equal(base_rate_text(text, sizeof text, 999.9, "H"), "999.9 H/s");
    assert_string_equal(base_rate_text(text, sizeof text, 1000, "H"), "1.00 kH/s");
    assert_string_equal(base_rate_text(text, sizeof text, 21.4e6, "H"), "21.40 MH/s");
    assert_string_equal(base_rate_text(text, sizeof text, 3.5e9, "Sol"), "3.50 GSol/s");
    assert_string_equal(base_rate_text(text, sizeof text, 5e15, "H"), "5.00 PH/s");
}

/* ---- save and compare --------------------------------------------------------------------- */

static struct bench_saved *saved_of(const struct bench_results *results)
{
    struct bench_saved *saved = NULL;
    struct base_error error = {BASE_OK, ""};
    char *text = print(results, BENCH_JSON, NULL);
    json_t *root = json_loads(text, 0, NULL);
    assert_int_equal(bench_saved_read(&saved, root, "test", &error), BASE_OK);
    json_decref(root);
    free(text);
    return saved;
}

static void test_compare(void **state)
{
    struct bench_results before;
    struct bench_results now;
    struct bench_comparison comparison;
    (void)state;
    make_results(&before);
    make_results(&now);
    struct bench_result *cpu = &now.items[0];
    for (size_t i = 0; i < 9; i++) {
        cpu->windows[i] *= 1.1;
    }
    bench_summarise(&cpu->rate, cpu->windows, 9);
    struct bench_saved *saved = saved_of(&before);
    bench_compare(&comparison, &now, saved, "old.json", machine.processor);
    assert_int_equal(comparison.count, 2);
    assert_false(comparison.other_processor);
    assert_int_equal(comparison.pairs[0].ratio.verdict, BENCH_FASTER);
    assert_true(fabs(comparison.pairs[0].ratio.ratio - 1.1) < 1e-6);
    assert_int_equal(comparison.pairs[1].ratio.verdict, BENCH_UNSURE); /* one window */
    char *text = print(&now, BENCH_TEXT, &comparison);
    assert_non_null(strstr(text, "1.1000 ("));
    assert_non_null(strstr(text, "faster"));
    assert_non_null(strstr(text, "too few windows to tell"));
    free(text);
    text = print(&now, BENCH_JSON, &comparison);
    json_t *root = json_loads(text, 0, NULL);
    const json_t *pairs = json_object_get(json_object_get(root, "compare"), "pairs");
    assert_string_equal(json_string_value(json_object_get(json_array_get(pairs, 0), "verdict")),
                        "faster");
    json_decref(root);
    free(text);
    /* The same again is no change; another lane count has no counterpart; another machine shows. */
    now.items[1].lanes = 7;
    bench_compare(&comparison, &before, saved, "old.json", "another");
    assert_true(comparison.other_processor);
    assert_int_equal(comparison.pairs[0].ratio.verdict, BENCH_SAME);
    bench_compare(&comparison, &now, saved, "old.json", machine.processor);
    assert_true(comparison.count == 1 && comparison.unmatched == 1);
    base_free(saved);
    bench_results_free(&before);
    bench_results_free(&now);
}

#define HEAD "{\"shardpick\": \"1\", \"machine\": {\"processor\": \"p\", \"compiler\": \"c\"}, "
#define WHO "\"algorithm\": \"a\", \"device\": \"d\", \"kernel\": \"k\", "

static void test_damaged_files(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } bad[] = {
        {"", "no JSON"},
        {"{", "no JSON"},
        {"nonsense", "no JSON"},
        {"[]", "no saved benchmark"},
        {"{}", "no saved benchmark"},
        {"{\"results\": []}", "no saved benchmark"},
        {HEAD "\"results\": 5}", "no saved benchmark"},
        {HEAD "\"results\": [5]}", "result 1 is no object"},
        {HEAD "\"results\": [{}]}", "result 1 lacks"},
        {HEAD "\"results\": [{" WHO "\"lanes\": -1, \"windows\": [1]}]}", "lanes"},
        {HEAD "\"results\": [{" WHO "\"lanes\": \"1\", \"windows\": [1]}]}", "lanes"},
        {HEAD "\"results\": [{" WHO "\"lanes\": 1}]}", "windows"},
        {HEAD "\"results\": [{" WHO "\"lanes\": 1, \"windows\": []}]}", "windows"},
        {HEAD "\"results\": [{" WHO "\"lanes\": 1, \"windows\": [0]}]}", "windows"},
        {HEAD "\"results\": [{" WHO "\"lanes\": 1, \"windows\": [-5]}]}", "windows"},
        {HEAD "\"results\": [{" WHO "\"lanes\": 1, \"windows\": [\"x\"]}]}", "windows"},
        {HEAD "\"shardpick\": \"2\", \"results\": []}", "no JSON"}, /* a member twice */
    };
    char file[] = "/tmp/shardpick-saved-XXXXXX";
    struct bench_saved *saved = NULL;
    struct base_error error;
    (void)state;
    int descriptor = mkstemp(file);
    assert_true(descriptor >= 0);
    (void)close(descriptor);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        FILE *out = fopen(file, "w");
        (void)fputs(bad[i].text, out);
        (void)fclose(out);
        memset(&error, 0, sizeof error);
        assert_int_equal(bench_saved_load(&saved, file, &error), BASE_E_FORMAT);
        assert_null(saved);
        if (strstr(error.text, bad[i].says) == NULL || strstr(error.text, file) == NULL) {
            fail_msg("\"%s\": \"%s\" lacks \"%s\"", bad[i].text, error.text, bad[i].says);
        }
    }
    /* what some editors put before the text does no harm */
    FILE *out = fopen(file, "w");
    (void)fputs("\xef\xbb\xbf" HEAD "\"results\": [{" WHO "\"lanes\": 1, \"windows\": [1]}]}", out);
    (void)fclose(out);
    assert_int_equal(bench_saved_load(&saved, file, &error), BASE_OK);
    base_free(saved);
    (void)remove(file);
    assert_int_equal(bench_saved_load(&saved, file, &error), BASE_E_IO);
    assert_int_equal(bench_saved_load(&saved, "/", &error), BASE_E_IO);
}

/* Too many windows or results are refused, not cut. */
static void test_saved_limits(void **state)
{
    struct bench_saved *saved = NULL;
    struct base_error error = {BASE_OK, ""};
    (void)state;
    json_t *windows = json_array();
    for (int i = 0; i <= BENCH_WINDOWS_MAX; i++) {
        (void)json_array_append_new(windows, json_integer(1));
    }
    json_t *result = json_pack("{s:s, s:s, s:s, s:i, s:O}", "algorithm", "a", "device", "d",
                               "kernel", "k", "lanes", 1, "windows", windows);
    json_t *root = json_pack("{s:s, s:{s:s, s:s}, s:[O]}", "shardpick", "1", "machine", "processor",
                             "p", "compiler", "c", "results", result);
    assert_int_equal(bench_saved_read(&saved, root, "many windows", &error), BASE_E_FORMAT);
    (void)json_array_remove(windows, 0);
    assert_int_equal(bench_saved_read(&saved, root, "just enough", &error), BASE_OK);
    assert_int_equal(saved->results[0].rate.count, BENCH_WINDOWS_MAX);
    base_free(saved);
    json_t *results = json_object_get(root, "results");
    while (json_array_size(results) <= BENCH_SAVED_MAX) {
        (void)json_array_append(results, result);
    }
    assert_int_equal(bench_saved_read(&saved, root, "many results", &error), BASE_E_LIMIT);
    json_decref(root);
    json_decref(result);
    json_decref(windows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),          cmocka_unit_test(test_csv),
        cmocka_unit_test(test_markdown),      cmocka_unit_test(test_text),
        cmocka_unit_test(test_rates),         cmocka_unit_test(test_compare),
        cmocka_unit_test(test_damaged_files), cmocka_unit_test(test_saved_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
