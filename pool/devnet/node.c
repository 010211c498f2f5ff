/* node.c: the miner API of a full node, server side, framing version 1 and 0. Written from the
 * description of the protocol alone and sharing no code with the client in pool/: each is the
 * check of the other. Facts: docs/devnet.md (from alephium.md 4). */
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "devnet/server.h"

enum {
    MESSAGE_JOBS = 0,   /* server to client */
    MESSAGE_RESULT = 1, /* server to client */
    MESSAGE_SUBMIT = 0, /* client to server */
    JOB_SIZE_MAX = 4 + 4 + 4 + POOL_DEVNET_HEADER_SIZE + 4 + 1 + 4 + 33 + 4,
    PUSH_SIZE_MAX = 4 + 2 + 4 + POOL_DEVNET_CHAINS * JOB_SIZE_MAX,
    BIG_SIZE = 20000000,   /* bytes: fault `big` */
    BLOB_SIZE_SILENT = 37, /* blobs of no more bytes trip an assertion in the node: no answer */
};

enum { OLDER_SET_MS = 10 }; /* a delayed push is not cancelled by an immediate one (4.5) */

/* The two newest sets sent to a connection: the older one is sent again at due_ms (0: not). */
struct node_sets {
    uint64_t due_ms;
    size_t older_size;
    size_t newer_size;
    uint8_t older[PUSH_SIZE_MAX];
    uint8_t newer[PUSH_SIZE_MAX];
};

/* Growing end of a frame in a buffer that is known to be large enough. */
struct writer {
    uint8_t *bytes;
    size_t size;
};

static void put_byte(struct writer *writer, uint8_t value)
{
    writer->bytes[writer->size++] = value;
}

static void put_u32(struct writer *writer, uint32_t value)
{
    base_store_be32(writer->bytes + writer->size, value);
    writer->size += 4;
}

static void put_bytes(struct writer *writer, const uint8_t *bytes, size_t size)
{
    memcpy(writer->bytes + writer->size, bytes, size);
    writer->size += size;
}

static void put_blob(struct writer *writer, const uint8_t *bytes, size_t size)
{
    put_u32(writer, (uint32_t)size);
    put_bytes(writer, bytes, size);
}

/* Signed big integer of minimal length: a 00 goes first when the top bit is set (4.3). */
static void put_target(struct writer *writer, const uint8_t target_be[32])
{
    size_t skip = 0;
    while (skip < 31 && target_be[skip] == 0) {
        skip++;
    }
    bool sign = (target_be[skip] & 0x80) != 0;
    put_u32(writer, (uint32_t)(32 - skip + sign));
    if (sign) {
        put_byte(writer, 0);
    }
    put_bytes(writer, target_be + skip, 32 - skip);
}

/* Length and, in version 1, the version byte; end_frame fills the length in. */
static void begin_frame(struct writer *writer, const struct pool_devnet *devnet, uint8_t type)
{
    put_u32(writer, 0);
    if (devnet->config.node_version == 1) {
        put_byte(writer, 1);
    }
    put_byte(writer, type);
}

static void end_frame(struct writer *writer)
{
    base_store_be32(writer->bytes, (uint32_t)(writer->size - 4));
}

static void put_job(struct writer *writer, const struct pool_devnet *devnet, unsigned chain,
                    enum spoil spoil)
{
    static const uint8_t no_transactions[1] = {0}; /* since v2.14.1 (4.3) */
    const struct pool_devnet_template *template =
        pool_devnet_chains_template(devnet->chains, chain);
    put_u32(writer, spoil == SPOIL_bad_group ? 9 : chain / POOL_DEVNET_GROUPS);
    put_u32(writer, chain % POOL_DEVNET_GROUPS);
    put_blob(writer, template->header, spoil == SPOIL_short_header ? 17 : sizeof template->header);
    put_blob(writer, no_transactions, sizeof no_transactions);
    if (spoil == SPOIL_wide_target) {
        put_u32(writer, 33);
        put_byte(writer, 1);
        put_bytes(writer, template->target_be, 32);
    } else {
        put_target(writer, template->target_be);
    }
    if (devnet->config.node_version == 1) {
        put_u32(writer, (uint32_t) template->height);
    }
}

/* Frames that are wrong as a whole. Returns false when the frame is to go out as it is. */
static bool send_spoiled(struct pool_devnet *devnet, struct client *client, struct writer *writer,
                         enum spoil spoil)
{
    uint8_t *type = writer->bytes + 4 + devnet->config.node_version;
    switch (spoil) {
    case SPOIL_garbage:
        base_random_bytes(&devnet->random, writer->bytes, writer->size);
        break;
    case SPOIL_huge:
        base_store_be32(writer->bytes, 0x80000000U);
        break;
    case SPOIL_big:
        base_store_be32(writer->bytes, BIG_SIZE);
        pool_devnet_send(client, writer->bytes, 4);
        pool_devnet_send_fill(client, 0, BIG_SIZE);
        return true;
    case SPOIL_half:
        pool_devnet_send(client, writer->bytes, writer->size / 2);
        client->silent = true;
        return true;
    case SPOIL_version_2:
        writer->bytes[4] = 2;
        break;
    case SPOIL_unknown_type:
        *type = 9;
        break;
    default:
        break;
    }
    return false;
}

/* Keep what was pushed, and decide whether the set before it comes again. */
static void keep_set(struct pool_devnet *devnet, struct client *client, const uint8_t *bytes,
                     size_t size)
{
    uint32_t every = devnet->config.faults.older_set;
    if (every > 0 && client->sets == NULL) {
        client->sets = base_alloc(1, sizeof *client->sets);
    }
    struct node_sets *sets = client->sets;
    if (every == 0 || sets == NULL) {
        return;
    }
    memcpy(sets->older, sets->newer, sets->newer_size);
    sets->older_size = sets->newer_size;
    memcpy(sets->newer, bytes, size);
    sets->newer_size = size;
    if (client->pushes % every == 0 && sets->older_size > 0) {
        sets->due_ms = devnet->now_ms + OLDER_SET_MS;
    }
}

uint32_t pool_devnet_node_turn(struct pool_devnet *devnet, struct client *client)
{
    struct node_sets *sets = client->sets;
    if (sets == NULL || sets->due_ms == 0) {
        return UINT32_MAX;
    }
    if (sets->due_ms > devnet->now_ms) {
        return (uint32_t)(sets->due_ms - devnet->now_ms);
    }
    sets->due_ms = 0;
    pool_devnet_send(client, sets->older, sets->older_size);
    return UINT32_MAX;
}

void pool_devnet_node_close(struct client *client)
{
    base_free(client->sets);
    client->sets = NULL;
}

void pool_devnet_node_push(struct pool_devnet *devnet, struct client *client)
{
    uint8_t bytes[PUSH_SIZE_MAX];
    struct writer writer = {bytes, 0};
    enum spoil spoil = pool_devnet_spoil(devnet, client);
    if (!pool_devnet_pushes(devnet, client)) {
        return;
    }
    begin_frame(&writer, devnet, MESSAGE_JOBS);
    put_u32(&writer, POOL_DEVNET_CHAINS);
    for (unsigned chain = 0; chain < POOL_DEVNET_CHAINS; chain++) {
        put_job(&writer, devnet, chain, spoil);
    }
    end_frame(&writer);
    if (!send_spoiled(devnet, client, &writer, spoil)) {
        pool_devnet_send(client, bytes, writer.size);
    }
    client->pushes++;
    devnet->stats.pushes++;
    keep_set(devnet, client, bytes, writer.size);
}

bool pool_devnet_node_open(struct pool_devnet *devnet, struct client *client)
{
    const struct pool_devnet_faults *faults = &devnet->config.faults;
    if (faults->not_synced != 0 || faults->no_addresses != 0) {
        struct client *other = NULL;
        for (size_t at = 0; (other = pool_devnet_client_next(devnet, CLIENT_NODE, &at)) != NULL;) {
            pool_serve_reset(other->peer); /* accepted, then reset, all (4.7) */
        }
        return false;
    }
    pool_devnet_node_push(devnet, client);
    return true;
}

static void answer(struct pool_devnet *devnet, struct client *client,
                   const struct pool_devnet_outcome *outcome)
{
    uint8_t bytes[64];
    struct writer writer = {bytes, 0};
    bool taken = outcome->verdict == POOL_DEVNET_ACCEPTED || outcome->verdict == POOL_DEVNET_UNCLE;
    begin_frame(&writer, devnet, MESSAGE_RESULT);
    put_u32(&writer, outcome->hash_chain / POOL_DEVNET_GROUPS);
    put_u32(&writer, outcome->hash_chain % POOL_DEVNET_GROUPS);
    if (devnet->config.node_version == 1) {
        put_bytes(&writer, outcome->hash, 32);
    }
    put_byte(&writer, taken);
    end_frame(&writer);
    pool_devnet_answer(devnet, client, bytes, writer.size);
}

/* body: what follows the length. Returns false when it breaks the protocol. */
static bool handle(struct pool_devnet *devnet, struct client *client, const uint8_t *body,
                   size_t size)
{
    size_t at = 0;
    if (devnet->config.node_version == 1) {
        if (size < 1 || body[0] != 1) {
            return false;
        }
        at = 1;
    }
    if (size < at + 5 || body[at] != MESSAGE_SUBMIT) {
        return false;
    }
    size_t blob_size = base_load_be32(body + at + 1);
    const uint8_t *blob = body + at + 5;
    if (blob_size != size - at - 5) {
        return false;
    }
    if (blob_size <= BLOB_SIZE_SILENT) {
        devnet->stats.malformed++;
        return true;
    }
    /* The last byte is dropped unseen (4.3). Of a message of another size no template knows the
     * header, and the hash in the answer means nothing. */
    uint8_t message[POOL_DEVNET_MESSAGE_SIZE] = {0};
    size_t message_size = blob_size - 1;
    memcpy(message, blob, message_size < sizeof message ? message_size : sizeof message);
    if (message_size != sizeof message) {
        message[POOL_DEVNET_NONCE_SIZE] = 0xff; /* no header has this version */
    }
    struct pool_devnet_outcome outcome;
    pool_devnet_judge(&outcome, devnet, message);
    answer(devnet, client, &outcome);
    return true;
}

/* Forget what follows a malformed frame, up to a limit. */
static void discard(struct client *client)
{
    size_t size = 0;
    (void)pool_serve_input(client->peer, &size);
    pool_serve_consume(client->peer, size);
    client->discarded += size;
    if (client->discarded > POOL_DEVNET_DISCARD_MAX) {
        pool_serve_reset(client->peer);
    }
}

void pool_devnet_node_input(struct pool_devnet *devnet, struct client *client)
{
    enum base_status status = BASE_OK;
    while (!client->discarding && status == BASE_OK) { /* incomplete: no time limit (4.7) */
        const uint8_t *body = NULL;
        size_t size = 0;
        status = pool_serve_frame(client->peer, &body, &size, POOL_DEVNET_IN_MAX - 4);
        if (status == BASE_E_LIMIT) {
            client->discarding = true; /* negative, or longer than anything a miner has to say */
        } else if (status == BASE_OK) {
            client->discarding = !handle(devnet, client, body, size);
        }
        if (client->discarding) {
            devnet->stats.malformed++;
        }
    }
    if (client->discarding) {
        discard(client);
    }
}
