/* harness.c: see harness.h. */
#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

static enum base_status on_call(struct harness *harness, const struct pool_output *output)
{
    const struct pool_request *request = output->request;
    assert_true(output->call < POOL_CALLS_MAX);
    char *line = harness->calls[output->call].line;
    struct pool_buffer *body = &harness->calls[output->call].body;
    (void)snprintf(line, sizeof(harness->calls[0].line), "%s %s%s%s", request->method,
                   request->path, request->headers[0] != NULL ? " " : "",
                   request->headers[0] != NULL ? request->headers[0] : "");
    harness->calls[output->call].count++;
    harness->calls[output->call].time_ms = request->time_ms;
    pool_buffer_deinit(body);
    pool_buffer_init(body);
    return pool_buffer_append(body, request->body, request->size);
}

static enum base_status on_output(void *user, const struct pool_output *output)
{
    struct harness *harness = user;
    switch (output->kind) {
    case POOL_OUTPUT_SEND:
        return pool_buffer_append(&harness->sent, output->bytes, output->size);
    case POOL_OUTPUT_READY:
        (void)snprintf(harness->ready, sizeof(harness->ready), "%s", output->text);
        break;
    case POOL_OUTPUT_JOB:
        assert_true(harness->job_count < HARNESS_JOBS);
        harness->jobs[harness->job_count++] = pool_job_ref(output->job);
        break;
    case POOL_OUTPUT_ALIVE:
        harness->alive++;
        break;
    case POOL_OUTPUT_SENT:
        harness->sent_count++;
        break;
    case POOL_OUTPUT_VERDICT:
        assert_true(harness->verdict_count < HARNESS_VERDICTS);
        harness->verdicts[harness->verdict_count].verdict = output->verdict;
        harness->verdicts[harness->verdict_count].tag = output->submission->tag;
        harness->verdicts[harness->verdict_count].block = output->block;
        (void)snprintf(harness->verdicts[harness->verdict_count].text, POOL_TEXT_MAX, "%s",
                       output->text);
        harness->verdict_count++;
        pool_job_unref(output->submission->job);
        base_free(output->submission->solution);
        base_free(output->submission);
        break;
    case POOL_OUTPUT_UNJUDGED:
        assert_null(harness->unjudged);
        harness->unjudged = output->submission;
        harness->unjudged_count++;
        break;
    case POOL_OUTPUT_DIFFICULTY:
        harness->difficulty = output->difficulty;
        break;
    case POOL_OUTPUT_INFO:
        harness->infos++;
        (void)snprintf(harness->last_info, POOL_TEXT_MAX, "%s", output->text);
        break;
    case POOL_OUTPUT_WARNING:
        harness->warnings++;
        (void)snprintf(harness->last_warning, POOL_TEXT_MAX, "%s", output->text);
        break;
    case POOL_OUTPUT_MOVE:
        harness->port = output->port;
        harness->wait_ms = output->wait_ms;
        (void)snprintf(harness->host, sizeof(harness->host), "%s", output->text);
        break;
    case POOL_OUTPUT_CALL:
        return on_call(harness, output);
    }
    return BASE_OK;
}

static void open_with(struct harness *harness, const struct pool_protocol_ops *ops, const char *url,
                      const char *user, struct pool_protocol_setup setup)
{
    harness->ops = ops;
    pool_buffer_init(&harness->sent);
    assert_int_equal(pool_server_parse(&harness->server, url, &harness->error), BASE_OK);
    (void)snprintf(harness->server.user, sizeof(harness->server.user), "%s", user);
    (void)snprintf(harness->server.pass, sizeof(harness->server.pass), "x");
    setup.server = &harness->server;
    setup.agent = "shardpick/test";
    setup.api_key = "k3y";
    setup.coin = pool_coin_find("digibyte"); /* whose addresses blocks pay */
    setup.next_job_id = &harness->next_job_id;
    setup.answer_timeout_ms = 10000;
    setup.template_wait_ms = harness->template_wait_ms;
    setup.memory = &harness->memory;
    setup.output = on_output;
    setup.user = harness;
    setup.poll_turn = harness->poll_turn;
    harness->protocol = ops->open(&setup);
    if (harness->protocol != NULL) {
        harness->started = ops->start(harness->protocol, 1000, &harness->error);
    }
}

void harness_open(struct harness *harness, const struct pool_protocol_ops *ops, const char *url,
                  const char *user, bool required_only)
{
    memset(harness, 0, sizeof(*harness));
    harness->memory.required_only = required_only;
    open_with(harness, ops, url, user, (struct pool_protocol_setup){.connection = 1});
}

void harness_open_algo(struct harness *harness, const struct pool_protocol_ops *ops,
                       const char *url, const char *user, const struct pool_algo *algo,
                       uint64_t counters)
{
    struct pool_memory memory = harness->memory;
    uint64_t connection = harness->connection + 1;
    pool_poll_turn_fn poll_turn = harness->poll_turn;
    uint32_t template_wait_ms = harness->template_wait_ms;
    bool multiply = harness->multiply_difficulty;
    memset(harness, 0, sizeof(*harness));
    harness->poll_turn = poll_turn;
    harness->template_wait_ms = template_wait_ms;
    harness->multiply_difficulty = multiply;
    harness->memory = memory;
    harness->connection = connection;
    open_with(harness, ops, url, user,
              (struct pool_protocol_setup){.connection = connection,
                                           .algo = algo,
                                           .multiply_difficulty = multiply,
                                           .counters_per_job = counters});
}

void harness_close(struct harness *harness)
{
    if (harness->protocol != NULL) {
        harness->ops->close(harness->protocol);
    }
    if (harness->unjudged != NULL) {
        pool_job_unref(harness->unjudged->job);
        base_free(harness->unjudged->solution);
        base_free(harness->unjudged);
        harness->unjudged = NULL;
    }
    for (size_t i = 0; i < harness->job_count; i++) {
        pool_job_unref(harness->jobs[i]);
    }
    pool_buffer_deinit(&harness->sent);
    for (size_t i = 0; i < POOL_CALLS_MAX; i++) {
        pool_buffer_deinit(&harness->calls[i].body);
    }
}

enum base_status harness_feed(struct harness *harness, const void *bytes, size_t size,
                              uint64_t now_ms)
{
    struct base_error ignored = {BASE_OK, ""};
    enum base_status status =
        harness->ops->receive(harness->protocol, bytes, size, now_ms, &harness->error);
    enum base_status settled = harness->ops->settle(harness->protocol, now_ms, &ignored);
    return status != BASE_OK ? status : settled;
}

enum base_status harness_line(struct harness *harness, const char *line, uint64_t now_ms)
{
    struct pool_buffer both;
    pool_buffer_init(&both);
    assert_int_equal(pool_buffer_append(&both, line, strlen(line)), BASE_OK);
    assert_int_equal(pool_buffer_append(&both, "\n", 1), BASE_OK);
    enum base_status status =
        harness_feed(harness, pool_buffer_data(&both), pool_buffer_size(&both), now_ms);
    pool_buffer_deinit(&both);
    return status;
}

enum base_status harness_refill(struct harness *harness, const struct pool_job *job,
                                uint64_t now_ms)
{
    return harness->ops->refill(harness->protocol, job, now_ms, &harness->error);
}

enum base_status harness_submit(struct harness *harness, const struct pool_job *job,
                                const uint8_t *nonce, const uint8_t *hash_be, uint64_t tag,
                                uint64_t now_ms)
{
    struct pool_submission *submission = base_alloc(1, sizeof(*submission));
    assert_non_null(submission);
    submission->job = pool_job_ref(job);
    memcpy(submission->nonce, nonce, job->nonce_size);
    if (hash_be != NULL) {
        memcpy(submission->hash_be, hash_be, 32);
    }
    submission->tag = tag;
    if (harness->solution_size > 0) {
        submission->solution = base_alloc(harness->solution_size, 1);
        assert_non_null(submission->solution);
        memcpy(submission->solution, harness->solution, harness->solution_size);
        submission->solution_size = harness->solution_size;
    }
    enum base_status status =
        harness->ops->submit(harness->protocol, submission, now_ms, &harness->error);
    if (status != BASE_OK) {
        pool_job_unref(submission->job);
        base_free(submission->solution);
        base_free(submission);
    }
    return status;
}

enum base_status harness_submit_again(struct harness *harness, uint64_t now_ms)
{
    struct pool_submission *submission = harness->unjudged;
    assert_non_null(submission);
    harness->unjudged = NULL;
    enum base_status status =
        harness->ops->submit(harness->protocol, submission, now_ms, &harness->error);
    if (status != BASE_OK) {
        harness->unjudged = submission;
    }
    return status;
}

const char *harness_sent_text(struct harness *harness)
{
    assert_int_equal(pool_buffer_append(&harness->sent, "", 1), BASE_OK);
    harness->sent.end--;
    return (const char *)pool_buffer_data(&harness->sent);
}

enum base_status harness_answer(struct harness *harness, unsigned call, long code, const char *body,
                                uint64_t now_ms)
{
    struct base_error ignored = {BASE_OK, ""};
    struct base_error why = {BASE_E_TIMEOUT, "no answer from node within 10000 ms"};
    struct pool_answer answer = {
        .call = call,
        .code = body == NULL ? 0 : code,
        .body = body == NULL ? "" : body,
        .size = body == NULL ? 0 : strlen(body),
        .why = &why,
    };
    enum base_status status =
        harness->ops->answer(harness->protocol, &answer, now_ms, &harness->error);
    enum base_status settled = harness->ops->settle(harness->protocol, now_ms, &ignored);
    return status != BASE_OK ? status : settled;
}

const char *harness_call_text(struct harness *harness, unsigned call)
{
    struct pool_buffer *body = &harness->calls[call].body;
    assert_int_equal(pool_buffer_append(body, "", 1), BASE_OK);
    body->end--;
    return (const char *)pool_buffer_data(body);
}
