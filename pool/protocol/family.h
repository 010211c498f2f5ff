/* family.h: what a family of protocols tells the generic code about itself: which protocol each
 * kind of URL leads to and its time limits, what an error code means, what a recording may keep,
 * what a node can be asked. One constant row a family, in the family's own room; nothing else of a
 * family is known outside it. */
#ifndef POOL_FAMILY_H
#define POOL_FAMILY_H

#include <jansson.h>

#include "protocol/host.h"
#include "protocol/inquiry.h"
#include "protocol/lookup.h"
#include "protocol/protocol.h"
#include "protocol/reject.h"

/* The kinds of servers that a URL's scheme tells apart. */
enum pool_access {
    POOL_ACCESS_POOL, /* stratum+tcp, stratum+ssl: lines of JSON */
    POOL_ACCESS_NODE, /* daemon+tcp: a stream of frames */
    POOL_ACCESS_HTTP, /* daemon+http, daemon+https: requests */
    POOL_ACCESS_COUNT
};

/* A first byte of a stream that shows that another kind of server listens on this port. */
struct pool_first_byte {
    uint8_t byte;
    const char *says;   /* what it is, for a sentence; NULL ends a list */
    const char *scheme; /* of the URL to try instead; NULL: none is known */
    const char *behind; /* text behind that URL; NULL none */
};

/* Rows that hold for every pool, whatever its family. */
#define POOL_FIRST_BYTES_OF_LINES                                                                  \
    {0x15, "it speaks TLS", "stratum+ssl", NULL}, {0x16, "it speaks TLS", "stratum+ssl", NULL},    \
        {'H',                                                                                      \
         "it speaks HTTP: this is a web server or a node's RPC or REST port, not a pool port",     \
         NULL, NULL},                                                                              \
        {'<',                                                                                      \
         "it speaks HTTP: this is a web server or a node's RPC or REST port, not a pool port",     \
         NULL, NULL},                                                                              \
    {                                                                                              \
        0, NULL, NULL, NULL                                                                        \
    }

/* Time limits of one kind of server, ms; what the user sets goes first. */
struct pool_limits {
    uint32_t first_job;       /* from connected to the first job */
    uint32_t first_job_early; /* the same where there is another server to go to */
    uint32_t silence;         /* without a usable job */
    uint32_t silence_early;   /* the same where there is another server; 0: as the pace of the last
                                 jobs says (source_health.c) */
    uint32_t ask;    /* a connected node that gives no job for so long is asked why; 0: not */
    uint32_t answer; /* to a submission */
    uint32_t hold;   /* a find waits so long for a connection to its server */
};

/* One kind of server of a family. Constant. */
struct pool_service {
    const struct pool_protocol_ops *ops; /* NULL: the family has no such servers */
    enum pool_user_kind user;
    struct pool_limits limits;
    const struct pool_first_byte *first_bytes; /* of streams */
    size_t line_max;                           /* bytes of a line without its end, at most
                                                  POOL_LINE_MAX; 0 where there are no lines */
    const struct pool_inquiry_ops *inquiry; /* asks such a node why it gives no work; NULL none */
    const struct pool_lookup_ops *lookup;   /* asks it what became of a block; NULL: it cannot be */
    /** Id of the block that a find makes, as explorers know it; NULL: not known here.
     * Returns: BASE_OK; BASE_E_MEMORY, BASE_E_NOT_FOUND: id is "". */
    enum base_status (*block_id)(char id[POOL_BLOCK_ID_MAX],
                                 const struct pool_submission *submission);
};

/* A method whose texts may be kept in a recording: whatever no row names is not written. */
struct pool_kept {
    const char *method; /* of JSON-RPC; or "POST /path", whose body is params; NULL ends a list */
    size_t count;       /* of params: the row is for this many; 0: for any number, and objects */
    uint32_t positions; /* bit i: params[i] */
    const char *members[8]; /* of objects in params; NULL-ended */
};

struct pool_family {
    const char *name;
    struct pool_service services[POOL_ACCESS_COUNT];
    const struct pool_reject_words
        *words; /* that mean more to this family than to others; or NULL */
    const struct pool_reject_code *codes;
    const struct pool_kept *kept;
    /** Params with a block in them, for a recording, without what depends on whom it pays. Returns
     * a new reference; NULL: there is no block in these params. NULL where blocks are no JSON. */
    json_t *(*kept_block)(const char *method, const json_t *params);
    /** Time in a job's header, ms since 1970. */
    int64_t (*header_ms)(const struct pool_job *job);
    const struct pool_host_ops *host; /* serves this work to clients; NULL: cannot yet */
};

/** The kind of server that a URL leads to. */
static inline enum pool_access pool_server_access(const struct pool_server *server)
{
    if (server->scheme == POOL_DAEMON_TCP) {
        return POOL_ACCESS_NODE;
    }
    return pool_server_is_pool(server) ? POOL_ACCESS_POOL : POOL_ACCESS_HTTP;
}

/** Look at the first byte of a stream.
 * Returns: BASE_OK; BASE_E_FORMAT: another kind of server; the sentence has the URL to try. */
BASE_MUST_CHECK enum base_status pool_first_byte_check(const struct pool_first_byte *rows,
                                                       uint8_t byte,
                                                       const struct pool_server *server,
                                                       struct base_error *error);

#endif
