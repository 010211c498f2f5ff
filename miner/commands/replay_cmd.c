/* replay_cmd.c: `shardpick replay FILE`: feeds a recording line by line to the client and prints
 * what the client does. No network. Exit code 0: it understood everything and sends what it sent
 * when it was recorded; 1: it gave up a connection, or sends something else; 2: the file is
 * damaged, or none. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/target.h"
#include "commands/commands.h"
#include "tools/replay.h"

struct show {
    FILE *out; /* NULL: only the counts are printed */
    bool all;  /* also what the client sends, and every message */
};

/* What is shown of every event but jobs; NULL: only with -v. */
static const char *event_name(enum pool_replay_kind kind)
{
    static const char *const names[] = {
        [POOL_REPLAY_OPEN] = "open",       [POOL_REPLAY_READY] = "protocol",
        [POOL_REPLAY_JOB] = "job",         [POOL_REPLAY_DIFFICULTY] = "difficulty",
        [POOL_REPLAY_SENT] = "sends",      [POOL_REPLAY_VERDICT] = "verdict",
        [POOL_REPLAY_INFO] = "info",       [POOL_REPLAY_WARNING] = "warning",
        [POOL_REPLAY_BROKEN] = "gives up", [POOL_REPLAY_DIFFERS] = "differs",
        [POOL_REPLAY_GAP] = "gap",         [POOL_REPLAY_CLOSE] = "close",
    };
    return names[kind];
}

static void on_event(void *user, const struct pool_replay_event *event)
{
    const struct show *show = user;
    if (show->out == NULL || (event->kind == POOL_REPLAY_SENT && !show->all)) {
        return;
    }
    (void)fprintf(show->out, "%10.3f  %3" PRIu64 "  %-10s ", (double)event->ms / 1000.0,
                  event->connection, event_name(event->kind));
    if (event->kind == POOL_REPLAY_JOB) {
        const struct pool_job *job = event->job;
        (void)fprintf(show->out, "%s%schain %" PRIu32 ", height %" PRIu64 ", %.4g tries a %s%s\n",
                      job->label, job->label[0] != '\0' ? ", " : "", job->chain, job->height,
                      base_target_expected_tries(job->target_be), job->solo ? "block" : "share",
                      job->refill  ? ", refill"
                      : job->clean ? ", clean"
                                   : "");
    } else if (event->kind == POOL_REPLAY_DIFFICULTY) {
        (void)fprintf(show->out, "%g\n", event->difficulty);
    } else if (event->kind == POOL_REPLAY_VERDICT) {
        (void)fprintf(show->out, "%s%s%s\n", pool_verdict_text(event->verdict),
                      event->text[0] != '\0' ? ": " : "", event->text);
    } else {
        (void)fprintf(show->out, "%s\n", event->text);
    }
}

/* Wait until a line is due. Returns false when the user wants to stop. */
static bool wait_until(const struct miner_host *host, uint64_t start_ms, uint64_t due_ms)
{
    double speed = host->config->replay_speed;
    struct pollfd polled = {.fd = host->stop_fd, .events = POLLIN};
    for (;;) {
        double gone_ms = (double)(base_clock_ms() - start_ms) * speed;
        double left_ms = speed > 0 ? ((double)due_ms - gone_ms) / speed : 0;
        int timeout = left_ms <= 0 ? 0 : left_ms > 60000 ? 60000 : (int)left_ms + 1;
        (void)poll(&polled, 1, timeout);
        if ((polled.revents & POLLIN) != 0) {
            return false;
        }
        if (timeout == 0) {
            return true;
        }
    }
}

/* Next line of a file, at most POOL_REPLAY_LINE_MAX + 1 characters of it: one more than the
 * replay takes, so that it refuses a longer line. Returns false at the end; *cut: without a line
 * end. */
static bool next_line(FILE *file, char *line, size_t *size, bool *cut)
{
    int c = 0;
    *size = 0;
    while (*size <= POOL_REPLAY_LINE_MAX && (c = getc(file)) != EOF && c != '\n') {
        line[(*size)++] = (char)c;
    }
    *cut = c == EOF && *size > 0;
    return c != EOF || *size > 0;
}

static enum base_status feed(const struct miner_host *host, struct pool_replay *replay, FILE *file,
                             struct base_error *error)
{
    char *line = base_alloc(POOL_REPLAY_LINE_MAX + 1, 1);
    enum base_status status = BASE_OK;
    uint64_t start_ms = base_clock_ms();
    size_t size = 0;
    bool cut = false;
    if (line == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a line");
    }
    while (status == BASE_OK && next_line(file, line, &size, &cut)) {
        if (cut) { /* a program that was killed leaves half a line */
            status = base_error_set(error, BASE_E_FORMAT,
                                    "the recording is cut off in the middle of a line, after "
                                    "%" PRIu64 " records",
                                    pool_replay_counts(replay)->records);
        } else if (!wait_until(host, start_ms, pool_replay_due_ms(line, size))) {
            break;
        } else {
            status = pool_replay_line(replay, line, size, error);
        }
    }
    if (status == BASE_OK && ferror(file) != 0) {
        status =
            base_error_set(error, BASE_E_IO, "the recording cannot be read: %s", strerror(errno));
    } else if (status == BASE_OK && pool_replay_counts(replay)->records == 0) {
        status = base_error_set(error, BASE_E_FORMAT, "this is no recording: it holds no records");
    }
    base_free(line);
    return status;
}

static void print_counts(FILE *out, const struct pool_replay_counts *counts)
{
    (void)fprintf(out,
                  "%" PRIu64 " records over %.1f s: %" PRIu64 " connections, %" PRIu64
                  " jobs, %" PRIu64 " difficulties, %" PRIu64 " finds",
                  counts->records, (double)counts->ms / 1000.0, counts->connections, counts->jobs,
                  counts->difficulties, counts->finds);
    for (unsigned i = 0; i < POOL_VERDICT_COUNT; i++) {
        if (counts->verdicts[i] > 0) {
            (void)fprintf(out, ", %" PRIu64 " %s", counts->verdicts[i],
                          pool_verdict_text((enum pool_verdict)i));
        }
    }
    (void)fprintf(out,
                  ", %" PRIu64 " warnings\n"
                  "connections given up: %" PRIu64 "; sent differently today: %" PRIu64 "%s\n",
                  counts->warnings, counts->broken, counts->differs,
                  counts->lost > 0   ? "; records are missing"
                  : counts->complete ? ""
                                     : "; the recording has no end: it was cut off");
}

static json_t *counts_json(const struct pool_replay_counts *counts)
{
    json_t *verdicts = json_object();
    for (unsigned i = 0; i < POOL_VERDICT_COUNT; i++) {
        if (counts->verdicts[i] > 0) {
            (void)json_object_set_new(verdicts, pool_verdict_text((enum pool_verdict)i),
                                      json_integer((json_int_t)counts->verdicts[i]));
        }
    }
    return json_pack("{s:I, s:f, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:b}", "records",
                     (json_int_t)counts->records, "seconds", (double)counts->ms / 1000.0,
                     "connections", (json_int_t)counts->connections, "jobs",
                     (json_int_t)counts->jobs, "difficulties", (json_int_t)counts->difficulties,
                     "finds", (json_int_t)counts->finds, "verdicts", verdicts, "warnings",
                     (json_int_t)counts->warnings, "given_up", (json_int_t)counts->broken,
                     "differs", (json_int_t)counts->differs, "lost", (json_int_t)counts->lost,
                     "complete", counts->complete);
}

int miner_replay_command(const struct miner_host *host)
{
    const struct miner_config *config = host->config;
    struct base_error error = {BASE_OK, ""};
    struct show show = {config->json || config->quiet ? NULL : host->out, config->verbose};
    struct pool_replay *replay = NULL;
    int exit_code = MINER_EXIT_USAGE;
    FILE *file = fopen(config->replay_file, "rb");
    if (file == NULL) {
        (void)base_error_set(&error, BASE_E_NOT_FOUND, "%.300s cannot be read: %s",
                             config->replay_file, strerror(errno));
        goto out;
    }
    if (pool_replay_new(&replay, config->coin_given ? config->coin : NULL,
                        config->algo[0] != '\0' ? config->algo : NULL, on_event, &show,
                        &error) != BASE_OK) {
        exit_code = MINER_EXIT_FAILED;
        goto out;
    }
    enum base_status status = feed(host, replay, file, &error);
    const struct pool_replay_counts *counts = pool_replay_counts(replay);
    if (status == BASE_OK) {
        exit_code = counts->broken + counts->differs > 0 ? MINER_EXIT_FAILED : MINER_EXIT_DONE;
    } else if (status == BASE_E_MEMORY || status == BASE_E_IO) {
        exit_code = MINER_EXIT_FAILED;
    }
    if (!config->json && counts->records > 0) {
        print_counts(host->out, counts);
    } else if (config->json) {
        exit_code = miner_command_json(host, counts_json(counts), exit_code);
    }
out:
    if (error.status != BASE_OK) {
        miner_log(host->log, MINER_LOG_ERROR, "replay", "%s", error.text);
    }
    pool_replay_free(replay);
    if (file != NULL) {
        (void)fclose(file);
    }
    return exit_code;
}
