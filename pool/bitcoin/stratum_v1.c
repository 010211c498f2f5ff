/* stratum_v1.c: pools of the Bitcoin family as a state machine: its requests and the pool's. Login
 * and answers are protocol/stratum_login.h. Lenient in what it reads, strict in what it sends.
 * Source: stratum.md 1 to 3, 9. What a notify says is stratum_v1_notice.c, jobs are
 * stratum_v1_work.c, shares stratum_v1_share.c. */
#include "bitcoin/stratum_v1.h"

#include <string.h>

#include "base/alloc.h"
#include "wire/json.h"

static void v1_close(struct pool_protocol *protocol)
{
    struct pool_v1 *v1 = pool_v1_of(protocol);
    pool_v1_notice_free(v1->current);
    pool_v1_notice_free(v1->fresh);
    pool_peer_close(protocol);
}

static json_t *subscribe_params(const struct pool_protocol_setup *setup)
{
    return json_pack("[s,s*]", setup->agent, pool_login_session(setup));
}

static enum base_status on_request(struct pool_protocol *protocol, const char *method,
                                   const json_t *root, uint64_t now_ms, struct base_error *error)
{
    struct pool_v1 *v1 = pool_v1_of(protocol);
    const json_t *params = json_object_get(root, "params");
    if (strcmp(method, "mining.notify") == 0) {
        return pool_v1_notify(v1, root, now_ms, error);
    }
    if (strcmp(method, "client.get_algo") == 0) {
        return pool_stratum_answer(&v1->peer.outlet, json_object_get(root, "id"),
                                   json_string(v1->peer.outlet.setup.algo->name), json_null(),
                                   error);
    }
    if (strcmp(method, "mining.set_difficulty") == 0) {
        pool_v1_difficulty(v1, params);
    } else if (strcmp(method, "mining.set_target") == 0) {
        pool_v1_set_target(v1, params);
    } else {
        return BASE_E_NOT_FOUND;
    }
    return BASE_OK;
}

static enum base_status v1_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                struct base_error *error)
{
    enum base_status status = pool_peer_tick(protocol, now_ms, error);
    return status == BASE_OK ? pool_v1_work_tick(pool_v1_of(protocol), now_ms, error) : status;
}

static uint64_t v1_due_ms(const struct pool_protocol *protocol)
{
    uint64_t due = pool_v1_work_due_ms((const struct pool_v1 *)(const void *)protocol);
    uint64_t answer_ms = pool_peer_due_ms(protocol);
    return answer_ms < due ? answer_ms : due;
}

static const struct pool_peer_ops peer_ops = {
    .protocol = &pool_stratum_v1,
    .family = &pool_bitcoin_family,
    .on_message = pool_login_message,
    .resumes = true,
    .plain_subscribe = true,
    .subscribe_members = 3,
    .take_size = pool_v1_take_size,
    .subscribe_params = subscribe_params,
    .share_params = pool_v1_share_params,
    .on_request = on_request,
};

static struct pool_protocol *v1_open(const struct pool_protocol_setup *setup)
{
    BASE_ASSERT(setup->algo != NULL);
    return pool_peer_open(sizeof(struct pool_v1), &peer_ops, setup);
}

const struct pool_protocol_ops pool_stratum_v1 = {
    .name = "stratum v1",
    .open = v1_open,
    .start = pool_login_start,
    .receive = pool_peer_receive,
    .settle = pool_v1_settle,
    .submit = pool_v1_submit,
    .refill = pool_v1_refill,
    .rate = pool_v1_rate,
    .tick = v1_tick,
    .due_ms = v1_due_ms,
    .pending = pool_peer_pending,
    .close = v1_close,
};
