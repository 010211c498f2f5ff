/* options_table.c: the one table of options and commands. */
#include <stdio.h>
#include <string.h>

#include "config/options.h"
#include "config/setters.h"

enum {
    MINE = 1U << MINER_COMMAND_MINE,
    DEVICES = 1U << MINER_COMMAND_DEVICES,
    SELFTEST = 1U << MINER_COMMAND_SELFTEST,
    TUNE = 1U << MINER_COMMAND_TUNE,
    DEVNET = 1U << MINER_COMMAND_DEVNET,
    DOCTOR = 1U << MINER_COMMAND_DOCTOR,
    REPLAY = 1U << MINER_COMMAND_REPLAY,
    ALL = MINE | DEVICES | SELFTEST | TUNE | DEVNET | DOCTOR | REPLAY,
};

#define AT(member) offsetof(struct miner_config, member)
#define ROOM(member) 0, (double)sizeof((struct miner_config *)0)->member
#define ROOM1(member) 1, (double)sizeof((struct miner_config *)0)->member
#define MS_MAX 3.15e10 /* a year */

static const char servers[] = "Servers";
static const char what[] = "Coin and algorithm";
static const char with[] = "Devices";
static const char until[] = "Bounded runs";
static const char local_net[] = "Development network";
static const char faces[] = "Output and files";

/* clang-format off */
static const struct miner_option options[] = {
    {"url", 'o', "URL", MINE | DOCTOR, MINER_JSON_TEXT, miner_set_url, 0, 0, 0, servers,
     "pool: stratum+tcp://host:port, stratum+ssl://host:port; Alephium node: daemon+tcp://host:port "
     "(port 10973 if left out); JSON-RPC node (DigiByte): daemon+http://[user:pass@]host:port, "
     "daemon+https://. Repeatable: the first that works serves, later ones are fail-overs. Without "
     "any: the development network, in this process"},
    {"user", 'u', "LOGIN", MINE | DOCTOR, MINER_JSON_TEXT, miner_set_user, 0, 0, 0, servers,
     "pool login ADDRESS.WORKER of the -o before it, or the address that blocks found at a JSON-RPC "
     "node pay; before the first -o: of every server without its own"},
    {"pass", 'p', "WORD", MINE | DOCTOR, MINER_JSON_TEXT, miner_set_pass, 0, 0, 0, servers,
     "pool password, likewise; a command line can be seen by others on this machine, a file with "
     "the right mode (-c) cannot"},
    {"rpc-cookie", 0, "FILE", MINE | DOCTOR, MINER_JSON_TEXT, miner_set_rpc_cookie, 0, 0, 0, servers,
     "cookie file with the login of the JSON-RPC node of the -o before it, such as "
     "~/.digibyte/.cookie; read anew with each request, as a node writes another one when it starts"},
    {"coinbase-text", 0, "TEXT", MINE, MINER_JSON_TEXT, miner_set_text, AT(coinbase_text),
     ROOM(coinbase_text), servers,
     "text that blocks found at a JSON-RPC node carry in their coinbase, for all to read"},
    {"rest-port", 0, "PORT", MINE | DOCTOR, MINER_JSON_NUMBER, miner_set_rest_port, 0, 0, 0, servers,
     "REST port of the Alephium node of the -o before it (its port + 2000 if left out); asked why "
     "the node gives no work"},
    {"api-key", 0, "KEY", MINE | DOCTOR, MINER_JSON_TEXT, miner_set_text, AT(api_key), ROOM1(api_key), servers,
     "X-API-KEY for the node's REST port"},
    {"proxy", 0, "URL", MINE | DOCTOR, MINER_JSON_TEXT, miner_set_proxy, AT(proxy), ROOM1(proxy), servers,
     "SOCKS5 proxy: socks5://host:port, socks5h://host:port (names are looked up by the proxy)"},
    {"tls-ca", 0, "FILE", MINE | DOCTOR, MINER_JSON_TEXT, miner_set_readable, AT(tls_ca_file), ROOM1(tls_ca_file),
     servers, "certificates to trust instead of the system's, in PEM form"},
    {"tls-fingerprint", 0, "SHA256", MINE | DOCTOR, MINER_JSON_TEXT, miner_set_fingerprint, 0, 0, 0, servers,
     "accept exactly the certificate with this SHA-256 fingerprint"},
    {"tls-insecure", 0, NULL, MINE | DOCTOR, MINER_JSON_FLAG, miner_set_true, AT(tls_insecure), 0, 0, servers,
     "accept any certificate: whoever sits on the line can take your shares"},
    {"try-timeout", 0, "S", MINE, MINER_JSON_EITHER, miner_set_ms32, AT(try_timeout_ms), 100, 600e3, servers,
     "time for one try to connect to a server (10; 5 where there is another)"},
    {"job-timeout", 0, "S", MINE, MINER_JSON_EITHER, miner_set_ms32, AT(job_timeout_ms), 100, 86400e3, servers,
     "leave a server that gives no job for so long (node 60, pool 150; where there is another: node 8, "
     "pool 6 times the longest of its last 32 gaps, at least 8)"},
    {"dead-peer-timeout", 0, "S", MINE, MINER_JSON_EITHER, miner_set_ms32, AT(dead_peer_ms), 1000, 600e3, servers,
     "give up a connection whose other end acknowledges nothing for so long (8)"},
    {"reject-limit", 0, "N", MINE, MINER_JSON_NUMBER, miner_set_u32, AT(reject_limit), 1, 1e6, servers,
     "so many finds refused in a row (stale ones do not count): ask for fresh work; so many again: connect "
     "anew; again: the next server (10)"},
    {"allow-redirect", 0, "HOST", MINE | DOCTOR, MINER_JSON_TEXT, miner_set_redirect, 0, 0, 0, servers,
     "another host that a server may send us to, besides those of its own domain; several: repeat, or "
     "with commas"},
    {"record", 0, "FILE", MINE, MINER_JSON_TEXT, miner_set_text, AT(record_file), ROOM1(record_file), servers,
     "keep what is exchanged with servers in this new file, without the login; `replay` reads it"},
    {"connect-timeout", 0, "S", MINE, MINER_JSON_EITHER, miner_set_ms32, AT(connect_timeout_ms), 100,
     86400e3, servers, "in a bounded run: exit 4 if no server is reached within this time (30)"},

    {"coin", 0, "NAME", MINE | DOCTOR | REPLAY, MINER_JSON_TEXT, miner_set_coin, 0, 0, 0, what,
     "alephium (default), digibyte, ergo, nervos, komodo: decides algorithm and dialect"},
    {"algo", 'a', "NAME", MINE | DEVICES | SELFTEST | TUNE | DOCTOR | REPLAY, MINER_JSON_TEXT, miner_set_text, AT(algo),
     ROOM1(algo), what, "algorithm, where a coin has several; other commands: only this one"},

    {"threads", 't', "N", MINE, MINER_JSON_EITHER, miner_set_threads, 0, 0, 0, with,
     "CPU lanes: a number (0: none), auto (default: one a core) or all (one a hardware thread)"},
    {"cpu-affinity", 0, "LIST", MINE | DEVICES, MINER_JSON_TEXT, miner_set_affinity, 0, 0, 0, with,
     "hardware threads that CPU lanes may use, such as 0,2-5 (default: all that are allowed)"},
    {"cpu-kernel", 0, "NAME", MINE | SELFTEST, MINER_JSON_TEXT, miner_set_text, AT(cpu_kernel),
     ROOM1(cpu_kernel), with, "force a CPU kernel that `devices` lists"},
    {"nice", 0, "N", MINE, MINER_JSON_NUMBER, miner_set_u32, AT(niceness), 0, 19, with,
     "let other programs go before CPU lanes: 1 a little ... 19 always (0: equals); finds are sent "
     "and jobs taken without delay all the same"},
    {"pause-on-battery", 0, NULL, MINE, MINER_JSON_FLAG, miner_set_true, AT(pause_on_battery), 0, 0, with,
     "all lanes rest while the machine runs on its battery; the connection stays"},
    {"opencl", 0, "SEL", MINE | DEVICES | SELFTEST | TUNE, MINER_JSON_TEXT, miner_set_opencl, 0, 0, 0, with,
     "OpenCL devices: all (default; CPU-type ones only in selftest), none, or a list of "
     "platform:device or PCI names as `devices` prints them"},
    {"cache-dir", 0, "DIR", MINE | SELFTEST | TUNE, MINER_JSON_TEXT, miner_set_text, AT(cache_dir),
     ROOM(cache_dir), with,
     "folder for OpenCL programs and tuned values (default ~/.cache/shardpick); empty: none"},
    {"no-tune", 0, NULL, MINE, MINER_JSON_FLAG, miner_set_false, AT(auto_tune), 0, 0, with,
     "do not tune an OpenCL device when it is seen first (15 s at most, not for CPU-type devices)"},
    {"temp-limit", 0, "C", MINE, MINER_JSON_NUMBER, miner_set_u32, AT(temp_limit_c), 30, 120, with,
     "pause an OpenCL device that is so hot (degrees Celsius), until it is 10 degrees cooler"},
    {"watchdog", 0, "S", MINE, MINER_JSON_EITHER, miner_set_ms32, AT(watchdog_ms), 1000, 3600e3, with,
     "exit 5 when an OpenCL device's driver has not come back for so long (30), so that a supervisor "
     "can start the program again"},
    {"nonce-seed", 0, "N", MINE, MINER_JSON_EITHER, miner_set_nonce_seed, 0, 0, 0, with,
     "session part of the nonces, to replay a run (default: from the operating system)"},

    {"budget", 0, "S", TUNE, MINER_JSON_EITHER, miner_set_ms32, AT(tune_budget_ms), 100, 86400e3,
     with, "time to spend on each device and algorithm (60)"},

    {"duration", 0, "S", MINE | DEVNET, MINER_JSON_EITHER, miner_set_ms64, AT(duration_ms), 1, MS_MAX,
     until, "stop after this time: seconds, or with a unit (90, 10m, 2h)"},
    {"until-blocks", 0, "N", MINE, MINER_JSON_NUMBER, miner_set_u64, AT(until_blocks), 1, 1e15, until,
     "stop after this many accepted blocks"},
    {"until-shares", 0, "N", MINE, MINER_JSON_NUMBER, miner_set_u64, AT(until_shares), 1, 1e15, until,
     "stop after this many accepted shares"},

    {"speed", 0, "X", REPLAY, MINER_JSON_NUMBER, miner_set_real, AT(replay_speed), 0, 1e6, until,
     "so many times as fast as it was recorded (0: as fast as it goes)"},

    {"bind", 0, "ADDR", DEVNET, MINER_JSON_TEXT, miner_set_text, AT(devnet.bind), ROOM1(devnet.bind),
     local_net, "address to listen on (127.0.0.1)"},
    {"node-port", 0, "PORT", DEVNET, MINER_JSON_EITHER, miner_set_listen_port, AT(devnet.node_port), 0, 0,
     local_net, "node's miner port (10973); 0: any free one; off"},
    {"rest-port", 0, "PORT", DEVNET, MINER_JSON_EITHER, miner_set_listen_port, AT(devnet.rest_port), 0, 0,
     local_net, "node's REST port (12973); 0: any free one; off"},
    {"pool-port", 0, "PORT", DEVNET, MINER_JSON_EITHER, miner_set_listen_port, AT(devnet.pool_port), 0, 0,
     local_net, "pool port (20032); 0: any free one; off"},
    {"node-version", 0, "N", DEVNET, MINER_JSON_NUMBER, miner_set_u32, AT(devnet.node_version), 0, 1,
     local_net, "framing of the miner port: 1 (default), or 0 as nodes before 3.6.0"},
    {"block-time", 0, "S", MINE | DEVNET, MINER_JSON_EITHER, miner_set_ms32, AT(devnet.block_time_ms), 10,
     86400e3, local_net, "time between blocks of a chain that difficulty steers to (8)"},
    {"push-interval", 0, "S", DEVNET, MINER_JSON_EITHER, miner_set_ms32, AT(devnet.push_interval_ms), 1,
     3600e3, local_net, "least time between two pushes of jobs (0.25)"},
    {"refresh", 0, "S", DEVNET, MINER_JSON_EITHER, miner_set_ms32, AT(devnet.refresh_ms), 10, 86400e3,
     local_net, "time after which templates are renewed (4)"},
    {"start-hashes", 0, "N", DEVNET, MINER_JSON_NUMBER, miner_set_real, AT(devnet.start_hashes), 1, 1e24,
     local_net, "expected hashes of a chain's first block (1048576)"},
    {"pool-difficulty", 0, "D", DEVNET, MINER_JSON_NUMBER, miner_set_real, AT(devnet.pool_difficulty), 0,
     1e24, local_net, "share difficulty at the start (0: fitted to start-hashes)"},
    {"extranonce-bytes", 0, "N", DEVNET, MINER_JSON_NUMBER, miner_set_u32, AT(devnet.extranonce_bytes), 0,
     16, local_net, "bytes of the nonce that the pool keeps (2)"},
    {"pool-dialect", 0, "NAME", DEVNET, MINER_JSON_TEXT, miner_set_dialect, 0, 0, 0, local_net,
     "how the pool port speaks: official (default), old, miningcore, woolypooly or proposal"},
    {"pool-all-jobs", 0, NULL, DEVNET, MINER_JSON_FLAG, miner_set_true, AT(devnet.pool_all_jobs), 0, 0,
     local_net, "16 jobs in every notify of the pool port, not one picked at random"},
    {"fault", 0, "LIST", DEVNET, MINER_JSON_TEXT, miner_set_faults, 0, 0, 0, local_net,
     "make things go wrong: NAME=N,... as docs/devnet.md lists them, such as half=3"},
    {"seed", 0, "N", DEVNET, MINER_JSON_EITHER, miner_set_u64, AT(devnet.seed), 0, 1.9e19, local_net,
     "start value of the server's random numbers (0: from the operating system)"},

    {"json", 0, NULL, ALL, MINER_JSON_FLAG, miner_set_true, AT(json), 0, 0, faces,
     "one JSON object on standard output and nothing else there; the log is on standard error"},
    {"config", 'c', "FILE", ALL, MINER_JSON_TEXT, NULL, 0, 0, 0, faces,
     "JSON file with any option by its long name, and \"servers\": [{\"url\", \"user\", \"pass\"}]; "
     "the command line overrides it"},
    {"quiet", 'q', NULL, ALL, MINER_JSON_FLAG, miner_set_true, AT(quiet), 0, 0, faces,
     "log warnings and errors only"},
    {"verbose", 'v', NULL, ALL, MINER_JSON_FLAG, miner_set_true, AT(verbose), 0, 0, faces,
     "log also what developers want to know"},
    {"log-file", 0, "FILE", ALL, MINER_JSON_TEXT, miner_set_text, AT(log_file), ROOM1(log_file), faces,
     "append the log to this file too"},
    {"no-color", 0, NULL, ALL, MINER_JSON_FLAG, miner_set_false, AT(color), 0, 0, faces,
     "no colours (they are used on a terminal only)"},
    {"screen", 0, "NAME", MINE, MINER_JSON_TEXT, miner_set_screen, 0, 0, 0, faces,
     "on a terminal: live (default), a panel above the log, with keys; or log, lines only"},
    {"summary-interval", 0, "S", MINE | DEVNET, MINER_JSON_EITHER, miner_set_ms32,
     AT(summary_interval_ms), 100, 86400e3, faces, "time between two summary lines (10)"},
    {"api", 0, "ADDR:PORT", MINE, MINER_JSON_EITHER, miner_set_api, 0, 0, 0, faces,
     "HTTP interface, dashboard and metrics on this address (off if left out); a port alone: on this "
     "machine only"},
    {"api-token", 0, "WORD", MINE, MINER_JSON_TEXT, miner_set_text, AT(api_token),
     MINER_API_TOKEN_MIN, MINER_API_TOKEN_MAX, faces,
     "word that HTTP requests must show to change anything (without it nothing can be changed)"},
    {"help", 'h', NULL, ALL, MINER_JSON_FLAG, NULL, 0, 0, 0, faces, "this text"},
    {"version", 'V', NULL, ALL, MINER_JSON_FLAG, NULL, 0, 0, 0, faces, "the version"},
};

static const struct miner_command_row commands[] = {
    {MINER_COMMAND_MINE, "mine", "mine; without -o the development network, in this process"},
    {MINER_COMMAND_BENCH, "bench", "hashrate of every algorithm and device, or of those named"},
    {MINER_COMMAND_DEVICES, "devices", "what was found: processors, kernels, OpenCL devices and "
                                       "their names"},
    {MINER_COMMAND_SELFTEST, "selftest", "known answers on every kernel and every device"},
    {MINER_COMMAND_TUNE, "tune", "find how each OpenCL device is best driven, and keep it on disk"},
    {MINER_COMMAND_DEVNET, "devnet", "the development network as a server for miners"},
    {MINER_COMMAND_DOCTOR, "doctor", "why a server gives no work, and the URL that would"},
    {MINER_COMMAND_REPLAY, "replay", "feed a recording of --record to the client, without a network"},
};
/* clang-format on */

/* Flags: take back what a weaker layer said. */
static void clear_flag(struct miner_target *target, const struct miner_option *option)
{
    bool *field = (bool *)((char *)target->config + option->offset);
    *field = option->apply == miner_set_false;
}

/* Note where a setting of a server came from. */
static void trace_server(struct miner_trace *trace, const struct miner_target *target,
                         const struct miner_option *option, const struct miner_origin *origin)
{
    size_t count = target->config->server_count;
    bool own = count > target->first_server;
    if (option->apply == miner_set_user || option->apply == miner_set_pass) {
        bool user = option->apply == miner_set_user;
        struct miner_origin *all = user ? &trace->all_user : &trace->all_pass;
        *(!own   ? all
          : user ? &trace->servers[count - 1].user
                 : &trace->servers[count - 1].pass) = *origin;
    } else if (own && option->apply == miner_set_url) {
        trace->servers[count - 1].url = *origin;
    } else if (own && option->apply == miner_set_rest_port) {
        trace->servers[count - 1].rest_port = *origin;
    } else if (own && option->apply == miner_set_rpc_cookie) {
        trace->servers[count - 1].rpc_cookie = *origin;
    }
}

static void note(struct miner_target *target, const struct miner_option *option, const char *label,
                 const char *text)
{
    struct miner_trace *trace = target->trace;
    size_t row = (size_t)(option - options);
    if (trace == NULL || row >= MINER_TRACE_ROWS) {
        return;
    }
    const char *key = strstr(label, ": \""); /* of a file's label */
    struct miner_origin origin = {.layer = target->layer};
    (void)snprintf(origin.from, sizeof origin.from, "%.*s",
                   key != NULL ? (int)(key - label) : (int)sizeof origin.from - 1, label);
    (void)snprintf(trace->rows[row].text, sizeof trace->rows[row].text, "%s", text);
    trace->rows[row].origin = origin;
    trace_server(trace, target, option, &origin);
}

enum base_status miner_option_apply(struct miner_target *target, const struct miner_option *option,
                                    const char *label, const char *text, struct base_error *error)
{
    enum base_status status = BASE_OK;
    if (option->json == MINER_JSON_FLAG && strcmp(text, "false") == 0) {
        clear_flag(target, option);
    } else {
        status = option->apply(target, option, label, text, error);
    }
    note(target, option, label, text);
    return status;
}

size_t miner_option_count(void)
{
    return BASE_COUNT_OF(options);
}

const struct miner_option *miner_option_at(size_t index)
{
    BASE_ASSERT(index < BASE_COUNT_OF(options));
    return &options[index];
}

const struct miner_option *miner_option_find(const char *name, enum miner_command command)
{
    for (size_t i = 0; i < BASE_COUNT_OF(options); i++) {
        bool fits = command == MINER_COMMAND_NONE || (options[i].commands >> command & 1) != 0;
        if (fits && strcmp(options[i].name, name) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

bool miner_option_is_server(const struct miner_option *option)
{
    static const char *const names[] = {"url", "user", "pass", "rest-port", "rpc-cookie"};
    for (size_t i = 0; i < BASE_COUNT_OF(names); i++) {
        if (strcmp(names[i], option->name) == 0 &&
            (option->commands >> MINER_COMMAND_MINE & 1) != 0) {
            return true;
        }
    }
    return false;
}

size_t miner_command_count(void)
{
    return BASE_COUNT_OF(commands);
}

const struct miner_command_row *miner_command_at(size_t index)
{
    BASE_ASSERT(index < BASE_COUNT_OF(commands));
    return &commands[index];
}

const char *miner_command_name(enum miner_command command)
{
    for (size_t i = 0; i < BASE_COUNT_OF(commands); i++) {
        if (commands[i].command == command) {
            return commands[i].name;
        }
    }
    return "";
}
