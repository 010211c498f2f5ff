/* bridge_load.c: thousands of clients at `shardpick bridge`, which runs as a process of its own
 * between them and a development network in this one. Each client sends real shares of an easy
 * difficulty; some of them are blocks, which bring new work for all. Prints what the bridge takes:
 * connections a second, a share's time to its answer, the time from the first to the last client
 * that gets a push, memory, processor time. No test: numbers for docs/bridge.md.
 * Arguments: the program, clients, seconds, seconds between two shares of a client. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "devnet/devnet.h"
#include "kern.h"

enum {
    NONCE = 24,
    HEADER = 302,
    IN_BYTES = 8192,
    BRIDGE_PORT = 23334,
    PUSH_GAP_MS = 100, /* so long without a job for anybody: the next one begins another push */
};

struct client {
    int fd;
    size_t in_size;
    char in[IN_BYTES];
    char job[16];
    uint32_t chain;
    uint8_t message[NONCE + HEADER];
    uint8_t target_be[32];
    uint8_t prefix[2];
    uint64_t counter;
    uint64_t share_ns; /* when the share went out that is not answered; 0: none */
    uint64_t next_ms;  /* when the next one goes out */
    uint64_t next_id;
};

static const struct kern_algo *algo;
static struct client *clients;
static size_t client_count;
static uint64_t *answers_ns; /* times of answers */
static size_t answer_count;
static size_t answer_cap;
static size_t good;
static size_t refused;
static size_t with_job;
static uint64_t first_push_ns; /* of the push that is coming in */
static uint64_t last_push_ns;
static size_t push_size;
static uint64_t pushes_ns[4096]; /* of pushes that nine of ten clients got: first to last */
static size_t pushes;

static void hash_message(uint8_t hash[32], const uint8_t *message)
{
    struct kern_work work = {.header_size = algo->header_size};
    memcpy(work.header, message, algo->header_size);
    if (algo->hash(hash, &work, NULL, 0) != BASE_OK) {
        abort();
    }
}

static void say(struct client *client, const char *line)
{
    size_t size = strlen(line);
    if (send(client->fd, line, size, MSG_NOSIGNAL) != (ssize_t)size) {
        (void)fprintf(stderr, "a client could not send: %s\n", strerror(errno));
        exit(1);
    }
}

static void end_push(uint64_t now_ns)
{
    if (push_size > 0 && now_ns - last_push_ns > PUSH_GAP_MS * UINT64_C(1000000)) {
        bool large = push_size * 10 >= client_count * 9 && with_job == client_count;
        if (large && pushes < 4096) {
            pushes_ns[pushes++] = last_push_ns - first_push_ns;
        }
        push_size = 0;
    }
}

/* The text behind "key":" up to its end; false where it is missing. */
static bool member(char *to, size_t cap, const char *line, const char *key)
{
    const char *at = strstr(line, key);
    if (at == NULL) {
        return false;
    }
    at += strlen(key);
    at += strspn(at, "\":[");
    size_t size = strcspn(at, "\",}]");
    return snprintf(to, cap, "%.*s", (int)size, at) >= 0 && size < cap;
}

static void on_job(struct client *client, const char *line, uint64_t now_ns)
{
    static char text[2 * HEADER + 1];
    char from[8];
    char to[8];
    uint8_t target[32];
    size_t size = 0;
    if (!member(text, sizeof text, line, "headerBlob") ||
        base_hex_decode_exact(client->message + NONCE, HEADER, text) != BASE_OK ||
        !member(client->job, sizeof client->job, line, "jobId") ||
        !member(from, sizeof from, line, "fromGroup") || !member(to, sizeof to, line, "toGroup") ||
        !member(text, sizeof text, line, "targetBlob") ||
        base_hex_decode(target, sizeof target, &size, text, strlen(text)) != BASE_OK ||
        base_target_from_bytes(client->target_be, target, size) != BASE_OK) {
        (void)fprintf(stderr, "no job: %s\n", line);
        exit(1);
    }
    with_job += client->next_id < 3;
    client->next_id = client->next_id < 3 ? 3 : client->next_id;
    client->chain = (uint32_t)(4 * strtol(from, NULL, 10) + strtol(to, NULL, 10));
    end_push(now_ns);
    first_push_ns = push_size == 0 ? now_ns : first_push_ns;
    last_push_ns = now_ns;
    push_size += 1;
}

static void on_answer(struct client *client, const char *line, uint64_t now_ns)
{
    if (client->share_ns == 0) {
        return; /* of subscribe or authorize */
    }
    good += strstr(line, "\"result\":true") != NULL;
    refused += strstr(line, "\"result\":true") == NULL;
    if (answer_count < answer_cap) {
        answers_ns[answer_count++] = now_ns - client->share_ns;
    }
    client->share_ns = 0;
}

static void on_line(struct client *client, const char *line)
{
    uint64_t now_ns = base_clock_ns();
    char text[8];
    if (strstr(line, "mining.notify") != NULL) {
        on_job(client, line, now_ns);
    } else if (strstr(line, "mining.set_extranonce") != NULL) {
        if (member(text, sizeof text, line, "params")) {
            (void)!base_hex_decode_exact(client->prefix, 2, text);
        }
    } else if (strstr(line, "\"method\"") == NULL) {
        on_answer(client, line, now_ns);
    }
}

static void on_input(struct client *client)
{
    ssize_t got = recv(client->fd, client->in + client->in_size, IN_BYTES - 1 - client->in_size,
                       MSG_DONTWAIT);
    if (got <= 0) {
        (void)fprintf(stderr, "the bridge has closed a connection\n");
        exit(1);
    }
    client->in_size += (size_t)got;
    client->in[client->in_size] = '\0';
    char *from = client->in;
    for (char *end = NULL; (end = strchr(from, '\n')) != NULL; from = end + 1) {
        *end = '\0';
        on_line(client, from);
    }
    client->in_size -= (size_t)(from - client->in);
    memmove(client->in, from, client->in_size);
}

/* A share: nonces until one meets target and chain. */
static void send_share(struct client *client)
{
    char nonce[2 * NONCE + 1];
    char line[512];
    uint8_t hash[32];
    do {
        memcpy(client->message, client->prefix, 2);
        base_store_be64(client->message + 8, ++client->counter);
        hash_message(hash, client->message);
    } while (!base_target_meets(hash, client->target_be) ||
             kern_chain_of(algo, hash) != client->chain);
    base_hex_encode(nonce, client->message, NONCE);
    (void)snprintf(line, sizeof line,
                   "{\"id\":%llu,\"method\":\"mining.submit\",\"params\":{\"jobId\":\"%s\","
                   "\"fromGroup\":%u,\"toGroup\":%u,\"nonce\":\"%s\",\"worker\":\"w\"}}\n",
                   (unsigned long long)++client->next_id, client->job, client->chain / 4,
                   client->chain % 4, nonce);
    client->share_ns = base_clock_ns();
    say(client, line);
}

static int connect_one(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(BRIDGE_PORT)};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (unsigned tries = 0; connect(fd, (struct sockaddr *)&address, sizeof address) != 0;
         tries++) {
        if (tries > 200) {
            (void)fprintf(stderr, "connect: %s\n", strerror(errno));
            exit(1);
        }
        (void)usleep(20000);
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/* The time at a hundredth of a sorted list, ms; 0: it is empty. */
static double at_percent(const uint64_t *times_ns, size_t count, size_t percent)
{
    size_t at = count * percent / 100;
    return count > 0 ? (double)times_ns[at < count ? at : count - 1] / 1e6 : 0;
}

static int by_size(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static void take(int epoll_fd, int wait_ms)
{
    struct epoll_event events[256];
    int count = epoll_wait(epoll_fd, events, 256, wait_ms);
    for (int i = 0; i < count; i++) {
        on_input(events[i].data.ptr);
    }
    end_push(base_clock_ns());
}

/* Peak memory of a process, MiB. */
static double peak_mib(pid_t pid)
{
    char path[64];
    char line[256];
    double kib = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            kib = strtod(line + 6, NULL);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return kib / 1024;
}

static pid_t start_bridge(const char *program, uint16_t node_port, unsigned count)
{
    char url[64];
    char listen[16];
    char most[16];
    pid_t pid = 0;
    (void)snprintf(url, sizeof url, "daemon+tcp://127.0.0.1:%u", node_port);
    (void)snprintf(listen, sizeof listen, "%d", BRIDGE_PORT);
    (void)snprintf(most, sizeof most, "%u", count + 10);
    const char *const words[] = {program,         "bridge", "-o",        url,
                                 "--listen",      listen,   "--clients", most,
                                 "--client-diff", "1e-9",   "-q",        NULL};
    char *environment[] = {NULL};
    if (posix_spawn(&pid, program, NULL, NULL, (char *const *)(uintptr_t)words, environment) != 0) {
        (void)fprintf(stderr, "%s does not start\n", program);
        exit(1);
    }
    return pid;
}

int main(int argc, char **argv)
{
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    struct base_error error;
    struct rlimit files;
    algo = kern_algo_find("alephium");
    client_count = argc == 5 ? strtoul(argv[2], NULL, 10) : 0;
    uint64_t seconds = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;
    uint64_t every_ms = argc == 5 ? strtoul(argv[4], NULL, 10) * 1000 : 0;
    if (client_count == 0 || seconds == 0 || every_ms == 0) {
        (void)fprintf(stderr, "usage: bridge_load PROGRAM CLIENTS SECONDS SHARE-EVERY-S\n");
        return 2;
    }
    (void)getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    clients = calloc(client_count, sizeof *clients);
    answer_cap = client_count * (seconds * 1000 / every_ms + 2);
    answers_ns = calloc(answer_cap, sizeof *answers_ns);
    pool_devnet_defaults(&config);
    config.start_hashes = 20000;
    config.node_port = 0;
    config.hash = hash_message;
    if (clients == NULL || answers_ns == NULL ||
        pool_devnet_start(&devnet, &config, &error) != BASE_OK) {
        return 1;
    }
    pid_t pid = start_bridge(argv[1], pool_devnet_node_port(devnet), (unsigned)client_count);
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    (void)close(connect_one()); /* it is up */
    uint64_t begin_ns = base_clock_ns();
    for (size_t i = 0; i < client_count; i++) {
        char line[256];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
        clients[i].fd = connect_one();
        clients[i].next_id = 2;
        (void)epoll_ctl(epoll_fd, EPOLL_CTL_ADD, clients[i].fd, &event);
        (void)snprintf(line, sizeof line,
                       "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"load\"]}\n"
                       "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"rig%zu\",\"x\"]}\n",
                       i);
        say(&clients[i], line);
        take(epoll_fd, 0);
    }
    while (with_job < client_count) {
        take(epoll_fd, 10);
    }
    double connect_s = (double)(base_clock_ns() - begin_ns) / 1e9;
    uint64_t start_ms = base_clock_ms();
    for (size_t i = 0; i < client_count; i++) {
        clients[i].next_ms = start_ms + every_ms * i / client_count;
    }
    while (base_clock_ms() < start_ms + seconds * 1000) {
        uint64_t now_ms = base_clock_ms();
        for (size_t i = 0; i < client_count; i++) {
            if (now_ms >= clients[i].next_ms && clients[i].share_ns == 0) {
                clients[i].next_ms += every_ms;
                send_share(&clients[i]);
                take(epoll_fd, 0);
            }
        }
        take(epoll_fd, 1);
    }
    double peak = peak_mib(pid);
    (void)kill(pid, SIGTERM);
    struct rusage used;
    int status = 0;
    (void)wait4(pid, &status, 0, &used);
    double cpu_s = (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6 +
                   (double)used.ru_stime.tv_sec + (double)used.ru_stime.tv_usec / 1e6;
    qsort(pushes_ns, pushes, sizeof pushes_ns[0], by_size);
    qsort(answers_ns, answer_count, sizeof *answers_ns, by_size);
    (void)printf(
        "%zu clients: all with work in %.2f s (%.0f a second); %zu shares good, %zu "
        "refused; answer p50 %.2f ms, p99 %.2f ms; %zu pushes to nine of ten clients or "
        "more, first to last client p50 %.1f ms, at most %.1f ms; peak memory %.1f MiB; processor "
        "%.2f s\n",
        client_count, connect_s, (double)client_count / connect_s, good, refused,
        at_percent(answers_ns, answer_count, 50), at_percent(answers_ns, answer_count, 99), pushes,
        at_percent(pushes_ns, pushes, 50), at_percent(pushes_ns, pushes, 100), peak, cpu_s);
    pool_devnet_stop(devnet);
    return refused == 0 && good > 0 && status == 0 ? 0 : 1;
}
