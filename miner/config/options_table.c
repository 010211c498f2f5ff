/* options_table.c: the one table of options and commands. */
#include <stdio.h>
#include <string.h>

#include "config/options.h"
#include "config/setters.h"

enum {
    MINE = 1U << MINER_COMMAND_MINE,
    BENCH = 1U << MINER_COMMAND_BENCH,
    DEVICES = 1U << MINER_COMMAND_DEVICES,
    SELFTEST = 1U << MINER_COMMAND_SELFTEST,
    TUNE = 1U << MINER_COMMAND_TUNE,
    DEVNET = 1U << MINER_COMMAND_DEVNET,
    DOCTOR = 1U << MINER_COMMAND_DOCTOR,
    REPLAY = 1U << MINER_COMMAND_REPLAY,
    BRIDGE = 1U << MINER_COMMAND_BRIDGE,
    RUNS = MINE | BRIDGE,
    MOST = RUNS | DEVICES | SELFTEST | TUNE | DEVNET | DOCTOR | REPLAY,
    ALL = MOST | BENCH,

    ON_LINE = MINER_PLACE_LINE,
    IN_ENV = MINER_PLACE_ENVIRONMENT,
    IN_SERVER = MINER_PLACE_SERVER,
    IN_GROUP = MINER_PLACE_GROUP,
    ANYWHERE = ON_LINE | MINER_PLACE_FILE | IN_ENV,
};

#define START MINER_RELOAD_START
#define LIVE MINER_RELOAD_LIVE
#define ENGINE MINER_RELOAD_ENGINE

/* Where a value is kept: offset and size of a member of struct miner_config, or of the members from
 * the first to the last. */
#define MEMBER(member) ((struct miner_config *)0)->member
#define AT(member) offsetof(struct miner_config, member), sizeof(MEMBER(member))
#define SPAN(first, last)                                                                          \
    offsetof(struct miner_config, first), offsetof(struct miner_config, last) +                    \
                                              sizeof(MEMBER(last)) -                               \
                                              offsetof(struct miner_config, first)
#define NONE 0, 0

/* Kinds of options: what a file holds, how a text is checked, where the value goes, its range. */
#define FLAG(member) MINER_JSON_FLAG, miner_set_true, AT(member), 0, 0
#define UNFLAG(member) MINER_JSON_FLAG, miner_set_false, AT(member), 0, 0
#define TEXT(member, least) MINER_JSON_TEXT, miner_set_text, AT(member), least, 0
#define WHOLE(kind, member, min, max) MINER_JSON_##kind, miner_set_whole, AT(member), min, max
#define REAL(member, min, max) MINER_JSON_NUMBER, miner_set_real, AT(member), min, max
#define TIME(member, min, max) MINER_JSON_EITHER, miner_set_time, AT(member), min, max
#define OWN(kind, setter, place) MINER_JSON_##kind, setter, place, 1, 0
#define MS_MAX 3.15e10 /* a year */

static const char servers[] = "Servers";
static const char serving[] = "Other miners";
static const char what[] = "Coin and algorithm";
static const char with[] = "Devices";
static const char work[] = "Measuring";
static const char until[] = "Bounded runs";
static const char local_net[] = "Development network";
static const char faces[] = "Output and files";

/* clang-format off */
/* name, letter, value; commands; where it may stand; what a change while mining needs; kind; help */
static const struct miner_option options[] = {
    {"url", 'o', "URL", RUNS | DOCTOR, ANYWHERE | IN_SERVER, ENGINE, OWN(TEXT, miner_set_url, NONE), servers,
     "pool: stratum+tcp://host:port, stratum+ssl://host:port; Alephium node: "
     "daemon+tcp://host:port (port 10973 if left out); JSON-RPC node (DigiByte, Nervos CKB; CKB's TCP "
     "port with daemon+tcp://, too): "
     "daemon+http://[user:pass@]host:port, daemon+https://. Repeatable: the first that works "
     "serves, later ones are fail-overs. mine without any: the development network, in this process"},
    {"user", 'u', "LOGIN", RUNS | DOCTOR, ANYWHERE | IN_SERVER | IN_GROUP, ENGINE, OWN(TEXT, miner_set_user, NONE), servers,
     "pool login ADDRESS.WORKER of the -o before it, or the address that blocks found at a "
     "JSON-RPC node pay; before the first -o: of every server without its own"},
    {"pass", 'p', "WORD", RUNS | DOCTOR, ANYWHERE | IN_SERVER | IN_GROUP, ENGINE, OWN(TEXT, miner_set_pass, NONE), servers,
     "pool password, likewise; others on this machine can see a command line, but not a file (-c) "
     "that only you may read"},
    {"rpc-cookie", 0, "FILE", RUNS | DOCTOR, ANYWHERE | IN_SERVER, ENGINE, OWN(TEXT, miner_set_rpc_cookie, NONE), servers,
     "cookie file with the login of the JSON-RPC node of the -o before it, such as "
     "~/.digibyte/.cookie; read anew with each request, as a node writes another one when it "
     "starts"},
    {"coinbase-text", 0, "TEXT", RUNS, ANYWHERE, ENGINE, TEXT(coinbase_text, 0), servers,
     "text that blocks found at a JSON-RPC node carry in their coinbase, for all to read"},
    {"rest-port", 0, "PORT", RUNS | DOCTOR, ANYWHERE | IN_SERVER, ENGINE, OWN(NUMBER, miner_set_rest_port, NONE), servers,
     "REST port of the Alephium node of the -o before it (its port + 2000 if left out); asked why "
     "the node gives no work"},
    {"api-key", 0, "KEY", RUNS | DOCTOR, ANYWHERE, ENGINE, TEXT(api_key, 1), servers,
     "key for the REST port of an Alephium node (X-API-KEY) or an Ergo node (api_key)"},
    {"proxy", 0, "URL", RUNS | DOCTOR, ANYWHERE | IN_SERVER, ENGINE, OWN(TEXT, miner_set_proxy, NONE), servers,
     "SOCKS5 proxy of the -o before it, and of all servers that have none of their own: "
     "socks5://host:port, socks5h://host:port (names are looked up by the proxy), none"},
    {"proxy-local", 0, NULL, RUNS | DOCTOR, ANYWHERE, ENGINE, FLAG(proxy_local), servers,
     "the proxy also for loopback and private addresses, which are connected to directly otherwise"},
    {"tls-ca", 0, "FILE", RUNS | DOCTOR, ANYWHERE, ENGINE, OWN(TEXT, miner_set_readable, AT(tls_ca_file)), servers,
     "certificates to trust instead of the system's, in PEM form"},
    {"tls-fingerprint", 0, "SHA256", RUNS | DOCTOR, ANYWHERE, ENGINE, OWN(TEXT, miner_set_fingerprint, AT(tls_fingerprint)), servers,
     "accept exactly the certificate with this SHA-256 fingerprint"},
    {"tls-insecure", 0, NULL, RUNS | DOCTOR, ANYWHERE, ENGINE, FLAG(tls_insecure), servers,
     "accept any certificate: anybody on the way to the server can take your shares"},
    {"try-timeout", 0, "S", RUNS, ANYWHERE, ENGINE, TIME(try_timeout_ms, 100, 600e3), servers,
     "time for one try to connect to a server (10; 5 where there is another)"},
    {"job-timeout", 0, "S", RUNS, ANYWHERE, ENGINE, TIME(job_timeout_ms, 100, 86400e3), servers,
     "leave a server that has given no job for this time (node 60, pool 150; where there is another: "
     "node 8, pool 6 times the longest of its last 32 gaps, at least 8)"},
    {"template-wait", 0, "S", RUNS, ANYWHERE, ENGINE, TIME(template_wait_ms, 1000, 600e3), servers,
     "wait so long for a template of a node over HTTP (10, and twice as long after each time that "
     "was too short, 120 at most)"},
    {"dead-peer-timeout", 0, "S", RUNS, ANYWHERE, ENGINE, TIME(dead_peer_ms, 1000, 600e3), servers,
     "give up a connection whose other end has acknowledged nothing for this time (8)"},
    {"multiply-difficulty", 0, NULL, MINE, ANYWHERE, ENGINE, FLAG(multiply_difficulty), servers,
     "pools of Ergo: a share counts up to the target of its job times the difficulty that the "
     "pool sends, as old installations of ErgoStratumServer want it"},
    {"reject-limit", 0, "N", RUNS, ANYWHERE, ENGINE, WHOLE(NUMBER, reject_limit, 1, 1e6), servers,
     "after this many finds refused in a row (stale ones do not count): ask for fresh work; after as "
     "many again: connect anew; again: the next server (10)"},
    {"allow-redirect", 0, "HOST", RUNS | DOCTOR, ANYWHERE, ENGINE, OWN(TEXT, miner_set_redirect, AT(redirects)), servers,
     "another host that a server may redirect to, besides those of its own domain; several: "
     "repeat, or with commas"},
    {"record", 0, "FILE", RUNS, ANYWHERE, ENGINE, TEXT(record_file, 1), servers,
     "keep what is exchanged with servers in this new file, without the login; `replay` reads it"},
    {"connect-timeout", 0, "S", RUNS, ANYWHERE, LIVE, TIME(connect_timeout_ms, 100, 86400e3), servers,
     "in a bounded run: exit 4 if no server is reached within this time (30)"},

    {"listen", 0, "PLACE", BRIDGE, ANYWHERE, START, OWN(EITHER, miner_set_listen, AT(bridge.listens)), serving,
     "where other miners connect: [stratum+tcp://]ADDRESS:PORT, or a port alone for this machine only "
     "(127.0.0.1:3333 if left out); 0.0.0.0:3333 lets in every machine that reaches this one. Repeatable"},
    {"listen-pass", 0, "WORD", BRIDGE, ANYWHERE, START, TEXT(bridge.pass, 1), serving,
     "password that other miners must send, alone or as one of several words with commas between"},
    {"pay", 0, "WHO", BRIDGE, ANYWHERE, START, OWN(TEXT, miner_set_pay, AT(bridge.pay_workers)), serving,
     "whom blocks pay: node (default), the node's own settings or -u; or workers (DigiByte), the address that "
     "a client's login begins with"},
    {"share-time", 0, "S", BRIDGE, ANYWHERE, START, TIME(bridge.share_ms, 100, 600e3), serving,
     "time between two shares of a client that its difficulty is steered to (5)"},
    {"client-diff", 0, "D", BRIDGE, ANYWHERE, START, REAL(bridge.difficulty, 0, 1e15), serving,
     "share difficulty of every client, for ever; 0: it follows the client (default)"},
    {"clients", 0, "N", BRIDGE, ANYWHERE, START, WHOLE(NUMBER, bridge.clients, 1, 60000), serving,
     "connections at once (20000)"},
    {"clients-per-address", 0, "N", BRIDGE, ANYWHERE, START, WHOLE(NUMBER, bridge.clients_per_address, 0, 60000), serving,
     "of them from one address (0: no limit)"},

    {"coin", 0, "NAME", RUNS | DEVNET | DOCTOR | REPLAY, ANYWHERE | IN_GROUP, START, OWN(TEXT, miner_set_coin, SPAN(coin, coin_given)), what,
     "alephium (default), digibyte, ergo, nervos, komodo: decides algorithm and dialect"},
    {"algo", 'a', "NAME", RUNS | BENCH | DEVICES | SELFTEST | TUNE | DOCTOR | REPLAY, ANYWHERE | IN_GROUP, START, OWN(TEXT, miner_set_algo, AT(algo)), what,
     "algorithm, where a coin has several; other commands: only this one"},

    {"threads", 't', "N", MINE | BENCH, ANYWHERE | IN_GROUP, ENGINE, OWN(EITHER, miner_set_threads, SPAN(threads_rule, threads)), with,
     "CPU lanes: a number (0: none), auto (default: one a core) or all (one a hardware thread). bench: "
     "auto is measured; default one a core"},
    {"cpu-affinity", 0, "LIST", MINE | DEVICES, ANYWHERE | IN_GROUP, ENGINE, OWN(TEXT, miner_set_affinity, AT(affinity)), with,
     "hardware threads that CPU lanes may use, such as 0,2-5 (default: all that are allowed)"},
    {"cpu-kernel", 0, "NAME", MINE | BENCH | SELFTEST, ANYWHERE | IN_GROUP, ENGINE, TEXT(cpu_kernel, 1), with,
     "force a CPU kernel that `devices` lists"},
    {"nice", 0, "N", MINE, ANYWHERE, ENGINE, WHOLE(NUMBER, niceness, 0, 19), with,
     "let other programs run before CPU lanes: 1 a little ... 19 always (0: as equals); finds are "
     "sent and jobs taken without delay all the same"},
    {"pause-on-battery", 0, NULL, MINE, ANYWHERE, LIVE, FLAG(pause_on_battery), with,
     "all lanes rest while the machine runs on its battery; the connection stays"},
    {"opencl", 0, "SEL", MINE | DEVICES | SELFTEST | TUNE, ANYWHERE | IN_GROUP, ENGINE, OWN(TEXT, miner_set_opencl, AT(opencl)), with,
     "OpenCL devices: all (default; CPU-type ones only in selftest), none, or a list of "
     "platform:device or PCI names as `devices` prints them"},
    {"cache-dir", 0, "DIR", MINE | BENCH | SELFTEST | TUNE, ANYWHERE, ENGINE, TEXT(cache_dir, 0), with,
     "folder for OpenCL programs and tuned values (default ~/.cache/shardpick); empty: none"},
    {"no-tune", 0, NULL, MINE, ANYWHERE, ENGINE, UNFLAG(auto_tune), with,
     "do not tune an OpenCL device when it is seen first (15 s at most, not for CPU-type devices)"},
    {"temp-limit", 0, "C", MINE, ANYWHERE, LIVE, WHOLE(NUMBER, temp_limit_c, 30, 120), with,
     "pause an OpenCL device at this temperature (degrees Celsius) until it is 10 degrees cooler"},
    {"max-temp", 0, "C", MINE, ANYWHERE, ENGINE, WHOLE(NUMBER, max_temp_c, 30, 120), with,
     "CPU lanes rest when the processor has this temperature (degrees Celsius), until it is 10 degrees cooler"},
    {"max-diff", 0, "D", MINE, ANYWHERE, LIVE, REAL(max_difficulty, 0, 1e30), with,
     "all lanes rest while the network's difficulty is above this, as the log shows it: in the unit of the "
     "server, or in hashes for a block where it has none (Alephium nodes)"},
    {"watchdog", 0, "S", MINE, ANYWHERE, LIVE, TIME(watchdog_ms, 1000, 3600e3), with,
     "exit 5 when an OpenCL driver has not answered for this time (30), so that a supervisor can "
     "start the program again"},
    {"nonce-seed", 0, "N", MINE, ANYWHERE, START, OWN(EITHER, miner_set_nonce_seed, SPAN(nonce_seed_given, nonce_seed)), with,
     "start value of the session part of the nonces, to repeat a run (default: from the operating system)"},

    {"device", 0, "LIST", BENCH, ANYWHERE, START, TEXT(bench.device, 1), with,
     "what to measure: cpu, all, or OpenCL devices (0:0, a PCI name) with commas between; default: "
     "the CPU and every OpenCL device that is not CPU-type"},
    {"kernels", 0, NULL, BENCH, ANYWHERE, START, FLAG(bench.kernels), with,
     "measure every CPU kernel that this processor runs"},
    {"table", 0, NULL, BENCH, ANYWHERE, START, FLAG(bench.table), with,
     "CPU kernels that can use a table fill one first, as large as they can in the time for a result: "
     "how fast it is filled and searched"},
    {"height", 0, "H", BENCH, ANYWHERE, START, WHOLE(NUMBER, bench.height, 1, 0xffffffff), with,
     "height of the block, where the work depends on it (ergo: the size of the table)"},
    {"seconds", 0, "S", BENCH, ANYWHERE, START, TIME(bench.result_ms, 100, 86400e3), work,
     "time for each result (5)"},
    {"hashes", 0, "N", BENCH, ANYWHERE, START, WHOLE(NUMBER, bench.hashes, 1, 0x1p48), work,
     "fixed work instead: N hashes, and a digest of their finds that is the same everywhere"},
    {"seed", 0, "N", BENCH, ANYWHERE, START, WHOLE(NUMBER, bench.seed, 0, 0x1p63), work,
     "header of the fixed work (0)"},
    {"csv", 0, NULL, BENCH, ANYWHERE, START, FLAG(bench.csv), work,
     "comma-separated values instead of text"},
    {"markdown", 0, NULL, BENCH, ANYWHERE, START, FLAG(bench.markdown), work,
     "a Markdown table instead of text"},
    {"save", 0, "FILE", BENCH, ANYWHERE, START, TEXT(bench.save_file, 1), work,
     "write the JSON object to this file as well"},
    {"compare", 0, "FILE", BENCH, ANYWHERE, START, OWN(TEXT, miner_set_readable, AT(bench.compare_file)), work,
     "ratios to a saved run, with their uncertainty"},

    {"budget", 0, "S", TUNE, ANYWHERE, START, TIME(tune_budget_ms, 100, 86400e3), with,
     "time to spend on each device and algorithm (60)"},

    {"duration", 0, "S", RUNS | DEVNET, ANYWHERE, LIVE, TIME(duration_ms, 1, MS_MAX), until,
     "stop after this time: seconds, or with a unit (90, 10m, 2h)"},
    {"until-blocks", 0, "N", RUNS, ANYWHERE, LIVE, WHOLE(NUMBER, until_blocks, 1, 1e15), until,
     "stop after this many accepted blocks"},
    {"until-shares", 0, "N", MINE, ANYWHERE, LIVE, WHOLE(NUMBER, until_shares, 1, 1e15), until,
     "stop after this many accepted shares"},

    {"speed", 0, "X", REPLAY, ANYWHERE, START, REAL(replay_speed, 0, 1e6), until,
     "this many times as fast as it was recorded (0: as fast as it goes)"},

    {"bind", 0, "ADDR", DEVNET, ANYWHERE, START, TEXT(devnet.bind, 1), local_net,
     "address to listen on (127.0.0.1)"},
    {"node-port", 0, "PORT", DEVNET, ANYWHERE, START, OWN(EITHER, miner_set_listen_port, AT(devnet.node_port)), local_net,
     "node's miner port; Nervos CKB, Komodo: its JSON-RPC; Ergo: its REST (10973); 0: any free one; off"},
    {"rest-port", 0, "PORT", DEVNET, ANYWHERE, START, OWN(EITHER, miner_set_listen_port, AT(devnet.rest_port)), local_net,
     "node's REST port; Nervos CKB: its JSON-RPC by lines, with subscriptions (12973); 0: any free one; off"},
    {"pool-port", 0, "PORT", DEVNET, ANYWHERE, START, OWN(EITHER, miner_set_listen_port, AT(devnet.pool_port)), local_net,
     "pool port (20032); 0: any free one; off"},
    {"node-version", 0, "N", DEVNET, ANYWHERE, START, WHOLE(NUMBER, devnet.node_version, 0, 1), local_net,
     "framing of the miner port: 1 (default), or 0 as nodes before 3.6.0"},
    {"block-time", 0, "S", MINE | DEVNET, ANYWHERE, START, TIME(devnet.block_time_ms, 10, 86400e3), local_net,
     "time between blocks of a chain that difficulty steers to (8)"},
    {"push-interval", 0, "S", DEVNET, ANYWHERE, START, TIME(devnet.push_interval_ms, 1, 3600e3), local_net,
     "least time between two pushes of jobs (0.25)"},
    {"refresh", 0, "S", DEVNET, ANYWHERE, START, TIME(devnet.refresh_ms, 10, 86400e3), local_net,
     "time after which templates are renewed (4)"},
    {"start-hashes", 0, "N", DEVNET, ANYWHERE, START, REAL(devnet.start_hashes, 1, 1e24), local_net,
     "expected hashes of a chain's first block (1048576); Komodo: solutions (17)"},
    {"pool-difficulty", 0, "D", DEVNET, ANYWHERE, START, REAL(devnet.pool_difficulty, 0, 1e24), local_net,
     "share difficulty at the start; Nervos CKB, Komodo, Ergo: expected hashes or solutions of a share (0: fitted to start-hashes)"},
    {"extranonce-bytes", 0, "N", DEVNET, ANYWHERE, START, WHOLE(NUMBER, devnet.extranonce_bytes, 0, 16), local_net,
     "bytes of the nonce that the pool keeps (2)"},
    {"pool-dialect", 0, "NAME", DEVNET, ANYWHERE, START, TEXT(devnet_dialect, 1), local_net,
     "how the pool port speaks: Alephium: official (default), old, miningcore, woolypooly or proposal; "
     "Nervos CKB: uupool (default), btccom or k7; Komodo: zip301 (default), znomp or difficulty; Ergo: share (default), factor, multiplied, bare or uupool"},
    {"pool-all-jobs", 0, NULL, DEVNET, ANYWHERE, START, FLAG(devnet.pool_all_jobs), local_net,
     "16 jobs in every notify of the pool port, not one picked at random"},
    {"reduced", 0, "N", RUNS | DEVNET, ANYWHERE, START, WHOLE(NUMBER, reduced, 0, 2143944600), local_net,
     "a smaller size of the algorithm, for tests; Equihash: 96 (96,5) or 48 (48,5); Autolykos: elements "
     "of the table; 0: the coin's own"},
    {"fault", 0, "LIST", DEVNET, ANYWHERE, START, OWN(TEXT, miner_set_faults, AT(devnet_faults)), local_net,
     "make things go wrong: NAME=N,... as docs/devnet.md, devnet-nervos.md, devnet-komodo.md and devnet-ergo.md list them, such as half=3"},
    {"seed", 0, "N", DEVNET, ANYWHERE, START, WHOLE(EITHER, devnet.seed, 0, 0x1p64), local_net,
     "start value of the server's random numbers (0: from the operating system)"},

    {"json", 0, NULL, ALL, ANYWHERE, START, FLAG(json), faces,
     "one JSON object on standard output and nothing else there; the log is on standard error"},
    {"config", 'c', "FILE", ALL, ON_LINE | IN_ENV, START, OWN(TEXT, NULL, NONE), faces,
     "JSON file (-: standard input) with any option by its long name, and \"servers\": [{\"url\", \"user\", "
     "\"pass\"}]; the command line overrides it"},
    {"quiet", 'q', NULL, ALL, ANYWHERE, LIVE, FLAG(quiet), faces,
     "log warnings and errors only"},
    {"verbose", 'v', NULL, ALL, ANYWHERE, LIVE, FLAG(verbose), faces,
     "log also what developers want to know; bench: where the time of a solver goes"},
    {"log-file", 0, "FILE", MOST, ANYWHERE, START, TEXT(log_file, 1), faces,
     "append the log to this file too"},
    {"syslog", 'S', NULL, RUNS | DEVNET, ANYWHERE, START, FLAG(syslog), faces,
     "the log goes to the system's log instead of standard error"},
    {"background", 'B', NULL, RUNS | DEVNET, ANYWHERE, START, FLAG(background), faces,
     "run in the background, without a terminal: see --log-file, --syslog and --api for what it does"},
    {"no-color", 0, NULL, MOST, ANYWHERE, LIVE, UNFLAG(color), faces,
     "no colours (they are used on a terminal only)"},
    {"screen", 0, "NAME", RUNS, ANYWHERE, START, OWN(TEXT, miner_set_screen, AT(plain_log)), faces,
     "on a terminal: live (default), a panel above the log, with keys; or log, lines only"},
    {"summary-interval", 0, "S", RUNS | DEVNET, ANYWHERE, LIVE, TIME(summary_interval_ms, 100, 86400e3), faces,
     "time between two summary lines (10)"},
    {"api", 0, "ADDR:PORT", RUNS, ANYWHERE, START, OWN(EITHER, miner_set_api, SPAN(api_port, api_host)), faces,
     "HTTP interface, dashboard and metrics on this address (off if left out); a port alone: on "
     "this machine only"},
    {"api-token", 0, "WORD", RUNS, ANYWHERE, LIVE, TEXT(api_token, MINER_API_TOKEN_MIN), faces,
     "word that HTTP requests must show to change anything (without it nothing can be changed)"},
    {"help", 'h', NULL, ALL, ON_LINE, START, OWN(FLAG, NULL, NONE), faces,
     "this text"},
    {"version", 'V', NULL, ALL, ON_LINE, START, OWN(FLAG, NULL, NONE), faces,
     "the version"},
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
    {MINER_COMMAND_BRIDGE, "bridge", "serve the work of a node or pool to other miners over stratum"},
    {MINER_COMMAND_REPLAY, "replay", "feed a recording of --record to the client, without a network"},
};
/* clang-format on */

/* Set a flag back to its default, over a weaker layer. */
static void clear_flag(struct miner_collector *collector, const struct miner_option *option)
{
    bool *field = (bool *)((char *)collector->config + option->offset);
    *field = option->apply == miner_set_false;
}

/* Note the origin of a setting of a server. */
static void trace_server(struct miner_trace *trace, const struct miner_collector *collector,
                         const struct miner_option *option, const struct miner_origin *origin)
{
    static miner_option_fn *const setters[] = {
        [MINER_SERVER_USER] = miner_set_user,
        [MINER_SERVER_PASS] = miner_set_pass,
        [MINER_SERVER_PROXY] = miner_set_proxy,
        [MINER_SERVER_URL] = miner_set_url,
        [MINER_SERVER_REST_PORT] = miner_set_rest_port,
        [MINER_SERVER_RPC_COOKIE] = miner_set_rpc_cookie,
    };
    size_t count = collector->config->server_count;
    for (size_t key = 0; key < MINER_SERVER_KEYS; key++) {
        bool own = count > collector->first_server;
        if (option->apply == setters[key] && own) {
            trace->servers[count - 1][key] = *origin;
        }
        if (option->apply == setters[key] && key < MINER_SERVER_LOGINS &&
            (!own || key == MINER_SERVER_PROXY)) {
            trace->logins[key] = *origin;
        }
    }
}

static void note(struct miner_collector *collector, const struct miner_option *option,
                 const char *label, const char *text)
{
    struct miner_trace *trace = collector->trace;
    size_t row = (size_t)(option - options);
    if (trace == NULL || row >= MINER_TRACE_ROWS) {
        return;
    }
    const char *key = strstr(label, ": \""); /* of a file's label */
    struct miner_origin origin = {.layer = collector->layer};
    (void)snprintf(origin.from, sizeof origin.from, "%.*s",
                   key != NULL ? (int)(key - label) : (int)sizeof origin.from - 1, label);
    (void)snprintf(trace->rows[row].text, sizeof trace->rows[row].text, "%s", text);
    trace->rows[row].origin = origin;
    trace_server(trace, collector, option, &origin);
}

enum base_status miner_option_apply(struct miner_collector *collector,
                                    const struct miner_option *option, const char *label,
                                    const char *text, struct base_error *error)
{
    enum base_status status = BASE_OK;
    if (option->json == MINER_JSON_FLAG && strcmp(text, "false") == 0) {
        clear_flag(collector, option);
    } else {
        status = option->apply(&(struct miner_entry){collector, option, label, text, error});
    }
    note(collector, option, label, text);
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
        bool fits = command == MINER_COMMAND_NONE || miner_option_of(&options[i], command);
        if (fits && strcmp(options[i].name, name) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

const struct miner_option *miner_option_next(const struct miner_option *option,
                                             enum miner_command command)
{
    const struct miner_option *end = options + BASE_COUNT_OF(options);
    option = option != NULL ? option + 1 : options;
    while (option < end && !miner_option_of(option, command)) {
        option++;
    }
    return option < end ? option : NULL;
}

size_t miner_option_names(const char **names, size_t cap, enum miner_place_bits place)
{
    size_t count = 0;
    for (size_t i = 0; i < BASE_COUNT_OF(options) && count < cap; i++) {
        if ((options[i].places & (unsigned)place) != 0) {
            names[count++] = options[i].name;
        }
    }
    return count;
}

bool miner_option_same(const struct miner_option *option, const struct miner_config *a,
                       const struct miner_config *b)
{
    return memcmp((const char *)a + option->offset, (const char *)b + option->offset,
                  option->size) == 0;
}

void miner_option_copy(const struct miner_option *option, struct miner_config *to,
                       const struct miner_config *from)
{
    memcpy((char *)to + option->offset, (const char *)from + option->offset, option->size);
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

enum miner_command miner_command_find(const char *name)
{
    for (size_t i = 0; i < BASE_COUNT_OF(commands); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return commands[i].command;
        }
    }
    return MINER_COMMAND_NONE;
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
