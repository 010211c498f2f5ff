/* net.h: what the files of the running network share. */
#ifndef CKBNET_NET_H
#define CKBNET_NET_H

#include "ckbnet/chain.h"
#include "net/frame.h"

enum {
    CKBNET_BODY_MAX = 2 << 20, /* bytes of a request: a block of this chain has 20 KB */
    CKBNET_NONCE_SIZE = 16,
    CKBNET_FULL_MS = 5,    /* from a new tip to its full template */
    CKBNET_UNCLE_MS = 100, /* from a branch to the template that has it as an uncle */
};

struct ckbnet_job {
    json_t *block; /* owned; nonce 0 */
    uint8_t pow_hash[32];
    uint8_t target_be[32];
    uint64_t height;
    uint8_t parent[32];
    uint64_t tip; /* serial of the block it builds on */
};

/* On the port for events, a client keeps the name of its subscription to new_tip_header. */
struct ckbnet {
    struct pool_net net; /* first: a pointer to it is one to this */
    struct ckbnet_chain *chain;
    json_t *current;                       /* template on the tip; owned */
    json_t *before;                        /* the last one on the tip before; owned or NULL */
    uint64_t work_id;                      /* of the next template */
    uint64_t full_ms;                      /* the template is made anew; UINT64_MAX: not yet */
    unsigned old_left;                     /* requests that still get the template before */
    uint64_t good_blocks;                  /* handed in */
    struct ckbnet_job jobs[POOL_NET_JOBS]; /* by slot */
};

static inline struct ckbnet *ckbnet_of(const struct pool_net *net)
{
    return (struct ckbnet *)(uintptr_t)net;
}

/* ---- net.c -------------------------------------------------------------------------------------
 */

/** Judge a block, count it, and make everything follow the new tip. */
void ckbnet_submit(struct ckbnet_outcome *outcome, struct pool_net *net, const json_t *block);

/* ---- rpc.c -------------------------------------------------------------------------------------
 */

void ckbnet_http(struct pool_net *net, struct pool_net_client *client,
                 const struct pool_serve_request *request);
void ckbnet_line(struct pool_net *net, struct pool_net_client *client, const char *line,
                 size_t size);

/** Tell all subscribers of the tip. */
void ckbnet_rpc_tell(struct pool_net *net);

/* ---- poolport.c: as the row of the frame says ---------------------------------------------------
 */

extern const struct pool_net_dialect ckbnet_dialects[POOL_CKBNET_DIALECT_COUNT];
bool ckbnet_job(struct pool_net *net, size_t slot, uint8_t target_be[32]);
bool ckbnet_job_current(const struct pool_net *net, size_t slot);
void ckbnet_job_send(struct pool_net *net, struct pool_net_client *client,
                     const struct pool_net_told *told, bool clean);
json_t *ckbnet_subscribe(struct pool_net *net, struct pool_net_client *client,
                         const json_t *params);
bool ckbnet_user(const struct pool_net *net, const char *user);
enum pool_net_refusal ckbnet_share(struct pool_net *net, struct pool_net_client *client,
                                   const struct pool_net_told *told, const json_t *params);

#endif
