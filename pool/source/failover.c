/* failover.c: see failover.h. */
#include "source/failover.h"

#include "wire/local.h"

static bool is_own_node(const struct pool_server *server)
{
    return !pool_server_is_pool(server) && pool_host_is_loopback(server->host);
}

void pool_failover_init(struct pool_failover *failover, const struct pool_config *config,
                        uint64_t seed)
{
    *failover = (struct pool_failover){
        .count = (unsigned)config->server_count,
        .backoff_min_ms = config->backoff_min_ms,
        .backoff_max_ms = config->backoff_max_ms,
        .ban_backoff_ms = config->ban_backoff_ms,
        .random = {seed},
    };
    for (unsigned i = 0; i < failover->count; i++) {
        bool near =
            is_own_node(&config->servers[i]) && config->backoff_max_ms > POOL_LOCAL_BACKOFF_MS;
        failover->servers[i].most_ms = near ? POOL_LOCAL_BACKOFF_MS : config->backoff_max_ms;
    }
}

/* Twice the last wait within first..most. */
static uint32_t grow(uint32_t last_ms, uint32_t first_ms, uint64_t most_ms)
{
    uint64_t next = last_ms == 0 ? first_ms : 2 * (uint64_t)last_ms;
    next = next > most_ms ? most_ms : next;
    return next > UINT32_MAX ? UINT32_MAX : (uint32_t)next;
}

uint32_t pool_failover_failed(struct pool_failover *failover, unsigned server,
                              enum pool_failure failure, uint64_t served_ms, uint64_t now_ms)
{
    uint32_t wait_ms = 0;
    BASE_ASSERT(server < failover->count);
    if (served_ms >= POOL_GOOD_SERVICE_MS && failure != POOL_FAILURE_REFUSING) {
        failover->servers[server].backoff_ms = 0;
        failover->servers[server].ban_ms = 0;
    }
    if (failure == POOL_FAILURE_BAN || failure == POOL_FAILURE_REFUSING) {
        /* At least the given time, so jitter is added on top: up to an eighth. */
        wait_ms = grow(failover->servers[server].ban_ms, failover->ban_backoff_ms,
                       (uint64_t)POOL_BAN_FACTOR_MAX * failover->ban_backoff_ms);
        failover->servers[server].ban_ms = wait_ms;
        wait_ms += (uint32_t)base_random_below(&failover->random, wait_ms / 8 + 1U);
    } else {
        wait_ms = grow(failover->servers[server].backoff_ms, failover->backoff_min_ms,
                       failover->servers[server].most_ms);
        failover->servers[server].backoff_ms = wait_ms;
        /* Jitter goes down (to 50 %) and never up: the longest wait and one attempt together stay
         * within backoff_max_ms, which is what bounds the return to the first server. */
        wait_ms = wait_ms / 2 +
                  (uint32_t)base_random_below(&failover->random, (uint64_t)wait_ms * 3 / 8 + 1);
        if (failure == POOL_FAILURE_LOGIN && wait_ms < POOL_LOGIN_BACKOFF_MS &&
            failover->backoff_max_ms >= POOL_LOGIN_BACKOFF_MS) {
            wait_ms = POOL_LOGIN_BACKOFF_MS;
        }
    }
    failover->servers[server].next_try_ms = now_ms + wait_ms;
    return wait_ms;
}

void pool_failover_pause(struct pool_failover *failover, unsigned server, uint64_t wait_ms,
                         uint64_t now_ms)
{
    BASE_ASSERT(server < failover->count);
    failover->servers[server].next_try_ms = now_ms + wait_ms;
}

int pool_failover_pick(const struct pool_failover *failover, unsigned below, uint32_t busy,
                       uint64_t now_ms)
{
    for (unsigned i = 0; i < failover->count && i < below; i++) {
        if ((busy >> i & 1) == 0 && failover->servers[i].next_try_ms <= now_ms) {
            return (int)i;
        }
    }
    return -1;
}

uint64_t pool_failover_due_ms(const struct pool_failover *failover, unsigned below, uint32_t busy)
{
    uint64_t due_ms = UINT64_MAX;
    for (unsigned i = 0; i < failover->count && i < below; i++) {
        if ((busy >> i & 1) == 0 && failover->servers[i].next_try_ms < due_ms) {
            due_ms = failover->servers[i].next_try_ms;
        }
    }
    return due_ms;
}
