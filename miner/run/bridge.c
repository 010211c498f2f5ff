/* bridge.c: a run that serves its work to other miners: the bridge of pool/ put between the source
 * and them. Their shares are hashed with the reference, and count as what this run hashes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "run/engine.h"

enum { DEFAULT_PORT = 3333 };

static enum base_status hash(void *user, uint8_t hash_be[32], uint32_t *chain,
                             const struct pool_job *job, const uint8_t *header,
                             const uint8_t *solution, size_t solution_size)
{
    const struct miner_engine *engine = user;
    const struct kern_algo *algo = engine->algo;
    struct kern_work work;
    *chain = 0;
    if (job->header_size != algo->header_size || job->nonce_offset != algo->nonce_offset ||
        job->nonce_size != algo->nonce_size) {
        return BASE_E_ARG;
    }
    memset(&work, 0, sizeof work);
    memcpy(work.header, header, job->header_size);
    work.header_size = job->header_size;
    work.chain = job->chain;
    work.height = job->height;
    work.epoch = job->epoch;
    work.reduced = job->reduced;
    enum base_status status = algo->hash(hash_be, &work, solution, solution_size);
    *chain = kern_chain_of(algo, hash_be);
    return status;
}

static enum base_status submit(void *user, const struct pool_find *find)
{
    struct miner_engine *engine = user;
    /* Counted before it is handed over: its verdict may come before submit returns. */
    miner_count(&engine->tally.found[find->job->chain], 1);
    enum base_status status = pool_source_submit(engine->source, find);
    if (status != BASE_OK) {
        (void)atomic_fetch_sub_explicit(&engine->tally.found[find->job->chain], 1,
                                        memory_order_relaxed);
        miner_count(&engine->tally.unsent, 1);
    }
    return status;
}

static void tell(void *user, bool warning, const char *text)
{
    struct miner_engine *engine = user;
    miner_log(engine->host->log, warning ? MINER_LOG_WARNING : MINER_LOG_GOOD, "bridge", "%s",
              text);
}

static void fill(struct pool_bridge_config *bridge, struct miner_engine *engine)
{
    const struct miner_bridge_options *options = &engine->config.bridge;
    bridge->coin = engine->config.coin;
    bridge->algo = engine->algo->name;
    for (size_t i = 0; i < engine->config.server_count; i++) {
        bridge->pool = bridge->pool || pool_server_is_pool(&engine->config.servers[i]);
    }
    for (size_t i = 0; i < options->listen_count; i++) {
        memcpy(bridge->ports[i].host, options->listens[i].host, sizeof bridge->ports[i].host);
        bridge->ports[i].port = options->listens[i].port;
    }
    bridge->port_count = options->listen_count;
    if (bridge->port_count == 0) {
        (void)snprintf(bridge->ports[0].host, sizeof bridge->ports[0].host, "127.0.0.1");
        bridge->ports[0].port = DEFAULT_PORT;
        bridge->port_count = 1;
    }
    bridge->pay_workers = options->pay_workers;
    memcpy(bridge->pass, options->pass, sizeof bridge->pass);
    bridge->clients = options->clients;
    bridge->clients_per_address = options->clients_per_address;
    bridge->difficulty = options->difficulty;
    bridge->share_ms = options->share_ms;
    bridge->hash = hash;
    bridge->submit = submit;
    bridge->tell = tell;
    bridge->user = engine;
}

enum base_status miner_bridge_new(struct miner_engine *engine, struct base_error *error)
{
    struct pool_bridge_config *config = base_alloc(1, sizeof *config);
    if (config == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for the bridge");
    }
    fill(config, engine);
    enum base_status status = pool_bridge_new(&engine->bridge, config, error);
    base_free(config);
    return status;
}

/* Whom blocks pay. */
static void tell_payee(struct miner_engine *engine)
{
    for (size_t i = 0; i < engine->server_count; i++) {
        const struct pool_server *server = &engine->servers[i];
        char name[POOL_HOST_MAX + 32];
        char who[POOL_LOGIN_MAX + 64] = "blocks pay whom its own settings say";
        if (engine->config.bridge.pay_workers) {
            (void)snprintf(who, sizeof who,
                           "a block pays the address that its worker's login begins with");
        } else if (pool_server_is_pool(server)) {
            (void)snprintf(who, sizeof who, "the pool credits the login of -u");
        } else if (server->user[0] != '\0') {
            (void)snprintf(who, sizeof who, "blocks pay %s", server->user);
        }
        miner_log(engine->host->log, MINER_LOG_INFO, "bridge", "%s: %s",
                  pool_server_name(name, sizeof name, server), who);
    }
}

/* Each connection takes a descriptor, and the usual limit is 1,024. */
static void raise_files(struct miner_engine *engine)
{
    enum { OTHERS = 64 }; /* descriptors for all else */
    struct rlimit files;
    rlim_t wanted = (rlim_t)engine->config.bridge.clients + OTHERS;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= wanted) {
        return;
    }
    files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < wanted) {
        miner_log(engine->host->log, MINER_LOG_INFO, "bridge",
                  "the system allows %llu open files: room for about that many clients (ulimit -n)",
                  (unsigned long long)files.rlim_cur);
    }
}

enum base_status miner_bridge_start(struct miner_engine *engine, struct base_error *error)
{
    const struct miner_bridge_options *options = &engine->config.bridge;
    size_t count = options->listen_count > 0 ? options->listen_count : 1;
    raise_files(engine);
    enum base_status status = pool_bridge_start(engine->bridge, error);
    for (size_t i = 0; i < count && status == BASE_OK; i++) {
        const char *host = options->listen_count > 0 ? options->listens[i].host : "127.0.0.1";
        bool v6 = strchr(host, ':') != NULL;
        bool local = strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
        uint16_t port = pool_bridge_port(engine->bridge, i);
        miner_log(engine->host->log, MINER_LOG_INFO, "bridge",
                  "miners connect to stratum+tcp://%s%s%s:%u", v6 ? "[" : "", host, v6 ? "]" : "",
                  port);
        if (local) {
            miner_log(engine->host->log, MINER_LOG_INFO, "bridge",
                      "from this machine only; --listen 0.0.0.0:%u lets in every machine that "
                      "reaches this one",
                      port);
        }
    }
    if (status == BASE_OK) {
        tell_payee(engine);
    }
    return status;
}
