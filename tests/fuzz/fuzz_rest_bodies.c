/* fuzz_rest_bodies.c: answers of a hostile REST port end in a printable sentence. The first byte
 * chooses HTTP status and silence; bodies are separated by zero bytes. */
#include <string.h>

#include "alephium/alephium_rest.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const long codes[] = {200, 0, 401, 500};
    struct pool_server server;
    struct pool_inquiry rest;
    struct base_error error = {BASE_OK, ""};
    uint16_t port = 0;
    if (size == 0) {
        return 0;
    }
    BASE_ASSERT(pool_server_parse(&server, "daemon+tcp://node.example", &error) == BASE_OK);
    pool_inquiry_begin(&rest, &pool_alephium_rest, &server, (data[0] & 4) != 0, false);
    size_t at = 1;
    for (unsigned step = 0; rest.ops->question(&rest, &port) != NULL; step++) {
        const uint8_t *end = memchr(data + at, 0, size - at);
        size_t body = end == NULL ? size - at : (size_t)(end - data) - at;
        BASE_ASSERT(step < 5 && port != 0);
        rest.ops->answer(&rest, codes[data[0] & 3], (const char *)data + at, body);
        at += body + (end == NULL ? 0 : 1);
    }
    BASE_ASSERT(rest.text[0] != '\0');
    for (const char *c = rest.text; *c != '\0'; c++) {
        BASE_ASSERT(*c >= ' ' && *c <= '~');
    }
    return 0;
}
