/* rpc.h: JSON-RPC over HTTP, as nodes speak it: a request, and an answer taken apart. */
#ifndef POOL_RPC_H
#define POOL_RPC_H

#include "protocol/protocol.h"
#include "wire/frame.h"
#include "wire/json.h"

/* An answer, taken apart. */
struct pool_rpc_answer {
    json_t *root;         /* owned; NULL: no answer in JSON */
    const json_t *result; /* borrowed; JSON null too */
    bool failed;          /* the error member says so */
    int64_t code;         /* of the error */
    char message[POOL_TEXT_MAX];
};

/** Append a request to body.
 * In:      version  "1.0" or "2.0"
 *          params   taken; NULL means that there was no memory for them
 * Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_rpc_write(struct pool_buffer *body, const char *version,
                                                uint64_t id, const char *method, json_t *params);

/* Stands in params for a text that is megabytes long and needs no escapes (a block in hex). */
#define POOL_RPC_PLACE "<block>"

/** The same with such a text, which write appends: through the JSON library it would cost ten times
 * as much time, and a block must go out at once. In: params  holds POOL_RPC_PLACE once */
BASE_MUST_CHECK enum base_status pool_rpc_write_block(
    struct pool_buffer *body, const char *version, uint64_t id, const char *method, json_t *params,
    enum base_status (*write)(struct pool_buffer *body, const struct pool_submission *submission),
    const struct pool_submission *submission);

/** Why an answer is of no use, in words: the transport's, or "HTTP 503: Work queue depth exceeded".
 * A page in HTML is left out. Returns text. */
char *pool_http_words(char *text, size_t cap, const struct pool_answer *answer);

/** True for the answer of a server that has too much to do just now, or of a proxy that does not
 * reach it: HTTP 429, and every code from 500 on that comes without JSON. */
bool pool_http_busy(const struct pool_answer *answer);

/** Take an answer apart. A refused login, no JSON, an answer of another kind of server and a
 * request that got no answer are errors; the node's own error member is not.
 * Out:     rpc  the caller calls json_decref(rpc->root) in any case
 * Returns: BASE_OK; BASE_E_REFUSED the login was refused; BASE_E_STATE the node is busy
 *          (pool_http_busy); BASE_E_FORMAT, BASE_E_LIMIT, and what the transport said, with a
 *          sentence. */
BASE_MUST_CHECK enum base_status pool_rpc_read(struct pool_rpc_answer *rpc,
                                               const struct pool_answer *answer,
                                               const struct pool_server *server, size_t values_max,
                                               struct base_error *error);

#endif
