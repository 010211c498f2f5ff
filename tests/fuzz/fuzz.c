/* fuzz.c: see fuzz.h. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "ergo/ergo_family.h"
#include "komodo/komodo_family.h"
#include "nervos/nervos_family.h"

static const uint8_t zero[POOL_NONCE_MAX] = {0};

static void check_alephium(const struct pool_job *job)
{
    BASE_ASSERT(job->chain < 16 && job->chains == 16 && job->header_size == 326);
    BASE_ASSERT(job->nonce_offset == 0 && job->nonce_size == 24 && job->nonce_fixed <= 16);
    BASE_ASSERT(job->header[24] == 0 && job->header[25] == 7);
    BASE_ASSERT(memcmp(job->header + job->nonce_fixed, zero, 24 - job->nonce_fixed) == 0);
}

static void check_algo(const struct pool_job *job, const struct pool_algo *algo)
{
    BASE_ASSERT(job->chain == 0 && job->chains == 1 && job->header_size == 80);
    BASE_ASSERT(job->nonce_offset == 76 && job->nonce_size == 4 && job->nonce_fixed == 0);
    BASE_ASSERT(memcmp(job->header + 76, zero, 4) == 0);
    BASE_ASSERT(((uint32_t)(job->header[1] & 0x0f) << 8) == algo->version_bits);
    BASE_ASSERT(memcmp(job->block_target_be, zero, 32) != 0);
}

static void check_ckb(const struct pool_job *job)
{
    BASE_ASSERT(job->chain == 0 && job->chains == 1 && job->header_size == 48);
    BASE_ASSERT(job->nonce_offset == 32 && job->nonce_size == 16 && job->nonce_fixed < 16);
    BASE_ASSERT(memcmp(job->header + 32 + job->nonce_fixed, zero, 16 - job->nonce_fixed) == 0);
}

static void check_ergo(const struct pool_job *job)
{
    BASE_ASSERT(job->chain == 0 && job->chains == 1 && job->header_size == 40);
    BASE_ASSERT(job->nonce_offset == 32 && job->nonce_size == 8 && job->nonce_fixed < 8);
    BASE_ASSERT(memcmp(job->header + 32 + job->nonce_fixed, zero, 8 - job->nonce_fixed) == 0);
    BASE_ASSERT(job->height > 0 && job->height <= UINT32_MAX);
}

static void check_zip301(const struct pool_job *job)
{
    BASE_ASSERT(job->chain == 0 && job->chains == 1 && job->header_size == 140);
    BASE_ASSERT(job->nonce_offset == 108 && job->nonce_size == 32 && job->nonce_fixed <= 24);
    BASE_ASSERT(memcmp(job->header + 108 + job->nonce_fixed, zero, 32 - job->nonce_fixed) == 0);
    BASE_ASSERT(job->header[0] == 4 && memcmp(job->block_target_be, zero, 32) != 0);
}

void fuzz_take_output(struct fuzz_run *run, const struct pool_output *output)
{
    for (const char *c = output->text; c != NULL && *c != '\0'; c++) {
        BASE_ASSERT(*c >= ' ' && *c <= '~'); /* texts go into a log */
    }
    if (output->kind == POOL_OUTPUT_JOB) {
        pool_job_unref(run->job);
        run->job = pool_job_ref(output->job);
    } else if (output->kind == POOL_OUTPUT_VERDICT || output->kind == POOL_OUTPUT_UNJUDGED) {
        run->judged++;
        pool_job_unref(output->submission->job);
        base_free(output->submission);
    }
}

static enum base_status on_output(void *user, const struct pool_output *output)
{
    struct fuzz_run *run = user;
    if (output->kind == POOL_OUTPUT_JOB) {
        if (run->ops == &pool_nervos_stratum || run->ops == &pool_nervos_lines) {
            check_ckb(output->job);
        } else if (run->ops == &pool_ergo_stratum) {
            check_ergo(output->job);
        } else if (run->ops == &pool_komodo_zip301) {
            check_zip301(output->job);
        } else if (run->algo == NULL) {
            check_alephium(output->job);
        } else {
            check_algo(output->job, run->algo);
        }
        BASE_ASSERT(memcmp(output->job->target_be, zero, 32) != 0);
    }
    fuzz_take_output(run, output);
    return BASE_OK;
}

void fuzz_submit(struct fuzz_run *run, uint64_t now_ms)
{
    struct base_error error = {BASE_OK, ""};
    if (run->job == NULL) {
        return;
    }
    struct pool_submission *submission = base_alloc(1, sizeof(*submission));
    BASE_ASSERT(submission != NULL);
    submission->job = pool_job_ref(run->job);
    memcpy(submission->nonce, run->job->header + run->job->nonce_offset, run->job->nonce_fixed);
    if (run->ops->submit(run->protocol, submission, now_ms, &error) == BASE_OK) {
        run->taken++;
    } else {
        pool_job_unref(submission->job);
        base_free(submission);
    }
}

void fuzz_protocol(const struct pool_protocol_ops *ops, const char *url, const char *user,
                   const struct pool_algo *algo, const uint8_t *data, size_t size)
{
    struct fuzz_run run = {.ops = ops, .algo = algo};
    struct pool_memory memory = {.session = ""};
    struct pool_server server;
    struct base_error error = {BASE_OK, ""};
    uint64_t next_job_id = 0;
    uint64_t now_ms = 1000;
    BASE_ASSERT(pool_server_parse(&server, url, &error) == BASE_OK);
    (void)snprintf(server.user, sizeof(server.user), "%s", user);
    struct pool_protocol_setup setup = {.server = &server,
                                        .agent = "fuzz",
                                        .connection = 1,
                                        .next_job_id = &next_job_id,
                                        .answer_timeout_ms = 10000,
                                        .algo = algo,
                                        .memory = &memory,
                                        .output = on_output,
                                        .user = &run};
    run.protocol = ops->open(&setup);
    BASE_ASSERT(run.protocol != NULL);
    enum base_status status = ops->start(run.protocol, now_ms, &error);
    for (size_t at = 0; at < size && status == BASE_OK; now_ms += 500) {
        size_t piece = 1 + (size_t)data[at] * 8;
        piece = piece > size - at ? size - at : piece;
        status = ops->receive(run.protocol, data + at, piece, now_ms, &error);
        at += piece;
        if (ops->settle(run.protocol, now_ms, &error) != BASE_OK) {
            break;
        }
        fuzz_submit(&run, now_ms);
        if (status == BASE_OK && ops->refill != NULL && run.job != NULL) {
            status = ops->refill(run.protocol, run.job, now_ms, &error);
        }
        if (status == BASE_OK) {
            status = ops->tick(run.protocol, now_ms, &error);
        }
    }
    BASE_ASSERT(status == BASE_OK || error.text[0] != '\0'); /* never without a sentence */
    ops->close(run.protocol);
    BASE_ASSERT(run.taken == run.judged);
    pool_job_unref(run.job);
}
