/* test_groups.c: the built program mines with two algorithms at once, each on a processor of its
 * own and at a server of its own: an Alephium node here, and a DigiByte pool here. Each server's
 * count is the group's, the sums are the run's, in the closing object, over HTTP and in the
 * metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api_run.h"
#include "devnet/devnet.h"
#include "mine_run.h"
#include "v1_pool.h"

enum { SHARES = 12, SKIPPED = 77, LOG_CAP = 1 << 20 };

#define LOGIN "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE.rig"

static char *program;
static char folder[] = "/tmp/shardpick-groups-XXXXXX";
static char file[64];
static char log_path[64];
static struct pool_devnet *devnet;
static struct v1_pool pool;
static unsigned cpus[2]; /* two that this process may use */
static struct api_reply reply;

static int set_up(void **state)
{
    struct base_error error;
    struct pool_devnet_config config;
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    (void)snprintf(file, sizeof file, "%s/rig.json", folder);
    (void)snprintf(log_path, sizeof log_path, "%s/log", folder);
    pool_devnet_defaults(&config);
    config.hash = mine_run_hash;
    config.start_hashes = 200000;
    pool.algo = kern_algo_find("skein");
    pool.factor = 1;
    pool.difficulty = 100000 / 4294967296.0;
    pool.version = 0x20000602;
    pool.ntime = 1700000000;
    pool.extranonce2_size = 4;
    memcpy(pool.extranonce1, "\xc9\x73\xd3\x2c", 4);
    pool.extranonce1_size = 4;
    pool.enough = SHARES;
    pool.done_fd = eventfd(0, EFD_CLOEXEC);
    v1_pool_start(&pool);
    return pool_devnet_start(&devnet, &config, &error) == BASE_OK ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    pool_devnet_stop(devnet);
    (void)close(pool.done_fd);
    (void)unlink(file);
    (void)unlink(log_path);
    return rmdir(folder);
}

static void write_settings(void)
{
    FILE *out = fopen(file, "we");
    assert_non_null(out);
    (void)fprintf(out,
                  "{\"groups\": [\n"
                  "  {\"servers\": [{\"url\": \"daemon+tcp://127.0.0.1:%u\"}], \"threads\": 1, "
                  "\"cpu-affinity\": \"%u\"},\n"
                  "  {\"name\": \"second\", \"coin\": \"digibyte\", \"algo\": \"skein\", "
                  "\"threads\": 1, \"cpu-affinity\": \"%u\",\n"
                  "   \"servers\": [{\"url\": \"stratum+tcp://127.0.0.1:%u\", \"user\": \"" LOGIN
                  "\"}]}\n]}\n",
                  pool_devnet_node_port(devnet), cpus[0], cpus[1], pool.port);
    assert_int_equal(fclose(out), 0);
}

static pid_t start(FILE *out, int *log_fd)
{
    *log_fd = open(log_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(*log_fd >= 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)dup2(fileno(out), STDOUT_FILENO);
        (void)dup2(*log_fd, STDERR_FILENO);
        (void)execl(program, program, "mine", "-c", file, "--json", "--api", "127.0.0.1:0",
                    "--cache-dir", "", (char *)NULL);
        _exit(127);
    }
    return pid;
}

static const json_t *at(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL) {
        fail_msg("no %s", key);
    }
    return value;
}

static uint64_t number(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(at(object, key));
}

/* Over HTTP: both groups, and their sums. */
static void look_at_api(int log_fd)
{
    static char text[LOG_CAP];
    struct api_run run = {.port = 0};
    ssize_t size = pread(log_fd, text, sizeof text - 1, 0);
    assert_true(size > 0);
    text[size] = '\0';
    const char *url = strstr(text, "http://127.0.0.1:");
    assert_non_null(url);
    run.port = (uint16_t)strtoul(url + strlen("http://127.0.0.1:"), NULL, 10);
    json_t *summary = api_get(&run, "/api/v1/summary");
    const json_t *groups = at(summary, "groups");
    assert_int_equal(json_array_size(groups), 2);
    const json_t *first = json_array_get(groups, 0);
    const json_t *second = json_array_get(groups, 1);
    assert_string_equal(json_string_value(at(first, "group")), "alephium");
    assert_string_equal(json_string_value(at(second, "group")), "second");
    assert_string_equal(json_string_value(at(second, "algorithm")), "skein");
    assert_int_equal(number(summary, "hashes"), number(first, "hashes") + number(second, "hashes"));
    assert_int_equal(number(at(summary, "shares"), "accepted"),
                     number(at(first, "shares"), "accepted") +
                         number(at(second, "shares"), "accepted"));
    json_decref(summary);
    json_t *devices = api_get(&run, "/api/v1/devices");
    assert_int_equal(json_array_size(at(devices, "devices")), 2);
    json_decref(devices);
    json_t *xmrig = api_get(&run, "/2/summary");
    assert_null(json_object_get(xmrig, "groups"));
    json_decref(xmrig);
    assert_int_equal(api_ask(&reply, &run, "GET", "/metrics", ""), 200);
    assert_non_null(strstr(reply.body, "shardpick_paused{group=\"alephium\"} 0\n"));
    assert_non_null(strstr(reply.body, "shardpick_paused{group=\"second\"} 0\n"));
    const char *help = strstr(reply.body, "# HELP shardpick_paused ");
    assert_non_null(help);
    assert_null(strstr(help + 1, "# HELP shardpick_paused ")); /* a family is told once */
}

static void test_two_algorithms(void **state)
{
    struct pool_devnet_stats stats;
    uint64_t done = 0;
    uint64_t blocks = 0;
    int status = 0;
    int log_fd = -1;
    FILE *out = tmpfile();
    (void)state;
    assert_non_null(out);
    write_settings();
    pid_t pid = start(out, &log_fd);
    assert_int_equal(read(pool.done_fd, &done, sizeof done), sizeof done); /* enough shares */
    do { /* and the node has its blocks */
        pool_devnet_stats(devnet, &stats);
        blocks = 0;
        for (size_t i = 0; i < 16; i++) {
            blocks += stats.accepted[i] + stats.uncles[i];
        }
        (void)usleep(10000);
    } while (blocks < 2);
    look_at_api(log_fd);
    assert_int_equal(kill(pid, SIGINT), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    v1_pool_stop(&pool);
    rewind(out);
    json_t *summary = json_loadf(out, 0, NULL);
    assert_non_null(summary);
    const json_t *node = json_array_get(at(summary, "groups"), 0);
    const json_t *pooled = json_array_get(at(summary, "groups"), 1);
    pool_devnet_stats(devnet, &stats);
    blocks = 0;
    for (size_t i = 0; i < 16; i++) {
        blocks += stats.accepted[i] + stats.uncles[i];
    }
    assert_int_equal(number(node, "accepted"), blocks);
    assert_int_equal(number(pooled, "accepted"), pool.accepted);
    assert_true(pool.accepted >= SHARES);
    assert_int_equal(pool.refused, 0);
    assert_int_equal(number(summary, "accepted"), blocks + pool.accepted);
    assert_int_equal(number(summary, "hashes"), number(node, "hashes") + number(pooled, "hashes"));
    assert_int_equal(json_array_size(at(summary, "per_device")), 2);
    assert_string_equal(json_string_value(at(pooled, "algorithm")), "skein");
    assert_int_equal(number(summary, "invalid_on_device") + number(summary, "rejected"), 0);
    json_decref(summary);
    (void)fclose(out);
    (void)close(log_fd);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_two_algorithms)};
    cpu_set_t allowed;
    size_t count = 0;
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s PROGRAM\n", argv[0]);
        return 2;
    }
    CPU_ZERO(&allowed);
    (void)sched_getaffinity(0, sizeof allowed, &allowed);
    for (unsigned i = 0; i < CPU_SETSIZE && count < 2; i++) {
        if (CPU_ISSET(i, &allowed)) {
            cpus[count++] = i;
        }
    }
    if (count < 2) {
        (void)printf("skipped: two groups need two processors, and one may be used here\n");
        return SKIPPED;
    }
    program = argv[1];
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
