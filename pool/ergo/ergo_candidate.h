/* ergo_candidate.h: what a node wants mined, as its REST interface says it (ergo.md 6), and the job
 * that is made of it. */
#ifndef POOL_ERGO_CANDIDATE_H
#define POOL_ERGO_CANDIDATE_H

#include <jansson.h>

#include "protocol/template_node.h"

enum {
    POOL_ERGO_MESSAGE_SIZE = 32, /* bytes */
    POOL_ERGO_NONCE_SIZE = 8,    /* bytes, behind the message in the header of a job */
    POOL_ERGO_KEY_DIGITS = 66,
    POOL_ERGO_ANSWER_MAX = 64 << 10, /* bytes of an answer; real ones have 300 */
};

struct pool_ergo_candidate {
    struct pool_template base;           /* parent: the height, all that is known of it */
    uint8_t msg[POOL_ERGO_MESSAGE_SIZE]; /* hash of the header without its solution */
    uint8_t b_be[32];                    /* a hit below it is a block; at least 1 */
    uint32_t height;                     /* of the block that is mined */
    char pk[POOL_ERGO_KEY_DIGITS + 1];   /* key that the block pays, hexadecimal; "" not said */
};

/** Read the answer of GET /mining/candidate.
 * Out:     candidate  free with base_free; NULL on error.
 * Returns: BASE_OK; BASE_E_FORMAT, BASE_E_LIMIT not a candidate; BASE_E_UNSUPPORTED a candidate
 *          that cannot be mined here; BASE_E_MEMORY. With a sentence. */
BASE_MUST_CHECK enum base_status pool_ergo_candidate_read(struct pool_ergo_candidate **candidate,
                                                          const char *body, size_t size,
                                                          struct base_error *error);

/** The target b from JSON: an integer, or a text of decimal digits (pool_json_quote_long makes one
 * of a long integer). Returns: true for 1 to 2^256 - 1. */
bool pool_ergo_read_b(uint8_t b_be[32], const json_t *b);

/** b - 1, b at least 1: a hit counts below b, and a job's target is inclusive. */
void pool_ergo_below(uint8_t b_be[32]);

/** 2^256 / b, for display: the number of hashes expected for a block. */
double pool_ergo_difficulty(const struct pool_ergo_candidate *candidate);

/** A job of a candidate.
 * In: serial  written into the nonce's place, which counters overwrite: two jobs of one candidate
 *             differ by it, so that a candidate whose solution was lost can be mined on.
 * Returns: NULL without memory. */
struct pool_job_full *pool_ergo_job(const struct pool_ergo_candidate *candidate, uint64_t serial);

#endif
