/* fuzz_urls.c: a URL is refused with a sentence, or its name parses back to the same server. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *url = malloc(size + 1);
    struct pool_server server;
    struct pool_server again;
    struct base_error error = {BASE_OK, ""};
    char name[POOL_HOST_MAX + 64];
    BASE_ASSERT(url != NULL);
    memcpy(url, data, size);
    url[size] = '\0';
    if (pool_server_parse(&server, url, &error) == BASE_OK) {
        (void)pool_server_name(name, sizeof(name), &server);
        BASE_ASSERT(pool_server_parse(&again, name, &error) == BASE_OK);
        BASE_ASSERT(strcmp(again.host, server.host) == 0 && again.port == server.port &&
                    again.scheme == server.scheme && server.port != 0);
    } else {
        BASE_ASSERT(error.text[0] != '\0');
    }
    free(url);
    return 0;
}
