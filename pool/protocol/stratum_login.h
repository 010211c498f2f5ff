/* stratum_login.h: pools that are asked for a session (mining.subscribe) and then for the login
 * (mining.authorize), and give one job at a time: all families but Alephium. What the requests and
 * jobs look like is the family's (struct pool_peer_ops). Source: stratum.md 1 to 3.
 *
 * Jobs of one series are good together; a clean job begins the next. The first job is clean, and
 * tells that the pool was recognised. */
#ifndef POOL_STRATUM_LOGIN_H
#define POOL_STRATUM_LOGIN_H

#include "protocol/stratum_peer.h"

/** pool_protocol_ops.start: subscribe. */
BASE_MUST_CHECK enum base_status pool_login_start(struct pool_protocol *protocol, uint64_t now_ms,
                                                  struct base_error *error);

/** pool_peer_ops.on_message: answers to the login and to shares, mining.set_extranonce, the
 * family's requests and those of every day. */
BASE_MUST_CHECK enum base_status pool_login_message(struct pool_protocol *protocol,
                                                    const json_t *root, uint64_t now_ms,
                                                    struct base_error *error);

/** pool_protocol_ops.submit: a share that is worth sending; others get their verdict. A session is
 * resumed where the family puts extranonce1 into its tickets; its jobs have a parent then. */
BASE_MUST_CHECK enum base_status pool_login_submit(struct pool_protocol *protocol,
                                                   struct pool_submission *submission,
                                                   uint64_t now_ms, struct base_error *error);

/** pool_protocol_ops.refill where the rest of the nonce is all that differs between the tries of a
 * job: when it is used up only the pool can help, which is told once. */
BASE_MUST_CHECK enum base_status pool_login_refill(struct pool_protocol *protocol,
                                                   const struct pool_job *job, uint64_t now_ms,
                                                   struct base_error *error);

/** Publish a job (taken) as the newest. Its id, series, connection, server, counters and label are
 * set here; header, nonce, targets, ticket and clean are the family's. */
void pool_login_publish(struct pool_peer *peer, struct pool_job_full *full);

/** The session to be resumed; NULL: none. */
const char *pool_login_session(const struct pool_protocol_setup *setup);

/** Send mining.authorize with the server's user and password. */
BASE_MUST_CHECK enum base_status pool_login_authorize(struct pool_peer *peer, uint64_t id,
                                                      struct base_error *error);

/** The pool refuses the login. Returns BASE_E_REFUSED with a sentence. */
enum base_status pool_login_refused(const struct pool_peer *peer, const json_t *problem,
                                    struct base_error *error);

#endif
