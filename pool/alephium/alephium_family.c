/* alephium_family.c: the rows of the Alephium family and its coin. Source: alephium.md. */
#include "alephium/alephium_family.h"

#include "alephium/address.h"
#include "alephium/alephium_codec.h"
#include "alephium/alephium_host.h"
#include "alephium/alephium_rest.h"
#include "base/endian.h"
#include "base/hex.h"

/* Offset of the header's milliseconds in the message that is hashed (alephium.md 3.2). */
enum { TIME_AT = 314 };

static int64_t header_ms(const struct pool_job *job)
{
    return (int64_t)(base_load_be64(job->header + TIME_AT) & INT64_MAX);
}

/* A block is known by its hash. */
static enum base_status block_id(char id[POOL_BLOCK_ID_MAX],
                                 const struct pool_submission *submission)
{
    base_hex_encode(id, submission->hash_be, sizeof(submission->hash_be));
    return BASE_OK;
}

static enum base_status login(const char *user, unsigned *group, struct base_error *error)
{
    return pool_alephium_login(user, group, NULL, NULL, error);
}

/* The first bytes between nodes are "V1". */
#define POOL_ALEPHIUM_PEERS_PORT                                                                   \
    {                                                                                              \
        'V',                                                                                       \
            "it begins with V1: this is a node's port for other nodes (9973 unless changed); its " \
            "miner port is 10973 unless changed",                                                  \
            NULL, NULL                                                                             \
    }

static const struct pool_first_byte node_first_bytes[] = {
    {'{', "it sends JSON: this is a pool port", "stratum+tcp", NULL},
    {'[', "it sends JSON: this is a pool port", "stratum+tcp", NULL},
    {'H',
     "it speaks HTTP: this is the node's REST port or a web server; the miner port of a node is "
     "10973 unless changed",
     NULL, NULL},
    POOL_ALEPHIUM_PEERS_PORT,
    {0x15, "it speaks TLS, which no Alephium node does", "stratum+ssl", " if it is a pool"},
    {0x16, "it speaks TLS, which no Alephium node does", "stratum+ssl", " if it is a pool"},
    {0, NULL, NULL, NULL},
};

static const struct pool_first_byte pool_first_bytes[] = {
    {0x00, "it sends binary frames: this is a node's miner port", "daemon+tcp", NULL},
    POOL_ALEPHIUM_PEERS_PORT,
    POOL_FIRST_BYTES_OF_LINES,
};

/* Looked for before the words of all families: "invalid job chain index" is no stale job. */
static const struct pool_reject_words words[] = {
    {"chain", POOL_WRONG_CHAIN},
    {"group", POOL_WRONG_CHAIN},
    {NULL, POOL_REFUSED},
};

/* The official pool's codes (alephium.md 6.5). */
static const struct pool_reject_code codes[] = {
    {20, POOL_STALE},     {21, POOL_WRONG_CHAIN},    {22, POOL_UNAUTHORIZED}, {23, POOL_MALFORMED},
    {24, POOL_DUPLICATE}, {25, POOL_LOW_DIFFICULTY}, {26, POOL_WRONG_CHAIN},  {0, POOL_REFUSED},
};

/* A submission is an object, or job, nonce and worker. */
static const struct pool_kept kept[] = {
    {"mining.subscribe", 0, 1U << 0, {NULL}}, /* our program's name */
    {"mining.submit", 0, 0, {"jobId", "fromGroup", "toGroup", "nonce", NULL}},
    {"mining.submit", 3, 1U << 0 | 1U << 1, {NULL}},
    {NULL, 0, 0, {NULL}},
};

const struct pool_family pool_alephium_family = {
    .name = "alephium",
    .services =
        {
            [POOL_ACCESS_POOL] =
                {.ops = &pool_alephium_stratum,
                 .user = POOL_USER_LOGIN,
                 .limits = {.first_job = 20000, /* a pool sends work once it knows the miner */
                            .first_job_early = 10000,
                            .silence = 150000,
                            .answer = 10000,
                            .hold = 10000}, /* jobs expire (alephium.md 6.5) */
                 .first_bytes = pool_first_bytes,
                 .block_id = block_id,
                 .line_max = 1 << 20}, /* sixteen jobs in one notify are 22 kB */
            [POOL_ACCESS_NODE] =
                {.ops = &pool_alephium_node,
                 .user = POOL_USER_NONE,
                 /* A node pushes every block of 16 chains, two a second: none for 8 s has a chance
                  * of one in 10^6. Templates outlive connections. */
                 .limits = {.first_job = 10000,
                            .first_job_early = 10000,
                            .silence = 60000,
                            .silence_early = 8000,
                            .ask = 15000, /* a node that loses sync says nothing (alephium.md 11) */
                            .answer = 10000,
                            .hold = 30000},
                 .first_bytes = node_first_bytes,
                 .inquiry = &pool_alephium_rest,
                 .lookup = &pool_alephium_lookup,
                 .block_id = block_id},
        },
    .words = words,
    .codes = codes,
    .kept = kept,
    .header_ms = header_ms,
    .host = &pool_alephium_host,
};

static const char *const algos[] = {"alephium", NULL};

const struct pool_coin_entry pool_alephium_coin = {
    .coin = {"alephium", "Alephium", algos, NULL, 8},
    .ticker = "alph",
    .family = &pool_alephium_family,
    .node = {POOL_DAEMON_TCP, POOL_ALEPHIUM_NODE_PORT, true, NULL},
    .login = login,
};
