/* bridge_play.c: see bridge_play.h. */
#include "bridge_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
/* cmocka.h wants the first four above */
#include <cmocka.h>

#include "base/alloc.h"
#include "kern.h"

static enum base_status hash(void *user, uint8_t hash_be[32], uint32_t *chain,
                             const struct pool_job *job, const uint8_t *header,
                             const uint8_t *solution, size_t solution_size)
{
    const struct bridge_play *play = user;
    const struct kern_algo *algo = kern_algo_find(play->algo);
    struct kern_work work;
    assert_non_null(algo);
    memset(&work, 0, sizeof(work));
    memcpy(work.header, header, job->header_size);
    work.header_size = job->header_size;
    work.height = job->height;
    enum base_status status = algo->hash(hash_be, &work, solution, solution_size);
    *chain = kern_chain_of(algo, hash_be);
    return status;
}

static enum base_status submit(void *user, const struct pool_find *find)
{
    struct bridge_play *play = user;
    assert_true(play->find_count < BRIDGE_PLAY_FINDS);
    play->finds[play->find_count].job = pool_job_ref(find->job);
    memcpy(play->finds[play->find_count].nonce, find->nonce, POOL_NONCE_MAX);
    memcpy(play->finds[play->find_count].hash_be, find->hash_be, 32);
    play->finds[play->find_count].tag = find->tag;
    play->find_count += 1;
    return BASE_OK;
}

static void tell(void *user, bool warning, const char *text)
{
    struct bridge_play *play = user;
    (void)snprintf(play->told, sizeof(play->told), "%s%s", warning ? "warning: " : "", text);
}

void bridge_play_open(struct bridge_play *play, const char *coin, const char *algo,
                      const struct pool_bridge_config *changes)
{
    struct pool_bridge_config config = {.coin = NULL};
    struct base_error error = {BASE_OK, ""};
    memset(play, 0, sizeof(*play));
    if (changes != NULL) {
        config = *changes;
    }
    play->algo = algo;
    config.coin = pool_coin_find(coin);
    config.algo = algo;
    config.hash = hash;
    config.submit = submit;
    config.tell = tell;
    config.user = play;
    if (pool_bridge_new(&play->bridge, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    bridge_play_time(play, 0);
}

void bridge_play_close(struct bridge_play *play)
{
    for (size_t i = 0; i < play->find_count; i++) {
        pool_job_unref(play->finds[i].job);
    }
    pool_bridge_free(play->bridge);
}

struct bridge_client *bridge_play_client(struct bridge_play *play)
{
    static const struct pool_serve_port port = {.source = SOURCE_PORT};
    struct pool_serve *serve = play->bridge->serve;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    (void)close(ends[1]); /* nothing is read or written */
    struct pool_serve_peer *peer = pool_serve_peer_new(serve, &port, ends[0]);
    assert_non_null(peer);
    peer->since_ms = play->bridge->now_ms;
    if (serve->peer_count == serve->peer_cap) {
        serve->peer_cap = serve->peer_cap > 0 ? 2 * serve->peer_cap : 16;
        serve->peers =
            base_realloc(serve->peers, serve->peer_cap, sizeof(struct pool_serve_peer *));
        assert_non_null(serve->peers);
    }
    peer->index = serve->peer_count;
    serve->peers[serve->peer_count++] = peer;
    assert_true(bridge_service.open(play->bridge, peer));
    return pool_serve_peer_user(peer);
}

static void forget_dirty(struct pool_serve *serve)
{
    for (; serve->dirty != NULL; serve->dirty = serve->dirty->next_dirty) {
        serve->dirty->dirty = false;
    }
}

void bridge_play_leave(struct bridge_play *play, struct bridge_client *client)
{
    struct pool_serve *serve = play->bridge->serve;
    struct pool_serve_peer *peer = client->peer;
    forget_dirty(serve);
    serve->peers[peer->index] = serve->peers[--serve->peer_count];
    serve->peers[peer->index]->index = peer->index;
    bridge_service.close(play->bridge, peer);
    pool_serve_peer_free(peer);
}

bool bridge_play_line(struct bridge_play *play, struct bridge_client *client, const char *line)
{
    return bridge_line(play->bridge, client, line, strlen(line));
}

json_t *bridge_play_next(struct bridge_client *client)
{
    struct pool_serve_peer *peer = client->peer;
    const uint8_t *from = peer->out + peer->out_begin;
    size_t left = peer->out_end - peer->out_begin;
    const uint8_t *end = left > 0 ? memchr(from, '\n', left) : NULL;
    if (end == NULL) {
        return NULL;
    }
    json_t *root = json_loadb((const char *)from, (size_t)(end - from), 0, NULL);
    assert_non_null(root);
    peer->out_begin += (size_t)(end - from) + 1;
    return root;
}

json_t *bridge_play_find(struct bridge_client *client, const char *method)
{
    json_t *root = NULL;
    while ((root = bridge_play_next(client)) != NULL) {
        const char *has = json_string_value(json_object_get(root, "method"));
        if (method == NULL ? has == NULL : has != NULL && strcmp(has, method) == 0) {
            return root;
        }
        json_decref(root);
    }
    fail_msg("no line with %s", method != NULL ? method : "an answer");
    return NULL;
}

void bridge_play_job(struct bridge_play *play, struct pool_job_full *full)
{
    struct pool_event event = {.kind = POOL_EVENT_JOB, .job = &full->job, .text = ""};
    full->job.id = ++play->next_job_id;
    pool_bridge_event(play->bridge, &event);
    pool_job_unref(&full->job);
    bridge_play_time(play, 0);
}

void bridge_play_time(struct bridge_play *play, uint64_t ms)
{
    struct pool_serve *serve = play->bridge->serve;
    uint64_t end_ms = serve->now_ms + ms;
    for (;;) {
        uint64_t step_ms = end_ms - serve->now_ms < 1000 ? end_ms - serve->now_ms : 1000;
        serve->now_ms += step_ms;
        serve->config.begin(serve->config.user, serve->now_ms);
        (void)serve->config.end(serve->config.user, serve->now_ms);
        if (serve->now_ms == end_ms) {
            return;
        }
    }
}
