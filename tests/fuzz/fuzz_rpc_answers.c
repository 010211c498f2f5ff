/* fuzz_rpc_answers.c: a hostile node: answers over HTTP, one after the other, to whatever the
 * protocol has asked. Each is a byte for the place and the status, then text up to a zero byte.
 * Jobs keep pool.h's promises, every find gets one verdict, and an end has its sentence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/bitcoin_family.h"
#include "bitcoin/digibyte.h"
#include "fuzz.h"

static enum base_status on_output(void *user, const struct pool_output *output)
{
    struct fuzz_run *run = user;
    if (output->kind == POOL_OUTPUT_CALL) {
        BASE_ASSERT(output->call < POOL_CALLS_MAX && output->request->size > 0 &&
                    output->request->answer_max > 0);
        run->out[output->call] = true;
    } else if (output->kind == POOL_OUTPUT_JOB) {
        BASE_ASSERT(output->job->solo && output->job->header_size == 80);
    }
    fuzz_take_output(run, output);
    return BASE_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const long codes[] = {200, 0, 401, 500};
    struct fuzz_run run = {.ops = &pool_gbt_node};
    struct pool_memory memory = {.session = ""};
    struct pool_server server;
    struct base_error error = {BASE_OK, ""};
    struct base_error why = {BASE_E_IO, "no answer"};
    uint64_t next_job_id = 0;
    uint64_t now_ms = 1000;
    BASE_ASSERT(pool_server_parse(&server, "daemon+http://node.example:14022", &error) == BASE_OK);
    (void)snprintf(server.user, sizeof(server.user), "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE");
    struct pool_protocol_setup setup = {.server = &server,
                                        .agent = "fuzz",
                                        .connection = 1,
                                        .next_job_id = &next_job_id,
                                        .answer_timeout_ms = 10000,
                                        .algo = &pool_digibyte_algos[2],
                                        .coin = pool_coin_find("digibyte"),
                                        .memory = &memory,
                                        .output = on_output,
                                        .user = &run};
    run.protocol = pool_gbt_node.open(&setup);
    BASE_ASSERT(run.protocol != NULL);
    enum base_status status = pool_gbt_node.start(run.protocol, now_ms, &error);
    for (size_t at = 0; at < size && status == BASE_OK; now_ms += 1500) {
        unsigned call = data[at] & 3U;
        long code = codes[data[at] >> 2 & 3U];
        const uint8_t *end = memchr(data + at + 1, 0, size - at - 1);
        size_t body_size = end == NULL ? size - at - 1 : (size_t)(end - data) - at - 1;
        char *body = malloc(body_size + 1);
        BASE_ASSERT(body != NULL);
        memcpy(body, data + at + 1, body_size);
        body[body_size] = '\0';
        at += body_size + 2;
        if (run.out[call]) {
            struct pool_answer answer = {.call = call,
                                         .code = code,
                                         .body = code == 0 ? "" : body,
                                         .size = code == 0 ? 0 : body_size,
                                         .why = &why};
            run.out[call] = false;
            status = pool_gbt_node.answer(run.protocol, &answer, now_ms, &error);
        }
        free(body);
        if (status == BASE_OK) {
            status = pool_gbt_node.settle(run.protocol, now_ms, &error);
        }
        fuzz_submit(&run, now_ms);
        if (status == BASE_OK) {
            status = pool_gbt_node.tick(run.protocol, now_ms, &error);
        }
    }
    BASE_ASSERT(status == BASE_OK || error.text[0] != '\0');
    pool_gbt_node.close(run.protocol);
    BASE_ASSERT(run.taken == run.judged);
    pool_job_unref(run.job);
    return 0;
}
