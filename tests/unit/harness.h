/* harness.h: drives a protocol state machine without a source: collects what it says. Time is an
 * argument, so nothing waits. */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include "protocol/job.h"
#include "protocol/protocol.h"
#include "wire/frame.h"

enum { HARNESS_JOBS = 128, HARNESS_VERDICTS = 128 };

struct harness {
    const uint8_t *solution; /* of the next submissions; borrowed; NULL: plain hashes */
    size_t solution_size;
    struct pool_server server;
    struct pool_memory memory;
    uint64_t connection;         /* of harness_open_algo */
    uint32_t template_wait_ms;   /* the setup's */
    bool multiply_difficulty;    /* the setup's */
    pool_poll_turn_fn poll_turn; /* the setup's */
    const struct pool_protocol_ops *ops;
    struct pool_protocol *protocol;
    uint64_t next_job_id;
    struct pool_buffer sent;                   /* bytes for the peer */
    const struct pool_job *jobs[HARNESS_JOBS]; /* in the order published; references */
    size_t job_count;
    struct {
        enum pool_verdict verdict;
        uint64_t tag;
        bool block;
        char text[POOL_TEXT_MAX];
    } verdicts[HARNESS_VERDICTS];
    size_t verdict_count;
    size_t sent_count;                /* SENT outputs */
    struct pool_submission *unjudged; /* the last UNJUDGED one, owned; NULL: none */
    size_t unjudged_count;
    struct {
        char line[160];          /* of the last CALL in this place: method, path, headers */
        struct pool_buffer body; /* of it */
        uint32_t time_ms;        /* it may take */
        size_t count;
    } calls[POOL_CALLS_MAX];
    size_t warnings;
    size_t infos;
    size_t alive;
    double difficulty;
    uint16_t port; /* of the last MOVE, with the next two; 0: none came */
    uint32_t wait_ms;
    char host[POOL_HOST_MAX];
    char ready[128];
    char last_warning[POOL_TEXT_MAX];
    char last_info[POOL_TEXT_MAX];
    enum base_status started; /* what start said */
    struct base_error error;
};

/** Open and start a protocol at time 1000. required_only: as in struct pool_memory. */
void harness_open(struct harness *harness, const struct pool_protocol_ops *ops, const char *url,
                  const char *user, bool required_only);
/** The same with more of the setup: an algorithm, counters of a job. The
 * memory is harness->memory; it outlives a close, so that a second open is a reconnect. The harness
 * is zeroed before the first open. */
void harness_open_algo(struct harness *harness, const struct pool_protocol_ops *ops,
                       const char *url, const char *user, const struct pool_algo *algo,
                       uint64_t counters);
void harness_close(struct harness *harness);

/** Bytes or one line (newline added) from the peer, then settle. */
enum base_status harness_feed(struct harness *harness, const void *bytes, size_t size,
                              uint64_t now_ms);
enum base_status harness_line(struct harness *harness, const char *line, uint64_t now_ms);

/** Answer the request in this place over HTTP, then settle. body NULL: none came, error says why.
 */
enum base_status harness_answer(struct harness *harness, unsigned call, long code, const char *body,
                                uint64_t now_ms);

/** The last request in this place, as NUL-ended text; borrowed until the next one. */
const char *harness_call_text(struct harness *harness, unsigned call);

/** Submit a find of this job. hash_be may be NULL (zeros). Frees nothing on BASE_E_AGAIN but its
 * own submission. */
enum base_status harness_submit(struct harness *harness, const struct pool_job *job,
                                const uint8_t *nonce, const uint8_t *hash_be, uint64_t tag,
                                uint64_t now_ms);

/** Submit once more the find that came back UNJUDGED. */
enum base_status harness_submit_again(struct harness *harness, uint64_t now_ms);

/** Ask for a refill of this job. */
enum base_status harness_refill(struct harness *harness, const struct pool_job *job,
                                uint64_t now_ms);

/** What was sent, as NUL-ended text; borrowed until more is sent. */
const char *harness_sent_text(struct harness *harness);

#endif
