/* lookup.h: questions to a node over HTTP that find out what became of a block: whether the node
 * has it, and where. Asked one after the other, answered in any way. The questions are a family's
 * (struct pool_lookup_ops); source/source_blocks.c waits for the answers. No I/O here. */
#ifndef POOL_LOOKUP_H
#define POOL_LOOKUP_H

#include "protocol/job.h"
#include "protocol/protocol.h"
#include "wire/frame.h"

enum { POOL_LOOKUP_PATH_MAX = 192 };

/* One look at one block. Value. */
struct pool_lookup {
    const struct pool_lookup_ops *ops;
    const struct pool_server *server; /* borrowed */
    uint32_t chain;
    uint64_t height;
    char id[POOL_BLOCK_ID_MAX];    /* "": the answers show it */
    uint8_t nonce[POOL_NONCE_MAX]; /* as in pool_find; of nonce_size bytes */
    size_t nonce_size;
    /* the family's: */
    unsigned step; /* which question is next; 0 at first */
    unsigned count;
    char path[POOL_LOOKUP_PATH_MAX];
    char ids[4][POOL_BLOCK_ID_MAX];
    /* the result: */
    bool done;
    bool reached; /* the node has said whether it has the block; else the rest says nothing */
    bool known;   /* it has it */
    enum pool_fate fate;    /* OPEN also where it may still change soon */
    uint64_t confirmations; /* IN_CHAIN: 1 or more; 0 not told */
};

struct pool_lookup_ops {
    const char *key_header; /* name of the header that shows --api-key; NULL: none does */
    size_t answer_max;      /* bytes of an answer; 0: POOL_RPC_ANSWER_MAX */
    uint32_t depth;         /* confirmations after which a fate is final */
    /** Port that the questions go to; NULL: the server's. */
    uint16_t (*port)(const struct pool_server *server);
    /** Write the next question into a request that is a POST to "/" with body as its body; it may
     * change method and path (which may be lookup->path). Returns: BASE_OK; BASE_E_MEMORY. */
    enum base_status (*ask)(struct pool_lookup *lookup, struct pool_request *request,
                            struct pool_buffer *body);
    /** Take an answer and go on. body is not to be trusted. */
    void (*answer)(struct pool_lookup *lookup, const struct pool_answer *answer);
};

/** Begin to look at a block. */
void pool_lookup_begin(struct pool_lookup *lookup, const struct pool_lookup_ops *ops,
                       const struct pool_server *server, const struct pool_block *block,
                       const uint8_t *nonce, size_t nonce_size);

/** There is another question: this step's. */
static inline void pool_lookup_go_on(struct pool_lookup *lookup, unsigned step)
{
    lookup->step = step;
    lookup->done = false;
}

/** The node does not have it. And: it has it, at this place. Both end the look. */
void pool_lookup_unknown(struct pool_lookup *lookup);
void pool_lookup_found(struct pool_lookup *lookup, enum pool_fate fate, uint64_t confirmations);

/** Confirmations of a block at the lookup's height, where the chain has this one. */
static inline uint64_t pool_lookup_depth(const struct pool_lookup *lookup, uint64_t tip)
{
    return tip >= lookup->height ? tip - lookup->height + 1 : 1;
}

#endif
