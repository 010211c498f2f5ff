/* record.h: a recording of sessions: what a client was told and did, with times, in a text file
 * that `replay` feeds to the same protocols again (format: docs/recordings.md). A thread of its own
 * writes; the event thread copies bytes into memory and never waits for a disk. What is secret is
 * left out while a line is made (redact.h), not afterwards. */
#ifndef POOL_RECORD_H
#define POOL_RECORD_H

#include "protocol/protocol.h"
#include "protocol/rpc_login.h"
#include "wire/frame.h"

struct pool_recorder;

/** Begin a new file (mode 0600): the path, or where that exists, with .2 to .99 behind it.
 * Returns: BASE_OK; BASE_E_IO all exist or none can be made, with a sentence; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_recorder_open(struct pool_recorder **recorder,
                                                    const char *path, const struct pool_coin *coin,
                                                    const char *algo, struct base_error *error);

/** Write what is left, end the thread. NULL is fine; so it is for all below: they do nothing. */
void pool_recorder_close(struct pool_recorder *recorder);

/** Why the file could not be written further (full disk, largest size), returned once. NULL: no
 * news. */
const char *pool_recorder_trouble(struct pool_recorder *recorder);

/* The inputs of a protocol, in the order they reach it. One thread. */
void pool_recorder_open_connection(struct pool_recorder *recorder,
                                   const struct pool_protocol_setup *setup, uint16_t port,
                                   uint64_t now_ms);
void pool_recorder_sent(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                        const void *bytes, size_t size, uint64_t now_ms);
/** rest: of this connection, zeroed at first: a line that is not complete yet. The last call with
 * size 0 writes it too; then release it. */
void pool_recorder_received(struct pool_recorder *recorder, struct pool_buffer *rest,
                            const struct pool_protocol_setup *setup, const void *bytes, size_t size,
                            uint64_t now_ms);
/** A request over HTTP, and how it ended. An answer above POOL_RECORD_ANSWER_MAX is left out and
 * counted as a gap. Of headers only the names are kept.
 * In: login  of the request: is never written. */
void pool_recorder_call(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                        const struct pool_rpc_login *login, unsigned call,
                        const struct pool_request *request, uint64_t now_ms);
void pool_recorder_answer(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                          const struct pool_rpc_login *login, const struct pool_answer *answer,
                          uint64_t now_ms);
/** tick of a protocol over HTTP is called because it is due. Ticks of streams are not recorded: a
 * replay calls them by due_ms. */
void pool_recorder_tick(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                        uint64_t now_ms);
/** rate of the protocol is called. */
void pool_recorder_rate(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                        double hashes_per_s, uint64_t now_ms);
/** settle of the protocol is called. */
void pool_recorder_settle(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                          uint64_t now_ms);
void pool_recorder_find(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                        const struct pool_submission *submission, uint64_t now_ms);
void pool_recorder_refill(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                          const struct pool_job *job, uint64_t now_ms);
void pool_recorder_close_connection(struct pool_recorder *recorder,
                                    const struct pool_protocol_setup *setup, uint64_t now_ms);

#endif
