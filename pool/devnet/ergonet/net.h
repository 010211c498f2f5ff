/* net.h: what the files of the running network share. */
#ifndef ERGONET_NET_H
#define ERGONET_NET_H

#include "ergonet/chain.h"
#include "net/frame.h"

enum { ERGONET_BODY_MAX = 16 << 10 }; /* bytes of a request; a solution has 200 */

struct ergonet {
    struct pool_net net; /* first: a pointer to it is one to this */
    struct ergonet_chain *chain;
    uint64_t asked;                               /* requests for candidates */
    uint64_t good;                                /* solutions */
    struct ergonet_candidate jobs[POOL_NET_JOBS]; /* by slot */
};

static inline struct ergonet *ergonet_of(const struct pool_net *net)
{
    return (struct ergonet *)(uintptr_t)net;
}

/* ---- net.c -------------------------------------------------------------------------------------
 */

/** Judge a nonce, as the faults say, and count it. */
enum ergonet_verdict ergonet_submit(struct pool_net *net, const uint8_t nonce[ERGONET_NONCE]);

/* ---- rest.c ------------------------------------------------------------------------------------
 */

void ergonet_http(struct pool_net *net, struct pool_net_client *client,
                  const struct pool_serve_request *request);

/* ---- poolport.c: as the row of the frame says ---------------------------------------------------
 */

extern const struct pool_net_dialect ergonet_dialects[POOL_ERGONET_DIALECT_COUNT];
bool ergonet_job(struct pool_net *net, size_t slot, uint8_t target_be[32]);
bool ergonet_job_current(const struct pool_net *net, size_t slot);
void ergonet_job_send(struct pool_net *net, struct pool_net_client *client,
                      const struct pool_net_told *told, bool clean);
void ergonet_share_target(uint8_t target_be[32], const struct pool_net *net, size_t slot,
                          double hashes);
json_t *ergonet_subscribe(struct pool_net *net, struct pool_net_client *client,
                          const json_t *params);
enum pool_net_refusal ergonet_share(struct pool_net *net, struct pool_net_client *client,
                                    const struct pool_net_told *told, const json_t *params);

#endif
