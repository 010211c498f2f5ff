/* doctor_cmd.c: `shardpick doctor -o URL`: one line a check, and the URL that works. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "commands/commands.h"
#include "run/pool_fill.h"
#include "tools/doctor.h"

static json_t *number_or_null(bool known, double value)
{
    return known ? json_real(value) : json_null();
}

static json_t *report_json(const struct pool_report *report, const char *url)
{
    json_t *checks = json_array();
    for (size_t i = 0; i < report->count; i++) {
        const struct pool_check *check = &report->checks[i];
        (void)json_array_append_new(checks,
                                    json_pack("{s:s, s:s, s:s}", "check", check->name, "result",
                                              pool_check_word(check->result), "text", check->text));
    }
    return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o}", "url", url, "works", report->works,
                     "working_url", report->url[0] != '\0' ? json_string(report->url) : json_null(),
                     "connect_ms", number_or_null(report->connect_ms > 0, report->connect_ms),
                     "first_job_ms", number_or_null(report->job_ms > 0, report->job_ms),
                     "clock_ahead_s", number_or_null(report->clock_known, report->clock_ahead_s),
                     "checks", checks);
}

static void print_report(FILE *out, const struct pool_report *report, const char *url)
{
    (void)fprintf(out, "%s\n", url);
    for (size_t i = 0; i < report->count; i++) {
        const struct pool_check *check = &report->checks[i];
        (void)fprintf(out, "  %-10s %-8s %s\n", check->name, pool_check_word(check->result),
                      check->text);
    }
    if (report->works) {
        (void)fprintf(out, "  mining works: -o %s\n", report->url);
    } else if (strcmp(report->url, url) == 0 && report->job_ms > 0) {
        (void)fprintf(out, "  the server gives work, but would not credit it: see login\n");
    } else if (strcmp(report->url, url) == 0) {
        (void)fprintf(out, "  the URL is right, and the server gives no work now: see work\n");
    } else if (report->url[0] != '\0') {
        (void)fprintf(out, "  mining would not work; try: -o %s%s\n", report->url,
                      strncmp(report->url, "stratum", 7) == 0 ? " -u ADDRESS.WORKER" : "");
    } else {
        (void)fprintf(out, "  mining would not work\n");
    }
}

int miner_doctor_command(const struct miner_host *host)
{
    const struct miner_config *config = host->config;
    struct pool_config *pool = base_alloc(1, sizeof *pool);
    struct pool_report *report = base_alloc(1, sizeof *report);
    struct base_error error = {BASE_OK, ""};
    json_t *all = config->json ? json_array() : NULL;
    bool works = true;
    int exit_code = MINER_EXIT_FAILED;
    if (pool == NULL || report == NULL) {
        (void)base_error_set(&error, BASE_E_MEMORY, "no memory for an examination");
        goto out;
    }
    miner_pool_fill(pool, config);
    miner_pool_warn(host->log, pool);
    for (size_t i = 0; i < config->server_count; i++) {
        char url[POOL_HOST_MAX + 32];
        (void)pool_server_name(url, sizeof url, &config->servers[i]);
        if (pool_doctor_run(report, pool, i, &error) != BASE_OK) {
            goto out;
        }
        works = works && report->works;
        if (config->json) {
            (void)json_array_append_new(all, report_json(report, url));
        } else {
            print_report(host->out, report, url);
        }
    }
    exit_code = works ? MINER_EXIT_DONE : MINER_EXIT_FAILED;
    if (config->json) {
        json_t *object = json_pack("{s:b, s:O}", "works", works, "servers", all);
        exit_code = miner_command_json(host, object, exit_code);
    }
out:
    if (error.status != BASE_OK) {
        miner_log(host->log, MINER_LOG_ERROR, "doctor", "%s", error.text);
    }
    json_decref(all);
    base_free(report);
    base_free(pool);
    return exit_code;
}
