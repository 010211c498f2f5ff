/* bridge_play.h: a bridge without sockets' traffic: clients whose lines a test writes, and whose
 * answers it reads. Jobs and shares are Alephium's, hashed with the reference. */
#ifndef TESTS_BRIDGE_PLAY_H
#define TESTS_BRIDGE_PLAY_H

#include <jansson.h>

#include "bridge/bridge_private.h"
#include "serve/serve_private.h"

enum { BRIDGE_PLAY_FINDS = 64 };

struct bridge_play {
    struct pool_bridge *bridge;
    const char *algo; /* of the reference */
    struct {
        const struct pool_job *job; /* a reference */
        uint8_t nonce[POOL_NONCE_MAX];
        uint8_t hash_be[32];
        uint64_t tag;
    } finds[BRIDGE_PLAY_FINDS]; /* handed to the source, in order */
    size_t find_count;
    uint64_t next_job_id;
    char told[512]; /* the last line for the log */
};

/** A bridge for a coin; changes are taken over, but for its callbacks. */
void bridge_play_open(struct bridge_play *play, const char *coin, const char *algo,
                      const struct pool_bridge_config *changes);
void bridge_play_close(struct bridge_play *play);

/** A client, as it is when its connection has come. */
struct bridge_client *bridge_play_client(struct bridge_play *play);
void bridge_play_leave(struct bridge_play *play, struct bridge_client *client);

/** Let a client send one line. Returns: false when it could not be read. */
bool bridge_play_line(struct bridge_play *play, struct bridge_client *client, const char *line);

/** The next line for a client as JSON; NULL: there is none. The caller calls json_decref. */
json_t *bridge_play_next(struct bridge_client *client);

/** The next line with this method, or without one where method is NULL; lines before are dropped.
 * Fails the test when there is none. */
json_t *bridge_play_find(struct bridge_client *client, const char *method);

/** Bring a job (ownership passes) and handle it. */
void bridge_play_job(struct bridge_play *play, struct pool_job_full *job);

/** Let time pass, with its ticks. */
void bridge_play_time(struct bridge_play *play, uint64_t ms);

#endif
