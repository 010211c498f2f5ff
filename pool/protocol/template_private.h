/* template_private.h: the inside of template_node.h: its state, and what template_node.c (requests
 * and work) and template_submit.c (blocks) do for each other. */
#ifndef POOL_TEMPLATE_PRIVATE_H
#define POOL_TEMPLATE_PRIVATE_H

#include "protocol/output.h"
#include "protocol/template_node.h"

/* Places of the requests. */
enum {
    POOL_TEMPLATE_CALL_ASK,
    POOL_TEMPLATE_CALL_POLL, /* the same with a poll_id: answered when there is something new */
    POOL_TEMPLATE_CALL_BLOCK,
    POOL_TEMPLATE_CALL_REASON, /* why the block was refused, or whether the chain has it */
    POOL_TEMPLATE_CALLS,
};

enum { POOL_TEMPLATE_PARENTS = 8 };

struct pool_template_node {
    struct pool_protocol protocol; /* first */
    const struct pool_template_ops *ops;
    void *context; /* the family's; owned */
    struct pool_outlet outlet;
    struct pool_template *current; /* owned or NULL: what is hashed */
    struct pool_template *fresh;   /* owned or NULL: to be published */
    const struct pool_job *job;    /* owned or NULL: newest one */
    struct pool_pending pending;   /* sent, or being explained; one at most */
    uint64_t series;               /* templates that build on the same block */
    uint64_t refresh_ms;           /* next template; UINT64_MAX: one is asked for */
    uint64_t poll_ms;              /* next long poll; UINT64_MAX: one is out, or there is none */
    uint64_t again_ms;             /* no block on again_parent is sent before; 0: at once */
    uint64_t asked_ms[POOL_TEMPLATE_CALLS];     /* 0: not out */
    uint8_t polled_parent[32];                  /* what was hashed when it began */
    uint64_t polled_ms;                         /* the last long poll began; 0: none yet */
    uint8_t parents[POOL_TEMPLATE_PARENTS][32]; /* of former templates, a ring */
    size_t parent_count;                        /* ever remembered */
    unsigned backwards;       /* templates in a row that build on one of these; not taken */
    enum pool_poll_turn turn; /* who holds the long poll */
    char polled[POOL_POLL_ID_MAX + 1]; /* id of the long poll that is out, or was */
    char unclear[POOL_TEXT_MAX];       /* why a block is to be sent again, not told yet; "" */
    bool again;       /* the template that is asked for may be old: ask once more after it */
    bool poll_missed; /* a new block was seen by asking while a long poll was out */
    bool ready;
    bool won; /* a block of ours is on top of current: what else is found there is late */
    uint8_t again_parent[32]; /* what a block that waits to be sent again builds on */
    uint8_t won_parent[32];   /* what the last accepted block builds on */
    bool renew; /* lanes have stopped at a find: publish a job even of the same template */
};

static inline struct pool_template_node *pool_template_node_of(struct pool_protocol *protocol)
{
    return (struct pool_template_node *)(void *)protocol;
}

/** Send the request that a writer has made; status is what the writer returned. body is released.
 * Returns: BASE_OK; what kept it from beginning, with a sentence. */
BASE_MUST_CHECK enum base_status pool_template_call(struct pool_template_node *node, unsigned place,
                                                    struct pool_request *request,
                                                    struct pool_buffer *body,
                                                    enum base_status status, uint64_t now_ms,
                                                    struct base_error *error);

/** Ask for a template now; while one is asked for, once more after its answer. Returns as
 * pool_template_call. */
BASE_MUST_CHECK enum base_status pool_template_ask(struct pool_template_node *node, uint64_t now_ms,
                                                   struct base_error *error);

/** The answers to a block, and to a question about it. Return as pool_template_call. */
BASE_MUST_CHECK enum base_status pool_template_judged(struct pool_template_node *node,
                                                      const struct pool_answer *answer,
                                                      uint64_t now_ms, struct base_error *error);
BASE_MUST_CHECK enum base_status pool_template_explained(struct pool_template_node *node,
                                                         const struct pool_answer *answer,
                                                         uint64_t now_ms, struct base_error *error);

#endif
