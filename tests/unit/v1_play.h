/* v1_play.h: a Bitcoin-family pool as tests play it: its usual lines, and a protocol that has heard
 * them. */
#ifndef TESTS_V1_PLAY_H
#define TESTS_V1_PLAY_H

#include <jansson.h>

#include "harness.h"

extern const char v1_url[];
extern const struct pool_algo v1_algo; /* sha256d without anything special */
extern const char v1_subscribed[];     /* answer: session "session-7", 08000002, 4 bytes */
extern const char v1_authorized[];     /* answer */
extern const char v1_difficulty[];     /* 2 */
extern const char v1_prev_a[];         /* two previous blocks */
extern const char v1_prev_b[];

/** A file of tests/data; the caller calls json_decref. */
json_t *v1_load(const char *name);

/** DigiByte's algorithm of this name, or NULL. */
const struct pool_algo *v1_algo_of(const char *name);

/** Open and start. */
void v1_open(struct harness *h, const struct pool_algo *algo, const char *user);

/** Subscribed, authorized, nothing in h->sent. */
void v1_open_ready(struct harness *h);

/** A notify with these members; the rest is that of the first worked example. Overwritten by the
 * next call. */
const char *v1_notify(const char *id, const char *prevhash, const char *ntime, bool clean);

/** The last line that was sent; the caller calls json_decref. */
json_t *v1_last_sent(struct harness *h);

#endif
