/* redact.h: what a recording may keep of a pool's lines. Our own lines are written anew from a list
 * of what is harmless, so a secret has no way into a file; a pool's lines are kept byte for byte,
 * but for echoes of the login and the names of sessions. Pure functions. */
#ifndef POOL_REDACT_H
#define POOL_REDACT_H

#include "frame.h"
#include "pool.h"

/** Append one of our own lines to out, without line end: method, id, numbers, truth values, and the
 * texts that a table names as harmless (a job's id, a nonce). Every other text becomes "*"; a line
 * that is no JSON becomes {}.
 * Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_redact_sent(struct pool_buffer *out, const char *line,
                                                  size_t size);

/** Overwrite in place, with as many letters x and digits 9: the user, its parts between dots, and
 * the password wherever they stand as words (upper or lower case; parts of fewer than 4 characters
 * are no secret and stay); and the session's name in an answer to mining.subscribe.
 * In: server  whose login it is.
 * In/out: text  whole lines. */
void pool_redact_received(char *text, size_t size, const struct pool_server *server);

#endif
