/* recording.c: see recording.h. */
#include "recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

int recording_make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/shardpick_record_XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

int recording_remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

void recording_path(char path[128], const char *name)
{
    (void)snprintf(path, 128, "%s/%s", folder, name);
}

char *recording_take(const char *path)
{
    struct stat facts;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    char *text = calloc((size_t)facts.st_size + 1, 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)facts.st_size, file), facts.st_size);
    (void)fclose(file);
    assert_int_equal(unlink(path), 0);
    return text;
}

static void on_event(void *user, const struct pool_replay_event *event)
{
    struct recording_replay *replay = user;
    if (event->kind == POOL_REPLAY_DIFFERS) {
        (void)snprintf(replay->differs, sizeof(replay->differs), "%s", event->text);
    }
    if (event->kind == POOL_REPLAY_BROKEN) {
        (void)snprintf(replay->broken, sizeof(replay->broken), "%s", event->text);
    }
}

void recording_replay(struct recording_replay *said, const char *text)
{
    struct pool_replay *replay = NULL;
    memset(said, 0, sizeof(*said));
    assert_int_equal(pool_replay_new(&replay, NULL, NULL, on_event, said, &said->error), BASE_OK);
    while (*text != '\0' && said->status == BASE_OK) {
        size_t size = strcspn(text, "\n");
        said->status = pool_replay_line(replay, text, size, &said->error);
        text += size + (text[size] == '\n');
    }
    said->counts = *pool_replay_counts(replay);
    pool_replay_free(replay);
}
