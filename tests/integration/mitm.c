/* mitm.c: see mitm.h. One lock guards everything; the thread holds it but while it waits in
 * poll(2), so a call from the test is done, not queued. */
#include "mitm.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/endian.h"
#include "listen.h"

enum {
    STEPS_MAX = 8,
    CONNECTIONS_MAX = 32,
    CHUNK = 16384,           /* bytes of one read */
    QUEUE_MAX = 8 << 20,     /* bytes waiting in one direction; above it nothing is read */
    MESSAGE_MAX = 64 * 1024, /* longer messages are not duplicated */
    SENDS_MAX = 512,         /* sends of a direction in a row: the others get their turn */
};

/* Bytes on their way, due together. */
struct chunk {
    struct chunk *next;
    uint64_t due_ms;
    size_t at; /* sent so far */
    size_t size;
    uint8_t bytes[];
};

/* One direction of a connection. */
struct pipe_way {
    int from;
    int to;
    struct chunk *first;
    struct chunk **end;
    size_t queued;
    uint64_t next_ms; /* no piece before */
    uint64_t bytes;
    uint64_t messages;
    uint64_t flip_count;
    uint64_t duplicate_count;
    uint8_t message[MESSAGE_MAX]; /* the message that is under way */
    size_t message_size;          /* its bytes so far, also beyond MESSAGE_MAX */
    uint64_t message_left;        /* frames: bytes of the body to come */
    bool ended;                   /* the sender has closed */
    bool shut;                    /* and that was passed on */
};

struct connection {
    int client;
    int server;
    uint64_t born_ms;
    uint64_t pending_steps; /* bit i: step i is still to come */
    bool half_open;
    struct pipe_way way[MITM_WAYS];
};

struct mitm {
    pthread_t thread;
    pthread_mutex_t lock; /* guards all that follows */
    int wake_fd;
    int listen_fd; /* -1 while connections are refused */
    uint16_t port;
    uint16_t server_port;
    enum mitm_framing framing;
    struct mitm_rules rules;
    struct mitm_step steps[STEPS_MAX];
    size_t step_count;
    struct connection *connections[CONNECTIONS_MAX];
    struct mitm_counters counters;
    bool stopping;
};

/* ---- sockets --------------------------------------------------------------------------------- */

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* Pieces are to leave as they are. */
static void prepare(int fd)
{
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void close_hard(int *fd, bool reset)
{
    struct linger now = {1, 0};
    if (*fd >= 0) {
        if (reset) {
            (void)setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        }
        (void)close(*fd);
    }
    *fd = -1;
}

/* ---- one direction --------------------------------------------------------------------------- */

static void queue_bytes(struct pipe_way *way, const struct mitm_way_rules *rules,
                        const uint8_t *bytes, size_t size)
{
    uint64_t due_ms = base_clock_ms() + rules->delay_ms;
    struct chunk *chunk = malloc(sizeof(*chunk) + size);
    if (chunk == NULL) {
        abort();
    }
    if (rules->coalesce_ms > 0) {
        due_ms += rules->coalesce_ms - due_ms % rules->coalesce_ms;
    }
    *chunk = (struct chunk){.due_ms = due_ms, .size = size};
    memcpy(chunk->bytes, bytes, size);
    *way->end = chunk;
    way->end = &chunk->next;
    way->queued += size;
}

static void drop_queue(struct pipe_way *way)
{
    while (way->first != NULL) {
        struct chunk *next = way->first->next;
        free(way->first);
        way->first = next;
    }
    way->end = &way->first;
    way->queued = 0;
}

/* True when this byte is the last one of a message. */
static bool follow_message(struct pipe_way *way, enum mitm_framing framing, uint8_t byte)
{
    if (way->message_size < MESSAGE_MAX) {
        way->message[way->message_size] = byte;
    }
    way->message_size++;
    if (framing == MITM_LINES) {
        return byte == '\n';
    }
    if (way->message_size == 4) {
        way->message_left = base_load_be32(way->message);
        return way->message_left == 0;
    }
    return way->message_size > 4 && --way->message_left == 0;
}

/* Count and spoil what was read, and queue it. */
static void take_bytes(struct mitm *mitm, struct pipe_way *way, enum mitm_way which, uint8_t *bytes,
                       size_t size)
{
    const struct mitm_way_rules *rules = &mitm->rules.way[which];
    size_t from = 0;
    for (size_t i = 0; i < size; i++) {
        bool last = follow_message(way, mitm->framing, bytes[i]);
        bool flippable = rules->flip_head == 0 || way->message_size <= rules->flip_head;
        if (rules->flip_every > 0 && flippable && ++way->flip_count % rules->flip_every == 0) {
            bytes[i] ^= (uint8_t)(1U << way->flip_count % 7);
            mitm->counters.flipped++;
        }
        if (!last) {
            continue;
        }
        way->messages++;
        mitm->counters.messages[which]++;
        if (rules->duplicate_every > 0 && !rules->drop && way->message_size <= MESSAGE_MAX &&
            ++way->duplicate_count % rules->duplicate_every == 0) {
            queue_bytes(way, rules, bytes + from, i + 1 - from);
            queue_bytes(way, rules, way->message, way->message_size);
            mitm->counters.duplicated[which]++;
            from = i + 1;
        }
        way->message_size = 0;
    }
    if (rules->drop) {
        mitm->counters.dropped += size;
    } else if (from < size) {
        queue_bytes(way, rules, bytes + from, size - from);
    }
    way->bytes += size;
    mitm->counters.bytes[which] += size;
}

/* Returns false when the connection is broken. */
static bool read_way(struct mitm *mitm, struct connection *connection, enum mitm_way which)
{
    struct pipe_way *way = &connection->way[which];
    uint8_t bytes[CHUNK];
    ssize_t got = recv(way->from, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got > 0 && connection->half_open) {
        mitm->counters.dropped += (size_t)got;
    } else if (got > 0) {
        take_bytes(mitm, way, which, bytes, (size_t)got);
    } else if (got == 0) {
        way->ended = true;
    }
    return got >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Send what is due. Returns false when the connection is broken. */
static bool write_way(struct pipe_way *way, const struct mitm_way_rules *rules)
{
    uint64_t now_ms = base_clock_ms();
    if (way->to < 0) {
        drop_queue(way);
    }
    for (int sends = 0; way->first != NULL && sends < SENDS_MAX; sends++) {
        struct chunk *chunk = way->first;
        size_t size = chunk->size - chunk->at;
        if (chunk->due_ms > now_ms || way->next_ms > now_ms) {
            return true;
        }
        if (rules->piece_bytes > 0 && size > rules->piece_bytes) {
            size = rules->piece_bytes;
        }
        ssize_t sent = send(way->to, chunk->bytes + chunk->at, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        way->next_ms = rules->piece_bytes > 0 ? now_ms + rules->piece_gap_ms : 0;
        chunk->at += (size_t)sent;
        way->queued -= (size_t)sent;
        if (chunk->at == chunk->size) {
            way->first = chunk->next;
            way->end = way->first == NULL ? &way->first : way->end;
            free(chunk);
        }
    }
    if (way->ended && way->first == NULL && !way->shut && way->to >= 0) {
        (void)shutdown(way->to, SHUT_WR);
        way->shut = true;
    }
    return true;
}

/* ---- connections ----------------------------------------------------------------------------- */

static void end_connection(struct mitm *mitm, size_t index, bool reset)
{
    struct connection *connection = mitm->connections[index];
    for (size_t i = 0; i < MITM_WAYS; i++) {
        drop_queue(&connection->way[i]);
    }
    close_hard(&connection->client, reset);
    close_hard(&connection->server, reset);
    free(connection);
    mitm->connections[index] = NULL;
    mitm->counters.open--;
}

static void accept_one(struct mitm *mitm)
{
    int client = accept4(mitm->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    size_t place = 0;
    while (place < CONNECTIONS_MAX && mitm->connections[place] != NULL) {
        place++;
    }
    if (client < 0) {
        return;
    }
    int server = mitm->rules.black_hole ? -1 : connect_to(mitm->server_port);
    if (place == CONNECTIONS_MAX || (server < 0 && !mitm->rules.black_hole)) {
        close_hard(&client, true);
        close_hard(&server, true);
        return;
    }
    struct connection *connection = calloc(1, sizeof(*connection));
    if (connection == NULL) {
        abort();
    }
    prepare(client);
    connection->client = client;
    connection->server = server;
    if (server >= 0) {
        prepare(server);
    }
    connection->born_ms = base_clock_ms();
    connection->pending_steps = (1ULL << mitm->step_count) - 1;
    connection->way[MITM_TO_SERVER] = (struct pipe_way){.from = client, .to = server};
    connection->way[MITM_TO_CLIENT] = (struct pipe_way){.from = server, .to = client};
    for (size_t i = 0; i < MITM_WAYS; i++) {
        connection->way[i].end = &connection->way[i].first;
    }
    mitm->connections[place] = connection;
    mitm->counters.connections++;
    mitm->counters.open++;
}

/* Returns false when the connection is gone. */
static bool act(struct mitm *mitm, size_t index, enum mitm_action action)
{
    struct connection *connection = mitm->connections[index];
    mitm->counters.actions++;
    mitm->counters.acted_ms = base_clock_ms();
    switch (action) {
    case MITM_RESET:
    case MITM_CLOSE:
        end_connection(mitm, index, action == MITM_RESET);
        return false;
    case MITM_HALF_OPEN:
        connection->half_open = true;
        close_hard(&connection->server, false);
        connection->way[MITM_TO_SERVER].to = -1;
        connection->way[MITM_TO_CLIENT].from = -1;
        drop_queue(&connection->way[MITM_TO_SERVER]);
        drop_queue(&connection->way[MITM_TO_CLIENT]);
        break;
    case MITM_HALF_SHUT:
        (void)shutdown(connection->client, SHUT_WR);
        connection->way[MITM_TO_CLIENT].to = -1;
        drop_queue(&connection->way[MITM_TO_CLIENT]);
        break;
    case MITM_RULES:
        break;
    }
    return true;
}

static void use_rules(struct mitm *mitm, const struct mitm_rules *rules)
{
    mitm->rules = *rules;
    mitm->counters.acted_ms = base_clock_ms();
    if (rules->refuse) {
        /* The thread's poll keeps a closed socket listening until it returns. */
        (void)shutdown(mitm->listen_fd, SHUT_RDWR);
        close_hard(&mitm->listen_fd, false);
    } else if (mitm->listen_fd < 0) {
        mitm->listen_fd = listen_socket(&mitm->port);
    }
}

/* Returns false when a step has ended the connection. */
static bool run_steps(struct mitm *mitm, size_t index)
{
    struct connection *connection = mitm->connections[index];
    for (size_t i = 0; i < mitm->step_count; i++) {
        const struct mitm_step *step = &mitm->steps[i];
        const struct pipe_way *way = &connection->way[step->way];
        bool due = (step->at_bytes > 0 && way->bytes >= step->at_bytes) ||
                   (step->at_messages > 0 && way->messages >= step->at_messages) ||
                   (step->at_ms > 0 && base_clock_ms() - connection->born_ms >= step->at_ms);
        if (!due || (connection->pending_steps >> i & 1) == 0) {
            continue;
        }
        connection->pending_steps &= ~(1ULL << i);
        if (step->action == MITM_RULES) {
            use_rules(mitm, &step->rules);
        }
        if (!act(mitm, index, step->action)) {
            return false;
        }
    }
    return true;
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* What a connection waits for: two entries; timeout_ms shrinks to what is due. */
static void add_polls(const struct mitm *mitm, const struct connection *connection,
                      struct pollfd polls[MITM_WAYS], uint64_t *wake_ms)
{
    polls[0] = (struct pollfd){.fd = connection->client};
    polls[1] = (struct pollfd){.fd = connection->server};
    if (mitm->rules.black_hole || connection->server < 0) {
        polls[0].events = connection->half_open ? POLLIN : POLLRDHUP;
        polls[1].fd = -1;
    } else {
        for (size_t i = 0; i < MITM_WAYS; i++) {
            const struct pipe_way *way = &connection->way[i];
            if (!way->ended && !mitm->rules.way[i].stop_reading && way->queued < QUEUE_MAX) {
                polls[i].events |= POLLIN;
            } else if (!way->ended) {
                polls[i].events |= POLLRDHUP;
            }
            if (way->first != NULL && way->to >= 0) {
                uint64_t due_ms =
                    way->first->due_ms > way->next_ms ? way->first->due_ms : way->next_ms;
                if (due_ms <= base_clock_ms()) {
                    polls[1 - i].events |= POLLOUT;
                } else if (due_ms < *wake_ms) {
                    *wake_ms = due_ms;
                }
            }
        }
        for (size_t i = 0; i < MITM_WAYS; i++) {
            if (polls[i].events == 0 && connection->way[i].ended) {
                polls[i].fd = -1; /* its POLLHUP is known */
            }
        }
    }
    for (size_t i = 0; i < mitm->step_count; i++) {
        uint64_t due_ms = connection->born_ms + mitm->steps[i].at_ms;
        if (mitm->steps[i].at_ms > 0 && (connection->pending_steps >> i & 1) != 0 &&
            due_ms < *wake_ms) {
            *wake_ms = due_ms;
        }
    }
}

static void serve(struct mitm *mitm, size_t index, const struct pollfd polls[MITM_WAYS])
{
    struct connection *connection = mitm->connections[index];
    bool alive = true;
    for (size_t i = 0; i < MITM_WAYS && alive; i++) {
        bool ready = (polls[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
        bool wanted = polls[i].events & POLLIN || polls[i].revents & (POLLHUP | POLLERR);
        if (ready && wanted && connection->way[i].from >= 0) {
            alive = read_way(mitm, connection, (enum mitm_way)i);
        }
    }
    if (alive && !run_steps(mitm, index)) {
        return;
    }
    for (size_t i = 0; i < MITM_WAYS; i++) { /* who is not read any more has given up */
        alive = alive && (polls[i].revents & POLLRDHUP) == 0;
    }
    if (!mitm->rules.black_hole && connection->server >= 0) {
        for (size_t i = 0; i < MITM_WAYS && alive; i++) {
            alive = write_way(&connection->way[i], &mitm->rules.way[i]);
        }
    }
    bool done = connection->way[0].ended && (connection->way[1].ended || connection->server < 0);
    bool empty = connection->way[0].first == NULL && connection->way[1].first == NULL;
    if (!alive || (done && empty)) {
        end_connection(mitm, index, !alive);
    }
}

static void *run(void *user)
{
    struct mitm *mitm = user;
    (void)pthread_mutex_lock(&mitm->lock);
    while (!mitm->stopping) {
        struct pollfd polls[2 + MITM_WAYS * CONNECTIONS_MAX];
        size_t index[CONNECTIONS_MAX];
        const struct connection *seen[CONNECTIONS_MAX];
        size_t count = 0;
        uint64_t wake_ms = UINT64_MAX;
        uint64_t woken = 0;
        polls[0] = (struct pollfd){.fd = mitm->wake_fd, .events = POLLIN};
        polls[1] = (struct pollfd){.fd = mitm->listen_fd, .events = POLLIN};
        for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
            if (mitm->connections[i] != NULL) {
                index[count] = i;
                seen[count] = mitm->connections[i];
                add_polls(mitm, mitm->connections[i], polls + 2 + MITM_WAYS * count, &wake_ms);
                count++;
            }
        }
        uint64_t now_ms = base_clock_ms();
        int timeout = wake_ms == UINT64_MAX ? -1 : wake_ms > now_ms ? (int)(wake_ms - now_ms) : 0;
        int listen_fd = mitm->listen_fd;
        (void)pthread_mutex_unlock(&mitm->lock);
        int ready = poll(polls, 2 + MITM_WAYS * count, timeout);
        (void)pthread_mutex_lock(&mitm->lock);
        (void)!read(mitm->wake_fd, &woken, sizeof(woken));
        for (size_t i = 0; i < count && ready >= 0; i++) {
            if (mitm->connections[index[i]] == seen[i]) { /* the test may have ended it */
                serve(mitm, index[i], polls + 2 + MITM_WAYS * i);
            }
        }
        if (ready >= 0 && (polls[1].revents & POLLIN) != 0 && mitm->listen_fd == listen_fd) {
            accept_one(mitm);
        }
    }
    (void)pthread_mutex_unlock(&mitm->lock);
    return NULL;
}

static void wake(struct mitm *mitm)
{
    uint64_t one = 1;
    (void)!write(mitm->wake_fd, &one, sizeof(one));
}

/* ---- interface ------------------------------------------------------------------------------- */

struct mitm *mitm_start(uint16_t server_port, enum mitm_framing framing)
{
    struct mitm *mitm = calloc(1, sizeof(*mitm));
    assert_non_null(mitm);
    mitm->server_port = server_port;
    mitm->framing = framing;
    mitm->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    mitm->listen_fd = listen_socket(&mitm->port);
    assert_true(mitm->wake_fd >= 0 && mitm->listen_fd >= 0);
    (void)pthread_mutex_init(&mitm->lock, NULL);
    assert_int_equal(pthread_create(&mitm->thread, NULL, run, mitm), 0);
    return mitm;
}

void mitm_stop(struct mitm *mitm)
{
    if (mitm == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&mitm->lock);
    mitm->stopping = true;
    wake(mitm);
    (void)pthread_mutex_unlock(&mitm->lock);
    (void)pthread_join(mitm->thread, NULL);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (mitm->connections[i] != NULL) {
            end_connection(mitm, i, false);
        }
    }
    close_hard(&mitm->listen_fd, false);
    (void)close(mitm->wake_fd);
    (void)pthread_mutex_destroy(&mitm->lock);
    free(mitm);
}

uint16_t mitm_port(const struct mitm *mitm)
{
    return mitm->port;
}

void mitm_set(struct mitm *mitm, const struct mitm_rules *rules)
{
    static const struct mitm_rules none;
    (void)pthread_mutex_lock(&mitm->lock);
    use_rules(mitm, rules == NULL ? &none : rules);
    wake(mitm);
    (void)pthread_mutex_unlock(&mitm->lock);
}

void mitm_do(struct mitm *mitm, enum mitm_action action)
{
    (void)pthread_mutex_lock(&mitm->lock);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (mitm->connections[i] != NULL) {
            (void)act(mitm, i, action);
        }
    }
    wake(mitm);
    (void)pthread_mutex_unlock(&mitm->lock);
}

void mitm_step(struct mitm *mitm, const struct mitm_step *step)
{
    (void)pthread_mutex_lock(&mitm->lock);
    assert_true(mitm->step_count < STEPS_MAX);
    mitm->steps[mitm->step_count++] = *step;
    (void)pthread_mutex_unlock(&mitm->lock);
}

void mitm_counters(struct mitm *mitm, struct mitm_counters *counters)
{
    (void)pthread_mutex_lock(&mitm->lock);
    *counters = mitm->counters;
    (void)pthread_mutex_unlock(&mitm->lock);
}
