/* net.h: what the files of the running network share. */
#ifndef KMDNET_NET_H
#define KMDNET_NET_H

#include "kmdnet/chain.h"
#include "net/frame.h"

enum {
    KMDNET_BODY_MAX = 64 << 10, /* bytes of a request: a block of this chain has 5 KB of digits */
    KMDNET_SESSIONS = 64,       /* that may be resumed */
    KMDNET_POLL_MS = 60000,     /* a long poll waits so long */
    KMDNET_TIME_AHEAD = 7200,   /* seconds that a share's time may be ahead of the clock */
};

struct kmdnet_session {
    char id[33];
    uint8_t nonce1[KMDNET_NONCE_SIZE];
};

struct kmdnet {
    struct pool_net net; /* first: a pointer to it is one to this */
    struct kmdnet_chain *chain;
    char authorization[200]; /* value of the header that a request needs; "" none */
    uint64_t good_blocks;    /* handed in */
    struct kmdnet_template jobs[POOL_NET_JOBS];      /* by slot */
    struct kmdnet_session sessions[KMDNET_SESSIONS]; /* a ring */
    uint64_t session_count;
};

static inline struct kmdnet *kmdnet_of(const struct pool_net *net)
{
    return (struct kmdnet *)(uintptr_t)net;
}

/** Unix time of this turn, seconds. */
static inline uint32_t kmdnet_time(const struct pool_net *net)
{
    return (uint32_t)(net->time_ms / 1000);
}

/* ---- net.c -------------------------------------------------------------------------------------
 */

/** Judge a block, count it, and make everything follow the new tip. */
void kmdnet_submit(struct kmdnet_outcome *outcome, struct pool_net *net, const uint8_t *block,
                   size_t size);

/* ---- rpc.c -------------------------------------------------------------------------------------
 */

void kmdnet_http(struct pool_net *net, struct pool_net_client *client,
                 const struct pool_serve_request *request);

/** Answer the long polls that wait: all of them, or those whose time is up. Returns when the next
 * is due; UINT64_MAX: none waits. */
uint64_t kmdnet_rpc_polls(struct pool_net *net, bool all);

/* ---- poolport.c: as the row of the frame says --------------------------------------------------
 */

extern const struct pool_net_dialect kmdnet_dialects[POOL_KMDNET_DIALECT_COUNT];
bool kmdnet_job(struct pool_net *net, size_t slot, uint8_t target_be[32]);
bool kmdnet_job_current(const struct pool_net *net, size_t slot);
void kmdnet_job_send(struct pool_net *net, struct pool_net_client *client,
                     const struct pool_net_told *told, bool clean);
json_t *kmdnet_subscribe(struct pool_net *net, struct pool_net_client *client,
                         const json_t *params);
enum pool_net_refusal kmdnet_share(struct pool_net *net, struct pool_net_client *client,
                                   const struct pool_net_told *told, const json_t *params);
void kmdnet_other(struct pool_net *net, struct pool_net_client *client, const json_t *root,
                  const char *method);

#endif
