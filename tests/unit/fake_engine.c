/* fake_engine.c: see fake_engine.h. */
#include "fake_engine.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka.h wants the two above first */
#include <cmocka.h>

#include <stdio.h>

#include "base/alloc.h"

static struct miner_nonce_session session;
static struct miner_host host;

struct miner_engine *fake_engine_new(const char *coin, const char *algo, size_t lanes)
{
    struct base_error error;
    struct miner_engine *engine = base_alloc_aligned(64, 1, sizeof *engine);
    assert_non_null(engine);
    engine->host = &host;
    assert_int_equal(miner_topology_new(&engine->own_topology, NULL, NULL, &error), BASE_OK);
    engine->topology = engine->own_topology;
    engine->config.coin = pool_coin_find(coin);
    engine->algo = kern_algo_find(algo);
    assert_true(engine->config.coin != NULL && engine->algo != NULL);
    engine->variant = kern_variant_best(engine->algo, 0);
    engine->cpu_lane_count = lanes;
    engine->lane_count = lanes;
    engine->lanes = base_alloc_aligned(64, lanes, sizeof *engine->lanes);
    engine->board = miner_board_new(engine->algo, &session, lanes);
    engine->gauges = miner_gauges_new(engine->board, engine->lanes, lanes, lanes);
    assert_true(engine->lanes != NULL && engine->board != NULL && engine->gauges != NULL);
    for (size_t i = 0; i < lanes; i++) {
        engine->lanes[i].index = i;
        (void)snprintf(engine->lanes[i].name, sizeof engine->lanes[i].name, "cpu %zu", i);
    }
    miner_events_init(&engine->events);
    miner_pauses_init(&engine->pauses);
    (void)snprintf(engine->servers[0].host, sizeof engine->servers[0].host, "node.example");
    (void)snprintf(engine->servers[0].user, sizeof engine->servers[0].user, "secret-login");
    engine->servers[0].port = 10973;
    engine->server_count = 1;
    engine->wake_fd = -1;
    return engine;
}

void fake_engine_free(struct miner_engine *engine)
{
    for (size_t i = 0; i < engine->lane_count; i++) {
        miner_board_leave(engine->board, i);
    }
    miner_engine_free(engine);
}

void fake_engine_begin_work(struct miner_engine *engine, size_t lane)
{
    struct miner_assignment assignment;
    assert_int_equal(miner_board_take(engine->board, &assignment, lane, 10, 0), BASE_E_AGAIN);
    assert_false(miner_board_is_away(engine->board, lane));
}
