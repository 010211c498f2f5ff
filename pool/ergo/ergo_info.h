/* ergo_info.h: questions to an Ergo node's REST port beside mining (ergo.md 6): why it gives no
 * work, what became of a block. No I/O. */
#ifndef POOL_ERGO_INFO_H
#define POOL_ERGO_INFO_H

#include "protocol/inquiry.h"
#include "protocol/lookup.h"

/* One question. Findings: "version", "synced", "mining". */
extern const struct pool_inquiry_ops pool_ergo_info;

/* What GET /info says. Value. */
struct pool_ergo_state {
    uint64_t blocks;  /* height of the last block that it has whole; 0: none */
    uint64_t headers; /* height of the last header */
    bool synced;
    bool mines;
    char version[24]; /* printable */
    char network[24];
};

/** Read the answer of GET /info. Returns: false: it is none. */
bool pool_ergo_state_read(struct pool_ergo_state *state, const char *body, size_t size);

/* What became of a block: ergo_lookup.c. */
extern const struct pool_lookup_ops pool_ergo_lookup;

#endif
