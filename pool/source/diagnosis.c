/* diagnosis.c: see diagnosis.h. */
#include "source/diagnosis.h"

#include <stdio.h>
#include <string.h>

enum { PAUSE_MS = 10000 };

/* Ask the next question; one that cannot even begin counts as not reached. */
static void ask(struct pool_diagnosis *diagnosis, const struct pool_config *config,
                const struct pool_transport_options *options)
{
    const struct pool_server *server = &config->servers[diagnosis->server];
    char header[sizeof(config->api_key) + 16];
    uint16_t port = 0;
    const char *path = NULL;
    (void)snprintf(header, sizeof(header), "X-API-KEY: %s", config->api_key);
    while (diagnosis->link == NULL &&
           (path = pool_rest_question(&diagnosis->rest, &port)) != NULL) {
        struct base_error error = {BASE_OK, ""};
        /* A node without keys refuses a key, so it is sent only where one was given. */
        if (pool_link_get(&diagnosis->link, options, server->host, port, false, path,
                          config->api_key[0] != '\0' ? header : NULL, &error) != BASE_OK) {
            pool_rest_answer(&diagnosis->rest, 0, "", 0);
        }
    }
}

void pool_diagnosis_begin(struct pool_diagnosis *diagnosis, const struct pool_config *config,
                          const struct pool_transport_options *options, unsigned server,
                          bool silent, uint64_t now_ms)
{
    if (diagnosis->link != NULL ||
        (diagnosis->last_ms != 0 && now_ms - diagnosis->last_ms < PAUSE_MS)) {
        return;
    }
    diagnosis->last_ms = now_ms;
    diagnosis->server = server;
    pool_rest_init(&diagnosis->rest, &config->servers[server], silent);
    ask(diagnosis, config, options);
}

const char *pool_diagnosis_run(struct pool_diagnosis *diagnosis, const struct pool_config *config,
                               const struct pool_transport_options *options)
{
    long code = 0;
    const char *body = "";
    size_t size = 0;
    if (diagnosis->link == NULL || pool_link_state(diagnosis->link) == POOL_LINK_CONNECTING) {
        return NULL;
    }
    if (pool_link_state(diagnosis->link) == POOL_LINK_DONE) {
        pool_link_answer(diagnosis->link, &code, &body, &size);
    }
    pool_rest_answer(&diagnosis->rest, code, body, size);
    pool_link_close(diagnosis->link);
    diagnosis->link = NULL;
    ask(diagnosis, config, options);
    if (diagnosis->link != NULL || strcmp(diagnosis->rest.text, diagnosis->last_text) == 0) {
        return NULL;
    }
    (void)snprintf(diagnosis->last_text, sizeof(diagnosis->last_text), "%s", diagnosis->rest.text);
    return diagnosis->last_text;
}

void pool_diagnosis_deinit(struct pool_diagnosis *diagnosis)
{
    pool_link_close(diagnosis->link);
    diagnosis->link = NULL;
}
