/* redact.h: what a recording may keep of a pool's lines. Our own lines are written anew from a list
 * of what is harmless, so a secret is never written; a pool's lines are kept byte for byte,
 * but for echoes of the login and the names of sessions. Pure functions. */
#ifndef POOL_REDACT_H
#define POOL_REDACT_H

#include "protocol/family.h"
#include "protocol/rpc_login.h"
#include "wire/frame.h"

/** Append one of our own lines or bodies of requests to out, without line end: method, id, numbers,
 * truth values, and the texts that the family's rows name (a job's id, a nonce). Every other text
 * becomes "*"; a line that is no JSON becomes {}. Of a block only that is left which does not
 * depend on whom it pays. Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_redact_sent(struct pool_buffer *out,
                                                  const struct pool_family *family,
                                                  const char *line, size_t size);

/** The same for a request over HTTP.
 * Out: line  method, path and names of headers, as in "GET /path api_key"; empty for a POST to "/"
 *            without headers
 *      body  its body; empty if there is none */
BASE_MUST_CHECK enum base_status pool_redact_request(struct pool_buffer *line,
                                                     struct pool_buffer *body,
                                                     const struct pool_family *family,
                                                     const struct pool_request *request);

/** Overwrite in place, with as many letters x and digits 9: the user, its parts between dots, and
 * the password wherever they stand as words (upper or lower case; parts of fewer than 4 characters
 * are no secret and stay); and the session's name in an answer to mining.subscribe.
 * In: server  whose login it is.
 * In/out: text  whole lines. */
void pool_redact_received(char *text, size_t size, const struct pool_server *server);

/** The same for the answer to a request over HTTP: besides, the login of that request, plain and as
 * HTTP shows it (base64), because an odd server may echo what it was sent.
 * In: login  the request's; it may come from a cookie file. */
void pool_redact_answer(char *text, size_t size, const struct pool_server *server,
                        const struct pool_rpc_login *login);

#endif
