/* ergo_words.h: what a node's refusals over REST mean (ergo.md 6): {"error", "reason", "detail"}.
 */
#ifndef POOL_ERGO_WORDS_H
#define POOL_ERGO_WORDS_H

#include "protocol/protocol.h"

/** Why a node gives no candidate. answer: any but one of HTTP status 200.
 * Returns: not BASE_OK, with a sentence. */
enum base_status pool_ergo_no_work(const struct pool_answer *answer,
                                   const struct pool_server *server, struct base_error *error);

/** What the answer to a solution says. Out: text, printable. */
enum pool_verdict pool_ergo_verdict(char text[POOL_TEXT_MAX], const struct pool_answer *answer);

#endif
