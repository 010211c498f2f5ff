/* test_options.c: command lines to configurations: every wrong one gives its kind of failure and a
 * sentence with the words that help, every right one its values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options_parse.h"

#define ADDRESS "12sxfxraVoU8FcSVd7P2SVr2cd2vi8d17KtrprrL7cBbV"
#define POOL "stratum+tcp://pool.example:20032"
#define OTHER "stratum+tcp://other.example:3333"
#define NODE "daemon+tcp://127.0.0.1:10973"

enum { WORDS_MAX = 32 };

/* Parse a line of words separated by blanks; "''" is an empty word. */
static enum base_status parse_to(struct miner_config *config, enum miner_request *request,
                                 const char *line, struct base_error *error)
{
    static char copy[2048]; /* values may be borrowed until the test looks at them */
    static const char *topic;
    static char program[] = "shardpick";
    static char empty[] = "";
    char *words[WORDS_MAX] = {program};
    int count = 1;
    memset(error, 0, sizeof *error);
    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *at = copy; *at != '\0' && count < WORDS_MAX;) {
        words[count++] = at;
        at += strcspn(at, " ");
        if (*at != '\0') {
            *at++ = '\0';
        }
        if (strcmp(words[count - 1], "''") == 0) {
            words[count - 1] = empty;
        }
    }
    return options_parse(config, request, &topic, count, words, "/cache", error);
}

static void parse_ok(struct miner_config *config, const char *line)
{
    enum miner_request request = MINER_REQUEST_HELP;
    struct base_error error;
    enum base_status status = parse_to(config, &request, line, &error);
    if (status != BASE_OK) {
        fail_msg("%s: %s", line, error.text);
    }
    assert_int_equal(request, MINER_REQUEST_RUN);
}

/* line; up to three pieces of the sentence that must come. */
static const struct {
    const char *line;
    const char *pieces[3];
} wrong_lines[] = {
    {"mien", {"mien", "did you mean mine", "devnet"}},
    {"bridge", {"bridge needs a node or pool", "-o URL"}},
    {"bridge -o " NODE " --listen foo", {"--listen", "foo", "ADDRESS:PORT"}},
    {"bridge -o " NODE " --listen http://0.0.0.0:1", {"--listen", "stratum+tcp://"}},
    {"bridge -o " NODE " --pay me", {"--pay", "node or workers"}},
    {"bridge -o " NODE " --threads 2", {"is no option of `bridge`", "mine"}},
    {"frobnicate", {"frobnicate", "commands are mine, bench"}},
    {"-o " NODE, {"no command before -o", "shardpick mine -o"}},
    {"--threads 2", {"no command before --threads", "shardpick mine --threads"}},
    {"help mien", {"mien", "did you mean mine"}},
    {"completion", {"bash", "zsh", "fish"}},
    {"completion tcsh", {"bash", "zsh", "fish"}},
    {"mine --nice 20", {"--nice", "0", "19"}},
    {"mine --nice -5", {"--nice", "0", "19"}},
    {"mine --temp-limit 20", {"--temp-limit", "30", "120"}},
    {"mine --duratoin 3", {"--duratoin", "did you mean --duration?"}},
    {"mine --thread 3", {"--thread", "did you mean --threads?"}},
    {"mine --URL " NODE, {"--URL", "did you mean --url?"}},
    {"mine --xyzzy", {"no option --xyzzy", "shardpick mine -h"}},
    {"mine --", {"\"--\"", "is no option"}},
    {"mine -", {"\"-\"", "is no option"}},
    {"mine -x", {"no option -x", "shardpick mine -h"}},
    {"mine -duration 3", {"-duration", "two dashes"}},
    {"mine surplus", {"\"surplus\"", "is no option of `mine`"}},
    {"mine " NODE, {"is no option", "-o " NODE}},
    {"devices --duration 3", {"--duration is no option of `devices`", "mine, devnet"}},
    {"devnet --opencl none",
     {"--opencl is no option of `devnet`", "mine, devices, selftest, tune"}},
    {"mine --json=1", {"--json takes no value", "write --json alone"}},
    {"mine -o", {"-o needs a value", "-o URL"}},
    {"mine --url", {"--url needs a value", "--url URL"}},
    {"mine -t", {"-t needs a value", "-t N"}},
    {"mine -t -q", {"-t needs a value"}},
    {"mine --opencl --json", {"--opencl needs a value", "--opencl SEL"}},
    {"mine -qt", {"-t needs a value"}},
    {"mine -t -1", {"-t: -1 is out of range", "0 to 1024"}},
    {"mine -t 1025", {"1025 is out of range", "0 to 1024"}},
    {"mine -t four", {"\"four\"", "auto", "all"}},
    {"mine -t 2.5", {"\"2.5\"", "0 to 1024"}},
    {"mine -t ''", {"-t", "\"\"", "0 to 1024"}},
    {"mine -t 99999999999999999999", {"out of range", "0 to 1024"}},
    {"mine --cpu-affinity 0,", {"--cpu-affinity", "0,2-5"}},
    {"mine --cpu-affinity 5-2", {"--cpu-affinity", "\"5-2\"", "0,2-5"}},
    {"mine --cpu-affinity 1024", {"--cpu-affinity", "below 1024"}},
    {"mine --cpu-affinity 0x3", {"--cpu-affinity", "\"0x3\""}},
    {"mine --cpu-kernel avx1024", {"--cpu-kernel avx1024", "portable"}},
    {"selftest --cpu-kernel nosuch", {"--cpu-kernel nosuch", "portable"}},
    {"mine --opencl 0", {"--opencl", "\"0\"", "0:0,1:0"}},
    {"mine --opencl 0:0,", {"--opencl", "\"\"", "devices"}},
    {"mine --opencl gpu", {"\"gpu\"", "all, none"}},
    {"mine --opencl 0000:65:00", {"\"0000:65:00\"", "0000:65:00.0"}},
    {"mine -o nonsense", {"-o", "nonsense", "stratum+tcp://"}},
    {"mine -o http://127.0.0.1:10973", {"http", "daemon+"}},
    {"mine -o stratum+tcp://pool.example:0 -u " ADDRESS, {"port", "65535"}},
    {"mine -o stratum+tcp://pool.example:65536 -u " ADDRESS, {"65536", "65535"}},
    {"mine -o daemon+tcp://127.0.0.1:port", {"port"}},
    {"mine -o " POOL, {POOL, "needs a login", "-u ADDRESS.WORKER"}},
    {"mine -o " POOL " -u " ADDRESS " -o " OTHER, {OTHER, "needs a login"}},
    {"mine -o " POOL " -u .rig1", {"--user", "no user given"}},
    {"mine -o " POOL " -u m\xc3\xa4x", {"--user", "printable"}},
    {"mine -u " ADDRESS, {"need a server", "-o URL"}},
    {"mine -p x", {"need a server", "-o URL"}},
    {"mine --rest-port 12973 -o " NODE, {"--rest-port", "after the node's -o"}},
    {"mine --rpc-cookie /x -o " NODE, {"--rpc-cookie", "after the node's -o"}},
    {"mine -o daemon+http://127.0.0.1:12973", {"daemon+http://127.0.0.1:12973", "daemon+tcp://"}},
    {"mine --coin digibyte -o " NODE, {"daemon+http://", "14022"}},
    {"mine --coin digibyte -o daemon+http://127.0.0.1:14022 -u " ADDRESS,
     {"--user", "45 characters"}},
    {"mine --coin digibyte -o daemon+http://127.0.0.1:14022", {"an address", "-u ADDRESS"}},
    {"mine --coin nervos -o daemon+https://127.0.0.1:8114 -u " ADDRESS, {"--user", "ckb1"}},
    {"mine --coin nervos -o " POOL, {"needs a login", "-u ADDRESS.WORKER"}},
    {"mine --coin nervos -o daemon+http://127.0.0.1:8114 -u " ADDRESS, {"--user", "ckb1"}},
    {"mine -o " NODE " --rest-port 70000", {"70000", "65535"}},
    {"mine --coin alephum", {"alephum", "did you mean alephium?"}},
    {"mine --coin cardano", {"cardano", "proof of stake"}},
    {"mine --coin topl", {"topl", "proof of stake"}},
    {"mine --coin dogecoin", {"no coin \"dogecoin\"", "alephium"}},
    {"mine -a sha3", {"--algo sha3", "alephium"}},
    {"devices -a sha3", {"--algo sha3", "no such algorithm", "alephium"}},
    {"mine --api 127.0.0.1", {"--api", "\"127.0.0.1\"", "4068"}},
    {"mine --api 127.0.0.1:", {"--api", "4068"}},
    {"mine --api 127.0.0.1:70000", {"--api", "70000"}},
    {"mine --api rig.example:4068", {"--api", "rig.example", "numeric address"}},
    {"mine --api ::1:4068", {"--api", "[::1]:4068"}},
    {"mine --api [127.0.0.1]:4068", {"--api", "[::1]:4068"}},
    {"mine --api []:4068", {"--api", "[::1]:4068"}},
    {"mine --api 4068 --api-token short", {"--api-token", "shorter than 8"}},
    {"devnet --api 4068", {"--api"}},
    {"mine --duration 0", {"--duration", "out of range", "0.001"}},
    {"mine --duration 10x", {"--duration", "\"10x\"", "seconds"}},
    {"mine --duration -5", {"--duration", "\"-5\"", "seconds"}},
    {"mine --duration 1e99", {"--duration", "out of range"}},
    {"mine --duration nan", {"--duration", "\"nan\""}},
    {"mine --until-blocks 0", {"--until-blocks", "out of range", "1 to"}},
    {"mine --until-shares many", {"--until-shares", "\"many\"", "whole number"}},
    {"mine --nonce-seed 0xfg", {"--nonce-seed", "\"0xfg\""}},
    {"mine --nonce-seed 18446744073709551616", {"--nonce-seed", "out of range"}},
    {"mine --proxy http://127.0.0.1:3128", {"--proxy", "socks5://host:port"}},
    {"mine --proxy socks5://127.0.0.1", {"--proxy", "socks5://host:port"}},
    {"mine --proxy socks5://127.0.0.1:0", {"--proxy", "65535"}},
    {"mine --pool p:1", {"--pool", "here it is --url"}},
    {"mine --wallet A", {"--wallet", "--user ADDRESS.WORKER"}},
    {"mine --donate-level 1", {"there is no fee"}},
    {"mine -x 127.0.0.1:9050", {"no option -x", "--proxy URL"}},
    {"mine --coin digibyte -a sha256", {"did you mean sha256d?"}},
    {"mine --proxy 127.0.0.1:9050", {"--proxy", "socks5://127.0.0.1:9050"}},
    {"mine --tls-ca /nonexistent/ca.pem", {"--tls-ca", "/nonexistent/ca.pem", "exists"}},
    {"mine --tls-fingerprint 12:34", {"--tls-fingerprint", "64 hex digits"}},
    {"mine --tls-insecure --tls-fingerprint 12", {"contradict", "--tls-insecure"}},
    {"mine -q -v", {"--quiet and --verbose contradict"}},
    {"mine -o " NODE " --block-time 4", {"--url and --block-time contradict"}},
    {"mine -c /nonexistent.json", {"--config /nonexistent.json", "No such file"}},
    {"mine --config /", {"--config /", "directory"}},
    {"mine -c /dev/null", {"/dev/null", "JSON"}},
    {"mine --coinbase-text "
     "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
     "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3"
     "\xa4"
     "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
     {"longer than 64 bytes (it has 66)"}},
    {"mine --log-file ''", {"--log-file is empty", "FILE"}},
    {"mine --connect-timeout 0.01", {"--connect-timeout", "0.1"}},
    {"devnet --node-port 65535", {"--node-port", "65534"}},
    {"devnet --pool-port on", {"--pool-port", "\"on\""}},
    {"devnet --node-version 2", {"--node-version", "0 to 1"}},
    {"devnet --extranonce-bytes 17", {"--extranonce-bytes", "0 to 16"}},
    {"devnet --block-time 0", {"--block-time", "out of range"}},
    {"devnet --start-hashes 0.5", {"--start-hashes", "out of range"}},
    {"devnet --pool-difficulty inf", {"--pool-difficulty", "no number"}},
};

static void test_wrong_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(wrong_lines); i++) {
        struct miner_config config;
        struct base_error error;
        enum miner_request request = MINER_REQUEST_RUN;
        enum base_status status = parse_to(&config, &request, wrong_lines[i].line, &error);
        if (status == BASE_OK || status == BASE_E_MEMORY) {
            fail_msg("\"%s\" was taken", wrong_lines[i].line);
        }
        assert_null(strchr(error.text, '\n'));
        for (size_t j = 0; j < 3 && wrong_lines[i].pieces[j] != NULL; j++) {
            if (strstr(error.text, wrong_lines[i].pieces[j]) == NULL) {
                fail_msg("\"%s\": \"%s\" lacks \"%s\"", wrong_lines[i].line, error.text,
                         wrong_lines[i].pieces[j]);
            }
        }
    }
}

static void test_defaults(void **state)
{
    struct miner_config config;
    (void)state;
    parse_ok(&config, "mine");
    assert_int_equal(config.command, MINER_COMMAND_MINE);
    assert_string_equal(config.coin->name, "alephium");
    assert_string_equal(config.algo, "alephium");
    assert_int_equal(config.server_count, 0);
    assert_int_equal(config.threads_rule, MINER_THREADS_CORES);
    assert_int_equal(config.opencl.mode, MINER_CL_ALL);
    assert_false(config.affinity.given || config.json || config.quiet || config.verbose ||
                 config.nonce_seed_given || miner_config_bounded(&config));
    assert_true(config.color);
    assert_int_equal(config.devnet.block_time_ms, 8000);
    assert_string_equal(config.cache_dir, "/cache");
    assert_true(config.auto_tune);
    assert_int_equal(config.temp_limit_c, 0);
    assert_int_equal(config.watchdog_ms, 30000);
    assert_int_equal(config.niceness, 0);
    assert_false(config.pause_on_battery);
}

static void test_values(void **state)
{
    struct miner_config config;
    (void)state;
    parse_ok(&config,
             "mine -t4 --cpu-affinity 0,2-4,64 --cpu-kernel=portable --duration 90 "
             "--until-blocks 7 --until-shares=0x10 --nonce-seed 0xdeadbeef --json --no-color "
             "--opencl 0:0,1:2,65:00.1,0001:AB:00.0 --block-time 0.5 --cache-dir '' "
             "--temp-limit 85 --watchdog 45 --no-tune --nice 19 --pause-on-battery");
    assert_int_equal(config.niceness, 19);
    assert_true(config.pause_on_battery);
    assert_false(config.auto_tune);
    assert_int_equal(config.temp_limit_c, 85);
    assert_int_equal(config.watchdog_ms, 45000);
    assert_int_equal(config.threads_rule, MINER_THREADS_COUNT);
    assert_int_equal(config.threads, 4);
    assert_true(config.affinity.given);
    assert_int_equal(config.affinity.bits[0], 0x1d);
    assert_int_equal(config.affinity.bits[1], 1);
    assert_string_equal(config.cpu_kernel, "portable");
    assert_int_equal(config.duration_ms, 90000);
    assert_int_equal(config.until_blocks, 7);
    assert_int_equal(config.until_shares, 16);
    assert_true(config.nonce_seed_given && config.nonce_seed == 0xdeadbeef);
    assert_true(config.json && !config.color && miner_config_bounded(&config));
    assert_int_equal(config.opencl.mode, MINER_CL_LIST);
    assert_int_equal(config.opencl.count, 4);
    assert_true(!config.opencl.picks[1].by_pci && config.opencl.picks[1].platform == 1 &&
                config.opencl.picks[1].device == 2);
    assert_string_equal(config.opencl.picks[2].pci, "0000:65:00.1");
    assert_string_equal(config.opencl.picks[3].pci, "0001:ab:00.0");
    assert_int_equal(config.devnet.block_time_ms, 500);
    assert_string_equal(config.cache_dir, "");
}

/* The node's own settings say whom its blocks pay, where -u does not. */
static void test_payee_is_optional(void **state)
{
    static const char address[] = "ckb1qyqt8xaupvm8837nv3gtc9x0ekkj64vud3jqfwyw5v";
    struct miner_config config;
    char line[160];
    (void)state;
    parse_ok(&config, "mine --coin ckb -o daemon+http://127.0.0.1:8114");
    assert_string_equal(config.coin->name, "nervos");
    assert_string_equal(config.algo, "eaglesong");
    assert_string_equal(config.servers[0].user, "");
    (void)snprintf(line, sizeof line, "mine --coin ckb -o daemon+http://127.0.0.1:8114 -u %s",
                   address);
    parse_ok(&config, line);
    assert_string_equal(config.servers[0].user, address);
}

static void test_times(void **state)
{
    static const struct {
        const char *line;
        uint64_t ms;
    } rows[] = {{"mine --duration 30", 30000},     {"mine --duration 30s", 30000},
                {"mine --duration 0.25", 250},     {"mine --duration 250ms", 250},
                {"mine --duration 10m", 600000},   {"mine --duration 1.5h", 5400000},
                {"devnet --duration 1d", 86400000}};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        struct miner_config config;
        parse_ok(&config, rows[i].line);
        assert_int_equal(config.duration_ms, rows[i].ms);
    }
}

/* A port alone, or localhost, is this machine only. */
static void test_api(void **state)
{
    static const struct {
        const char *line;
        const char *host;
        uint16_t port;
    } cases[] = {
        {"mine", "", 0},
        {"mine --api 4068", "127.0.0.1", 4068},
        {"mine --api :0", "127.0.0.1", 0},
        {"mine --api LocalHost:65535", "127.0.0.1", 65535},
        {"mine --api 0.0.0.0:80", "0.0.0.0", 80},
        {"mine --api [::1]:4068", "::1", 4068},
    };
    struct miner_config config;
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        parse_ok(&config, cases[i].line);
        assert_string_equal(config.api_host, cases[i].host);
        assert_int_equal(config.api_port, cases[i].port);
        assert_string_equal(config.api_token, "");
    }
    parse_ok(&config, "mine --api 1 --api-token 12345678");
    assert_string_equal(config.api_token, "12345678");
}

/* -u and -p belong to the -o before them; before the first, to every server without its own. */
static void test_servers(void **state)
{
    struct miner_config config;
    (void)state;
    parse_ok(&config,
             "mine -o " POOL " -u " ADDRESS ".rig1 -p secret -o stratum+ssl://two.example:443 "
             "-u " ADDRESS ".rig2 -o " NODE " --rest-port 1234");
    assert_int_equal(config.server_count, 3);
    assert_string_equal(config.servers[0].user, ADDRESS ".rig1");
    assert_string_equal(config.servers[0].pass, "secret");
    assert_int_equal(config.servers[0].port, 20032);
    assert_int_equal(config.servers[1].scheme, POOL_STRATUM_TLS);
    assert_string_equal(config.servers[1].user, ADDRESS ".rig2");
    assert_string_equal(config.servers[1].pass, "");
    assert_int_equal(config.servers[2].scheme, POOL_DAEMON_TCP);
    assert_int_equal(config.servers[2].rest_port, 1234);
    assert_string_equal(config.warning, "");

    parse_ok(&config, "mine -u " ADDRESS " -p all -o " POOL " -o " POOL " -p own");
    assert_int_equal(config.server_count, 2);
    assert_string_equal(config.servers[0].user, ADDRESS);
    assert_string_equal(config.servers[0].pass, "all");
    assert_string_equal(config.servers[1].user, ADDRESS);
    assert_string_equal(config.servers[1].pass, "own");

    /* A proxy is that of the -o before it, and of those that have none of their own. */
    parse_ok(&config, "mine -u " ADDRESS " -o " POOL " --proxy socks5://a.example:1 -o " POOL
                      " --proxy socks5h://b.example:2 -o " POOL " -o " POOL " --proxy none");
    assert_string_equal(config.servers[0].proxy, "socks5://a.example:1");
    assert_string_equal(config.servers[1].proxy, "socks5h://b.example:2");
    assert_string_equal(config.servers[2].proxy, "socks5://a.example:1");
    assert_string_equal(config.servers[3].proxy, "");
    parse_ok(&config, "mine --proxy socks5://a.example:1 -u " ADDRESS " -o " POOL " -o " POOL
                      " --proxy none");
    assert_string_equal(config.servers[0].proxy, "socks5://a.example:1");
    assert_string_equal(config.servers[1].proxy, "");
    assert_false(config.proxy_local);
    parse_ok(&config, "mine -u " ADDRESS " -o " POOL " -o " POOL
                      " --proxy socks5://a.example:1 --proxy-local");
    assert_string_equal(config.servers[0].proxy, "socks5://a.example:1");
    assert_string_equal(config.servers[1].proxy, "socks5://a.example:1");
    assert_true(config.proxy_local);

    parse_ok(&config, "mine --coin DGB -a SHA256D");
    assert_string_equal(config.algo, "sha256d");

    /* What a login means is for the pool to judge. */
    parse_ok(&config, "mine -o " POOL " -u me@example.com -o " OTHER " -u 0OIl.rig1");
    assert_string_equal(config.servers[0].user, "me@example.com");
    assert_non_null(strstr(config.warning, POOL ": the login looks odd and is sent as it is"));
    assert_non_null(strstr(config.warning, OTHER ": the login looks odd"));

    /* A node takes no login: the user is told where the reward really goes. */
    parse_ok(&config, "mine -o " NODE " -u " ADDRESS);
    assert_string_equal(config.servers[0].user, "");
    assert_non_null(strstr(config.warning, "takes no login"));
}

static void test_devnet_ports(void **state)
{
    struct miner_config config;
    (void)state;
    parse_ok(&config, "devnet --node-port 0 --rest-port off --pool-port 65534 --bind ::1 --seed 5");
    assert_int_equal(config.devnet.node_port, 0);
    assert_int_equal(config.devnet.rest_port, UINT16_MAX);
    assert_int_equal(config.devnet.pool_port, 65534);
    assert_string_equal(config.devnet.bind, "::1");
    assert_int_equal(config.devnet.seed, 5);
}

static void test_repeated(void **state)
{
    char line[900] =
        "mine -qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq";
    struct miner_config config;
    struct base_error error;
    enum miner_request request = MINER_REQUEST_RUN;
    (void)state;
    parse_ok(&config, "mine -t 1 -t 2 -t all"); /* the last one counts */
    assert_int_equal(config.threads_rule, MINER_THREADS_ALL);
    parse_ok(&config, line); /* flags in one word outgrow nothing */
    assert_true(config.quiet);

    (void)snprintf(line, sizeof line, "mine -u %s", ADDRESS);
    for (size_t i = 0; i < 14; i++) {
        (void)snprintf(line + strlen(line), sizeof line - strlen(line), " -o%s", POOL);
    }
    parse_ok(&config, line);
    assert_int_equal(config.server_count, 14);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(line + strlen(line), sizeof line - strlen(line), " -o%s", POOL);
    }
    assert_int_not_equal(parse_to(&config, &request, line, &error), BASE_OK);
    assert_non_null(strstr(error.text, "more than 16 servers"));
}

static void test_requests(void **state)
{
    static const struct {
        const char *line;
        enum miner_request request;
        enum miner_command command;
    } rows[] = {{"-h", MINER_REQUEST_HELP, MINER_COMMAND_NONE},
                {"--help", MINER_REQUEST_HELP, MINER_COMMAND_NONE},
                {"help", MINER_REQUEST_HELP, MINER_COMMAND_NONE},
                {"help devnet", MINER_REQUEST_HELP, MINER_COMMAND_DEVNET},
                {"mine -h", MINER_REQUEST_HELP, MINER_COMMAND_MINE},
                {"mine -o broken --help", MINER_REQUEST_HELP, MINER_COMMAND_MINE},
                {"-V", MINER_REQUEST_VERSION, MINER_COMMAND_NONE},
                {"selftest -V", MINER_REQUEST_VERSION, MINER_COMMAND_SELFTEST},
                {"completion zsh", MINER_REQUEST_COMPLETION, MINER_COMMAND_NONE},
                {"bench --seconds 1", MINER_REQUEST_RUN, MINER_COMMAND_BENCH}};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        struct miner_config config;
        struct base_error error;
        enum miner_request request = MINER_REQUEST_RUN;
        assert_int_equal(parse_to(&config, &request, rows[i].line, &error), BASE_OK);
        assert_int_equal(request, rows[i].request);
        assert_int_equal(config.command, rows[i].command);
    }
}

/* The environment stands above the file and below the command line; wrong values name their
 * variable. */
static void test_environment(void **state)
{
    static const struct {
        const char *name;
        const char *value;
        const char *pieces[2];
    } wrong[] = {
        {"SHARDPICK_THREADS", "many", {"SHARDPICK_THREADS", "write 0 to"}},
        {"SHARDPICK_TEMP_LIMIT", "500", {"SHARDPICK_TEMP_LIMIT", "120"}},
        {"SHARDPICK_QUIET", "maybe", {"SHARDPICK_QUIET", "write 1 or 0"}},
        {"SHARDPICK_URL", "nonsense", {"SHARDPICK_URL", "stratum+tcp://"}},
        {"SHARDPICK_CONFIG", "/nowhere/rig.json", {"/nowhere/rig.json", "cannot be read"}},
        {"SHARDPICK_ALGO", "md5", {"SHARDPICK_ALGO", "its algorithms: alephium"}},
    };
    struct miner_config config;
    enum miner_request request;
    struct base_error error;
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(wrong); i++) {
        assert_int_equal(setenv(wrong[i].name, wrong[i].value, 1), 0);
        enum base_status status = parse_to(&config, &request, "mine", &error);
        assert_int_equal(unsetenv(wrong[i].name), 0);
        assert_int_not_equal(status, BASE_OK);
        for (size_t j = 0; j < 2; j++) {
            if (strstr(error.text, wrong[i].pieces[j]) == NULL) {
                fail_msg("%s: \"%s\" lacks \"%s\"", wrong[i].name, error.text, wrong[i].pieces[j]);
            }
        }
    }
    static const char *const yes[] = {"1", "true", "True", "TRUE", "Yes", "on", "y", " true\n"};
    static const char *const no[] = {"0", "false", "False", "NO", "Off", "n", " off"};
    for (size_t i = 0; i < BASE_COUNT_OF(yes); i++) {
        assert_int_equal(setenv("SHARDPICK_QUIET", yes[i], 1), 0);
        parse_ok(&config, "mine");
        assert_true(config.quiet);
    }
    for (size_t i = 0; i < BASE_COUNT_OF(no); i++) {
        assert_int_equal(setenv("SHARDPICK_QUIET", no[i], 1), 0);
        parse_ok(&config, "mine");
        assert_false(config.quiet);
    }
    assert_int_equal(unsetenv("SHARDPICK_QUIET"), 0);
    assert_int_equal(setenv("SHARDPICK_THREADS", "3", 1), 0);
    assert_int_equal(setenv("SHARDPICK_VERBOSE", "yes", 1), 0);
    assert_int_equal(setenv("SHARDPICK_URL", POOL, 1), 0);
    assert_int_equal(setenv("SHARDPICK_USER", ADDRESS ".env", 1), 0);
    assert_int_equal(setenv("SHARDPICK_PASS", "word", 1), 0);
    parse_ok(&config, "mine");
    assert_int_equal(config.threads, 3);
    assert_true(config.verbose);
    assert_int_equal(config.server_count, 1);
    assert_string_equal(config.servers[0].user, ADDRESS ".env");
    /* -u of the command line is for all servers, those of weaker places too. */
    parse_ok(&config, "mine -t 2 -q -u " ADDRESS ".line");
    assert_int_equal(config.threads, 2);
    assert_true(config.quiet && !config.verbose);
    assert_string_equal(config.servers[0].user, ADDRESS ".line");
    assert_string_equal(config.servers[0].pass, "word");
    /* Its servers replace the environment's, whose login is for all without their own. */
    assert_int_equal(unsetenv("SHARDPICK_URL"), 0);
    parse_ok(&config, "mine -o " OTHER " -u " ADDRESS ".own -o " POOL);
    assert_int_equal(config.server_count, 2);
    assert_string_equal(config.servers[0].user, ADDRESS ".own");
    assert_string_equal(config.servers[1].user, ADDRESS ".env");
    assert_string_equal(config.servers[0].pass, "word");
    static const char *const names[] = {"THREADS", "VERBOSE", "USER", "PASS"};
    for (size_t i = 0; i < BASE_COUNT_OF(names); i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "SHARDPICK_%s", names[i]);
        assert_int_equal(unsetenv(name), 0);
    }
}

static void test_bridge(void **state)
{
    struct miner_config config = {.quiet = false};
    (void)state;
    parse_ok(&config, "bridge -o " NODE);
    assert_int_equal(config.bridge.listen_count, 0);
    assert_int_equal(config.bridge.share_ms, 5000);
    parse_ok(&config, "bridge -o " NODE " --listen 3333 --listen stratum+tcp://0.0.0.0:4 --pay "
                      "workers --share-time 2 --clients-per-address 3");
    assert_int_equal(config.bridge.listen_count, 2);
    assert_string_equal(config.bridge.listens[0].host, "127.0.0.1");
    assert_int_equal(config.bridge.listens[0].port, 3333);
    assert_string_equal(config.bridge.listens[1].host, "0.0.0.0");
    assert_true(config.bridge.pay_workers);
    assert_int_equal(config.bridge.share_ms, 2000);
    assert_int_equal(config.bridge.clients_per_address, 3);
}

/* Rows that a reader of the table relies on. */
static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < miner_option_count(); i++) {
        const struct miner_option *option = miner_option_at(i);
        assert_true(option->commands != 0 && option->help[0] != '\0' && option->group[0] != '\0');
        assert_true((option->json == MINER_JSON_FLAG) == (option->argument == NULL));
        for (size_t j = i + 1; j < miner_option_count(); j++) {
            const struct miner_option *other = miner_option_at(j);
            bool shared = (option->commands & other->commands) != 0;
            assert_false(shared && strcmp(option->name, other->name) == 0);
            assert_false(shared && option->letter != '\0' && option->letter == other->letter);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_lines), cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),      cmocka_unit_test(test_payee_is_optional),
        cmocka_unit_test(test_times),       cmocka_unit_test(test_api),
        cmocka_unit_test(test_servers),     cmocka_unit_test(test_devnet_ports),
        cmocka_unit_test(test_repeated),    cmocka_unit_test(test_requests),
        cmocka_unit_test(test_table),       cmocka_unit_test(test_bridge),
        cmocka_unit_test(test_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
