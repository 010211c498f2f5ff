/* stratum_peer.h: what every pool that speaks lines of JSON has in common, whatever its jobs look
 * like: lines out of a stream, requests with the same meaning everywhere, and their answers.
 * Source: stratum.md 1, 3 and 9.3. */
#ifndef POOL_STRATUM_PEER_H
#define POOL_STRATUM_PEER_H

#include <jansson.h>

#include "protocol/family.h"
#include "protocol/output.h"
#include "wire/frame.h"

/* A stream on its way to lines. */
struct pool_lines {
    const struct pool_service *service; /* whose first bytes and longest line hold */
    struct pool_buffer in;
    size_t seen;  /* bytes of in without a line end */
    bool greeted; /* the first byte was looked at */
};

/** What to do with one line: not NUL-ended, not empty. Anything but BASE_OK closes. */
typedef enum base_status (*pool_line_fn)(struct pool_protocol *protocol, const char *text,
                                         size_t size, uint64_t now_ms, struct base_error *error);

/** Take bytes of any split and hand each line of at most line_max bytes to on_line. The very first
 * byte also shows a port that is none of a pool (binary frames, TLS, HTTP).
 * In:      server  for the sentence.
 * Returns: what on_line returned; BASE_E_MEMORY, BASE_E_LIMIT, BASE_E_FORMAT with a sentence. */
BASE_MUST_CHECK enum base_status pool_lines_receive(struct pool_lines *lines,
                                                    const struct pool_server *server,
                                                    const uint8_t *bytes, size_t size,
                                                    pool_line_fn on_line,
                                                    struct pool_protocol *protocol, uint64_t now_ms,
                                                    struct base_error *error);

/** Send one message as a line. message is taken; NULL means that there was no memory for it. */
BASE_MUST_CHECK enum base_status pool_stratum_send(struct pool_outlet *outlet, json_t *message,
                                                   struct base_error *error);

/** Send a request: {"id":id,"method":method,"params":params}. params is taken, as above. */
BASE_MUST_CHECK enum base_status pool_stratum_request(struct pool_outlet *outlet, uint64_t id,
                                                      const char *method, json_t *params,
                                                      struct base_error *error);

/** Answer a request that carries an id (number or short text); notifications get no answer.
 * In: result, problem  the members result and error; taken. */
BASE_MUST_CHECK enum base_status pool_stratum_answer(struct pool_outlet *outlet, const json_t *id,
                                                     json_t *result, json_t *problem,
                                                     struct base_error *error);

/** Requests that are not about work: client.reconnect as far as redirect.h allows it, show_message,
 * get_version, ping; and the answer to every request that is not known.
 * Returns: BASE_OK; BASE_E_CLOSED with a sentence after a reconnect. */
BASE_MUST_CHECK enum base_status pool_stratum_everyday(struct pool_outlet *outlet,
                                                       const char *method, const json_t *id,
                                                       const json_t *params,
                                                       struct base_error *error);

#endif
