/* fuzz_lookups.c: answers of a hostile node to the question what became of a block: a look ends
 * after a bounded number of questions, with a path that is one line and a printable id. The first
 * byte chooses family and HTTP status; bodies are separated by zero bytes. */
#include <string.h>

#include "alephium/alephium_rest.h"
#include "base/alloc.h"
#include "bitcoin/gbt_parts.h"
#include "ergo/ergo_info.h"
#include "fuzz.h"
#include "nervos/nervos_node.h"

enum { QUESTIONS_MAX = 12 };

static void check_text(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        BASE_ASSERT(*c > ' ' && *c <= '~');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pool_lookup_ops *const families[] = {
        &pool_alephium_lookup, &pool_gbt_lookup, &pool_nervos_lookup, &pool_ergo_lookup};
    static const long codes[] = {200, 0, 404, 500};
    static const struct pool_block block = {.chain = 6, .height = 1000, .id = "00ff"};
    static const uint8_t nonce[8] = {7};
    struct pool_server server;
    struct pool_lookup lookup;
    struct base_error why = {BASE_E_IO, "no answer"};
    if (size == 0) {
        return 0;
    }
    BASE_ASSERT(pool_server_parse(&server, "daemon+http://node.example:9000", &why) == BASE_OK);
    pool_lookup_begin(&lookup, families[data[0] & 3], &server, &block, nonce, sizeof nonce);
    size_t at = 1;
    for (unsigned step = 0; !lookup.done; step++) {
        struct pool_request request = {.method = "POST", .path = "/"};
        struct pool_buffer question;
        const uint8_t *end = memchr(data + at, 0, size - at);
        size_t body_size = end == NULL ? size - at : (size_t)(end - data) - at;
        char *body = base_alloc(body_size + 1, 1);
        BASE_ASSERT(step < QUESTIONS_MAX && body != NULL);
        memcpy(body, data + at, body_size);
        pool_buffer_init(&question);
        BASE_ASSERT(lookup.ops->ask(&lookup, &request, &question) == BASE_OK);
        check_text(request.path);
        struct pool_answer answer = {
            .code = codes[data[0] >> 2 & 3], .body = body, .size = body_size, .why = &why};
        lookup.ops->answer(&lookup, &answer);
        pool_buffer_deinit(&question);
        base_free(body);
        at += body_size + (end == NULL ? 0 : 1);
    }
    check_text(lookup.id);
    BASE_ASSERT(lookup.fate < POOL_FATE_COUNT && (lookup.reached || !lookup.known));
    return 0;
}
