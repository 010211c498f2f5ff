/* source_blocks.c: blocks of ours after they were handed in. One whose answer is missing is looked
 * up at its node before it counts; of one that was taken the node is asked, rarely, what became of
 * it. One question at a time, a bounded list. Part of the source, see source_private.h. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "protocol/job.h"
#include "protocol/rpc_login.h"
#include "source/source_private.h"

enum {
    PACE = 6,            /* looks at a taken block are so many times look_ms apart */
    LOOKS_MAX = 60,      /* at one block: half an hour */
    UNKNOWN_MAX = 3,     /* looks that find nothing, before a missing answer counts as that */
    FAILURES_MAX = 5,    /* looks in a row that the node does not answer, */
    FAILURES_SERVED = 2, /* or so many while it gives work: then it is no question of time */
    ORPHANED_LOOKS = 2,  /* in a row, before a block counts as orphaned for good */
    PAUSE_MS = 600000,   /* a node that could not be asked is not asked for so long */
    QUESTION_MS = 5000,  /* time of one question */
    QUESTIONS_MAX = 24,  /* of one look; no family has so many */
};

static struct pool_block_watch *watch_of(struct pool_source *source)
{
    return &source->watch;
}

static void tell_block(struct pool_source *source, const struct pool_watched *watched)
{
    struct pool_event event = {
        .kind = POOL_EVENT_BLOCK, .text = "", .found = &watched->block, .server = watched->server};
    source->config.on_event(source->config.user, &event);
}

/* True when a node has not answered so often that it is not asked any more. */
static bool has_failed(const struct pool_source *source, const struct pool_watched *watched)
{
    bool serves = source->serving != NULL && source->serving->server == watched->server;
    return watched->failures >= (serves ? FAILURES_SERVED : FAILURES_MAX);
}

static bool may_ask(const struct pool_source *source, unsigned server)
{
    return pool_source_service(source, server)->lookup != NULL && !source->watch.closed &&
           base_clock_ms() >= source->servers[server].no_looks_ms;
}

/* A free place, filled with what is known of a find's block; NULL: the list is full. */
static struct pool_watched *add(struct pool_source *source, struct pool_watched *watched)
{
    struct pool_block_watch *watch = watch_of(source);
    if (watch->count == POOL_WATCH_MAX) {
        return NULL;
    }
    watch->blocks[watch->count] = *watched;
    return &watch->blocks[watch->count++];
}

static void fill(struct pool_source *source, struct pool_watched *watched,
                 const struct pool_submission *submission)
{
    const struct pool_job *job = submission->job;
    unsigned server = pool_job_full(job)->server;
    const struct pool_service *service = pool_source_service(source, server);
    *watched = (struct pool_watched){.server = server, .nonce_size = job->nonce_size};
    watched->block = (struct pool_block){
        .number = ++source->watch.next_number, .chain = job->chain, .height = job->height};
    memcpy(watched->nonce, submission->nonce, sizeof(watched->nonce));
    if (service->block_id == NULL || service->block_id(watched->block.id, submission) != BASE_OK) {
        watched->block.id[0] = '\0';
    }
}

static void take_out(struct pool_source *source, struct pool_watched *watched)
{
    struct pool_block_watch *watch = watch_of(source);
    size_t at = (size_t)(watched - watch->blocks);
    watch->count--;
    memmove(watched, watched + 1, (watch->count - at) * sizeof(*watched));
}

void pool_source_block_taken(struct pool_source *source, struct pool_block *block,
                             const struct pool_submission *submission)
{
    struct pool_watched made;
    fill(source, &made, submission);
    made.due_ms = base_clock_ms() + source->config.look_ms;
    made.block.watched = submission->job->solo && may_ask(source, made.server) &&
                         source->watch.count < POOL_WATCH_MAX;
    *block = made.block;
    if (block->watched) {
        (void)add(source, &made);
    }
}

bool pool_source_hold_unsure(struct pool_source *source, struct pool_submission *submission,
                             enum pool_verdict verdict, const char *text)
{
    struct pool_watched made;
    char name[320];
    const struct pool_job *job = submission->job;
    /* A block that was sent again may be refused because the node has it from the first time. */
    bool unsure = verdict == POOL_UNANSWERED ||
                  (submission->maybe_seen && (verdict == POOL_STALE || verdict == POOL_DUPLICATE));
    unsigned server = pool_job_full(job)->server;
    if (!unsure || !job->solo || submission->sent_ns == 0 || !may_ask(source, server) ||
        source->watch.count == POOL_WATCH_MAX) {
        return false;
    }
    fill(source, &made, submission);
    made.unsure = submission;
    made.verdict = verdict;
    made.due_ms = base_clock_ms();
    (void)snprintf(made.text, sizeof(made.text), "%s", text);
    pool_source_tell(source, POOL_EVENT_INFO, server,
                     "%s: whether a block of height %llu was taken is not clear (%.200s): the node "
                     "is asked for it",
                     pool_source_name(source, server, name), (unsigned long long)job->height, text);
    return add(source, &made) != NULL;
}

/* ---- what the node says ---------------------------------------------------------------------- */

/* The verdict of a find whose answer is missing. behind: what the node says, for the text. */
static void end_unsure(struct pool_source *source, struct pool_watched *watched,
                       enum pool_verdict verdict, const char *behind)
{
    struct pool_submission *submission = watched->unsure;
    char text[2 * POOL_TEXT_MAX];
    (void)snprintf(text, sizeof(text), "%.400s; %s", watched->text, behind);
    take_out(source, watched);
    pool_source_end_find(source, submission, verdict, verdict == POOL_ACCEPTED, text);
}

/* A look at a find whose answer is missing has ended. */
static void on_unsure(struct pool_source *source, struct pool_watched *watched, uint64_t now_ms)
{
    const struct pool_lookup *lookup = &source->watch.lookup;
    uint64_t wait_ms = (uint64_t)source->config.look_ms << (watched->failures - !lookup->reached);
    if (lookup->reached && lookup->known) {
        bool orphaned = lookup->fate == POOL_FATE_ORPHANED;
        end_unsure(source, watched, orphaned ? POOL_STALE : POOL_ACCEPTED,
                   orphaned ? "the node has the block, and another one in its place"
                            : "the node has the block");
    } else if (lookup->reached && watched->looks >= UNKNOWN_MAX) {
        end_unsure(source, watched, watched->verdict, "the node does not have the block");
    } else if (has_failed(source, watched)) {
        end_unsure(source, watched, watched->verdict, "the node could not be asked for the block");
    } else {
        watched->due_ms = now_ms + wait_ms;
    }
}

/* A look at a block that was taken has ended. */
static void on_taken(struct pool_source *source, struct pool_watched *watched, uint64_t now_ms)
{
    const struct pool_lookup *lookup = &source->watch.lookup;
    struct pool_block *block = &watched->block;
    if (lookup->reached) {
        /* A block that the node took and does not have now is none of its chain. */
        enum pool_fate fate = lookup->known ? lookup->fate : POOL_FATE_ORPHANED;
        watched->orphaned = fate == POOL_FATE_ORPHANED ? watched->orphaned + 1 : 0;
        if (fate != POOL_FATE_ORPHANED || watched->orphaned >= ORPHANED_LOOKS) {
            block->fate = fate;
            block->confirmations = fate == POOL_FATE_IN_CHAIN ? lookup->confirmations : 0;
        }
        memcpy(block->id, lookup->id, sizeof(block->id));
    }
    bool final = block->fate == POOL_FATE_UNCLE || block->fate == POOL_FATE_ORPHANED ||
                 block->confirmations >= lookup->ops->depth;
    block->watched = !final && watched->looks < LOOKS_MAX && !has_failed(source, watched);
    watched->due_ms = now_ms + (uint64_t)source->config.look_ms * PACE;
    tell_block(source, watched);
    if (!block->watched) {
        take_out(source, watched);
    }
}

static void end_look(struct pool_source *source, uint64_t now_ms)
{
    struct pool_block_watch *watch = watch_of(source);
    struct pool_watched *watched = NULL;
    for (size_t i = 0; i < watch->count; i++) {
        if (watch->blocks[i].block.number == watch->asked) {
            watched = &watch->blocks[i];
        }
    }
    watch->asked = 0;
    BASE_ASSERT(watched != NULL); /* only looks take blocks out */
    watched->looks++;
    watched->failures = watch->lookup.reached ? 0 : watched->failures + 1;
    if (has_failed(source, watched)) {
        char name[320];
        source->servers[watched->server].no_looks_ms = now_ms + PAUSE_MS;
        pool_source_tell(source, POOL_EVENT_INFO, watched->server,
                         "%s: port %u does not say what became of a block; it is not asked for "
                         "%d minutes",
                         pool_source_name(source, watched->server, name), watch->port,
                         PAUSE_MS / 60000);
    }
    if (watched->unsure != NULL) {
        on_unsure(source, watched, now_ms);
    } else {
        on_taken(source, watched, now_ms);
    }
}

/* ---- questions ------------------------------------------------------------------------------- */

/* Ask the next question. False: it cannot even begin, or there were too many. */
static bool ask(struct pool_source *source)
{
    struct pool_block_watch *watch = watch_of(source);
    struct pool_lookup *lookup = &watch->lookup;
    const struct pool_server *server = lookup->server;
    bool http = pool_server_access(server) == POOL_ACCESS_HTTP;
    struct pool_request request = {
        .method = "POST", .path = "/", .time_ms = QUESTION_MS, .answer_max = POOL_RPC_ANSWER_MAX};
    struct pool_rpc_login login = {0};
    struct pool_buffer body;
    struct base_error ignored = {BASE_OK, ""};
    char key[sizeof(source->config.api_key) + 64];
    pool_buffer_init(&body);
    watch->port = lookup->ops->port != NULL ? lookup->ops->port(server) : server->port;
    enum base_status status = ++watch->questions <= QUESTIONS_MAX ? BASE_OK : BASE_E_LIMIT;
    if (lookup->ops->answer_max != 0) {
        request.answer_max = lookup->ops->answer_max;
    }
    if (status == BASE_OK && http) {
        status = pool_rpc_login(&login, server, &ignored);
        request.user = login.user;
        request.pass = login.pass;
    }
    if (status == BASE_OK) {
        status = lookup->ops->ask(lookup, &request, &body);
    }
    if (source->config.api_key[0] != '\0' && lookup->ops->key_header != NULL) {
        (void)snprintf(key, sizeof(key), "%.60s: %s", lookup->ops->key_header,
                       source->config.api_key);
        request.headers[0] = key;
    }
    request.body = pool_buffer_size(&body) > 0 ? pool_buffer_data(&body) : NULL;
    request.size = pool_buffer_size(&body);
    if (status == BASE_OK) {
        status = pool_link_request(&watch->link, &source->options[server - source->config.servers],
                                   NULL, server->host, watch->port,
                                   http && pool_server_is_encrypted(server), &request, &ignored);
    }
    pool_buffer_deinit(&body);
    return status == BASE_OK;
}

/* The block that is due first; NULL: none is. */
static struct pool_watched *next_due(struct pool_source *source, uint64_t now_ms)
{
    struct pool_block_watch *watch = watch_of(source);
    struct pool_watched *next = NULL;
    for (size_t i = 0; i < watch->count; i++) {
        struct pool_watched *here = &watch->blocks[i];
        if (here->due_ms <= now_ms && (next == NULL || here->due_ms < next->due_ms)) {
            next = here;
        }
    }
    return next;
}

void pool_source_look(struct pool_source *source, uint64_t now_ms)
{
    struct pool_block_watch *watch = watch_of(source);
    if (watch->link != NULL) {
        enum pool_link_state state = pool_link_state(watch->link);
        struct pool_answer answer = {.body = "", .why = pool_link_error(watch->link)};
        if (state == POOL_LINK_CONNECTING) {
            return;
        }
        if (state == POOL_LINK_DONE) {
            pool_link_answer(watch->link, &answer.code, &answer.body, &answer.size);
        }
        watch->lookup.ops->answer(&watch->lookup, &answer);
        pool_link_close(watch->link);
        watch->link = NULL;
        if (watch->lookup.done || !ask(source)) {
            end_look(source, now_ms);
        }
        return;
    }
    struct pool_watched *watched = next_due(source, now_ms);
    if (watched == NULL || watch->closed) {
        return;
    }
    watch->asked = watched->block.number;
    watch->questions = 0;
    pool_lookup_begin(&watch->lookup, pool_source_service(source, watched->server)->lookup,
                      &source->config.servers[watched->server], &watched->block, watched->nonce,
                      watched->nonce_size);
    if (!ask(source)) {
        end_look(source, now_ms);
    }
}

uint64_t pool_source_look_due_ms(const struct pool_source *source)
{
    uint64_t due = UINT64_MAX;
    for (size_t i = 0; source->watch.link == NULL && i < source->watch.count; i++) {
        uint64_t here = source->watch.blocks[i].due_ms;
        due = here < due ? here : due;
    }
    return due;
}

bool pool_source_is_unsure(const struct pool_source *source)
{
    for (size_t i = 0; i < source->watch.count; i++) {
        if (source->watch.blocks[i].unsure != NULL) {
            return true;
        }
    }
    return false;
}

void pool_source_close_watch(struct pool_source *source)
{
    struct pool_block_watch *watch = watch_of(source);
    watch->closed = true;
    pool_link_close(watch->link);
    watch->link = NULL;
    for (size_t i = watch->count; i-- > 0;) {
        struct pool_watched *watched = &watch->blocks[i];
        if (watched->unsure != NULL) {
            end_unsure(source, watched, watched->verdict, "stopped before the node was asked");
        }
    }
    watch->count = 0;
}
