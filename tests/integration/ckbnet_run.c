/* ckbnet_run.c: see ckbnet_run.h. */
#include "ckbnet_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net_hash.h"

const char ckbnet_run_test_address[] = "ckt1qyqd5eyygtdmwdr7ge736zw6z0ju6wsw7rssu8fcve";
const char ckbnet_run_main_address[] = "ckb1qyq2znu0gempdahctxsm49sa9jdzq9vnka7qt9ntff";

struct opencl_device ckbnet_run_device;

struct pool_net_config ckbnet_run_easy(void)
{
    struct pool_net_config config;
    pool_net_defaults(&config, &pool_ckbnet);
    config.seed = 5;
    config.hash = net_hash;
    config.algo = kern_algo_find("eaglesong");
    config.start_hashes = 0x1p15;
    config.block_time_ms = 50;
    return config;
}

struct pool_net *ckbnet_run_start(const struct pool_net_config *config)
{
    struct pool_net *net = NULL;
    struct base_error error = {BASE_OK, ""};
    if (pool_net_start(&net, config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    return net;
}

void ckbnet_run_ready(struct mine_run *run, const struct pool_net *net, enum ckbnet_run_port port,
                      const char *user)
{
    static const char *const schemes[] = {"daemon+http", "daemon+tcp", "stratum+tcp"};
    const uint16_t ports[] = {pool_net_port(net, POOL_NET_NODE),
                              pool_net_port(net, POOL_NET_EVENTS),
                              pool_net_port(net, POOL_NET_POOL)};
    char url[64];
    mine_run_init(run);
    run->config.coin = pool_coin_find("nervos");
    run->config.duration_ms = 120000;
    (void)snprintf(run->config.algo, sizeof run->config.algo, "eaglesong");
    (void)snprintf(url, sizeof url, "%s://127.0.0.1:%u", schemes[port], ports[port]);
    mine_run_server(run, url, user);
    if (ckbnet_run_device.list != NULL) {
        mine_device_only(run, &ckbnet_run_device);
    }
}

struct pool_net_stats ckbnet_run_finish(struct mine_run *run, struct pool_net *net)
{
    struct pool_net_stats stats;
    mine_run_go(run);
    pool_net_stats(net, &stats);
    pool_net_stop(net);
    assert_int_equal(run->exit_code, MINER_EXIT_DONE);
    if (stats.above_target + stats.invalid + stats.malformed + stats.shares_refused > 0) {
        fail_msg("%s", stats.why);
    }
    assert_true(mine_run_number(run, "invalid_on_device") == 0);
    assert_true(mine_run_number(run, "rejected") == 0);
    return stats;
}
