/* config.c: defaults of every option, and the checks that need more than one of them. */
#include "config/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/options.h"
#include "config/values.h"
#include "kern.h"

void miner_config_defaults(struct miner_config *config, const char *cache_dir)
{
    memset(config, 0, sizeof *config);
    config->coin = pool_coin_at(0);
    config->connect_timeout_ms = 30000;
    config->tune_budget_ms = 60000;
    config->auto_tune = true;
    config->watchdog_ms = 30000;
    config->color = true;
    config->summary_interval_ms = 10000;
    (void)snprintf(config->cache_dir, sizeof config->cache_dir, "%s", cache_dir);
    pool_devnet_defaults(&config->devnet);
    config->devnet.node_port = 10973;
    config->devnet.rest_port = 12973;
    config->devnet.pool_port = 20032;
    config->bench.result_ms = 5000;
    config->bridge.share_ms = 5000;
    config->bridge.clients = 20000;
}

void miner_config_warn(struct miner_config *config, const char *format, ...)
{
    char text[sizeof config->warning];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    base_text_add(config->warning, sizeof config->warning, "; ", text);
}

/* ---- algorithm ------------------------------------------------------------------------------ */

static enum base_status unknown_algo(const char *name, struct base_error *error)
{
    char names[200] = "";
    for (size_t i = 0; i < kern_algo_count(); i++) {
        base_text_add(names, sizeof names, ", ", kern_algo_at(i)->name);
    }
    return base_error_set(error, BASE_E_NOT_FOUND,
                          "--algo %.32s: no such algorithm in this version; it has: %s", name,
                          names);
}

/* mine: the algorithm must be one of the coin's, and be built in. */
static enum base_status check_coin_algo(struct miner_config *config, struct base_error *error)
{
    const struct pool_coin *coin = config->coin;
    char names[200] = "";
    bool fits = false;
    if (config->algo[0] == '\0' && coin->algos[0] != NULL) {
        (void)snprintf(config->algo, sizeof config->algo, "%s", coin->algos[0]);
    }
    size_t count = 0;
    for (; coin->algos[count] != NULL; count++) {
        base_text_add(names, sizeof names, ", ", coin->algos[count]);
        fits = fits || strcmp(coin->algos[count], config->algo) == 0;
    }
    if (!fits) {
        const char *near = miner_value_nearest(config->algo, coin->algos, count);
        return base_error_set(error, BASE_E_NOT_FOUND,
                              "--algo %.32s: %s is not mined with it%s%s%s; its algorithms: %s",
                              config->algo, coin->name, near != NULL ? " (did you mean " : "",
                              near != NULL ? near : "", near != NULL ? "?)" : "", names);
    }
    if (kern_algo_find(config->algo) == NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "--coin %s: its algorithm %s is not built into this version; "
                              "`shardpick devices` lists those that are",
                              coin->name, config->algo);
    }
    return BASE_OK;
}

/* A kernel name must exist somewhere; whether this processor runs it is seen at start. */
static enum base_status check_kernel(const struct miner_config *config, struct base_error *error)
{
    char names[200] = "";
    if (config->cpu_kernel[0] == '\0') {
        return BASE_OK;
    }
    for (size_t i = 0; i < kern_algo_count(); i++) {
        const struct kern_algo *algo = kern_algo_at(i);
        if (config->algo[0] != '\0' && strcmp(algo->name, config->algo) != 0) {
            continue;
        }
        if (kern_variant_find(algo, config->cpu_kernel) != NULL) {
            return BASE_OK;
        }
        for (size_t v = 0; v < algo->variant_count; v++) {
            if (strstr(names, algo->variants[v]->name) == NULL) {
                base_text_add(names, sizeof names, ", ", algo->variants[v]->name);
            }
        }
    }
    return base_error_set(error, BASE_E_NOT_FOUND, "--cpu-kernel %s: no such kernel; there are: %s",
                          config->cpu_kernel, names);
}

/* Put the origin of a setting in front of the sentence about it: "rig.json:7". */
static enum base_status at_origin(struct base_error *error, const struct miner_origin *origin)
{
    if (error == NULL || origin->layer == MINER_LAYER_DEFAULT ||
        origin->layer == MINER_LAYER_LINE) {
        return error != NULL ? error->status : BASE_E_FORMAT;
    }
    return base_error_prefix(error, origin->from);
}

/* The same for an option by its name. */
static enum base_status at_option(struct base_error *error, const struct miner_collector *collector,
                                  const char *name)
{
    for (size_t i = 0; collector->trace != NULL && i < miner_option_count(); i++) {
        if (i < MINER_TRACE_ROWS && strcmp(miner_option_at(i)->name, name) == 0 &&
            collector->trace->rows[i].origin.layer != MINER_LAYER_DEFAULT) {
            return at_origin(error, &collector->trace->rows[i].origin);
        }
    }
    return error != NULL ? error->status : BASE_E_FORMAT;
}

/* ---- servers -------------------------------------------------------------------------------- */

/* Give a server without a login or a proxy of its own the one that is for all servers. */
static void fill_login(struct miner_collector *collector, size_t index)
{
    struct pool_server *server = &collector->config->servers[index];
    for (enum miner_server_key key = 0; key < MINER_SERVER_LOGINS; key++) {
        if (collector->logins[key].from != MINER_LAYER_DEFAULT &&
            miner_server_login(server, key)[0] == '\0') {
            miner_collector_give_login(collector, index, key);
        }
    }
}

static enum base_status check_server(struct miner_collector *collector, size_t index,
                                     struct base_error *error)
{
    struct miner_config *config = collector->config;
    struct pool_server *server = &config->servers[index];
    const struct miner_trace *trace = collector->trace;
    char name[POOL_HOST_MAX + 32];
    enum pool_user_kind user = pool_server_user(config->coin, server);
    bool doctor = config->command == MINER_COMMAND_DOCTOR; /* which checks all this itself */
    enum base_status fits = pool_server_fits(config->coin, server, doctor ? NULL : error);
    (void)pool_server_name(name, sizeof name, server);
    fill_login(collector, index);
    if (strcmp(server->proxy, MINER_NO_PROXY) == 0) {
        memset(server->proxy, 0, sizeof server->proxy);
    }
    if (fits == BASE_OK && user == POOL_USER_NONE && server->user[0] != '\0') {
        miner_config_warn(config,
                          "%.100s takes no login: such a node pays the addresses in its own "
                          "settings, not -u",
                          name);
        server->user[0] = '\0';
        server->pass[0] = '\0';
    }
    if (doctor) {
        return BASE_OK;
    }
    if (fits != BASE_OK) {
        return trace != NULL ? at_origin(error, &trace->servers[index][MINER_SERVER_URL])
                             : BASE_E_UNSUPPORTED;
    }
    if (user == POOL_USER_NONE || (user == POOL_USER_PAYEE_OPTIONAL && server->user[0] == '\0')) {
        return BASE_OK;
    }
    if (server->user[0] == '\0') {
        (void)base_error_set(
            error, BASE_E_FORMAT, "%.200s needs %s after its -o, or \"user\" in a file", name,
            user == POOL_USER_LOGIN ? "a login; write -u ADDRESS.WORKER"
                                    : "an address that blocks are to pay; write -u ADDRESS");
        return trace != NULL ? at_origin(error, &trace->servers[index][MINER_SERVER_URL])
                             : BASE_E_FORMAT;
    }
    struct base_error odd = {BASE_OK, ""};
    enum base_status status = pool_user_check(config->coin, server, error);
    if (status == BASE_OK && user == POOL_USER_LOGIN &&
        pool_login_look(config->coin, server->user, NULL, &odd) != BASE_OK) {
        miner_config_warn(config, "%.100s: the login looks odd and is sent as it is: %.250s", name,
                          odd.text);
    }
    if (status != BASE_OK && error != NULL) {
        char where[sizeof name + 16];
        (void)snprintf(where, sizeof where, "--user for %s", name);
        status = base_error_prefix(error, where);
        return trace != NULL ? at_origin(error, &trace->servers[index][MINER_SERVER_USER]) : status;
    }
    return status;
}

static enum base_status check_what(struct miner_collector *collector, struct base_error *error)
{
    struct miner_config *config = collector->config;
    enum base_status status = BASE_OK;
    if (config->command == MINER_COMMAND_BENCH) { /* the run looks up names itself */
        return BASE_OK;
    }
    if (config->command == MINER_COMMAND_MINE || config->command == MINER_COMMAND_DOCTOR ||
        config->command == MINER_COMMAND_BRIDGE) {
        status = check_coin_algo(config, error);
    } else if (config->algo[0] != '\0' && kern_algo_find(config->algo) == NULL) {
        status = unknown_algo(config->algo, error);
    }
    if (status != BASE_OK) {
        return at_option(error, collector, config->algo[0] != '\0' ? "algo" : "coin");
    }
    status = check_kernel(config, error);
    return status == BASE_OK ? BASE_OK : at_option(error, collector, "cpu-kernel");
}

/* Settings that contradict each other, in whatever layers they stand. */
static enum base_status check_contradictions(const struct miner_collector *collector,
                                             struct base_error *error)
{
    const struct miner_config *config = collector->config;
    if (config->quiet && config->verbose) {
        (void)base_error_set(error, BASE_E_STATE,
                             "quiet and verbose contradict each other; leave one out");
        return at_option(error, collector, "verbose");
    }
    if (config->tls_insecure && config->tls_fingerprint[0] != '\0') {
        (void)base_error_set(error, BASE_E_STATE,
                             "tls-insecure and tls-fingerprint contradict each other (one accepts "
                             "any certificate, the other just one); leave one out");
        return at_option(error, collector, "tls-insecure");
    }
    return BASE_OK;
}

enum base_status miner_config_finish(struct miner_collector *collector, struct base_error *error)
{
    struct miner_config *config = collector->config;
    enum miner_layer user_from = collector->logins[MINER_SERVER_USER].from;
    enum miner_layer pass_from = collector->logins[MINER_SERVER_PASS].from;
    bool user = user_from == MINER_LAYER_FILE || user_from == MINER_LAYER_LINE;
    bool pass = pass_from == MINER_LAYER_FILE || pass_from == MINER_LAYER_LINE;
    enum base_status status = check_what(collector, error);
    if (status == BASE_OK && config->server_count == 0 && (user || pass)) {
        (void)base_error_set(error, BASE_E_STATE,
                             "--user and --pass need a server; write -o URL (without one the "
                             "development network is mined, which takes no login)");
        status = at_option(error, collector, user ? "user" : "pass");
    }
    if (status == BASE_OK && config->command == MINER_COMMAND_DOCTOR && config->server_count == 0) {
        status = base_error_set(error, BASE_E_STATE, "doctor needs a server: write -o URL");
    }
    if (status == BASE_OK && config->command == MINER_COMMAND_BRIDGE && config->server_count == 0) {
        status = base_error_set(error, BASE_E_STATE,
                                "bridge needs a node or pool whose work it serves: write -o URL");
    }
    if (status == BASE_OK) {
        status = check_contradictions(collector, error);
    }
    for (size_t i = 0; i < config->server_count && status == BASE_OK; i++) {
        status = check_server(collector, i, error);
    }
    return status;
}
