/* v1_pool.c: see v1_pool.h. One connection at a time; a blocking line a turn. */
#include "v1_pool.h"

#include <jansson.h>
#include <math.h>
#include <openssl/evp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/endian.h"
#include "base/hex.h"
#include "listen.h"

static const char coinb1[] =
    "02000000010000000000000000000000000000000000000000000000000000000000000000ffffffff0c02680808";
static const char coinb2[] =
    "ffffffff0280665c1c190000002200204ae81572f06e1b88fd5ced7a1a000945432e83e1551e6f721ee9c00b8cc332"
    "600000000000000000266a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd836974e8c"
    "f900000000";
static const char branch_hex[] = "89e6a4eec6554d2fc605462d8ae1f214c3e1f664e070f360dfcdef03f5e120b7";

static void sha256d(uint8_t hash[32], const void *bytes, size_t size)
{
    (void)EVP_Digest(bytes, size, hash, NULL, EVP_sha256(), NULL);
    (void)EVP_Digest(hash, 32, hash, NULL, EVP_sha256(), NULL);
}

__attribute__((format(printf, 2, 3))) static void say(int fd, const char *format, ...)
{
    char line[4096];
    va_list arguments;
    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, a line above */
    int size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    (void)!send(fd, line, (size_t)size, MSG_NOSIGNAL);
}

static void send_job(struct v1_pool *pool, int fd, bool clean)
{
    struct v1_pool_job *job = &pool->jobs[pool->job_count % V1_POOL_JOBS];
    uint8_t swapped[32];
    char prevhash[65];
    char key[40] = "";
    if (clean) {
        for (size_t i = 0; i < pool->job_count && i < V1_POOL_JOBS; i++) {
            pool->jobs[i].voided = true;
        }
        pool->prevhash[5]++;
    }
    (void)snprintf(job->id, sizeof job->id, "j%zx", pool->job_count);
    memcpy(job->prevhash, pool->prevhash, 32);
    memcpy(job->extranonce1, pool->extranonce1, sizeof job->extranonce1);
    job->extranonce1_size = pool->extranonce1_size;
    job->ntime = pool->ntime;
    job->difficulty = pool->difficulty;
    job->voided = false;
    pool->job_count++;
    for (size_t i = 0; i < 32; i++) {
        swapped[i] = job->prevhash[i / 4 * 4 + 3 - i % 4];
    }
    base_hex_encode(prevhash, swapped, 32);
    if (pool->tell_key) {
        (void)snprintf(key, sizeof key, ",\"odokey\":%u", job->ntime - job->ntime % pool->epoch_s);
    }
    say(fd,
        "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"%s\",\"%s\",\"%s\",\"%s\",[\"%s\"]"
        ","
        "\"%08x\",\"%08x\",\"%08x\",%s]%s}\n",
        job->id, prevhash, coinb1, coinb2, branch_hex, pool->version, pool->bits, job->ntime,
        clean ? "true" : "false", key);
}

/* ---- judging ----------------------------------------------------------------------------- */

/* Bytes of a text of exactly size * 2 digits. */
static bool digits(uint8_t *bytes, size_t size, const json_t *json)
{
    const char *text = json_string_value(json);
    return text != NULL && base_hex_decode_exact(bytes, size, text) == BASE_OK;
}

static void rebuild(const struct v1_pool *pool, const struct v1_pool_job *job,
                    const uint8_t *extranonce2, uint32_t ntime, uint32_t nonce, uint8_t header[80])
{
    uint8_t coinbase[512];
    uint8_t both[64];
    size_t size = 0;
    size_t some = 0;
    (void)!base_hex_decode(coinbase, sizeof coinbase, &some, coinb1, strlen(coinb1));
    size = some;
    memcpy(coinbase + size, job->extranonce1, job->extranonce1_size);
    size += job->extranonce1_size;
    memcpy(coinbase + size, extranonce2, pool->extranonce2_size);
    size += pool->extranonce2_size;
    (void)!base_hex_decode(coinbase + size, sizeof coinbase - size, &some, coinb2, strlen(coinb2));
    size += some;
    sha256d(both, coinbase, size);
    (void)!base_hex_decode_exact(both + 32, 32, branch_hex);
    base_store_le32(header, pool->version);
    memcpy(header + 4, job->prevhash, 32);
    sha256d(header + 36, both, sizeof both);
    base_store_le32(header + 68, ntime);
    base_store_le32(header + 72, pool->bits);
    base_store_le32(header + 76, nonce);
}

/* As pools count it: in doubles. */
static double share_difficulty(struct v1_pool *pool, const uint8_t header[80])
{
    struct kern_work work = {.header_size = 80};
    uint8_t hash_be[32];
    double value = 0;
    memcpy(work.header, header, 80);
    if (pool->epoch_s != 0) {
        uint32_t ntime = base_load_le32(header + 68);
        work.epoch = ntime - ntime % pool->epoch_s;
        if (pool->table != NULL && pool->table->key != work.epoch) {
            kern_table_free(pool->table);
            pool->table = NULL;
        }
        if (pool->table == NULL && kern_table_build(&pool->table, pool->algo, &work) != BASE_OK) {
            return 0;
        }
        work.table = pool->table;
    }
    if (kern_hash(hash_be, pool->algo, &work, base_load_le32(header + 76), NULL, 0) != BASE_OK) {
        return 0;
    }
    for (size_t i = 0; i < 32; i++) {
        value = value * 256 + hash_be[i];
    }
    return ldexp(65535, 208) * pool->factor / value;
}

/* NULL: a good share; else the error member. */
static const char *judge(struct v1_pool *pool, const json_t *params, size_t *job_index,
                         bool *is_share)
{
    const char *id = json_string_value(json_array_get(params, 1));
    uint8_t extranonce2[16];
    uint8_t ntime[4];
    uint8_t nonce[4];
    uint8_t header[80];
    struct v1_pool_job *job = NULL;
    if (json_array_size(params) != 5 || id == NULL ||
        !digits(extranonce2, pool->extranonce2_size, json_array_get(params, 2)) ||
        !digits(ntime, 4, json_array_get(params, 3)) ||
        !digits(nonce, 4, json_array_get(params, 4))) {
        return "[20,\"malformed\",null]";
    }
    for (size_t i = 0; i < pool->job_count && i < V1_POOL_JOBS; i++) {
        if (strcmp(pool->jobs[i].id, id) == 0) {
            job = &pool->jobs[i];
            *job_index = i;
        }
    }
    if (job == NULL || job->voided) {
        return "[21,\"Job not found\",null]";
    }
    uint32_t time = base_load_be32(ntime);
    if (time < job->ntime || time > job->ntime + 7000) {
        return "[20,\"Ntime out of range\",null]";
    }
    rebuild(pool, job, extranonce2, time, base_load_be32(nonce), header);
    for (size_t i = 0; i < pool->seen_count; i++) {
        if (memcmp(pool->seen[i], header, 80) == 0) {
            return "[22,\"Duplicate share\",null]";
        }
    }
    double difficulty = share_difficulty(pool, header);
    double block_difficulty = ldexp(65535, 208) * pool->factor /
                              ldexp(pool->bits & 0x7fffff, 8 * ((int)(pool->bits >> 24) - 3));
    bool block = difficulty >= block_difficulty * (1 + 1e-12) && !job->won;
    *is_share = difficulty >= job->difficulty * (1 - 1e-12);
    if (!*is_share && !block) {
        return "[23,\"Low difficulty share\",null]";
    }
    pool->won_by_shares += block && *is_share;
    job->won = job->won || block;
    if (pool->seen_count < V1_POOL_SHARES) {
        memcpy(pool->seen[pool->seen_count++], header, 80);
    }
    if (memcmp(pool->last_extranonce2, extranonce2, pool->extranonce2_size) != 0) {
        memcpy(pool->last_extranonce2, extranonce2, pool->extranonce2_size);
        pool->extranonces++;
    }
    return NULL;
}

/* Do what is due; false: hang up. */
static bool take_steps(struct v1_pool *pool, int fd)
{
    size_t newest = pool->accepted_by_job[(pool->job_count - 1) % V1_POOL_JOBS];
    bool last = pool->step == V1_POOL_STEPS || pool->steps[pool->step].after == 0;
    if (last && newest >= pool->enough) {
        uint64_t one = 1;
        (void)!write(pool->done_fd, &one, sizeof one);
    } else if (!last && newest >= pool->steps[pool->step].after) {
        const struct v1_pool_step *step = &pool->steps[pool->step++];
        if (step->hang_up) {
            return false;
        }
        if (step->difficulty > 0) {
            pool->difficulty = step->difficulty;
            say(fd, "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[%.17g]}\n",
                pool->difficulty);
        }
        if (step->extranonce1 != NULL) {
            (void)!base_hex_decode(pool->extranonce1, sizeof pool->extranonce1,
                                   &pool->extranonce1_size, step->extranonce1,
                                   strlen(step->extranonce1));
            say(fd, "{\"id\":null,\"method\":\"mining.set_extranonce\",\"params\":[\"%s\",%zu]}\n",
                step->extranonce1, pool->extranonce2_size);
        }
        pool->ntime += step->ntime_plus;
        send_job(pool, fd, step->clean);
    }
    return true;
}

static bool on_submit(struct v1_pool *pool, int fd, json_int_t id, const json_t *params)
{
    size_t index = 0;
    bool is_share = false;
    const char *error = judge(pool, params, &index, &is_share);
    if (error == NULL) {
        pool->accepted++;
        pool->accepted_by_job[index] += is_share;
        pool->blocks += !is_share;
        say(fd, "{\"id\":%lld,\"result\":true,\"error\":null}\n", (long long)id);
        return take_steps(pool, fd);
    }
    if (strncmp(error, "[21", 3) == 0) {
        pool->stale++;
    } else {
        pool->refused++;
        (void)snprintf(pool->why, sizeof pool->why, "%s", error);
    }
    say(fd, "{\"id\":%lld,\"result\":null,\"error\":%s}\n", (long long)id, error);
    return true;
}

static bool on_line(struct v1_pool *pool, int fd, const char *line)
{
    json_t *root = json_loads(line, 0, NULL);
    const char *method = json_string_value(json_object_get(root, "method"));
    json_int_t id = json_integer_value(json_object_get(root, "id"));
    bool stay = method != NULL;
    if (!stay) {
        pool->refused++;
    } else if (strcmp(method, "mining.subscribe") == 0) {
        char hex[17];
        base_hex_encode(hex, pool->extranonce1, pool->extranonce1_size);
        say(fd,
            "{\"id\":%lld,\"result\":[[[\"mining.set_difficulty\",\"1\"],[\"mining.notify\","
            "\"s1\"]],\"%s\",%zu],\"error\":null}\n",
            (long long)id, hex, pool->extranonce2_size);
        say(fd, "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[%.17g]}\n",
            pool->difficulty);
        send_job(pool, fd, true);
    } else if (strcmp(method, "mining.submit") == 0) {
        stay = on_submit(pool, fd, id, json_object_get(root, "params"));
    } else { /* authorize, extranonce.subscribe */
        say(fd, "{\"id\":%lld,\"result\":true,\"error\":null}\n", (long long)id);
    }
    json_decref(root);
    return stay;
}

/* ---- thread ------------------------------------------------------------------------------ */

static bool readable(const struct v1_pool *pool, int fd)
{
    struct pollfd polled[2] = {{fd, POLLIN, 0}, {pool->stop_fd, POLLIN, 0}};
    (void)poll(polled, 2, -1);
    return polled[1].revents == 0;
}

static void serve(struct v1_pool *pool, int fd)
{
    char line[8192];
    size_t used = 0;
    while (readable(pool, fd)) {
        ssize_t got = recv(fd, line + used, sizeof line - used, 0);
        if (got <= 0) {
            return;
        }
        used += (size_t)got;
        char *end = NULL;
        while ((end = memchr(line, '\n', used)) != NULL) {
            *end = '\0';
            if (!on_line(pool, fd, line)) {
                return;
            }
            used -= (size_t)(end + 1 - line);
            memmove(line, end + 1, used);
        }
    }
}

static void *run(void *user)
{
    struct v1_pool *pool = user;
    while (readable(pool, pool->listen_fd)) {
        int fd = accept(pool->listen_fd, NULL, NULL);
        if (fd < 0) {
            break;
        }
        pool->connections++;
        serve(pool, fd);
        (void)close(fd);
    }
    return NULL;
}

void v1_pool_start(struct v1_pool *pool)
{
    pool->bits = pool->bits != 0 ? pool->bits : 0x1b2dd176;
    pool->listen_fd = listen_socket(&pool->port);
    pool->stop_fd = eventfd(0, EFD_CLOEXEC);
    assert_true(pool->stop_fd >= 0);
    assert_int_equal(pthread_create(&pool->thread, NULL, run, pool), 0);
}

void v1_pool_stop(struct v1_pool *pool)
{
    uint64_t one = 1;
    (void)!write(pool->stop_fd, &one, sizeof one);
    (void)pthread_join(pool->thread, NULL);
    (void)close(pool->listen_fd);
    (void)close(pool->stop_fd);
    kern_table_free(pool->table);
}
