/* gbt_play.h: a JSON-RPC node as tests play it: answers of a real node
 * (tests/data/digibyte_blocks.json) for a protocol that is driven in simulated time. */
#ifndef TESTS_GBT_PLAY_H
#define TESTS_GBT_PLAY_H

#include <jansson.h>

#include "harness.h"

enum { TEMPLATE, POLL, SUBMIT, EXPLAIN }; /* places of the requests */

extern const char gbt_play_url[];
extern const char gbt_play_payee[]; /* pays the output script of the vectors */

struct play {
    struct harness h;
    json_t *root;
    json_t *blocks; /* borrowed */
};

/** Member of an object, a text. */
const char *text(const json_t *object, const char *key);

/** Answers with this result, or this error, as text; overwritten by the next call. */
const char *result(json_t *value);
const char *failure(int code, const char *message);

/** The algorithm that a vector is of. */
const struct pool_algo *algo_of(const json_t *block);

/** Open at a node that is asked for the algorithm of this vector, with the vector's extranonce.
 * Returns the vector. And: close. */
json_t *begin(struct play *play, size_t index);
void end(struct play *play);

/** Open at the first vector, which is also copied: the same template behind the block that it
 * makes. *second is the caller's. */
json_t *begin_two(struct play *play, json_t **second);

/** Answer the request in this place with a vector's template. */
enum base_status give(struct play *play, unsigned place, json_t *block, uint64_t now_ms);

/** The node takes the block that it was sent with null, and answers the question that follows: its
 * chain has it. */
void accept_block(struct play *play, uint64_t now_ms);

/** The answer that its chain has a block as it was asked about, with so many confirmations (-1: not
 * in the chain). Overwritten by the next result. */
const char *chain_has(struct play *play, int confirmations);

/** Let the time come. */
void tick(struct play *play, uint64_t now_ms);

/** The newest job. */
const struct pool_job *last_job(const struct play *play);

/** The first request for a template of this vector gets this answer; the protocol must return this
 * status, with this part in its sentence. */
void expect(size_t block, long code, const char *body, enum base_status status, const char *part);

#endif
