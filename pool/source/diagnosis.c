/* diagnosis.c: see diagnosis.h. */
#include "source/diagnosis.h"

#include <stdio.h>
#include <string.h>

enum { PAUSE_MS = 10000 };

/* Ask the next question; one that cannot even begin counts as not reached. */
static void ask(struct pool_diagnosis *diagnosis, const struct pool_config *config,
                const struct pool_transport_options *options)
{
    struct pool_inquiry *inquiry = &diagnosis->inquiry;
    uint16_t port = 0;
    const char *path = NULL;
    while (diagnosis->link == NULL && (path = inquiry->ops->question(inquiry, &port)) != NULL) {
        struct base_error error = {BASE_OK, ""};
        if (pool_inquiry_ask(inquiry, &diagnosis->link, path, port, config->api_key, options,
                             &error) != BASE_OK) {
            inquiry->ops->answer(inquiry, 0, "", 0);
        }
    }
}

void pool_diagnosis_begin(struct pool_diagnosis *diagnosis, const struct pool_inquiry_ops *ops,
                          const struct pool_config *config,
                          const struct pool_transport_options *options, unsigned server,
                          enum pool_symptom symptom, uint64_t now_ms)
{
    if (diagnosis->link != NULL ||
        (diagnosis->last_ms != 0 && now_ms - diagnosis->last_ms < PAUSE_MS)) {
        return;
    }
    diagnosis->last_ms = now_ms;
    diagnosis->server = server;
    pool_inquiry_begin(&diagnosis->inquiry, ops, &config->servers[server],
                       symptom == POOL_SYMPTOM_SILENT, false);
    diagnosis->inquiry.quiet = symptom == POOL_SYMPTOM_QUIET;
    if (diagnosis->inquiry.quiet) {
        diagnosis->last_text[0] = '\0';
    }
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
    diagnosis->inquiry.ops->answer(&diagnosis->inquiry, code, body, size);
    pool_link_close(diagnosis->link);
    diagnosis->link = NULL;
    ask(diagnosis, config, options);
    if (diagnosis->link != NULL || strcmp(diagnosis->inquiry.text, diagnosis->last_text) == 0) {
        return NULL;
    }
    (void)snprintf(diagnosis->last_text, sizeof(diagnosis->last_text), "%s",
                   diagnosis->inquiry.text);
    return diagnosis->last_text;
}

void pool_diagnosis_deinit(struct pool_diagnosis *diagnosis)
{
    pool_link_close(diagnosis->link);
    diagnosis->link = NULL;
}
