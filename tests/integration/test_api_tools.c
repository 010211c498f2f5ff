/* test_api_tools.c: the HTTP interface as other people's programs see it: Prometheus' own linter
 * over /metrics, and the dashboard in a real browser. Each is skipped where the program is missing.
 * Arguments: the program, and "metrics" or "page". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/wait.h>

#include "api_run.h"

enum { SKIPPED = 77, PAGE_MAX = 1 << 20 };

static char *program;
static char *browser; /* its name */
static char page[PAGE_MAX];

static bool have(const char *tool)
{
    char command[128];
    (void)snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", tool);
    return system(command) == 0; /* NOLINT(cert-env33-c): a fixed text */
}

static void wait_for_a_share(struct api_run *run)
{
    static const char *const words[] = {"-t", "1", NULL};
    double rate = 0; /* comes with the meter's second sample */
    api_run_start(run, program, words);
    while (atomic_load(&run->accepted) == 0 || rate <= 0) {
        json_t *summary = api_get(run, "/api/v1/summary");
        rate = json_number_value(json_object_get(json_object_get(summary, "hashrate"), "10s"));
        json_decref(summary);
    }
}

static void test_metrics_pass_the_linter(void **state)
{
    static struct api_reply reply;
    struct api_run run;
    (void)state;
    wait_for_a_share(&run);
    assert_int_equal(api_ask(&reply, &run, "GET", "/metrics", ""), 200);
    assert_int_equal(api_run_stop(&run), 0);
    FILE *linter = popen("promtool check metrics", "w"); /* NOLINT(cert-env33-c) */
    assert_non_null(linter);
    (void)fputs(reply.body, linter);
    assert_int_equal(pclose(linter), 0);
    /* What the linter does not know: that they are there, and count. */
    static const char *const names[] = {
        "shardpick_build_info{version=",
        "shardpick_hashes_total{device=\"cpu\",chain=\"15\"} ",
        "shardpick_shares_total{result=\"accepted\"} ",
        "shardpick_share_latency_seconds_bucket{le=\"+Inf\"} ",
        "shardpick_job_switch_seconds_bucket{kind=\"cpu\",le=\"0.001\"} ",
        "shardpick_job_switch_seconds_sum{kind=\"cpu\"} ",
        "shardpick_job_age_seconds{chain=\"0\"} ",
        "shardpick_verify_failures_total 0\n",
        "shardpick_device_up{device=\"cpu\"} 1\n",
        "shardpick_server_connects_total 1\n"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strstr(reply.body, names[i]) == NULL) {
            fail_msg("no %s in %s", names[i], reply.body);
        }
    }
    assert_null(strstr(reply.body, "shardpick_shares_total{result=\"accepted\"} 0\n"));
}

/* Text of the element with this id in the page, as the browser left it. */
static const char *text_of(const char *id)
{
    static char text[256];
    char mark[64];
    (void)snprintf(mark, sizeof mark, "id=\"%s\"", id);
    const char *at = strstr(page, mark);
    at = at != NULL ? strchr(at, '>') : NULL;
    if (at == NULL) {
        fail_msg("no element %s in %.2000s", id, page);
        return "";
    }
    (void)snprintf(text, sizeof text, "%.*s", (int)strcspn(at + 1, "<"), at + 1);
    return text;
}

static size_t count_of(const char *what)
{
    size_t count = 0;
    for (const char *at = strstr(page, what); at != NULL; at = strstr(at + 1, what)) {
        count += 1;
    }
    return count;
}

static void test_the_page_shows_live_numbers(void **state)
{
    struct api_run run;
    char command[512];
    (void)state;
    wait_for_a_share(&run);
    (void)snprintf(command, sizeof command,
                   "d=$(mktemp -d) && %s --headless --no-sandbox --disable-gpu "
                   "--disable-dev-shm-usage --user-data-dir=\"$d\" --virtual-time-budget=5000 "
                   "--dump-dom http://127.0.0.1:%u/ 2>/dev/null; rm -rf \"$d\"",
                   browser, run.port);
    FILE *dom = popen(command, "r"); /* NOLINT(cert-env33-c): a fixed text and a number */
    assert_non_null(dom);
    page[fread(page, 1, sizeof page - 1, dom)] = '\0';
    (void)pclose(dom);
    json_t *summary = api_get(&run, "/api/v1/summary");
    json_int_t now = json_integer_value(json_object_get(summary, "hashes"));
    json_decref(summary);
    assert_int_equal(api_run_stop(&run), 0);

    const char *shown = strstr(page, "data-hashes=\"");
    if (shown == NULL) {
        fail_msg("the script did not run: %.3000s", page);
        return;
    }
    json_int_t seen = strtoll(shown + strlen("data-hashes=\""), NULL, 10);
    assert_true(seen > 0 && seen <= now);
    assert_string_equal(text_of("state"), "mining");
    assert_true(strtod(text_of("rate"), NULL) > 0);
    assert_true(strtol(text_of("accepted"), NULL, 10) > 0);
    assert_non_null(strstr(text_of("covered"), "16 with work"));
    assert_int_equal(count_of("aria-label=\"Chain "), 16);
    assert_non_null(strstr(page, "class=\"curve\""));
    assert_non_null(strstr(page, "<td data-name=\"device\">cpu"));
    assert_true(count_of("<time ") > 0);
    assert_non_null(strstr(page, "id=\"trouble\" class=\"banner\" role=\"alert\" hidden"));
}

int main(int argc, char **argv)
{
    static char names[][20] = {"chromium", "chromium-browser", "google-chrome"};
    const struct CMUnitTest metrics[] = {cmocka_unit_test(test_metrics_pass_the_linter)};
    const struct CMUnitTest dashboard[] = {cmocka_unit_test(test_the_page_shows_live_numbers)};
    if (argc < 3) {
        (void)fprintf(stderr, "usage: %s PROGRAM metrics|page\n", argv[0]);
        return 1;
    }
    program = argv[1];
    if (strcmp(argv[2], "metrics") == 0) {
        if (!have("promtool")) {
            (void)printf("skipped: no promtool (Debian package prometheus)\n");
            return SKIPPED;
        }
        return cmocka_run_group_tests(metrics, NULL, NULL);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0] && browser == NULL; i++) {
        browser = have(names[i]) ? names[i] : NULL;
    }
    if (browser == NULL) {
        (void)printf("skipped: no chromium (Debian package chromium)\n");
        return SKIPPED;
    }
    return cmocka_run_group_tests(dashboard, NULL, NULL);
}
