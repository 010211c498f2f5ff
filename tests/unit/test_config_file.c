/* test_config_file.c: configuration files: each wrong one gives file, line and what would be right;
 * right ones their values, overridden by the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "options_parse.h"

#define ADDRESS "12sxfxraVoU8FcSVd7P2SVr2cd2vi8d17KtrprrL7cBbV"
#define POOL "stratum+tcp://pool.example:20032"
#define OTHER "stratum+tcp://other.example:3333"
#define FINGERPRINT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NODE "daemon+tcp://127.0.0.1:10973"
#define GROUP_SERVERS "\"servers\": [{\"url\": \"" NODE "\"}]"

static char folder[64];
static char file[96];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/shardpick-config-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    (void)snprintf(file, sizeof file, "%s/rig.json", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(file);
    return rmdir(folder);
}

static void write_file(const char *text, size_t size)
{
    FILE *out = fopen(file, "we");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
}

/* `shardpick COMMAND -c FILE WORD...` with up to two more words. */
static enum base_status parse(struct miner_config *config, const char *command, const char *text,
                              const char *word, const char *value, struct base_error *error)
{
    char *argv[6] = {(char[]){"shardpick"}, NULL, (char[]){"-c"}, file, NULL, NULL};
    char words[3][200];
    int argc = 4;
    enum miner_request request = MINER_REQUEST_RUN;
    const char *topic = NULL;
    (void)snprintf(words[0], sizeof words[0], "%s", command);
    argv[1] = words[0];
    if (word != NULL) {
        (void)snprintf(words[1], sizeof words[1], "%s", word);
        argv[argc++] = words[1];
    }
    if (value != NULL) {
        (void)snprintf(words[2], sizeof words[2], "%s", value);
        argv[argc++] = words[2];
    }
    if (text != NULL) {
        write_file(text, strlen(text));
    }
    memset(error, 0, sizeof *error);
    return options_parse(config, &request, &topic, argc, argv, "", error);
}

static void parse_ok(struct miner_config *config, const char *text, const char *word,
                     const char *value)
{
    struct base_error error;
    if (parse(config, "mine", text, word, value, &error) != BASE_OK) {
        fail_msg("%s: %s", text, error.text);
    }
}

/* Text of the file; up to three pieces of the sentence. "rig.json:N" is the line. */
static const struct {
    const char *text;
    const char *pieces[3];
} wrong_files[] = {
    {"", {"rig.json:1", "JSON"}},
    {"{", {"rig.json:1", "JSON"}},
    {"{\n\"threads\": 4,\n}", {"rig.json:3"}},
    {"{\"threads\" 4}", {"rig.json:1"}},
    {"{\n// how \"many\n\"threads\": x}", {"rig.json:3", "JSON"}},
    {"{\n/* two\nlines */ \"thread\": 4}", {"rig.json:3: \"thread\"", "did you mean"}},
    {"{\n\"threads\": 4 /* for ever\n}", {"rig.json:2", "never ends"}},
    {"{/\"threads\": 4}", {"rig.json:1"}},
    {"{} {}", {"rig.json:1"}},
    {"[]", {"rig.json:1", "one object"}},
    {"4", {"rig.json", "JSON"}},
    {"{\"threads\": 1, \"threads\": 2}", {"rig.json", "duplicate"}},
    {"{\n\"thread\": 4\n}", {"rig.json:2: \"thread\"", "did you mean \"threads\"?"}},
    {"{\n\n\"xyzzy\": 4\n}", {"rig.json:3: \"xyzzy\" is no option", "without the dashes"}},
    {"{\"--threads\": 4}", {"rig.json:1: \"--threads\"", "without the dashes"}},
    {"{\"config\": \"other.json\"}", {"rig.json:1: \"config\"", "command line only"}},
    {"{\"help\": true}", {"\"help\"", "command line only"}},
    {"{\"json\": true,\n\"threads\": -1}", {"rig.json:2: \"threads\": -1 is out of range", "1024"}},
    {"{\"threads\": true}", {"\"threads\" must be a number or a text"}},
    {"{\"threads\": 1.5}", {"rig.json:1: \"threads\"", "\"1.5\""}},
    {"{\"threads\": null}", {"\"threads\" must be"}},
    {"{\"threads\": [4]}", {"\"threads\" must be"}},
    {"{\"json\": 1}", {"rig.json:1: \"json\" must be true or false"}},
    {"{\"json\": \"yes\"}", {"\"json\" must be true or false"}},
    {"{\"until-blocks\": \"many\"}", {"\"until-blocks\" must be a number"}},
    {"{\"until-blocks\": 0}", {"\"until-blocks\": 0 is out of range"}},
    {"{\"cpu-kernel\": 7}", {"\"cpu-kernel\" must be a text in quotes"}},
    {"{\"coin\": \"alephum\"}", {"rig.json:1: \"coin\"", "did you mean alephium"}},
    {"{\"coin\": \"cardano\"}", {"rig.json:1", "proof of stake"}},
    {"{\"duration\": \"10 minutes\"}", {"rig.json:1: \"duration\"", "10 minutes"}},
    {"{\"duration\": 1e30}", {"\"duration\"", "out of range"}},
    {"{\"opencl\": \"gpu\"}", {"rig.json:1: \"opencl\": \"gpu\"", "all, none"}},
    {"{\"cpu-affinity\": \"a-b\"}", {"rig.json:1: \"cpu-affinity\"", "0,2-5"}},
    {"{\"quiet\": true,\n\"verbose\": true}",
     {"rig.json:2: quiet and verbose contradict", "leave one out"}},
    {"{\n\"tls-insecure\": true, \"tls-fingerprint\": \"" FINGERPRINT "\"}",
     {"rig.json:2: tls-insecure and tls-fingerprint contradict", "leave one out"}},
    {"{\n\"user\": \"" ADDRESS "\"}", {"rig.json:2: ", "need a server", "write -o URL"}},
    {"{\"coin\": \"digibyte\",\n\"algo\": \"alephium\"}",
     {"rig.json:2: --algo alephium", "its algorithms: "}},
    {"{\n\"cpu-kernel\": \"avx1024\"}", {"rig.json:2: --cpu-kernel avx1024", "there are: "}},
    {"{\n\"proxy\": \"http://proxy:8080\"}", {"rig.json:2: \"proxy\"", "write socks5://host:port"}},
    {"{\n\"tls-fingerprint\": \"12:34\"}", {"rig.json:2: \"tls-fingerprint\"", "64 hex digits"}},
    {"{\n\"tls-ca\": \"/nowhere/ca.pem\"}",
     {"rig.json:2: \"tls-ca\": /nowhere/ca.pem", "name a file that exists"}},
    {"{\n\"temp-limit\": 500}", {"rig.json:2: \"temp-limit\": 500 is out of range", "120"}},
    {"{\n\"api\": \"everywhere:80\"}", {"rig.json:2: \"api\"", "address"}},
    {"{\n\"api-token\": \"short\"}", {"rig.json:2: \"api-token\" is shorter than"}},
    {"{\n\"screen\": \"big\"}", {"rig.json:2: \"screen\"", "write live or log"}},
    {"{\n\"coin\": \"al\xffphium\"}", {"rig.json:2:", "UTF-8"}},
    {"{\n\"log-file\": \"\\ud800\"}", {"rig.json:2:"}},
    {"{\n\"log-file\": \"unfinished\n}", {"rig.json:2"}},
    {"{\n\"nonce-seed\": 99999999999999999999}", {"rig.json:2", "too big integer"}},
    {"{\"servers\": {}}", {"rig.json:1: \"servers\" must be a list"}},
    {"{\"servers\": [\"" POOL "\"]}", {"\"servers\": entry 1 must be an object"}},
    {"{\"servers\": [{\"user\": \"x\"}]}", {"entry 1", "\"url\""}},
    {"{\"servers\": [{\"url\": \"" NODE "\"},\n{\"url\": \"nonsense\"}]}",
     {"rig.json:2: \"url\"", "nonsense", "stratum+tcp://"}},
    {"{\"servers\": [{\"url\": \"" NODE "\"},\n{\"url\": \"" NODE "\",\n\"usr\": \"x\"}]}",
     {"rig.json:3: \"usr\"", "did you mean \"user\""}},
    {"{\"servers\": [\n{\"url\": \"" POOL "\"}]}",
     {"rig.json:2: " POOL, "needs a login", "\"user\""}},
    {"{\"servers\": [{\"url\": \"" POOL "\",\n\"user\": 5}]}",
     {"rig.json:2: \"user\" must be a text"}},
    {"{\"servers\": [{\"url\": \"" POOL "\", \"user\": \".nobody\"}]}",
     {"rig.json:1: --user for stratum+tcp://pool.example:20032", "no user given"}},
    {"{\"url\": \"" NODE "\", \"servers\": []}", {"\"servers\" and \"url\""}},
    {"{\n\"devices\": {}}", {"rig.json:2: \"devices\" must be a list"}},
    {"{\n\"devices\": [{\"temp-limit\": 70}]}", {"rig.json:2", "entry 1", "a \"device\""}},
    {"{\"devices\": [{\n\"device\": \"gpu\"}]}",
     {"rig.json:2: \"device\" must name one OpenCL device", "such as \"0:0\""}},
    {"{\"devices\": [{\n\"device\": \"all\"}]}", {"rig.json:2: \"device\" must name one"}},
    {"{\"devices\": [{\"device\": \"0:0\"},\n{\"device\": \"0:0\"}]}",
     {"rig.json:2: \"device\": 0:0 is named twice"}},
    {"{\"servers\": [{\"url\": \"" NODE "\"}],\n\"devices\": [{\"device\": \"0:0\"},\n{\"device\": "
     "\"0:1\",\n\"temp-limit\": 500}]}",
     {"rig.json:4: \"temp-limit\": 500 is out of range", "120"}},
    {"{\"devices\": [{\"device\": \"0:0\",\n\"vector\": 3}]}",
     {"rig.json:2: \"vector\": 3 is no width", "1, 2, 4, 8 or 16"}},
    {"{\"devices\": [{\"device\": \"0:0\",\n\"local_size\": 64}]}",
     {"rig.json:2: \"local_size\"", "did you mean \"local-size\"?"}},
    {"{\"devices\": [{\"device\": \"0:0\",\n\"no-tune\": 1}]}",
     {"rig.json:2: \"no-tune\" must be true or false"}},
    {"{\"devices\": [{\"device\": \"0:0\",\n\"launch-ms\": \"fast\"}]}",
     {"rig.json:2: \"launch-ms\" must be a whole number of 1 to 1000"}},
    {"{\n\"groups\": []}", {"rig.json:2: \"groups\" must be a list"}},
    {"{\n\"groups\": [4]}", {"rig.json:2: \"groups\": entry 1 must be an object"}},
    {"{\"groups\": [{\"threads\": 1}, {\n\"thread\": 1}]}",
     {"rig.json:1: \"groups\": entry 1: it has no server", "write \"servers\""}},
    {"{\"groups\": [{" GROUP_SERVERS "}]}", {"entry 1: it has nothing to hash on", "\"threads\""}},
    {"{\"groups\": [{" GROUP_SERVERS ", \"threads\": 1},\n{\n\"thread\": 1}]}",
     {"rig.json:3: \"thread\"", "did you mean \"threads\"?"}},
    {"{\"groups\": [{" GROUP_SERVERS ", \"threads\": 1}, {\"servers\": [{\"url\": \"" NODE
     "\"},\n{\"url\": \"x\"}]}]}",
     {"rig.json:2: \"url\"", "stratum+tcp://"}},
    {"{\"groups\": [{" GROUP_SERVERS ", \"threads\": 1, \"algo\": \"md5\"}]}",
     {"rig.json:1: \"groups\": entry 1: --algo md5", "its algorithms: alephium"}},
    {"{\"groups\": [{" GROUP_SERVERS ", \"threads\": 1}, {" GROUP_SERVERS
     ", \"threads\": 1, \"name\": \"b\"}]}",
     {"entries 1 and 2 would share processors", "\"cpu-affinity\""}},
    {"{\"groups\": [{" GROUP_SERVERS ", \"threads\": 1, \"cpu-affinity\": \"0-3\"}, {" GROUP_SERVERS
     ", \"threads\": 1, \"name\": \"b\", \"cpu-affinity\": \"3\"}]}",
     {"entries 1 and 2 would share processors"}},
    {"{\"groups\": [{" GROUP_SERVERS ", \"opencl\": \"all\"}, {" GROUP_SERVERS
     ", \"opencl\": \"0:0\", \"name\": \"b\"}]}",
     {"entries 1 and 2 would share OpenCL devices", "\"opencl\""}},
    {"{\"groups\": [{" GROUP_SERVERS ", \"opencl\": \"0:1,0:0\"}, {" GROUP_SERVERS
     ", \"opencl\": \"0:0\", \"name\": \"b\"}]}",
     {"entries 1 and 2 name the same OpenCL device"}},
    {"{\"groups\": [{" GROUP_SERVERS ", \"threads\": 1}, {" GROUP_SERVERS
     ", \"opencl\": \"0:0\"}]}",
     {"entries 1 and 2 have the same name", "\"name\""}},
    {"{\"groups\": [{\n\"name\": \"a b\"}]}", {"rig.json:2: \"name\" must be", "letters, digits"}},
    {"{\"url\": \"x\\u0000y\"}", {"rig.json:1"}},
    {"{\"log-file\": \"a\\nb\"}", {"\"log-file\"", "control character"}},
    {"{\"algo\": \"0123456789012345678901234567890123456789\"}", {"\"algo\"", "longer than 31"}},
};

static void test_comments(void **state)
{
    struct miner_config config = {0};
    (void)state;
    parse_ok(&config,
             "# a rig\n{ // all of \"it\"\n/* \"threads\": 9, */ \"threads\": 4, # cores\n"
             "\"log-file\": \"/var/#1//a /* b */\\\"//\",\n\"verbose\"/**/:/***/true}\n//",
             NULL, NULL);
    assert_int_equal(config.threads, 4);
    assert_string_equal(config.log_file, "/var/#1//a /* b */\"//");
    assert_true(config.verbose);
}

static void test_wrong_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(wrong_files); i++) {
        struct miner_config config = {0};
        struct base_error error;
        enum base_status status = parse(&config, "mine", wrong_files[i].text, NULL, NULL, &error);
        if (status == BASE_OK || status == BASE_E_MEMORY) {
            fail_msg("taken: %s", wrong_files[i].text);
        }
        for (size_t j = 0; j < 3 && wrong_files[i].pieces[j] != NULL; j++) {
            if (strstr(error.text, wrong_files[i].pieces[j]) == NULL) {
                fail_msg("%s: \"%s\" lacks \"%s\"", wrong_files[i].text, error.text,
                         wrong_files[i].pieces[j]);
            }
        }
    }
}

static void test_values(void **state)
{
    struct miner_config config = {0};
    (void)state;
    parse_ok(&config,
             "{\"coin\": \"alephium\", \"threads\": \"all\", \"cpu-affinity\": \"1\", \"opencl\": "
             "\"none\", \"duration\": 2.5, \"until-shares\": 12, \"json\": true, \"quiet\": false, "
             "\"no-color\": true, \"nonce-seed\": \"0xffffffffffffffff\", \"block-time\": \"1m\",\n"
             "\"node-port\": 12345, \"rest-port\": 9, \"url\": \"" NODE "\"}",
             NULL, NULL);
    assert_int_equal(config.threads_rule, MINER_THREADS_ALL);
    assert_int_equal(config.affinity.bits[0], 2);
    assert_int_equal(config.opencl.mode, MINER_CL_NONE);
    assert_int_equal(config.duration_ms, 2500);
    assert_int_equal(config.until_shares, 12);
    assert_true(config.json && !config.quiet && !config.color);
    assert_true(config.nonce_seed_given && config.nonce_seed == UINT64_MAX);
    assert_int_equal(config.devnet.block_time_ms, 60000);
    assert_int_equal(config.devnet.node_port, 12345); /* one file serves every command */
    assert_int_equal(config.server_count, 1);
    assert_int_equal(config.servers[0].rest_port, 9);
}

/* Settings of single devices; others are as for all. */
static void test_devices(void **state)
{
    struct miner_config config = {0};
    struct kern_cl_info info;
    (void)state;
    parse_ok(&config,
             "{\"temp-limit\": 85, \"devices\": [{\"device\": \"0:1\", \"temp-limit\": 70, "
             "\"local-size\": 64, \"vector\": 4}, {\"device\": \"65:00.0\", \"no-tune\": true, "
             "\"launch-ms\": 5}]}",
             NULL, NULL);
    assert_int_equal(config.device_count, 2);
    memset(&info, 0, sizeof info);
    assert_null(miner_config_device(&config, &info));
    info.device = 1;
    const struct miner_device_settings *first = miner_config_device(&config, &info);
    assert_ptr_equal(first, &config.devices[0]);
    assert_int_equal(first->temp_limit_c, 70);
    assert_int_equal(first->params.local_size, 64);
    assert_int_equal(first->params.vector, 4);
    assert_int_equal(first->params.per_item, 0);
    info.device = 7;
    (void)snprintf(info.pci, sizeof info.pci, "0000:65:00.0");
    const struct miner_device_settings *second = miner_config_device(&config, &info);
    assert_ptr_equal(second, &config.devices[1]);
    assert_true(second->no_tune);
    assert_int_equal(second->launch_ms, 5);
}

/* A group is what the rest of the file says, and its own keys over it. What is of groups cannot be
 * said on the command line, too. */
static void test_groups(void **state)
{
    struct miner_config config = {0};
    struct base_error error;
    static const char text[] =
        "{\"user\": \"DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE.rig\", \"temp-limit\": 70, \"groups\": ["
        "{\"coin\": \"digibyte\", \"algo\": \"skein\", \"threads\": 2, \"servers\": [{\"url\": "
        "\"" POOL "\"}]}, {\"opencl\": \"0:0\", " GROUP_SERVERS "}]}";
    (void)state;
    parse_ok(&config, text, NULL, NULL);
    assert_string_equal(config.group, "skein"); /* the first one's */
    assert_ptr_equal(config.coin, pool_coin_find("digibyte"));
    assert_int_equal(config.threads, 2);
    assert_int_equal(config.opencl.mode, MINER_CL_NONE); /* only what it names */
    assert_int_equal(config.temp_limit_c, 70);
    assert_int_equal(config.server_count, 1);
    assert_string_equal(config.servers[0].user, "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE.rig");
    assert_int_equal(parse(&config, "mine", text, "-t", "3", &error), BASE_E_STATE);
    assert_non_null(strstr(error.text, "-t and the groups of "));
    assert_non_null(strstr(error.text, "leave one out"));
    parse_ok(&config, text, "--summary-interval", "3");
}

static const char two_servers[] =
    "{\"user\": \"" ADDRESS ".all\",\n \"servers\": [{\"user\": \"" ADDRESS
    ".one\", \"pass\": \"p\", \"url\": \"" POOL "\"}, {\"url\": \"" OTHER "\"}, {\"url\": \"" NODE
    "\", \"rest-port\": 80}]}";

static void test_servers(void **state)
{
    struct miner_config config = {0};
    struct base_error error;
    (void)state;
    parse_ok(&config, two_servers, NULL, NULL);
    assert_int_equal(config.server_count, 3);
    assert_string_equal(config.servers[0].user, ADDRESS ".one");
    assert_string_equal(config.servers[0].pass, "p");
    assert_string_equal(config.servers[1].user, ADDRESS ".all");
    assert_int_equal(config.servers[2].rest_port, 80);
    assert_string_equal(config.servers[0].proxy, "");
    /* A proxy of an entry is for that alone; one of the file for those without. */
    parse_ok(&config,
             "{\"servers\": [{\"url\": \"" NODE "\", \"proxy\": \"socks5://a:1\"},"
             "{\"url\": \"" NODE "\"}]}",
             NULL, NULL);
    assert_string_equal(config.servers[0].proxy, "socks5://a:1");
    assert_string_equal(config.servers[1].proxy, "");
    parse_ok(&config,
             "{\"proxy\": \"socks5://b:2\", \"servers\": [{\"url\": \"" NODE
             "\", \"proxy\": \"none\"}, {\"url\": \"" NODE "\"}]}",
             NULL, NULL);
    assert_string_equal(config.servers[0].proxy, "");
    assert_string_equal(config.servers[1].proxy, "socks5://b:2");
    /* Another command reads the same file. */
    assert_int_equal(parse(&config, "devices", NULL, NULL, NULL, &error), BASE_OK);
}

/* The command line beats the file; its servers replace the file's. */
static void test_precedence(void **state)
{
    struct miner_config config = {0};
    struct base_error error;
    (void)state;
    parse_ok(&config, "{\"threads\": 7, \"quiet\": true}", "-t", "2");
    assert_int_equal(config.threads, 2);
    assert_true(config.quiet);
    parse_ok(&config, "{\"threads\": 7, \"quiet\": true}", "-v", NULL);
    assert_int_equal(config.threads, 7);
    assert_true(config.verbose && !config.quiet);
    parse_ok(&config, two_servers, "-o", NODE);
    assert_int_equal(config.server_count, 1);
    assert_int_equal(config.servers[0].scheme, POOL_DAEMON_TCP);
    /* What is replaced is checked all the same. */
    assert_int_not_equal(
        parse(&config, "mine", "{\"servers\": [{\"url\": \"junk\"}]}", "-o", NODE, &error),
        BASE_OK);
}

static void test_sizes(void **state)
{
    struct miner_config config = {0};
    struct base_error error;
    size_t size = (1 << 20) + 1;
    char *large = base_alloc(size, 1);
    (void)state;
    assert_non_null(large);
    memset(large, ' ', size);
    large[0] = '{';
    large[size - 1] = '}';
    write_file(large, size);
    assert_int_equal(parse(&config, "mine", NULL, NULL, NULL, &error), BASE_E_LIMIT);
    assert_non_null(strstr(error.text, "larger than"));
    large[10] = '\0';
    write_file(large, 1000);
    assert_int_equal(parse(&config, "mine", NULL, NULL, NULL, &error), BASE_E_FORMAT);
    assert_non_null(strstr(error.text, "zero bytes"));
    memset(large, '[', 200000); /* nesting must end in a sentence, not in the stack */
    write_file(large, 200000);
    assert_int_equal(parse(&config, "mine", NULL, NULL, NULL, &error), BASE_E_FORMAT);
    base_free(large);
}

/* What is no file that can be read. */
static void test_no_file(void **state)
{
    struct miner_config config = {0};
    struct base_error error;
    (void)state;
    (void)unlink(file);
    assert_int_equal(parse(&config, "mine", NULL, NULL, NULL, &error), BASE_E_NOT_FOUND);
    assert_non_null(strstr(error.text, "rig.json: cannot be read: No such file"));
    assert_non_null(strstr(error.text, "name a JSON file that exists"));
    assert_int_equal(mkdir(file, 0700), 0);
    assert_int_not_equal(parse(&config, "mine", NULL, NULL, NULL, &error), BASE_OK);
    assert_non_null(strstr(error.text, "rig.json: cannot be read: Is a directory"));
    assert_int_equal(rmdir(file), 0);
}

/* A UTF-8 mark before the text, as some editors put it. */
static void test_mark(void **state)
{
    static const char text[] = "\xef\xbb\xbf{\"threads\": 3,\r\n \"nice\": 2}\r\n";
    static const char wrong[] = "\xef\xbb\xbf{\r\n \"thread\": 3}";
    struct miner_config config = {0};
    struct base_error error;
    (void)state;
    parse_ok(&config, text, NULL, NULL);
    assert_true(config.threads == 3 && config.niceness == 2);
    assert_int_not_equal(parse(&config, "mine", wrong, NULL, NULL, &error), BASE_OK);
    assert_non_null(strstr(error.text, "rig.json:2: \"thread\""));
}

/* What comes through a pipe is read once, groups and all, and cannot be read again. */
static void test_pipe(void **state)
{
    static const char text[] =
        "{\"groups\": [{\"threads\": 2, \"servers\": [{\"url\": \"" NODE "\"}]}]}";
    struct miner_settings *settings = calloc(1, sizeof *settings);
    enum miner_request request = MINER_REQUEST_HELP;
    struct base_error error = {BASE_OK, ""};
    const char *topic = NULL;
    char path[32];
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
    assert_int_equal(close(ends[1]), 0);
    (void)snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    char *argv[] = {(char[]){"shardpick"}, (char[]){"mine"}, (char[]){"-c"}, path};
    if (miner_options_load(settings, &request, &topic, 4, argv, "", &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(settings->groups.count, 1);
    assert_int_equal(settings->config.threads, 2);
    assert_true(settings->trace.once);
    (void)close(ends[0]);
    /* "-" is standard input */
    int stdin_fd = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    argv[3] = (char[]){"-"};
    assert_int_equal(miner_options_load(settings, &request, &topic, 4, argv, "", &error), BASE_OK);
    assert_int_equal(settings->config.threads, 2);
    (void)close(ends[0]);
    (void)dup2(stdin_fd, STDIN_FILENO);
    (void)close(stdin_fd);
    write_file("{}", 2);
    argv[3] = file;
    assert_int_equal(miner_options_load(settings, &request, &topic, 4, argv, "", &error), BASE_OK);
    assert_false(settings->trace.once);
    free(settings);
}

/* No descriptor left: not a wrong configuration, but a state that passes. */
static void test_no_descriptor(void **state)
{
    struct miner_config config = {0};
    struct base_error error;
    struct rlimit before;
    struct rlimit none;
    (void)state;
    write_file("{}", 2);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    enum base_status status = parse(&config, "mine", NULL, NULL, NULL, &error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(status, BASE_E_IO);
    assert_non_null(strstr(error.text, "Too many open files"));
}

/* Every allocation of our own failing in turn: a status, no crash, no leak. */
static void test_no_memory(void **state)
{
    struct miner_config config = {0};
    struct base_error error;
    enum base_status status = BASE_E_MEMORY;
    uint64_t after = 0;
    (void)state;
    write_file(two_servers, sizeof two_servers - 1);
    for (; status != BASE_OK && after < 20; after++) {
        base_alloc_fail_after(after);
        status = parse(&config, "mine", NULL, NULL, NULL, &error);
        base_alloc_fail_after(UINT64_MAX);
        assert_true(status == BASE_OK || status == BASE_E_MEMORY);
    }
    assert_int_equal(status, BASE_OK);
    assert_true(after > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comments),      cmocka_unit_test(test_wrong_files),
        cmocka_unit_test(test_values),        cmocka_unit_test(test_servers),
        cmocka_unit_test(test_precedence),    cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_no_memory),     cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_mark),          cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_no_descriptor), cmocka_unit_test(test_devices),
        cmocka_unit_test(test_groups),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
