/* api_ring.c: see api_ring.h. */
#include "http/api_ring.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

struct event {
    double time; /* seconds since 1970 */
    enum miner_log_level level;
    char tag[MINER_LOG_TAG_MAX];
    char text[MINER_RING_TEXT_MAX];
};

struct miner_api_ring {
    pthread_mutex_t lock; /* guards all below */
    uint64_t next;        /* number of the next event; event n lies at n % MINER_RING_LINES */
    struct event events[MINER_RING_LINES];
};

struct miner_api_ring *miner_api_ring_new(void)
{
    struct miner_api_ring *ring = base_alloc(1, sizeof *ring);
    if (ring != NULL) {
        (void)pthread_mutex_init(&ring->lock, NULL);
    }
    return ring;
}

void miner_api_ring_free(struct miner_api_ring *ring)
{
    if (ring != NULL) {
        (void)pthread_mutex_destroy(&ring->lock);
        base_free(ring);
    }
}

/* Copy whole UTF-8 characters only: JSON texts must be valid UTF-8. */
static void copy_text(char text[MINER_RING_TEXT_MAX], const char *from)
{
    size_t size = strlen(from);
    if (size >= MINER_RING_TEXT_MAX) {
        size = MINER_RING_TEXT_MAX - 1;
        while (size > 0 && ((unsigned char)from[size] & 0xc0) == 0x80) {
            size -= 1;
        }
    }
    memcpy(text, from, size);
    text[size] = '\0';
}

void miner_api_ring_add(void *user, const struct miner_log_line *line)
{
    struct miner_api_ring *ring = user;
    (void)pthread_mutex_lock(&ring->lock);
    struct event *event = &ring->events[ring->next % MINER_RING_LINES];
    event->time = (double)line->when.tv_sec + (double)line->when.tv_nsec / 1e9;
    event->level = line->level;
    (void)snprintf(event->tag, sizeof event->tag, "%s", line->tag);
    copy_text(event->text, line->text);
    ring->next += 1;
    (void)pthread_mutex_unlock(&ring->lock);
}

static const char *level_text(enum miner_log_level level)
{
    switch (level) {
    case MINER_LOG_ERROR:
        return "error";
    case MINER_LOG_WARNING:
        return "warning";
    case MINER_LOG_GOOD:
        return "good";
    case MINER_LOG_INFO:
    case MINER_LOG_DEBUG:
        break;
    }
    return "info";
}

json_t *miner_api_ring_json(struct miner_api_ring *ring, uint64_t since)
{
    json_t *list = json_array();
    (void)pthread_mutex_lock(&ring->lock);
    uint64_t next = ring->next;
    uint64_t oldest = next > MINER_RING_LINES ? next - MINER_RING_LINES : 0;
    uint64_t first = since > oldest ? since : oldest;
    for (uint64_t seq = first; seq < next && list != NULL; seq++) {
        const struct event *event = &ring->events[seq % MINER_RING_LINES];
        json_t *entry =
            json_pack("{s:I,s:f,s:s,s:s,s:s}", "seq", (json_int_t)seq, "time", event->time, "level",
                      level_text(event->level), "tag", event->tag, "text", event->text);
        if (json_array_append_new(list, entry) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    (void)pthread_mutex_unlock(&ring->lock);
    uint64_t lost = since < oldest ? oldest - since : 0;
    return json_pack("{s:I,s:I,s:o}", "next", (json_int_t)next, "lost", (json_int_t)lost, "events",
                     list);
}
