/* bounds.h: the maxima that a peer is granted, with unit and reason; a family has more of its own.
 * What is above is answered with a closed connection and a sentence, or with a skipped job and a
 * warning; never with memory. (The name limits.h belongs to the C library.) */
#ifndef POOL_BOUNDS_H
#define POOL_BOUNDS_H

enum {
    /* Length-prefixed frames of a node, bytes after the length field; and what a node may have us
     * send back with a block. A family may grant less. */
    POOL_FRAME_MAX = 32 << 20,

    /* One line of a pool, bytes without the line end: no family may take longer ones. What each
     * really takes stands in its row (struct pool_service). */
    POOL_LINE_MAX = 8 << 20,

    /* Lines that cannot be read: so many within so many ms are no pool. Shares a
     * second in the long run, and at once: a share every few seconds is usual, and pools ban for
     * floods. */
    POOL_BAD_LINES_MAX = 10,
    POOL_BAD_LINES_MS = 10000,
    POOL_SHARES_PER_S = 50,
    POOL_SHARES_AT_ONCE = 500,

    /* A difficulty is asked for where shares come more rarely than one in so many seconds; one that
     * gives a share in so many seconds. Pools themselves aim at 5 to 20 s. */
    POOL_SHARE_RARE_S = 30,
    POOL_SHARE_EVERY_S = 5,

    /* JSON of a pool line or a REST answer: open brackets at once, and values in all. The deepest
     * real message (notify: object, array, object) needs 3; sixteen jobs have about 130 values. A
     * value costs about 100 bytes of memory, so a line may cost 0.8 MB beyond its own text. */
    POOL_JSON_DEPTH_MAX = 16,
    POOL_JSON_VALUES_MAX = 8192,

    /* Pool job id, bytes, printable ASCII (real ones are up to 8 digits); session id, characters
     * (stratum.md 9.5). */
    POOL_JOB_ID_MAX = 128,
    POOL_SESSION_ID_MAX = 256,

    /* Extranonces, bytes: what a pool fixes and what it leaves to the miner. Seen: 2 to 8. */
    POOL_EXTRANONCE1_MAX = 32,
    POOL_EXTRANONCE_MAX = 16,

    /* Body of a REST answer, bytes. self-clique of a large clique is a few kB. */
    POOL_HTTP_BODY_MAX = 256 << 10,

    /* Nodes that are asked over HTTP: characters of a long poll's id (seen: 68), bytes of an
     * output's script, bytes of an answer that is no template. */
    POOL_POLL_ID_MAX = 160,
    POOL_SCRIPT_MAX = 80,
    POOL_RPC_ANSWER_MAX = 256 << 10,

    /* Bytes of a cookie file. A real one has 75. */
    POOL_COOKIE_BYTES_MAX = 400,

    /* Addresses of one name that a diagnosis shows. Names of pools have one to six. */
    POOL_ADDRESSES_MAX = 8,

    /* Finds waiting for their connection, and submissions waiting for their answer, in each
     * source. A miner at vardiff sends one every few seconds. */
    POOL_FINDS_MAX = 1024,
    POOL_PENDING_MAX = 256,

    /* A server that sends us elsewhere: times in a row without 20 s of work in between; longest
     * wait before the next connection, ms (stratum.md 9.3). HTTP answers in a row for one request.
     */
    POOL_MOVES_MAX = 4,
    POOL_MOVE_WAIT_MS = 60000,
    POOL_HTTP_MOVES_MAX = 4,

    /* Bytes that wait to be sent to one peer. A v0 submission carries a transaction list, which a
     * node bounds by its frame; above this the peer does not read and is dropped. */
    POOL_OUT_MAX = 64 << 20,

    /* Bytes read from one connection before the others get their turn. */
    POOL_READ_ROUND = 1 << 20,

    /* Warnings about skipped jobs and odd messages shown for one connection, so that a
     * peer cannot fill the log. Those beyond are counted and shown in one line at the end. */
    POOL_WARNINGS_MAX = 20,

    /* Recordings: format that is written (older ones are read); bytes in one record, and of its
     * line (six characters a byte at worst, and what is said about them); bytes of one answer over
     * HTTP (a template of 700 kB of transactions, and at worst, as two digits a byte, what may wait
     * for the disk); bytes that wait for the disk (20 updates a second of 16 jobs are 0.5 MB/s);
     * bytes of a file; connections at once when one is read. */
    POOL_RECORD_VERSION = 2,
    POOL_RECORD_PIECE_MAX = 32 << 10,
    POOL_RECORD_LINE_MAX = 256 << 10,
    POOL_RECORD_ANSWER_MAX = 2 << 20,
    POOL_RECORD_QUEUE_MAX = 4 << 20,
    POOL_RECORD_FILE_MAX = 256 << 20,
    POOL_RECORD_CONNECTIONS_MAX = 8,
};

#endif
