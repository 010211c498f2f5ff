/* mine_run.c: see mine_run.h. */
#include "mine_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "kern.h"
#include "log/log.h"

void mine_run_init(struct mine_run *run)
{
    struct base_error error;
    struct miner_log_config log_config = {.stream = stderr, .level = MINER_LOG_DEBUG};
    memset(run, 0, sizeof *run);
    miner_config_defaults(&run->config, "");
    run->config.command = MINER_COMMAND_MINE;
    run->config.coin = pool_coin_find("alephium");
    run->config.json = true;
    run->config.opencl.mode = MINER_CL_NONE;
    run->stop_fd = eventfd(0, EFD_CLOEXEC);
    run->out = tmpfile();
    assert_non_null(run->out);
    assert_int_equal(miner_log_new(&run->log, &log_config, &error), BASE_OK);
    assert_int_equal(miner_topology_new(&run->topology, &run->config.affinity, NULL, &error),
                     BASE_OK);
    run->host = (struct miner_host){
        .config = &run->config,
        .topology = run->topology,
        .log = run->log,
        .out = run->out,
        .features = base_cpu_detect(),
        .stop_fd = run->stop_fd,
    };
}

void mine_run_server(struct mine_run *run, const char *url, const char *user)
{
    struct base_error error;
    struct pool_server *server = &run->config.servers[run->config.server_count++];
    assert_int_equal(pool_server_parse(server, url, &error), BASE_OK);
    (void)snprintf(server->user, sizeof server->user, "%s", user);
}

void mine_run_log_to(struct mine_run *run, const char *path)
{
    struct base_error error;
    struct miner_log_config log_config = {.file = path, .level = MINER_LOG_DEBUG};
    miner_log_free(run->log);
    assert_int_equal(miner_log_new(&run->log, &log_config, &error), BASE_OK);
    run->host.log = run->log;
}

void mine_run_log_end(struct mine_run *run)
{
    miner_log_free(run->log);
    run->log = NULL;
}

void mine_run_stop(struct mine_run *run)
{
    uint64_t one = 1;
    (void)!write(run->stop_fd, &one, sizeof one);
}

void mine_run_go(struct mine_run *run)
{
    int code = run->config.command == MINER_COMMAND_BRIDGE ? miner_bridge_command(&run->host, NULL)
                                                           : miner_mine_command(&run->host, NULL);
    run->exit_code = code & ~MINER_EXIT_AT_ONCE;
    rewind(run->out);
    run->summary = json_loadf(run->out, JSON_DISABLE_EOF_CHECK, NULL);
}

double mine_run_number(const struct mine_run *run, const char *path)
{
    const json_t *at = run->summary;
    char copy[128];
    char *rest = copy;
    (void)snprintf(copy, sizeof copy, "%s", path);
    for (char *name = strsep(&rest, "."); name != NULL; name = strsep(&rest, ".")) {
        at = json_is_array(at) ? json_array_get(at, (size_t)strtoul(name, NULL, 10))
                               : json_object_get(at, name);
    }
    if (!json_is_number(at)) {
        fail_msg("the summary has no number %s", path);
    }
    return json_number_value(at);
}

void mine_run_check_blocks(const struct mine_run *run, size_t id_size)
{
    const json_t *list = json_object_get(run->summary, "recent_blocks");
    size_t index = 0;
    size_t in_chain = 0;
    const json_t *block = NULL;
    json_array_foreach(list, index, block)
    {
        bool there = strcmp(json_string_value(json_object_get(block, "fate")), "in_chain") == 0;
        size_t size = json_string_length(json_object_get(block, "id"));
        in_chain += there;
        assert_true(size == id_size || (size == 0 && !there));
        assert_int_equal(there, json_integer_value(json_object_get(block, "confirmations")) > 0);
    }
    assert_true(in_chain > 0);
}

void mine_run_deinit(struct mine_run *run)
{
    json_decref(run->summary);
    miner_topology_free(run->topology);
    miner_log_free(run->log);
    (void)fclose(run->out);
    (void)close(run->stop_fd);
}

void mine_run_hash(uint8_t hash[32], const uint8_t *message)
{
    const struct kern_algo *algo = kern_algo_find("alephium");
    struct kern_work work = {.header_size = algo->header_size};
    memcpy(work.header, message, algo->header_size);
    assert_int_equal(algo->hash(hash, &work, NULL, 0), BASE_OK);
}
