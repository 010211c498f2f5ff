/* fuzz_recordings.c: a recording that somebody has edited is refused with a sentence or replayed,
 * and every find of it gets its verdict. */
#include <string.h>

#include "fuzz.h"
#include "tools/replay.h"

static void on_event(void *user, const struct pool_replay_event *event)
{
    size_t *events = user;
    BASE_ASSERT(event->text != NULL);
    (*events)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool_replay *replay = NULL;
    struct base_error error = {BASE_OK, ""};
    const char *text = (const char *)data;
    size_t events = 0;
    enum base_status status = BASE_OK;
    BASE_ASSERT(pool_replay_new(&replay, NULL, NULL, on_event, &events, &error) == BASE_OK);
    while (size > 0 && status == BASE_OK) {
        const char *end = memchr(text, '\n', size);
        size_t line = end != NULL ? (size_t)(end - text) : size;
        (void)pool_replay_due_ms(text, line);
        status = pool_replay_line(replay, text, line, &error);
        line += end != NULL ? 1 : 0;
        text += line;
        size -= line;
    }
    BASE_ASSERT(status == BASE_OK || error.text[0] != '\0');
    pool_replay_free(replay);
    return 0;
}
