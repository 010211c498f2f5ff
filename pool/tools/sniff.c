/* sniff.c: see sniff.h. */
#include "tools/sniff.h"

#include <string.h>

#include "base/clock.h"

void pool_sniff_run(struct pool_sniff *sniff, const struct pool_transport_options *options,
                    const char *host, uint16_t port, uint64_t until_ms)
{
    struct pool_link *link = NULL;
    struct base_error error = {BASE_OK, ""};
    memset(sniff, 0, sizeof(*sniff));
    if (pool_link_open(&link, options, host, port, false, &error) != BASE_OK) {
        return;
    }
    for (uint64_t now_ms = base_clock_ms(); now_ms < until_ms && sniff->size == 0;
         now_ms = base_clock_ms()) {
        struct pool_wait wait = {.link = link};
        pool_transport_wait(&wait, 1, -1, until_ms - now_ms);
        if (pool_link_state(link) == POOL_LINK_FAILED) {
            break;
        }
        if (pool_link_state(link) != POOL_LINK_OPEN) {
            continue;
        }
        sniff->connected = true;
        enum base_status status =
            pool_link_recv(link, sniff->bytes, sizeof(sniff->bytes), &sniff->size);
        if (status != BASE_OK && status != BASE_E_AGAIN) {
            sniff->closed = true;
            break;
        }
    }
    pool_link_close(link);
}
