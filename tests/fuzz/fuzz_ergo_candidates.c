/* fuzz_ergo_candidates.c: an answer of an Ergo node is refused with a sentence, or makes a job
 * whose target is below b; as an answer to a solution it has a verdict in printable words. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/target.h"
#include "ergo/ergo_candidate.h"
#include "ergo/ergo_words.h"
#include "fuzz.h"

static void expect_printable(const char *text)
{
    BASE_ASSERT(text[0] != '\0');
    for (const char *c = text; *c != '\0'; c++) {
        BASE_ASSERT(*c >= ' ' && *c <= '~');
    }
}

static void judge(const char *body, size_t size)
{
    static const long codes[] = {400, 403, 404, 500};
    struct pool_server server;
    struct base_error error = {BASE_OK, ""};
    BASE_ASSERT(pool_server_parse(&server, "daemon+http://node.example:9053", &error) == BASE_OK);
    for (size_t i = 0; i < BASE_COUNT_OF(codes); i++) {
        const struct pool_answer answer = {.code = codes[i], .body = body, .size = size};
        char text[POOL_TEXT_MAX] = "";
        BASE_ASSERT(pool_ergo_verdict(text, &answer) != POOL_ACCEPTED);
        expect_printable(text);
        BASE_ASSERT(pool_ergo_no_work(&answer, &server, &error) != BASE_OK);
        expect_printable(error.text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_error error = {BASE_OK, ""};
    struct pool_ergo_candidate *candidate = NULL;
    char *body = malloc(size + 1);
    BASE_ASSERT(body != NULL);
    if (size > 0) {
        memcpy(body, data, size);
    }
    body[size] = '\0';
    if (pool_ergo_candidate_read(&candidate, body, size, &error) == BASE_OK) {
        struct pool_job_full *job = pool_ergo_job(candidate, size);
        BASE_ASSERT(job != NULL && job->job.height == candidate->height);
        BASE_ASSERT(!base_target_meets(candidate->b_be, job->job.target_be));
        BASE_ASSERT(pool_ergo_difficulty(candidate) >= 1);
        pool_job_unref(&job->job);
        base_free(candidate);
    } else {
        BASE_ASSERT(candidate == NULL);
        expect_printable(error.text);
    }
    judge(body, size);
    free(body);
    return 0;
}
