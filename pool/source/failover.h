/* failover.h: which server is tried when. Arithmetic on times only: no sockets, no clock, so that
 * tests run days of outages in microseconds. The first server of the list that may be tried is
 * always preferred; a failure makes a server wait, longer each time, with jitter. */
#ifndef POOL_FAILOVER_H
#define POOL_FAILOVER_H

#include "base/random.h"
#include "pool.h"

enum pool_failure {
    POOL_FAILURE_ORDINARY, /* unreachable, reset, silent, protocol broken */
    POOL_FAILURE_LOGIN,    /* login refused: try rarely */
    POOL_FAILURE_REFUSING, /* refuses every find of its own work; waits as for a ban */
    POOL_FAILURE_BAN,      /* hung up before its first byte: banned, or too many connections */
};

enum {
    POOL_LOGIN_BACKOFF_MS = 30000, /* stratum.md 2.3 */
    POOL_BAN_FACTOR_MAX = 10,      /* a ban's wait grows up to this multiple of the first */
    POOL_LOCAL_BACKOFF_MS =
        2000, /* longest wait for a node on this machine: trying costs nothing */
    POOL_GOOD_SERVICE_MS = 20000, /* after serving for so long, earlier failures are forgotten */
};

struct pool_failover {
    unsigned count;
    uint32_t backoff_min_ms;
    uint32_t backoff_max_ms;
    uint32_t ban_backoff_ms;
    struct base_random random;
    struct {
        uint64_t next_try_ms;
        uint32_t backoff_ms; /* the last wait, without jitter; 0: no failure on record */
        uint32_t ban_ms;     /* likewise for bans */
        uint32_t most_ms;    /* longest wait but for bans */
    } servers[POOL_SERVERS_MAX];
};

void pool_failover_init(struct pool_failover *failover, const struct pool_config *config,
                        uint64_t seed);

/** A server failed. served_ms: how long it had given jobs before. Returns the wait in ms. */
uint32_t pool_failover_failed(struct pool_failover *failover, unsigned server,
                              enum pool_failure failure, uint64_t served_ms, uint64_t now_ms);

/** A server asked for a pause of wait_ms itself (client.reconnect): no failure. */
void pool_failover_pause(struct pool_failover *failover, unsigned server, uint64_t wait_ms,
                         uint64_t now_ms);

/** The first server below `below` that may be tried now and is not in busy (bit i: server i is
 * connected or being tried), or -1. */
int pool_failover_pick(const struct pool_failover *failover, unsigned below, uint32_t busy,
                       uint64_t now_ms);

/** When such a server may be tried; UINT64_MAX: there is none. */
uint64_t pool_failover_due_ms(const struct pool_failover *failover, unsigned below, uint32_t busy);

#endif
