/* test_devnet_pool.c: the pool port of the development network over real sockets, dialect by
 * dialect, with lines written here from the protocols' description. Nonces are hashes, so every
 * share is picked, not mined. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "base/target.h"
#include "loop.h"

#define ADDRESS "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr"

enum { LINE_CAP = 65536 };

static struct pool_devnet_config standard(enum pool_devnet_dialect dialect)
{
    struct pool_devnet_config config;
    pool_devnet_defaults(&config);
    config.pool_dialect = dialect;
    config.pool_difficulty = 1; /* 2^236 - 1: shares are far below what a block needs */
    config.start_hashes = 0x1p44;
    config.push_interval_ms = 20;
    config.pool_notify_ms = 100;
    config.vardiff_look_ms = UINT32_MAX;
    config.seed = 5;
    config.hash = loop_nonce_is_hash;
    return config;
}

static struct pool_devnet *start(const struct pool_devnet_config *config)
{
    struct pool_devnet *devnet = NULL;
    struct base_error error = {0};
    if (pool_devnet_start(&devnet, config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    return devnet;
}

/* In one piece: a bad line may cost the connection before a second piece is on its way. */
static void say(int fd, const char *line)
{
    static char bytes[16384];
    int size = snprintf(bytes, sizeof bytes, "%s\n", line);
    assert_in_range(size, 1, sizeof bytes - 1);
    loop_send(fd, bytes, (size_t)size);
}

static json_t *hear(int fd)
{
    char line[LINE_CAP];
    loop_receive_line(fd, line, sizeof line);
    json_t *json = json_loads(line, 0, NULL);
    assert_non_null(json);
    return json;
}

/* Next message with this method; others are dropped. */
static json_t *hear_method(int fd, const char *method)
{
    for (;;) {
        json_t *json = hear(fd);
        const char *got = json_string_value(json_object_get(json, "method"));
        if (got != NULL && strcmp(got, method) == 0) {
            return json;
        }
        json_decref(json);
    }
}

/* Next answer to request id; others are dropped. */
static json_t *hear_answer(int fd, int id)
{
    for (;;) {
        json_t *json = hear(fd);
        if (json_object_get(json, "result") != NULL &&
            json_integer_value(json_object_get(json, "id")) == id) {
            return json;
        }
        json_decref(json);
    }
}

static void assert_line(json_t *json, const char *text)
{
    char *dumped = json_dumps(json, JSON_COMPACT);
    assert_string_equal(dumped, text);
    free(dumped);
    json_decref(json);
}

/* One job of a notify in object form. */
struct job {
    char id[16];
    int from;
    int to;
    char target[80];
};

static struct job job_of(const json_t *notify, size_t index)
{
    struct job job;
    const json_t *item = json_array_get(json_object_get(notify, "params"), index);
    const char *header = json_string_value(json_object_get(item, "headerBlob"));
    assert_non_null(header);
    assert_int_equal(strlen(header), 604);
    assert_memory_equal(header, "0007", 4);
    (void)snprintf(job.id, sizeof job.id, "%s", json_string_value(json_object_get(item, "jobId")));
    (void)snprintf(job.target, sizeof job.target, "%s",
                   json_string_value(json_object_get(item, "targetBlob")));
    job.from = (int)json_integer_value(json_object_get(item, "fromGroup"));
    job.to = (int)json_integer_value(json_object_get(item, "toGroup"));
    return job;
}

static struct job next_job(int fd)
{
    json_t *json = hear_method(fd, "mining.notify");
    struct job job = job_of(json, 0);
    json_decref(json);
    return job;
}

/* A share whose hash begins with the extranonce (4 digits) and zeros; of the job's chain. */
static void say_share(int fd, int id, const struct job *job, const char *head, unsigned serial)
{
    char line[512];
    (void)snprintf(line, sizeof line,
                   "{\"id\":%d,\"method\":\"mining.submit\",\"params\":{\"jobId\":\"%s\","
                   "\"fromGroup\":%d,\"toGroup\":%d,\"nonce\":\"%s%034x%08x%x%x\","
                   "\"worker\":\"" ADDRESS ".rig1\"}}",
                   id, job->id, job->from, job->to, head, 0, serial, 0, 4 * job->from + job->to);
    say(fd, line);
}

static struct pool_devnet_stats stats_of(struct pool_devnet *devnet)
{
    struct pool_devnet_stats stats;
    pool_devnet_stats(devnet, &stats);
    return stats;
}

/* Authorize and return the extranonce's digits. */
static void authorize(int fd, char digits[40])
{
    say(fd, "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"" ADDRESS ".rig1\",\"x\"]}");
    json_t *json = hear_answer(fd, 2);
    assert_true(json_is_true(json_object_get(json, "result")));
    json_decref(json);
    json = hear_method(fd, "mining.set_extranonce");
    (void)snprintf(digits, 40, "%s",
                   json_string_value(json_array_get(json_object_get(json, "params"), 0)));
    json_decref(json);
}

/* ---- tests --------------------------------------------------------------------------------- */

static void official_lines_are_the_official_ones(void **state)
{
    (void)state;
    struct pool_devnet_config config = standard(POOL_DEVNET_OFFICIAL);
    struct pool_devnet *devnet = start(&config);
    int fd = loop_connect(pool_devnet_pool_port(devnet));
    assert_line(hear(fd), "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[1]}");
    json_t *json = hear_method(fd, "mining.notify"); /* although nothing was asked for */
    const json_t *params = json_object_get(json, "params");
    assert_int_equal(json_array_size(params), 1);
    const json_t *item = json_array_get(params, 0);
    assert_string_equal(json_string_value(json_object_get(item, "txsBlob")), "");
    assert_int_equal(json_integer_value(json_object_get(item, "height")), 1);
    struct job job = job_of(json, 0);
    /* Difficulty 1 with 20 zero bits, minimal hex: (2^236 - 1). */
    assert_string_equal(job.target, "0fffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
    json_decref(json);
    say(fd, "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"tester/1\"]}");
    assert_line(hear_answer(fd, 1), "{\"id\":1,\"result\":\"result\"}");
    say(fd, "{\"id\":7,\"method\":\"alph_submitHashrate\",\"params\":[\"0x1\",\"0x2\"]}");
    say(fd, "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"" ADDRESS "\",\"x\"]}");
    json = hear(fd);
    while (json_object_get(json, "result") == NULL) { /* pushes may come in between */
        json_decref(json);
        json = hear(fd);
    }
    assert_line(json, "{\"id\":2,\"result\":true}"); /* so request 7 had no answer */
    json = hear_method(fd, "mining.set_extranonce");
    const char *digits = json_string_value(json_array_get(json_object_get(json, "params"), 0));
    assert_int_equal(strlen(digits), 4);
    char head[8];
    (void)snprintf(head, sizeof head, "%s", digits);
    json_decref(json);
    /* The hash begins with the extranonce: nothing but zero is low enough, so check one refusal in
     * silence, and acceptance with an extranonce-free server below. */
    job = next_job(fd);
    say_share(fd, 3, &job, "ffff", 1);
    assert_line(hear_answer(fd, 3), "{\"id\":3,\"result\":null}");
    assert_int_equal(stats_of(devnet).foreign_extranonce, 1);
    (void)close(fd);
    pool_devnet_stop(devnet);
}

/* Each code in turn, as the old dialect shows them. */
static void codes_come_in_the_official_order(void **state)
{
    (void)state;
    struct pool_devnet_config config = standard(POOL_DEVNET_OLD);
    config.extranonce_bytes = 0;
    struct pool_devnet *devnet = start(&config);
    int fd = loop_connect(pool_devnet_pool_port(devnet));
    json_t *notify = hear_method(fd, "mining.notify");
    assert_int_equal(json_array_size(json_object_get(notify, "params")), 16);
    struct job job = job_of(notify, 6);
    assert_int_equal(4 * job.from + job.to, 6);
    assert_null(json_object_get(json_array_get(json_object_get(notify, "params"), 0), "height"));
    json_decref(notify);

    const char *low = "000000000000000000000000000000000000000000000106";
    const struct {
        const char *job_id;
        const char *nonce;
        const char *worker;
        int to;
        int code; /* 0: accepted */
    } cases[] = {
        {"fffe", "00", "nobody", 3, 20}, /* everything is wrong: the first check speaks */
        {"zz", low, ADDRESS, 2, 20},
        {"", low, ADDRESS, 2, 20},
        {job.id, "00", "nobody", 3, 21},
        {job.id, "00", "nobody", 2, 22},
        {job.id, "00", ADDRESS, 2, 23},
        {job.id, "0000000000000000000000000000000000000000000000000106", ADDRESS, 2, 23},
        {job.id, "zz0000000000000000000000000000000000000000000106", ADDRESS, 2, 23},
        {job.id, low, ADDRESS ".rig1", 2, 0},
        {job.id, low, ADDRESS, 2, 24},
        {job.id, "0f0000000000000000000000000000000000000000000107", ADDRESS, 2, 25},
        {job.id, "000000000000000000000000000000000000000000000107", "rig1." ADDRESS, 2, 26},
        {job.id, "000000000000000000000000000000000000000000000206", "rig1." ADDRESS, 2, 0},
    };
    for (unsigned i = 0; i < BASE_COUNT_OF(cases); i++) {
        char line[1024];
        int id = 10 + (int)i;
        (void)snprintf(line, sizeof line,
                       "{\"id\":%d,\"method\":\"mining.submit\",\"params\":{\"jobId\":\"%s\","
                       "\"fromGroup\":%d,\"toGroup\":%d,\"nonce\":\"%s\",\"worker\":\"%s\"}}",
                       id, cases[i].job_id, 1, cases[i].to, cases[i].nonce, cases[i].worker);
        say(fd, line);
        json_t *json = hear_answer(fd, id);
        const json_t *error = json_object_get(json, "error");
        assert_string_equal(json_string_value(json_object_get(json, "method")),
                            "mining.submit_result");
        if (cases[i].code == 0) {
            assert_true(json_is_true(json_object_get(json, "result")));
            assert_true(json_is_null(error));
        } else {
            assert_true(json_is_null(json_object_get(json, "result")));
            assert_int_equal(json_integer_value(json_array_get(error, 0)), cases[i].code);
            assert_true(json_string_length(json_array_get(error, 1)) > 5);
        }
        json_decref(json);
    }
    struct pool_devnet_stats stats = stats_of(devnet);
    const uint64_t by_code[7] = {3, 1, 1, 3, 1, 1, 1};
    assert_memory_equal(stats.shares_code, by_code, sizeof by_code);
    assert_int_equal(stats.shares_accepted, 2);
    assert_int_equal(stats.shares_refused, 11);
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void miningcore_wants_authorize_and_answers_with_objects(void **state)
{
    (void)state;
    struct pool_devnet_config config = standard(POOL_DEVNET_MININGCORE);
    config.pool_difficulty = 2;
    struct pool_devnet *devnet = start(&config);
    int fd = loop_connect(pool_devnet_pool_port(devnet));
    assert_false(loop_readable(fd, 250)); /* nothing before authorize, pushes included */
    say(fd, "{\"id\":1,\"method\":\"mining.hello\",\"params\":[\"t\",\"AlephiumStratum/1.0.0\"]}");
    assert_line(hear(fd), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[\"AlephiumStratum/1.0.0\","
                          "false,\"258\",\"0x5\",\"v4.6.0\"]}");
    say(fd, "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"nobody\",\"x\"]}");
    json_t *json = hear(fd);
    assert_true(json_is_false(json_object_get(json, "result")));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "error"), "code")),
                     22);
    json_decref(json);
    char head[40];
    authorize(fd, head);
    assert_line(hear(fd), "{\"jsonrpc\":\"2.0\",\"method\":\"mining.set_difficulty\","
                          "\"params\":[2.0],\"id\":null}");
    json = hear(fd); /* at once after authorize */
    assert_string_equal(json_string_value(json_object_get(json, "method")), "mining.notify");
    struct job job = job_of(json, 0);
    assert_int_equal(strlen(job.target), 64);
    assert_null(json_object_get(json_array_get(json_object_get(json, "params"), 0), "height"));
    json_decref(json);
    job.to = (job.to + 1) % 4;
    say_share(fd, 5, &job, head, 1);
    json = hear_answer(fd, 5);
    assert_true(json_is_false(json_object_get(json, "result")));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "error"), "code")),
                     21);
    json_decref(json);
    json = hear_method(fd, "mining.set_difficulty"); /* before every notify */
    json_decref(json);
    json = hear(fd);
    assert_string_equal(json_string_value(json_object_get(json, "method")), "mining.notify");
    json_decref(json);
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void woolypooly_tells_the_target_only_in_the_job(void **state)
{
    (void)state;
    struct pool_devnet_config config = standard(POOL_DEVNET_WOOLYPOOLY);
    config.extranonce_bytes = 0;
    struct pool_devnet *devnet = start(&config);
    int fd = loop_connect(pool_devnet_pool_port(devnet));
    json_t *json = hear(fd); /* no set_difficulty comes first */
    assert_string_equal(json_string_value(json_object_get(json, "method")), "mining.notify");
    struct job job = job_of(json, 0);
    json_decref(json);
    say_share(fd, 4, &job, "0000", 1);
    assert_line(hear_answer(fd, 4), "{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":true}");
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void proposal_speaks_by_place(void **state)
{
    (void)state;
    struct pool_devnet_config config = standard(POOL_DEVNET_PROPOSAL);
    config.pool_all_jobs = true;
    config.start_hashes = 16; /* so easy that the extranonce in front does not matter */
    struct pool_devnet *devnet = start(&config);
    int fd = loop_connect(pool_devnet_pool_port(devnet));
    say(fd, "{\"id\":\"0\",\"method\":\"mining.hello\",\"params\":[\"t\",\"x\"]}");
    say(fd,
        "{\"id\":\"3\",\"method\":\"mining.authorize\",\"params\":[\"" ADDRESS ".rig1\",\"x\"]}");
    json_t *json = hear_method(fd, "mining.set_extranonce");
    const char *head = json_string_value(json_object_get(json, "params"));
    assert_int_equal(strlen(head), 4);
    json_decref(json);
    json = hear_method(fd, "mining.set_target");
    assert_int_equal(json_string_length(json_object_get(json, "params")), 64);
    json_decref(json);
    json = hear_method(fd, "mining.notify");
    const json_t *params = json_object_get(json, "params");
    assert_int_equal(json_array_size(params), 3);
    unsigned chain = (unsigned)strtoul(json_string_value(json_array_get(params, 1)), NULL, 16);
    char line[256];
    (void)snprintf(line, sizeof line,
                   "{\"id\":4,\"method\":\"mining.submit\",\"params\":[\"%s\",\"%042x%02x\","
                   "\"rig1\"]}",
                   json_string_value(json_array_get(params, 0)), 0, chain);
    json_decref(json);
    say(fd, line);
    json = hear_answer(fd, 4);
    assert_true(json_is_true(json_object_get(json, "result")));
    json_decref(json);
    assert_int_equal(stats_of(devnet).accepted[chain], 1);
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void a_share_that_is_a_block_grows_the_chain(void **state)
{
    (void)state;
    struct pool_devnet_config config = standard(POOL_DEVNET_OFFICIAL);
    config.extranonce_bytes = 0;
    struct pool_devnet *devnet = start(&config);
    int fd = loop_connect(pool_devnet_pool_port(devnet));
    struct job job = next_job(fd);
    unsigned chain = (unsigned)(4 * job.from + job.to);
    say_share(fd, 3, &job, "0000", 1);
    assert_line(hear_answer(fd, 3), "{\"id\":3,\"result\":true}");
    struct pool_devnet_stats stats = stats_of(devnet);
    assert_int_equal(stats.accepted[chain], 1);
    assert_int_equal(stats.heights[chain], 1);
    /* The template is spent, the pool's job is not: another share counts, another block does not.
     */
    say_share(fd, 4, &job, "0000", 2);
    assert_line(hear_answer(fd, 4), "{\"id\":4,\"result\":true}");
    assert_int_equal(stats_of(devnet).refused[chain], 1);
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void one_step_back_in_difficulty_is_fine(void **state)
{
    (void)state;
    struct pool_devnet_config config = standard(POOL_DEVNET_OFFICIAL);
    config.extranonce_bytes = 0;
    config.vardiff_look_ms = 1;
    config.vardiff_share_ms = UINT32_MAX; /* every share comes too soon: as hard as can be */
    struct pool_devnet *devnet = start(&config);
    int fd = loop_connect(pool_devnet_pool_port(devnet));
    struct job job = next_job(fd);
    char line[512];
    loop_pause();
    /* Just a share of difficulty 1: 000 0ff... in front. */
    say_share(fd, 3, &job, "0000", 1);
    json_decref(hear_answer(fd, 3));
    json_t *json = hear_method(fd, "mining.set_difficulty");
    double harder = json_number_value(json_array_get(json_object_get(json, "params"), 0));
    assert_true(harder > 100000);
    json_decref(json);
    job = next_job(fd);
    assert_in_range(strlen(job.target), 52, 56);
    (void)snprintf(
        line, sizeof line,
        "{\"id\":5,\"method\":\"mining.submit\",\"params\":{\"jobId\":\"%s\","
        "\"fromGroup\":%d,\"toGroup\":%d,\"nonce\":\"00000f%040x0%x\",\"worker\":\"" ADDRESS "\"}}",
        job.id, job.from, job.to, 0, 4 * job.from + job.to);
    say(fd, line); /* difficulty 1 and a bit: the step before */
    assert_line(hear_answer(fd, 5), "{\"id\":5,\"result\":true}");
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void extranonces_are_unique_and_strict(void **state)
{
    (void)state;
    static bool seen[65536];
    struct pool_devnet_config config = standard(POOL_DEVNET_OFFICIAL);
    config.start_hashes = 16;
    struct pool_devnet *devnet = start(&config);
    int fds[101];
    char head[40];
    for (unsigned i = 0; i < 100; i++) {
        fds[i] = loop_connect(pool_devnet_pool_port(devnet));
        authorize(fds[i], head);
        unsigned long value = strtoul(head, NULL, 16);
        assert_int_equal(strlen(head), 4);
        assert_false(seen[value]);
        seen[value] = true;
    }
    struct job job = next_job(fds[99]);
    struct job before = next_job(fds[98]); /* made before the next connection has its extranonce */
    fds[100] = loop_connect(pool_devnet_pool_port(devnet));
    char late[40];
    authorize(fds[100], late);
    say_share(fds[100], 3, &before, late[0] == '0' ? "1111" : "0000", 1);
    assert_line(hear_answer(fds[100], 3), "{\"id\":3,\"result\":true}");
    (void)close(fds[100]);
    say_share(fds[99], 3, &job, head, 1); /* blocks are so easy that any nonce is one */
    assert_line(hear_answer(fds[99], 3), "{\"id\":3,\"result\":true}");
    head[0] = head[0] == '0' ? '1' : '0';
    say_share(fds[99], 4, &job, head, 2);
    assert_line(hear_answer(fds[99], 4), "{\"id\":4,\"result\":null}");
    assert_int_equal(stats_of(devnet).foreign_extranonce, 1);
    for (unsigned i = 0; i < 100; i++) {
        (void)close(fds[i]);
    }
    pool_devnet_stop(devnet);

    config.extranonce_bytes = 1; /* 256 values, each once */
    devnet = start(&config);
    memset(seen, 0, sizeof seen);
    for (unsigned i = 0; i < 100; i++) {
        fds[i] = loop_connect(pool_devnet_pool_port(devnet));
        authorize(fds[i], head);
        assert_int_equal(strlen(head), 2);
        assert_false(seen[strtoul(head, NULL, 16)]);
        seen[strtoul(head, NULL, 16)] = true;
    }
    for (unsigned i = 0; i < 100; i++) {
        (void)close(fds[i]);
    }
    pool_devnet_stop(devnet);
}

static void jobs_expire(void **state)
{
    (void)state;
    struct pool_devnet_config config = standard(POOL_DEVNET_OLD);
    config.extranonce_bytes = 0;
    config.pool_notify_ms = 20; /* 70 times 16 jobs push the first ones out of the memory */
    struct pool_devnet *devnet = start(&config);
    int fd = loop_connect(pool_devnet_pool_port(devnet));
    struct job job = next_job(fd);
    LOOP_UNTIL(stats_of(devnet).pushes > 70);
    say_share(fd, 3, &job, "0000", 1);
    json_t *json = hear_answer(fd, 3);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(json, "error"), 0)), 20);
    json_decref(json);
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void bad_lines_cost_the_connection(void **state)
{
    (void)state;
    struct pool_devnet_config config = standard(POOL_DEVNET_OFFICIAL);
    struct pool_devnet *devnet = start(&config);
    static char long_line[11000];
    const char *bad[] = {"not json", "[1,2]", "\"text\"", "{\"id\":1", long_line};
    memset(long_line, ' ', sizeof long_line - 1);
    for (unsigned i = 0; i < BASE_COUNT_OF(bad); i++) {
        int fd = loop_connect(pool_devnet_pool_port(devnet));
        say(fd, bad[i]);
        assert_int_equal(loop_wait_end(fd), ECONNRESET);
        (void)close(fd);
    }
    assert_int_equal(stats_of(devnet).malformed, BASE_COUNT_OF(bad));
    int fd = loop_connect(pool_devnet_pool_port(devnet));
    say(fd, "{\"id\":1,\"method\":\"mining.submit\"}"); /* no params: no answer, no harm */
    say(fd, "{\"id\":2,\"method\":7}");
    say(fd, "");
    const char *split = "{\"id\":3,\"method\":\"mining.subscribe\",\"params\":[]}\n";
    for (const char *at = split; *at != '\0'; at++) {
        loop_send(fd, at, 1);
    }
    assert_line(hear_answer(fd, 3), "{\"id\":3,\"result\":\"result\"}");
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void notifies_can_be_spoiled(void **state)
{
    (void)state;
    struct pool_devnet_config config = standard(POOL_DEVNET_OFFICIAL);
    config.faults = (struct pool_devnet_faults){.garbage = 1,
                                                .bad_hex = 2,
                                                .short_header = 3,
                                                .bad_group = 4,
                                                .unknown_type = 5,
                                                .deep = 6};
    struct pool_devnet *devnet = start(&config);
    int fd = loop_connect(pool_devnet_pool_port(devnet));
    static char line[300000];
    json_decref(hear(fd)); /* set_difficulty */
    for (unsigned i = 1; i <= 6; i++) {
        loop_receive_line(fd, line, sizeof line);
        json_t *json = json_loads(line, 0, NULL);
        const json_t *job = json_array_get(json_object_get(json, "params"), 0);
        const char *header = json_string_value(json_object_get(job, "headerBlob"));
        assert_int_equal(json == NULL, i == 1 || i == 6);
        if (i == 2) {
            assert_int_equal(strspn(header, "0123456789abcdef"), 33);
        } else if (i == 3) {
            assert_int_equal(strlen(header), 34);
        } else if (i == 4) {
            assert_int_equal(json_integer_value(json_object_get(job, "fromGroup")), 9);
        } else if (i == 5) {
            assert_string_equal(json_string_value(json_object_get(json, "method")),
                                "mining.unknown");
        } else if (i == 6) {
            assert_int_equal(strspn(line, "["), 200000);
        }
        json_decref(json);
    }
    (void)next_job(fd); /* the seventh is good */
    (void)close(fd);
    config.faults = (struct pool_devnet_faults){.big = 1};
    pool_devnet_set_faults(devnet, &config.faults);
    fd = loop_connect(pool_devnet_pool_port(devnet));
    json_decref(hear(fd));
    size_t total = 0;
    while (total < 20000000) {
        ssize_t got = recv(fd, line, sizeof line, 0);
        assert_true(got > 0);
        assert_null(
            memchr(line, '\n', (size_t)got < 20000000 - total ? (size_t)got : 20000000 - total));
        total += (size_t)got;
    }
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void dialects_have_names(void **state)
{
    (void)state;
    enum pool_devnet_dialect dialect = POOL_DEVNET_OFFICIAL;
    struct base_error error = {0};
    assert_int_equal(pool_devnet_dialect_find(&dialect, "miningcore", &error), BASE_OK);
    assert_int_equal(dialect, POOL_DEVNET_MININGCORE);
    assert_int_equal(pool_devnet_dialect_find(&dialect, "klingon", &error), BASE_E_FORMAT);
    assert_non_null(strstr(error.text, "woolypooly"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(official_lines_are_the_official_ones),
        cmocka_unit_test(codes_come_in_the_official_order),
        cmocka_unit_test(miningcore_wants_authorize_and_answers_with_objects),
        cmocka_unit_test(woolypooly_tells_the_target_only_in_the_job),
        cmocka_unit_test(proposal_speaks_by_place),
        cmocka_unit_test(a_share_that_is_a_block_grows_the_chain),
        cmocka_unit_test(one_step_back_in_difficulty_is_fine),
        cmocka_unit_test(extranonces_are_unique_and_strict),
        cmocka_unit_test(jobs_expire),
        cmocka_unit_test(bad_lines_cost_the_connection),
        cmocka_unit_test(notifies_can_be_spoiled),
        cmocka_unit_test(dialects_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
