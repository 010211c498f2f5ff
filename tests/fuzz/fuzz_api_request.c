/* fuzz_api_request.c: what strangers write into a request to the HTTP interface: path, Host, token,
 * query, and the place to listen on that a user writes. The input's lines are the texts, in this
 * order. Property: whatever the bytes, only what the rules allow is believed. */
#include <string.h>
#include <strings.h>

#include "config/values.h"
#include "fuzz.h"
#include "http/api_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[4096];
    char *line[5] = {text, text, text, text, text};
    char host[64];
    enum miner_api_allow allow = MINER_API_READS;
    struct base_error error;
    uint64_t since = 0;
    uint16_t port = 0;
    size_t used = size < sizeof text ? size : sizeof text - 1;
    memcpy(text, data, used);
    text[used] = '\0';
    char *rest = text;
    for (size_t i = 0; i < 5; i++) {
        line[i] = rest;
        rest += strcspn(rest, "\n");
        if (*rest != '\0') {
            *rest++ = '\0';
        }
    }
    enum miner_api_route route = miner_api_route_find(line[0], &allow);
    bool changes =
        route == MINER_API_PAUSE || route == MINER_API_RESUME || route == MINER_API_RELOAD;
    BASE_ASSERT(changes == (allow == MINER_API_CHANGES));
    if (miner_api_host_is_ours(line[1], true)) {
        /* A name other than localhost has a letter past f, or no dot and no colon. */
        BASE_ASSERT(strspn(line[1], "0123456789.:[]abcdefABCDEF") == strlen(line[1]) ||
                    strncasecmp(line[1], "localhost", 9) == 0);
    }
    BASE_ASSERT(!miner_api_token_is_right(line[2], ""));
    if (miner_api_token_is_right(line[2], "sesame-sesame")) {
        BASE_ASSERT(strstr(line[2], "sesame-sesame") != NULL);
    }
    if (miner_api_since(&since, line[3], &error) == BASE_OK) {
        BASE_ASSERT(since < UINT64_C(1000000000000000000));
    }
    if (miner_value_listen(host, sizeof host, &port, line[4], &error) == BASE_OK) {
        BASE_ASSERT(host[0] != '\0' && strlen(host) < sizeof host);
    }
    return 0;
}
